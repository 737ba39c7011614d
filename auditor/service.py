"""`auditor serve`: the schedule, the page, the alerts, an orderly stop. The only module that knows APScheduler.

Its traps, met here: a grace of one second by default, weekdays counted from Monday, dropped runs that leave no
trace, a persistent store that deletes what it cannot unpickle. So: the memory store, jobs rebuilt at every start,
a wide grace, and every missed run recorded as a gap. Must never run two audits at once.
"""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import uvicorn
from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from auditor import __version__
from auditor.alerts import Destination
from auditor.audit import Now
from auditor.config import Config, Schedule, cron_fields
from auditor.report import render_first_run, setup_steps
from auditor.server import Board, site
from auditor.store import AuditRunning, Gap, Store, StoreError
from auditor.turn import Outputs, page, tell, turn

log = logging.getLogger(__name__)

#: How often undelivered alerts are looked at between audits.
TELL_EVERY = timedelta(seconds=5)

#: How long a running audit may take to store what it has once a stop was asked for.
STOP_SECONDS = 30.0

_LOST = {
    EVENT_JOB_MISSED: "the audit due then was not started in time",
    EVENT_JOB_MAX_INSTANCES: "the audit due then was dropped: the one before was still running",
    EVENT_JOB_ERROR: "the audit due then could not be started",
}


def trigger(schedule: Schedule, *, start: datetime | None = None) -> Any:
    """APScheduler's trigger for a schedule; weekdays mean what they mean in crontab(5)."""
    zone = ZoneInfo(schedule.timezone)
    if schedule.cron is not None:
        return CronTrigger(timezone=zone, **cron_fields(schedule.cron))
    every = schedule.every or timedelta(minutes=15)
    return IntervalTrigger(seconds=int(every.total_seconds()), start_date=start, timezone=UTC)


def interval(schedule: Schedule, at: datetime) -> timedelta:
    """The time between two audits, from `at` on."""
    if schedule.every is not None:
        return schedule.every
    first, second = fire_times(schedule, at, 2)
    return second - first


def fire_times(schedule: Schedule, after: datetime, count: int) -> list[datetime]:
    """The next times a schedule fires, in UTC."""
    found: list[datetime] = []
    if schedule.every is not None:
        return [after + schedule.every * (n + 1) for n in range(count)]
    rule = trigger(schedule)
    # From moment to moment in UTC: local arithmetic would go back in time when summer time ends.
    while len(found) < count and (fire := rule.get_next_fire_time(None, after)) is not None:
        found.append(fire.astimezone(UTC))
        after = found[-1] + timedelta(microseconds=1)
    return found


def next_due(schedule: Schedule, after: datetime) -> datetime | None:
    return next(iter(fire_times(schedule, after, 1)), None)


class _Quiet:
    """A service has nobody watching a bar; rounds go to the log."""

    def round(self, name: str, planned: int) -> None:
        log.info("round", extra={"action": "audit.round", "round": name, "planned": planned})

    def seen(self, count: int) -> None:
        pass


@dataclass
class Service:
    """The parts of a running service, put together once."""

    config: Config
    store: Store
    destinations: Sequence[Destination]
    outputs: Outputs
    config_sha256: str
    now: Now
    host: str
    port: int
    password: str | None = None
    board: Board = field(default_factory=Board)
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    _audit: asyncio.Task[None] | None = None
    _server: uvicorn.Server | None = None

    async def run(self) -> None:
        """Serve until `stop` is set; then let the running audit store what it has, and leave in order."""
        listener = _bound(self.host, self.port)
        self.board.html = await asyncio.to_thread(self._last_page)
        scheduler = self._scheduler()
        server = _Server(
            uvicorn.Config(
                site(self.board, self.store, self.password),
                log_config=None,
                lifespan="off",
                server_header=False,
                access_log=False,
                timeout_graceful_shutdown=5,
            )
        )
        self._server = server
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        telling = asyncio.create_task(self._telling())
        scheduler.start()
        if await asyncio.to_thread(self._is_overdue):
            self._start_audit(self.now())
        stopping = asyncio.create_task(self.stop.wait())
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        self.stop.set()
        stopping.cancel()
        await self._leave(scheduler, server, serving, telling)

    async def _leave(
        self,
        scheduler: Any,
        server: uvicorn.Server,
        serving: asyncio.Task[None],
        telling: asyncio.Task[None],
    ) -> None:
        scheduler.pause()
        if self._audit is not None and not self._audit.done():
            await asyncio.wait({self._audit}, timeout=STOP_SECONDS)
            self._audit.cancel()
        scheduler.shutdown(wait=False)
        server.should_exit = True
        telling.cancel()
        tasks = [task for task in (self._audit, serving, telling) if task is not None]
        await asyncio.gather(*tasks, return_exceptions=True)

    def listening(self) -> int | None:
        """The port listened on, once there is one; for a port of 0 the kernel chose it."""
        if self._server is None or not self._server.started:
            return None
        return int(self._server.servers[0].sockets[0].getsockname()[1])

    # --- the schedule --------------------------------------------------------------------------------------

    def _scheduler(self) -> Any:
        schedule = self.config.schedule
        between = interval(schedule, self.now())
        grace = max(60, int(min(between.total_seconds() / 2, 300)))
        scheduler = AsyncIOScheduler(
            timezone=UTC,
            job_defaults={"misfire_grace_time": grace, "coalesce": True, "max_instances": 1},
        )
        scheduler.add_listener(self._lost, EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES | EVENT_JOB_ERROR)
        scheduler.add_job(self._tick, trigger(schedule), id="audit")
        return scheduler

    async def _tick(self) -> None:
        if self._audit is not None and not self._audit.done():
            await asyncio.to_thread(self._gap, _LOST[EVENT_JOB_MAX_INSTANCES])
            return
        self._start_audit(self.now())

    def _start_audit(self, nominal_at: datetime) -> None:
        self._audit = asyncio.create_task(self._one_audit(nominal_at))

    def _lost(self, event: Any) -> None:
        log.error("an audit was lost", extra={"action": "schedule.lost", "why": _LOST[event.code]})
        self._gap(_LOST[event.code])

    def _gap(self, reason: str) -> None:
        with contextlib.suppress(StoreError):
            at = self.now()
            self.store.add_gap(Gap(None, at, at, reason))

    async def _one_audit(self, nominal_at: datetime) -> None:
        try:
            done = await turn(
                self.config,
                self.store,
                vantages=tuple(self.config.vantages),
                destinations=self.destinations,
                outputs=self.outputs,
                config_sha256=self.config_sha256,
                now=self.now,
                stop=self.stop,
                watcher=_Quiet(),
                next_due_at=next_due(self.config.schedule, self.now()),
                nominal_at=nominal_at,
            )
        except AuditRunning as error:
            log.warning("not started: %s", error, extra={"action": "audit.running"})
            await asyncio.to_thread(self._gap, str(error))
            return
        except Exception as error:
            # The service outlives an audit that failed; the gap says so on the page and in the database.
            log.exception("an audit failed", extra={"action": "audit.failed"})
            await asyncio.to_thread(self._gap, f"the audit failed: {type(error).__name__}")
            return
        self.board.html = done.html
        audit = done.record.audit
        log.info("audit %s done", audit.number, extra={"action": "audit.done", "coverage": audit.coverage})

    def _is_overdue(self) -> bool:
        before = self.store.history(1).audits
        last = before[-1].audit.finished_at if before else None
        return last is None or self.now() - last >= interval(self.config.schedule, last)

    def _last_page(self) -> str:
        record, due = self.store.load(), next_due(self.config.schedule, self.now())
        if record is not None:
            return page(record, self.store, self.outputs, due, self.now())
        return render_first_run(
            steps=setup_steps(self.config),
            environment=self.outputs.environment,
            next_due_at=due,
            generated_at=self.now(),
            version=__version__,
        )

    # --- alerts --------------------------------------------------------------------------------------------

    async def _telling(self) -> None:
        while not self.stop.is_set():
            try:
                await tell(self.store, self.destinations, now=self.now, stop=self.stop)
            except StoreError as error:
                log.error("alerts are waiting: %s", error, extra={"action": "alerts.waiting"})
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.stop.wait(), TELL_EVERY.total_seconds())


def _bound(host: str, port: int) -> socket.socket:
    """A socket that listens nowhere yet. Raises OSError when the address is taken or not ours."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    return bound


class _Server(uvicorn.Server):
    """uvicorn without its own signal handlers: the service stops everything in order, the server last."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
