"""Whole audits through gateways and resolvers that mean ill: bounded, no false `closed`, and a dead report."""

import asyncio
import json
import tracemalloc
from html.parser import HTMLParser
from pathlib import Path

import loopback_dns
import pytest
import wire_servers
from audits import Clock, Watch, database
from hostile_servers import ATTACKS, LIES, gateway

from auditor.config import Config, load
from auditor.lab import Company, company
from auditor.model import Aspect, AuditRecord, Role, Verdict
from auditor.report import summary
from auditor.store import Store
from auditor.turn import Outputs, turn

_V = Verdict

#: For one audit; far above what its probes may take together.
SECONDS = 20

#: What one audit may hold at once, whatever is poured into it.
BYTES = 32 << 20

PATH = "/internal/v1/provision"

#: What may be said when the target alone is answered like this, and everything else honestly.
TARGET_ALONE: dict[str, Verdict] = {
    "drip": _V.UNTESTED,  # an answer that has begun is no silence
    "silence": _V.CLOSED,  # dropped: three times of three, with every control good
    "hang_up": _V.CLOSED,
    "endless": _V.SUSPECTED,
    "bomb": _V.SUSPECTED,
    "headers": _V.SUSPECTED,
    "status_line": _V.UNTESTED,
    "not_http": _V.UNTESTED,
    "no_utf8": _V.UNPROVEN,
    "markup": _V.UNPROVEN,
    "loop": _V.UNTESTED,
}

#: The same when everything but the known-public path is answered like this.
ALL_BUT_THE_CONTROL: dict[str, Verdict] = {
    "drip": _V.UNPROVEN,
    "endless": _V.CLOSED,  # one page for everything, the random siblings too, and not the one of inside
    "not_http": _V.UNPROVEN,
    "markup": _V.CLOSED,  # a 404 that is the gateway's own
    "loop": _V.UNTESTED,
}

#: Those that make every probe wait until it has no time left, and how long that is.
SLOW = frozenset({"drip", "silence", "mute", "another_id"})
SLOW_SECONDS, QUICK_SECONDS = 0.4, 3.0


def configured(
    lab: Company, attack: str, *, gateway: int | None = None, resolver: int | None = None, variants: str = "none"
) -> Config:
    """One service with one path or one name, probes that give up soon, and somebody hostile in the way."""
    text, ports = lab.probes_yaml, lab.ports
    if gateway is not None:
        text = text.replace(f"api.shop.example:{ports.gateway}", f"api.shop.example:{gateway}")
    if resolver is not None:
        text = text.replace(f"127.0.0.1:{ports.resolver}", f"127.0.0.1:{resolver}")
    path = lab.root / "probes.yaml"
    path.write_text(text)
    config = load(path, {}).config
    service = config.services["provisioning"]
    names = service.names if resolver is not None else ()
    paths = (PATH,) if gateway is not None else ()
    seconds = SLOW_SECONDS if attack in SLOW else QUICK_SECONDS
    limits = {"probe_seconds": seconds, "connect_seconds": seconds, "body_bytes": 65_536}
    alone = {"variants": variants, "attempts": 1, "rate": 5_000.0, "sensitive": "none"}
    gateways = {"public-api": config.gateways["public-api"].model_copy(update=alone)}
    return config.model_copy(
        update={
            "gateways": gateways,
            "public": {},
            "services": {"provisioning": service.model_copy(update={"paths": paths, "names": names, "ports": ()})},
            "limits": config.limits.model_copy(update=limits),
        }
    )


async def audited(config: Config, folder: Path) -> AuditRecord:
    """A whole turn, with its files; each of them is checked."""
    outputs = Outputs(folder / "report.html", folder / "report.json")
    with Store.open(database(folder)) as store:
        async with asyncio.timeout(SECONDS):
            done = await turn(
                config,
                store,
                vantages=tuple(config.vantages),
                destinations=(),
                outputs=outputs,
                config_sha256="0" * 64,
                now=Clock(),
                stop=asyncio.Event(),
                watcher=Watch(),
            )
    assert done.troubles == ()
    assert {each.probe for each in done.record.seen} == {each.id for each in done.record.plan.probes}
    told = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert len(told["verdicts"]) == len([each for each in done.record.judgements if not each.silent])
    _is_dead((folder / "report.html").read_text(encoding="utf-8"))
    shown = summary(done.record, colour=False)
    assert not [each for each in shown if not each.isprintable() and each != "\n"]
    return done.record


class Page(HTMLParser):
    """The tags and attributes that a browser would find."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.images: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.images += [value for name, value in attrs if name == "src"]


def _is_dead(html: str) -> None:
    page = Page()
    page.feed(html)
    page.close()
    assert not page.tags & {"x-live", "img", "iframe", "object", "embed", "base"}
    assert not [name for name in page.attributes if name.startswith("on")]
    assert page.images == []
    assert "<script>alert" not in html
    assert "\u202e" not in html


def _verdict(record: AuditRecord, aspect: Aspect) -> Verdict:
    (judgement,) = [each for each in record.judgements if each.claim.aspect is aspect]
    return judgement.verdict


@pytest.mark.parametrize("attack", ATTACKS)
async def test_at_the_target_alone(tmp_path: Path, attack: str) -> None:
    hostile = gateway(
        ATTACKS[attack], honest=lambda target: target.partition(b"?")[0].strip(b"/") != PATH[1:].encode()
    )
    async with company(root=tmp_path) as lab, wire_servers.serving(hostile) as server:
        record = await audited(configured(lab, attack, gateway=server.port), tmp_path)
    assert _verdict(record, Aspect.PATH) is TARGET_ALONE[attack]


@pytest.mark.parametrize("attack", ALL_BUT_THE_CONTROL)
async def test_at_everything_but_the_control(tmp_path: Path, attack: str) -> None:
    hostile = gateway(ATTACKS[attack], honest=lambda target: target == b"/api/v1/health")
    async with company(root=tmp_path) as lab, wire_servers.serving(hostile) as server:
        record = await audited(configured(lab, attack, gateway=server.port), tmp_path)
        assert _verdict(record, Aspect.PATH) is ALL_BUT_THE_CONTROL[attack]
        if attack == "markup":  # it was there to be shown, and is shown escaped
            assert "&lt;x-live&gt;" in (tmp_path / "report.html").read_text()


@pytest.mark.parametrize("attack", ATTACKS)
async def test_in_every_other_spelling(tmp_path: Path, attack: str) -> None:
    """The plain request is answered as ever; what is spelled otherwise, target or sibling, meets the attack."""
    plain = ("/internal/v1/", "/api/v1/health")

    def honest(target: bytes) -> bool:
        path = target.decode("latin-1")
        return (
            path.startswith(plain) and path.isascii() and not set("%;?*&~#") & set(path) and "//" not in path[1:]
        )

    async with (
        company(root=tmp_path) as lab,
        wire_servers.serving(gateway(ATTACKS[attack], honest=honest)) as server,
    ):
        config = configured(lab, attack, gateway=server.port, variants="core" if attack in SLOW else "full")
        record = await audited(config, tmp_path)
    asked = {probe.variant for probe in record.plan.probes if probe.role is Role.TARGET}
    assert len(asked) > 25
    assert record.audit.complete and record.audit.planned == record.audit.observed + record.audit.skipped
    assert _verdict(record, Aspect.PATH) not in (Verdict.EXPOSED, Verdict.SUSPECTED)
    # What was cut, silent or no HTTP is no answer, so that it can prove nothing either.
    if attack in ("drip", "silence", "status_line", "not_http"):
        assert _verdict(record, Aspect.PATH) is not Verdict.CLOSED


@pytest.mark.parametrize("attack", ["endless", "bomb", "headers"])
async def test_what_is_poured_in_is_not_kept(tmp_path: Path, attack: str) -> None:
    hostile = gateway(ATTACKS[attack], honest=lambda _: False)
    async with company(root=tmp_path) as lab, wire_servers.serving(hostile) as server:
        config = configured(lab, attack, gateway=server.port)
        tracemalloc.start()
        try:
            await audited(config, tmp_path)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < BYTES


@pytest.mark.parametrize("lie", LIES)
async def test_a_resolver_that_lies(tmp_path: Path, lie: str) -> None:
    async with company(root=tmp_path) as lab, loopback_dns.serving(LIES[lie]) as server:
        record = await audited(configured(lab, lie, resolver=server.port), tmp_path)
        assert server.asked
    # Random names are answered like ours: nothing is known of ours.
    assert _verdict(record, Aspect.NAME) is Verdict.UNTESTED
    assert Verdict.CLOSED not in {each.verdict for each in record.judgements}
