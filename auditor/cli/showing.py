"""`auditor demo`: the lab's company, broken in a believable way, audited from both sides."""

import asyncio
import sys
from pathlib import Path

from auditor.cli.loop import on_loop
from auditor.cli.progress import watcher
from auditor.cli.shared import loaded, now, opened
from auditor.lab import DEMO, company, write_config
from auditor.report import summary
from auditor.service import next_due
from auditor.turn import Outputs, Turn, turn


def show(folder: Path, *, sound: bool, quiet: bool) -> None:
    """One audit of the lab; leaves probes.yaml, auditor.db, report.html and report.json in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    report = (folder / "report.html").resolve()

    async def whole(stop: asyncio.Event) -> Turn:
        async with company(*(() if sound else DEMO), root=folder) as running:
            found = loaded(write_config(running, folder))
            with opened(f"sqlite:///{folder / 'auditor.db'}") as store, watcher(quiet) as watching:
                return await turn(
                    found.config,
                    store,
                    vantages=tuple(found.config.vantages),
                    destinations=(),
                    outputs=Outputs(report, folder / "report.json", "demo"),
                    config_sha256=found.text_sha256,
                    now=now,
                    stop=stop,
                    watcher=watching,
                    next_due_at=next_due(found.config.schedule, now()),
                )

    done = on_loop(whole)
    print(summary(done.record, colour=sys.stdout.isatty()))
    print(f"\nThe report, with the evidence for every line: file://{report}")
    print(f"The configuration it came from: {folder / 'probes.yaml'}")
