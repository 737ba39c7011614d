"""Signals, at moments that are known: what was seen is stored, the exit code is right, and the next run works.

In the long form also at moments that are not.
"""

import asyncio
import fcntl
import os
import random
import signal
import socket
import termios
import time
from pathlib import Path

import pytest
from fault_runs import Process, Site, gated, result, site

INTERRUPTED = "it was interrupted"


def last(found: Site) -> tuple[bool, str | None]:
    with found.store() as store:
        (*_, audit) = store.history().audits
        assert audit.audit.finished_at is not None
        return audit.audit.complete, audit.audit.incomplete_because


async def line(process: Process, words: str) -> None:
    """Waits until the process has said it."""
    assert process.stderr is not None
    async with asyncio.timeout(60):
        while words not in (said := (await process.stderr.readline()).decode()):
            assert said, f"ended without saying {words!r}"


async def works(found: Site) -> None:
    done = await found.run("-q")
    assert (done.code, done.err) == (0, "")
    assert last(found) == (True, None)


async def test_ctrl_c_twice_ends_it_at_once_and_under_nohup_a_hangup_is_nothing(tmp_path: Path) -> None:
    async with site(tmp_path) as found, gated(found) as gate:
        process = await found.start()
        await gate.reached.wait()
        process.send_signal(signal.SIGINT)
        await line(process, "what was seen is being stored")
        process.send_signal(signal.SIGINT)
        done = await result(process)
        assert done.code == 3
        assert "stopped at once" in done.err
        assert last(found) == (False, "it ended with CancelledError")

        gate.reached.clear()
        process = await found.start("-q", before=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        await gate.reached.wait()
        process.send_signal(signal.SIGHUP)
        gate.open.set()
        done = await result(process)
        assert (done.code, done.err) == (0, "")
        assert last(found) == (True, None)


async def test_the_service_stops_in_the_middle_of_an_audit(tmp_path: Path) -> None:
    async with site(tmp_path) as found, gated(found) as gate:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        process = await found.start("serve", "--listen", f"127.0.0.1:{port}")
        await gate.reached.wait()
        process.send_signal(signal.SIGTERM)
        done = await result(process)
        assert done.code == 0, done.err
        assert last(found) == (False, INTERRUPTED)


async def test_a_terminal_that_closes_is_an_orderly_stop(tmp_path: Path) -> None:
    async with site(tmp_path) as found, gated(found) as gate:
        ours, theirs = os.openpty()

        def take() -> None:
            signal.signal(signal.SIGHUP, signal.SIG_DFL)  # whoever runs the tests may have it ignored
            os.setsid()
            fcntl.ioctl(theirs, termios.TIOCSCTTY, 0)

        process = await found.start(out=theirs, err=theirs, before=take)
        os.close(theirs)
        await gate.reached.wait()
        os.close(ours)  # the kernel sends SIGHUP, and every write fails from now on
        assert (await result(process)).code == 3
        assert last(found) == (False, INTERRUPTED)


#: What a run may end with after these: 130 and the signals themselves are from before it could look at all.
SENT: tuple[tuple[signal.Signals, ...], ...] = (
    (signal.SIGINT,),
    (signal.SIGTERM,),
    (signal.SIGHUP,),
    (signal.SIGINT, signal.SIGINT),
    (signal.SIGTERM, signal.SIGINT),
)
MAY_END = {0, 3, 130, -signal.SIGINT, -signal.SIGTERM, -signal.SIGHUP}


@pytest.mark.soak
async def test_signals_at_any_moment(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seed = random.randrange(10**6)
    rng = random.Random(seed)
    codes: dict[int, int] = {}
    async with site(tmp_path) as found:
        begun = time.monotonic()
        await works(found)
        length = time.monotonic() - begun
        for number in range(40):
            code = await _signalled(found, rng.choice(SENT), rng, length)
            assert code in MAY_END, f"seed {seed}, round {number}: {code}"
            codes[code] = codes.get(code, 0) + 1
        await works(found)
        with found.store() as store:
            past = store.history(100).audits
            records = [store.load(each.audit.number) for each in past if each.concluded]
        assert all(each.audit.finished_at for each in past)
        assert all(each and each.audit.planned == len(each.seen) for each in records)
        # More can be complete than ended with 0: a signal may come when all is stored and only the end is left.
        assert len([each for each in past if each.audit.complete]) >= codes.get(0, 0) + 2
    with capsys.disabled():
        print(f"\nsignals, seed {seed}: audits {len(past)}, exit codes {dict(sorted(codes.items()))}")


async def _signalled(found: Site, sent: tuple[signal.Signals, ...], rng: random.Random, length: float) -> int:
    """The first mostly while it looks, for that is the second half of a run; the next soon after."""
    process = await found.start("-q")
    ending = asyncio.create_task(process.communicate())
    for place, number in enumerate(sent):
        await asyncio.wait(
            (ending,), timeout=rng.uniform(0.4, 1.0) * length if place == 0 else rng.uniform(0, 0.5)
        )
        if process.returncode is None:
            process.send_signal(number)
    async with asyncio.timeout(60):
        _, err = await ending
    # Python itself tells of a Ctrl-C that comes before any line of ours.
    assert b"Traceback" not in err or process.returncode in (-signal.SIGINT, 130), err.decode()
    assert process.returncode is not None
    return process.returncode
