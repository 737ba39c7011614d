"""Which addresses of the file an outside vantage would refuse, by its own `allow`: known before anything is asked.

Must never refuse by itself: `vantage.scope` does that, with the same rules and what DNS says besides.
"""

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from auditor.config.errors import Path, Wrong
from auditor.config.hosts import is_address
from auditor.model import Side

if TYPE_CHECKING:
    from auditor.config.model import Config, GatewayConfig, VantageConfig

#: Something worth a warning by its path, and what must be sound for it to be true.
Warned = tuple[Path, Wrong, tuple[Path, ...]]


def refused(config: "Config") -> Iterator[Warned]:
    """Every literal address of a gateway, or of what stands behind it, that an outside vantage may not talk to."""
    for vantage, settings in config.vantages.items():
        if settings.side is not Side.OUTSIDE or settings.allow is None:
            continue
        list_: Path = ("vantages", vantage, "allow")
        for name, gateway in config.gateways.items():
            host = urlsplit(gateway.url).hostname or ""
            for path, address in _literals(name, gateway, host):
                if not permits(settings, host, address):
                    wrong = Wrong(
                        f"is not covered by vantages.{vantage}.allow: {vantage} will refuse to ask there, and "
                        "what is not asked stays untested",
                        f"add {address} to vantages.{vantage}.allow",
                        echo=True,
                    )
                    yield path, wrong, (path, list_, ("gateways", name, "url"))


def _literals(name: str, gateway: "GatewayConfig", host: str) -> Iterator[tuple[Path, str]]:
    here: Path = ("gateways", name)
    if is_address(host) and gateway.addresses == "auto":
        yield (*here, "url"), str(ip_address(host))
    if gateway.addresses != "auto":
        for place, address in enumerate(gateway.addresses):
            yield (*here, "addresses", place), address
    for place, address in enumerate(gateway.around.origins if gateway.around else ()):
        yield (*here, "around", "origins", place), address


def permits(settings: "VantageConfig", host: str, address: str) -> bool:
    """Whether a vantage with an `allow` may talk to a literal address of the file, under the gateway's host."""
    ip = ip_address(address)
    own = [urlsplit(url).hostname or "" for url in settings.controls]
    if any(is_address(each) and ip_address(each) == ip for each in own):
        return True
    networks, names, suffixes = _taken_apart(settings.allow or ())
    if any(ip in network for network in networks):
        return True
    bare = host.rstrip(".").lower()
    covered = bare in names or bare in own or any(bare.endswith(suffix) for suffix in suffixes)
    if is_address(host) or not covered:
        return False
    return not networks or ip.is_global


def _taken_apart(
    allow: Sequence[str],
) -> tuple[list[IPv4Network | IPv6Network], set[str], list[str]]:
    networks, names, suffixes = [], set(), []
    for entry in allow:
        try:
            networks.append(ip_network(entry))
        except ValueError:
            if entry.startswith("*"):
                suffixes.append(entry[1:])
            else:
                names.add(entry)
    return networks, names, suffixes
