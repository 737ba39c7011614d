"""The tree of a file to plain values: what each scalar comes to, and what can be no value at all.

Must never look at what a value is for, but for the keys that may stand beside it.
"""

import re
from collections.abc import Mapping as Environment

from auditor.config.errors import Path, Wrong
from auditor.config.ledger import Ledger, is_secret
from auditor.config.mistakes import keys_at, meant_key, unknown_key
from auditor.config.nodes import Entry, List, Mapping, Node, Scalar, meaning
from auditor.config.variables import substituted

_CONTROL = re.compile("[\0-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")

_NOTHING = Wrong("has no value", "give it one, or remove the key")
_EMPTY_LIST = Wrong("is an empty list, which would assert nothing", "list something, or remove the key")
_EMPTY_MAPPING = Wrong("is empty, so it would assert nothing", "fill it, or remove the key")
_CONTROLS = Wrong("holds a line break or a control character, which no value here may")


class Values(dict[Path, object]):
    """What every scalar comes to, by its path; what comes to nothing is in the ledger instead."""

    def __init__(self, root: Node, environ: Environment[str, str], ledger: Ledger) -> None:
        super().__init__()
        self._environ, self._ledger = environ, ledger
        self._settle(root, ())

    def _settle(self, node: Node, path: Path) -> None:
        if node.flaw:
            self._ledger.wrong(path, node.flaw, value=False)
        elif isinstance(node, Scalar):
            try:
                self[path] = self._value(node, path)
            except Wrong as wrong:
                self._ledger.wrong(path, wrong, value=wrong is not _NOTHING)
        elif isinstance(node, List):
            if not node.items:
                self._ledger.wrong(path, _EMPTY_LIST, value=False)
            for place, item in enumerate(node.items):
                self._settle(item, (*path, place))
        else:
            self._mapping(node, path)

    def _mapping(self, node: Mapping, path: Path) -> None:
        for line, column, key, wrong in node.flaws:
            named = key is not None and not is_secret(path)
            self._ledger.wrong_at(line, column, (*path, key or "") if named else path, wrong)
        if not node.entries and not node.flaws:
            self._ledger.wrong(path, _EMPTY_MAPPING, value=False)
        known = keys_at(path)
        for key, entry in node.entries.items():
            if self._ledger.full:
                return
            if known and key not in known:
                self._unknown(key, entry, path, known)
            else:
                self._settle(entry.node, (*path, key))

    def _unknown(self, key: str, entry: Entry, path: Path, known: list[str]) -> None:
        wrong, meant = unknown_key(key, known), meant_key(key, path)
        self._ledger.misspelt.add(meant)
        if is_secret(path) and not meant:  # then the key may be the secret itself
            self._ledger.wrong_at(entry.line, entry.column, path, Wrong("holds a key we do not know", wrong.hint))
            self._ledger.break_((*path, key))
        else:
            self._ledger.wrong((*path, key), wrong, value=False)

    def _value(self, scalar: Scalar, path: Path) -> object:
        value = meaning(scalar)
        if value is None:
            raise _NOTHING
        if isinstance(value, str):
            if "${" in value:
                self._ledger.filled.add(path)
                value = substituted(value, self._environ)
            if _CONTROL.search(value):
                raise _CONTROLS
        return value
