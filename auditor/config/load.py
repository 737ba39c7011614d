"""probes.yaml → Config: the whole file, strictly, with every mistake at once.

Must never use a file with a mistake in it, and must end quickly on any bytes.
"""

import hashlib
from collections.abc import Mapping as Environment
from dataclasses import dataclass
from itertools import islice
from pathlib import Path as File
from typing import Final

from auditor.config.checks import Found, check
from auditor.config.errors import MAX_PROBLEMS, ConfigError, Problem, Wrong, printable
from auditor.config.ledger import Ledger
from auditor.config.model import Config
from auditor.config.nodes import Mapping, Unreadable, read
from auditor.config.salvage import Salvage

MAX_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Loaded:
    """A configuration without a mistake."""

    config: Config
    text_sha256: str  # hex, of the file's bytes
    warnings: tuple[Problem, ...]


def load(path: File, environ: Environment[str, str]) -> Loaded:
    """The configuration in a file. Raises ConfigError, also where the file cannot be read."""
    name = printable(str(path))
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "no such file"
        raise _whole(name, f"cannot be read: {printable(reason)}") from None
    if len(data) > MAX_BYTES:
        raise _whole(name, "is larger than 1 MiB")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        raise _whole(name, "is not UTF-8 text from here on", line, column) from None
    return parse(text, name, environ)


def parse(text: str, name: str, environ: Environment[str, str]) -> Loaded:
    """The configuration in a text; `name` is what messages call it. Raises ConfigError."""
    data = text.encode("utf-8", "surrogatepass")
    if len(data) > MAX_BYTES:
        raise _whole(name, "is larger than 1 MiB")
    try:
        root = read(text.removeprefix("\ufeff"))
    except Unreadable as error:
        raise _whole(name, error.wrong.message, error.line, error.column, error.wrong.hint) from None
    if not isinstance(root, Mapping):
        raise _whole(name, "is not a mapping", root.line, root.column, "begin with version, vantages, services")
    ledger = Ledger(name, root)
    salvage = Salvage(root, environ, ledger)
    config = salvage.config()
    if config is not None:
        _judge(config, salvage, ledger)
    if config is None and not ledger.problems:
        raise _whole(name, "cannot be understood")
    if ledger.problems or config is None:
        raise ConfigError(ledger.problems)
    return Loaded(config, hashlib.sha256(data).hexdigest(), tuple(ledger.warnings))


def _judge(config: Config, salvage: Salvage, ledger: Ledger) -> None:
    """The rules between the sections, where what they read is sound."""
    found = [one for one in islice(check(config), MAX_PROBLEMS) if _true(one, salvage, ledger)]
    for one in found:
        record = ledger.warn if one.warning else ledger.wrong
        record(salvage.original(one.path), one.wrong, value=one.value)


def _true(found: Found, salvage: Salvage, ledger: Ledger) -> bool:
    """Whether it is so in the file as well, and not only in what was left of it."""
    path = salvage.original(found.path)
    if ledger.lost(path) or (found.literal and path in ledger.filled):
        return False
    return all(ledger.sound(salvage.original(path)) for path in found.reads)


def _whole(name: str, message: str, line: int = 0, column: int = 0, hint: str | None = None) -> ConfigError:
    wrong = Wrong(message, hint)
    return ConfigError([Problem(name, line, column, "", None, wrong.message, wrong.hint)])
