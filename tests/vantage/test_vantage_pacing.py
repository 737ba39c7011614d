"""Rates and bounds, by a clock that the test turns."""

import asyncio
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback_names import asks, config, names, observed, probe

from auditor.config import GatewayConfig, Limits
from auditor.config.model import ZoneConfig
from auditor.model import (
    DelegationQuestion,
    DnsQuestion,
    HttpQuestion,
    Observation,
    Outcome,
    TcpQuestion,
    TransferQuestion,
    WalkQuestion,
)
from auditor.vantage import Pacing
from auditor.vantage.pacing import Turnstile, server_of

GATEWAYS = {
    "slow": GatewayConfig(url="https://api.example.com", rate=5.0, concurrency=2),
    "fast": GatewayConfig(url="https://api.example.com", rate=100.0, concurrency=4),
}


class Clock:
    """Time passes when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        assert seconds > 0
        await asyncio.sleep(0)
        self.now += seconds


def through(gateway: str | None, n: int = 0):
    return probe(HttpQuestion("https", "api.example.com", 443, f"/{n}"), paced_by=gateway)


async def passed(pacing: Pacing, clock: Clock, probes) -> list[float]:
    times: list[float] = []

    async def one(each) -> None:
        async with pacing.slot(each):
            times.append(clock())

    await asyncio.gather(*map(one, probes))
    return times


async def test_a_slow_rate_has_no_burst() -> None:
    clock = Clock()
    pacing = Pacing(config("127.0.0.1:1", gateways=GATEWAYS), clock=clock, sleep=clock.sleep)
    times = await passed(pacing, clock, [through("slow", n) for n in range(11)])
    assert times[-1] - times[0] == pytest.approx(2.0)
    assert all(later - earlier == pytest.approx(0.2) for earlier, later in pairwise(times))


async def test_a_fast_rate_has_a_burst_of_a_tenth() -> None:
    clock = Clock()
    pacing = Pacing(config("127.0.0.1:1", gateways=GATEWAYS), clock=clock, sleep=clock.sleep)
    times = await passed(pacing, clock, [through("fast", n) for n in range(110)])
    assert times[:10] == [1000.0] * 10 and times[10] > 1000.0
    assert times[-1] - times[0] == pytest.approx(1.0)


@given(
    rate=st.floats(0.5, 200.0),
    pauses=st.lists(st.one_of(st.just(0.0), st.floats(0.0, 3.0)), min_size=1, max_size=60),
    window=st.floats(0.01, 5.0),
)
def test_no_window_ever_has_more_than_the_rate_and_the_burst(rate: float, pauses, window: float) -> None:
    clock = Clock()
    times: list[float] = []

    async def main() -> None:
        turnstile, door = Turnstile(rate, clock=clock, sleep=clock.sleep), asyncio.Semaphore(1)
        for pause in pauses:
            clock.now += pause
            await turnstile.through(door)
            times.append(clock())
            door.release()

    asyncio.run(main())
    for start in times:
        inside = sum(start <= time <= start + window for time in times)
        assert inside <= rate * window + max(1.0, rate / 10.0) + 1e-3


async def test_waiting_at_the_door_saves_up_no_burst() -> None:
    clock = Clock()
    turnstile, door = Turnstile(5.0, clock=clock, sleep=clock.sleep), asyncio.Semaphore(0)
    waiting = [asyncio.create_task(turnstile.through(door)) for _ in range(3)]
    for _ in range(10):
        await asyncio.sleep(0)
    assert not any(task.done() for task in waiting) and clock() == 1000.0
    clock.now += 60.0
    for _ in range(3):
        door.release()
    await asyncio.gather(*waiting)
    assert clock() == pytest.approx(1060.4)


async def test_a_gateway_has_its_own_number_of_exchanges() -> None:
    pacing = Pacing(config("127.0.0.1:1", gateways={"fast": GATEWAYS["fast"]}))
    at_once = most = 0

    async def one(n: int) -> None:
        nonlocal at_once, most
        async with pacing.slot(through("fast", n)):
            at_once += 1
            most = max(most, at_once)
            await asyncio.sleep(0.03)
            at_once -= 1

    await asyncio.gather(*map(one, range(12)))
    assert most == 4


async def test_inside_probes_have_no_rate() -> None:
    clock = Clock()
    pacing = Pacing(config("127.0.0.1:1", gateways=GATEWAYS), clock=clock, sleep=clock.sleep)
    times = await passed(pacing, clock, [probe(TcpQuestion("db.example.net", n)) for n in range(500)])
    assert set(times) == {1000.0}


async def test_each_resolver_has_its_own_rate() -> None:
    clock = Clock()
    limits = Limits(resolver_rate=4.0)
    pacing = Pacing(config("127.0.0.1:1", limits=limits), clock=clock, sleep=clock.sleep)
    both = await passed(pacing, clock, [asks(at, f"x{n}") for n in range(8) for at in ("192.0.2.1", "192.0.2.2")])
    one = await passed(pacing, clock, [asks("192.0.2.1", f"y{n}") for n in range(8)])
    assert one[-1] - one[0] == pytest.approx(7 * 0.25)
    assert both[-1] - both[0] <= 2 * 8 * 0.25


async def test_who_gives_up_waiting_leaves_no_place_taken() -> None:
    pacing = Pacing(config("127.0.0.1:1", gateways=GATEWAYS, limits=Limits(concurrency=1)))
    async with pacing.slot(through(None)):
        for _ in range(10):
            waiting = asyncio.create_task(passed(pacing, Clock(), [through("fast")]))
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
    async with asyncio.timeout(5):
        assert len(await passed(pacing, Clock(), [through("fast", n) for n in range(8)])) == 8


async def test_the_rate_holds_on_the_wire() -> None:
    async with names() as (server, at):
        loop = asyncio.get_running_loop()
        started = loop.time()
        await observed(
            config(at, limits=Limits(resolver_rate=20.0)), [asks(at, f"x{n}", lane=f"{n}") for n in range(9)]
        )
        # 9 questions at 20/s with a burst of 2: the last not before 0.35 s.
        assert loop.time() - started >= 0.34
    assert len(server.asked) == 9


@pytest.mark.parametrize(
    "spellings",
    [
        ("192.0.2.1", "192.0.2.1:53", "tcp://192.0.2.1", "tcp://192.0.2.1:53"),
        ("2001:db8::1", "[2001:db8::1]:53", "[2001:DB8:0::1]", "tcp://[2001:db8::1]"),
        ("system",),
        ("no server at all",),
    ],
)
def test_a_server_is_the_same_however_it_is_written(spellings) -> None:
    assert len(set(map(server_of, spellings))) == 1
    assert not {server_of(each) for each in ("192.0.2.2", "192.0.2.1:5353")} & set(map(server_of, spellings))


async def test_all_that_asks_a_server_is_one_queue() -> None:
    clock = Clock()
    pacing = Pacing(config("127.0.0.1:1", limits=Limits(resolver_rate=4.0)), clock=clock, sleep=clock.sleep)
    zone = "zone:example.net"
    probes = [
        probe(DnsQuestion("example.net", "A", "192.0.2.1")),
        probe(DnsQuestion("example.net", "A", "tcp://192.0.2.1", server_of=zone)),
        probe(DnsQuestion("example.net", "A", "192.0.2.1:53", transport="tcp")),
        probe(TransferQuestion("example.net", "192.0.2.1", zone)),
    ]
    times: list[float] = []

    async def turn() -> None:
        async with pacing.turn("192.0.2.1", 53):
            times.append(clock())

    slots = passed(pacing, clock, probes * 2)
    _, taken = await asyncio.gather(asyncio.gather(*(turn() for _ in range(4))), slots)
    times = sorted(times + taken)
    assert all(later - earlier >= 0.25 - 1e-6 for earlier, later in pairwise(times))
    assert times[-1] - times[0] == pytest.approx(11 * 0.25)


async def test_who_asks_one_question_after_the_other_does_not_wait_behind_all_the_rest() -> None:
    clock = Clock()
    pacing = Pacing(config("127.0.0.1:1", limits=Limits(resolver_rate=4.0)), clock=clock, sleep=clock.sleep)
    line = asyncio.create_task(passed(pacing, clock, [asks("192.0.2.1", f"x{n}") for n in range(100)]))
    await asyncio.sleep(0)
    started = clock()
    for _ in range(3):
        async with pacing.turn("192.0.2.1", 53):
            pass
    assert clock() - started <= 3 * 2 * 0.25 + 1e-6
    line.cancel()
    await asyncio.gather(line, return_exceptions=True)


async def test_a_probe_of_many_questions_has_no_place_but_each_question_has() -> None:
    pacing = Pacing(config("127.0.0.1:1", limits=Limits(concurrency=1, resolver_rate=1e6)))
    many = [
        probe(WalkQuestion("example.net", "192.0.2.1", "x.example.net")),
        probe(DelegationQuestion("example.net")),
    ]
    async with asyncio.timeout(5):
        for each in many:
            async with pacing.slot(each), pacing.slot(each), pacing.turn("192.0.2.1", 53):
                waiting = asyncio.create_task(passed(pacing, Clock(), [asks("192.0.2.2", "x")]))
                await asyncio.sleep(0.01)
                assert not waiting.done()
            await waiting


async def test_the_rate_holds_within_a_delegation_and_a_walk() -> None:
    """A root that denies all names is asked for a delegation, a random name beside it, and a walk."""
    async with names() as (server, at):
        zones = {"internal.example.net": ZoneConfig(scope="internal", servers=(at,))}
        settings = config(at, limits=Limits(resolver_rate=5.0, probe_seconds=5.0), zones=zones, roots=(at,))
        zone = "internal.example.net"
        asked = [
            probe(DelegationQuestion(zone, (at,)), lane="a"),
            probe(WalkQuestion(zone, at, f"k3v9q2x7m1p4.{zone}", f"zone:{zone}"), lane="b"),
            probe(DnsQuestion(f"x.{zone}", "A", f"tcp://{at}", server_of=f"zone:{zone}"), lane="c"),
            probe(DnsQuestion(f"y.{zone}", "A", at), lane="d"),
        ]
        loop = asyncio.get_running_loop()
        started = loop.time()
        seen = await observed(settings, asked)
        # Four questions at 5/s, without a burst: the last not before 0.6 s.
        assert loop.time() - started >= 0.59
    assert all(isinstance(each, Observation) for each in seen)
    assert {each.outcome for each in seen} <= {Outcome.DNS_INVALID, Outcome.NXDOMAIN, Outcome.REFUSED}
    assert len(server.asked) == 3
