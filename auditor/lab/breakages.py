"""The ways the company breaks, and what an honest auditor may say of each: one table.

Must never describe what a server does; that is written where it happens, and the tests hold the two together
with plain clients.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase

from auditor.lab.estate import CATALOG_PATH, INTERNAL_ZONE, ORDERS_PATH, Stake, stakes
from auditor.model import Aspect, Verdict, good


class Breakage(StrEnum):
    """One thing that somebody changed. They can be combined at will."""

    DEFAULT_FORWARDS = "default_forwards"
    RULE_TOO_WIDE = "rule_too_wide"
    DOCS_PUBLISHED = "docs_published"
    HOST_ANSWERED = "host_answered"
    NAME_PRIVATE = "name_private"
    NAME_PUBLIC = "name_public"
    PORT_OPEN = "port_open"
    CATCH_ALL = "catch_all"
    GATEWAY_DENIES = "gateway_denies"
    SERVICE_DOWN = "service_down"
    CONTROL_DOWN = "control_down"
    SIGHT_LOST = "sight_lost"
    DNS_HIJACKED = "dns_hijacked"
    DNS_SERVFAIL = "dns_servfail"
    AUTH_NOT_CARRIED_OVER = "auth_not_carried_over"
    PUBLIC_PATH_DOWN = "public_path_down"


_V = Verdict
Verdicts = frozenset[Verdict]
_EXPOSED: Verdicts = frozenset({_V.EXPOSED})
_BLIND: Verdicts = frozenset({_V.UNPROVEN, _V.UNTESTED})

#: Patterns over (service, aspect, target), each part matched as a glob.
_PATHS = Stake("*", Aspect.PATH, "*")
_HOSTS = Stake("*", Aspect.HOST, "*")
_PORTS = Stake("*", Aspect.PORT, "*")
_NAMES = Stake("*", Aspect.NAME, "*")
_PUBLIC = Stake("*", Aspect.PUBLIC, "*")


@dataclass(frozen=True, slots=True)
class Entry:
    """One breakage.

    `leaks` become reachable, and `verdicts` are what may be said of them. `veils` can no longer be told: what does
    not leak there is one of `quiet` and never closed, and for what does leak `blurred` is acceptable as well.
    With `hides` even a leak cannot be seen there.
    """

    sentence: str
    leaks: tuple[Stake, ...] = ()
    verdicts: Verdicts = _EXPOSED
    veils: tuple[Stake, ...] = ()
    quiet: Verdicts = frozenset()
    blurred: Verdicts = frozenset()
    hides: bool = False

    @property
    def sound(self) -> bool:
        """It looks different and breaks nothing: everything is as it was."""
        return not self.leaks and not self.veils


_B = Breakage

ENTRIES: dict[Breakage, Entry] = {
    _B.DEFAULT_FORWARDS: Entry(
        "The public balancer's default action forwards to the app instead of answering 404.",
        leaks=(_PATHS, _HOSTS),
    ),
    _B.RULE_TOO_WIDE: Entry(
        "A rule of the public balancer forwards /internal/* as well, whatever the Host.",
        # The internal name is a Host like any other to that rule.
        leaks=(
            Stake("provisioning", Aspect.PATH, "/internal/*"),
            Stake("provisioning", Aspect.HOST, "*"),
        ),
    ),
    _B.DOCS_PUBLISHED: Entry(
        "The app's documentation is published: /docs and /openapi.json are forwarded.",
        leaks=(
            Stake("*", Aspect.PATH, "/docs"),
            Stake("*", Aspect.PATH, "/openapi.json"),
        ),
    ),
    _B.HOST_ANSWERED: Entry(
        "The rule for billing's internal name hangs on the public balancer too: that Host gets everything.",
        leaks=(Stake("billing", Aspect.HOST, f"billing.{INTERNAL_ZONE}"),),
    ),
    _B.NAME_PRIVATE: Entry(
        "The name of jobs is in the public DNS, with its private address.",
        leaks=(Stake("jobs", Aspect.NAME, f"jobs.{INTERNAL_ZONE}"),),
        verdicts=frozenset({_V.RESOLVES}),
    ),
    _B.NAME_PUBLIC: Entry(
        "The name of provisioning is in the public DNS, with a public address.",
        leaks=(Stake("provisioning", Aspect.NAME, f"provisioning.{INTERNAL_ZONE}"),),
        verdicts=frozenset({_V.RESOLVES}),
    ),
    _B.PORT_OPEN: Entry(
        "The app listens on its own port at the public balancer's address.",
        leaks=(_PORTS,),
        verdicts=frozenset({_V.EXPOSED, _V.SUSPECTED}),
    ),
    _B.CATCH_ALL: Entry(
        "The public balancer answers everything it does not forward with one page and status 200."
    ),
    _B.GATEWAY_DENIES: Entry("The public balancer answers /internal/* with 403 by itself instead of 404."),
    _B.SERVICE_DOWN: Entry(
        "Provisioning is down: inside, its name is answered with 503.",
        veils=(
            Stake("provisioning", Aspect.PATH, "*"),
            Stake("provisioning", Aspect.HOST, "*"),
        ),
        quiet=frozenset({_V.UNPROVEN}),
        blurred=frozenset({_V.SUSPECTED}),
    ),
    _B.CONTROL_DOWN: Entry(
        "The known-public path answers 503, so nothing proves that the public balancer was open to us.",
        # That the ingress does not have the catalog is told by what else it answers.
        veils=(_PATHS, _HOSTS, _PORTS, Stake("*", Aspect.PUBLIC, CATALOG_PATH)),
        quiet=frozenset({_V.UNPROVEN}),
        blurred=frozenset({_V.UNPROVEN}),
    ),
    _B.SIGHT_LOST: Entry(
        "The known-public website answers 503, so nothing proves that the outside vantage sees at all.",
        veils=(_PATHS, _HOSTS, _PORTS, _NAMES, _PUBLIC),
        quiet=_BLIND,
        blurred=_BLIND,
    ),
    _B.DNS_HIJACKED: Entry(
        "The outside resolver answers every name that does not exist with the address of an advertisement.",
        veils=(_NAMES,),
        quiet=frozenset({_V.UNTESTED}),
        # An answer that equals the inside one is no hijack; any other could be.
        blurred=frozenset({_V.UNTESTED}),
    ),
    _B.DNS_SERVFAIL: Entry(
        f"The outside resolver answers everything under {INTERNAL_ZONE} with SERVFAIL.",
        veils=(_NAMES,),
        quiet=frozenset({_V.UNTESTED}),
        hides=True,
    ),
    _B.AUTH_NOT_CARRIED_OVER: Entry(
        "The new ingress forwards the orders route to the app and asks for no token.",
        leaks=(Stake("*", Aspect.PUBLIC, ORDERS_PATH),),
        verdicts=frozenset({_V.UNAUTHENTICATED}),
    ),
    _B.PUBLIC_PATH_DOWN: Entry(
        "The catalog, which is for everybody, answers 503.",
        leaks=(Stake("*", Aspect.PUBLIC, CATALOG_PATH),),
        verdicts=frozenset({_V.OUTAGE}),
    ),
}


def covers(patterns: Iterable[Stake], stake: Stake) -> bool:
    return any(all(fnmatchcase(part, glob) for part, glob in zip(stake, p, strict=True)) for p in patterns)


def expected(broken: Collection[Breakage], app_port: int) -> Mapping[Stake, Verdicts]:
    """What may be said of each stake in this condition; anything else is a lie or a miss."""
    entries = [ENTRIES[breakage] for breakage in broken]
    return {stake: _of(stake, entries) for stake in stakes(app_port)}


def _of(stake: Stake, entries: Iterable[Entry]) -> Verdicts:
    leaks: Verdicts = frozenset().union(*(e.verdicts for e in entries if covers(e.leaks, stake)))
    veils = [entry for entry in entries if covers(entry.veils, stake)]
    quiet: Verdicts = frozenset().union(*(veil.quiet for veil in veils))
    if not leaks or any(veil.hides for veil in veils):
        return quiet or frozenset({good(stake.aspect)})
    blurred: Verdicts = frozenset().union(*(veil.blurred for veil in veils))
    # Under two veils at once nothing vouches for a leak any more: it may be seen, and need not be.
    return leaks | blurred | (quiet if len(veils) > 1 else frozenset())
