"""Names in certificates logged for public trust (RFC 6962): a search's JSON list, JSON lines, or one name a line.

Must never hold a whole list in memory as values, nor take what is no host name for one.
"""

import json
import re
from collections.abc import Iterable, Iterator
from ipaddress import ip_address
from typing import Any

from auditor.probes.collected import Collected

#: A host name of two labels or more, perhaps with a wildcard for its first; letters of other scripts are put into
#: A-labels later.
_HOST = re.compile(r"(?:\*\.)?(?:[\w-]{1,63}\.)+[\w-]{1,63}\.?")
_LONGEST = 1024

_DECODER = json.JSONDecoder()
_GAP = re.compile(r"[\s,]*")


def read_list(text: str, into: Collected) -> None:
    """Add the names of a JSON list of certificates, one by one. Raises Full."""
    at = _GAP.match(text, text.index("[") + 1)
    where = at.end() if at else 0
    line, counted = 1, 0
    while where < len(text) and text[where] != "]":
        into.check_time()
        line, counted = line + text.count("\n", counted, where), where
        try:
            entry, where = _DECODER.raw_decode(text, where)
        except (ValueError, RecursionError) as error:
            into.refuse(line, f"not JSON: {error}")
            into.incomplete(f"not read beyond line {line}")
            return
        for name in _names_in(entry, line, into):
            _add(name, line, into)
        gap = _GAP.match(text, where)
        where = gap.end() if gap else where
    if where >= len(text):
        into.incomplete("the list has no end")


def read_lines(lines: Iterable[tuple[int, str]], into: Collected) -> None:
    """Add the names of JSON lines, or of lines with a name each; `#` starts a comment. Raises Full."""
    for number, line in lines:
        into.check_time()
        text = line.strip()
        if text.startswith("{"):
            try:
                entry = _DECODER.decode(text)
            except (ValueError, RecursionError) as error:
                into.refuse(number, f"not JSON: {error}")
                continue
            for name in _names_in(entry, number, into):
                _add(name, number, into)
        elif name := text.partition("#")[0].strip():
            _add(name, number, into)


def _names_in(entry: Any, line: int, into: Collected) -> Iterator[str]:
    """The names of one certificate, by the keys of crt.sh and of Cert Spotter."""
    if isinstance(entry, str):
        yield entry
        return
    if not isinstance(entry, dict):
        into.refuse(line, "neither a certificate nor a name")
        return
    found = [entry.get(key) for key in ("name_value", "common_name", "dns_names")]
    if not any(found):
        into.refuse(line, "a certificate without names")
    for each in found:
        if isinstance(each, str):
            yield from each.split("\n")
        elif isinstance(each, list):
            yield from (name for name in each if isinstance(name, str))


def _add(name: str, line: int, into: Collected) -> None:
    name = name.strip()
    if not name or _is_address(name):
        return
    if len(name) > _LONGEST or not _HOST.fullmatch(name):
        into.refuse(line, f"{name[:80]} is no host name")  # an e-mail address, a person, an attack
        return
    into.add(name, line)


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
