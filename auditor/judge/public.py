"""A public path's looks as facts: what it says without credentials and with them, beside random paths.

Must never judge; and an answer that did not come is never taken for one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from auditor.judge.admission import PublicFacts, Said, decide_public
from auditor.judge.book import OURS, Book, Control, Look
from auditor.judge.compare import alike, same_redirect, sim, too_little
from auditor.judge.controls import around, entrance_group, entrance_state
from auditor.judge.ruling import Ruling, severity_key
from auditor.judge.shut import shut_of, vouching
from auditor.model import (
    Anonymous,
    Aspect,
    Claim,
    Fingerprint,
    HttpAnswer,
    Phase,
    Reason,
    Role,
    Side,
    SkipReason,
    Verdict,
)

_S = Said
#: No peer was asked yet, or a proxy on the way was silent.
_OURS_PHASES = frozenset({Phase.RESOLVE, Phase.PROXY})


@dataclass(frozen=True, slots=True)
class PublicSighting:
    """One sighting, ruled. `truth`: the probe that tells what the path says with credentials, if any does.

    `hushed`: what it is worth should all three be as silent; None: nothing more.
    """

    ruling: Ruling
    observation: str
    truth: str | None
    controls: tuple[str, ...]
    hushed: Ruling | None = None


class Routes:
    """What each public path says with credentials, and whether it denies, at the entrance declared to serve it."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._outside = book.vantages(Side.OUTSIDE)
        self._home: dict[tuple[str, str], list[str]] = {}
        for claim in book.plan.claims:
            if claim.aspect is Aspect.PUBLIC and claim.declared:
                self._home.setdefault((claim.service, claim.target), []).append(claim.key)

    def authenticated(self, claim: Claim) -> list[Look]:
        """Every success with credentials, from whatever vantage and address."""
        last = (self._book.chain(look)[-1] for look in self._of(Role.CREDENTIAL, claim))
        return [look for look in last if _said(look) in (_S.SERVED, _S.EMPTY)]

    def denied(self, claim: Claim) -> bool:
        """Whether the declared entrance was seen to deny it without credentials."""
        return any(_said(self._book.chain(look)[-1]) is _S.DENIED for look in self._of(Role.TARGET, claim))

    def _of(self, role: Role, claim: Claim) -> Iterable[Look]:
        for key in self._home.get((claim.service, claim.target), ()):
            for vantage in self._outside:
                yield from self._book.of(role, key, vantage)


def sighting_of_public(book: Book, claim: Claim, target: Look, routes: Routes, sight: Control) -> PublicSighting:
    """One TARGET look of a public path, and what surrounds it in its lane, ruled."""
    probe = target.probe
    chain = book.chain(target)
    every = book.of(Role.SIBLING, claim.key, probe.vantage)
    siblings = [look for look in every if look.probe.lane == probe.lane]
    anonymous = [look for look in siblings if not _with_credential(look)]
    beside = [book.chain(look)[-1] for look in anonymous]
    elsewhere = [book.chain(look)[-1] for look in every if look not in siblings and not _with_credential(look)]
    beside_with = [book.chain(look)[-1] for look in siblings if _with_credential(look)]
    asked = [look for look in book.of(Role.CREDENTIAL, claim.key, probe.vantage) if look.probe.lane == probe.lane]
    token = book.chain(asked[0])[-1] if asked else None
    by_itself = book.of(Role.GATEWAY, entrance_group(claim), probe.vantage)
    shut = shut_of(claim, [chain[-1], *beside], by_itself)
    here = book.in_lane(Role.ENTRANCE, probe.vantage, probe.lane)
    entrance = vouching(claim, target, here, shut=shut is not None)
    references = routes.authenticated(claim)
    known = [answer.fingerprint for answer in _answers(references)]
    mine = chain[-1].http
    others, with_them = _answers(beside), _answers(beside_with)
    same = [_same(mine.fingerprint, other.fingerprint) for other in others] if mine is not None else []
    theirs = token.http if token is not None else None
    # Several backends behind one address: what random paths got another time is not for this one alone.
    in_turn = mine is not None and any(_same(mine.fingerprint, o.fingerprint) for o in _answers(elsewhere))
    facts = PublicFacts(
        denied=claim.anonymous is not Anonymous.ALLOWED,
        declared=claim.declared,
        sighted=sight is Control.GOOD,
        entrance=entrance_state(entrance, probe.step),
        said=_said(chain[-1]),
        token=_S.UNASKED if token is None else _said(token),
        siblings_known=bool(others),
        whole=bool(others) and len(others) == len(anonymous) and around(anonymous, probe.step) is Control.GOOD,
        stable=bool(others) and _mutual(others) and len(set(same)) <= 1 and (any(same) or not in_turn),
        like_sibling=any(same),
        token_sibling_known=bool(with_them),
        token_like_sibling=theirs is not None
        and any(_same(theirs.fingerprint, other.fingerprint) for other in with_them),
        same=any(_same(answer.fingerprint, other) for answer in _successes(chain) for other in known),
        identified=any(not too_little(other) for other in known),
        resembles=any(
            sim(answer.fingerprint, other) and not too_little(other)
            for answer in _successes(chain)
            for other in known
        ),
        reference=bool(known),
        denied_elsewhere=routes.denied(claim),
        shut=shut,
    )
    silent = decide_public(replace(facts, thrice=True)) if shut == "silent" else None
    truth = token if token is not None else next(iter(references), None)
    return PublicSighting(
        ruling=decide_public(facts),
        observation=chain[-1].probe.id,
        truth=None if truth is None else truth.probe.id,
        controls=tuple(look.probe.id for look in (*entrance, *siblings)),
        hushed=silent if silent is not None and silent.reason is Reason.NOT_SERVED else None,
    )


def together_of(turns: Sequence[PublicSighting]) -> PublicSighting:
    """Several turns of one sighting as one: backends behind an address answer in turn.

    One that let somebody in counts alone. What is down is down in every turn; some answers and some not, with
    nothing worse among them, settle nothing.
    """
    worst = min(turns, key=lambda each: severity_key(each.ruling))
    verdicts = {each.ruling.verdict for each in turns}
    if worst.ruling.stands or Verdict.OUTAGE not in verdicts or len(verdicts) == 1:
        hushed = all(each.hushed for each in turns)
        return worst if hushed else replace(worst, hushed=None)
    rest = [each for each in turns if each.ruling.verdict is not Verdict.OUTAGE]
    least = min(rest, key=lambda each: severity_key(each.ruling))
    if least.ruling.verdict is Verdict.OPEN:
        return replace(worst, ruling=Ruling(Verdict.UNPROVEN, Reason.UNSTABLE_REPLAY, None), hushed=None)
    return replace(least, hushed=None)


def _with_credential(look: Look) -> bool:
    question = look.probe.question
    return question.kind == "http" and question.credential is not None


def _answers(looks: Iterable[Look]) -> tuple[HttpAnswer, ...]:
    return tuple(answer for look in looks if (answer := look.http) is not None)


def _successes(chain: Sequence[Look]) -> tuple[HttpAnswer, ...]:
    """Every success on the way: what a cache hands out was handed out, whatever is behind it."""
    return tuple(answer for answer in _answers(chain) if 200 <= answer.status < 300)


def _same(a: Fingerprint, b: Fingerprint) -> bool:
    """Whether two answers are the same; of a redirect, where it leads is what counts."""
    return alike(a, b) or (300 <= a.status < 400 and same_redirect(a, b))


def _mutual(answers: Sequence[HttpAnswer]) -> bool:
    return all(_same(a.fingerprint, b.fingerprint) for at, a in enumerate(answers) for b in answers[at + 1 :])


def _said(look: Look) -> Said:
    """What a look amounts to, by itself."""
    answer = look.http
    if answer is None:
        return _unanswered(look)
    marks, status = answer.fingerprint.marks, answer.status
    if status == 429:
        return _S.LIMITED
    if "challenge" in marks:
        return _S.CHALLENGE
    if any(mark.startswith("waf:") for mark in marks):
        return _S.BLOCKED
    if 200 <= status < 300:
        return _success(answer)
    if 300 <= status < 400:
        kind = answer.fingerprint.location_kind
        return _S.DENIED if kind == "login" else _S.UNCLEAR if kind in ("canonical", None) else _S.REDIRECT
    if status in (401, 403, 407):
        return _S.DENIED
    if status in (404, 410):
        return _S.ABSENT
    return _S.FAILED if status >= 500 and status != 501 else _S.UNCLEAR


def _success(answer: HttpAnswer) -> Said:
    marks = answer.fingerprint.marks
    if "error_envelope" in marks:
        return _S.ENVELOPE
    if "login_form" in marks:
        return _S.FORM
    return _S.EMPTY if answer.fingerprint.family == "empty" else _S.SERVED


def _unanswered(look: Look) -> Said:
    if look.skip is not None and look.skip.reason is SkipReason.NO_CREDENTIAL:
        return _S.WITHHELD
    if look.observation is None:
        return _S.UNSEEN
    ours = look.outcome in OURS or look.observation.phase in _OURS_PHASES
    # Answered, and with nothing that is an HTTP answer: such a thing cannot come from a probe of ours.
    return _S.OURS if ours or look.observation.answer is not None else _S.SILENT
