"""Whole audits of the lab: every broken company told from the sound one, and every law broken on purpose."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from audits import Clock, Watch, audited, configured, database, stake_of, verdicts_of

from auditor.judge import judge
from auditor.lab import Breakage, Company, company
from auditor.model import (
    AuditRecord,
    ChangeKind,
    FindingState,
    Judgement,
    Observation,
    Skip,
    SkipReason,
    Verdict,
    codec,
)
from auditor.report import exit_code, to_json, totals
from auditor.store import AuditRunning, Store


@asynccontextmanager
async def audit_of(root: Path, *broken: Breakage) -> AsyncIterator[tuple[Company, AuditRecord]]:
    async with company(*broken, root=root) as lab:
        with Store.open(database(root)) as store:
            yield lab, await audited(configured(lab), store)


CONDITIONS = [
    (),
    *[(each,) for each in Breakage],
    (Breakage.DEFAULT_FORWARDS, Breakage.SIGHT_LOST),
    (Breakage.RULE_TOO_WIDE, Breakage.CONTROL_DOWN),
    (Breakage.CATCH_ALL, Breakage.DOCS_PUBLISHED),
    (Breakage.NAME_PRIVATE, Breakage.DNS_HIJACKED),
    (Breakage.SERVICE_DOWN, Breakage.CATCH_ALL),
    (Breakage.RULE_TOO_WIDE, Breakage.DOCS_PUBLISHED, Breakage.NAME_PUBLIC, Breakage.PORT_OPEN),
]


@pytest.mark.parametrize("broken", CONDITIONS, ids=lambda b: "+".join(b) or "sound")
async def test_each_condition_is_told_for_what_it_is(tmp_path: Path, broken: tuple[Breakage, ...]) -> None:
    async with audit_of(tmp_path, *broken) as (lab, record):
        found = verdicts_of(record)
        wrong = {
            stake: (verdict, sorted(lab.expected[stake]))
            for stake, verdict in found.items()
            if verdict not in lab.expected[stake]
        }
        reasons = {stake_of(j): (j.reason, j.note) for j in record.judgements if stake_of(j) in wrong}
        assert not wrong, reasons
        assert found.keys() == lab.expected.keys()


@pytest.mark.parametrize("broken", CONDITIONS, ids=lambda b: "+".join(b) or "sound")
async def test_headline_rows_json_and_exit_code_agree(tmp_path: Path, broken: tuple[Breakage, ...]) -> None:
    async with audit_of(tmp_path, *broken) as (_, record):
        opened = [f for f in record.findings if f.state is FindingState.OPEN]
        told = to_json(record)
        assert len([f for f in told["findings"] if f["state"] == "open"]) == len(opened)
        assert {v["finding"] for v in told["verdicts"]} - {None} == {f.id for f in opened}
        assert totals(record).open == len(opened)
        assert told["audit"]["coverage"] == pytest.approx(record.audit.coverage, abs=1e-6)
        code = exit_code(record)
        if opened:
            assert code == 1
        elif record.audit.coverage < 1 or not all(v.sighted for v in record.vantages):
            assert code == 3
        else:
            assert code == 0


async def test_every_probe_is_accounted_for_and_judging_again_gives_the_same_bytes(tmp_path: Path) -> None:
    async with audit_of(tmp_path, Breakage.RULE_TOO_WIDE, Breakage.CATCH_ALL) as (_, record):
        with Store.open(database(tmp_path)) as store:
            stored = store.load()
        assert stored is not None
        assert {each.probe for each in stored.seen} == {probe.id for probe in stored.plan.probes}
        assert stored.audit.planned == stored.audit.observed + stored.audit.skipped == len(stored.plan.probes)
        again = judge(stored.plan, stored.seen)
        assert [codec.dump(Judgement, j) for j in again.judgements] == [
            codec.dump(Judgement, j) for j in record.judgements
        ]
        assert stored.judgements == record.judgements


@pytest.mark.parametrize("after", [1, 8, 40, 120])
async def test_an_audit_cut_short_is_incomplete_and_reassures_nobody(tmp_path: Path, after: int) -> None:
    stop = asyncio.Event()
    watch = Watch(on_seen=lambda count: stop.set() if count >= after else None)
    async with company(root=tmp_path) as lab:
        with Store.open(database(tmp_path)) as store:
            record = await audited(configured(lab), store, stop=stop, watch=watch)
            assert not record.audit.complete
            assert record.audit.incomplete_because == "it was interrupted"
            assert Verdict.CLOSED not in {j.verdict for j in record.judgements}
            assert record.audit.planned == record.audit.observed + record.audit.skipped
            assert exit_code(record) == 3
            again = await audited(configured(lab), store)
            assert again.audit.complete
            assert again.baseline


async def test_a_deadline_leaves_an_incomplete_audit(tmp_path: Path) -> None:
    async with company(root=tmp_path) as lab:
        config = configured(lab)
        limits = config.limits.model_copy(update={"audit_seconds": 0.0})
        with Store.open(database(tmp_path)) as store:
            record = await audited(config.model_copy(update={"limits": limits}), store)
    assert {s.reason for s in record.seen if isinstance(s, Skip)} == {SkipReason.DEADLINE}
    assert not record.audit.complete
    assert Verdict.CLOSED not in {j.verdict for j in record.judgements}


@pytest.mark.parametrize("missing", ["internet", "office"])
async def test_without_one_side_nothing_is_closed(tmp_path: Path, missing: str) -> None:
    async with company(root=tmp_path) as lab:
        config = configured(lab)
        others = [name for name in config.vantages if name != missing]
        with Store.open(database(tmp_path)) as store:
            record = await audited(config, store, vantages=others)
    assert record.judgements
    assert Verdict.CLOSED not in {j.verdict for j in record.judgements}
    assert exit_code(record) == 3


async def test_a_leak_opens_once_stays_and_resolves_after_two_closed_audits(tmp_path: Path) -> None:
    clock = Clock()
    async with company(root=tmp_path) as lab:
        config = configured(lab)
        with Store.open(database(tmp_path)) as store:

            async def changes() -> list[ChangeKind]:
                record = await audited(config, store, clock=clock)
                return [change.kind for change in record.changes]

            assert await changes() == []
            await lab.inflict(Breakage.DOCS_PUBLISHED)
            assert await changes() == [ChangeKind.OPENED] * 2
            assert await changes() == []
            # Nobody can see: that neither resolves nor reopens anything.
            await lab.inflict(Breakage.CONTROL_DOWN)
            await lab.fix(Breakage.DOCS_PUBLISHED)
            assert await changes() == []
            assert len([f for f in store.findings().values() if f.state is FindingState.OPEN]) == 2
            await lab.fix(Breakage.CONTROL_DOWN)
            assert await changes() == []
            assert await changes() == [ChangeKind.RESOLVED] * 2
            await lab.inflict(Breakage.DOCS_PUBLISHED)
            assert await changes() == [ChangeKind.REOPENED] * 2


async def test_a_second_audit_of_one_database_says_so_and_leaves(tmp_path: Path) -> None:
    async with company(root=tmp_path) as lab:
        config = configured(lab)
        with Store.open(database(tmp_path)) as one, Store.open(database(tmp_path)) as two:
            begun = asyncio.Event()
            watch = Watch(on_seen=lambda _: begun.set())
            first = asyncio.create_task(audited(config, one, watch=watch))
            await begun.wait()
            with pytest.raises(AuditRunning):
                await audited(config, two)
            assert (await first).audit.complete
            assert (await audited(config, two)).audit.number == 2


async def test_a_clock_that_steps_back_changes_no_verdict(tmp_path: Path) -> None:
    clock = Clock()
    watch = Watch(on_seen=lambda _: clock.step(-7))
    async with company(Breakage.DOCS_PUBLISHED, root=tmp_path) as lab:
        with Store.open(database(tmp_path)) as store:
            record = await audited(configured(lab), store, clock=clock, watch=watch)
            assert verdicts_of(record).keys() == lab.expected.keys()
            assert all(verdict in lab.expected[stake] for stake, verdict in verdicts_of(record).items())
            assert record.audit.finished_at is not None
            assert record.audit.finished_at >= record.audit.started_at


async def test_each_side_saw_what_only_it_can_see(tmp_path: Path) -> None:
    async with audit_of(tmp_path) as (lab, record):
        probes = {probe.id: probe for probe in record.plan.probes}
        inside = [
            each
            for each in record.seen
            if isinstance(each, Observation) and probes[each.probe].vantage == "office" and each.address
        ]
        assert inside
        assert not [each for each in inside if (each.address or "").startswith("127.")]
        assert not [reached for reached in lab.witness if not reached.target.startswith("/api/v1/")]


async def test_an_audit_from_fewer_vantages_resolves_nothing(tmp_path: Path) -> None:
    clock = Clock()
    async with company(Breakage.DOCS_PUBLISHED, root=tmp_path) as lab:
        config = configured(lab)
        # A second vantage outside, which does not see what the first one saw.
        config = config.model_copy(
            update={"vantages": config.vantages | {"elsewhere": config.vantages["internet"]}}
        )
        with Store.open(database(tmp_path)) as store:
            await audited(config, store, clock=clock)
            await lab.fix(Breakage.DOCS_PUBLISHED)
            for _ in range(3):
                fewer = await audited(config, store, clock=clock, vantages=["elsewhere", "office"])
                assert fewer.changes == ()
            assert {f.state for f in store.findings().values()} == {FindingState.OPEN}
            await audited(config, store, clock=clock)
            record = await audited(config, store, clock=clock)
            assert [c.kind for c in record.changes] == [ChangeKind.RESOLVED] * 2
