"""The lab asked in other spellings: what is sound stays closed, what leaks by a spelling is found by it."""

from pathlib import Path

import pytest
from audits import audited, configured, database, stake_of, verdicts_of

from auditor.config import Config
from auditor.lab import Breakage, Company, company
from auditor.model import Role, Verdict
from auditor.plan.variants import variants_for
from auditor.store import Store


def spelled(lab: Company) -> Config:
    """The lab's configuration with the core of variants, and no need to be slow."""
    config = configured(lab, "core")
    gateway = config.gateways["public-api"].model_copy(update={"rate": 5_000.0})
    return config.model_copy(update={"gateways": config.gateways | {"public-api": gateway}})


@pytest.mark.parametrize(
    "broken",
    [
        (),
        (Breakage.CATCH_ALL,),
        (Breakage.DOCS_PUBLISHED,),
        (Breakage.RULE_TOO_WIDE,),
        (Breakage.SERVICE_DOWN,),
        (Breakage.CONTROL_DOWN,),
    ],
    ids=lambda b: "+".join(b) or "sound",
)
async def test_the_core_raises_no_alarm_and_loses_no_leak(tmp_path: Path, broken: tuple[Breakage, ...]) -> None:
    async with company(*broken, root=tmp_path) as lab:
        config = spelled(lab)
        with Store.open(database(tmp_path)) as store:
            record = await audited(config, store)
        wrong = {
            (j.claim.service, j.claim.aspect, j.claim.target): (j.verdict, j.reason, j.variant)
            for j in record.judgements
            if verdicts_of(record)[stake_of(j)] not in lab.expected[stake_of(j)]
        }
        assert not wrong
        paths = [c for c in record.plan.claims if c.aspect == "path" and c.entrance == "public-api"]
        for claim in paths:
            asked = {p.variant for p in record.plan.probes if p.role is Role.TARGET and p.group == claim.key}
            wanted = {v.id for v in variants_for(claim.aspect, "core", frozenset(), ("/api/v1",))}
            assert asked <= wanted and len(asked) > 20
        if not broken:
            assert {j.verdict for j in record.judgements} == {Verdict.CLOSED, Verdict.OPEN}
