"""What a gateway's `around` must mean: ways that go round it, each of them once, none of them the gateway itself.

Must never resolve a name: what its name leads to is known at the vantage only.
"""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final
from urllib.parse import urlsplit

from pydantic import BeforeValidator, WithJsonSchema

from auditor.config.errors import Path, Wrong
from auditor.config.hosts import is_address

if TYPE_CHECKING:
    from auditor.config.model import Config, GatewayConfig

_LISTENER: Final = re.compile(r"(?P<scheme>https?):(?P<port>[1-9][0-9]{0,4})", re.ASCII)
_OWN_PORTS: Final = {"http": 80, "https": 443}

#: For editors; a value with ${VAR} in it is known only when it is read.
LISTENER_PATTERN = r"^https?:[1-9][0-9]{0,4}$|\$\{"

#: A mistake by its path, what must be sound for it to be one, and what is wrong.
Mistake = tuple[Path, Wrong, tuple[Path, ...]]


def listener(value: Any) -> Any:
    """`http:8080` or `https:8443`. Raises Wrong."""
    match = _LISTENER.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise Wrong("is not a listener", "write http:80 or https:8443: the scheme that is spoken, and the port")
    if int(match["port"]) > 65535:
        raise Wrong("has a port that is not 1 to 65535")
    return value


def listener_parts(text: str) -> tuple[str, int]:
    """(scheme, port) of a listener that has been checked."""
    scheme, _, port = text.partition(":")
    return scheme, int(port)


Listener = Annotated[
    str,
    BeforeValidator(listener),
    WithJsonSchema({"type": "string", "pattern": LISTENER_PATTERN, "examples": ["http:80", "https:8443"]}),
]


def mistakes(config: "Config") -> Iterator[Mistake]:
    """Everything that is wrong with the ways around the gateways of a file."""
    for name, gateway in config.gateways.items():
        if gateway.around is not None:
            here: Path = ("gateways", name, "around")
            yield from _twice((*here, "listeners"), gateway.around.listeners)
            yield from _twice((*here, "origins"), gateway.around.origins)
            yield from _own_listener(name, gateway, here)
            yield from _own_address(name, gateway, here)


def _twice(path: Path, values: Sequence[str]) -> Iterator[Mistake]:
    for place, value in enumerate(values):
        if value in values[:place]:
            yield (*path, place), Wrong("stands in this list twice", "keep one"), ((*path, place),)


def _own_listener(name: str, gateway: "GatewayConfig", here: Path) -> Iterator[Mistake]:
    parts = urlsplit(gateway.url)
    own = (parts.scheme, parts.port or _OWN_PORTS[parts.scheme])
    for place, each in enumerate(gateway.around.listeners if gateway.around else ()):
        if listener_parts(each) == own:
            wrong = Wrong("is where the gateway itself listens, not a way around it", "name its other listeners")
            at = (*here, "listeners", place)
            yield at, wrong, (at, ("gateways", name, "url"))


def _own_address(name: str, gateway: "GatewayConfig", here: Path) -> Iterator[Mistake]:
    host = urlsplit(gateway.url).hostname or ""
    listed = gateway.addresses if gateway.addresses != "auto" else (host,) if is_address(host) else ()
    for place, each in enumerate(gateway.around.origins if gateway.around else ()):
        if each in listed:
            wrong = Wrong(
                "is an address of the gateway itself, not of what stands behind it",
                "give the address of the origin, or name another listener under listeners",
            )
            at = (*here, "origins", place)
            yield at, wrong, (at, ("gateways", name, "url"), ("gateways", name, "addresses"))
