"""The service: its schedule, its page, its alerts, and that it stops in order whatever it is doing."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import httpx
import pytest
from audits import plainly

from auditor.config import Config, Schedule, load
from auditor.lab import Breakage, Company, company
from auditor.service import Service, fire_times, interval, next_due, trigger
from auditor.store import Store
from auditor.turn import Outputs

T = TypeVar("T")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def now() -> datetime:
    return datetime.now(UTC)


# --- the schedule -----------------------------------------------------------------------------------------


def test_weekday_nought_is_sunday_as_in_crontab() -> None:
    fires = fire_times(Schedule(cron="0 0 * * 0"), utc("2026-11-18T12:00"), 2)
    assert [f.strftime("%A %d") for f in fires] == ["Sunday 22", "Sunday 29"]


def test_cron_is_utc_unless_a_zone_is_named() -> None:
    assert fire_times(Schedule(cron="30 2 * * *"), utc("2026-01-01T00:00"), 1) == [utc("2026-01-01T02:30")]
    berlin = Schedule(cron="30 2 * * *", timezone="Europe/Berlin")
    assert fire_times(berlin, utc("2026-01-01T00:00"), 1) == [utc("2026-01-01T01:30")]


def test_summer_time_neither_skips_nor_stops_the_audit() -> None:
    quarter = Schedule(cron="*/15 * * * *", timezone="Europe/Berlin")
    for start in ("2026-03-28T23:00", "2026-10-24T23:00"):
        fires = fire_times(quarter, utc(start), 16)
        gaps = {later - earlier for earlier, later in pairwise(fires)}
        assert gaps == {timedelta(minutes=15)}


def test_every_is_an_interval_and_says_when_the_next_is_due() -> None:
    schedule = Schedule(every=timedelta(minutes=15))
    assert interval(schedule, now()) == timedelta(minutes=15)
    assert next_due(schedule, utc("2026-01-01T00:00")) == utc("2026-01-01T00:15")
    assert trigger(schedule).interval == timedelta(minutes=15)


# --- the service ------------------------------------------------------------------------------------------


def configured(lab: Company, every: str = "1h") -> Config:
    path = lab.root / "probes.yaml"
    path.write_text(plainly(lab.probes_yaml).replace("every: 15m", f"every: {every}"))
    return load(path, {}).config


@asynccontextmanager
async def serving(
    config: Config, store: Store, root: Path, password: str | None = None
) -> AsyncIterator[tuple[Service, str]]:
    outputs = Outputs(root / "report.html", root / "report.json", "test")
    service = Service(config, store, (), outputs, "0" * 64, now, "127.0.0.1", 0, password)
    running = asyncio.create_task(service.run())
    try:
        port = await until(service.listening, running)
        yield service, f"http://127.0.0.1:{port}"
    finally:
        service.stop.set()
        await running


async def until(found: Callable[[], T | None], running: "asyncio.Task[None] | None" = None) -> T:
    async with asyncio.timeout(30):
        while (value := found()) is None:
            if running is not None and running.done():
                running.result()
            await asyncio.sleep(0.02)
        return value


def audits(store: Store) -> int | None:
    """How many audits have ended; None as long as there is none."""
    return len([each for each in store.history().audits if each.audit.finished_at is not None]) or None


async def test_it_audits_at_once_and_serves_the_report(tmp_path: Path) -> None:
    async with company(Breakage.DOCS_PUBLISHED, root=tmp_path) as lab:
        with Store.open(f"sqlite:///{tmp_path / 'a.db'}") as store:
            async with serving(configured(lab), store, tmp_path) as (service, url), httpx.AsyncClient() as client:
                first = await client.get(url)
                assert "Nothing has been tested yet" in first.text
                await until(lambda: (tmp_path / "report.html").exists() or None)
                await until(lambda: "/openapi.json" in service.board.html or None)
                page = await client.get(url)
                assert page.text == (tmp_path / "report.html").read_text()
                assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
                assert page.headers["x-content-type-options"] == "nosniff"
                health = await client.get(f"{url}/healthz")
                assert (health.status_code, health.json()) == (200, {"ok": True, "database": True})
                assert (await client.post(url)).status_code == 405
            # Started again soon, it shows the last report and waits for its time.
            async with serving(configured(lab), store, tmp_path) as (_, url), httpx.AsyncClient() as client:
                assert "/openapi.json" in (await client.get(url)).text
            assert audits(store) == 1


async def test_a_stop_in_the_middle_of_an_audit_stores_what_was_seen(tmp_path: Path) -> None:
    async with company(root=tmp_path) as lab:
        config = configured(lab)
        slow = config.gateways["public-api"].model_copy(update={"rate": 2.0})
        config = config.model_copy(update={"gateways": {"public-api": slow}})
        with Store.open(f"sqlite:///{tmp_path / 'a.db'}") as store:
            async with serving(config, store, tmp_path):
                await until(lambda: lab.witness or None)
            record = store.load()
            assert record is not None
            assert not record.audit.complete
            assert record.audit.incomplete_because == "it was interrupted"
            assert record.audit.planned == record.audit.observed + record.audit.skipped


async def test_the_schedule_runs_audit_after_audit(tmp_path: Path) -> None:
    async with company(root=tmp_path) as lab:
        with Store.open(f"sqlite:///{tmp_path / 'a.db'}") as store:
            # Faster than anybody may configure it.
            config = configured(lab).model_copy(
                update={
                    "schedule": Schedule.model_construct(every=timedelta(seconds=1), cron=None, timezone="UTC")
                }
            )
            async with serving(config, store, tmp_path):
                await until(lambda: (audits(store) or 0) >= 3 or None)
            kept = store.history().audits
            assert [each.audit.number for each in kept] == list(range(1, len(kept) + 1))


async def test_the_page_wants_the_password_and_health_does_not(tmp_path: Path) -> None:
    async with company(root=tmp_path) as lab:
        with Store.open(f"sqlite:///{tmp_path / 'a.db'}") as store:
            async with (
                serving(configured(lab), store, tmp_path, password="let me in") as (_, url),
                httpx.AsyncClient() as client,
            ):
                assert (await client.get(url)).status_code == 401
                for wrong in ("Basic !!!", "Basic " + "eA==", "Bearer x"):
                    assert (await client.get(url, headers={"Authorization": wrong})).status_code == 401
                assert (await client.get(url, auth=("anybody", "wrong"))).status_code == 401
                assert (await client.get(url, auth=("anybody", "let me in"))).status_code == 200
                assert (await client.get(f"{url}/healthz")).status_code == 200


async def test_a_port_in_use_is_an_error_not_a_hang(tmp_path: Path) -> None:
    async with company(root=tmp_path) as lab:
        config = configured(lab)
        with Store.open(f"sqlite:///{tmp_path / 'a.db'}") as store:
            service = Service(config, store, (), Outputs(), "0", now, "127.0.0.1", lab.ports.gateway)
            with pytest.raises(OSError, match="in use"):
                async with asyncio.timeout(20):
                    await service.run()


async def test_another_process_at_it_leaves_a_gap(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'a.db'}"
    async with company(root=tmp_path) as lab:
        with Store.open(url) as other, Store.open(url) as store:
            held = other.begin(at=now(), config_sha256="0")
            async with serving(configured(lab), store, tmp_path):
                await until(lambda: store.gaps() or None)
            assert "audit" in store.gaps()[0].because
            other.abandon(held, "the test is over", now())
