"""What an answer discloses besides: internal hosts, private addresses, stack traces.

An attribute of a verdict, never a verdict. Must never copy foreign text as it stands: only what the narrow
patterns here let through.
"""

import ipaddress
import re
from collections.abc import Iterable, Set

from auditor.judge.location import is_internal_host, own_hosts, split
from auditor.model import HttpAnswer, HttpQuestion

#: At most so many are listed.
MOST = 8

_HOST = re.compile(r"(?<![A-Za-z0-9.-])[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63}){1,8}(?![A-Za-z0-9-])")
_PRINTABLE = re.compile(r"[A-Za-z0-9._:-]{1,253}\Z")
#: Values that name hosts; other headers hold versions and dates that look like addresses.
_NAMING = frozenset({"set-cookie", "via", "x-served-by", "x-backend", "x-backend-server", "x-upstream", "x-host"})
_OWN_WORDS = re.compile(r"server|backend|upstream|host|node|via|forward|origin|pod|url|link", re.I)


def leaks_of(question: HttpQuestion, answer: HttpAnswer, internal: Set[str]) -> tuple[str, ...]:
    """Disclosures of one answer, sorted; `internal` are names known to be internal, in lower case."""
    found: set[str] = set()
    own = own_hosts(question)
    if answer.location:
        parts = split(answer.location)
        host = (parts.hostname or "") if parts else ""
        if host not in own and (host.lower() in internal or is_internal_host(host)) and _PRINTABLE.match(host):
            found.add(f"internal host in Location: {host}")
    for name, value in answer.headers[:100]:
        lower = name.lower()
        if lower != "location" and (lower in _NAMING or _OWN_WORDS.search(lower)):
            where = "a cookie" if lower == "set-cookie" else f"header {lower[:40]}"
            for host in _disclosed(value, internal):
                if host not in own and _PRINTABLE.match(lower[:40]):
                    found.add(f"internal host in {where}: {host}")
    for host in _disclosed(answer.excerpt, internal, addresses=False):
        if host not in own:
            found.add(f"internal host in the body: {host}")
    if "trace" in answer.fingerprint.marks:
        found.add("stack trace")
    return tuple(sorted(found)[:MOST])


def _disclosed(text: str, internal: Set[str], *, addresses: bool = True) -> Iterable[str]:
    for found in _HOST.finditer(text[:2_048]):
        host = found.group().lower()
        if host in internal or (addresses and _is_private_address(host)):
            yield host


def _is_private_address(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return address.is_private and not address.is_loopback and not address.is_unspecified
