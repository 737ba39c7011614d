"""A vantage at work against real servers: order, bounds, stops, deadlines, and every probe accounted for."""

import asyncio
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loopback_names import ZONE, asks, config, names, observed, probe

from auditor.config import Limits
from auditor.model import DnsQuestion, Observation, Outcome, Skip, SkipReason
from auditor.vantage import Pacing
from auditor.vantage.round import GRACE_SECONDS, Round


def reasons(seen) -> Counter:
    return Counter(each.reason if isinstance(each, Skip) else "observed" for each in seen)


async def test_steps_of_a_lane_follow_each_other_and_probes_of_a_step_go_together() -> None:
    # The slowest of each step is asked first: a step that began early would be seen.
    async with names(delay=lambda name: 0.05 if name.startswith("slow") else 0.0) as (server, at):
        probes = [asks(at, f"{pace}{step}", step=step) for step in (2, 0, 1) for pace in ("slow", "fast")]
        seen = await observed(config(at), probes)
    assert reasons(seen) == {"observed": 6}
    assert all(each.outcome is Outcome.NXDOMAIN for each in seen)
    for step in range(3):
        events = server.events[step * 4 : step * 4 + 4]
        assert {name.partition(".")[0] for _, name in events} == {f"slow{step}", f"fast{step}"}
        assert [what for what, _ in events[:2]] == ["asked", "asked"]


async def test_lanes_go_side_by_side() -> None:
    # The first name of each lane is answered only when all lanes have asked.
    together = asyncio.Event()
    async with names(delay=lambda name: None) as (server, at):

        def held(name: str) -> float | None:
            if len(server.events) == 5:
                together.set()
            return 0.0 if together.is_set() else 0.3

        server.delay = held
        seen = await observed(config(at), [asks(at, f"x{lane}", lane=f"lane{lane}") for lane in range(5)])
    assert [what for what, _ in server.events[:5]] == ["asked"] * 5
    assert reasons(seen) == {"observed": 5}


async def test_no_more_exchanges_at_once_than_the_limit() -> None:
    async with names(delay=lambda name: 0.01) as (server, at):
        limits = Limits(concurrency=3, resolver_rate=1e6)
        probes = [asks(at, f"x{n}", lane=f"lane{n % 7}") for n in range(40)]
        seen = await observed(config(at, limits=limits), probes)
    assert reasons(seen) == {"observed": 40}
    assert server.most_at_once == 3


async def test_a_stop_half_way_leaves_nothing_unsaid() -> None:
    stop = asyncio.Event()
    async with names(delay=lambda name: 0.05 if name.startswith("last") else 0.0) as (server, at):
        limits = Limits(concurrency=4, resolver_rate=1e6)
        probes = [asks(at, f"x{n}", lane=f"lane{n % 3}", step=n) for n in range(60)]

        def seen_one(each) -> None:
            if len(server.asked) >= 10:
                stop.set()

        seen = await observed(config(at, limits=limits), probes, stop=stop, seen=seen_one)
    assert sorted(each.probe for each in seen) == sorted(each.id for each in probes)
    assert reasons(seen)["observed"] == len(server.asked) < 20
    assert reasons(seen)[SkipReason.INTERRUPTED] == 60 - len(server.asked)


async def test_a_stop_gives_those_in_flight_their_second() -> None:
    stop = asyncio.Event()
    async with names(delay=lambda name: 0.2 if name.startswith("soon") else None) as (server, at):
        asked = [asks(at, "soon", lane="a"), asks(at, "never", lane="b"), asks(at, "later", lane="a", step=1)]
        running = asyncio.create_task(observed(config(at), asked, stop=stop))
        await server.heard(2)
        stop.set()
        started = asyncio.get_running_loop().time()
        seen = {each.probe: each for each in await running}
        took = asyncio.get_running_loop().time() - started
    assert isinstance(seen[asked[0].id], Observation)
    assert seen[asked[1].id] == Skip(asked[1].id, "here", SkipReason.INTERRUPTED)
    assert seen[asked[2].id] == Skip(asked[2].id, "here", SkipReason.INTERRUPTED)
    assert 0.9 < took < 3.0
    assert f"later.{ZONE}" not in server.asked


async def test_a_deadline_ends_those_in_flight_as_well() -> None:
    async with names(delay=lambda name: 0.0 if name.startswith("fast") else None) as (_, at):
        probes = [
            asks(at, "fast", lane="a"),
            asks(at, "silent", lane="a", step=1),
            asks(at, "x", lane="a", step=2),
        ]
        loop = asyncio.get_running_loop()
        started = loop.time()
        seen = await observed(config(at), probes, deadline=started + 0.3)
        assert loop.time() - started < 2.0
    assert [type(each) for each in seen] == [Observation, Skip, Skip]
    assert reasons(seen)[SkipReason.DEADLINE] == 2


@pytest.mark.parametrize("why", ["stopped before", "deadline before"])
async def test_nothing_is_asked_when_it_is_over_before_it_began(why: str) -> None:
    stop = asyncio.Event()
    if why == "stopped before":
        stop.set()
    deadline = asyncio.get_running_loop().time() - 1 if why == "deadline before" else None
    async with names() as (server, at):
        probes = [asks(at, f"x{n}", lane=f"lane{n}") for n in range(20)]
        seen = await observed(config(at), probes, stop=stop, deadline=deadline)
    assert server.asked == []
    assert reasons(seen) == {SkipReason.INTERRUPTED if why == "stopped before" else SkipReason.DEADLINE: 20}


async def test_who_waits_for_a_turn_does_not_outlast_a_stop() -> None:
    stop = asyncio.Event()
    async with names() as (server, at):
        limits = Limits(resolver_rate=0.5)
        probes = [asks(at, f"x{n}", lane=f"lane{n}") for n in range(5)]
        loop = asyncio.get_running_loop()
        started = loop.time()
        seen = await observed(config(at, limits=limits), probes, stop=stop, seen=lambda each: stop.set())
        assert loop.time() - started < GRACE_SECONDS - 0.1  # the grace is for those that are out
    assert reasons(seen) == {"observed": 1, SkipReason.INTERRUPTED: 4} and len(server.asked) == 1


async def test_a_cancelled_audit_still_accounts_for_everything() -> None:
    told: list = []
    async with names(delay=lambda name: None) as (server, at):
        probes = [asks(at, f"x{n}", lane=f"lane{n % 2}", step=n) for n in range(10)]
        running = asyncio.create_task(observed(config(at), probes, seen=told.append))
        await server.heard(1)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
    assert reasons(told) == {SkipReason.INTERRUPTED: 10}


async def test_twenty_thousand_probes_need_few_tasks() -> None:
    most = 0

    def count(each) -> None:
        nonlocal most
        most = max(most, len(asyncio.all_tasks()))

    async with names() as (_, at):
        # Out of scope, so that it is the lanes that are measured: a wide one, a long one, many short ones.
        wide = [probe(DnsQuestion(f"x{n}.elsewhere.test", "A", at), "wide") for n in range(5000)]
        long = [probe(DnsQuestion(f"x{n}.elsewhere.test", "A", at), "long", n) for n in range(5000)]
        short = [probe(DnsQuestion(f"x{n}.elsewhere.test", "A", at), f"short{n // 2}") for n in range(10000)]
        seen = await observed(config(at, limits=Limits(concurrency=16)), wide + long + short, seen=count)
    assert reasons(seen) == {SkipReason.OUT_OF_SCOPE: 20_000}
    assert most <= 16 + 16 * 16 + 8


async def test_a_slow_gateway_keeps_nobody_else_from_their_turn() -> None:
    async with names() as (slow, slowly), names() as (fast, at):
        both = config(at, limits=Limits(concurrency=2, resolver_rate=0.001))
        here = both.vantages["here"].model_copy(update={"resolvers": (slowly, at)})
        both = both.model_copy(update={"vantages": {"here": here}})
        stop = asyncio.Event()
        probes = [asks(slowly, f"x{n}", lane=f"slow{n}") for n in range(20)] + [asks(at, "y", lane="fast")]
        await observed(both, probes, stop=stop, seen=lambda each: stop.set() if fast.asked else None)
    assert len(fast.asked) == 1 and len(slow.asked) == 1


async def test_equal_probes_are_each_told() -> None:
    async with names() as (server, at):
        seen = await observed(config(at), [asks(at, "same")] * 3)
    assert len(seen) == 3 == len(server.asked)


async def test_no_probes_is_no_trouble() -> None:
    async with names() as (_, at):
        assert await observed(config(at), []) == []


async def test_an_error_of_ours_is_raised_and_leaves_nothing_running() -> None:
    def broken(each) -> None:
        raise RuntimeError("no room")

    async with names() as (_, at):
        before = asyncio.all_tasks()
        with pytest.raises(BaseExceptionGroup) as caught:
            await observed(config(at), [asks(at, f"x{n}", lane=f"{n}") for n in range(9)], seen=broken)
        assert caught.group_contains(RuntimeError, match="no room")
        assert asyncio.all_tasks() == before


SHAPES = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3), st.integers(0, 3)), max_size=40)


@settings(max_examples=60, deadline=None)
@given(shape=SHAPES, width=st.integers(1, 4), stop_at=st.integers(0, 60), by_deadline=st.booleans())
def test_planned_is_observed_and_skipped(shape, width: int, stop_at: int, by_deadline: bool) -> None:
    """Any lanes and steps, any moment at which it ends: every probe is told once, and no step before the last."""
    setting = config("127.0.0.1:1", limits=Limits(concurrency=width, resolver_rate=1e6))
    probes = [
        probe(DnsQuestion(f"x{n}.{ZONE}", "A", "127.0.0.1:1"), f"lane{lane}", step)
        for n, (lane, step, _) in enumerate(shape)
    ]
    slowness = {each.id: spins for each, (_, _, spins) in zip(probes, shape, strict=True)}
    told: list = []

    async def main() -> None:
        stop = asyncio.Event()
        flying: Counter = Counter()  # (lane, step)

        async def ask(each):
            assert all(step == each.step for lane, step in +flying if lane == each.lane)
            flying[each.lane, each.step] += 1
            for _ in range(slowness[each.id]):
                await asyncio.sleep(0)
            flying[each.lane, each.step] -= 1
            return Skip(each.id, "here", SkipReason.NO_OBSERVATIONS)

        async def refusal(each):
            return "no" if slowness[each.id] == 3 else None

        async def ends() -> None:
            for _ in range(stop_at):
                await asyncio.sleep(0)
            stop.set()

        ending = asyncio.create_task(ends())
        deadline = asyncio.get_running_loop().time() + stop_at / 50_000 if by_deadline else None
        round_ = Round("here", probes, told.append, pacing=Pacing(setting), refusal=refusal, ask=ask, width=width)
        await round_.run(stop, deadline)
        await ending

    asyncio.run(main())
    assert Counter(each.probe for each in told) == Counter(each.id for each in probes)
    for lane in {each.lane for each in probes}:
        steps = {each.id: each.step for each in probes if each.lane == lane}
        asked = [
            steps[each.probe] for each in told if each.probe in steps and each.reason is SkipReason.NO_OBSERVATIONS
        ]
        assert asked == sorted(asked)
