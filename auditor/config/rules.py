"""The rules about one section of a configuration at a time: tables of sentences, and when each is said.

Must never look beyond the one thing a rule is about; what sections mean together stands in `checks`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from auditor.config.errors import Wrong
from auditor.config.model import (
    AlertConfig,
    GatewayConfig,
    PublicPath,
    Schedule,
    ServiceConfig,
    VantageConfig,
)
from auditor.model import Anonymous, Side

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Rule(Generic[T]):
    """A sentence about one section, and when it is said. `at` names the field it is shown at, or none."""

    at: str
    reads: tuple[str, ...]
    when: Callable[[T], bool]
    wrong: Wrong
    warning: bool = False


VANTAGE_RULES: Final[tuple[Rule[VantageConfig], ...]] = (
    Rule(
        "",
        ("side", "controls"),
        lambda v: v.side is Side.OUTSIDE and not v.controls,
        Wrong("is outside and has no controls: it could never prove that it sees", "add controls: [https://…/]"),
    ),
    Rule(
        "via",
        (),
        lambda v: v.via is not None and "system" in v.resolvers,
        Wrong("goes with resolver system: names would be resolved on this machine, not there", "name a resolver"),
    ),
    Rule(
        "source_address",
        (),
        lambda v: v.via is not None and v.source_address is not None,
        Wrong("goes with via: the proxy looks from its own address", "keep one of the two"),
    ),
    Rule(
        "by_file",
        (),
        lambda v: v.by_file and (v.via is not None or v.source_address is not None),
        Wrong("goes with via or source_address: this machine does not look from there", "keep by_file alone"),
    ),
)

GATEWAY_RULES: Final[tuple[Rule[GatewayConfig], ...]] = (
    Rule(
        "",
        ("control",),
        lambda g: g.control is None,
        Wrong("has no control, so nothing through it can be proven closed", "add control: /a/public/path"),
        warning=True,
    ),
)


def _needs_url(field: str) -> Rule[ServiceConfig]:
    why = "needs a url: without the inside answer nothing outside can be told apart"
    return Rule(
        field,
        ("url",),
        lambda service: service.url is None and bool(getattr(service, field)),
        Wrong(why, "add url: http://host:port"),
    )


SERVICE_RULES: Final[tuple[Rule[ServiceConfig], ...]] = (
    _needs_url("paths"),
    _needs_url("ports"),
    _needs_url("health"),
    _needs_url("canary"),
    _needs_url("log"),
    Rule(
        "",
        ("names", "paths", "ports", "canary"),
        lambda s: not (s.names or s.all_paths or s.ports),
        Wrong("asserts nothing", "give it names, paths or ports that must stay inside"),
    ),
)

#: About one path of `public`; `at` and `reads` are its own fields.
PUBLIC_PATH_RULES: Final[tuple[Rule[PublicPath], ...]] = (
    Rule(
        "",
        ("anonymous", "token"),
        lambda p: p.anonymous is Anonymous.DENIED and p.token is None,
        Wrong(
            "has no token: only that it denies can be proven, not that it answers those who may ask",
            "add token: {env: NAME}",
        ),
        warning=True,
    ),
    Rule(
        "token",
        ("anonymous",),
        lambda p: p.anonymous is Anonymous.ALLOWED and p.token is not None,
        Wrong("is never sent: the path is meant for everyone", "remove it, or write anonymous: denied"),
        warning=True,
    ),
)

ALERT_RULES: Final[tuple[Rule[AlertConfig], ...]] = (
    Rule(
        "webhook",
        ("webhook",),
        lambda a: (
            isinstance(a.webhook.url, str) and a.webhook.url.startswith("http:") and not a.webhook.allow_http
        ),
        Wrong(
            "has a url without https: what is told could be read on the way", "use https, or add allow_http: true"
        ),
    ),
)

SCHEDULE_RULES: Final[tuple[Rule[Schedule], ...]] = (
    Rule(
        "",
        ("every", "cron"),
        lambda s: (s.every is None) == (s.cron is None),
        Wrong("needs exactly one of every and cron", 'write {every: 15m} or {cron: "*/15 * * * *"}'),
    ),
)
