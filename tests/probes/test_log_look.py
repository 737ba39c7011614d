"""Logs on real files: what stands in them is found, whatever was done to them; what is lost is never whole."""

import asyncio
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wire_servers import looking

from auditor.config import Limits
from auditor.model import LogAnswer, LogFile, LogQuestion, Observation, Outcome, Probe, Role
from auditor.model.codec import dump, load
from auditor.probes import log as kind
from auditor.probes import look
from auditor.probes.log_lines import LINE_BYTES, Lines

A, B, C = "0a1b2c3d4e5f607182", "ffeeddccbbaa998877", "123456789012345678"
ALIEN = "999999999999999999"


def line(probe: str, status: int = 200, target: str = "/internal/config") -> bytes:
    """As nginx and Apache write it."""
    return (
        f'10.0.0.7 - - [02/Jan/2026:03:04:05 +0000] "GET {target} HTTP/1.1" {status} 512 "-"'
        f' "reachability-auditor/0.1 (+{probe})"\n'
    ).encode()


@dataclass
class Logged:
    """A log and how it is looked at."""

    file: Path
    status: str | None = None
    pattern: str | None = None

    @property
    def beside(self) -> Path:
        """Where it is rotated to."""
        return Path(f"{self.file}.1")

    @property
    def logs(self) -> tuple[LogFile, ...]:
        return (LogFile(str(self.file), self.status, self.pattern),)

    def add(self, *lines: bytes) -> None:
        with self.file.open("ab") as out:
            out.write(b"".join(lines))

    async def mark(self) -> Observation:
        return await looked(LogQuestion("mark", self.logs, ("config",)))

    async def read(self, before: Observation | None, *ids: str, awaited: tuple[str, ...] = ()) -> LogAnswer:
        seen = await self.observed(before, *ids, awaited=awaited)
        assert isinstance(seen.answer, LogAnswer), seen
        assert load(Observation, dump(Observation, seen)) == seen
        return seen.answer

    async def observed(self, before: Observation | None, *ids: str, awaited: tuple[str, ...] = ()) -> Observation:
        answer = before.answer if before is not None else None
        marks = answer.marks if isinstance(answer, LogAnswer) else ()
        return await looked(LogQuestion("read", self.logs, ("config",), marks, ids or (A, B, C), awaited))


async def looked(question: LogQuestion) -> Observation:
    async with looking(limits=Limits(probe_seconds=20.0)) as eyes:
        return await look(Probe("p", "here", Role.LOG, "log|0", "log", 0, question), eyes)


@pytest.fixture
def log(tmp_path: Path) -> Logged:
    found = Logged(tmp_path / "access.log")
    found.add(line(ALIEN), line(A, 500))
    return found


async def test_only_what_was_written_since_counts(log: Logged) -> None:
    before = await log.mark()
    log.add(line(ALIEN), line(B, 404), line(A), line(B, 404))
    answer = await log.read(before)
    assert answer.seen == ((A, 200), (B, 404))
    assert (answer.whole, answer.notes) == (True, ())
    assert ALIEN not in str(answer) and answer.read_bytes < 1_000


async def test_rotated_by_name_it_is_read_on_both_sides(log: Logged) -> None:
    before = await log.mark()
    log.add(line(A))
    log.file.rename(log.beside)
    log.add(line(B, 403))
    answer = await log.read(before)
    assert answer.seen == ((A, 200), (B, 403))
    assert answer.whole and "rotated" in answer.notes[0]


async def test_rotated_twice_it_is_not_whole(log: Logged) -> None:
    before = await log.mark()
    for _ in range(2):
        log.add(line(A))
        log.beside.unlink(missing_ok=True)
        log.file.rename(log.beside)
    log.add(line(B))
    answer = await log.read(before)
    assert answer.seen == ((B, 200),)
    assert not answer.whole


async def test_copied_and_cut_it_is_read_and_not_whole(log: Logged) -> None:
    """What was written between the copy and the cut is lost, and nobody can know whether it was nothing."""
    before = await log.mark()
    log.add(line(A))
    log.beside.write_bytes(log.file.read_bytes())
    os.truncate(log.file, 0)
    log.add(line(B))
    answer = await log.read(before)
    assert answer.seen == ((A, 200), (B, 200))
    assert not answer.whole and "cut" in answer.notes[0]


async def test_cut_and_grown_again_it_is_not_taken_for_the_same(log: Logged) -> None:
    before = await log.mark()
    os.truncate(log.file, 0)
    log.add(*[line(ALIEN)] * 50, line(C, 404))
    answer = await log.read(before)
    assert (answer.seen, answer.whole) == (((C, 404),), False)


async def test_another_file_at_its_side_is_not_read(log: Logged) -> None:
    before = await log.mark()
    log.beside.write_bytes(line(A) * 100)
    log.file.unlink()
    log.add(line(B))
    answer = await log.read(before)
    assert (answer.seen, answer.whole) == (((B, 200),), False)


async def test_without_a_mark_it_is_not_whole(log: Logged) -> None:
    log.add(line(B))
    answer = await log.read(None)
    assert (answer.seen, answer.whole) == (((A, 500), (B, 200)), False)


async def test_what_is_awaited_is_waited_for_and_no_longer(log: Logged, monkeypatch: pytest.MonkeyPatch) -> None:
    before = await log.mark()
    log.add(line(A))

    async def written_late() -> None:
        await asyncio.sleep(0.3)
        log.add(line(B, 404), line(C))

    started = time.monotonic()
    answer, _ = await asyncio.gather(log.read(before, A, B, awaited=(C,)), written_late())
    assert answer.seen == ((A, 200), (B, 404), (C, 200))
    assert 0.25 < time.monotonic() - started < kind.LAG_SECONDS
    monkeypatch.setattr(kind, "LAG_SECONDS", 0.2)
    answer = await log.read(before, A, B, awaited=(ALIEN,))
    assert answer.seen == ((A, 200), (B, 404)) and answer.whole


async def test_rotated_while_it_is_awaited(log: Logged) -> None:
    before = await log.mark()

    async def rotated_late() -> None:
        await asyncio.sleep(0.2)
        log.add(line(A))
        log.file.rename(log.beside)
        log.add(line(C))

    answer, _ = await asyncio.gather(log.read(before, A, awaited=(C,)), rotated_late())
    assert answer.seen == ((A, 200), (C, 200)) and answer.whole


async def test_fifty_megabytes_take_a_moment(log: Logged) -> None:
    before = await log.mark()
    log.add(line(A), line(ALIEN) * 400_000, line(B, 404))
    assert log.file.stat().st_size > 50_000_000
    started = time.monotonic()
    answer = await log.read(before)
    assert answer.seen == ((A, 200), (B, 404)) and answer.whole
    assert time.monotonic() - started < 15


async def test_a_line_of_ten_megabytes_hides_nothing(log: Logged) -> None:
    before = await log.mark()
    filler = b"x/" * 2_500_000
    log.add(line(A), b'"' + filler + f" {B} ".encode() + filler + b'] "GET /" 200 0\n', line(C, 404))
    answer = await log.read(before)
    assert answer.seen == ((A, 200), (B, 0), (C, 404)) and answer.whole


@pytest.mark.parametrize(
    "junk", [b"\xff\xfe\x00" * 500, b"\x00" * 4096, bytes(range(256)) * 8, b"\n" * 999, b"{" * 9000]
)
async def test_hostile_bytes_are_passed_over(log: Logged, junk: bytes) -> None:
    before = await log.mark()
    log.add(junk, b"\n", line(A, 403), junk)
    answer = await log.read(before)
    assert answer.seen == ((A, 403),) and answer.whole


@pytest.mark.parametrize(
    "make",
    [
        lambda path: path.mkdir(),
        lambda path: os.mkfifo(path),
        lambda path: path.symlink_to("/dev/null"),
        lambda path: None,
    ],
    ids=["directory", "fifo", "device", "missing"],
)
async def test_what_is_no_log_is_unreadable(tmp_path: Path, make: Callable[[Path], object]) -> None:
    log = Logged(tmp_path / "log")
    make(log.file)
    before = await log.mark()
    assert (before.outcome, before.answer) == (Outcome.UNREADABLE, None)
    assert "cannot be read" in before.detail
    assert (await log.observed(before)).outcome is Outcome.UNREADABLE


async def test_one_of_several_that_cannot_be_read_leaves_the_rest_and_is_not_whole(log: Logged) -> None:
    logs = (*log.logs, LogFile(str(log.file.with_name("other.log"))))
    before = await looked(LogQuestion("mark", logs, ("config",)))
    log.add(line(B))
    assert isinstance(before.answer, LogAnswer) and len(before.answer.marks) == 1
    seen = await looked(LogQuestion("read", logs, ("config",), before.answer.marks, (B,)))
    assert isinstance(seen.answer, LogAnswer)
    assert (seen.answer.seen, seen.answer.whole) == (((B, 200),), False)


# --- lines -----------------------------------------------------------------------------------------------


def statuses(text: bytes, *, status: str | None = None, pattern: str | None = None) -> list[tuple[str, int]]:
    lines = Lines(LogFile("x", status, pattern), (A, B))
    return [*lines.feed(text), *lines.end()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (line(A, 404), 404),
        (line(A, 404).replace(b"/internal/config", rb"/\" 200 x"), 404),  # Apache escapes a quote
        (line(A, 404).replace(b"/internal/config", rb"/\x22 200 x"), 404),  # nginx does
        (line(A, 404).replace(b"/internal/config", b"/] 200 x"), 404),
        (f'{{"id":"{A}","status":403}}'.encode(), 403),
        (f'{{"id":"{A}","status":"502"}}'.encode(), 502),
        (f'{{"ua":"x (+{A})","response_code":404}}'.encode(), 404),
        (f'2026-01-02T03:04:05Z stdout F {{"id":"{A}","sc-status":401}}'.encode(), 401),
        (f'{{"id":"{A}","status":true}}'.encode(), 0),
        (f'{{"id":"{A}","status":99}}'.encode(), 0),
        (f'{{"id":"{A}","status":'.encode() + b"[" * 3_000, 0),
        (f"GET /internal/config 200 {A}".encode(), 0),  # whichever of its numbers it is
        (line(A, 404).replace(b" 404 ", b" 4040 "), 0),
    ],
)
def test_a_status_is_read_where_it_is_certain(text: bytes, expected: int) -> None:
    assert statuses(text) == [(A, expected)]


def test_a_key_and_a_pattern_are_the_operators_word() -> None:
    assert statuses(f'{{"id":"{A}","status":200,"upstream":404}}'.encode(), status="upstream") == [(A, 404)]
    assert statuses(line(A, 404), status="upstream") == [(A, 0)]
    assert statuses(f"{A} status=503 x".encode(), pattern=r"status=(?P<status>\d{3})") == [(A, 503)]
    assert statuses(line(A, 404), pattern=r"status=(?P<status>\d{3})") == [(A, 0)]


def test_an_id_is_a_whole_word() -> None:
    assert statuses(line(A + "0")) == statuses(line("0" + A)) == []
    assert statuses(line(A, 404) + line(A, 200)) == [(A, 404), (A, 200)]


PARTS = [line(A, 404), line(B), line(ALIEN), b"\n", b"\xff" * 70, b"x" * (LINE_BYTES + 9) + b"\n"]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(PARTS)), st.lists(st.integers(1, 90_000), min_size=1, max_size=8))
def test_however_a_log_comes_in_the_same_is_found(parts: list[bytes], cuts: list[int]) -> None:
    text = b"".join(parts)
    lines, found, at = Lines(LogFile("x"), (A, B)), [], 0
    while at < len(text):
        size = cuts[at % len(cuts)]
        found += lines.feed(text[at : at + size])
        at += size
    found += lines.end()
    assert {probe for probe, _ in found} == {probe for probe, _ in statuses(text)}
    assert sum(probe == A for probe, _ in found) == sum(part == line(A, 404) for part in parts)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_read(junk: bytes) -> None:
    for log in (LogFile("x"), LogFile("x", status="s"), LogFile("x", pattern=r"(?P<status>\d{3})")):
        lines = Lines(log, (A,))
        found = [*lines.feed(junk + A.encode() + junk), *lines.end()]
        assert all(probe == A and (status == 0 or 100 <= status < 600) for probe, status in found)
