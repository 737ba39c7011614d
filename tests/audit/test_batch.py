"""Observations by file: written there, taken here, and refused when anything about them is off."""

import asyncio
import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from audits import Clock, Watch, credentials, database, plainly, verdicts_of, without_hunts
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.audit import Looking
from auditor.batch import MAX_LINE, BatchError, BatchWriter, head_for, plan_of, read_batch
from auditor.config import Config, load
from auditor.lab import Breakage, Company, company
from auditor.model import Skip, SkipReason, Verdict
from auditor.report import exit_code
from auditor.store import Store
from auditor.turn import Outputs, Turn, turn


def by_file(lab: Company) -> Config:
    """The lab's configuration with its outside vantage looking by file."""
    path = lab.root / "probes.yaml"
    path.write_text(plainly(lab.probes_yaml).replace("side: outside", "side: outside\n    by_file: true"))
    return without_hunts(load(path, {}).config)


async def observed(config: Config, clock: Clock, seed: str = "a seed", stop: asyncio.Event | None = None) -> str:
    out = io.StringIO()
    writer = BatchWriter(out, head_for(config, "internet", seed, "test", clock()))
    looking = Looking(
        config,
        {"internet": seed},
        writer,
        clock,
        stop or asyncio.Event(),
        Watch(),
        credentials=credentials(config),
    )
    await looking.rounds(None)
    writer.end()
    return out.getvalue()


async def one_turn(config: Config, store: Store, clock: Clock) -> Turn:
    clock.step()
    return await turn(
        config,
        store,
        vantages=tuple(config.vantages),
        destinations=(),
        outputs=Outputs(),
        config_sha256="0" * 64,
        now=clock,
        stop=asyncio.Event(),
        watcher=Watch(),
    )


def hand_in(store: Store, text: str, config: Config, clock: Clock, folder: Path) -> None:
    path = folder / "internet.ndjson"
    path.write_text(text)
    batch = read_batch(path, config, at=clock())
    store.add_batch(
        vantage=batch.vantage,
        seed=batch.seed,
        plan=batch.plan_digest,
        started_at=batch.started_at,
        received_at=clock(),
        seen=batch.seen,
    )


@pytest.mark.parametrize("broken", [(), (Breakage.DOCS_PUBLISHED, Breakage.NAME_PRIVATE)], ids=["sound", "leaky"])
async def test_a_file_is_as_good_as_looking(tmp_path: Path, broken: tuple[Breakage, ...]) -> None:
    clock = Clock()
    async with company(*broken, root=tmp_path) as lab:
        config = by_file(lab)
        with Store.open(database(tmp_path)) as store:
            hand_in(store, await observed(config, clock), config, clock, tmp_path)
            record = (await one_turn(config, store, clock)).record
            assert record.audit.complete
            found = verdicts_of(record)
            assert all(verdict in lab.expected[stake] for stake, verdict in found.items())
            # One file counts once: the next audit has nothing to go by.
            again = (await one_turn(config, store, clock)).record
            assert not again.audit.complete
            assert Verdict.CLOSED not in {j.verdict for j in again.judgements}
            assert exit_code(again) == (1 if broken else 3)
            assert {s.reason for s in again.seen if isinstance(s, Skip)} == {SkipReason.NO_OBSERVATIONS}


async def test_a_file_too_old_is_not_used(tmp_path: Path) -> None:
    clock = Clock()
    async with company(root=tmp_path) as lab:
        config = by_file(lab)
        with Store.open(database(tmp_path)) as store:
            hand_in(store, await observed(config, clock), config, clock, tmp_path)
            clock.at += config.limits.observations_max_age + timedelta(minutes=1)
            record = (await one_turn(config, store, clock)).record
            assert not record.audit.complete
            assert Verdict.CLOSED not in {j.verdict for j in record.judgements}


async def test_an_interrupted_look_says_what_it_did_not_see(tmp_path: Path) -> None:
    clock, stop = Clock(), asyncio.Event()
    stop.set()
    async with company(root=tmp_path) as lab:
        config = by_file(lab)
        with Store.open(database(tmp_path)) as store:
            hand_in(store, await observed(config, clock, stop=stop), config, clock, tmp_path)
            record = (await one_turn(config, store, clock)).record
            assert record.audit.incomplete_because == "it was interrupted"
            assert Verdict.CLOSED not in {j.verdict for j in record.judgements}


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> tuple[Config, str, Clock, Path]:
    """A file that is right, for the tests that spoil it."""
    folder, clock = tmp_path_factory.mktemp("taken"), Clock()

    async def made() -> tuple[Config, str]:
        async with company(root=folder) as lab:
            config = by_file(lab)
            return config, await observed(config, clock)

    config, text = asyncio.run(made())
    return config, text, clock, folder


def refusal(taken: tuple[Config, str, Clock, Path], text: str | bytes) -> str:
    config, _, clock, folder = taken
    path = folder / "spoilt.ndjson"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(BatchError) as error:
        read_batch(path, config, at=clock())
    return str(error.value)


def changed(text: str, line: int, **values: object) -> str:
    lines = text.splitlines()
    lines[line] = json.dumps(json.loads(lines[line]) | values)
    return "\n".join(lines) + "\n"


def test_the_right_file_is_taken(taken: tuple[Config, str, Clock, Path]) -> None:
    config, text, clock, folder = taken
    path = folder / "right.ndjson"
    path.write_text(text)
    batch = read_batch(path, config, at=clock())
    assert len(batch.seen) == text.count("\n") - 2
    assert {s.probe for s in batch.seen} == {
        p.id for p in plan_of(config, "internet", "a seed", batch.seen).probes
    }


@pytest.mark.parametrize(
    ("values", "because"),
    [
        ({"vantage": "office"}, "looks by itself; set `by_file: true`"),
        ({"vantage": "nowhere"}, "which the configuration does not have"),
        ({"side": "inside"}, "made for an inside vantage"),
        ({"plan": "0" * 64}, "made for another plan"),
        ({"seed": "another"}, "is not in the plan"),
        ({"started_at": "2031-01-01T00:00:00Z"}, "still to come"),
        ({"started_at": "2026-03-01T12:00:00"}, "not in UTC"),
        ({"started_at": "2026-03-01T12:00:00+09:00"}, "not in UTC"),
        ({"of": "something.else"}, "of:"),
        ({"schema_": 2}, "schema_:"),
        ({"more": 1}, "more:"),
    ],
)
def test_a_head_that_is_off_is_refused(
    taken: tuple[Config, str, Clock, Path], values: dict[str, object], because: str
) -> None:
    assert because in refusal(taken, changed(taken[1], 0, **values))


@pytest.mark.parametrize(
    ("values", "because"),
    [
        ({"vantage": "office"}, "seen from 'office' in a file of 'internet'"),
        ({"probe": "f" * 18}, "is not in the plan"),
        ({"outcome": "fine"}, "not an observation"),
        ({"elapsed_seconds": "soon"}, "not an observation"),
        ({"extra": "x"}, "not an observation"),
        ({"started_at": "2031-01-01T00:00:00Z"}, "still to come"),
        ({"answer": {"kind": "tcp"}}, "a tcp answer to a"),
    ],
)
def test_a_line_that_is_off_is_refused(
    taken: tuple[Config, str, Clock, Path], values: dict[str, object], because: str
) -> None:
    assert because in refusal(taken, changed(taken[1], 1, **values))


def first_answered(text: str, kind: str) -> tuple[int, dict[str, Any]]:
    """The first line with a whole answer of a kind."""
    for number, line in enumerate(text.splitlines()):
        seen = json.loads(line)
        answer = seen.get("answer")
        if seen.get("outcome") == "answered" and answer is not None and answer["kind"] == kind:
            return number, seen
    raise AssertionError(f"no {kind} answer in this file")


def test_an_observation_at_odds_with_itself_is_refused(taken: tuple[Config, str, Clock, Path]) -> None:
    """Each would be read one way by one rule and another way by the next."""
    text = taken[1]
    line, seen = first_answered(text, "http")
    assert "without an answer" in refusal(taken, changed(text, line, answer=None))
    assert "timed_out with an answer" in refusal(taken, changed(text, line, outcome="timed_out"))
    other = seen["answer"] | {"status": 418}
    assert "fingerprint of a" in refusal(taken, changed(text, line, answer=other))
    dns, _ = first_answered(text, "dns")
    assert "answered without an answer" in refusal(taken, changed(text, dns, answer=None))
    assert "before this file was begun" in refusal(taken, changed(text, line, started_at="2026-02-28T12:00:00Z"))


def test_what_was_cut_doubled_or_padded_is_refused(taken: tuple[Config, str, Clock, Path]) -> None:
    lines = taken[1].splitlines(keepends=True)
    assert "cut off" in refusal(taken, "".join(lines[:-1]))
    assert "cut off" in refusal(taken, "".join(lines[:5] + lines[6:]))
    assert "answered twice" in refusal(taken, changed("".join([*lines[:2], *lines[1:]]), -1, seen=len(lines) - 1))
    assert "are missing" in refusal(taken, changed("".join(lines[:-2] + lines[-1:]), -1, seen=len(lines) - 3))
    assert "more after the last line" in refusal(taken, taken[1] + lines[1])
    assert "empty" in refusal(taken, "")
    assert f"{MAX_LINE:,}" in refusal(taken, lines[0] + "x" * (MAX_LINE + 1))
    assert "not an observation" in refusal(taken, lines[0].encode() + b"\xff\xfe\n")
    assert "not an observation" in refusal(taken, lines[0] + "[" * 100_000 + "\n")


def test_a_missing_file_is_a_plain_sentence(taken: tuple[Config, str, Clock, Path]) -> None:
    with pytest.raises(BatchError, match="cannot be read: No such file"):
        read_batch(taken[3] / "absent", taken[0], at=taken[2]())


@given(data=st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_damage_gets_past_or_breaks_the_reader(
    taken: tuple[Config, str, Clock, Path], data: st.DataObject
) -> None:
    config, text, clock, folder = taken
    raw = bytearray(text.encode())
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    path = folder / "damaged.ndjson"
    path.write_bytes(raw)
    try:
        batch = read_batch(path, config, at=clock())
    except BatchError:
        return
    # Damage inside a value can make another value of the same form; it can never change whose or which.
    assert {s.vantage for s in batch.seen} == {"internet"}
    assert {s.probe for s in batch.seen} == {
        p.id for p in plan_of(config, "internet", batch.seed, batch.seen).probes
    }
