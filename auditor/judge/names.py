"""What the DNS says outside of a name, beside what the name is expected to do there.

A controlled NXDOMAIN is the only clean absence. Must never turn an error, a refusal or silence into absence, nor
call a name leaked for what a wildcard answers to everybody.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from auditor.judge.addresses import special
from auditor.judge.book import Book, Control, Look
from auditor.judge.internal import Internal, bare
from auditor.judge.name_controls import (
    SAID,
    Inside,
    Zone,
    addresses_of,
    aliases,
    data_of,
    inside_of,
    telling,
    zone_of,
)
from auditor.judge.records import hints_in, points_in, special_in
from auditor.judge.ruling import Ruling, severity_key
from auditor.model import (
    RANK,
    Claim,
    Confidence,
    DnsAnswer,
    DnsExpectation,
    DnsQuestion,
    Outcome,
    Reason,
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

#: What a name may disclose besides, told at most.
MAX_TOLD = 20


@dataclass(frozen=True, slots=True)
class NameSighting:
    ruling: Ruling
    observation: str
    controls: tuple[str, ...]


def sighting_of_name(
    book: Book, claim: Claim, targets: Sequence[Look], inside: Inside, sight: Control, internal: Internal
) -> NameSighting:
    """The ruling on one sighting: all types are one claim, and what the name points to; the worst counts."""
    zone = zone_of(book, claim, targets[0], sight)
    own = [look for look in targets if _asked_for(look) == bare(claim.target)]
    rulings = [(decide_name(claim, look, zone, inside, internal), look) for look in own]
    rulings += [
        (ruling, look)
        for look in targets
        if _asked_for(look) != bare(claim.target) and (ruling := _pointed(claim, look, zone, internal)) is not None
    ]
    ruling, look = min(
        rulings, key=lambda pair: (RANK[pair[0].verdict], _dull(pair[0]), severity_key(pair[0]), pair[1].probe.id)
    )
    leaks = tuple(sorted({leak for each, _ in rulings for leak in each.info_leak}))[:MAX_TOLD]
    return NameSighting(Ruling(ruling.verdict, ruling.reason, ruling.confidence, leaks), look.probe.id, zone.ids)


def decide_name(claim: Claim, look: Look, zone: Zone, inside: Inside, internal: Internal) -> Ruling:
    """The ruling on one question. First hijack, then errors, then what was said."""
    outcome, found = look.outcome, data_of(look)
    if outcome is None or look.observation is None:
        return _untested(_R.NOT_RUN)
    if zone.hijack:
        shown = bool(telling(look) & inside.addresses) and not found & zone.random
        return _resolves(look, inside, _C.MEDIUM) if shown else _untested(_R.HIJACK)
    if outcome not in SAID:
        return _untested(UNDECIDED.get(outcome, _R.TRANSPORT_ERROR))
    if outcome is _O.ANSWERED and not found:
        return _untested(_R.DNS_INVALID)
    if claim.expect is _E.PUBLIC:
        return _meant_to_be_seen(claim, look, zone, inside, internal)
    if found:
        return _with_data(claim, look, found, zone, inside, internal)
    return _without_data(claim, outcome, zone, inside)


def _with_data(
    claim: Claim, look: Look, found: frozenset[str], zone: Zone, inside: Inside, internal: Internal
) -> Ruling:
    """The name has records outside, an alias at least."""
    expect = claim.expect or _E.ABSENT
    addresses, elsewhere = addresses_of(look), _elsewhere(look)
    private = {address for address in addresses if special(address)}
    equal = bool(telling(look) & inside.addresses)
    alias = aliases(found)
    wildcard = zone.rotating or found <= zone.random or (bool(alias) and alias <= zone.random)
    if expect is _E.PRIVATE_ONLY:
        if len(private) < len(addresses) or _public_hints(look):
            return _resolves(look, inside, _C.HIGH)
        if isinstance(look.answer, DnsAnswer) and look.answer.truncated:
            return _untested(_R.DNS_INVALID)
        return _dangling(look, internal) or _clean(
            _R.ONLY_PRIVATE if addresses else _R.NO_ADDRESS, _C.HIGH, zone, inside, _told(look)
        )
    if private or (elsewhere and not wildcard) or (equal and wildcard):
        return _resolves(look, inside, _C.HIGH)
    if wildcard:
        # By content it may yet be closed, and no pass is given without the controls.
        return _controlled(zone, inside) or Ruling(_V.UNPROVEN, _R.WILDCARD, None)
    dangling = _dangling(look, internal)
    if dangling is not None:
        return dangling
    if expect is _E.ABSENT or equal:
        return _resolves(look, inside, _C.HIGH)
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


def _meant_to_be_seen(claim: Claim, look: Look, zone: Zone, inside: Inside, internal: Internal) -> Ruling:
    """A public name: nothing internal may be in what it says, and there must be somebody who says it."""
    if look.outcome is _O.NXDOMAIN:
        return Ruling(_V.UNPROVEN, _R.STALE_TARGET, None)
    if any(special(address) for address in addresses_of(look)):
        return Ruling(_V.RESOLVES, _R.PRIVATE_ADDRESS, _C.HIGH, _told(look))
    if _elsewhere(look):
        return Ruling(_V.RESOLVES, _R.PRIVATE_IN_RECORD, _C.HIGH, _told(look))
    named = _names(claim, look, internal)
    if named:
        return Ruling(_V.RESOLVES, _R.DISCLOSES_NAME, _C.HIGH, named)
    dangling = _dangling(look, internal)
    if dangling is not None:
        return dangling
    if isinstance(look.answer, DnsAnswer) and look.answer.truncated:
        return _untested(_R.DNS_INVALID)
    return _controlled(zone, inside) or Ruling(
        _V.CLOSED, _R.ONLY_PUBLIC if data_of(look) else _R.NO_ADDRESS, _C.HIGH
    )


def _pointed(claim: Claim, look: Look, zone: Zone, internal: Internal) -> Ruling | None:
    """What the target of a record of this name shows: a private address, or nothing at all."""
    if zone.hijack or claim.expect is _E.PRIVATE_ONLY:
        return None
    name = _asked_for(look)
    private = sorted(address for address in addresses_of(look) if special(address))
    if private:
        leaks = tuple(f"{name}, which it points to: {address}" for address in private)
        return Ruling(_V.RESOLVES, _R.PRIVATE_IN_RECORD, _C.HIGH, leaks)
    if look.outcome is _O.NXDOMAIN and not data_of(look) and not internal.holds(name):
        return Ruling(_V.RESOLVES, _R.DANGLING, _claimable(look), (f"points to {name}, which does not exist",))
    return None


def _dangling(look: Look, internal: Internal) -> Ruling | None:
    """An alias whose end does not exist (RFC 6604: the RCODE is that of the last name)."""
    answer = look.answer
    if not isinstance(answer, DnsAnswer) or answer.rcode != "NXDOMAIN" or not aliases(data_of(look)):
        return None
    ends = [record.data.rstrip(".") for record in answer.records if record.rrtype == "CNAME"]
    if not ends or internal.holds(ends[-1]):
        return None
    return Ruling(
        _V.RESOLVES, _R.DANGLING, _claimable(look), (f"points to {ends[-1][:253]}, which does not exist",)
    )


def _claimable(look: Look) -> Confidence:
    """HIGH where it is a top-level domain that denies the name: then anybody may register what stands below it."""
    answer = look.answer
    owners = [r.name for r in answer.authority if r.rrtype == "SOA"] if isinstance(answer, DnsAnswer) else []
    return _C.HIGH if owners and "." not in owners[0].strip(".") else _C.MEDIUM


def _clean(
    reason: Reason, confidence: Confidence, zone: Zone, inside: Inside, leaks: tuple[str, ...] = ()
) -> Ruling:
    """`closed`, where every control is good; a wildcard's own address needs no sibling to be absent."""
    lacking = _controlled(zone, inside, leaks)
    if lacking is not None:
        return lacking
    absence = reason in (_R.NXDOMAIN, _R.NO_ADDRESS)
    if absence and "data" in zone.siblings:
        return Ruling(_V.UNPROVEN, _R.WILDCARD, None, leaks)
    if zone.siblings & ({"failed", "nodata"} if absence else {"failed"}):
        return Ruling(_V.UNPROVEN, _R.OUTSIDE_CONTROL_FAILED, None, leaks)
    if not zone.siblings or "missing" in zone.siblings:
        return Ruling(_V.UNPROVEN, _R.CONTROL_MISSING, None, leaks)
    return Ruling(_V.CLOSED, reason, confidence, leaks)


def _controlled(zone: Zone, inside: Inside, leaks: tuple[str, ...] = ()) -> Ruling | None:
    """What is lacking of the controls outside and inside; None where all are good."""
    if zone.out is not Control.GOOD:
        missing = zone.out is Control.MISSING
        return Ruling(_V.UNPROVEN, _R.CONTROL_MISSING if missing else _R.OUTSIDE_CONTROL_FAILED, None, leaks)
    if inside.control is not Control.GOOD:
        missing = inside.control is Control.MISSING
        return Ruling(_V.UNPROVEN, _R.CONTROL_MISSING if missing else _R.INSIDE_CONTROL_FAILED, None, leaks)
    return None


def _resolves(look: Look, inside: Inside, confidence: Confidence) -> Ruling:
    private = [address for address in addresses_of(look) if special(address)]
    if telling(look) & inside.addresses:
        reason = _R.SPLIT_HORIZON if private else _R.SAME_AS_INSIDE
    elif private:
        reason = _R.PRIVATE_ADDRESS
    else:
        reason = _R.PRIVATE_IN_RECORD if _elsewhere(look) else _R.ANSWERS
    return Ruling(_V.RESOLVES, reason, confidence, _told(look))


def _untested(reason: Reason) -> Ruling:
    return Ruling(_V.UNTESTED, reason, None)


#: Among equals, the reason that says more is told.
_DULL = (_R.NO_ADDRESS, _R.EXISTS_NO_DATA, _R.ANSWERS, _R.DISCLOSES_NAME, _R.NOT_RUN)


def _dull(ruling: Ruling) -> bool:
    return ruling.reason in _DULL


# --- what an answer discloses ------------------------------------------------------------------------------


def _asked_for(look: Look) -> str:
    question = look.probe.question
    return bare(question.name) if isinstance(question, DnsQuestion) else ""


def _told(look: Look) -> tuple[str, ...]:
    """Every address in an answer that is not of the public internet, and where it stands."""
    plain = sorted(address for address in addresses_of(look) if special(address))
    return (*(f"private address in public DNS: {address}" for address in plain), *_elsewhere(look))


def _elsewhere(look: Look) -> tuple[str, ...]:
    """Special-purpose addresses in other records than A and AAAA of the answer: hints, SPF, glue."""
    if look.outcome not in SAID or not isinstance(look.answer, DnsAnswer):
        return ()
    own = addresses_of(look)
    return tuple(f"{each.where}: {each.address}" for each in special_in(look.answer) if each.address not in own)


def _public_hints(look: Look) -> bool:
    """Whether an HTTPS or SVCB record leads to a public address."""
    return isinstance(look.answer, DnsAnswer) and any(special(hint) is None for hint in hints_in(look.answer))


def _names(claim: Claim, look: Look, internal: Internal) -> tuple[str, ...]:
    """Internal names in an answer about a public one. Whom a zone's SOA names is a check of its own."""
    if not isinstance(look.answer, DnsAnswer):
        return ()
    own = bare(claim.target)
    found = (
        each
        for each in points_in(look.answer)
        if bare(each.name) != own and not each.where.startswith("SOA ") and internal.holds(each.name)
    )
    return tuple(dict.fromkeys(f"{each.where}: {each.name}" for each in found))


__all__ = ["Inside", "NameSighting", "decide_name", "inside_of", "sighting_of_name"]
