"""What is never asked, for asking does something: dumps, profiles, switches, logouts.

Nothing on this list is planned by itself. A service's own path that is on it is asked only where its operator says
how. Must never be shortened to make a signature work.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote


@dataclass(frozen=True, slots=True)
class Never:
    """A pattern on a whole path, in lower case and decoded, and what asking would do."""

    pattern: str
    why: str
    query: bool = False  # the pattern is on the query instead


_ANYWHERE = r"(?:/.*)?"

NEVER: tuple[Never, ...] = (
    Never(_ANYWHERE + r"/(?:heapdump|heap_dump)", "asking makes a heap dump, even with HEAD"),
    Never(_ANYWHERE + r"/threaddump|(?:/actuator)?/dump", "a large machine stops for a thread dump"),
    Never(_ANYWHERE + r"/pprof/(?:profile|trace)", "asking profiles the machine for half a minute"),
    Never(_ANYWHERE + r"/jolokia/(?:exec|write)(?:/.*)?", "it acts on the machine"),
    Never(
        r"(?:/.*)?/actuator/(?:shutdown|restart|refresh|pause|resume|bus-?refresh|bus-?env)(?:/.*)?",
        "it acts on the application",
    ),
    Never(r"/(?:shutdown|restart|refresh|pause|resume)", "in Spring Boot 1.x it acts on the application"),
    Never(
        r"/(?:quitquitquit|healthcheck/(?:fail|ok)|reset_counters|drain_listeners|runtime_modify|reopen_logs|logging"
        r"|cpuprofiler|heapprofiler|allocprofiler)",
        "it acts on Envoy",
    ),
    Never(r"/-/(?:quit|reload)", "it acts on Prometheus"),
    Never(_ANYWHERE + r"/logout", "it ends a session"),
    Never(_ANYWHERE + r"/(?:wp-)?cron(?:\.php)?", "it starts what waits for its time"),
    Never(r"/cron/.*", "it starts what waits for its time"),
    Never(_ANYWHERE + r"/_?reindex", "it starts a reindexing"),
    Never(_ANYWHERE + r"/_cache/clear", "it empties a cache"),
    Never(_ANYWHERE + r"/script(?:text)?", "Jenkins runs what it is given there"),
    Never(r"(?:.*[&;])?(?:action|cmd)=.*", "its query says what is to be done", query=True),
)

_PATHS = tuple((re.compile(each.pattern), each.why) for each in NEVER if not each.query)
_QUERIES = tuple((re.compile(each.pattern), each.why) for each in NEVER if each.query)
_SLASHES = re.compile(r"/+")
_PARAMETER = re.compile(r";[^/]*")


@lru_cache(maxsize=4096)
def never_reason(target: str) -> str | None:
    """What asking for a request target would do; None where it is not on the list.

    Other spellings of one path are that path: encoded, doubled slashes, path parameters, a slash at the end.
    """
    path, _, query = target.partition("?")
    plain = _SLASHES.sub("/", _PARAMETER.sub("", unquote(unquote(path)).lower()))
    plain = plain.rstrip("/") or "/"
    for pattern, why in _PATHS:
        if pattern.fullmatch(plain):
            return why
    asked = unquote(query).lower()
    return next((why for pattern, why in _QUERIES if pattern.fullmatch(asked)), None)
