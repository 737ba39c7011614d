"""Runs of one site that are killed again and again while things break and are mended, and what must hold after.

The truth is the lab's: what leaked when a run was started says what its audit may find and which changes it may
tell, and a model of six lines says which findings are open. The product's own rules are not asked.
"""

import asyncio
import random
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from audits import verdicts_of
from fault_runs import Site

from auditor.alerts import deliver, open_client
from auditor.lab import Breakage, Stake
from auditor.model import GOOD, AuditRecord, ChangeKind, Finding, FindingState, Verdict
from auditor.store import Store

#: Each leaks something else, and what it leaks has one verdict.
LEAKS = (Breakage.RULE_TOO_WIDE, Breakage.DOCS_PUBLISHED, Breakage.HOST_ANSWERED, Breakage.NAME_PRIVATE)

#: Closed audits in a row, as far as inconclusive ones do not count, that resolve a finding.
TO_RESOLVE = 2

#: From the last look of a run to its end.
LAST_SECONDS = 0.3

#: After this the lease of a message whose sender was killed has run out.
LATER = timedelta(minutes=3)

DIED = "the process ended before it had concluded"

Expected = Mapping[Stake, Collection[Verdict]]


@dataclass
class Started:
    """One run: how things were when it was started, and how it ended."""

    at: datetime
    expected: Expected
    code: int | None = None  # None: killed


@dataclass
class Figures:
    rounds: int = 0
    too_late: int = 0  # ended by itself before it could be killed
    before: int = 0  # killed before the audit had begun
    during: int = 0  # killed while it looked
    after: int = 0  # killed when it had concluded
    audits: int = 0
    concluded: int = 0
    changes: int = 0
    messages: int = 0
    attempts: int = 0

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(*(mine + other.__dict__[name] for name, mine in self.__dict__.items()))


@dataclass
class Rounds:
    site: Site
    rng: random.Random
    runs: list[Started] = field(default_factory=list)
    figures: Figures = field(default_factory=Figures)
    length: float = 0.0  # seconds a whole run takes here
    last: Breakage | None = None  # what was changed last

    async def play(self, rounds: int, whole_every: int) -> Figures:
        """A clean audit, then kills with a whole run after every few, then the reckoning."""
        await self.to_the_end()
        for number in range(rounds):
            await self.change_something()
            await self.kill()
            if (number + 1) % whole_every == 0 or number + 1 == rounds:
                await self.to_the_end()
        await self.deliver_the_rest()
        await asyncio.to_thread(self.reckon)
        return self.figures

    async def change_something(self) -> None:
        # Never what was changed last: two rounds that undo each other would leave nothing to be told.
        breakage = self.last = self.rng.choice([each for each in LEAKS if each is not self.last])
        if breakage in self.site.lab.broken:
            await self.site.lab.fix(breakage)
        else:
            await self.site.lab.inflict(breakage)

    async def to_the_end(self) -> None:
        run = self._started()
        begun = time.monotonic()
        done = await self.site.run("-q")
        self.length = time.monotonic() - begun
        assert done.code in (0, 1), done
        assert _fine(done.err), done
        run.code = done.code

    async def kill(self) -> None:
        """At any moment of a run; every other time at one of the last, when all that counts is stored and told."""
        self.figures.rounds += 1
        run = self._started()
        process = await self.site.start()
        assert process.stderr is not None
        told = b""
        if self.rng.random() < 0.5:
            seconds = self.rng.uniform(0, self.length)
        else:
            while b"closing:" not in told:
                line = await process.stderr.readline()
                assert line, told
                told += line
            seconds = self.rng.uniform(0, LAST_SECONDS)
        try:
            await asyncio.wait_for(process.wait(), seconds)
        except TimeoutError:
            process.kill()
        told += (await process.communicate())[1]
        assert _fine(told.decode()), told
        if process.returncode != -9:
            run.code = process.returncode
            self.figures.too_late += 1
        if self.site.report.exists():  # the old one or the new one, never a half
            assert self.site.report.read_text().rstrip().endswith("</html>")

    def _started(self) -> Started:
        run = Started(datetime.now(UTC), dict(self.site.lab.expected))
        self.runs.append(run)
        return run

    async def deliver_the_rest(self) -> None:
        """What a killed run held on to goes out once its lease is over."""
        with self.site.store() as store:
            async with open_client() as client:
                told = await deliver(
                    store,
                    self.site.destinations,
                    now=lambda: datetime.now(UTC) + LATER,
                    client=client,
                    stop=asyncio.Event(),
                )
            assert (told.failed, told.pending, told.dead) == (0, 0, 0)

    # --- what must hold ------------------------------------------------------------------------------------

    def reckon(self) -> None:
        with self.site.store() as store:
            concluded = self._audits(store)
            self._changes(store, concluded)
            self._alerts(store, concluded)

    def _audits(self, store: Store) -> list[tuple[Started, AuditRecord]]:
        """Every audit is whole, and what it says is true; or it was killed, and says that and nothing else."""
        past = store.history(100_000).audits
        assert [each.audit.number for each in past] == list(range(1, len(past) + 1))
        found: list[tuple[Started, AuditRecord]] = []
        unseen = list(self.runs)
        for each in past:
            run = max((run for run in unseen if run.at <= each.audit.started_at), key=lambda run: run.at)
            unseen.remove(run)
            record = store.load(each.audit.number)
            assert record is not None
            if each.concluded:
                assert record.audit.complete
                assert record.audit.planned == record.audit.observed == len(record.seen) == len(record.plan.probes)
                said = verdicts_of(record)
                assert said.keys() == run.expected.keys()
                assert all(said[stake] in verdicts for stake, verdicts in run.expected.items()), said
                found.append((run, record))
                self.figures.after += run.code is None
            else:
                assert run.code is None, "a run that ended left its audit unfinished"
                assert (record.audit.complete, record.audit.incomplete_because) == (False, DIED)
                assert (record.judgements, record.vantages, record.changes) == ((), (), ())
                self.figures.during += 1
        assert all(run.code is None for run in unseen), "a run that ended left no audit"
        self.figures.before += len(unseen)
        self.figures.audits += len(past)
        self.figures.concluded += len(found)
        return found

    def _changes(self, store: Store, concluded: Iterable[tuple[Started, AuditRecord]]) -> None:
        """Exactly the changes that the truth makes, each in the audit that could see it first."""
        model = Model()
        for run, record in concluded:
            known = {each.id: each for each in record.findings}
            told = sorted((_stake(known[change.finding]), change.kind) for change in record.changes)
            assert told == sorted(model.audited(run.expected)), record.audit.number
            assert {_stake(each) for each in record.findings if each.state is FindingState.OPEN} == model.open
            assert run.code in (None, 1 if model.open else 0)
            self.figures.changes += len(told)
        findings = store.findings().values()
        assert {_stake(each) for each in findings if each.state is FindingState.OPEN} == model.open

    def _alerts(self, store: Store, concluded: Iterable[tuple[Started, AuditRecord]]) -> None:
        """One message for each change, each delivered, under one id and with the same bytes every time."""
        expected: set[tuple[int, str, str | None]] = set()
        for _, record in concluded:
            number = record.audit.number
            if record.baseline:
                expected.add((number, "audit.baseline", None))
                continue
            expected |= {(number, f"finding.{each.kind}", each.finding) for each in record.changes}
        posted = {each.id: (each.audit, each.event, each.finding) for each in store.posted(limit=100_000)}
        assert sorted(posted.values(), key=str) == sorted(expected, key=str)
        assert {each.state for each in store.posted(limit=100_000)} <= {"delivered"}
        calls = self.site.hook.calls
        assert {each.id for each in calls} == posted.keys() == set(self.site.hook.taken)
        assert len({(each.id, each.body) for each in calls}) == len(posted)
        for each in calls:
            finding = each.told["data"].get("finding", {}).get("id")
            assert (each.told["data"]["audit"]["number"], each.told["type"], finding) == posted[each.id]
        self.figures.messages += len(posted)
        self.figures.attempts += len(calls)


@dataclass
class Model:
    """Which findings are open, by what an audit may say: bad opens, closed twice resolves."""

    known: set[Stake] = field(default_factory=set)
    closed: dict[Stake, int] = field(default_factory=dict)  # open ones, and how often they were closed

    @property
    def open(self) -> set[Stake]:
        return set(self.closed)

    def audited(self, expected: Expected) -> list[tuple[Stake, ChangeKind]]:
        told = []
        for stake, verdicts in expected.items():
            if GOOD.isdisjoint(verdicts):
                if stake not in self.closed:
                    told.append((stake, ChangeKind.REOPENED if stake in self.known else ChangeKind.OPENED))
                self.known.add(stake)
                self.closed[stake] = 0
            elif stake in self.closed:
                self.closed[stake] += 1
                if self.closed[stake] == TO_RESOLVE:
                    del self.closed[stake]
                    told.append((stake, ChangeKind.RESOLVED))
        return told


def _fine(told: str) -> bool:
    """Nothing but progress, and that a message still belongs to somebody who was killed."""
    return all(line.endswith("probes accounted for") or line.startswith("alerts: ") for line in told.splitlines())


def _stake(finding: Finding) -> Stake:
    return Stake(finding.service, finding.aspect, finding.target)
