"""The mistakes of one file as they are found: where each stands, how it is shown, and what may still be judged.

Must never show what a person would call a secret, and never blame a value for what another value broke.
"""

import re

from auditor.config.errors import MAX_PROBLEMS, Path, Problem, Wrong, dotted, shown
from auditor.config.nodes import List, Mapping, Node, Scalar, locate

#: Keys whose values are never shown, nor anything below them; right keys and those people take for them.
_SECRET_KEY = re.compile(r"secret|token|passw|credential|api.?key", re.IGNORECASE)

#: Sections whose second level is names that people give.
_NAMED = {"vantages", "gateways", "services", "public"}


class Ledger:
    """Problems and warnings of one file, and which of its values are not to be trusted."""

    def __init__(self, file: str, root: Node) -> None:
        self.file = file
        self.root = root
        self.problems: list[Problem] = []
        self.warnings: list[Problem] = []
        self.filled: set[Path] = set()  # values with ${VAR} in them: what they came to is not shown
        self.misspelt: set[Path] = set()  # where misspelt keys were meant to stand
        self._broken: set[Path] = set()
        self._above_broken: set[Path] = set()

    def wrong(self, path: Path, wrong: Wrong, *, value: bool = True) -> None:
        """Record a mistake; the value there counts as broken from now on."""
        if not self.full:
            self.problems.append(self._problem(path, wrong, value))
        self.break_(path)

    @property
    def full(self) -> bool:
        """Whether there is more wrong than anyone will be told; what is wrong then still counts as broken."""
        return len(self.problems) > MAX_PROBLEMS

    def wrong_at(self, line: int, column: int, path: Path, wrong: Wrong) -> None:
        """Record a mistake that leaves the value at its path as it was, such as a second one of the same key."""
        if not self.full:
            self.problems.append(Problem(self.file, line, column, dotted(path), None, wrong.message, wrong.hint))

    def warn(self, path: Path, wrong: Wrong, *, value: bool = True) -> None:
        self.warnings.append(self._problem(path, wrong, value))

    def break_(self, path: Path) -> None:
        self._broken.add(path)
        self._above_broken.update(path[:length] for length in range(len(path)))

    def broken(self, path: Path) -> bool:
        """Whether just this was found wrong."""
        return path in self._broken

    def sound(self, path: Path) -> bool:
        """Whether nothing was wrong with this, with anything in it, or with anything it is in."""
        return path not in self._above_broken and not self.lost(path)

    def lost(self, path: Path) -> bool:
        """Whether this, or anything it is in, was found wrong."""
        return any(path[:length] in self._broken for length in range(len(path) + 1))

    def above_broken(self, path: Path) -> bool:
        return path in self._above_broken

    def _problem(self, path: Path, wrong: Wrong, value: bool) -> Problem:
        line, column, node = locate(self.root, path)
        seen = _shown(path, node) if value else None
        hint = None if wrong.echo and (is_secret(path) or path in self.filled) else wrong.hint
        return Problem(self.file, line, column, dotted(path), seen, wrong.message, hint)


def is_secret(path: Path) -> bool:
    """Whether what stands there is kept to ourselves: secrets, and all about webhooks, whose URLs often are."""
    keys = path[2:] if path[:1] and path[0] in _NAMED else path
    if any(isinstance(key, str) and _SECRET_KEY.search(key) for key in keys):
        return True
    return path[:1] == ("alerts",)


def _shown(path: Path, node: Node | None) -> str | None:
    if node is None or is_secret(path):
        return None
    if isinstance(node, Scalar):
        return shown(node.text)
    return "a list" if isinstance(node, List) else "a mapping" if isinstance(node, Mapping) else None
