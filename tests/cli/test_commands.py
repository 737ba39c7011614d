"""Every command, as a process: what it says, where, and what it exits with."""

import asyncio
import json
import signal
from collections import Counter
from pathlib import Path

import pytest
from commands import auditor, ended, start

from auditor.lab import Breakage, company, write_config
from auditor.store import Store


async def test_help_teaches_the_way_in(tmp_path: Path) -> None:
    done = await auditor("--help", cwd=tmp_path)
    assert done.code == 0
    for word in ("auditor demo", "auditor check", "auditor run", "Exit codes"):
        assert word in done.out
    for command in (
        "run",
        "serve",
        "observe",
        "ingest",
        "check",
        "plan",
        "explain",
        "judge",
        "report",
        "findings",
    ):
        done = await auditor(command, "--help", cwd=tmp_path)
        assert done.code == 0
        assert "Usage" in done.out


async def test_the_demo_finds_the_leaks_writes_the_report_and_exits_0(tmp_path: Path) -> None:
    done = await auditor("demo", cwd=tmp_path)
    assert done.code == 0, done.err
    assert "7 internal targets can be reached or seen from outside" in done.out
    page = tmp_path / "demo" / "report.html"
    assert f"file://{page}" in done.out
    assert "/internal/v1/provision" in page.read_text()
    assert json.loads((tmp_path / "demo" / "report.json").read_text())["audit"]["coverage"] == 1.0


async def test_run_exit_codes_and_outputs(tmp_path: Path) -> None:
    async with company(root=tmp_path / "lab") as lab:
        config = write_config(lab, tmp_path)
        clean = await auditor("run", "-c", config, "--json", "out.json", cwd=tmp_path)
        assert clean.code == 0, clean.err
        assert "No internal target could be reached or seen from outside" in clean.out
        assert json.loads((tmp_path / "out.json").read_text())["findings"] == []
        assert "main:" in clean.err and "main:" not in clean.out

        await lab.inflict(Breakage.DOCS_PUBLISHED)
        leaky = await auditor("run", "-c", config, "--json", "-", "-q", cwd=tmp_path)
        assert leaky.code == 1
        told = json.loads(leaky.out)
        assert {v["target"] for v in told["verdicts"] if v["verdict"] == "exposed"} == {"/docs", "/openapi.json"}
        assert leaky.err == ""
        for command, words in (
            ("findings", "/openapi.json"),
            ("report", "2 internal targets"),
            ("judge", "same to the byte"),
        ):
            done = await auditor(command, "-c", config, cwd=tmp_path)
            assert done.code == 0
            assert words in done.out

        await lab.fix(Breakage.DOCS_PUBLISHED)
        await lab.inflict(Breakage.NAME_PRIVATE)
        both = await auditor("run", "-c", config, cwd=tmp_path)
        assert both.code == 1
        spared = await auditor("run", "-c", config, "--fail-on", "exposed", cwd=tmp_path)
        assert spared.code == 0, (
            spared.out
        )  # the exposed ones were closed twice and are resolved; the name is spared

        await lab.inflict(Breakage.SERVICE_DOWN)
        down = await auditor("run", "-c", config, "--fail-on", "exposed", cwd=tmp_path)
        assert down.code == 3
        enough = await auditor("run", "-c", config, "--fail-on", "exposed", "--min-coverage", "0.5", cwd=tmp_path)
        assert enough.code == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_stores_an_incomplete_audit(tmp_path: Path, number: signal.Signals) -> None:
    async with company(root=tmp_path / "lab") as lab:
        config = write_config(lab, tmp_path)
        config.write_text(config.read_text().replace("rate: 1000/s", "rate: 2/s"))
        process = await start("run", "-c", config, cwd=tmp_path)
        async with asyncio.timeout(30):
            while not lab.witness:
                await asyncio.sleep(0.01)
        process.send_signal(number)
        done = await ended(process)
        assert done.code == 3, done.err
        assert "what was seen is being stored" in done.err
        assert "it was interrupted" in done.out
        with Store.open(f"sqlite:///{tmp_path / 'auditor.db'}") as store:
            record = store.load()
            assert record is not None
            assert not record.audit.complete
            assert record.audit.planned == record.audit.observed + record.audit.skipped > record.audit.skipped


async def test_mistakes_at_the_keyboard_are_sentences(tmp_path: Path) -> None:
    async with company(root=tmp_path / "lab") as lab:
        config = write_config(lab, tmp_path)
        for args, code, words in (
            (("run", "-c", "absent.yaml"), 2, "absent.yaml"),
            (("run", "-c", config, "--vantage", "offce"), 2, "there is no vantage 'offce'"),
            (("run", "-c", config, "--fail-on", "bad"), 2, "--fail-on 'bad'"),
            (("run", "-c", config, "--db", "mysql://x"), 3, "database"),
            (("run", "-c", config, "--db", "sqlite:////proc/nowhere/x.db"), 3, "database"),
            (("explain", "billng", "-c", config), 2, "did you mean 'billing'"),
            (("observe", "-c", config, "--vantage", "office"), 2, "by_file: true"),
            (("serve", "-c", config, "--listen", "0.0.0.0:0"), 2, "AUDITOR_PASSWORD"),
            (("serve", "-c", config, "--listen", "here"), 2, "expected address:port"),
            (("report", "-c", config), 2, "no audit has been concluded yet"),
            (("judge", "-c", config, "--audit", "7"), 2, "no concluded audit 7"),
            (("ingest", "absent.ndjson", "-c", config), 2, "cannot be read"),
        ):
            done = await auditor(*args, cwd=tmp_path)
            assert (done.code, words in done.err) == (code, True), (args, done)


async def test_check_plan_explain_and_schema_need_no_network(tmp_path: Path) -> None:
    async with company(root=tmp_path / "lab") as lab:
        config = write_config(lab, tmp_path)
        check = await auditor("check", "-c", config, cwd=tmp_path)
        assert check.code == 0
        assert "4 services, 2 gateways, 2 vantages, 2 public paths" in check.out
        assert "next audits, UTC" in check.out and "never be complete" not in check.err
        (tmp_path / "slow.yaml").write_text((tmp_path / config).read_text().replace("rate: 1000/s", "rate: 1/m"))
        slow = await auditor("check", "-c", "slow.yaml", cwd=tmp_path)
        assert slow.code == 0
        assert "gateways.public-api: an audit asks it for" in slow.err and "never be complete" in slow.err
        plan = await auditor("plan", "-c", config, cwd=tmp_path)
        assert "31 targets" in plan.out
        whole = json.loads((await auditor("plan", "--json", "-c", config, cwd=tmp_path)).out)
        hunts = [claim for claim in whole["claims"] if claim["aspect"] == "sensitive"]
        assert len(whole["claims"]) == 31 + len(hunts)
        for gateway, count in Counter(claim["entrance"] for claim in hunts).items():
            (line,) = [line for line in plan.out.splitlines() if line.startswith(f"{gateway}: ")]
            assert f", {count} well-known sensitive paths among them" in line
        assert lab.token_file.read_text() not in plan.out + json.dumps(whole)
        explained = await auditor("explain", "provisioning", "-c", config, cwd=tmp_path)
        for words in ("/internal/v1/config", "closed when", "owner team-platform", "public-api is proven open by"):
            assert words in explained.out
        explained = await auditor("explain", "orders", "-c", config, cwd=tmp_path)
        for words in ("/api/v1/orders: must deny", "with its token", "compared with checkout", "outage when"):
            assert words in explained.out
        schema = await auditor("schema", cwd=tmp_path)
        assert json.loads(schema.out)["properties"]["services"]
        assert not lab.witness


async def test_a_bad_configuration_exits_2_with_every_mistake(tmp_path: Path) -> None:
    (tmp_path / "probes.yaml").write_text("version: 1\nvantagse: {}\nservices:\n  a: {dns: abscent}\n")
    done = await auditor("check", cwd=tmp_path)
    assert done.code == 2
    assert "probes.yaml:2:" in done.err and "did you mean" in done.err
    assert "probes.yaml:4:" in done.err and "absent" in done.err


async def test_the_report_on_a_full_disk_does_not_hide_the_verdict(tmp_path: Path) -> None:
    async with company(Breakage.DOCS_PUBLISHED, root=tmp_path / "lab") as lab:
        config = write_config(lab, tmp_path)
        done = await auditor("run", "-c", config, "--report", "/dev/full/x.html", cwd=tmp_path)
        assert done.code == 1
        assert "could not be written" in done.err
        assert "/openapi.json" in done.out
