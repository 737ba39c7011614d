"""Regular expressions for lines of a log: a few constructs, none of which can take for ever on any line.

Must never let one through whose time grows faster than the square of a line: repeats without an end stand alone,
each before something that it cannot match itself, so that there is nothing to try again.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Final

from pydantic import AfterValidator

from auditor.config.errors import Wrong

#: The group that holds the status.
GROUP: Final = "status"

_LONGEST: Final = 300
#: Repeats up to so many are as good as written out.
_SHORT: Final = 16
_EXAMPLE: Final = r"write for example 'status=(?P<status>\d{3})'"

_TOKEN = re.compile(
    r"(?P<open>\((?:\?:|\?P<status>)?)|(?P<close>\))|(?P<bar>\|)|(?P<anchor>[\^$]|\\b)"
    r"|(?P<item>\[\^?\]?(?:\\.|[^\]\\])*\]|\\[dDsSwW]|\\[^A-Za-z0-9]|[^\\\[\](){}.|?*+^$]|\.)"
)
_REPEAT = re.compile(r"(?P<simple>[*+?])\??|\{(?P<least>\d{1,3})(?:(?P<comma>,)(?P<most>\d{0,3}))?\}\??")


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    least: int = 1
    long: bool = False  # it may be repeated more often than `_SHORT`
    repeated: bool = False  # more than once


def pattern(text: str) -> str:
    """A pattern with a group `status` that every line is searched for. Raises Wrong."""
    if len(text) > _LONGEST or not text.isprintable():
        raise Wrong("is too long for a pattern, or holds what cannot be seen", f"at most {_LONGEST} characters")
    try:
        compiled = re.compile(text)
    except (re.error, RecursionError, OverflowError):
        raise Wrong("is not a regular expression", _EXAMPLE) from None
    if list(compiled.groupindex) != [GROUP]:
        raise Wrong("has no group named status", _EXAMPLE)
    tokens = _tokens(text)
    choices = any(token.kind == "bar" for token in tokens)
    for place, token in enumerate(tokens):
        if token.kind != "item" and (token.repeated or token.least == 0):
            raise Wrong("repeats a group, which can take for ever", "repeat single characters or sets only")
        if token.long and (choices or not _certain(token, tokens[place + 1 :])):
            raise Wrong(
                f"repeats {token.text} without an end before something it may match itself, "
                "which can take for ever",
                "name what must not be skipped: '[^\"]*\"' instead of '.*\"'",
            )
    return text


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    place = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise Wrong(f"holds what is not read here: {text[place : place + 8]}", _EXAMPLE)
        place = match.end()
        repeat = _REPEAT.match(text, place)
        if repeat is not None:
            place = repeat.end()
        found.append(_token(match.lastgroup or "", match[0], repeat))
    return found


def _token(kind: str, text: str, repeat: re.Match[str] | None) -> _Token:
    if repeat is None:
        return _Token(kind, text)
    if repeat["simple"]:
        many = repeat["simple"] != "?"
        return _Token(kind, text, least=int(repeat["simple"] == "+"), long=many, repeated=many)
    least = int(repeat["least"])
    most = least if repeat["comma"] is None else int(repeat["most"]) if repeat["most"] else None
    return _Token(kind, text, least, long=most is None or most > _SHORT, repeated=most is None or most > 1)


def _certain(token: _Token, after: Sequence[_Token]) -> bool:
    """Whether it is certain where a repeat ends."""
    following = next((each for each in after if each.kind not in ("open", "close")), None)
    if following is None or following.text == "$":
        return True
    if following.kind != "item" or following.least < 1:
        return False
    characters = frozenset(map(chr, range(256))) | frozenset(token.text + following.text)
    return not any(_matches(token.text, one) and _matches(following.text, one) for one in characters)


@lru_cache(maxsize=4096)
def _matches(item: str, character: str) -> bool:
    return re.fullmatch(item, character) is not None


LinePattern = Annotated[str, AfterValidator(pattern)]
