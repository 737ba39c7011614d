"""What a vantage's own allow-list refuses is told to a person: where, why and how much, on every output."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from strange import GATEWAY, Strange, running

from auditor.config import Config
from auditor.config.model import AroundConfig
from auditor.lab.nameserver import View
from auditor.model import AuditRecord, Reason, Verdict
from auditor.report import History, exit_code, render, summary, to_json

HEADING = "Refused by the vantages' own allow-lists"


def allowing(config: Config, *allow: str, **gateway: object) -> Config:
    """The outside vantage may talk to this alone, beside its own controls and resolvers."""
    internet = config.vantages["internet"].model_copy(update={"allow": allow})
    api = config.gateways["api"].model_copy(update={"variants": "none", **gateway})
    return config.model_copy(
        update={"vantages": config.vantages | {"internet": internet}, "gateways": {"api": api}}
    )


def shown(record: AuditRecord) -> tuple[str, str]:
    at = datetime.now(UTC)
    html = render(record, history=History(), environment=None, next_due_at=None, generated_at=at, version="0")
    return summary(record, colour=False), html


async def refused(folder: Path, company: Strange, *allow: str, **gateway: object) -> AuditRecord:
    async with running(company, folder) as lab:
        return await lab.audit(config=allowing(lab.config, *allow, **gateway))


ELSEWHERE = View(("shop.example",), {GATEWAY: "127.0.0.9"}).answer


@pytest.mark.parametrize(
    ("company", "gateway", "address", "entrance"),
    [
        (Strange(public_dns=ELSEWHERE), {"addresses": "auto"}, "127.0.0.9", "api"),
        (Strange(), {"addresses": ("127.0.0.1", "127.0.0.9")}, "127.0.0.9", "api"),
        (Strange(), {"around": AroundConfig(origins=("10.0.0.9",))}, "10.0.0.9", "api origin"),
    ],
    ids=["name", "addresses", "origin"],
)
async def test_an_address_outside_the_allow_list_is_refused_and_said_so(
    tmp_path: Path, company: Strange, gateway: dict[str, object], address: str, entrance: str
) -> None:
    record = await refused(tmp_path, company, "127.0.0.1", "*.shop.example", **gateway)
    there = [j for j in record.judgements if j.claim.address == address]
    assert {(j.claim.entrance, j.verdict, j.reason) for j in there} == {
        (entrance, Verdict.UNTESTED, Reason.OUT_OF_SCOPE)
    }
    assert exit_code(record) == 3
    [told] = to_json(record)["refused"]
    assert told["vantage"] == "internet"
    assert told["reason"].startswith(f"{GATEWAY} at {address} port ")
    assert "allow-list covers this special-purpose or private address" in told["reason"]
    skipped = sum(1 for seen in record.seen if getattr(seen, "reason", None) is not None)
    assert 0 < told["probes"] <= skipped
    text, html = shown(record)
    lines = text.splitlines()
    assert f"  {told['probes']:>6,}  internet: {told['reason']}" in lines[lines.index(HEADING) :]
    assert f"internet refused {told['probes']} questions" in text
    section = html[html.index('id="refused"') :]
    assert HEADING in section
    assert told["reason"].replace("'", "&#39;") in section


async def test_a_name_outside_the_allow_list_is_refused_and_said_so(tmp_path: Path) -> None:
    record = await refused(tmp_path, Strange(), "127.0.0.1", "www.other.example", addresses="auto")
    whys = {each["reason"] for each in to_json(record)["refused"]}
    assert f"DNS name {GATEWAY}: the vantage's allow-list does not cover it" in whys
    assert HEADING in shown(record)[0]


async def test_nothing_is_said_where_nothing_was_refused(tmp_path: Path) -> None:
    async with running(Strange(), tmp_path) as lab:
        record = await lab.audit()
    assert to_json(record)["refused"] == []
    text, html = shown(record)
    assert HEADING not in text and 'id="refused"' not in html and "refused" not in text
