"""What one sighting of a well-known sensitive path shows: its product, its product's refusal, or nothing.

Only positive evidence speaks: nothing is known inside, so nothing here is ever closed, and silence is no pass.
Must never take a status for evidence, nor what a random sibling's answer shows as well.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from auditor.catalog import products_at
from auditor.judge.book import Book, Control, Look, together
from auditor.judge.compare import alike
from auditor.judge.controls import around, entrance_group, entrance_state
from auditor.judge.notes import note
from auditor.judge.ruling import Ruling
from auditor.model import Claim, Confidence, Fingerprint, HttpAnswer, Reason, Role, Verdict

_V, _R, _C = Verdict, Reason, Confidence


@dataclass(frozen=True, slots=True)
class Hunt:
    """The facts of one sighting."""

    answered: bool = True
    limited: bool = False  # 429
    challenged: bool = False
    shown: frozenset[str] = frozenset()  # products expected there whose signature the answer alone holds
    guarding: frozenset[str] = frozenset()  # products expected there whose refusal the answer alone holds
    siblings_known: bool = True  # at least one sibling was answered
    siblings_stable: bool = True  # all were, before and after, and alike
    blocked: bool = False  # the vantage or the entrance failed its control


@dataclass(frozen=True, slots=True)
class HuntRule:
    """One row: the condition in words and in code, and what follows from it."""

    words: str
    when: Callable[[Hunt], bool]
    verdict: Verdict
    reason: Reason
    confidence: Confidence | None = None


HUNT_RULES: tuple[HuntRule, ...] = (
    HuntRule("2xx with the signature of a product expected there, and all siblings were answered, alike and "
             "without it", lambda h: bool(h.shown) and h.siblings_stable, _V.EXPOSED, _R.SIGNATURE, _C.HIGH),
    HuntRule("the same, and not all siblings were answered, or not alike",
             lambda h: bool(h.shown) and h.siblings_known, _V.EXPOSED, _R.SIGNATURE, _C.MEDIUM),
    HuntRule("the same, and no sibling was answered", lambda h: bool(h.shown),
             _V.SUSPECTED, _R.LOW_INFORMATION, _C.LOW),
    HuntRule("the refusal of a product expected there, which no sibling got",
             lambda h: bool(h.guarding) and h.siblings_known, _V.GUARDED, _R.UPSTREAM_AUTH, _C.MEDIUM),
    HuntRule("429", lambda h: h.limited, _V.UNTESTED, _R.RATE_LIMITED),
    HuntRule("a challenge", lambda h: h.challenged, _V.UNTESTED, _R.CHALLENGE),
    HuntRule("no answer", lambda h: not h.answered, _V.UNTESTED, _R.TRANSPORT_ERROR),
    HuntRule("anything else, and the vantage or the entrance failed its control", lambda h: h.blocked,
             _V.UNPROVEN, _R.OUTSIDE_CONTROL_FAILED),
    HuntRule("anything else", lambda h: True, _V.UNPROVEN, _R.NOT_SHOWN),
)  # fmt: skip


def decide_hunt(hunt: Hunt) -> Ruling:
    """The first rule that holds."""
    rule = next(rule for rule in HUNT_RULES if rule.when(hunt))
    return Ruling(rule.verdict, rule.reason, rule.confidence)


@dataclass(frozen=True, slots=True)
class HuntSighting:
    ruling: Ruling
    observation: str
    controls: tuple[str, ...]


def sighting_of_hunt(book: Book, claim: Claim, target: Look, sight: Control) -> HuntSighting:
    """The ruling on one TARGET look, by itself and beside the siblings of its shape in its lane."""
    probe = target.probe
    siblings = [
        look
        for look in book.in_lane(Role.SIBLING, probe.vantage, probe.lane)
        if look.probe.group == claim.siblings
    ]
    group = entrance_group(claim)
    entrance = [
        look for look in book.in_lane(Role.ENTRANCE, probe.vantage, probe.lane) if look.probe.group == group
    ]
    chain = book.chain(target)
    others = [answer for look in siblings for each in book.chain(look) if (answer := each.http) is not None]
    # A cached answer, or the one before a redirect, was given as well: whichever shows something counts.
    shows = next((look for look in reversed(chain) if look.http and _tells(claim, look.http, others)), chain[-1])
    finals = [book.chain(look)[-1].http for look in siblings]
    hunt = _hunt(claim, shows, others, finals, around(siblings, probe.step))
    failed = together([sight, entrance_state(entrance, probe.step)]) is Control.FAILED
    controls = tuple(look.probe.id for look in (*entrance, *siblings))
    return HuntSighting(decide_hunt(replace(hunt, blocked=failed)), shows.probe.id, controls)


def _hunt(
    claim: Claim, look: Look, others: Sequence[HttpAnswer], finals: Sequence[HttpAnswer | None], both: Control
) -> Hunt:
    answer = look.http
    known = [final.fingerprint for final in finals if final is not None]
    stable = len(known) == len(finals) and both is Control.GOOD and all(alike(known[0], each) for each in known)
    if answer is None:
        return Hunt(answered=False, siblings_known=bool(known), siblings_stable=stable)
    return Hunt(
        limited=answer.status == 429,
        challenged="challenge" in answer.fingerprint.marks,
        shown=_alone(claim, "sig", answer, others),
        guarding=_alone(claim, "guard", answer, others),
        siblings_known=bool(known),
        siblings_stable=stable,
    )


def _tells(claim: Claim, answer: HttpAnswer, others: Sequence[HttpAnswer]) -> bool:
    return bool(_alone(claim, "sig", answer, others) or _alone(claim, "guard", answer, others))


#: Marks by which a sibling has what a target shows: a product's texts count without a success as well.
_SAME = {"sig": ("sig", "words"), "guard": ("guard", "sig")}


def _alone(claim: Claim, kind: str, answer: HttpAnswer, others: Sequence[HttpAnswer]) -> frozenset[str]:
    theirs: set[str] = set()
    for other in others:
        theirs.update(*(_marked(other.fingerprint, same) for same in _SAME[kind]))
    return (products_at(claim.target) & _marked(answer.fingerprint, kind)) - theirs


def _marked(answer: Fingerprint, kind: str) -> frozenset[str]:
    prefix = f"{kind}:"
    return frozenset(mark.removeprefix(prefix) for mark in answer.marks if mark.startswith(prefix))


# --- for a person ----------------------------------------------------------------------------------------


def note_of_hunt(
    book: Book, claim: Claim, ruling: Ruling, observation: str | None, vantage: str, ratio: tuple[int, int]
) -> str:
    """What a hunt came to, naming the product where it showed itself."""
    if ruling.verdict not in (Verdict.EXPOSED, Verdict.SUSPECTED, Verdict.GUARDED):
        return note(ruling.verdict, ruling.reason, None)
    looks = [each for look in book.of(Role.TARGET, claim.key, vantage) for each in book.chain(look)]
    kind = "guard" if ruling.verdict is Verdict.GUARDED else "sig"
    answer = next((look.http for look in looks if look.probe.id == observation), None)
    found = products_at(claim.target) & (_marked(answer.fingerprint, kind) if answer else frozenset())
    names = ", ".join(sorted(found)) or "a product"
    text = _NOTES[ruling.verdict].format(names=names)
    agree, of = ratio
    return text if agree == of else f"{text} Seen in {agree} of {of} sightings."


_NOTES = {
    Verdict.EXPOSED: "The answer is a page of {names}; random paths beside it do not get it.",
    Verdict.SUSPECTED: "The answer is a page of {names}; no random path beside it was answered to compare with.",
    Verdict.GUARDED: "{names} is there and lets nobody in; random paths beside it are refused otherwise.",
}
