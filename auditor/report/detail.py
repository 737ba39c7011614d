"""One open finding in full: both sides, why, DNS answers, timeline, how to reproduce, what to change.

Must never follow, link or render anything that was captured; all of it is text.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from auditor.catalog.leaks import LEAKS
from auditor.catalog.leaks import VECTORS as CLASS_OF
from auditor.model import (
    GOOD,
    Aspect,
    Check,
    DnsAnswer,
    HttpAnswer,
    Judgement,
    Observation,
    Probe,
    Role,
    Verdict,
)
from auditor.report.checking import Asked, Class, leak_class, questions, said_by, through
from auditor.report.codes import answer_words
from auditor.report.hunting import RESOLVES, steps
from auditor.report.panes import Pair, Pane, panes, request_words
from auditor.report.reading import OpenRow, Reading
from auditor.report.reproduce import Command, command
from auditor.report.text import clip, plural
from auditor.report.views import Views, views
from auditor.report.witnesses import witness_line
from auditor.report.wording import (
    CONFIDENCE,
    VECTORS,
    VERDICTS,
    check_of,
    entrance_label,
    reason_words,
    target_label,
)

_MOST_DNS = 10
_MOST_ASKED = 24
_WHY = "Why this is the same service"
_IDENTITY = frozenset({Verdict.EXPOSED, Verdict.SUSPECTED})


@dataclass(frozen=True, slots=True)
class Moment:
    css: str
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Hint:
    code: str
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Titles:
    """What stands over the two answers of a finding, and over the commands that ask for them."""

    left: str
    right: str
    commands: tuple[str, str]
    beside: str  # what the left answer is held against, in a sentence
    missing: str  # what stands there when the right one is not on record


_INSIDE = Titles(
    "Outside",
    "Inside control",
    ("Reproduce from outside", "Ask the same inside"),
    "inside",
    "No inside answer is on record to compare with.",
)
_NAME = Titles(
    "Outside", "Inside control", ("Check the name from outside", "Ask the same inside"), "inside", _INSIDE.missing
)
_PUBLIC = Titles(
    "Without credentials",
    "With the token",
    ("Reproduce without credentials", "Ask with the token, which you put into TOKEN"),
    "authenticated",
    "No answer with credentials is on record to compare with.",
)
_CHECK = Titles(
    "Outside",
    "Inside control",
    ("Ask the same from outside", "Ask the same inside"),
    "inside",
    "No inside answer is on record beside it.",
)
_FROM_INSIDE = Titles(
    "Inside",
    "Outside, for comparison",
    ("Ask the same inside", "Ask the same from outside"),
    "outside",
    "Nothing from outside is compared with it.",
)
_READ = Titles("In the file", "Inside control", ("Look for yourself", "Ask inside"), "inside", _CHECK.missing)

#: Checks that an inside vantage makes, or a file answers; all others look from outside.
_CHECK_TITLES = {Check.ESCAPE: _FROM_INSIDE, Check.REBINDING: _FROM_INSIDE, Check.TRANSPARENCY: _READ}


def _titles(row: OpenRow) -> Titles:
    if row.public:
        return _PUBLIC
    check = check_of(row.key[1], row.key[2])
    if check is not None:
        return _CHECK_TITLES.get(check, _CHECK)
    return _NAME if row.key[1] == Aspect.NAME else _INSIDE


@dataclass(frozen=True, slots=True)
class Detail:
    titles: Titles
    outside: Pane
    inside: Pane | None  # None: nothing is to be held against the left one
    why: str  # heading over the reason
    status: str  # what this audit says when it does not confirm the finding
    reason: str
    reason_code: str
    confidence: str
    signals: tuple[str, ...]
    leaks: tuple[str, ...]
    more_leaks: int
    dns_title: str
    dns: tuple[Asked, ...]
    more_dns: int
    timeline: tuple[Moment, ...]
    commands: tuple[Command, ...]
    hints: tuple[Hint, ...]
    leak: Class | None  # names and checks of the DNS: which class it is
    views: Views | None  # names: both views record by record


def detail(reading: Reading, row: OpenRow, *, bodies: bool) -> Detail:
    judgement = row.judgement
    outside = _side(reading, judgement.observation) if judgement else None
    if judgement and outside is None:
        outside = _any_target(reading, judgement)
    inside = _side(reading, judgement.truth) if judgement else None
    if judgement and inside is None:
        inside = _any_truth(reading, judgement)
    titles = _titles(row)
    left, right = panes(outside, inside, bodies=bodies, missing=titles.missing)
    shown = judgement if judgement and row.seen_now else None
    if shown and shown.witness and outside:
        left = replace(left, pairs=(*left.pairs, Pair("Witness", witness_line(shown))))
    finding, check = row.finding, row.key[1] == Aspect.DNS
    asked, title = _dns(reading, row), "What was asked" if check else "DNS answers"
    leaks = shown.info_leak if shown else ()
    reason = row.reason
    confidence = shown.confidence if shown else finding.confidence if finding else None
    # Only an answer over HTTP is compared with the inside answer; a name or a port has no identity to show.
    identity = row.verdict in _IDENTITY and row.key[1] in (Aspect.PATH, Aspect.HOST)
    return Detail(
        titles=titles,
        outside=left,
        inside=None if check and judgement and judgement.claim.truth is None else right,
        why=_WHY if identity else "Why this verdict",
        status=_status(row),
        reason=reason_words(row.verdict, reason) if reason else "",
        reason_code=reason.value if reason else "",
        confidence=(CONFIDENCE[confidence] if identity else confidence.value) if confidence else "",
        signals=_signals(shown, outside, inside, titles.beside),
        leaks=tuple(clip(leak, 160) for leak in leaks[: _MOST_LEAKS[check]]),
        more_leaks=max(0, len(leaks) - _MOST_LEAKS[check]),
        dns_title=title,
        dns=asked[: _MOST_ASKED if check else _MOST_DNS],
        more_dns=max(0, len(asked) - _MOST_ASKED) if check else 0,
        timeline=_timeline(reading, row, outside),
        commands=_commands(outside, inside),
        hints=_hints(row),
        leak=leak_class(row),
        views=views(reading, row.key[0], row.key[2]) if row.key[1] == Aspect.NAME else None,
    )


#: Things told that an answer discloses: of a check of the DNS they are the finding.
_MOST_LEAKS = {False: 6, True: 20}

Seen = tuple[Probe, Observation]


def _hints(row: OpenRow) -> tuple[Hint, ...]:
    found = row.finding.vectors if row.finding else ()
    leak = leak_class(row)
    other = [v for v in found if leak is None or CLASS_OF.get(v) != leak.number]
    hints = [Hint(f"{leak.number}, {leak.title.lower()}", LEAKS[leak.number].close)] if leak else []
    hints += [Hint(v.value, VECTORS[v].steps) for v in other[: 2 - len(hints)]]
    if row.key[1] == Aspect.SENSITIVE:
        hints.insert(0, Hint("this product", (*steps(row.key[2]), RESOLVES)))
    return tuple(hints)


def _side(reading: Reading, probe_id: str | None) -> Seen | None:
    observation = reading.observation(probe_id)
    probe = reading.probes.get(probe_id or "")
    return (probe, observation) if probe and observation else None


def _any_target(reading: Reading, judgement: Judgement) -> Seen | None:
    return _first(reading, reading.targets_by_group.get(judgement.claim.key, ()))


def _any_truth(reading: Reading, judgement: Judgement) -> Seen | None:
    return _first(reading, reading.truths_by_group.get(judgement.claim.truth or "", ()))


def _first(reading: Reading, probes: tuple[Probe, ...]) -> Seen | None:
    for probe in probes:
        observation = reading.observation(probe.id)
        if observation:
            return probe, observation
    return None


def _status(row: OpenRow) -> str:
    if row.finding is None:
        return "Seen in this audit, and not recorded as a finding yet: the audit ended before it was."
    if row.judgement is None:
        return "This audit no longer asks about it; it stays open until it is proven closed."
    verdict = row.judgement.verdict
    if row.seen_now:
        return ""
    if verdict in GOOD:
        times = row.finding.closed_in_a_row
        when = f"the last {times} audits" if times > 1 else "this audit"
        return f"{_proven(row)} in {when}. It stays open until enough audits in a row agree."
    words = reason_words(verdict, row.judgement.reason)
    return f"This audit could not confirm it ({VERDICTS[verdict].label.lower()}): {words} It stays open."


def _proven(row: OpenRow) -> str:
    return "Open as meant" if row.public else "Proven closed"


#: Other ways in which a name server is asked for the same name.
_ASKED_BY = {"tcp": "asked over TCP", "ecs": "asked as if from an inside subnet"}


def _signals(
    judgement: Judgement | None, outside: Seen | None, inside: Seen | None, beside: str
) -> tuple[str, ...]:
    signals = []
    if judgement and judgement.note:
        signals.append(clip(judgement.note, 300))
    if judgement and judgement.ratio:
        agree, of = judgement.ratio
        signals.append(f"{agree} of {plural(of, 'sighting')} agree")
    left = outside[1].answer if outside else None
    right = inside[1].answer if inside else None
    if isinstance(left, HttpAnswer) and isinstance(right, HttpAnswer):
        signals += _same(left, right, beside)
    if judgement and judgement.variant != "baseline":
        how = _ASKED_BY.get(judgement.variant) if judgement.claim.aspect is Aspect.NAME else None
        signals.append(how or f"spelled as variant {clip(judgement.variant, 80)}")
    return tuple(signals[:8])


def _same(left: HttpAnswer, right: HttpAnswer, beside: str) -> list[str]:
    """What two answers have in common; `beside` names the second one."""
    a, b = left.fingerprint, right.fingerprint
    signals = []
    if left.body_size and left.body_sha256 == right.body_sha256:
        signals.append(f"body identical to the {beside} body, byte for byte")
    elif left.body_size and a.masked == b.masked:
        signals.append(f"body equal to the {beside} body, apart from times, ids and the path itself")
    as_there = "as inside" if beside == "inside" else f"as the {beside} answer"
    if a.headers == b.headers and a.header_names:
        signals.append(f"same response headers {as_there}")
    if a.location and a.location == b.location:
        signals.append(f"same redirect {as_there}")
    marks = [mark for mark in a.marks if mark in b.marks]
    if marks:
        signals.append("both carry " + clip(", ".join(marks[:4]), 160))
    return signals


def _dns(reading: Reading, row: OpenRow) -> tuple[Asked, ...]:
    """A check's questions; or the service's names and the gateway's, as each resolver gave them, its own first."""
    service, aspect, target, entrance = row.key
    if aspect == Aspect.DNS:
        return questions(reading, row.judgement) if row.judgement else ()
    probes: list[Probe] = []
    names = reading.names_by_target.get((service, target)) or reading.names_by_service.get(service, ())
    decided = row.judgement.claim.key if row.judgement else ""
    for judgement in () if row.public else sorted(names, key=lambda each: each.claim.key != decided)[:8]:
        asked = reading.targets_by_group.get(judgement.claim.key, ())
        probes += sorted(asked, key=lambda probe: probe.id != judgement.observation)[:2]
        probes += reading.truths_by_group.get(judgement.claim.truth or "", ())[:2]
    around = row.judgement.claim.around if row.judgement else None
    gateway = [p for p in reading.by_role.get(Role.ADDRESS, ()) if p.group == f"gw|{around or entrance}"]
    lines: dict[tuple[str, str, str], Asked] = {}
    for probe in probes + gateway:
        observation = reading.observation(probe.id)
        if probe.question.kind != "dns" or observation is None:
            continue
        server = f"{probe.vantage}, {clip(probe.question.resolver, 60)}"
        line = Asked(server, request_words(probe.question), _short(observation))
        lines.setdefault((line.asked_from, line.name, line.answer), line)
    return tuple(lines.values())


def _short(observation: Observation) -> str:
    answer = observation.answer
    if isinstance(answer, DnsAnswer) and not answer.records:
        return "no data" if answer.rcode == "NOERROR" else answer.rcode
    return clip(answer_words(observation), 200)


def _timeline(reading: Reading, row: OpenRow, outside: Seen | None) -> tuple[Moment, ...]:
    finding, moments = row.finding, []
    if finding:
        if finding.last_closed_at:
            moments.append(Moment("ok", finding.last_closed_at, _proven(row)))
        again = f", reopened {plural(finding.reopened, 'time')} since" if finding.reopened else ""
        moments.append(Moment("x", finding.opened_at, f"Opened{again}"))
        if finding.resolved_at:
            moments.append(Moment("ok", finding.resolved_at, "Resolved, before it came back"))
    if outside and row.seen_now:
        probe, observation = outside
        words = (
            f"{VERDICTS[row.judgement.verdict].label if row.judgement else 'Seen'}, {answer_words(observation)}"
        )
        moments.append(Moment("x", observation.started_at, f"{clip(words, 160)}, from {clip(probe.vantage, 60)}"))
    elif finding:
        moments.append(Moment("x", finding.last_seen_at, "Last seen"))
    return tuple(sorted(moments, key=lambda moment: moment.at))


def _commands(outside: Seen | None, inside: Seen | None) -> tuple[Command, ...]:
    commands = []
    for seen in (outside, inside):
        if seen is None:
            continue
        probe, observation = seen
        tls = observation.answer.tls if isinstance(observation.answer, HttpAnswer) else None
        commands.append(command(probe.question, insecure=tls is not None and not tls.verified))
    return tuple(commands)


def seen_from(reading: Reading, row: OpenRow) -> str:
    """`edge-gw (eu-w1, us-e1)`: the entrance, and the outside vantages whose answer is on record."""
    judgement = row.judgement
    entrance = through(judgement.claim) if judgement else entrance_label(row.key[3])
    if judgement is None or judgement.vantage is None:
        return clip(entrance, 80)
    return f"{clip(entrance, 80)} from {clip(judgement.vantage, 60)}"


def what_happens(reading: Reading, row: OpenRow) -> str:
    """One line under the service's name: the target and what was observed of it."""
    _, aspect, target, entrance = row.key
    judgement = row.judgement
    observation = reading.observation(judgement.observation) if judgement and row.seen_now else None
    target, at = clip(target_label(aspect, target), 200), clip(entrance_label(entrance), 80)
    if judgement is not None and (judgement.claim.authoritative or aspect == Aspect.DNS):
        at = through(judgement.claim)
    if observation is None:
        return f"{_PLAIN[Aspect(aspect)].format(target=target, through=at)}"
    answer = clip(said_by(observation) if aspect == Aspect.DNS else answer_words(observation), 120)
    if aspect == Aspect.NAME and judgement is not None and judgement.claim.authoritative:
        return f"{target} gives {answer} at {at}"
    return _OBSERVED[Aspect(aspect)].format(target=target, through=at, answer=answer)


#: Braces in a target do no harm: format() does not look into the values it inserts.
_PLAIN = {
    Aspect.NAME: "{target} in {through}",
    Aspect.PATH: "{target} through {through}",
    Aspect.HOST: "host {target} at {through}",
    Aspect.PORT: "port {target} at {through}",
    Aspect.SENSITIVE: "{target} through {through}",
    Aspect.PUBLIC: "{target} through {through}",
    Aspect.DNS: "{target}, {through}",
}
_OBSERVED = {
    Aspect.NAME: "{target} gives {answer} in {through}",
    Aspect.PATH: "{target} answers {answer} through {through}",
    Aspect.HOST: "host {target} answers {answer} at {through}",
    Aspect.PORT: "port {target} at {through}: {answer}",
    Aspect.SENSITIVE: "{target} answers {answer} through {through}",
    Aspect.PUBLIC: "{target} answers {answer} without credentials through {through}",
    Aspect.DNS: "{target}, {through}: {answer}",
}
