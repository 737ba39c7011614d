"""One sighting of a check: every look by its rules, the worst counts, and a pass needs every control.

Must never pass while one look of the sighting is unseen, undecided or lost.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from auditor.judge.addresses import special
from auditor.judge.book import Book, Control, Look, together
from auditor.judge.checks.seen import Others, Seen
from auditor.judge.checks.table import CHECK_RULES
from auditor.judge.controls import around, entrance_good
from auditor.judge.internal import Internal, bare
from auditor.judge.name_controls import SAID, addresses_of, data_of
from auditor.judge.names import UNDECIDED
from auditor.judge.ruling import Ruling, severity_key
from auditor.model import (
    BAD,
    Check,
    Claim,
    Confidence,
    DelegationAnswer,
    DnsAnswer,
    DnsQuestion,
    HttpQuestion,
    Outcome,
    Reason,
    Role,
    SkipReason,
    Verdict,
)

_V, _R, _C = Verdict, Reason, Confidence

_UNSEEN = {SkipReason.VANTAGE_BLIND: _R.BLIND, SkipReason.OUT_OF_SCOPE: _R.OUT_OF_SCOPE}

#: Looks without an answer that are no error where they come three times of three: there need not be a server at
#: all, nor a certificate for every name, nor a word of a server about itself.
_MAY_LACK: dict[Check, Callable[[Seen], bool]] = {
    Check.RECURSION: lambda s: s.silent or (s.broken_off and not s.plain),
    Check.CERTIFICATE: lambda s: s.broken_off and not s.own_host,
    Check.IDENTITY: lambda s: s.question is not None and s.question.chaos and (s.silent or s.failed),
}

#: Accusations that rest on something not being there: a resolver that is ill says that of everything.
_BY_ABSENCE = frozenset({_R.DANGLING})

#: What no rewriting makes up.
_BEYOND_REWRITING = frozenset({_R.DISCLOSES_NAME})

#: Checks that have nothing to be vouched for by: what is looked at answers by itself, or is a file.
_WITHOUT_ENTRANCE = frozenset({Check.TRANSPARENCY})


@dataclass(frozen=True, slots=True)
class CheckSighting:
    """The ruling, and what it should be worth should all three sightings be silent like it."""

    ruling: Ruling
    observation: str
    controls: tuple[str, ...]
    truth: str | None
    hushed: Ruling | None = None


def sighting_of_check(
    book: Book,
    claim: Claim,
    looks: Sequence[Look],
    sight: Control,
    insides: Sequence[tuple[str, Control]],
    internal: Internal,
) -> CheckSighting:
    """The ruling on the TARGET looks of one lane. `insides`: each inside vantage, and whether it could see."""
    assert claim.check is not None, "only checks are judged here"
    lane = _Lane(book, claim, looks)
    others = Others(internal, _listed(book, claim), _rebinds(book, claim), _serving(book, claim))
    seen = [Seen(claim, look, lane.siblings, others) for look in looks]
    ruled = [_Ruled(each, *_ruled(each)) for each in seen]
    inside, truth = _inside(book, claim, insides)
    out = together([sight, lane.entrance])
    ids = tuple(look.probe.id for look in (*lane.controls, *lane.siblings))
    telling = [each for each in ruled if each.ruling is not None]
    first = looks[0].probe.id
    if not telling:
        return CheckSighting(Ruling(_V.UNTESTED, _R.TRANSPORT_ERROR, None), first, ids, truth)
    worst = min(telling, key=lambda each: each.key)
    assert worst.ruling is not None, "those that tell something"
    same = [each.ruling for each in telling if each.ruling and each.ruling.verdict is worst.ruling.verdict]
    leaks = tuple(dict.fromkeys(leak for ruling in same for leak in ruling.info_leak))
    ruling, hushed = replace(worst.ruling, info_leak=leaks), None
    invented = _rewritten(book, claim, looks[0].probe.vantage)
    if invented and not (ruling.verdict in BAD and ruling.reason in _BEYOND_REWRITING):
        ruling = Ruling(_V.UNTESTED, _R.HIJACK, None)
    elif ruling.reason in _BY_ABSENCE:
        ruling = _lacking(out, None) or ruling
    elif ruling.verdict not in BAD:
        lacking = _lacking(out, inside)
        if ruling.verdict is _V.CLOSED:
            ruling = lacking or ruling
        elif lacking is None:
            hushed = _hushed(claim, telling)
    return CheckSighting(ruling, worst.seen.look.probe.id, ids, truth, hushed)


@dataclass(frozen=True, slots=True)
class _Ruled:
    """One look, and the rule that holds for it: its ruling, None where it says nothing, and its place."""

    seen: Seen
    ruling: Ruling | None
    place: int

    @property
    def key(self) -> tuple[tuple[int, int, int], int, str]:
        """Worst first."""
        assert self.ruling is not None, "those that tell something"
        return severity_key(self.ruling), self.place, self.seen.look.probe.id


# --- one look ----------------------------------------------------------------------------------------------------


def _ruled(seen: Seen) -> tuple[Ruling | None, int]:
    """The first rule that holds, and its place; None where a look says nothing. Undecided looks are untested."""
    assert seen.claim.check is not None, "only checks are judged here"
    look = seen.look
    if look.observation is None:
        because = _UNSEEN.get(look.skip.reason, _R.NOT_RUN) if look.skip is not None else _R.NOT_RUN
        return Ruling(_V.UNTESTED, because, None), 0
    for place, rule in enumerate(CHECK_RULES[seen.claim.check]):
        if rule.when(seen):
            if rule.verdict is None or rule.reason is None:
                return None, place
            if rule.verdict is _V.CLOSED and seen.cut:
                return Ruling(_V.UNTESTED, _R.DNS_INVALID, None), place
            return Ruling(rule.verdict, rule.reason, rule.confidence, rule.told(seen)), place
    reason = UNDECIDED.get(look.observation.outcome, _R.TRANSPORT_ERROR)
    return Ruling(_V.UNTESTED, reason, None), 0


def _hushed(claim: Claim, telling: Sequence[_Ruled]) -> Ruling | None:
    """What a sighting is worth, should all three be like it: all that is undecided may lack an answer."""
    may_lack = _MAY_LACK.get(claim.check) if claim.check is not None else None
    if may_lack is None:
        return None
    clean = [each for each in telling if each.ruling is not None and each.ruling.verdict is _V.CLOSED]
    rest = [each for each in telling if each.ruling is not None and each.ruling.verdict is not _V.CLOSED]
    if not all(may_lack(each.seen) for each in rest):
        return None
    if claim.check is Check.RECURSION and any(each.seen.silent for each in rest):
        return Ruling(_V.CLOSED, _R.PORT_SILENT, _C.LOW)
    closed = min(clean, key=lambda each: each.key).ruling if clean else None
    return None if closed is None else replace(closed, confidence=_C.LOW)


def _lacking(out: Control, inside: Control | None) -> Ruling | None:
    if out is not Control.GOOD:
        missing = out is Control.MISSING
        return Ruling(_V.UNPROVEN, _R.CONTROL_MISSING if missing else _R.OUTSIDE_CONTROL_FAILED, None)
    if inside is not None and inside is not Control.GOOD:
        missing = inside is Control.MISSING
        return Ruling(_V.UNPROVEN, _R.CONTROL_MISSING if missing else _R.INSIDE_CONTROL_FAILED, None)
    return None


# --- the controls ------------------------------------------------------------------------------------------------


class _Lane:
    """What stands around the looks of one sighting."""

    def __init__(self, book: Book, claim: Claim, looks: Sequence[Look]) -> None:
        probe = looks[0].probe
        self.controls = book.in_lane(Role.ENTRANCE, probe.vantage, probe.lane)
        self.siblings = book.in_lane(Role.SIBLING, probe.vantage, probe.lane)
        states = [_good(look, claim) for look in self.controls]
        self.entrance = (
            Control.GOOD
            if claim.check in _WITHOUT_ENTRANCE
            else together([around(self.controls, probe.step), *states])
        )


def _good(look: Look, claim: Claim) -> Control:
    """The server answered what it must; of a zone's own server, with authority."""
    if look.observation is None:
        return Control.MISSING
    question = look.probe.question
    if isinstance(question, HttpQuestion):
        return entrance_good(look)
    good = look.outcome is Outcome.ANSWERED and bool(data_of(look))
    if isinstance(question, DnsQuestion) and question.server_of is not None:
        good = good and isinstance(look.answer, DnsAnswer) and "AA" in look.answer.flags
    return Control.GOOD if good else Control.FAILED


def _inside(book: Book, claim: Claim, insides: Sequence[tuple[str, Control]]) -> tuple[Control | None, str | None]:
    """Whether the zone, or a name searched for, answers inside; None where it is inside that is looked at."""
    if claim.service.startswith("vantage:"):
        return None, None
    if claim.truth is None:
        return Control.MISSING, None
    looks = [(look, sight) for name, sight in insides for look in book.of(Role.TRUTH, claim.truth, name)]
    good = [(look, sight) for look, sight in looks if look.outcome is Outcome.ANSWERED and data_of(look)]
    sure = next((look for look, sight in good if sight is Control.GOOD), None)
    if sure is not None:
        return Control.GOOD, sure.probe.id
    if not any(look.observation is not None for look, _ in looks):
        return Control.MISSING, looks[0][0].probe.id if looks else None
    return Control.FAILED, looks[0][0].probe.id


def _rewritten(book: Book, claim: Claim, vantage: str) -> bool:
    """Whether the resolver that is asked invents answers: a random name of no zone was answered by it."""
    if claim.authoritative:
        return False
    return any(
        data_of(look)
        for look in book.of(Role.GATEWAY, f"public-dns|{claim.address}", vantage)
        if isinstance(look.probe.question, DnsQuestion) and "." not in look.probe.question.name
    )


# --- what is known beside ------------------------------------------------------------------------------------


def _listed(book: Book, claim: Claim) -> frozenset[str]:
    """The names that a zone is known to have: those that are at stake by its inventory."""
    return book.names_of.get(claim.service, frozenset()) if claim.check is Check.WALK else frozenset()


def _rebinds(book: Book, claim: Claim) -> bool:
    """Whether somebody outside sees the private address that must not be let in."""
    if claim.check is not Check.REBINDING:
        return False
    looks = [look for name, _ in book.plan.vantages for look in book.of(Role.TRUTH, claim.truth, name)]
    return any(special(address) for look in looks if look.outcome in SAID for address in addresses_of(look))


def _serving(book: Book, claim: Claim) -> tuple[str, ...]:
    """The names by which the server of a claim is listed for its zone, as any vantage found them."""
    if claim.check is not Check.DELEGATION:
        return ()
    answers = (
        look.answer for name, _ in book.plan.vantages for look in book.of(Role.DELEGATION, claim.service, name)
    )
    listed = (server for answer in answers if isinstance(answer, DelegationAnswer) for server in answer.servers)
    return tuple(dict.fromkeys(bare(s.name) for s in listed if claim.address in (s.address, s.name)))
