"""What witnesses inside say of a sighting: the service's canary, and its own access log.

A log that shows a request is believed as it is. Must never conclude from a request that a log lacks, unless all
that must stand in that log does; nor from an answer without the canary, unless it answers inside whatever a
gateway may have changed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from auditor.judge.book import OURS, Book, Look
from auditor.judge.ground import Ground
from auditor.model import Aspect, Claim, LogAnswer, LogQuestion, Observation, Outcome, Role, Side, Witness

#: Marks of an answer to a canary's path, as the vantage sets them.
ANSWERED, UNCHECKED = "canary", "canary_unchecked"

#: What a log says of a variant or a host is of the target itself: it was served, or denied.
_FINAL = frozenset({*range(200, 300), 401, 403})


@dataclass(frozen=True, slots=True)
class Log:
    """What all logs of one service show together."""

    shown: dict[str, tuple[int, ...]] = field(default_factory=dict)  # probe → statuses
    looked_for: frozenset[str] = frozenset()
    whole: bool = False  # every one of them was read whole since the audit began
    live: bool = False  # a last request, asked straight at the service, stands in them
    lost: bool = False  # one of them was to be read, and what it shows is not known through a fault of ours

    def lacks(self, looks: Sequence[Look]) -> bool:
        """Whether none of these was logged, though each was looked for."""
        return all(look.probe.id in self.looked_for and look.probe.id not in self.shown for look in looks)

    def shows(self, looks: Sequence[Look]) -> bool:
        """Whether each of these that was answered was logged, and there is at least one."""
        answered = [look for look in looks if look.http is not None]
        return bool(answered) and all(look.probe.id in self.shown for look in answered)

    def status(self, looks: Iterable[Look]) -> int | None:
        """The most telling status under which any of these was logged: served, denied, another, none."""
        found = [status for look in looks for status in self.shown.get(look.probe.id, ())]
        return min(found, key=_telling) if found else None


def _telling(status: int) -> tuple[int, int]:
    if 200 <= status < 300:
        return 0, status
    return (1 if status in (401, 403) else 2 if status else 3), status


@dataclass(frozen=True, slots=True)
class Testimony:
    """What is said of one sighting; the facts it makes, and the words for people."""

    facts: dict[str, object] = field(default_factory=dict)
    words: tuple[Witness, ...] = ()
    logged: int | None = None


class Witnesses:
    """The witnesses of one plan. Logs are put together once a service."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._logs: dict[str, Log | None] = {}
        self._reads = [
            look
            for vantage in book.vantages(Side.INSIDE)
            for look in book.at(vantage)
            if isinstance(look.probe.question, LogQuestion) and look.probe.question.act == "read"
        ]

    def log(self, service: str) -> Log | None:
        """The logs of a service; None where none was to be read, or not yet."""
        if service not in self._logs:
            self._logs[service] = self._together(service)
        return self._logs[service]

    def _together(self, service: str) -> Log | None:
        shown: dict[str, tuple[int, ...]] = {}
        looked_for: set[str] = set()
        awaited: set[str] = set()
        whole = True
        mine = [look for look in self._reads if service in _question(look).services]
        for look in mine:
            question, answer = _question(look), _answer(look)
            if answer is None:
                whole = False
                continue
            whole = whole and answer.whole
            looked_for.update(question.ids)
            awaited.update(question.awaited)
            for probe, status in answer.seen:
                shown[probe] = (*shown.get(probe, ()), status)
        if not mine:
            return None
        last = [
            look
            for vantage in self._book.vantages(Side.INSIDE)
            for look in self._book.of(Role.WITNESS, f"witness|{service}", vantage)
        ]
        live = bool(last) and all(look.probe.id in awaited and look.probe.id in shown for look in last)
        lost = any(look.outcome is None or look.outcome in OURS for look in mine)
        return Log(shown, frozenset(looked_for), whole, live, lost)

    # --- one sighting ------------------------------------------------------------------------------------

    def of(
        self,
        claim: Claim,
        chain: Sequence[Look],
        ground: Ground,
        entrance: Sequence[Look],
        siblings: Sequence[Look],
        facts: dict[str, object],
    ) -> Testimony:
        """What is said of a sighting with these facts: its target's chain, and what surrounds it in its lane."""
        by_canary, silent = self._canary(claim, chain[-1], ground)
        words = () if by_canary is None else (by_canary,)
        more: dict[str, object] = {"no_canary": silent}
        log = self.log(claim.service)
        if log is None:
            return Testimony(more, words)
        more["log_lost"] = log.lost
        status = log.status(chain)
        if status is not None:
            told = status if _is_final(claim, chain[0], status, facts) else None
            more |= {"arrived": True, "logged": told}
            if facts.get("origin") == "?":
                more["origin"] = "U"  # who answers what arrived at the service is the service
            return Testimony(more, (*words, Witness.LOG_SHOWS), status)
        proven = log.whole and log.live and log.shows(entrance) and self._inside(claim, log) and log.lacks(chain)
        beside = [each for look in siblings for each in self._book.chain(look)]
        more |= {"unlogged": proven, "sibling_logged": not log.lacks(beside)}
        return Testimony(more, (*words, Witness.LOG_LACKS if proven else Witness.LOG_PARTIAL))

    def _inside(self, claim: Claim, log: Log) -> bool:
        """Whether the log shows what was asked inside for this very target, and the nonsense beside it."""
        return any(
            all(log.shows(self._book.of(role, claim.truth, vantage)) for role in (Role.TRUTH, Role.TRUTH_SIBLING))
            for vantage in self._book.vantages(Side.INSIDE)
        )

    def _canary(self, claim: Claim, last: Look, ground: Ground) -> tuple[Witness | None, bool]:
        """What the canary says, and whether its silence proves that the service did not answer at this path."""
        question, answer = last.probe.question, last.http
        if question.kind != "http" or question.canary is None or answer is None:
            return None, False
        if ANSWERED in answer.fingerprint.marks:
            return Witness.CANARY_ANSWERED, False
        inside = ground.samples if last.probe.variant == "baseline" else ground.variants
        marks = [each.fingerprint.marks for each in inside]
        if UNCHECKED in answer.fingerprint.marks or any(UNCHECKED in each for each in marks):
            return Witness.CANARY_UNCHECKED, False
        if last.probe.variant != "baseline" and not all(ANSWERED in each for each in marks):
            return (
                None,
                False,
            )  # the service does not read this spelling as the canary's path: nothing was to answer
        if not marks or not all(ANSWERED in each for each in marks) or not self._whatever_the_host(claim, ground):
            return Witness.CANARY_WRONG, False
        return Witness.CANARY_SILENT, claim.aspect is Aspect.PATH and question.method == "GET"

    def _whatever_the_host(self, claim: Claim, ground: Ground) -> bool:
        looks = self._book.of(Role.UPSTREAM, f"canary|{claim.service}", ground.vantage)
        return bool(looks) and all(map(_answers_for_anyone, looks))


def _answers_for_anyone(look: Look) -> bool:
    """Whether a control of a canary was answered with a success, and with the canary where it was asked for."""
    question, answer = look.probe.question, look.http
    if question.kind != "http" or answer is None or not 200 <= answer.status < 300:
        return False
    return question.canary is None or ANSWERED in answer.fingerprint.marks


def _is_final(claim: Claim, target: Look, status: int, facts: dict[str, object]) -> bool:
    """Whether the log's word is on the target itself.

    On the plain path it is. A variant may be read as something else, and a host's path may be public: there only
    what siblings do not get counts, and of a variant only a success or a denial of what the service reads as the
    target.
    """
    plain = target.probe.variant == "baseline"
    if plain and claim.aspect is Aspect.PATH:
        return True
    if facts.get("eq_sibling"):
        return False
    read_otherwise = bool(facts.get("variant_differs")) and not facts.get("eq_inside")
    return plain or (status in _FINAL and not read_otherwise)


def _question(look: Look) -> LogQuestion:
    question = look.probe.question
    assert isinstance(question, LogQuestion)
    return question


def _answer(look: Look) -> LogAnswer | None:
    seen = look.seen
    if not isinstance(seen, Observation) or seen.outcome is not Outcome.ANSWERED:
        return None
    return seen.answer if isinstance(seen.answer, LogAnswer) else None
