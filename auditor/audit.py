"""One audit on one page: plan, observe, judge, record, tell.

Facts are stored as they come in and judged when all are there; verdicts, findings, changes and outgoing alerts
are one transaction. Must never judge by itself, and never end without saying what became of every probe.
"""

import asyncio
import contextlib
import gc
import secrets
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from auditor.alerts import Destination, messages
from auditor.config import Config
from auditor.findings import Owned, settle
from auditor.judge import Verdicts, judge
from auditor.model import (
    DECISIVE,
    Aspect,
    Audit,
    AuditRecord,
    Judgement,
    Plan,
    Probe,
    Seen,
    Skip,
    SkipReason,
)
from auditor.plan import closing, followups, main, opening, replays, witness
from auditor.plan.rounds import HOPS
from auditor.probes import NO_CANARIES, Canaries
from auditor.probes.credentials import Credentials
from auditor.store import Store, StoreError
from auditor.vantage import Pacing, Vantage

#: Rows written at once, and the longest a row waits: both within a fifth of the best the databases can do.
BATCH_ROWS = 1_000
BATCH_SECONDS = 0.25

#: What the last round may take beyond the audit's deadline: without it nothing before could be believed.
CLOSING_SECONDS = 15.0

#: Skips that mean the audit did not look at all it should have.
CUT_SHORT: dict[SkipReason, str] = {
    SkipReason.INTERRUPTED: "it was interrupted",
    SkipReason.DEADLINE: "it ran out of time (limits.audit_seconds)",
    SkipReason.NO_OBSERVATIONS: "a vantage by file handed nothing in",
}

Now = Callable[[], datetime]
Handed = Mapping[str, Mapping[str, Seen]]  # vantage → probe id → what its file says


class Watcher(Protocol):
    """Told how far an audit is; draws a bar or writes a line."""

    def round(self, name: str, planned: int) -> None: ...
    def seen(self, count: int) -> None: ...


class Recorder(Protocol):
    """Where facts go as they come in."""

    def plan(self, plan: Plan) -> None: ...
    def saw(self, seen: Sequence[Seen]) -> None: ...


@dataclass
class Looking:
    """The rounds of one audit, or of one vantage's share of it: what was asked so far, and what was seen."""

    config: Config
    seeds: Mapping[str, str]
    recorder: Recorder
    now: Now
    stop: asyncio.Event
    watcher: Watcher
    handed: Handed = field(default_factory=dict)
    canaries: Canaries = NO_CANARIES
    credentials: Credentials = field(default_factory=Credentials)
    plan: Plan = field(default_factory=lambda: Plan((), (), ()))
    seen: dict[str, Seen] = field(default_factory=dict)

    async def rounds(self, judged: Callable[[Plan, Collection[Seen]], Verdicts] | None) -> None:
        """Opening, main, follow-ups, replays and logs (where someone judges), closing; each waits for the last."""
        config, seeds = self.config, self.seeds
        deadline = asyncio.get_running_loop().time() + config.limits.audit_seconds
        async with self._vantages() as vantages:
            await self._look("opening", opening(config, seeds), vantages, deadline)
            await self._look("main", main(config, seeds, self.plan.probes, self.seen.values()), vantages, deadline)
            await self._follow(vantages, deadline)
            if judged is not None and not self.stop.is_set():
                again = await asyncio.to_thread(judged, self.plan, self.seen.values())
                round_ = replays(config, seeds, self.plan.probes, self.seen.values(), again.doubts)
                await self._look("replays", round_, vantages, deadline)
                await self._follow(vantages, deadline)
                if (round_ := witness(config, seeds, self.plan.probes, self.seen.values())).probes:
                    await self._look("witness", round_, vantages, deadline)
            await self._look("closing", closing(config, seeds), vantages, deadline + CLOSING_SECONDS)

    async def _follow(self, vantages: Mapping[str, Vantage], deadline: float) -> None:
        for _ in range(HOPS + 1):
            round_ = followups(self.config, self.seeds, self.plan.probes, self.seen.values())
            if not round_.probes:
                return
            await self._look("follow-ups", round_, vantages, deadline)

    @contextlib.asynccontextmanager
    async def _vantages(self) -> AsyncIterator[dict[str, Vantage]]:
        pacing = Pacing(self.config)
        live = [name for name in self.seeds if name not in self.handed]
        vantages = {
            name: Vantage(
                name, self.config, pacing, now=self.now, canaries=self.canaries, credentials=self.credentials
            )
            for name in live
        }
        try:
            with _seldom_collected():
                yield vantages
        finally:
            for vantage in vantages.values():
                await vantage.aclose()

    async def _look(self, name: str, round_: Plan, vantages: Mapping[str, Vantage], deadline: float) -> None:
        failed: BaseExceptionGroup[BaseException]
        try:
            await self._round(name, round_, vantages, deadline)
            return
        except BaseExceptionGroup as group:
            failed = group
        raise _first(failed)  # what callers know how to tell: StoreError, not a group of one

    async def _round(self, name: str, round_: Plan, vantages: Mapping[str, Vantage], deadline: float) -> None:
        self.plan = self.plan + round_
        self.watcher.round(name, len(round_.probes))
        await asyncio.to_thread(self.recorder.plan, round_)
        async with _writing(self.recorder) as write:

            def saw(seen: Seen) -> None:
                self.seen[seen.probe] = seen
                self.watcher.seen(1)
                write(seen)

            async with asyncio.TaskGroup() as group:
                for vantage, probes in _by_vantage(round_.probes).items():
                    if vantage in vantages:
                        looking = vantages[vantage].observe(probes, stop=self.stop, seen=saw, deadline=deadline)
                        group.create_task(looking)
                    else:
                        for probe in probes:
                            saw(_from_file(self.handed.get(vantage, {}), probe))


@contextlib.contextmanager
def _seldom_collected() -> Iterator[None]:
    """What is seen stays until the end: searching it for garbage again and again would cost a tenth."""
    usual = gc.get_threshold()
    gc.set_threshold(_OBJECTS_BETWEEN, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)


#: New objects between two searches for garbage, while an audit looks; Python's own default is 700.
_OBJECTS_BETWEEN = 20_000


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """What failed first; the rest was cancelled for it."""
    first = group.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first


def _from_file(handed: Mapping[str, Seen], probe: Probe) -> Seen:
    return handed.get(probe.id) or Skip(
        probe.id, probe.vantage, SkipReason.NO_OBSERVATIONS, "no file of observations is at hand"
    )


def _by_vantage(probes: Iterable[Probe]) -> dict[str, list[Probe]]:
    out: dict[str, list[Probe]] = {}
    for probe in probes:
        out.setdefault(probe.vantage, []).append(probe)
    return out


@contextlib.asynccontextmanager
async def _writing(recorder: Recorder) -> AsyncIterator[Callable[[Seen], None]]:
    """A writer that stores what it is given in batches, off the loop; a failure to store ends the audit."""
    waiting: list[Seen] = []
    done = asyncio.Event()
    full = asyncio.Event()

    async def drain() -> None:
        while not (done.is_set() and not waiting):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(full.wait(), BATCH_SECONDS)
            full.clear()
            batch, waiting[:] = waiting[:], []
            if batch:
                await asyncio.to_thread(recorder.saw, batch)

    def write(seen: Seen) -> None:
        waiting.append(seen)
        if len(waiting) >= BATCH_ROWS:
            full.set()

    async with asyncio.TaskGroup() as group:
        group.create_task(drain())
        try:
            yield write
        finally:
            done.set()
            full.set()


def fresh_seeds(vantages: Iterable[str]) -> dict[str, str]:
    """A seed for each vantage's random names; nobody could have guessed them before the audit."""
    return {vantage: secrets.token_hex(16) for vantage in vantages}


async def audit(
    config: Config,
    store: Store,
    *,
    seeds: Mapping[str, str],
    handed: Handed,
    destinations: Sequence[Destination],
    config_sha256: str,
    now: Now,
    stop: asyncio.Event,
    watcher: Watcher,
    nominal_at: datetime | None = None,
    batches: Sequence[str] = (),
    canaries: Canaries = NO_CANARIES,
    credentials: Credentials | None = None,
) -> AuditRecord:
    """One whole audit; `batches` are the stored files that `handed` comes from. Without `credentials` what is
    public is asked for anonymously alone.

    Raises AuditRunning when another process is at it, StoreError when facts cannot be kept.
    """
    begun = await asyncio.to_thread(
        store.begin,
        at=now(),
        config_sha256=config_sha256,
        seeds=tuple(sorted(seeds.items())),
        nominal_at=nominal_at,
    )
    recorder = _Stored(store, begun)
    looking = Looking(config, seeds, recorder, now, stop, watcher, handed, canaries, credentials or Credentials())
    try:
        await looking.rounds(lambda plan, seen: judge(plan, tuple(seen), provisional=True))
        watcher.round("judging", 0)
        return await asyncio.to_thread(_conclude, config, store, begun, looking, destinations, batches, now())
    except BaseException as error:
        # The facts are stored already; the audit must not look like one that ended well.
        with contextlib.suppress(StoreError):
            store.abandon(begun, f"it ended with {type(error).__name__}", now())
        raise


@dataclass(frozen=True)
class _Stored:
    store: Store
    audit: Audit

    def plan(self, plan: Plan) -> None:
        self.store.plan(self.audit, plan)

    def saw(self, seen: Sequence[Seen]) -> None:
        self.store.saw(self.audit, seen)


def _conclude(
    config: Config,
    store: Store,
    begun: Audit,
    looking: Looking,
    destinations: Sequence[Destination],
    batches: Sequence[str],
    at: datetime,
) -> AuditRecord:
    """Judge, settle and store in one transaction; an audit never ends before it began, whatever the clock did."""
    plan = looking.plan
    seen = tuple(looking.seen[probe.id] for probe in plan.probes)
    verdicts = judge(plan, seen)
    ended = _ended(begun, plan, seen, verdicts.judgements, max(at, begun.started_at))
    services = {
        name: Owned(service.owner, service.severity, service.guarded_ok)
        for name, service in config.services.items()
    }
    services |= {f"zone:{name}": Owned(zone.owner, zone.severity) for name, zone in config.zones.items()}
    settled = settle(
        verdicts.judgements,
        store.findings(),
        services=services,
        public={name: Owned(public.owner, public.severity) for name, public in config.public.items()},
        at=ended.finished_at or at,
        whole=looking.seeds.keys() == config.vantages.keys(),
    )
    baseline = store.baseline()
    outgoing = messages(settled.changes, {f.id: f for f in settled.findings}, ended, baseline, destinations)
    store.conclude(ended, verdicts, settled, outgoing, batches=batches)
    return AuditRecord(
        audit=ended,
        plan=plan,
        seen=seen,
        judgements=verdicts.judgements,
        vantages=verdicts.vantages,
        findings=settled.findings,
        changes=settled.changes,
        baseline=baseline,
        previous=store.audit_before(ended),
    )


def _ended(begun: Audit, plan: Plan, seen: Sequence[Seen], judgements: Sequence[Judgement], at: datetime) -> Audit:
    skips = [each for each in seen if isinstance(each, Skip)]
    because = [text for reason, text in CUT_SHORT.items() if any(s.reason is reason for s in skips)]
    counted = [each for each in judgements if not each.silent]
    if all(claim.aspect is Aspect.SENSITIVE for claim in plan.claims):
        because.append("nothing was at stake: no claim could be made")
    return replace(
        begun,
        finished_at=at,
        complete=not because,
        incomplete_because=" and ".join(because) or None,
        planned=len(plan.probes),
        observed=len(seen) - len(skips),
        skipped=len(skips),
        claims=len(counted),
        decisive=sum(1 for each in counted if each.verdict in DECISIVE),
    )
