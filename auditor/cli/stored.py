"""The commands about what is stored: judge, report, findings. They look at nothing on the network."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from auditor.cli.shared import (
    DEFAULT_CONFIG,
    ConfigOption,
    DatabaseOption,
    Exit,
    database_url,
    leave,
    loaded,
    now,
    opened,
    say,
)

if TYPE_CHECKING:
    from auditor.model import AuditRecord
    from auditor.store import Store

AuditOption = Annotated[int | None, typer.Option("--audit", "-n", help="Its number; default: the newest.")]


def register(app: typer.Typer) -> None:
    for command in (judge, report, findings):
        app.command()(command)


def _url(config: Path, db: str | None) -> str:
    """The database: by --db without any configuration, else the configuration's."""
    return db or database_url(loaded(config, warn=False).config, None)


def _record(store: "Store", number: int | None) -> "AuditRecord":
    record = store.load(number)
    if record is None:
        what = "no audit has been concluded yet" if number is None else f"there is no concluded audit {number}"
        leave(Exit.USAGE, f"{what}; `auditor run` makes one")
    return record


def judge(audit: AuditOption = None, config: ConfigOption = DEFAULT_CONFIG, db: DatabaseOption = None) -> None:
    """Judge a stored audit again from its observations; prints the difference, if any.

    Exit codes: 0 the verdicts are the same to the byte; 1 they differ.
    """
    from auditor.judge import judge as judged
    from auditor.model import Judgement, VantageState, codec

    with opened(_url(config, db)) as store:
        record = _record(store, audit)
        if store.pruned(record.audit.number):
            leave(Exit.USAGE, f"audit {record.audit.number}: its observations are older than they are kept")
        again = judged(record.plan, record.seen)
    before = [codec.dump(Judgement, each) for each in record.judgements]
    after = [codec.dump(Judgement, each) for each in again.judgements]
    sights = [codec.dump(tuple[VantageState, ...], v) for v in (record.vantages, again.vantages)]
    differ = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    if not differ and sights[0] == sights[1]:
        print(f"audit {record.audit.number}: {len(after)} verdicts, the same to the byte")
        return
    for old, new in differ:
        print(f"- {old.decode()}\n+ {new.decode()}")
    if sights[0] != sights[1]:
        print(f"- {sights[0].decode()}\n+ {sights[1].decode()}")
    say(f"audit {record.audit.number}: {len(differ)} of {len(after)} verdicts differ")
    raise typer.Exit(Exit.OPEN)


def report(
    audit: AuditOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    db: DatabaseOption = None,
    html: Annotated[Path | None, typer.Option(help="Write the HTML report here.")] = None,
    json: Annotated[Path | None, typer.Option(help="Write the JSON here; `-` is stdout.")] = None,
) -> None:
    """The summary, the HTML report or the JSON of a stored audit."""
    from auditor.report import summary
    from auditor.turn import Outputs, json_text, page, write_whole

    with opened(_url(config, db)) as store:
        record = _record(store, audit)
        if html is not None:
            write_whole(html, page(record, store, Outputs(), None, now()))
    if json is not None:
        write_whole(json, json_text(record))
    if html is None and json is None:
        print(summary(record, colour=sys.stdout.isatty()))


def findings(
    config: ConfigOption = DEFAULT_CONFIG,
    db: DatabaseOption = None,
    every: Annotated[bool, typer.Option("--all", help="Resolved ones too.")] = False,
) -> None:
    """What is open, worst first, with owner and since when."""
    from auditor.model import RANK, FindingState

    with opened(_url(config, db)) as store:
        found = store.findings().values()
    shown = [each for each in found if every or each.state is FindingState.OPEN]
    for each in sorted(shown, key=lambda f: (f.state, RANK[f.verdict], f.opened_at, f.id)):
        since = f"{each.opened_at:%Y-%m-%d %H:%M} UTC"
        what = f"{each.service} {each.target} through {each.entrance} ({each.owner or 'no owner'})"
        print(f"{each.id}  {each.state:8}  {each.verdict:9}  {each.severity:8}  {since}  {what}")
    if not shown:
        print("nothing is open")
