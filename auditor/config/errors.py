"""What can be wrong with a configuration, as values, and the one exception that carries all of it.

Must never show a secret: what is shown of a value is decided here, once.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

#: A value longer than this is cut: a message is for a terminal.
SHOWN_CHARACTERS = 60

#: Mistakes one file may be charged with; a file with more is not a configuration.
MAX_PROBLEMS = 500

_PLAIN_KEY = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,62}\Z")
_CREDENTIALS = re.compile(r"(?P<scheme>\A[a-zA-Z0-9+.-]+://|\A).*@", re.DOTALL)
_QUERY = re.compile(r"(?P<url>://[^?]*)\?.*", re.DOTALL)

#: Where something stands in the file: keys and list places, from the top.
Path = tuple[str | int, ...]


class AuditorError(Exception):
    """Base of every error that is ours: the person who runs the auditor can mend it."""


class Wrong(ValueError):
    """A value that does not do, as a predicate ("is not a duration") and what would be right.

    The message never quotes the value: whoever shows it knows whether it is a secret. A hint that does says so
    with `echo`, and is dropped where the value must not be shown.
    """

    def __init__(self, message: str, hint: str | None = None, *, echo: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.echo = echo


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake, or one warning, and where it stands. Safe to print and to ship: no secret is in it."""

    file: str  # as the person named it; empty where no file is involved
    line: int  # from 1; 0: the file as a whole
    column: int
    path: str  # "services.config.paths[0]"; empty at the top
    value: str | None  # the offending value as shown: quoted, cut, escaped, masked
    message: str  # a predicate of the value, or of the path where no value is shown
    hint: str | None = None  # what would be right

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        said = f"{self.value} {self.message}" if self.value is not None else self.message
        text = ": ".join(part for part in (place, self.path, said) if part)
        return f"{text}; {self.hint}" if self.hint else text


class ConfigError(AuditorError):
    """All that is wrong with a configuration, in the order of the file."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        found = sorted(problems, key=lambda problem: (problem.line, problem.column))
        self.problems = tuple(found[:MAX_PROBLEMS])
        self.cut = len(found) > MAX_PROBLEMS
        super().__init__(self.problems)

    def __str__(self) -> str:
        lines = [str(problem) for problem in self.problems]
        if self.cut:
            lines.append("… and more: these are the first that were found")
        return "\n".join(lines)


def printable(text: str) -> str:
    """The text with every character that would not show, or would do something, written as an escape."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def shown(text: str) -> str:
    """A value for a message: quoted, cut, escaped; credentials and queries of URLs left out."""
    if "@" in text and ":" in text:
        text = _CREDENTIALS.sub(r"\g<scheme>…@", text, count=1)
    text = _QUERY.sub(r"\g<url>?…", text, count=1)
    if len(text) > SHOWN_CHARACTERS:
        text = text[:SHOWN_CHARACTERS] + "…"
    return f"'{printable(text)}'"


def dotted(path: Path) -> str:
    """A path as people write it: `services.config.paths[0]`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            name = part if _PLAIN_KEY.match(part) else shown(part)
            text += f".{name}" if text else name
    return text
