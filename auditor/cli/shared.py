"""What several commands need: reading the configuration, opening the database, saying what is wrong.

Must never print a traceback for a mistake of the person at the keyboard.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from auditor.alerts import Destination
    from auditor.config import Config, Loaded
    from auditor.store import Store


class Exit(IntEnum):
    CLEAN = 0
    OPEN = 1
    USAGE = 2
    INCONCLUSIVE = 3


ConfigOption = Annotated[
    Path,
    typer.Option("--config", "-c", envvar="AUDITOR_CONFIG", help="The configuration, probes.yaml."),
]
DatabaseOption = Annotated[
    str | None,
    typer.Option(
        "--db",
        envvar="AUDITOR_DB",
        help="sqlite:///file.db or postgresql://…; default: `database` of the configuration.",
    ),
]
DEFAULT_CONFIG = Path("probes.yaml")


def now() -> datetime:
    """The one clock of the commands."""
    return datetime.now(UTC)


def say(text: str) -> None:
    """To stderr: progress, warnings, what went wrong."""
    print(text, file=sys.stderr)


def leave(code: Exit, text: str) -> NoReturn:
    say(text)
    raise typer.Exit(code)


def loaded(path: Path, *, warn: bool = True) -> "Loaded":
    """The configuration; every mistake in it is printed and ends the command with 2."""
    from auditor.config import ConfigError, load

    try:
        found = load(path, os.environ)
    except ConfigError as error:
        leave(Exit.USAGE, str(error))
    if warn:
        for warning in found.warnings:
            say(f"warning: {warning}")
    return found


def database_url(config: "Config", given: str | None) -> str:
    from auditor.config import ConfigError, reveal

    try:
        return given or reveal(config.database, os.environ)
    except ConfigError as error:
        leave(Exit.USAGE, str(error))


@contextmanager
def opened(url: str) -> Iterator["Store"]:
    """The database; what is wrong with it is one sentence and ends the command with 3: nothing was proven."""
    from auditor.store import Store, StoreError

    try:
        store = Store.open(url)
    except StoreError as error:
        leave(Exit.INCONCLUSIVE, f"database: {error}")
    try:
        yield store
    except StoreError as error:
        leave(Exit.INCONCLUSIVE, f"database: {error}")
    finally:
        store.close()


def destinations(config: "Config") -> tuple["Destination", ...]:
    """Where alerts go; a secret that cannot be had is a mistake in the configuration."""
    from auditor.alerts import Destination
    from auditor.config import ConfigError, reveal

    out = []
    try:
        for place, alert in enumerate(config.alerts):
            hook = alert.webhook
            secret = reveal(hook.secret, os.environ) if hook.secret is not None else None
            out.append(Destination(f"webhook-{place}", reveal(hook.url, os.environ), secret, hook.allow_http))
    except ConfigError as error:
        leave(Exit.USAGE, str(error))
    return tuple(out)
