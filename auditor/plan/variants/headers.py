"""The forms of everything but the path: names, headers, methods, the version. One line a variant.

Must never name a host that is not at stake or the entrance's own, nor a method that does more than read.
"""

from typing import Any

from auditor.model import Aspect
from auditor.plan.variants.techniques import BY_ID
from auditor.plan.variants.variant import ENTRANCE, Tier, Variant

_PATHS, _HOSTS = frozenset({Aspect.PATH}), frozenset({Aspect.HOST})
_BOTH = _PATHS | _HOSTS
_CORE = True
_CAUTION = Tier.CAUTION


def _form(
    id: str,
    aspects: frozenset[Aspect],
    *headers: tuple[str, str],
    core: bool = False,
    tier: Tier = Tier.SAFE,
    **changes: Any,
) -> Variant:
    return Variant(id, BY_ID[id[:3]], aspects, tier=tier, core=core, headers=headers, **changes)


PLAIN_HOST = Variant("baseline", BY_ID["H06"], _HOSTS, core=True)

#: In the order in which they are asked.
HEADERS: tuple[Variant, ...] = (
    # The name that is asked for
    _form("H07a", _HOSTS, host_header="{host}.", core=_CORE),
    _form("H07b", _HOSTS, host_header="{HOST}", core=_CORE),
    _form("H07c", _HOSTS, host_header="{host}:{port}", core=_CORE),
    _form("H07d", _HOSTS, host_header="{host}:{other_port}", core=_CORE),
    _form("H08a", _HOSTS, sni=ENTRANCE, core=_CORE),
    _form("H08b", _HOSTS, sni=""),
    _form("H09a", _HOSTS, target="{scheme}://{host}{target}", host_header=ENTRANCE, sni=ENTRANCE, core=_CORE),
    _form("H09b", _PATHS, target="{scheme}://{host}{target}"),
    _form(
        "H09c", _HOSTS, target="{scheme}://{x}@{host}{target}", host_header=ENTRANCE, sni=ENTRANCE, tier=_CAUTION
    ),
    _form("H04a", _HOSTS, ("X-Forwarded-Host", "{host}"), host_header=ENTRANCE, sni=ENTRANCE,
          busted=True, tier=_CAUTION),
    _form("H04b", _HOSTS, ("X-Host", "{host}"), host_header=ENTRANCE, sni=ENTRANCE, busted=True, tier=_CAUTION),
    _form("H04c", _HOSTS, ("X-Original-Host", "{host}"), host_header=ENTRANCE, sni=ENTRANCE,
          busted=True, tier=_CAUTION),
    _form("H04d", _HOSTS, ("X-HTTP-Host-Override", "{host}"), host_header=ENTRANCE, sni=ENTRANCE,
          busted=True, tier=_CAUTION),
    _form("H04e", _HOSTS, ("X-Forwarded-Server", "{host}"), host_header=ENTRANCE, sni=ENTRANCE,
          busted=True, tier=_CAUTION),
    _form("H04f", _HOSTS, ("Forwarded", "host={host}"), host_header=ENTRANCE, sni=ENTRANCE,
          busted=True, tier=_CAUTION),
    # Where it comes from
    _form("H02a", _BOTH, ("X-Forwarded-For", "127.0.0.1"), core=_CORE),
    _form("H02b", _BOTH, ("X-Real-IP", "127.0.0.1"), core=_CORE),
    _form("H02c", _BOTH, ("X-Forwarded-For", "10.0.0.1"), core=_CORE),
    _form("H02d", _BOTH, ("X-Forwarded-For", "::1")),
    _form("H02e", _BOTH, ("X-Forwarded-For", "192.168.0.1")),
    _form("H02f", _BOTH, ("X-Forwarded-For", "127.0.0.1:80")),
    _form("H02g", _BOTH, ("X-Client-IP", "127.0.0.1")),
    _form("H02h", _BOTH, ("True-Client-IP", "127.0.0.1")),
    _form("H02i", _BOTH, ("CF-Connecting-IP", "127.0.0.1")),
    _form("H02j", _BOTH, ("X-Originating-IP", "127.0.0.1")),
    _form("H02k", _BOTH, ("X-Remote-Addr", "127.0.0.1")),
    _form("H02l", _BOTH, ("X-Custom-IP-Authorization", "127.0.0.1")),
    _form("H02m", _BOTH, ("Forwarded", "for=127.0.0.1")),
    _form("H02n", _BOTH, ("Cluster-Client-IP", "127.0.0.1")),
    _form("H03a", _BOTH, ("X_Forwarded_For", "127.0.0.1")),
    _form("H03b", _PATHS, ("X_Original_URL", "{target}"), target="/", busted=True, tier=_CAUTION),
    # What a hop on the way makes of it
    _form("H11a", _BOTH, ("Connection", "close, X-Forwarded-For"), core=_CORE),
    _form("H11b", _BOTH, ("Connection", "close, X-Real-IP")),
    _form("H11c", _BOTH, ("Connection", "close, X-Forwarded-Host")),
    _form("H11d", _BOTH, ("Connection", "close, X-Auth-Request-User")),
    _form("H11e", _BOTH, ("Connection", "close, X-Api-Key-Verified")),
    _form("H12a", _BOTH, ("x-middleware-subrequest", ":".join(["middleware"] * 5))),
    _form("H13a", _BOTH, ("X-Role", "user,admin"), tier=_CAUTION),
    _form("H13b", _BOTH, ("X-Role", "user"), ("X-Role", "admin"), tier=_CAUTION),
    _form("H14a", _BOTH, ("X-Forwarded-Proto", "https"), busted=True, tier=_CAUTION),
    _form("H14b", _BOTH, ("X-Forwarded-Proto", "http"), busted=True, tier=_CAUTION),
    _form("H14c", _BOTH, ("X-Forwarded-Port", "443"), busted=True, tier=_CAUTION),
    _form("H14d", _BOTH, ("Front-End-Https", "on"), busted=True, tier=_CAUTION),
    # The path, by another way than the target
    _form("H01a", _PATHS, ("X-Original-URL", "{target}"), target="/", busted=True, tier=_CAUTION),
    _form("H01b", _PATHS, ("X-Rewrite-URL", "{target}"), target="/", busted=True, tier=_CAUTION),
    _form("H01c", _PATHS, ("X-Forwarded-Uri", "{target}"), target="/", busted=True, tier=_CAUTION),
    _form("H01d", _PATHS, ("X-Override-URL", "{target}"), target="/", busted=True, tier=_CAUTION),
    _form("H01e", _PATHS, ("X-Envoy-Original-Path", "{target}"), target="/", busted=True, tier=_CAUTION),
    _form("H05a", _PATHS, ("X-Forwarded-Prefix", "/{first}"), path="{rest_or_root}", busted=True, tier=_CAUTION),
    _form("H05b", _PATHS, ("X-Script-Name", "/{first}"), path="{rest_or_root}", busted=True, tier=_CAUTION),
    _form("H05c", _PATHS, ("X-Forwarded-Path", "{target}"), target="/", busted=True, tier=_CAUTION),
    # Methods and versions
    _form("H15a", _PATHS, method="HEAD", core=_CORE),
    _form("H15d", _HOSTS, method="HEAD"),
    _form("H15b", _BOTH, method="OPTIONS"),
    _form("H15c", _BOTH, ("Origin", "{scheme}://{entrance}"), ("Access-Control-Request-Method", "GET"),
          method="OPTIONS"),
    _form("H16a", _BOTH, ("X-HTTP-Method-Override", "GET"), method="HEAD"),
    _form("H16b", _BOTH, ("X-HTTP-Method-Override", "GET"), method="OPTIONS"),
    _form("H17a", _BOTH, version="1.0"),
    _form("H17b", _HOSTS, version="1.0", host_header="", core=_CORE),
    _form("H17c", _PATHS, version="1.0", host_header=""),
)  # fmt: skip
