"""Zone files (RFC 1035 section 5): the owners of the records in one, with $ORIGIN, $GENERATE and parentheses.

Must never open another file ($INCLUDE is only noted), and never unroll more than is kept.
"""

import re
from collections.abc import Iterable, Iterator
from functools import partial

import dns.rdatatype

from auditor.probes.collected import Collected

#: Numbers of one $GENERATE that are tried, at most.
MOST_GENERATED = 20_000

_TYPES = frozenset(kind.name.replace("_", "-") for kind in dns.rdatatype.RdataType)
_TYPE = re.compile(r"TYPE[0-9]{1,5}")
_TTL = re.compile(r"[0-9]+(?:[smhdw][0-9]+)*[smhdw]?", re.I)
_CLASSES = frozenset({"IN", "CH", "HS"})

#: Their owners may be hashes, which are no names.
_HASHED = frozenset({"NSEC3", "RRSIG"})

#: What matters for where an entry ends: strings, comments, parentheses, and words without any of these.
_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"?|;.*|[()]|(?:[^\s"();\\]|\\.)+|\\|\s+')
_RANGE = re.compile(r"([0-9]{1,10})-([0-9]{1,10})(?:/([0-9]{1,10}))?")
_NUMBER = re.compile(r"\\\$|\$\$|\$\{(-?[0-9]{1,10})(?:,([0-9]{1,3})(?:,([doxX]))?)?\}|\$")

Entry = tuple[int, bool, list[str]]  # line, whether it starts with an owner, its words


def read(lines: Iterable[tuple[int, str]], zone: str, into: Collected) -> None:
    """Add the owners of all records. Raises Full."""
    origin, owner = zone, zone
    for line, has_owner, words in entries(lines):
        into.check_time()
        first = words[0].upper()
        if has_owner and first.startswith("$"):
            if first == "$ORIGIN" and len(words) > 1:
                origin = _absolute(words[1], origin)
            elif first == "$INCLUDE":
                into.incomplete(f"line {line}: $INCLUDE was not followed")
            elif first == "$GENERATE":
                _generate(line, words[1:], origin, into)
            elif first != "$TTL":
                into.refuse(line, f"{words[0]} is not known")
            continue
        owner = _absolute(words[0], origin) if has_owner else owner
        rrtype = _type_in(words[1:] if has_owner else words)
        if rrtype is None:
            into.refuse(line, "no record in it")
        elif not _is_type(rrtype):
            into.refuse(line, f"unknown rdatatype {rrtype!r}")
        elif rrtype.upper() not in _HASHED:
            into.add(owner, line)


def entries(lines: Iterable[tuple[int, str]]) -> Iterator[Entry]:
    """Entries in words, joined where parentheses go over several lines; strings and comments left out."""
    depth, start, has_owner = 0, 0, False
    words: list[str] = []
    for number, line in lines:
        if depth == 0:
            start, has_owner, words = number, not line[:1].isspace(), []
        if '"' not in line and ";" not in line and "(" not in line and ")" not in line:
            words += line.split()
        else:
            for piece in _PIECE.findall(line):
                if piece == "(":
                    depth += 1
                elif piece == ")":
                    depth = max(0, depth - 1)
                elif piece[0] == '"':
                    words.append('""')
                elif piece[0] != ";" and not piece.isspace():
                    words.append(piece)
        del words[_WORDS:]
        if depth == 0 and words:
            yield start, has_owner, words
    if depth and words:
        yield start, has_owner, words


#: Words kept of an entry: owner, TTL, class and type, or a $GENERATE, are among the first.
_WORDS = 8


def _type_in(words: list[str]) -> str | None:
    """What stands in the place of a record's type, after TTL and class in either order."""
    for word in words[:3]:
        if _is_type(word) or (word.upper() not in _CLASSES and not _TTL.fullmatch(word)):
            return word
    return None


def _is_type(word: str) -> bool:
    upper = word.upper()
    return upper in _TYPES or _TYPE.fullmatch(upper) is not None


def _absolute(name: str, origin: str) -> str:
    if name == "@":
        return origin
    escapes = len(name[:-1]) - len(name[:-1].rstrip("\\"))
    if name.endswith(".") and escapes % 2 == 0:
        return name
    return f"{name}.{origin}" if origin.strip(".") else f"{name}."


def _generate(line: int, words: list[str], origin: str, into: Collected) -> None:
    """$GENERATE start-stop[/step] owner [TTL] [class] type data, as BIND has it."""
    found = _RANGE.fullmatch(words[0]) if words else None
    if found is None or len(words) < 3 or not _is_type(_type_in(words[2:]) or ""):
        into.refuse(line, "a $GENERATE that cannot be read")
        return
    start, stop, step = int(found[1]), int(found[2]), int(found[3] or 1)
    for done, number in enumerate(range(start, stop + 1, max(1, step))):
        if done >= MOST_GENERATED:
            into.incomplete(f"line {line}: no more than {MOST_GENERATED:,} names of a $GENERATE were made")
            return
        into.check_time()
        into.add(_absolute(_NUMBER.sub(partial(_numbered, number), words[1]), origin), line)


def _numbered(number: int, match: re.Match[str]) -> str:
    if match[0] in ("$$", "\\$"):
        return "\\$"
    value = number + int(match[1] or 0)
    return format(abs(value), f"0{min(int(match[2] or 0), 63)}{match[3] or 'd'}")
