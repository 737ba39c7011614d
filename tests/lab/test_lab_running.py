"""Starting, stopping, several at once, the configuration, and the demo's folder."""

import asyncio
import contextlib
import gc
import os
import socket
import time
from pathlib import Path

import pytest
from lab_clients import connected, connects, inside, leaking, listening_ports, outside, public_dns, through_bastion

from auditor.config import Config
from auditor.config.load import parse
from auditor.lab import DEMO, Breakage, company, demo, write_config
from auditor.lab.estate import INSIDE_BALANCER, INTERNAL_ZONE, LOOPBACK
from auditor.lab.http1 import conversation
from auditor.lab.serving import Listener, loopback_socket

PROVISIONING = f"provisioning.{INTERNAL_ZONE}"


def open_files() -> set[str]:
    """What this process has open, sockets by their identity."""
    found = set()
    for fd in os.listdir("/proc/self/fd"):
        try:
            found.add(os.readlink(f"/proc/self/fd/{fd}"))
        except FileNotFoundError:
            continue
    return {name for name in found if name.startswith("socket:")}


async def test_two_labs_know_nothing_of_each_other(tmp_path: Path):
    async with company(Breakage.RULE_TOO_WIDE, Breakage.PORT_OPEN, root=tmp_path) as one:
        async with company(root=tmp_path) as other:
            assert len({*vars_of(one), *vars_of(other)}) == 12
            assert (await outside(one, "/internal/v1/provision")).status_code == 200
            assert (await outside(other, "/internal/v1/provision")).status_code == 404
            assert other.witness == []
            assert await leaking(other) == set()
        assert (await outside(one, "/internal/v1/provision")).status_code == 200


def vars_of(lab) -> tuple[int, ...]:
    return tuple(
        getattr(lab.ports, name) for name in ("resolver", "gateway", "site", "bastion", "app", "checkout")
    )


async def test_many_clients_at_once(tmp_path: Path):
    async with company(root=tmp_path) as lab:
        asked = [outside(lab, "/api/v1/health") for _ in range(20)]
        asked += [inside(lab, "/metrics", host=PROVISIONING) for _ in range(20)]
        asked += [public_dns(lab, PROVISIONING) for _ in range(20)]
        answers = await asyncio.gather(*asked)
    assert {answer.status_code for answer in answers[:20]} == {200}
    assert {answer.status for answer in answers[20:40]} == {200}


async def test_stopping_leaves_nothing(tmp_path: Path):
    before = open_files()
    async with company(*Breakage, root=tmp_path) as lab:
        ports = vars_of(lab)
        assert os.listdir(tmp_path)
        await outside(lab, "/docs")
    assert os.listdir(tmp_path) == []
    assert listening_ports().isdisjoint(ports)
    assert open_files() == before
    for port in ports:
        assert not await connects(port)


async def test_stopping_ends_the_conversations_under_way(tmp_path: Path):
    before = open_files()
    async with company(root=tmp_path) as lab:
        idle = connected(lab.ports.gateway)
        tunnel = through_bastion(lab, INSIDE_BALANCER, lab.ports.app)
        idle_reader, _ = await idle.__aenter__()
        tunnel_reader, tunnel_writer = await tunnel.__aenter__()
        tunnel_writer.write(b"GET /docs HTTP/1.1\r\nHost: half")
        await tunnel_writer.drain()
    for reader in (idle_reader, tunnel_reader):
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await reader.readexactly(1)
    await idle.__aexit__(None, None, None)
    await tunnel.__aexit__(None, None, None)
    assert open_files() == before


@pytest.mark.parametrize("turns", range(0, 26))
async def test_a_start_cancelled_anywhere_leaves_nothing(tmp_path: Path, turns: int):
    before = open_files()

    async def run() -> None:
        async with company(Breakage.PORT_OPEN, root=tmp_path):
            await asyncio.Event().wait()

    task = asyncio.create_task(run())
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.sleep(0)
    gc.collect()
    assert open_files() == before
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("turns", range(1, 16, 2))
async def test_a_stop_cancelled_anywhere_leaves_nothing(tmp_path: Path, turns: int):
    before = open_files()
    started, stop = asyncio.Event(), asyncio.Event()

    async def run() -> None:
        async with company(Breakage.PORT_OPEN, root=tmp_path) as lab, connected(lab.ports.gateway):
            await outside(lab, "/api/v1/health")
            started.set()
            await stop.wait()

    task = asyncio.create_task(run())
    await started.wait()
    stop.set()
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    for _ in range(3):
        await asyncio.sleep(0)
    gc.collect()
    assert open_files() == before
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("turns", range(5))
def test_another_loop_starts_and_stops_it_as_cleanly(tmp_path: Path, turns: int):
    uvloop = pytest.importorskip("uvloop")

    async def run() -> None:
        async with company(*DEMO, Breakage.PORT_OPEN, root=tmp_path) as lab:
            assert await connects(lab.ports.app)
            assert (await inside(lab, "/docs", host=PROVISIONING)).status == 200

    async def cancelled() -> None:
        task = asyncio.create_task(run())
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])

    before = open_files()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run())
        runner.run(cancelled())
    assert open_files() == before
    assert os.listdir(tmp_path) == []


async def test_a_fault_of_ours_is_not_swallowed():
    async def wrong(_):
        raise LookupError("a fault of ours")

    with pytest.raises(LookupError, match="a fault of ours"):
        async with (
            Listener(loopback_socket(), conversation(wrong, lambda: None)) as listener,
            connected(listener.port) as (reader, writer),
        ):
            writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            assert await reader.read() == b""


@pytest.mark.parametrize("turns", range(6))
async def test_a_conversation_that_has_hardly_begun_is_ended_too(turns: int):
    before = open_files()

    async def wait_for_ever(*_) -> None:
        await asyncio.Event().wait()

    with socket.socket() as client:
        async with Listener(loopback_socket(), wait_for_ever) as listener:
            client.connect((LOOPBACK, listener.port))
            for _ in range(turns):
                await asyncio.sleep(0)
        client.settimeout(5)
        with contextlib.suppress(ConnectionResetError):
            assert client.recv(1) == b""
    gc.collect()
    assert open_files() == before


async def test_a_conversation_that_waits_for_something_else_is_ended_too():
    waits, ended = asyncio.Event(), asyncio.Event()

    async def wait_for_ever(*_) -> None:
        waits.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with Listener(loopback_socket(), wait_for_ever) as listener, connected(listener.port):
        await waits.wait()
        await asyncio.wait_for(listener.close(), 5)
        assert ended.is_set()


async def test_the_apps_port_is_kept_while_it_is_closed(tmp_path: Path):
    async with company(root=tmp_path) as lab:
        for _ in range(2):
            with socket.socket() as thief, pytest.raises(OSError, match="in use"):
                thief.bind((LOOPBACK, lab.ports.app))
            assert not await connects(lab.ports.app)
            await lab.inflict(Breakage.PORT_OPEN)
            await lab.fix(Breakage.PORT_OPEN)


async def test_a_deep_folder_is_no_obstacle(tmp_path: Path):
    root = tmp_path / ("deep" * 20) / ("deeper" * 10)
    async with company(root=root) as lab:
        assert (await inside(lab, "/docs", host=PROVISIONING)).status == 200
        assert os.listdir(root) == []


async def test_it_starts_quickly(tmp_path: Path):
    """Not a benchmark: an order of magnitude above what it takes, to catch a wait that crept in."""
    start = time.monotonic()
    async with company(*DEMO, root=tmp_path):
        pass
    assert time.monotonic() - start < 2


# --- the configuration ---------------------------------------------------------------------------------------


async def test_the_configuration_is_whole_and_names_what_is_at_stake(tmp_path: Path):
    async with company(root=tmp_path) as lab:
        config = read(lab.probes_yaml)
        assert config.database == f"sqlite:///{tmp_path / 'auditor.db'}"
        assert config.report.path == str(tmp_path / "report.html")
        named = {(name, target) for name, s in config.services.items() for target in (*s.names, *s.paths)}
        named |= {(name, str(port)) for name, s in config.services.items() for port in s.ports}
        named |= {(name, path.path) for name, public in config.public.items() for path in public.paths}
        assert named == {(stake.service, stake.target) for stake in lab.expected}
        assert config.services["provisioning"].ports == (lab.ports.app,)
        assert config.vantages["office"].via == f"socks5://127.0.0.1:{lab.ports.bastion}"
        assert config.gateways["public-api"].rate == 1000.0


async def test_the_configuration_does_not_tell_what_is_broken(tmp_path: Path):
    async with company(*DEMO, root=tmp_path) as lab:
        broken = lab.probes_yaml
        for breakage in DEMO:
            await lab.fix(breakage)
        assert lab.probes_yaml == broken


async def test_the_demo_runs_while_its_configuration_is_used(tmp_path: Path):
    async def run(path: Path) -> str:
        config = read(open_text(path))
        port = int(config.gateways["public-api"].url.rpartition(":")[2])
        assert await connects(port)
        return f"{path.name} {config.database} {config.report.path}"

    folder = tmp_path / "out"
    said = await demo(folder, run=run)
    assert said == f"probes.yaml sqlite:///{folder / 'auditor.db'} {folder / 'report.html'}"
    assert os.listdir(folder) == ["probes.yaml"]


async def test_the_configuration_goes_where_it_is_wanted(tmp_path: Path):
    async with company(root=tmp_path / "lab") as lab:
        path = write_config(lab, tmp_path / 'with "quotes"')
        assert read(path.read_text()).report.path == str(path.parent / "report.html")


def open_text(path: Path) -> str:
    return path.read_text()


def read(text: str) -> Config:
    loaded = parse(text, "probes.yaml", {})
    assert loaded.warnings == ()
    return loaded.config
