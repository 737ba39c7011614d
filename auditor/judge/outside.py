"""One sighting of a path or a host through an entrance, as facts.

Puts a lane's target, siblings and entrance controls beside the ground truth. Must never judge; and what was
planned and not seen counts against a control, never for the target.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from auditor.catalog import expected_behind
from auditor.judge import location as locations
from auditor.judge.book import OURS, Book, Control, Look, together
from auditor.judge.compare import alike, eq, products, same_redirect, sim, template_of, too_little
from auditor.judge.controls import (
    alert_of,
    answers_of,
    around,
    changed,
    entrance_good,
    entrance_group,
    entrance_state,
    gateway_known,
    mutual,
    shifted,
    shut_out,
    sibling_good,
    telling,
    telling_apart,
)
from auditor.judge.equivalence import is_equivalent
from auditor.judge.facts import Facts
from auditor.judge.ground import Ground
from auditor.judge.leaks import leaks_of
from auditor.judge.origin import corroborated, origin
from auditor.judge.shut import shut_of, vouching
from auditor.judge.testimony import Testimony, Witnesses
from auditor.model import Aspect, Claim, Fingerprint, HttpAnswer, Outcome, Phase, Probe, Role

#: No answer at all, by what a filter on the way does: let it wait, cut it, hang up.
_DROPPING = frozenset({Outcome.TIMED_OUT, Outcome.RESET, Outcome.CLOSED_EARLY})
#: Phases in which none of these is a filter's doing: nobody was asked yet, or an answer had begun.
_NO_DROP = frozenset({Phase.RESOLVE, Phase.PROXY, Phase.RESPONSE, Phase.BODY})
#: The class of variants that put the target under a prefix of the gateway's `allow`.
_MOUNTS = "P24"


@dataclass(frozen=True, slots=True)
class Sighting:
    """The facts of one sighting, and which probes they rest on."""

    facts: Facts
    droppable: bool  # silence or a reset: three of them may mean something
    observation: str
    controls: tuple[str, ...]
    testimony: Testimony = field(default_factory=Testimony)  # what a canary or a log says of it


def sighting_of(
    book: Book,
    claim: Claim,
    target: Look,
    ground: Ground,
    sight: Control,
    internal: frozenset[str],
    witnesses: Witnesses,
) -> Sighting:
    """The facts of one TARGET look and of what surrounds it in its lane."""
    probe = target.probe
    chain = book.chain(target)
    last = chain[-1]
    group = entrance_group(claim)
    every = [
        look
        for look in book.of(Role.SIBLING, claim.siblings or claim.key, probe.vantage)
        if look.probe.variant == probe.variant
    ]
    siblings = [look for look in every if look.probe.lane == probe.lane]
    gateway_looks = book.of(Role.GATEWAY, group, probe.vantage)
    own_name = book.of(Role.GATEWAY, claim.key, probe.vantage)
    shut = shut_of(claim, [target, *siblings, *own_name], gateway_looks)
    controls_here = book.in_lane(Role.ENTRANCE, probe.vantage, probe.lane)
    entrance = vouching(claim, target, controls_here, shut=shut is not None)
    finals = [book.chain(look)[-1] for look in siblings]
    others = answers_of(finals)
    gateway = answers_of(look for first in gateway_looks for look in book.chain(first))
    beside = Beside(
        others=others,
        elsewhere=answers_of(book.chain(look)[-1] for look in every if look.probe.lane != probe.lane),
        gateway=gateway,
        gateway_known=gateway_known(gateway_looks),
        plain=_plain(book, claim, probe) if _bodiless(last.probe) else (),
        failing=book.failing(probe.vantage, claim),
    )
    alert = alert_of(last)
    alike_alert = alert is not None and bool(finals) and all(alert_of(look) == alert for look in finals)
    out = together(
        [
            sight,
            entrance_state(entrance, probe.step),
            telling_apart(book, entrance) if shut else telling(claim, entrance, others, gateway_looks),
            around(siblings, probe.step),
            *(Control.GOOD if shut else sibling_good(look, alert) for look in finals),
        ]
    )
    facts = _compare(claim, chain, ground, beside, internal) | {
        "host": claim.aspect is Aspect.HOST,
        "baseline": probe.variant == "baseline",
        "mounted": probe.variant.startswith(_MOUNTS),
        "equivalent": probe.variant != "baseline" and is_equivalent(claim, probe.question),
        "bodiless": _bodiless(last.probe),
        "in_ok": ground.control is Control.GOOD,
        "in_missing": ground.control is Control.MISSING,
        "out_ok": out is Control.GOOD,
        "out_missing": out is Control.MISSING,
        "banned": shut_out(entrance, siblings, probe.step)
        and any(entrance_good(look) is Control.GOOD for look in book.of(Role.ENTRANCE, group, probe.vantage)),
        "changed": changed(entrance),
        "shifted": shifted([(look, last.http) for look, last in zip(siblings, finals, strict=True)], probe.step),
        "siblings_known": bool(others),
        "upstream_known": ground.known,
        "alert": alert,
        "alert_alike": alike_alert,
        "shut": shut,
        "ours": last.outcome in OURS,
        "own_name": _under_own_name(answers_of(book.chain(look)[-1] for look in own_name), last)
        if own_name
        else False,
    }
    if _bodiless(last.probe):
        facts["variant_differs"] = False  # what has no body differs from every page, and says nothing by that
    if alert is not None:
        facts["stable"] = alike_alert or (len(others) == len(finals) and mutual(others))
    testimony = witnesses.of(claim, chain, ground, entrance, siblings, facts)
    facts |= testimony.facts
    controls = tuple(look.probe.id for look in (*entrance, *siblings, *own_name, *gateway_looks))
    droppable = last.outcome in _DROPPING and last.observation is not None and (
        last.observation.phase not in _NO_DROP
    )  # fmt: skip
    return Sighting(Facts(**facts), droppable, last.probe.id, controls, testimony)  # type: ignore[arg-type]


def _plain(book: Book, claim: Claim, probe: Probe) -> tuple[HttpAnswer, ...]:
    """Every answer that the plain question got at this vantage."""
    looks = book.of(Role.TARGET, claim.key, probe.vantage)
    return answers_of(book.chain(look)[-1] for look in looks if look.probe.variant == "baseline")


def _under_own_name(answers: Sequence[HttpAnswer], target: Look) -> bool:
    """Whether the gateway's own name is answered as the target is, as far as is known."""
    mine = target.http
    if mine is None:
        return False
    return not answers or any(alike(mine.fingerprint, other.fingerprint) for other in answers)


def _bodiless(probe: Probe) -> bool:
    return probe.question.kind == "http" and probe.question.method != "GET"


@dataclass(frozen=True, slots=True)
class Beside:
    """What an answer is held against outside."""

    others: tuple[HttpAnswer, ...]  # the siblings of this sighting
    elsewhere: tuple[HttpAnswer, ...]  # those of the other sightings of the same target
    gateway: tuple[HttpAnswer, ...]  # what the gateway says by itself
    gateway_known: bool  # none of that was lost
    failing: bool = False  # nonsense met a 5xx at this entrance, in whatever variant
    plain: tuple[HttpAnswer, ...] = ()  # what the plain question got, where the one at hand has no body

    def with_body(self, answer: HttpAnswer) -> HttpAnswer:
        """The answer that tells who wrote this one: one without a body is known by the plain one with its head."""
        same = [other for other in self.plain if _same_head(answer, other)]
        return same[0] if same and len(same) == len(self.plain) else answer


def _same_head(a: HttpAnswer, b: HttpAnswer) -> bool:
    mine, theirs = a.fingerprint, b.fingerprint
    return mine.status == theirs.status and mine.headers == theirs.headers and mine.location == theirs.location


def _compare(
    claim: Claim, chain: list[Look], ground: Ground, beside: Beside, internal: frozenset[str]
) -> dict[str, object]:
    """Everything that comes from looking at the target's answer beside the other answers."""
    answer = chain[-1].http
    others, gateway = beside.others, beside.gateway
    facts: dict[str, object] = _inside(ground) | {"outside": None, "stable": bool(others) and mutual(others)}
    facts["cached_identity"] = _cached_identity(chain, ground, others)
    own = (*others, *gateway)
    if answer is None:
        first = next((a for look in chain if (a := look.http)), None)
        facts["corroborated"] = first is not None and corroborated(first, ground, own)
        return facts
    mine = answer.fingerprint
    page = None if mutual(others) else template_of([other.fingerprint for other in others])
    equal = [eq(mine, other.fingerprint) for other in others] if page is None else [page.fits(mine)]
    voice = beside.with_body(answer)
    # Two backends behind one address: what a random name got another time is not for the target alone.
    in_turn = not any(equal) and any(eq(mine, other.fingerprint) for other in beside.elsewhere)
    facts |= {
        "outside": answer.status,
        "stable": bool(others) and (page is not None or mutual(others)) and len(set(equal)) == 1 and not in_turn,
        "corroborated": corroborated(answer, ground, own),
        "canary": "canary" in mine.marks,
        "cached_unasked": answer.cached and not any(look.http and look.http.cached for look in chain[:-1]),
        "canonical": _is_canonical(claim, chain[-1], answer),
        "location": mine.location_kind,
        "challenge": "challenge" in mine.marks,
        "waf": bool(_waf(mine).difference(*(_waf(sample.fingerprint) for sample in ground.samples))),
        "envelope": "error_envelope" in mine.marks,
        "empty": mine.family == "empty",
        "trace": "trace" in mine.marks,
        "client_certificate": "client_certificate" in mine.marks,
        "eq_sibling": any(equal),
        "origin": origin(voice, ground, gateway, gateway_known=beside.gateway_known),
        "redirect_sibling": any(same_redirect(mine, other.fingerprint) for other in others),
        "sibling_redirected": any(300 <= other.status < 400 for other in others),
        "sibling_5xx": any(other.status >= 500 for other in others),
        "path_specific": bool(others) and not any(equal) and not in_turn and (page is not None or mutual(others))
        and not beside.failing,
        "leaks": _leaks(chain, internal),
    }  # fmt: skip
    return facts | _against(claim, mine, ground, others)


def _against(claim: Claim, mine: Fingerprint, ground: Ground, others: Sequence[HttpAnswer]) -> dict[str, object]:
    """The target's answer beside what inside says."""
    inside = [sample.fingerprint for sample in ground.samples]
    theirs = set().union(*(products(other.fingerprint) for other in others), set())
    expected = expected_behind(claim.target) | set().union(*map(products, inside), set())
    shown = (products(mine) & expected) - theirs
    big = [sample for sample in inside if not too_little(sample)]
    return {
        "eq_inside": any(ground.same(mine, sample) for sample in inside),
        "eq_inside_sibling": any(alike(mine, other.fingerprint) for other in ground.siblings + ground.others),
        "eq_inside_variant": any(ground.same(mine, other.fingerprint) for other in ground.variants),
        "redirect_inside": any(same_redirect(mine, sample) for sample in inside),
        "signature": bool(shown),
        "similar": any(
            sim(mine, sample) and not any(sim(other.fingerprint, sample) for other in others) for sample in big
        ),
        "resembles": any(sim(mine, sample) for sample in big),
        "like_upstream": any(
            mine.status == other.status and sim(mine, other.fingerprint) for other in ground.upstream
        ),
    }


def _waf(answer: Fingerprint) -> set[str]:
    return {mark for mark in answer.marks if mark.startswith("waf:")}


def _inside(ground: Ground) -> dict[str, object]:
    first = ground.samples[0] if ground.samples else None
    differs = [
        not any(_taken_for(ground, variant.fingerprint, sample.fingerprint) for sample in ground.samples)
        for variant in ground.variants
    ]
    return {
        "inside": None if first is None else first.status,
        "inside_login": first is not None and first.fingerprint.location_kind == "login",
        "distinct": ground.distinct,
        "little": first is not None and too_little(first.fingerprint),
        "variant_differs": bool(differs) and all(differs),
    }


def _taken_for(ground: Ground, variant: Fingerprint, sample: Fingerprint) -> bool:
    """Whether the service may take a variant for the target: the same answer, or one with its status that is like
    it."""
    return ground.same(variant, sample) or (variant.status == sample.status and sim(variant, sample))


def _cached_identity(chain: list[Look], ground: Ground, others: Sequence[HttpAnswer]) -> bool:
    return any(
        answer.cached
        and 200 <= answer.status < 300
        and any(ground.same(answer.fingerprint, sample.fingerprint) for sample in ground.samples)
        and not any(eq(answer.fingerprint, other.fingerprint) for other in others)
        for look in chain[:-1]
        if (answer := look.http) is not None
    )


def _is_canonical(claim: Claim, look: Look, answer: HttpAnswer) -> bool:
    """A redirect to the same thing spelled otherwise, or from a variant to the plain target."""
    if answer.fingerprint.location_kind == "canonical":
        return True
    question = look.probe.question
    if question.kind != "http" or not answer.location or claim.aspect is not Aspect.PATH:
        return False
    parts = locations.split(answer.location)
    if parts is None or not locations.same_path(parts.path, claim.target):
        return False
    return not parts.hostname or parts.hostname.removeprefix("www.") in locations.own_hosts(question)


def _leaks(chain: list[Look], internal: frozenset[str]) -> tuple[str, ...]:
    found: set[str] = set()
    for look in chain:
        question, answer = look.probe.question, look.http
        if answer is not None and question.kind == "http":
            found.update(leaks_of(question, answer, internal))
    return tuple(sorted(found))
