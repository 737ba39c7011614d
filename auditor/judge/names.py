"""What public DNS says of an internal name, beside what the name is expected to do there.

A controlled NXDOMAIN is the only clean absence. Must never turn an error, a refusal or silence into absence.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from auditor.judge.addresses import is_address, special
from auditor.judge.book import Book, Control, Look, together
from auditor.judge.controls import around, entrance_group
from auditor.judge.ruling import Ruling, severity_key
from auditor.model import (
    RANK,
    Claim,
    Confidence,
    DnsAnswer,
    DnsExpectation,
    Outcome,
    Reason,
    Role,
    Verdict,
)

_V, _R, _C, _E, _O = Verdict, Reason, Confidence, DnsExpectation, Outcome

#: Outcomes that say nothing about the name, and the reason each is told by.
UNDECIDED: dict[Outcome, Reason] = {
    _O.SERVFAIL: _R.SERVFAIL,
    _O.DNS_REFUSED: _R.DNS_REFUSED,
    _O.DNS_TIMEOUT: _R.DNS_TIMEOUT,
    _O.TIMED_OUT: _R.DNS_TIMEOUT,
    _O.DNS_INVALID: _R.DNS_INVALID,
    _O.DNS_RCODE: _R.DNS_INVALID,
    _O.PROTOCOL_ERROR: _R.DNS_INVALID,
}

_SAID = frozenset({_O.ANSWERED, _O.NODATA, _O.NXDOMAIN})


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
    hijack: bool  # a random label under a public zone got an answer
    random: frozenset[str]  # everything that random labels were answered with, of either kind
    rotating: bool  # two random labels of the name's own zone were answered differently
    siblings: frozenset[str]  # what random labels of the name's own zone came to: nxdomain, nodata, data, failed
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NameSighting:
    ruling: Ruling
    observation: str
    controls: tuple[str, ...]


def inside_of(book: Book, claim: Claim, vantage: str, sight: Control) -> Inside:
    """Any address answer from any resolver inside shows that the name is alive."""
    looks = book.of(Role.TRUTH, claim.truth, vantage)
    answered = [look for look in looks if _data(look)]
    if answered:
        state = sight
    else:
        measured = any(look.observation is not None for look in looks)
        state = Control.FAILED if measured else Control.MISSING
    return Inside(
        control=state,
        addresses=frozenset().union(*(_addresses(look) for look in answered)),
        whole=bool(looks) and all(look.outcome in _SAID for look in looks),
        truth=(answered or looks)[0].probe.id if looks else None,
    )


def sighting_of_name(
    book: Book, claim: Claim, targets: Sequence[Look], inside: Inside, sight: Control
) -> NameSighting:
    """The ruling on one sighting: A and AAAA are one claim, the worse of the two counts."""
    zone = _zone(book, claim, targets[0], sight)
    rulings = [(decide_name(claim, look, zone, inside), look) for look in targets]
    ruling, look = min(
        rulings, key=lambda pair: (RANK[pair[0].verdict], _dull(pair[0]), severity_key(pair[0]), pair[1].probe.id)
    )
    leaks = tuple(sorted({leak for each, _ in rulings for leak in each.info_leak}))
    return NameSighting(Ruling(ruling.verdict, ruling.reason, ruling.confidence, leaks), look.probe.id, zone.ids)


def decide_name(claim: Claim, look: Look, zone: Zone, inside: Inside) -> Ruling:
    """The ruling on one question. First hijack, then errors, then what was said."""
    outcome, found = look.outcome, _data(look)
    addresses = _addresses(look)
    if outcome is None or look.observation is None:
        return _untested(_R.NOT_RUN)
    if zone.hijack:
        shown = bool(addresses & inside.addresses) and not found & zone.random
        return _resolves(addresses, inside, _C.MEDIUM) if shown else _untested(_R.HIJACK)
    if outcome not in _SAID:
        return _untested(UNDECIDED.get(outcome, _R.TRANSPORT_ERROR))
    if outcome is _O.ANSWERED and not found:
        return _untested(_R.DNS_INVALID)
    if found:
        return _with_data(claim, look, found, addresses, zone, inside)
    return _without_data(claim, outcome, zone, inside)


def _with_data(
    claim: Claim, look: Look, found: frozenset[str], addresses: frozenset[str], zone: Zone, inside: Inside
) -> Ruling:
    """The name has records outside, an alias at least."""
    expect = claim.expect or _E.ABSENT
    private = sorted(address for address in addresses if special(address))
    equal = bool(addresses & inside.addresses)
    aliases = _aliases(found)
    wildcard = zone.rotating or found <= zone.random or (bool(aliases) and aliases <= zone.random)
    if expect is _E.PRIVATE_ONLY:
        if len(private) < len(addresses):
            return _resolves(addresses, inside, _C.HIGH)
        if isinstance(look.answer, DnsAnswer) and look.answer.truncated:
            return _untested(_R.DNS_INVALID)
        return _clean(_R.ONLY_PRIVATE if addresses else _R.NO_ADDRESS, _C.HIGH, zone, inside, _leak(private))
    if private or (equal and wildcard):
        return _resolves(addresses, inside, _C.HIGH)
    if wildcard:
        return Ruling(_V.UNPROVEN, _R.WILDCARD, None)
    if expect is _E.ABSENT:
        return _resolves(addresses, inside, _C.HIGH)
    if equal:
        return _resolves(addresses, inside, _C.HIGH)
    if not inside.whole and inside.control is Control.GOOD:
        return Ruling(_V.UNPROVEN, _R.INSIDE_CONTROL_FAILED, None)
    return _clean(_R.DIFFERS if addresses else _R.NO_ADDRESS, _C.MEDIUM, zone, inside)


def _without_data(claim: Claim, outcome: Outcome, zone: Zone, inside: Inside) -> Ruling:
    """NXDOMAIN, or NODATA: the name, or a child of it, exists unless the zone says so of everything."""
    expect = claim.expect or _E.ABSENT
    if outcome is _O.NXDOMAIN:
        return _clean(_R.NXDOMAIN, _C.HIGH, zone, inside)
    if zone.siblings and zone.siblings <= {"nodata", "nxdomain"} and "nodata" in zone.siblings:
        return Ruling(_V.UNPROVEN, _R.GROUND_TRUTH_INDISTINCT, None)
    if expect is _E.ABSENT and zone.siblings and zone.siblings <= {"nxdomain", "data"}:
        return Ruling(_V.RESOLVES, _R.EXISTS_NO_DATA, _C.LOW)
    return _clean(_R.NO_ADDRESS, _C.MEDIUM, zone, inside)


def _clean(
    reason: Reason, confidence: Confidence, zone: Zone, inside: Inside, leaks: tuple[str, ...] = ()
) -> Ruling:
    """`closed`, where every control is good; a wildcard's own address needs no sibling to be absent."""
    if zone.out is not Control.GOOD:
        missing = zone.out is Control.MISSING
        return Ruling(_V.UNPROVEN, _R.CONTROL_MISSING if missing else _R.OUTSIDE_CONTROL_FAILED, None, leaks)
    if inside.control is not Control.GOOD:
        missing = inside.control is Control.MISSING
        return Ruling(_V.UNPROVEN, _R.CONTROL_MISSING if missing else _R.INSIDE_CONTROL_FAILED, None, leaks)
    absence = reason in (_R.NXDOMAIN, _R.NO_ADDRESS)
    if absence and "data" in zone.siblings:
        return Ruling(_V.UNPROVEN, _R.WILDCARD, None, leaks)
    if zone.siblings & ({"failed", "nodata"} if absence else {"failed"}):
        return Ruling(_V.UNPROVEN, _R.OUTSIDE_CONTROL_FAILED, None, leaks)
    if not zone.siblings or "missing" in zone.siblings:
        return Ruling(_V.UNPROVEN, _R.CONTROL_MISSING, None, leaks)
    return Ruling(_V.CLOSED, reason, confidence, leaks)


def _resolves(addresses: frozenset[str], inside: Inside, confidence: Confidence) -> Ruling:
    private = sorted(address for address in addresses if special(address))
    if addresses & inside.addresses:
        reason = _R.SPLIT_HORIZON if private else _R.SAME_AS_INSIDE
    else:
        reason = _R.PRIVATE_ADDRESS if private else _R.ANSWERS
    return Ruling(_V.RESOLVES, reason, confidence, _leak(private))


def _untested(reason: Reason) -> Ruling:
    return Ruling(_V.UNTESTED, reason, None)


def _leak(private: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"private address in public DNS: {address}" for address in private)


#: Among equals, the reason that says more is told.
_DULL = (_R.NO_ADDRESS, _R.EXISTS_NO_DATA, _R.ANSWERS, _R.NOT_RUN)


def _dull(ruling: Ruling) -> bool:
    return ruling.reason in _DULL


# --- the controls ----------------------------------------------------------------------------------------


def _zone(book: Book, claim: Claim, target: Look, sight: Control) -> Zone:
    probe = target.probe
    group = entrance_group(claim)

    def of(role: Role) -> list[Look]:
        return [look for look in book.in_lane(role, probe.vantage, probe.lane) if look.probe.group == group]

    entrance, hijack = of(Role.ENTRANCE), of(Role.GATEWAY)
    siblings = _siblings(book, claim, target)
    asked = (around(hijack, probe.step), *map(_rewritten, hijack))
    state = together([sight, _answered(entrance, probe.step), *asked])
    said = {_sibling_said(look) for look in siblings}
    if siblings and around(siblings, probe.step) is not Control.GOOD:
        said.add("missing")
    return Zone(
        out=state,
        hijack=any(_data(look) for look in hijack),
        random=frozenset().union(*(_data(look) for look in (*hijack, *siblings))),
        rotating=_rotating(siblings),
        siblings=frozenset(said),
        ids=tuple(look.probe.id for look in (*entrance, *hijack, *siblings)),
    )


def _siblings(book: Book, claim: Claim, target: Look) -> list[Look]:
    """Random labels of the name's own parent zone; of the nearest zone above where that was not asked."""
    looks = book.in_lane(Role.SIBLING, target.probe.vantage, target.probe.lane)
    name = claim.target.rstrip(".").lower()
    zones = {look.probe.group.removeprefix("zone|") for look in looks if look.probe.group.startswith("zone|")}
    above = [zone for zone in zones if zone == "" or name.endswith("." + zone.rstrip(".").lower())]
    if not above:
        return []
    nearest = max(above, key=lambda zone: (len(zone), zone))
    return [look for look in looks if look.probe.group == f"zone|{nearest}"]


def _rotating(siblings: Iterable[Look]) -> bool:
    """Whether a wildcard hands out its addresses in turn, so that other ones are no record of their own."""
    by_name: dict[str, set[str]] = {}
    for look in siblings:
        if look.probe.question.kind == "dns":
            by_name.setdefault(look.probe.question.name, set()).update(_data(look))
    found = list(by_name.values())
    return len(found) > 1 and all(found) and any(each != found[0] for each in found)


def _aliases(found: Iterable[str]) -> frozenset[str]:
    """Where a name is sent to; two names sent to one place are told apart by nothing that is found there."""
    return frozenset(each for each in found if each.startswith(("CNAME", "DNAME")))


def _sibling_said(look: Look) -> str:
    if look.observation is None:
        return "missing"
    if _data(look):
        return "data"
    return {_O.NXDOMAIN: "nxdomain", _O.NODATA: "nodata"}.get(look.observation.outcome, "failed")


def _answered(entrance: Sequence[Look], step: int) -> Control:
    states = [
        Control.MISSING
        if look.observation is None
        else Control.GOOD
        if look.outcome is _O.ANSWERED and _data(look)
        else Control.FAILED
        for look in entrance
    ]
    return together([around(entrance, step), *states])


def _rewritten(look: Look) -> Control:
    """The hijack control: a random label under a public zone must come back as not there."""
    if look.observation is None:
        return Control.MISSING
    clean = look.outcome in (_O.NXDOMAIN, _O.NODATA) and not _data(look)
    return Control.GOOD if clean else Control.FAILED


# --- the answers -----------------------------------------------------------------------------------------


def _data(look: Look) -> frozenset[str]:
    """Everything an answer says of the name: its addresses and aliases; an alias without address is data too."""
    if look.outcome not in _SAID or not isinstance(look.answer, DnsAnswer):
        return frozenset()
    return frozenset(
        f"{record.rrtype} {record.data.lower()}"
        for record in look.answer.records
        if record.rrtype in ("A", "AAAA", "CNAME", "DNAME")
    )


def _addresses(look: Look) -> frozenset[str]:
    return frozenset(
        address
        for entry in _data(look)
        if (address := entry.partition(" ")[2])
        and not entry.startswith(("CNAME", "DNAME"))
        and is_address(address)
    )
