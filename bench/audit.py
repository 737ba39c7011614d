"""Audits end to end beside blackbox_exporter: the same nginx, the same BIND, one round after the other.

    python -m bench.audit [--paths 500] [--names 2000] [--rounds 3]

Ours is all of an audit: planned, probed from both sides, fingerprinted, stored in SQLite, judged. The exporter
probes and stores nothing; it is driven over kept connections by a client that only looks for `probe_success 1`.
A round is void unless every verdict of ours is `closed` and every probe of the exporter's succeeded. Names are
asked at two resolvers for A and for AAAA; one more audit at a low rate is void unless no server was asked faster.
"""

import argparse
import asyncio
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import cast
from urllib.parse import quote

from auditor.audit import audit, fresh_seeds
from auditor.config import Config, load
from auditor.model import AuditRecord, DnsQuestion, Observation, Role, Verdict
from auditor.store import Store
from bench.measuring import Run, Void, interleaved, loop_factory, machine, rate, ratio
from bench.targets import BODY, Exporter, Names, Web, get

LONGEST_SECONDS = 300.0
AT_ONCE = 100


# --- ours


class Silent:
    """Nobody watches."""

    def round(self, name: str, planned: int) -> None: ...

    def seen(self, count: int) -> None: ...


def audited(home: Path, text: str, held: Callable[[AuditRecord], None] = lambda record: None) -> Run:
    """One audit with a fresh database. Raises Void unless everything planned was observed and is closed.

    `held` looks at the whole of it when the time is taken, and raises Void too.
    """
    path = home / "probes.yaml"
    path.write_text(text)
    config = load(path, os.environ).config
    with tempfile.TemporaryDirectory(dir=home) as fresh:
        store = Store.open(f"sqlite:///{fresh}/audits.db")
        try:
            with asyncio.Runner(loop_factory=loop_factory()) as runner:
                return runner.run(_audited(config, store, held))
        finally:
            store.close()


async def _audited(config: Config, store: Store, held: Callable[[AuditRecord], None]) -> Run:
    started = time.perf_counter()
    async with asyncio.timeout(LONGEST_SECONDS):
        record = await audit(
            config,
            store,
            seeds=fresh_seeds(config.vantages),
            handed={},
            destinations=(),
            config_sha256="0" * 64,
            now=lambda: datetime.now(UTC),
            stop=asyncio.Event(),
            watcher=Silent(),
        )
    seconds = time.perf_counter() - started
    for each in record.judgements:
        if each.verdict is not Verdict.CLOSED:
            raise Void(f"ours: {each}")
    if not record.audit.complete or record.audit.skipped:
        raise Void(f"ours: {record.audit.skipped} probes skipped: {record.audit.incomplete_because}")
    held(record)
    return Run(record.audit.observed, seconds)


_CONFIG = """\
version: 1
vantages:
  outside:
    side: outside
    resolvers: [{outside_dns}]
    controls: ["http://www.bench.example:{plain}/"]
    allow: [127.0.0.0/8, "*.bench.example"]  # loopback is looked at only where that is said
  inside:
    side: inside
    resolvers: ["127.0.0.1:{inside_dns}"]
    allow: [127.0.0.0/8, "*.bench.example"]
limits: {{concurrency: 100, resolver_rate: {rate}}}
"""

_HTTP = """\
gateways:
  api:
    url: http://api.bench.example:{public}
    addresses: [127.0.0.1]
    control: /api/health
    allow: [/api/*]
    variants: none
    attempts: 1
    sensitive: none
    rate: 1000000/s
    concurrency: 100
services:
  svc: {{url: "http://svc.bench.example:{internal}", health: /health, paths: [{paths}]}}
"""

_DNS = """\
services:
  svc: {{names: [{names}]}}
"""


# --- blackbox_exporter


class Asking(asyncio.Protocol):
    """One kept connection that asks for one probe after the other, from an iterator it shares with others."""

    def __init__(self, paths: Iterator[str], done: asyncio.Future[int]) -> None:
        self._paths = paths
        self._done = done
        self._got = bytearray()
        self._count = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)
        self._next()

    def _next(self) -> None:
        path = next(self._paths, None)
        if path is None:
            self._transport.close()
            self._done.set_result(self._count)
        else:
            self._transport.write(f"GET {path} HTTP/1.1\r\nHost: exporter\r\n\r\n".encode())

    def data_received(self, data: bytes) -> None:
        self._got += data
        head, found, body = self._got.partition(b"\r\n\r\n")
        if not found or not _whole(head, body):
            return
        if not head.startswith(b"HTTP/1.1 200") or b"\nprobe_success 1\n" not in _CHUNK.sub(b"", body):
            self._done.set_exception(Void(f"blackbox_exporter: {bytes(self._got[-400:])!r}"))
            self._transport.close()
            return
        self._count += 1
        self._got.clear()
        self._next()

    def connection_lost(self, error: Exception | None) -> None:
        if not self._done.done():
            self._done.set_exception(Void(f"blackbox_exporter hung up: {error}"))


_CHUNK = re.compile(rb"\r\n[0-9a-f]+\r\n")  # where one chunk ends and the next begins: anywhere in a line


def _whole(head: bytearray, body: bytearray) -> bool:
    if b"ransfer-Encoding: chunked" in head:
        return body.endswith(b"\r\n0\r\n\r\n")
    length = head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]
    return len(body) >= int(length)


def exported(port: int, module: str, targets: list[str]) -> Run:
    """Every target probed once by the exporter."""
    paths = [f"/probe?module={module}&target={quote(target, safe='')}" for target in targets]

    async def whole() -> Run:
        loop = asyncio.get_running_loop()
        shared = iter(paths)
        started = time.perf_counter()
        async with asyncio.timeout(LONGEST_SECONDS):
            ends = [loop.create_future() for _ in range(AT_ONCE)]
            for end in ends:
                await loop.create_connection(partial(Asking, shared, end), "127.0.0.1", port)
            done = sum(await asyncio.gather(*ends))
        seconds = time.perf_counter() - started
        if done != len(paths):
            raise Void(f"blackbox_exporter: {done} probes instead of {len(paths)}")
        return Run(done, seconds)

    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        return runner.run(whole())


# --- names at every resolver, and the rate of each

LOW_RATE = 200


def resolvers(names: Names) -> list[str]:
    return [f"127.0.0.1:{port}" for port in (names.outside, names.second)]


def asked_everywhere(names: Names, record: AuditRecord) -> None:
    """Raises Void unless each name was asked for A and AAAA at each resolver outside."""
    asked = {
        (probe.question.name, probe.question.rrtype, probe.question.resolver)
        for probe in record.plan.probes
        if isinstance(probe.question, DnsQuestion) and probe.role is Role.TARGET
    }
    wanted = {(name, rrtype, at) for name in names.names for rrtype in ("A", "AAAA") for at in resolvers(names)}
    if lacking := wanted - asked:
        raise Void(f"ours: {len(lacking)} questions of {len(wanted)} were not asked")


def fastest(home: Path, web: Web, names: Names) -> int:
    """The most questions that any server was asked in one second, when the configuration allows LOW_RATE.

    Raises Void where that was more, with the burst of a tenth of a second, or so little that no rate held it back.
    """
    rate, both = f"{LOW_RATE}/s", str(resolvers(names))[1:-1]
    text = _CONFIG.format(outside_dns=both, inside_dns=names.inside, plain=web.plain, rate=rate)
    text += _DNS.format(names=", ".join(names.names[:400]))
    times: dict[str, list[float]] = {}

    def timed(record: AuditRecord) -> None:
        at = {each.probe: each.started_at.timestamp() for each in record.seen if isinstance(each, Observation)}
        for probe in record.plan.probes:
            if isinstance(probe.question, DnsQuestion):
                times.setdefault(probe.question.resolver, []).append(at[probe.id])

    audited(home, text, timed)
    most = max(_in_a_second(sorted(each)) for each in times.values())
    if most > LOW_RATE * 1.1 + 1:
        raise Void(f"{most} questions in one second, {LOW_RATE}/s were allowed")
    if most < LOW_RATE * 0.8:
        raise Void(f"{most} questions in one second at most, so that {LOW_RATE}/s bounded nothing")
    return most


def _in_a_second(times: list[float]) -> int:
    first = most = 0
    for place, moment in enumerate(times):
        while moment - times[first] >= 1.0:
            first += 1
        most = max(most, place - first + 1)
    return most


# --- both


def contestants(
    home: Path, web: Web, names: Names, exporter: Exporter, paths: int
) -> dict[str, Callable[[], Run]]:
    head = _CONFIG.format(
        outside_dns=str(resolvers(names))[1:-1], inside_dns=names.inside, plain=web.plain, rate="1000000/s"
    )
    listed = [f"/in/p{number}" for number in range(paths)]
    http = head + _HTTP.format(public=web.public, internal=web.internal, paths=", ".join(listed))
    dns = head + _DNS.format(names=", ".join(names.names))
    pages = [f"http://127.0.0.1:{web.plain}{path}" for path in listed] * max(1, 5000 // paths)
    questions = resolvers(names) * 2500
    return {
        "http ours": lambda: audited(home, http),
        "http blackbox_exporter": lambda: exported(exporter.port, "http", pages),
        "dns ours": lambda: audited(home, dns, partial(asked_everywhere, names)),
        "dns blackbox_exporter": lambda: exported(exporter.port, "dns", questions),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description="Audits end to end beside blackbox_exporter.")
    parser.add_argument("--paths", type=int, default=500)
    parser.add_argument("--names", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
            home = Path(folder)
            web = stack.enter_context(Web(home).serving())
            names = stack.enter_context(Names(home, asked.names).serving())
            exporter = stack.enter_context(Exporter(home, names.names[0]).serving())
            if get(web.plain, "/") != (200, BODY):
                raise Void("nginx does not answer as it is configured")
            both = contestants(home, web, names, exporter, asked.paths)
            kept = fastest(home, web, names)
            runs = interleaved(both, asked.rounds)
    except Void as void:
        print(f"void: {void}", file=sys.stderr)
        return 1
    print(f"\n{machine()}; {asked.paths:,} paths, {asked.names:,} names, {asked.rounds} rounds")
    print(f"dns   at {LOW_RATE}/s no server was asked more than {kept} times in any second")
    for kind in ("http", "dns"):
        ours, theirs = runs[f"{kind} ours"], runs[f"{kind} blackbox_exporter"]
        print(f"{kind:4}  ours                 {rate(ours)}, {ours[0].done:,} probes an audit")
        print(f"{kind:4}  blackbox_exporter    {rate(theirs)}")
        print(f"{kind:4}  ours/exporter        {ratio(ours, theirs)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
