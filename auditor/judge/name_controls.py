"""The controls around a name's answer: what the name is inside, what its server says to random labels, whether it
can be believed.

A random label that is answered is a wildcard of its zone, or a resolver that rewrites. Must never take a control
that was not seen for a good one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from auditor.judge.addresses import is_address
from auditor.judge.book import Book, Control, Look, together
from auditor.judge.controls import around, entrance_group
from auditor.judge.internal import bare
from auditor.model import Claim, DnsAnswer, DnsExpectation, DnsQuestion, Outcome, Role

_O = Outcome

#: Outcomes by which a server said something of the name.
SAID = frozenset({_O.ANSWERED, _O.NODATA, _O.NXDOMAIN})

#: Types that an answer to any question may hold, beside the one that was asked for.
_ALWAYS = frozenset({"A", "AAAA", "CNAME", "DNAME"})

#: Types whose data is all that a name has to say, where it has no addresses.
_WITHOUT_ADDRESS = frozenset({"PTR", "SRV"})


@dataclass(frozen=True, slots=True)
class Inside:
    """What the name is inside. `whole`: every question about it was answered one way or the other."""

    control: Control
    addresses: frozenset[str] = frozenset()
    whole: bool = False
    truth: str | None = None


@dataclass(frozen=True, slots=True)
class Zone:
    """The controls around one question: what they add up to, and what random labels were answered."""

    out: Control  # the entrance before and after, the hijack control, and the vantage's sight
    hijack: bool  # the resolver answers for names that do not exist
    random: frozenset[str]  # everything that random labels were answered with, of either kind
    rotating: bool  # two random labels of the name's own zone were answered differently
    siblings: frozenset[str]  # what random labels of the name's own zone came to: nxdomain, nodata, data, failed
    ids: tuple[str, ...]


def inside_of(book: Book, claim: Claim, vantage: str, sight: Control) -> Inside:
    """Any answer from any resolver inside shows that the name is alive."""
    looks = book.of(Role.TRUTH, claim.truth, vantage)
    answered = [look for look in looks if data_of(look)]
    if not answered and claim.expect is DnsExpectation.PUBLIC:
        # It may have other records than those that were asked for: that it is there is enough.
        answered = [look for look in looks if look.outcome is _O.NODATA]
    if answered:
        state = sight
    else:
        measured = any(look.observation is not None for look in looks)
        state = Control.FAILED if measured else Control.MISSING
    return Inside(
        control=state,
        addresses=frozenset().union(*(telling(look) for look in answered)),
        whole=bool(looks) and all(look.outcome in SAID for look in looks),
        truth=(answered or looks)[0].probe.id if looks else None,
    )


def zone_of(book: Book, claim: Claim, target: Look, sight: Control) -> Zone:
    """What the lane of a target says of its server and of the target's own zone."""
    probe = target.probe
    group = entrance_group(claim)

    def of(role: Role) -> list[Look]:
        return [look for look in book.in_lane(role, probe.vantage, probe.lane) if look.probe.group == group]

    entrance, nobodies = of(Role.ENTRANCE), of(Role.GATEWAY)
    siblings = _siblings(book, claim, target)
    hijack = _hijacked(nobodies, book.in_lane(Role.SIBLING, probe.vantage, probe.lane))
    asked = () if claim.authoritative else (around(nobodies, probe.step), *_rewritten(nobodies))
    state = together([sight, _answered(entrance, probe.step, claim), *asked])
    said = {_sibling_said(look) for look in siblings}
    if siblings and around(siblings, probe.step) is not Control.GOOD:
        said.add("missing")
    return Zone(
        out=state,
        hijack=hijack,
        random=frozenset().union(*(data_of(look) for look in (*nobodies, *siblings))),
        rotating=_rotating(siblings),
        siblings=frozenset(said),
        ids=tuple(look.probe.id for look in (*entrance, *nobodies, *siblings)),
    )


# --- random labels -----------------------------------------------------------------------------------------


def _hijacked(nobodies: Sequence[Look], siblings: Sequence[Look]) -> bool:
    """Whether the resolver invents answers.

    It does where a name of a top level that is not there is answered. A random name beside a public one may be
    answered by a wildcard of that public zone; it is rewriting where random names of other zones get the same.
    """
    top = [look for look in nobodies if _is_top(look)]
    near = [look for look in nobodies if not _is_top(look)]
    if any(map(data_of, top)):
        return True
    invented = frozenset().union(*map(data_of, near))
    if not invented or not top:
        return bool(invented)
    parents = {_parent(look) for look in near}
    return any(data_of(look) & invented for look in siblings if _parent(look) not in parents)


def _rewritten(nobodies: Sequence[Look]) -> Iterable[Control]:
    """The hijack controls: a random name must not be there, or be answered by a wildcard of the public zone."""
    tops = any(map(_is_top, nobodies))
    for look in nobodies:
        if look.observation is None:
            yield Control.MISSING
        elif tops and not _is_top(look):
            yield Control.GOOD if look.outcome in SAID else Control.FAILED
        else:
            clean = look.outcome in (_O.NXDOMAIN, _O.NODATA) and not data_of(look)
            yield Control.GOOD if clean else Control.FAILED


def _is_top(look: Look) -> bool:
    question = look.probe.question
    return isinstance(question, DnsQuestion) and "." not in question.name


def _parent(look: Look) -> str:
    question = look.probe.question
    return bare(question.name).partition(".")[2] if isinstance(question, DnsQuestion) else ""


def _siblings(book: Book, claim: Claim, target: Look) -> list[Look]:
    """Random labels of the name's own parent zone; of the nearest zone above where that was not asked."""
    looks = book.in_lane(Role.SIBLING, target.probe.vantage, target.probe.lane)
    name = bare(claim.target)
    zones = {look.probe.group.removeprefix("zone|") for look in looks if look.probe.group.startswith("zone|")}
    above = [zone for zone in zones if zone in ("", name) or name.endswith("." + bare(zone))]
    if claim.zone != claim.target:
        above = [zone for zone in above if zone != name]
    if not above:
        return []
    nearest = max(above, key=lambda zone: (len(zone), zone))
    return [look for look in looks if look.probe.group == f"zone|{nearest}"]


def _rotating(siblings: Iterable[Look]) -> bool:
    """Whether a wildcard hands out its addresses in turn, so that other ones are no record of their own."""
    by_name: dict[str, set[str]] = {}
    for look in siblings:
        if isinstance(look.probe.question, DnsQuestion) and look.probe.question.rrtype in ("A", "AAAA"):
            by_name.setdefault(look.probe.question.name, set()).update(data_of(look))
    found = list(by_name.values())
    return len(found) > 1 and all(found) and any(each != found[0] for each in found)


def _sibling_said(look: Look) -> str:
    if look.observation is None:
        return "missing"
    if data_of(look):
        return "data"
    return {_O.NXDOMAIN: "nxdomain", _O.NODATA: "nodata"}.get(look.observation.outcome, "failed")


def _answered(entrance: Sequence[Look], step: int, claim: Claim) -> Control:
    return together([around(entrance, step), *(_entrance_good(look, claim) for look in entrance)])


def _entrance_good(look: Look, claim: Claim) -> Control:
    """A public name that resolves; of a zone's own server, that it speaks for the zone (AA, RFC 1035, 4.1.1)."""
    if look.observation is None:
        return Control.MISSING
    good = look.outcome is _O.ANSWERED and bool(data_of(look))
    if claim.authoritative:
        good = good and isinstance(look.answer, DnsAnswer) and "AA" in look.answer.flags
    return Control.GOOD if good else Control.FAILED


# --- the answers -------------------------------------------------------------------------------------------


def data_of(look: Look) -> frozenset[str]:
    """All that an answer says of the name: what was asked for, addresses, aliases; an alias alone is data too."""
    question = look.probe.question
    if look.outcome not in SAID or not isinstance(look.answer, DnsAnswer) or not isinstance(question, DnsQuestion):
        return frozenset()
    return frozenset(
        f"{record.rrtype} {record.data.lower()}"
        for record in look.answer.records
        if record.rrtype in _ALWAYS or record.rrtype == question.rrtype
    )


def addresses_of(look: Look) -> frozenset[str]:
    """The addresses in its A and AAAA records."""
    return frozenset(
        address
        for entry in data_of(look)
        if entry.startswith(("A ", "AAAA ")) and is_address(address := entry.partition(" ")[2])
    )


def telling(look: Look) -> frozenset[str]:
    """What tells one answer from another: addresses; of names that have none, what they hold instead."""
    question = look.probe.question
    if isinstance(question, DnsQuestion) and question.rrtype in _WITHOUT_ADDRESS:
        return frozenset(each for each in data_of(look) if each.startswith(question.rrtype))
    return addresses_of(look)


def aliases(found: Iterable[str]) -> frozenset[str]:
    """Where a name is sent to; two names sent to one place are told apart by nothing that is found there."""
    return frozenset(each for each in found if each.startswith(("CNAME", "DNAME")))
