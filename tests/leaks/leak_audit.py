"""The product over the whole estate: one probes.yaml, one audit, and what the applications noted of its probes.

Must never tell the product what the corpus says of a configuration: it gets what an operator would write.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from auditor.audit import audit, fresh_seeds
from auditor.config import load
from auditor.model import Aspect, AuditRecord, Judgement, Probe, Role, Verdict
from auditor.store import Store
from leaks.configuration import Configuration
from leaks.logs import Logs, Noted
from leaks.places import SITE
from leaks.whole import Estate

#: Verdicts that say something came out or could be reached; those that a false alarm would be.
BAD = frozenset({Verdict.EXPOSED, Verdict.SUSPECTED, Verdict.GUARDED, Verdict.ROUTED})
OUT = frozenset({Verdict.EXPOSED, Verdict.SUSPECTED})

_HEAD = """\
version: 1
vantages:
  internet:
    side: outside
    resolvers: ["{outside}:{port}"]  # nobody answers there: names are not what this is about
    controls: ["http://{site}:{port}/"]
    source_address: {outside}
    allow: [127.0.0.0/8, "*.shop.example"]
    ca_file: {ca}
  office:
    side: inside
    resolvers: ["{outside}:{port}"]
    source_address: {inside}
    allow: [127.0.0.0/8, "*.shop.example"]
limits: {{connect_seconds: 2, probe_seconds: 4, resolver_rate: 1000/s}}
"""


def probes_yaml(built: Estate, corpus: Sequence[Configuration], variants: str, *, with_logs: bool = False) -> str:
    """The estate as its operator would describe it; `variants`: none, core or full.

    `with_logs`: each service names the log that its application writes.
    """
    where = built.places
    text = _HEAD.format(
        outside=where.outside, inside=where.inside, site=where.at(SITE), port=where.port, ca=built.ca_file
    )
    gateways, services = "gateways:\n", "services:\n"
    for each in corpus:
        scheme, port, default = ("https", where.tls_port, 443) if each.tls else ("http", where.port, 80)
        end = "" if port == default else f":{port}"
        forwards = f"allow: [{', '.join(each.allow)}]"
        around = f" around: {{listeners: [http:{where.port}]}}," if each.http_around else ""
        gateways += (
            f'  {each.id}: {{url: "{scheme}://{each.public}{end}", control: {each.control}, {forwards},{around}'
            f" addresses: [{', '.join(built.gateways[each.id])}], variants: {variants}, rate: 1000/s,"
            " sensitive: none}\n"
        )
        app = where.app("nowhere" if each.service_down else each.app)
        names = f" names: [{each.admin}]," if each.by_host else ""
        services += (
            f'  {each.id}: {{url: "http://{app}", health: /health,{names} paths: [{each.path}],'
            f" gateways: [{each.id}]{_log(built, each) if with_logs else ''}}}\n"
        )
    return f"{text}{gateways}{services}"


def _log(built: Estate, each: Configuration) -> str:
    return rf""", log: {{file: {built.log(each.app)}, pattern: '\s(?P<status>\d{{3}})\s'}}"""


class Silent:
    """Nobody watches."""

    def round(self, name: str, planned: int) -> None: ...

    def seen(self, count: int) -> None: ...


@dataclass(frozen=True)
class Audited:
    """One audit of the estate, beside what the applications noted of it."""

    record: AuditRecord
    logs: Logs
    seconds: float

    def judgements(self, each: Configuration) -> list[Judgement]:
        """On a configuration's path and host; its name in the DNS is not looked at here."""
        return [
            one
            for one in self.record.judgements
            if one.claim.service == each.id and one.claim.aspect is not Aspect.NAME
        ]

    def at_stake(self, each: Configuration) -> list[Judgement]:
        aspect = Aspect.HOST if each.by_host else Aspect.PATH
        return [one for one in self.judgements(each) if one.claim.aspect is aspect]

    def targets(self, judgement: Judgement) -> list[Probe]:
        """Every probe that asked for what a judgement is about."""
        key = judgement.claim.key
        return [probe for probe in self.record.plan.probes if probe.group == key and probe.role is Role.TARGET]

    def variants(self, judgement: Judgement) -> frozenset[str]:
        return frozenset(probe.variant for probe in self.targets(judgement))

    def noted(self, each: Configuration, judgement: Judgement) -> list[tuple[Probe, Noted]]:
        """The probes of a judgement that its application received."""
        found = ((probe, self.logs.noted(each.app, probe.id)) for probe in self.targets(judgement))
        return [(probe, noted) for probe, noted in found if noted is not None]


def audited(built: Estate, home: Path, variants: str, *, with_logs: bool = False) -> Audited:
    """One audit over every configuration; `with_logs`: its witnesses are the applications' own logs."""
    path = home / "probes.yaml"
    path.write_text(probes_yaml(built, built.corpus, variants, with_logs=with_logs))
    config = load(path, {}).config
    store = Store.open(f"sqlite:///{home / 'audits.db'}")
    started = time.perf_counter()
    try:
        record = asyncio.run(
            audit(
                config,
                store,
                seeds=fresh_seeds(config.vantages),
                handed={},
                destinations=(),
                config_sha256="0" * 64,
                now=lambda: datetime.now(UTC),
                stop=asyncio.Event(),
                watcher=Silent(),
            )
        )
    finally:
        store.close()
    seconds = time.perf_counter() - started
    logs = Logs(built)
    for app in {each.app for each in built.corpus}:
        logs.settle(app)
    return Audited(record, logs, seconds)
