"""The commands that look: run, serve, observe, ingest, demo.

Must never leave without a word on what became of the audit: Ctrl-C and SIGTERM store what was seen.
"""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from auditor.cli.progress import watcher
from auditor.cli.shared import (
    DEFAULT_CONFIG,
    ConfigOption,
    DatabaseOption,
    Exit,
    database_url,
    destinations,
    leave,
    loaded,
    now,
    opened,
    say,
)
from auditor.cli.streams import lost

if TYPE_CHECKING:
    import asyncio

    from auditor.config import Config
    from auditor.turn import Turn


def register(app: typer.Typer) -> None:
    for command in (demo, run, serve, observe, ingest):
        app.command()(command)


def chosen(config: "Config", names: list[str] | None) -> tuple[str, ...]:
    """The vantages to look from; a name that does not exist is a mistake."""
    for name in names or ():
        if name not in config.vantages:
            leave(Exit.USAGE, f"there is no vantage {name!r}; the configuration has: {', '.join(config.vantages)}")
    return tuple(name for name in config.vantages if not names or name in names)


def run(
    config: ConfigOption = DEFAULT_CONFIG,
    db: DatabaseOption = None,
    vantage: Annotated[
        list[str] | None, typer.Option(help="Look from this vantage only; may be given several times.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option(help="Where the HTML report goes; default: `report.path`.")
    ] = None,
    json: Annotated[
        Path | None, typer.Option(help="Where the JSON goes; `-` is stdout, without the summary.")
    ] = None,
    fail_on: Annotated[
        str,
        typer.Option(
            help="Exit 1 for findings at or above: exposed, unauthenticated, suspected, guarded, routed, "
            "resolves, outage."
        ),
    ] = "outage",
    min_coverage: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Exit 3 when a smaller share of targets got a verdict.")
    ] = 1.0,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress on stderr.")] = False,
) -> None:
    """One audit, for cron: look from every vantage, judge, store, write the report, send what is new.

    Exit codes: 0 everything decisive and clean; 1 a finding is open; 2 usage or configuration; 3 inconclusive.
    """
    from auditor.model import BAD, Verdict
    from auditor.report import exit_code
    from auditor.turn import Outputs

    words = [verdict.value for verdict in Verdict if verdict in BAD]
    if fail_on not in words:
        leave(Exit.USAGE, f"--fail-on {fail_on!r}: expected {', '.join(words[:-1])} or {words[-1]}")
    found = loaded(config)
    names = chosen(found.config, vantage)
    settings = found.config.report
    outputs = Outputs(
        report=report or Path(settings.path),
        json=json or (Path(settings.json_path) if settings.json_path else None),
        environment=settings.environment,
    )
    done = one_turn(found.config, found.text_sha256, database_url(found.config, db), names, outputs, quiet)
    _tell_person(done, outputs, summarised=str(outputs.json) != "-")
    raise typer.Exit(exit_code(done.record, fail_on=Verdict(fail_on), min_coverage=min_coverage))


def one_turn(config: "Config", sha256: str, url: str, names: tuple[str, ...], outputs: Any, quiet: bool) -> "Turn":
    """One audit with everything that follows from it; says so and leaves when another one is running."""
    from auditor.cli.loop import on_loop
    from auditor.service import next_due
    from auditor.store import AuditRunning
    from auditor.turn import turn

    to = destinations(config)
    with opened(url) as store, watcher(quiet) as watching:
        try:
            return on_loop(
                lambda stop: turn(
                    config,
                    store,
                    vantages=names,
                    destinations=to,
                    outputs=outputs,
                    config_sha256=sha256,
                    now=now,
                    stop=stop,
                    watcher=watching,
                    next_due_at=next_due(config.schedule, now()),
                )
            )
        except AuditRunning as error:
            leave(Exit.INCONCLUSIVE, f"not started: {error}")


def _tell_person(done: "Turn", outputs: Any, *, summarised: bool) -> None:
    """The summary on stdout; what went wrong beside the audit on stderr, whoever reads stdout."""
    from auditor.report import summary

    if summarised:
        print(summary(done.record, colour=sys.stdout.isatty()))
        if outputs.report is not None and not done.troubles:
            print(f"\nReport: {outputs.report}")
    for trouble in done.troubles:
        say(f"warning: {trouble}")
    told = done.delivery
    if told.failed or told.pending or told.dead:
        say(f"alerts: {told.sent} sent, {told.pending} to be tried again, {told.dead} given up")


def serve(
    config: ConfigOption = DEFAULT_CONFIG,
    db: DatabaseOption = None,
    listen: Annotated[
        str, typer.Option(envvar="AUDITOR_LISTEN", help="Address and port of the page and /healthz.")
    ] = "127.0.0.1:8080",
    behind_proxy: Annotated[
        bool,
        typer.Option(
            "--behind-proxy",
            envvar="AUDITOR_BEHIND_PROXY",
            help="Someone in front asks for a password: serve the page to all who reach it.",
        ),
    ] = False,
) -> None:
    """The service: audits on schedule, the latest report as a page, alerts until they are delivered.

    The page names what is internal: beyond loopback it wants a password in AUDITOR_PASSWORD, or --behind-proxy.
    """
    import logging

    from auditor.cli.loop import on_loop
    from auditor.service import Service
    from auditor.turn import Outputs

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    found = loaded(config)
    settings = found.config
    host, port = _listen(listen)
    password = os.environ.get("AUDITOR_PASSWORD") or None
    if not _is_loopback(host) and password is None and not behind_proxy:
        leave(
            Exit.USAGE,
            f"--listen {listen}: the report names internal targets; set AUDITOR_PASSWORD, or say --behind-proxy",
        )
    outputs = Outputs(
        Path(settings.report.path),
        Path(settings.report.json_path) if settings.report.json_path else None,
        settings.report.environment,
    )
    to = destinations(settings)
    with opened(database_url(settings, db)) as store:

        async def serving(stop: "asyncio.Event") -> None:
            service = Service(
                settings, store, to, outputs, found.text_sha256, now, host, port, password, stop=stop
            )
            await service.run()

        try:
            on_loop(serving)
        except OSError as error:
            leave(Exit.USAGE, f"--listen {listen}: {error}")


def _listen(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        leave(Exit.USAGE, f"--listen {text!r}: expected address:port, for example 127.0.0.1:8080")
    return host.strip("[]"), int(port)


def _is_loopback(host: str) -> bool:
    from ipaddress import ip_address

    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def observe(
    vantage: Annotated[str, typer.Option(help="The vantage this machine is; it has `by_file: true`.")],
    config: ConfigOption = DEFAULT_CONFIG,
    out: Annotated[Path, typer.Option(help="Where the observations go, one JSON a line; `-` is stdout.")] = Path(
        "-"
    ),
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress on stderr.")] = False,
) -> None:
    """Look from this machine and write what was seen to a file, for a network that may not connect.

    Carry the file to where the database is and hand it in with `auditor ingest`. Nothing is judged here.
    """
    from auditor import __version__
    from auditor.audit import Looking, fresh_seeds
    from auditor.batch import BatchWriter, head_for
    from auditor.cli.loop import on_loop
    from auditor.probes import canaries_of
    from auditor.turn import credentials_of

    found = loaded(config)
    chosen(found.config, [vantage])
    if not found.config.vantages[vantage].by_file:
        leave(Exit.USAGE, f"vantage {vantage!r} looks by itself; set `by_file: true` to observe for it by file")
    seeds = fresh_seeds([vantage])
    canaries = canaries_of(found.config, os.environ)
    credentials = credentials_of(found.config, os.environ)
    try:
        target = sys.stdout if str(out) == "-" else out.open("w", encoding="utf-8")
    except OSError as error:
        leave(Exit.USAGE, f"{out} could not be written: {error.strerror}")
    with _whole(out, target), watcher(quiet) as watching:
        writer = BatchWriter(target, head_for(found.config, vantage, seeds[vantage], __version__, now()))

        async def looking(stop: "asyncio.Event") -> bool:
            looking = Looking(
                found.config, seeds, writer, now, stop, watching, canaries=canaries, credentials=credentials
            )
            await looking.rounds(None)
            return stop.is_set()

        interrupted = on_loop(looking)
        writer.end()
    if interrupted:
        leave(Exit.INCONCLUSIVE, "interrupted: the file says what was not looked at")


@contextlib.contextmanager
def _whole(out: Path, target: TextIO) -> Iterator[None]:
    """Closes the file, and leaves with a sentence when not all of it could be written."""
    try:
        with target:
            yield
            missing = lost(target)
    except OSError as error:
        missing = error
    if missing is not None:
        leave(Exit.INCONCLUSIVE, f"{out} could not be written to its end: {missing.strerror}")


def ingest(
    files: Annotated[list[Path], typer.Argument(help="Files that `auditor observe` wrote.")],
    config: ConfigOption = DEFAULT_CONFIG,
    db: DatabaseOption = None,
) -> None:
    """Hand in observations from elsewhere; the next `auditor run` uses them.

    Every line is checked against the plan; a file for another vantage or another configuration is refused.
    """
    from auditor.batch import BatchError, read_batch

    found = loaded(config)
    refused = 0
    with opened(database_url(found.config, db)) as store:
        for path in files:
            try:
                batch = read_batch(path, found.config, at=now())
            except BatchError as error:
                say(f"refused: {error}")
                refused += 1
                continue
            store.add_batch(
                vantage=batch.vantage,
                seed=batch.seed,
                plan=batch.plan_digest,
                started_at=batch.started_at,
                received_at=now(),
                seen=batch.seen,
            )
            print(f"{path}: {len(batch.seen)} observations from {batch.vantage}, for the next audit")
    if refused:
        leave(Exit.USAGE, f"{refused} of {len(files)} files were refused; nothing of them was stored")


def demo(
    folder: Annotated[Path, typer.Option(help="Where probes.yaml, the database and the report go.")] = Path(
        "demo"
    ),
    sound: Annotated[bool, typer.Option("--sound", help="Audit the company before anything broke.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress on stderr.")] = False,
) -> None:
    """Start a small leaky company on loopback, audit it from both sides, write the report.

    Needs no root and no internet. Ends with 0 whatever it finds: finding something is the point.
    """
    from auditor.cli.showing import show

    show(folder, sound=sound, quiet=quiet)
