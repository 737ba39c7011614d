"""One turn: an audit, its report, its alerts. What cron starts, and what the service does again and again.

Must never let a report that cannot be written, a receiver that is down, or a database that fails once the audit
is stored, undo or hide what the audit found.
"""

import asyncio
import json
import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from auditor import __version__
from auditor.alerts import Delivery, Destination, deliver, open_client
from auditor.audit import Handed, Now, Watcher, audit, fresh_seeds
from auditor.config import Config, reveal
from auditor.model import RANK, AuditRecord, Seen, Verdict
from auditor.plan import digest
from auditor.probes import canaries_of
from auditor.probes.credentials import Credentials
from auditor.report import History, OpenPoint, render, to_json
from auditor.store import Store, StoreError

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outputs:
    """Where a turn leaves what people and programs read; None: not wanted."""

    report: Path | None = None
    json: Path | None = None
    environment: str | None = None


@dataclass(frozen=True)
class Turn:
    record: AuditRecord
    html: str
    delivery: Delivery
    troubles: tuple[str, ...]  # what could not be written or told, in our own words


async def turn(
    config: Config,
    store: Store,
    *,
    vantages: Sequence[str],
    destinations: Sequence[Destination],
    outputs: Outputs,
    config_sha256: str,
    now: Now,
    stop: asyncio.Event,
    watcher: Watcher,
    next_due_at: datetime | None = None,
    nominal_at: datetime | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Turn:
    """One audit from these vantages, told everywhere it is to be told. `environ` holds its secrets, read anew."""
    seeds = fresh_seeds(vantages)
    credentials = await asyncio.to_thread(credentials_of, config, environ)
    handed, batches = await asyncio.to_thread(_handed, config, store, vantages, seeds, now())
    record = await audit(
        config,
        store,
        seeds=seeds,
        handed=handed,
        destinations=destinations,
        config_sha256=config_sha256,
        now=now,
        stop=stop,
        watcher=watcher,
        nominal_at=nominal_at,
        batches=batches,
        canaries=canaries_of(config, environ),
        credentials=credentials,
    )
    tidied = await asyncio.to_thread(_tidy, config, store, record)
    html, unwritten = await asyncio.to_thread(_write, record, store, outputs, next_due_at, now())
    delivery, untold = await _told(store, destinations, now, stop)
    return Turn(record, html, delivery, tidied + unwritten + untold)


def credentials_of(config: Config, environ: Mapping[str, str]) -> Credentials:
    """The tokens of what is public, as they are now; each that cannot be had is said once."""
    credentials = Credentials.read(config, lambda secret: reveal(secret, environ))
    for key, why in credentials.missing:
        told = "not asked for with its token: %s: %s"
        log.warning(told, key.replace("|", " "), why, extra={"action": "credential.missing"})
    return credentials


async def tell(store: Store, destinations: Sequence[Destination], *, now: Now, stop: asyncio.Event) -> Delivery:
    """Deliver every alert that is due, those of earlier turns first."""
    async with open_client() as client:
        return await deliver(store, destinations, now=now, client=client, stop=stop)


async def _told(
    store: Store, destinations: Sequence[Destination], now: Now, stop: asyncio.Event
) -> tuple[Delivery, tuple[str, ...]]:
    """What cannot be told now waits in the outbox."""
    try:
        return await tell(store, destinations, now=now, stop=stop), ()
    except StoreError as error:
        return Delivery(0, 0, 0, 0), (f"alerts wait for the next turn: {error}",)


def _handed(
    config: Config, store: Store, vantages: Sequence[str], seeds: dict[str, str], at: datetime
) -> tuple[Handed, list[str]]:
    """What was handed in for the vantages that look by file; their seeds are those of their files."""
    handed: dict[str, dict[str, Seen]] = {}
    batches: list[str] = []
    for name in vantages:
        if not config.vantages[name].by_file:
            continue
        batch = store.newest_batch(name, at - config.limits.observations_max_age)
        handed[name] = {}
        # One file counts in one audit: what it saw then must not vouch for what is seen later.
        if batch is not None and batch.used_in is None and batch.plan == digest(config):
            seeds[name] = batch.seed
            handed[name] = {each.probe: each for each in batch.seen}
            batches.append(batch.id)
    return handed, batches


def _tidy(config: Config, store: Store, record: AuditRecord) -> tuple[str, ...]:
    """Let go of what is older than it is kept."""
    ended = record.audit.finished_at or record.audit.started_at
    try:
        store.prune(ended - config.limits.keep_observations)
    except StoreError as error:
        return (f"old observations are still kept: {error}",)
    return ()


def page(record: AuditRecord, store: Store, outputs: Outputs, next_due_at: datetime | None, at: datetime) -> str:
    """The report of one audit."""
    beside = (
        outputs.json is not None and outputs.report is not None and outputs.json.parent == outputs.report.parent
    )
    return render(
        record,
        history=_history(store),
        environment=outputs.environment,
        next_due_at=next_due_at,
        generated_at=at,
        version=__version__,
        json_href=outputs.json.name if beside and outputs.json is not None else None,
    )


def _history(store: Store) -> History:
    """The last audits as the page draws them; one that did not conclude could not tell."""
    try:
        past = store.history()
    except StoreError as error:
        log.error("the report has no history: %s", error, extra={"action": "report.no_history"})
        return History({}, ())
    reachable = RANK[Verdict.SUSPECTED]
    points = tuple(
        OpenPoint(
            each.audit.started_at,
            sum(n for verdict, n in each.open.items() if RANK[verdict] <= reachable) if each.concluded else None,
            sum(n for verdict, n in each.open.items() if RANK[verdict] > reachable) if each.concluded else None,
        )
        for each in past.audits
    )
    strips = {
        finding: tuple((each.audit.number, told.get(each.audit.number)) for each in past.audits)
        for finding, told in past.strips.items()
    }
    return History(strips, points)


def json_text(record: AuditRecord) -> str:
    return json.dumps(to_json(record), indent=2, ensure_ascii=False)


def _write(
    record: AuditRecord, store: Store, outputs: Outputs, next_due_at: datetime | None, at: datetime
) -> tuple[str, tuple[str, ...]]:
    troubles: list[str] = []
    html = page(record, store, outputs, next_due_at, at)
    texts = {outputs.report: html, outputs.json: json_text(record)}
    for path, text in texts.items():
        if path is None:
            continue
        try:
            write_whole(path, text)
        except OSError as error:
            troubles.append(f"{path} could not be written: {error.strerror}")
            log.error("a report could not be written", extra={"action": "report.failed", "path": str(path)})
    return html, tuple(troubles)


def write_whole(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old one or the new one, never a half; `-` is stdout."""
    if str(path) == "-":
        print(text, flush=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
