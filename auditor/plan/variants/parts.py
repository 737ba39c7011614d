"""The parts of a question that a form is put together from: `"/{first};x=1{rest}"`.

Must never draw anything at random but from the spelling it is given, nor touch a percent-escape it did not write:
`%2F` in capitals is another spelling of its own.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from auditor.model import HttpQuestion
from auditor.plan.names import Names

_ATOM = re.compile(r"%[0-9A-Fa-f]{2}|.", re.DOTALL)
_DEFAULT_PORT = {"http": 80, "https": 443}


class Absent(Exception):
    """The target has no such part: there is nothing to be spelled otherwise."""


@dataclass(frozen=True, slots=True)
class Spelling:
    """Where random segments come from. Target and siblings of one sighting get the same, so that only what is at
    stake differs between them; each sighting its own, so that no cache answers twice.
    """

    names: Names
    context: tuple[object, ...]  # the claim's key and the attempt

    @property
    def segment(self) -> str:
        return self.names.label("segment", *self.context)

    def buster(self, variant: str, target: str) -> str:
        """A query value that no other question has; twelve characters, whatever the target."""
        return self.names.label("buster", variant, target, *self.context)[:12]


class Climb:
    """As many steps up as a prefix has segments: `{up:../}` is `../../` for `/api/v1`."""

    def __init__(self, prefix: str) -> None:
        self._steps = sum(1 for segment in prefix.split("/") if segment)

    def __format__(self, step: str) -> str:
        return step * self._steps


class Parts:
    """The parts of one question, each worked out when a form asks for it. Raises Absent from a look-up."""

    def __init__(self, question: HttpQuestion, spelling: Spelling, prefix: str | None) -> None:
        self.question = question
        self.spelling = spelling
        self.prefix = f"/{spelling.segment}" if prefix is None else prefix
        self.bare, self.mark, self.query = question.target.partition("?")

    def __getitem__(self, name: str) -> object:
        found = FIELDS[name](self)
        if found is None:
            raise Absent(name)
        return found

    @property
    def path(self) -> str:
        """What follows the first slash."""
        return self.bare.removeprefix("/")

    @property
    def at_stake(self) -> str:
        """The host that is asked for."""
        return self.question.host_header or self.entrance

    @property
    def entrance(self) -> str:
        """The host that is talked to, as its Host header has it."""
        host, port = self.question.host, self.question.port
        host = f"[{host}]" if ":" in host else host
        return host if port == _DEFAULT_PORT[self.question.scheme] else f"{host}:{port}"


#: Parts that not every target has are None there.
FIELDS: dict[str, Callable[[Parts], object]] = {
    # of the path
    "path": lambda p: p.path,
    "first": lambda p: p.path.partition("/")[0],
    "rest": lambda p: p.path[len(p.path.partition("/")[0]) :],  # its slash included
    "inner": lambda p: p.path.partition("/")[2] if "/" in p.path else None,
    "rest_or_root": lambda p: p.path[len(p.path.partition("/")[0]) :] or "/",
    "stem": lambda p: p.path.removesuffix("/"),
    "unslashed": lambda p: p.path.removesuffix("/") if p.path.endswith("/") else None,
    "rootless": lambda p: p.bare.lstrip("/") or None,
    "hexed": lambda p: _changed(p.path, str.isalnum, _first, _hex),
    "hexed_later": lambda p: _changed(p.path, str.isalnum, _last, _hex),
    "hexed_twice": lambda p: _changed(p.path, str.isalnum, _first, lambda c: _hex(c).replace("%", "%25")),
    "flipped": lambda p: _changed(p.path, str.isalpha, _all, str.swapcase),
    "flipped_first": lambda p: _changed(p.path, str.isalpha, _first, str.swapcase),
    "flipped_last": lambda p: _changed(p.path, str.isalpha, _last, str.swapcase),
    "target": lambda p: p.question.target,
    # around it
    "x": lambda p: p.spelling.segment,
    "P": lambda p: p.prefix,
    "up": lambda p: Climb(p.prefix),
    # of the authority
    "scheme": lambda p: p.question.scheme,
    "host": lambda p: p.at_stake,
    "HOST": lambda p: p.at_stake.upper(),
    "entrance": lambda p: p.entrance,
    "port": lambda p: p.question.port,
    "other_port": lambda p: 8443 if p.question.port == 80 else 80,
}

Places = Sequence[int]


def _first(places: Places) -> Places:
    return places[:1]


def _last(places: Places) -> Places:
    return places[-1:]


def _all(places: Places) -> Places:
    return places


def _changed(
    path: str, fits: Callable[[str], bool], which: Callable[[Places], Places], change: Callable[[str], str]
) -> str | None:
    """The path with characters changed in the first segment that has any that fit; None where none has."""
    segments = path.split("/")
    for number, segment in enumerate(segments):
        atoms = _ATOM.findall(segment)
        places = [place for place, atom in enumerate(atoms) if fits(atom)]
        if places:
            for place in which(places):
                atoms[place] = change(atoms[place])
            segments[number] = "".join(atoms)
            return "/".join(segments)
    return None


def _hex(character: str) -> str:
    return f"%{ord(character):02x}"
