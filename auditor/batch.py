"""One vantage's observations as a file, for networks that may not connect: written there, handed in here.

The file is read as hostile input: its plan is computed again from its own seed and answers, and every line must
belong to it. Must never take a line on trust, and never take a file for a vantage or plan it was not made for.

NDJSON: a head, one line a probe, a foot that counts them; a file without its foot was cut off.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal, TextIO

from pydantic import BaseModel, ConfigDict, ValidationError

from auditor.config import Config
from auditor.model import (
    HttpQuestion,
    Observation,
    Outcome,
    Plan,
    Probe,
    Seen,
    Side,
    TcpQuestion,
    TlsQuestion,
    codec,
)
from auditor.plan import closing, digest, followups, main, opening
from auditor.plan.rounds import HOPS

#: Bounds on a file handed in. One observation holds at most 1 KiB of excerpt and capped headers.
MAX_LINE = 1_048_576
MAX_LINES = 2_000_000
MAX_CLOCK_AHEAD = timedelta(minutes=5)

#: Which answers a question of each kind may have.
_ANSWERS = {
    kind: {kind} for kind in ("http", "dns", "tcp", "tls", "log", "delegation", "transfer", "walk", "inventory")
}

#: Kinds whose answer is kept whatever it says, refusals too.
_ALWAYS_SAID = frozenset({"dns", "transfer"})


class BatchError(Exception):
    """A file of observations that cannot be taken; the message says where and why."""


class Head(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_: Literal[1]
    of: Literal["auditor.observations"]
    vantage: str
    side: Side
    plan: str  # digest of the configuration it was planned from
    seed: str
    tool: str
    started_at: datetime


class Foot(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    end: Literal[True]
    seen: int


@dataclass(frozen=True)
class Batch:
    """A file that was taken: whole, of this plan, of this vantage."""

    vantage: str
    seed: str
    plan_digest: str
    started_at: datetime
    seen: tuple[Seen, ...]


class BatchWriter:
    """Writes observations as they come in, so that what was seen before a crash is not lost."""

    def __init__(self, out: TextIO, head: Head) -> None:
        self._out = out
        self._count = 0
        self._line(head.model_dump_json())

    def _line(self, text: str) -> None:
        self._out.write(text + "\n")

    def plan(self, plan: Plan) -> None:
        """The reader computes the plan itself."""

    def saw(self, seen: Sequence[Seen]) -> None:
        for each in seen:
            self._line(codec.dump(Seen, each).decode())
        self._count += len(seen)
        self._out.flush()

    def end(self) -> None:
        self._line(Foot(end=True, seen=self._count).model_dump_json())
        self._out.flush()


def head_for(config: Config, vantage: str, seed: str, tool: str, at: datetime) -> Head:
    return Head(
        schema_=1,
        of="auditor.observations",
        vantage=vantage,
        side=config.vantages[vantage].side,
        plan=digest(config),
        seed=seed,
        tool=tool,
        started_at=at,
    )


def read_batch(path: Path, config: Config, *, at: datetime) -> Batch:
    """The observations of a file. Raises BatchError with file, line and cure when anything is off."""
    try:
        with path.open("rb") as source:
            return _read(path.name, source, config, at)
    except OSError as error:
        raise BatchError(f"{path}: cannot be read: {error.strerror}") from error


def _read(name: str, source: Iterable[bytes], config: Config, at: datetime) -> Batch:
    lines = iter(_lines(name, source))
    head = _head(name, next(lines, (1, b"")), config, at)
    seen: list[Seen] = []
    foot: Foot | None = None
    for number, line in lines:
        if foot is not None:
            raise BatchError(f"{name}:{number}: there is more after the last line")
        if line.startswith(b'{"end"'):
            foot = _parsed(Foot, line, name, number)
        else:
            seen.append(_seen(name, number, line, head, at))
    if foot is None or foot.seen != len(seen):
        told = "no last line" if foot is None else f"{foot.seen} announced"
        raise BatchError(f"{name}: the file was cut off ({len(seen)} observations, {told}): copy it again")
    _check_against_plan(name, head, seen, config)
    return Batch(head.vantage, head.seed, head.plan, head.started_at, tuple(seen))


def _lines(name: str, source: Iterable[bytes]) -> Iterable[tuple[int, bytes]]:
    for number, line in enumerate(source, 1):
        if len(line) > MAX_LINE:
            raise BatchError(f"{name}:{number}: a line of more than {MAX_LINE:,} bytes")
        if number > MAX_LINES:
            raise BatchError(f"{name}: more than {MAX_LINES:,} lines")
        yield number, line.rstrip(b"\r\n")


def _parsed(kind: Any, line: bytes, name: str, number: int) -> Any:
    try:
        return kind.model_validate_json(line)
    except ValidationError as error:
        raise BatchError(f"{name}:{number}: {_first(error)}") from error


def _first(error: ValidationError) -> str:
    worst = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(map(str, worst["loc"]))
    return f"{where}: {worst['msg']}" if where else str(worst["msg"])


def _head(name: str, first: tuple[int, bytes], config: Config, at: datetime) -> Head:
    number, line = first
    if not line:
        raise BatchError(f"{name}: empty; expected the output of `auditor observe`")
    head: Head = _parsed(Head, line, name, number)
    vantage = config.vantages.get(head.vantage)
    if vantage is None:
        raise BatchError(f"{name}:1: made for vantage {head.vantage!r}, which the configuration does not have")
    if not vantage.by_file:
        raise BatchError(
            f"{name}:1: vantage {head.vantage!r} looks by itself; set `by_file: true` to take files for it"
        )
    if head.side is not vantage.side:
        raise BatchError(f"{name}:1: made for an {head.side} vantage, but {head.vantage!r} is {vantage.side}")
    if head.plan != digest(config):
        raise BatchError(
            f"{name}:1: made for another plan ({head.plan[:12]}, here {digest(config)[:12]}): "
            "observe again with the probes.yaml that is in force here"
        )
    _check_time(name, number, head.started_at, at)
    return head


def _check_time(name: str, number: int, moment: datetime, at: datetime) -> None:
    if moment.tzinfo is None or moment.utcoffset() != timedelta(0):
        raise BatchError(f"{name}:{number}: a time that is not in UTC")
    if moment > at + MAX_CLOCK_AHEAD:
        raise BatchError(
            f"{name}:{number}: observed at {moment:%Y-%m-%d %H:%M:%S} UTC, which is still to come: "
            "set the clock of one of the machines"
        )


def _seen(name: str, number: int, line: bytes, head: Head, at: datetime) -> Seen:
    try:
        seen: Seen = codec.load(Seen, line)
    except ValidationError as error:
        raise BatchError(f"{name}:{number}: not an observation: {_first(error)}") from error
    if seen.vantage != head.vantage:
        raise BatchError(f"{name}:{number}: seen from {seen.vantage!r} in a file of {head.vantage!r}")
    if isinstance(seen, Observation):
        _check_time(name, number, seen.started_at, at)
        if seen.started_at < head.started_at - MAX_CLOCK_AHEAD:
            raise BatchError(f"{name}:{number}: observed before this file was begun: observe again")
    return seen


def plan_of(config: Config, vantage: str, seed: str, seen: Iterable[Seen]) -> Plan:
    """The plan one vantage must have followed to see this, computed from its seed and its own answers."""
    seeds, seen = {vantage: seed}, tuple(seen)
    plan = opening(config, seeds)
    plan = plan + main(config, seeds, plan.probes, seen)
    for _ in range(HOPS + 1):
        plan = plan + followups(config, seeds, plan.probes, seen)
    return plan + closing(config, seeds)


def _check_consistent(name: str, seen: Observation, probe: Probe) -> None:
    """What the parts of one observation say must agree: the judge reads one here and another there."""
    answer, question = seen.answer, probe.question
    wrong = None
    if (answer is not None) != (seen.outcome is Outcome.ANSWERED) and question.kind not in _ALWAYS_SAID:
        wrong = f"{seen.outcome} {'with' if answer is not None else 'without'} an answer"
    elif seen.outcome is Outcome.ANSWERED and answer is None:
        wrong = "answered without an answer"
    elif answer is not None and answer.kind == "http" and answer.status != answer.fingerprint.status:
        wrong = f"status {answer.status} with the fingerprint of a {answer.fingerprint.status}"
    elif (
        isinstance(question, HttpQuestion | TcpQuestion | TlsQuestion)
        and question.address is not None
        and seen.address not in (None, question.address)
    ):
        wrong = f"asked of {question.address}, answered by another address"
    if wrong is not None:
        raise BatchError(f"{name}: probe {seen.probe}: {wrong}")


def _check_against_plan(name: str, head: Head, seen: Sequence[Seen], config: Config) -> None:
    probes: Mapping[str, Probe] = {
        probe.id: probe for probe in plan_of(config, head.vantage, head.seed, seen).probes
    }
    told: set[str] = set()
    for each in seen:
        probe = probes.get(each.probe)
        if probe is None:
            raise BatchError(f"{name}: probe {each.probe[:40]!r} is not in the plan")
        if each.probe in told:
            raise BatchError(f"{name}: probe {each.probe} is answered twice")
        told.add(each.probe)
        if isinstance(each, Observation):
            _check_consistent(name, each, probe)
        answer = each.answer if isinstance(each, Observation) else None
        if answer is not None and answer.kind not in _ANSWERS[probe.question.kind]:
            raise BatchError(
                f"{name}: probe {each.probe}: a {answer.kind} answer to a {probe.question.kind} question"
            )
    missing = len(probes.keys() - told)
    if missing:
        raise BatchError(f"{name}: {missing} of {len(probes)} planned probes are missing: observe again")
