"""Which names are internal, as an audit's claims say: theirs, their zones', and under suffixes of no public zone.

Pure. Must never call a name internal that the configuration declares to be seen outside.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from auditor.model import Aspect, Claim, DnsExpectation

#: Suffixes that the public root does not delegate: RFC 6762, RFC 8375, RFC 6761, ICANN's `internal` (SAC113), what
#: Kubernetes uses, and those that ICANN withheld because so many use them inside (SAC062: corp, home, mail).
PRIVATE_SUFFIXES = frozenset(
    {
        "local",
        "internal",
        "home.arpa",
        "localdomain",
        "lan",
        "intranet",
        "private",
        "corp",
        "home",
        "cluster.local",
    }
)

#: A host name in running text: at least two labels.
_NAME = re.compile(
    r"(?<![\w.-])(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?\.?"
)


@dataclass(frozen=True, slots=True)
class Internal:
    """Names and zones that must not be seen outside, and those that may."""

    names: frozenset[str] = frozenset()
    zones: frozenset[str] = frozenset()
    public: frozenset[str] = frozenset()

    @classmethod
    def of(cls, claims: Iterable[Claim], public: Iterable[str] = ()) -> "Internal":
        """`public`: hosts of gateways and the like, which are meant to be seen whatever zone they are in."""
        names: set[str] = set()
        zones: set[str] = set()
        seen = set(map(bare, public))
        for claim in claims:
            if claim.internal and claim.zone is not None:
                zones.add(bare(claim.zone))
            if claim.aspect is Aspect.NAME:
                (seen if claim.expect is DnsExpectation.PUBLIC else names).add(bare(claim.target))
            elif claim.aspect is Aspect.HOST:
                names.add(bare(claim.target))
        return cls(frozenset(names - seen), frozenset(zones), frozenset(seen))

    def holds(self, name: str) -> bool:
        """Whether a name is internal; a wildcard is what stands below its star."""
        name = bare(name).removeprefix("*.")
        if not name or name in self.public:
            return False
        return name in self.names or any(below(name, zone) for zone in self.zones) or is_private(name)

    def found_in(self, text: str) -> Iterator[str]:
        """The internal names in running text, each once."""
        found = (match.group().rstrip(".") for match in _NAME.finditer(text.lower()))
        return (name for name in dict.fromkeys(found) if self.holds(name))


def bare(name: str) -> str:
    return name.rstrip(".").lower()


def below(name: str, zone: str) -> bool:
    """Whether a name is a zone's apex or below it; both bare."""
    return name == zone or name.endswith("." + zone) or zone == ""


def is_private(name: str) -> bool:
    """Whether a name stands under a suffix that public DNS does not have."""
    return any(below(name, suffix) for suffix in PRIVATE_SUFFIXES)
