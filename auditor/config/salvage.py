"""As much of a Config as a file with mistakes still gives, so that all its mistakes can be told at once.

Must never be run from: what is wrong is left out, and what cannot be left out is a stand-in that no check reads.
"""

import json
from collections.abc import Mapping as Environment
from collections.abc import Sequence
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from auditor.config.errors import MAX_PROBLEMS, Path
from auditor.config.ledger import Ledger
from auditor.config.mistakes import explain
from auditor.config.model import BRANCHES, Config
from auditor.config.nodes import List, Mapping, Node, locate
from auditor.config.values import Values

#: Leaving something out can make what held it wrong in turn; each round goes one level up.
_ROUNDS: Final = 6

_VANTAGE: Final = {"side": "outside", "resolvers": ["system"]}
_SERVICE: Final = {"names": ["stand-in.invalid"]}
_PUBLIC_PATH: Final = {"path": "/", "anonymous": "allowed"}

#: What stands in for a required key that is missing or wrong.
_STAND_INS: Final[dict[str, Any]] = {
    "version": 1,
    "vantages": {"stand-in": _VANTAGE},
    "services": {"stand-in": _SERVICE},
    "side": "outside",
    "resolvers": ["system"],
    "url": "https://stand-in.invalid",
    "gateway": "stand-in",
    "paths": [_PUBLIC_PATH],
    "webhook": {"url": "https://stand-in.invalid"},
    "secret": {"env": "STAND_IN"},
    "file": "stand-in",
    **_PUBLIC_PATH,
}

#: What stands in for a thing of a section that is wrong as a whole, so that its name stays known.
_ITEMS: Final[dict[str, Any]] = {
    "vantages": _VANTAGE,
    "gateways": {"url": "https://stand-in.invalid"},
    "services": _SERVICE,
    "public": {"gateway": "stand-in", "paths": [_PUBLIC_PATH]},
}


class Salvage:
    """The data of a file less what its ledger says is wrong, and the way back from there to the file."""

    def __init__(self, root: Node, environ: Environment[str, str], ledger: Ledger) -> None:
        self._root, self._ledger = root, ledger
        self._values = Values(root, environ, ledger)
        self._stand_ins: dict[Path, set[str]] = {}  # by what they stand in
        self._kept: dict[Path, list[int]] = {}  # lists that lost items: where the others stood

    def config(self) -> Config | None:
        """The Config of what is sound; its mistakes go into the ledger. None where nothing can be made of it."""
        for _ in range(_ROUNDS):
            if self._ledger.full:
                break
            self._kept = {}
            text = json.dumps(self._data(self._root, ()))
            try:
                return Config.model_validate_json(text, by_alias=True, by_name=False)
            except ValidationError as error:
                self._record(error.errors(include_url=False, include_input=False))
        return None

    def original(self, path: Path) -> Path:
        """Where in the file something of the Config stands."""
        found: Path = ()
        for part in path:
            places = self._kept.get(found) if isinstance(part, int) else None
            found = (*found, places[part] if places is not None and isinstance(part, int) else part)
        return found

    def _record(self, errors: Sequence[ErrorDetails]) -> None:
        places = [(error, self.original(_plain(error["loc"]))) for error in errors[: MAX_PROBLEMS + 1]]
        for error, path in places:
            if error["type"] == "missing":
                self._stand_ins.setdefault(path[:-1], set()).add(str(path[-1]))
            misspelt = error["type"] == "missing" and path in self._ledger.misspelt
            if misspelt or self._ledger.above_broken(path) or self._ledger.lost(path):
                self._ledger.break_(path)  # a consequence of what is told anyway
                continue
            wrong, value = explain(error, path, locate(self._root, path)[2])
            self._ledger.wrong(path, wrong, value=value)

    def _data(self, node: Node, path: Path) -> Any:
        if isinstance(node, Mapping):
            data = {
                key: self._data(entry.node, (*path, key))
                for key, entry in node.entries.items()
                if not self._ledger.broken((*path, key))
            }
            if len(path) == 1 and path[0] in _ITEMS:
                lost = [key for key in node.entries if key not in data]
                data.update(dict.fromkeys(lost, _ITEMS[str(path[0])]))
            data.update({key: _STAND_INS[key] for key in self._stand_ins.get(path, ()) if key in _STAND_INS})
            return data
        if isinstance(node, List):
            places = [place for place in range(len(node.items)) if not self._ledger.broken((*path, place))]
            if len(places) < len(node.items):
                self._kept[path] = places
            return [self._data(node.items[place], (*path, place)) for place in places]
        return self._values[path]


def _plain(loc: tuple[str | int, ...]) -> Path:
    """A place as pydantic has it, without the branches of unions, which no file has."""
    return tuple(part for part in loc if part not in BRANCHES)
