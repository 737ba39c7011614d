"""HTTP exchanges on kept connections, 100 at once: our transport beside ffuf, on the same nginx.

    python -m bench.transport [--requests 40000] [--rounds 5] [--at-once 100]

Every request has a target of its own. Ours also builds an httpx.Request and an httpx.Response for each and checks
status and body; ffuf is told to print any answer that is not 200. nginx counts what it really answered: more or
fewer than asked makes the round void. ffuf's time is its whole run less that of a run with one word; ours is taken
inside.
"""

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx

from auditor.config import Limits
from auditor.probes.eyes import Eyes
from bench.measuring import Run, Void, interleaved, loop_factory, machine, rate, ratio
from bench.targets import BODY, Web, get, program

LONGEST_SECONDS = 120.0

#: As many as ffuf sends, and built as the product builds them.
_HEADERS = [(b"Host", b"127.0.0.1"), (b"User-Agent", b"bench"), (b"Accept-Encoding", b"identity")]
_NO_BODY = httpx.ByteStream(b"")


async def exchanges(port: int, requests: int, at_once: int) -> float:
    """Seconds that so many checked exchanges take, from the first connection to the last byte."""
    expected = BODY.encode()
    base = httpx.URL(f"http://127.0.0.1:{port}/")
    eyes = Eyes(name="bench", resolvers=("127.0.0.1",), limits=Limits(), now=lambda: datetime.now(UTC))
    transport = eyes.transport
    numbers = iter(range(requests))

    async def worker(numbers: Iterator[int]) -> None:
        for number in numbers:
            extensions = {"target": b"/w%07d" % number, "address": "127.0.0.1"}
            request = httpx.Request("GET", base, headers=_HEADERS, stream=_NO_BODY, extensions=extensions)
            response = await transport.handle_async_request(request)
            if response.status_code != 200 or response.extensions["body"] != expected:
                raise Void(f"ours: {response.status_code} to {number}")

    try:
        started = time.perf_counter()
        async with asyncio.timeout(LONGEST_SECONDS), asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(worker(numbers))
        return time.perf_counter() - started
    except TimeoutError:
        raise Void(f"ours: not over after {LONGEST_SECONDS:g} s") from None
    finally:
        await eyes.aclose()


class Contest:
    """Both contestants against one nginx."""

    def __init__(self, web: Web, home: Path, requests: int, at_once: int) -> None:
        self._web = web
        self._home = home
        self._requests = requests
        self._at_once = at_once

    def ours(self) -> Run:
        before = self._web.served()
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            seconds = runner.run(exchanges(self._web.plain, self._requests, self._at_once))
        self._check("ours", self._web.served() - before, self._requests)
        return Run(self._requests, seconds)

    def ffuf(self) -> Run:
        overhead = min(self._ffuf(1) for _ in range(3))
        return Run(self._requests, self._ffuf(self._requests) - overhead)

    def _ffuf(self, requests: int) -> float:
        words = self._home / f"words-{requests}"
        if not words.exists():
            words.write_text("".join(f"w{number:07d}\n" for number in range(requests)))
        url = f"http://127.0.0.1:{self._web.plain}/FUZZ"
        argv = [program("ffuf"), "-w", str(words), "-u", url, "-t", str(self._at_once)]
        before = self._web.served()
        started = time.perf_counter()
        ended = subprocess.run(
            [*argv, "-mc", "all", "-fc", "200", "-s"],
            capture_output=True,
            text=True,
            timeout=LONGEST_SECONDS,
            check=False,
        )
        seconds = time.perf_counter() - started
        if ended.returncode != 0 or ended.stdout.strip():
            raise Void(f"ffuf: exit code {ended.returncode}, answers other than 200: {ended.stdout[:200]!r}")
        self._check("ffuf", self._web.served() - before, requests)
        return seconds

    def _check(self, name: str, served: int, asked: int) -> None:
        if served != asked:
            raise Void(f"{name}: nginx answered {served} requests instead of {asked}")


def main() -> int:
    parser = argparse.ArgumentParser(description="HTTP exchanges: our transport beside ffuf.")
    parser.add_argument("--requests", type=int, default=40_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--at-once", type=int, default=100)
    asked = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory() as home, Web(Path(home)).serving() as web:
            if get(web.plain, "/") != (200, BODY):
                raise Void("nginx does not answer as it is configured")
            contest = Contest(web, Path(home), asked.requests, asked.at_once)
            contest.ours()  # once unmeasured: both sides have been run before they are timed
            contest.ffuf()
            runs = interleaved({"ours": contest.ours, "ffuf": contest.ffuf}, asked.rounds)
    except Void as void:
        print(f"void: {void}", file=sys.stderr)
        return 1
    print(f"\n{machine()}; {asked.requests:,} requests, {asked.at_once} at once, {asked.rounds} rounds")
    print(f"ours       {rate(runs['ours'])}")
    print(f"ffuf       {rate(runs['ffuf'])}")
    print(f"ours/ffuf  {ratio(runs['ours'], runs['ffuf'])}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
