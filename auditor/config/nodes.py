"""YAML text to a tree of nodes, each with its line and column: parsed once, used for data and for marks.

Must never build objects from tags or follow aliases, and must end on any input: depth and size are bounded.
Scalars mean what the core schema of YAML 1.2 says: `no`, `on` and `12:30` are text.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from auditor.config.errors import Path, Wrong

MAX_DEPTH = 16
MAX_VALUES = 100_000

#: What YAML 1.2 allows in a stream (section 5.1), less the line separators that no editor counts.
_UNREADABLE = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)

_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_WORDS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NOTHING = {"", "~", "null", "Null", "NULL"}
_MAX_DIGITS = 18  # more is no number anyone configures, and slow to convert

_ALIAS = Wrong("aliases are not read here", "write the value out, or quote text that begins with *")
_TAG = Wrong("tags are not read here", "remove it, or quote text that begins with !")
_KEY = Wrong("a key must be a plain word")


class Unreadable(Exception):
    """The text is no YAML that we read; nothing after this point was looked at."""

    def __init__(self, line: int, column: int, wrong: Wrong) -> None:
        super().__init__(wrong.message)
        self.line, self.column, self.wrong = line, column, wrong


@dataclass(slots=True, eq=False)
class Scalar:
    line: int
    column: int
    text: str  # as written, escapes decoded
    quoted: bool
    flaw: Wrong | None = None


@dataclass(slots=True, eq=False)
class List:
    line: int
    column: int
    items: list["Node"] = field(default_factory=list)
    flaw: Wrong | None = None


@dataclass(slots=True, eq=False)
class Entry:
    """A key of a mapping, where it stands, and what it holds."""

    line: int
    column: int
    node: "Node"


@dataclass(slots=True, eq=False)
class Mapping:
    line: int
    column: int
    entries: dict[str, Entry] = field(default_factory=dict)
    flaws: list[tuple[int, int, str | None, Wrong]] = field(default_factory=list)  # of its keys
    flaw: Wrong | None = None


Node = Scalar | List | Mapping


def read(text: str) -> Node:
    """The one document of a text. Raises Unreadable."""
    for match in _UNREADABLE.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        column = match.start() - text.rfind("\n", 0, match.start())
        raise Unreadable(line, column, Wrong(f"character U+{ord(match[0]):04X} may not stand in this file"))
    # Imported late: a process that is handed a finished Config, as most are in tests, never parses YAML.
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    composer = _Composer()
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            composer.take(event)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = ", ".join(part for part in (error.context, error.problem) if part)
        at: tuple[int, int] = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        around = "".join(text.splitlines()[at[0] - 1 : at[0]])
        raise Unreadable(*at, Wrong(f"is not YAML: {said}", _cure(said, around))) from None
    except (YAMLError, ValueError, OverflowError, AttributeError, IndexError, TypeError, AssertionError):
        # The parser's own faults on odd input, such as an escape beyond Unicode: they name no place.
        raise Unreadable(*composer.at, Wrong("is not YAML from here on")) from None
    if composer.root is None:
        raise Unreadable(1, 1, Wrong("is empty", "it needs version, vantages and services"))
    return composer.root


def _cure(said: str, line: str) -> str | None:
    if "${" in line and "while parsing a flow" in said:
        return "inside [] and {}, text with ${NAME} needs quotes"
    cures = {
        "'\\t'": "indent with spaces",
        "mapping values are not allowed": "look for a missing line break, a wrong indent or an unquoted ': '",
        "cannot start any token": "put the text in quotes",
    }
    return next((cure for sign, cure in cures.items() if sign in said), None)


@dataclass(slots=True)
class _Open:
    """A container being filled; for a mapping also the key that waits for its value."""

    node: List | Mapping
    key: tuple[int, int, str | None] | None = None


class _Composer:
    """Parser events to nodes, without recursion. Flaws stay on the nodes, so that the rest is still read."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self.at = (1, 1)
        self._open: list[_Open] = []
        self._values = 0

    def take(self, event: Any) -> None:
        kind = type(event).__name__
        self.at = (event.start_mark.line + 1, event.start_mark.column + 1)
        if kind in ("SequenceStartEvent", "MappingStartEvent"):
            opened: List | Mapping = (List if kind == "SequenceStartEvent" else Mapping)(*self.at)
            opened.flaw = _TAG if event.tag is not None else None
            self._put(opened)
            self._open.append(_Open(opened))
            if len(self._open) > MAX_DEPTH:
                raise Unreadable(*self.at, Wrong(f"is nested deeper than {MAX_DEPTH} levels"))
        elif kind in ("SequenceEndEvent", "MappingEndEvent"):
            self._open.pop()
        elif kind == "ScalarEvent":
            flaw = _TAG if event.tag is not None else None
            self._put(Scalar(*self.at, event.value, not event.implicit[0], flaw))
        elif kind == "AliasEvent":
            self._put(Scalar(*self.at, "", True, _ALIAS))
        elif kind == "DocumentStartEvent":
            self._start(event)

    def _start(self, event: Any) -> None:
        if self.root is not None:
            raise Unreadable(*self.at, Wrong("a second document begins here", "one file holds one"))
        if event.version not in (None, (1, 2)):
            raise Unreadable(*self.at, Wrong("is read as YAML 1.2 only", "remove the %YAML line"))

    def _put(self, node: Node) -> None:
        self._values += 1
        if self._values > MAX_VALUES:
            raise Unreadable(*self.at, Wrong(f"has more than {MAX_VALUES} values"))
        if not self._open:
            self.root = node
            return
        parent = self._open[-1]
        if isinstance(parent.node, List):
            parent.node.items.append(node)
        elif parent.key is None:
            parent.key = (node.line, node.column, self._key(parent.node, node))
        else:
            line, column, key = parent.key
            parent.key = None
            if key is not None:
                parent.node.entries[key] = Entry(line, column, node)

    def _key(self, mapping: Mapping, node: Node) -> str | None:
        """The key, or None where what it holds must not count; why not is then a flaw of the mapping."""
        if not isinstance(node, Scalar) or node.flaw or not node.text.isprintable():
            wrong = (node.flaw if isinstance(node, Scalar) else None) or _KEY
            mapping.flaws.append((node.line, node.column, None, wrong))
            return None
        first = mapping.entries.get(node.text)
        if first is not None:
            wrong = Wrong(f"is given twice, first on line {first.line}", "keep one")
            mapping.flaws.append((node.line, node.column, node.text, wrong))
            return None
        return node.text


def meaning(scalar: Scalar) -> str | int | float | bool | None:
    """What a scalar means by the core schema of YAML 1.2 (section 10.3). Raises Wrong on odd numbers."""
    text = scalar.text
    if scalar.quoted:
        return text
    if text in _NOTHING:
        return None
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        if len(text) > _MAX_DIGITS:
            raise Wrong("has too many digits", "quote it if it is text")
        return int(text, 0) if text[1:2] in ("o", "x") else int(text)
    if _FLOAT.fullmatch(text):
        number = float(text)
        if number in (float("inf"), float("-inf")):
            raise Wrong("is too large a number")
        return number
    if _NOT_FINITE.fullmatch(text):
        raise Wrong("is not a number that can be used")
    return text


def locate(root: Node, path: Path) -> tuple[int, int, Node | None]:
    """Line and column of what a path names: of its key where it has one, else of the nearest thing above.

    The node is None where the path leads to nothing.
    """
    line, column, node = root.line, root.column, root
    for part in path:
        if isinstance(node, Mapping) and isinstance(part, str) and part in node.entries:
            entry = node.entries[part]
            line, column, node = entry.line, entry.column, entry.node
        elif isinstance(node, List) and isinstance(part, int) and part < len(node.items):
            node = node.items[part]
            line, column = node.line, node.column
        else:
            return line, column, None
    return line, column, node
