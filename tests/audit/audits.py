"""One audit of the lab, with everything real but the clock."""

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from auditor.alerts import Destination
from auditor.audit import audit, fresh_seeds
from auditor.config import Config, load, reveal
from auditor.lab import Company, Stake
from auditor.model import AuditRecord, Judgement, Verdict, worst
from auditor.probes.credentials import Credentials
from auditor.store import Store


@dataclass
class Clock:
    """Time as an argument: a minute an audit, wherever it is set."""

    at: datetime = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def step(self, minutes: float = 1) -> None:
        self.at += timedelta(minutes=minutes)


@dataclass
class Watch:
    """Counts what an audit tells of itself, and may ask it to stop."""

    rounds: list[tuple[str, int]] = field(default_factory=list)
    count: int = 0
    on_seen: Callable[[int], None] | None = None

    def round(self, name: str, planned: int) -> None:
        self.rounds.append((name, planned))

    def seen(self, count: int) -> None:
        self.count += count
        if self.on_seen is not None:
            self.on_seen(self.count)


def plainly(text: str) -> str:
    """The lab's configuration as text, with its gateways asked as it stands and nothing else: it takes a tenth of
    the requests."""
    return re.sub(
        r"(\n    rate: 1000/s[^\n]*)", r"\1\n    variants: none\n    attempts: 2\n    sensitive: none", text
    )


def configured(lab: Company, variants: str = "none", *, sensitive: bool = False) -> Config:
    """The lab as its operator describes it; asked as it stands, unless a test is about other spellings.

    `sensitive`: with what it hunts by default, which is at no stake of the lab.
    """
    path = lab.root / "probes.yaml"
    path.write_text(lab.probes_yaml)
    config = load(path, {}).config
    gateways = {
        name: gateway.model_copy(update={"variants": variants, "attempts": 2})
        for name, gateway in config.gateways.items()
    }
    config = config.model_copy(update={"gateways": gateways})
    return config if sensitive else without_hunts(config)


def without_hunts(config: Config) -> Config:
    gateways = {name: each.model_copy(update={"sensitive": "none"}) for name, each in config.gateways.items()}
    return config.model_copy(update={"gateways": gateways})


async def audited(
    config: Config,
    store: Store,
    *,
    clock: Clock | None = None,
    watch: Watch | None = None,
    stop: asyncio.Event | None = None,
    vantages: Sequence[str] | None = None,
    destinations: Sequence[Destination] = (),
) -> AuditRecord:
    clock = clock or Clock()
    clock.step()
    return await audit(
        config,
        store,
        seeds=fresh_seeds(vantages or tuple(config.vantages)),
        handed={},
        destinations=destinations,
        config_sha256="0" * 64,
        now=clock,
        stop=stop or asyncio.Event(),
        watcher=watch or Watch(),
        credentials=credentials(config),
    )


def credentials(config: Config, environ: dict[str, str] | None = None) -> Credentials:
    return Credentials.read(config, lambda secret: reveal(secret, environ or {}))


def stake_of(judgement: Judgement) -> Stake:
    claim = judgement.claim
    return Stake(claim.service, claim.aspect, claim.target)


def verdicts_of(record: AuditRecord) -> dict[Stake, Verdict]:
    """The verdict on each stake: the worst of the lab's two gateways, which have one address each."""
    found: dict[Stake, list[Verdict]] = {}
    for each in record.judgements:
        found.setdefault(stake_of(each), []).append(each.verdict)
    assert all(len(verdicts) <= 2 for verdicts in found.values())
    return {stake: worst(verdicts) for stake, verdicts in found.items()}


def database(folder: Path) -> str:
    return f"sqlite:///{folder / 'audits.db'}"
