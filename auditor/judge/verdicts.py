"""A plan and what was seen of it, as verdicts: one judgement a claim, the worst over variants and vantages.

A pure function of its arguments: the same observations give the same judgements, in whatever order they come.
Must never raise on anything the types allow.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from auditor.judge.book import Book, Control, Look
from auditor.judge.checks import sighting_of_check
from auditor.judge.decide import decide
from auditor.judge.ground import Ground, ground_of
from auditor.judge.hunting import note_of_hunt, sighting_of_hunt
from auditor.judge.internal import Internal
from auditor.judge.names import Inside, inside_of, sighting_of_name
from auditor.judge.notes import note, remark
from auditor.judge.outside import sighting_of
from auditor.judge.ports import decide_port, inside_port, sighting_of_port
from auditor.judge.public import Routes, sighting_of_public, together_of
from auditor.judge.replay import SIGHTINGS, Settled, settle
from auditor.judge.ruling import Ruling, severity_key
from auditor.judge.sight import Sight, sight_of, state_of
from auditor.judge.testimony import Testimony, Witnesses
from auditor.judge.together import together
from auditor.model import (
    GOOD,
    Aspect,
    Claim,
    DnsExpectation,
    DnsQuestion,
    Doubt,
    HttpQuestion,
    Judgement,
    Outcome,
    Plan,
    Reason,
    Role,
    Seen,
    Side,
    SkipReason,
    VantageState,
    Verdict,
)

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Judgements in the order of the plan's claims, what each vantage could see, what is worth asking again."""

    judgements: tuple[Judgement, ...]
    vantages: tuple[VantageState, ...]
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True, slots=True)
class _Case:
    """What one vantage saw of one claim in one variant, all sightings together."""

    vantage: str
    variant: str
    ruling: Ruling
    observation: str | None
    truth: str | None
    controls: tuple[str, ...]
    ratio: tuple[int, int]
    testimony: Testimony


@dataclass(frozen=True, slots=True)
class _Sighted:
    """One sighting, ruled. `hushed`: what it is worth should all three be like it; None: nothing more."""

    ruling: Ruling
    observation: str
    controls: tuple[str, ...]
    hushed: Ruling | None = None
    truth: str | None = None  # the inside probe it was compared with
    testimony: Testimony = field(default_factory=Testimony)


#: Reasons that asking again cannot change.
_FINAL = frozenset(
    {
        Reason.INSIDE_CONTROL_FAILED,
        Reason.CONTROL_MISSING,
        Reason.STALE_TARGET,
        Reason.GROUND_TRUTH_INDISTINCT,
        Reason.BLIND,
        Reason.BANNED,  # asking on would only prove that we do not take no for an answer
        Reason.NOT_RUN,
        Reason.NEVER_ASKED,
        Reason.NOT_SHOWN,
        Reason.UNRESOLVED,
        Reason.OUT_OF_SCOPE,
        Reason.PAGE_FOR_EVERYTHING,
        Reason.CREDENTIAL_MISSING,
    }
)


#: Why nobody looked, where the skip says more than that.
_UNSEEN = {SkipReason.VANTAGE_BLIND: Reason.BLIND, SkipReason.OUT_OF_SCOPE: Reason.OUT_OF_SCOPE}


def needs_replay(ruled: Judgement | Ruling) -> bool:
    """Whether further sightings could say more: everything but what is good, and a catch-all."""
    if ruled.verdict in GOOD:
        return ruled.reason is Reason.CATCH_ALL
    return ruled.reason not in _FINAL


def judge(plan: Plan, seen: Sequence[Seen], *, provisional: bool = False) -> Verdicts:
    """The verdicts on a whole plan. `provisional`: while it runs, each sighting is taken at its word."""
    book = Book(plan, seen)
    names = dict.fromkeys(name for name, _ in plan.vantages)
    sights = {name: sight_of(book, name, provisional=provisional) for name in names}
    judging = _Judging(book, sights, provisional)
    judgements = [judging.claim(claim) for claim in plan.claims]
    return Verdicts(
        judgements=tuple(together(book, judgements)),
        vantages=tuple(state_of(book, name, sight) for name, sight in sights.items()),
        doubts=tuple(judging.doubts),
    )


class _Judging:
    """One run of the judge: the book, the sights, and what was worked out inside, once a target."""

    def __init__(self, book: Book, sights: dict[str, Sight], provisional: bool) -> None:
        self._book = book
        self._sights = sights
        self._provisional = provisional
        self._witnesses = Witnesses(book)
        self._inside = book.vantages(Side.INSIDE)
        self._outside = book.vantages(Side.OUTSIDE)
        self._grounds: dict[tuple[str, str | None, str], tuple[Ground, ...]] = {}
        self._routes = Routes(book)
        self.doubts: list[Doubt] = []
        self._names = Internal.of(book.plan.claims, _hosts(book.plan))
        self._internal = self._names.names

    def claim(self, claim: Claim) -> Judgement:
        looking = self._outside + (self._inside if claim.aspect is Aspect.DNS else ())
        cases = [case for vantage in looking for case in self._cases(claim, vantage)]
        self.doubts += _doubts(claim, cases)
        if not cases:
            # Without an address there was nowhere to ask; that is not for want of looking.
            reason = Reason.NOT_RUN if claim.address is not None else Reason.UNRESOLVED
            reason = Reason.NEVER_ASKED if claim.unasked else reason
            text = note(Verdict.UNTESTED, reason, None)
            return Judgement(claim, Verdict.UNTESTED, reason, None, None, note=text)
        order = {vantage: place for place, vantage in enumerate(looking)}

        def worst_first(case: _Case) -> tuple[tuple[int, int, int], bool, bool, int, str]:
            by_content = case.ruling.reason is Reason.WILDCARD  # may yet be closed, so it is the last of its rank
            key = severity_key(case.ruling)
            return key, by_content, case.variant != "baseline", order[case.vantage], case.variant

        won = min(cases, key=worst_first)
        ruling = won.ruling
        if claim.aspect is Aspect.SENSITIVE:
            told = note_of_hunt(self._book, claim, ruling, won.observation, won.vantage, won.ratio)
            return _judged(claim, won, told)
        hidden = ruling.reason is Reason.NXDOMAIN and claim.expect is DnsExpectation.DIFFERS_FROM_INSIDE
        if claim.aspect is Aspect.NAME and won.variant != "baseline" and ruling.verdict is Verdict.RESOLVES:
            ruling = _seen_otherwise(ruling, won, cases)
            won = replace(won, ruling=ruling)
        told = note(ruling.verdict, ruling.reason, won.ratio, missing_outside=hidden)
        return _judged(claim, won, told + remark(ruling.verdict, ruling.confidence, won.testimony.words))

    def _cases(self, claim: Claim, vantage: str) -> list[_Case]:
        """One case a variant; a variant that only leads to the plain spelling takes over its verdict."""
        cases = {
            variant: self._case(claim, vantage, variant, sightings)
            for variant, sightings in self._book.sightings(claim, vantage).items()
        }
        plain = cases.get("baseline")
        if plain is None or plain.ruling.verdict is not Verdict.CLOSED:
            return list(cases.values())
        return [case if case is plain else _canonical(case, plain) for case in cases.values()]

    def _case(self, claim: Claim, vantage: str, variant: str, sightings: Sequence[list[Look]]) -> _Case:
        sighted = self._sighted(claim, vantage, variant, sightings)
        rulings = [each.ruling for each in sighted]
        hushed = [each.hushed for each in sighted]
        # Each with controls of its own: several requests of one lane may all have met the same moment.
        if len(sightings) >= SIGHTINGS and all(hushed):
            rulings = [each for each in hushed if each is not None]
        settled = _all_alike(settle(rulings, provisional=self._provisional), rulings)
        chosen = sighted[settled.place]
        return _Case(
            vantage=vantage,
            variant=variant,
            ruling=settled.ruling,
            observation=chosen.observation,
            truth=chosen.truth,
            controls=chosen.controls,
            ratio=settled.ratio,
            testimony=chosen.testimony,
        )

    def _sighted(
        self, claim: Claim, vantage: str, variant: str, sightings: Sequence[list[Look]]
    ) -> list[_Sighted]:
        sight = self._sights[vantage].control
        if claim.aspect is Aspect.NAME:
            inside = self._name_inside(claim)
            return [self._name(claim, looks, inside, sight) for looks in sightings]
        if claim.aspect is Aspect.DNS:
            return [self._check(claim, looks, sight) for looks in sightings]
        if claim.aspect is Aspect.PUBLIC:
            return [self._public(claim, looks, sight) for looks in sightings]
        if claim.aspect is Aspect.PORT:
            state, truth = self._port_inside(claim)
            return [replace(self._port(claim, looks[0], state, sight), truth=truth) for looks in sightings]
        if claim.aspect is Aspect.SENSITIVE:
            return [self._hunted(claim, looks[0], sight) for looks in sightings]
        grounds = self._ground(claim, variant)
        return [self._worst(claim, look, grounds, sight) for looks in sightings for look in looks]

    # --- one sighting ------------------------------------------------------------------------------------

    def _worst(self, claim: Claim, look: Look, grounds: Sequence[Ground], sight: Control) -> _Sighted:
        """The worst that any inside vantage makes of it.

        One that looked and did not find the target, as from another network, has a say only where it accuses.
        """
        first, *more = [self._http(claim, look, ground, sight) for ground in grounds]
        believed = [
            other
            for other, ground in zip(more, grounds[1:], strict=True)
            if ground.control is Control.GOOD or ground.blind or other.ruling.stands
        ]
        worst = min((first, *believed), key=lambda each: severity_key(each.ruling))
        hushed = all(each.hushed for each in (first, *believed))
        return worst if hushed else replace(worst, hushed=None)

    def _http(self, claim: Claim, look: Look, ground: Ground, sight: Control) -> _Sighted:
        last = self._book.chain(look)[-1]
        seen = sighting_of(self._book, claim, look, ground, sight, self._internal, self._witnesses)
        ruling = decide(seen.facts)
        if last.observation is None and ruling.verdict not in (Verdict.EXPOSED, Verdict.SUSPECTED):
            ruling = _not_seen(last)
        hushed = None
        if seen.droppable:
            silent = decide(replace(seen.facts, drop=True))
            hushed = silent if silent.reason in (Reason.DROPPED, Reason.PORT_SILENT) else None
        return _Sighted(ruling, seen.observation, seen.controls, hushed, ground.truth, seen.testimony)

    def _name(self, claim: Claim, looks: list[Look], inside: Inside, sight: Control) -> _Sighted:
        seen = sighting_of_name(self._book, claim, looks, inside, sight, self._names)
        ruling = seen.ruling
        if ruling.reason is Reason.NOT_RUN:
            ruling = next((_not_seen(look) for look in looks if look.observation is None), ruling)
        return _Sighted(ruling, seen.observation, seen.controls, truth=inside.truth)

    def _check(self, claim: Claim, looks: list[Look], sight: Control) -> _Sighted:
        insides = [(name, self._sights[name].control) for name in self._inside]
        seen = sighting_of_check(self._book, claim, looks, sight, insides, self._names)
        return _Sighted(seen.ruling, seen.observation, seen.controls, seen.hushed, seen.truth)

    def _port(self, claim: Claim, look: Look, inside: Control, sight: Control) -> _Sighted:
        seen = sighting_of_port(self._book, claim, look, inside, sight)
        ruling = _not_seen(look) if look.observation is None else seen.ruling
        hushed = decide_port(Outcome.TIMED_OUT, (), inside, Control.GOOD, silent=True) if seen.silent else None
        return _Sighted(ruling, seen.observation, seen.controls, hushed)

    def _hunted(self, claim: Claim, look: Look, sight: Control) -> _Sighted:
        seen = sighting_of_hunt(self._book, claim, look, sight)
        ruling = _not_seen(look) if look.observation is None else seen.ruling
        return _Sighted(ruling, seen.observation, seen.controls)

    def _public(self, claim: Claim, looks: list[Look], sight: Control) -> _Sighted:
        turns = []
        for look in looks:
            last = self._book.chain(look)[-1]
            seen = sighting_of_public(self._book, claim, look, self._routes, sight)
            unseen = last.observation is None and seen.ruling.verdict is not Verdict.UNAUTHENTICATED
            turns.append(replace(seen, ruling=_not_seen(last)) if unseen else seen)
        one = together_of(turns)
        return _Sighted(one.ruling, one.observation, one.controls, one.hushed, one.truth)

    # --- the truth inside --------------------------------------------------------------------------------

    def _ground(self, claim: Claim, variant: str) -> tuple[Ground, ...]:
        """What each inside vantage knows, those with a good truth first; there is at least one."""
        key = (claim.service, claim.truth, variant)
        if key not in self._grounds:
            found = [
                ground_of(self._book, claim, variant, name, self._sights[name].control) for name in self._inside
            ]
            found.sort(key=lambda ground: ground.control is not Control.GOOD)
            self._grounds[key] = tuple(found) or (Ground(Control.MISSING),)
        return self._grounds[key]

    def _name_inside(self, claim: Claim) -> Inside:
        """What all inside vantages know together: an address that any of them gets is the name's inside."""
        found = [inside_of(self._book, claim, name, self._sights[name].control) for name in self._inside]
        best = _first_good(found, lambda inside: inside.control)
        if best is None:
            return Inside(Control.MISSING)
        return replace(
            best,
            addresses=frozenset().union(*(each.addresses for each in found)),
            whole=all(each.whole for each in found),
        )

    def _port_inside(self, claim: Claim) -> tuple[Control, str | None]:
        found = []
        for name in self._inside:
            looks = self._book.of(Role.TRUTH, claim.truth, name)
            truth = looks[0].probe.id if looks else None
            found.append((inside_port(self._book, claim, name, self._sights[name].control), truth))
        return _first_good(found, lambda pair: pair[0]) or (Control.MISSING, None)


def _hosts(plan: Plan) -> Iterator[str]:
    """Hosts of the entrances themselves: they are meant to be seen."""
    for probe in plan.probes:
        if probe.role is Role.ENTRANCE and isinstance(probe.question, HttpQuestion):
            yield probe.question.host
        elif probe.role is Role.ADDRESS and isinstance(probe.question, DnsQuestion):
            yield probe.question.name


def _seen_otherwise(ruling: Ruling, won: _Case, cases: Sequence[_Case]) -> Ruling:
    """A name that a server shows only over TCP, or to those who claim to be inside: another view of it."""
    plain = [case for case in cases if case.vantage == won.vantage and case.variant == "baseline"]
    if any(case.ruling.verdict is Verdict.RESOLVES for case in plain):
        return ruling
    return replace(ruling, reason=Reason.VIEW_DIFFERS)


def _all_alike(settled: Settled, rulings: Sequence[Ruling]) -> Settled:
    """A wildcard leads on to what it leads to only where every sighting met it, as every pass is unanimous."""
    other = [ruling for ruling in rulings if ruling.reason is not Reason.WILDCARD]
    if settled.ruling.reason is not Reason.WILDCARD or settled.ruling.verdict is not Verdict.UNPROVEN or not other:
        return settled
    return replace(settled, ruling=replace(settled.ruling, reason=Reason.UNSTABLE_REPLAY))


def _first_good(found: Sequence[_T], control: Callable[[_T], Control]) -> _T | None:
    """The first inside vantage whose truth is good, else the first."""
    return next((each for each in found if control(each) is Control.GOOD), found[0] if found else None)


def _doubts(claim: Claim, cases: Sequence[_Case]) -> Iterator[Doubt]:
    """What further sightings could say more of. Identity stands already: one variant is enough for its ratio.

    Where a variant shows it, the plain spelling is asked again too: with backends that take turns it may have been
    the backend that let it through, and not the spelling.
    """
    shown = {case.vantage for case in cases if case.ruling.stands}
    told: set[str] = set()
    for case in cases:
        if claim.aspect is Aspect.SENSITIVE and not case.ruling.decisive:
            continue  # what does not accuse is silent, and asking again would only be louder
        plain = case.variant == "baseline" and case.vantage in shown
        if not (needs_replay(case.ruling) or plain) or (case.ruling.stands and case.vantage in told):
            continue
        if case.ruling.stands:
            told.add(case.vantage)
        yield Doubt(claim, case.vantage, case.variant)


def _judged(claim: Claim, won: _Case, told: str) -> Judgement:
    """The case that won, as the judgement on its claim."""
    ruling = won.ruling
    return Judgement(
        claim=claim,
        verdict=ruling.verdict,
        reason=ruling.reason,
        confidence=ruling.confidence,
        vantage=won.vantage,
        variant=won.variant,
        observation=won.observation,
        truth=won.truth,
        controls=won.controls,
        ratio=won.ratio,
        info_leak=ruling.info_leak,
        note=told,
        witness=won.testimony.words,
        logged=won.testimony.logged,
    )


def _not_seen(look: Look) -> Ruling:
    because = _UNSEEN.get(look.skip.reason, Reason.NOT_RUN) if look.skip is not None else Reason.NOT_RUN
    return Ruling(Verdict.UNTESTED, because, None)


def _canonical(case: _Case, plain: _Case) -> _Case:
    """A variant that was redirected to the plain spelling, which is closed."""
    if not case.ruling.canonical:
        return case
    closed = replace(
        case.ruling,
        verdict=Verdict.CLOSED,
        reason=Reason.CANONICAL_CLOSED,
        confidence=plain.ruling.confidence,
    )
    return replace(case, ruling=closed)
