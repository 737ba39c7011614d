"""The JSON Schema says what the loader says, as far as a schema can."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from auditor.config import schema

ROOT = Path(__file__).parents[2]
GOOD = sorted((Path(__file__).parent / "good").glob("*.yaml"))
BAD = Path(__file__).parent / "bad"
SCHEMA = schema()

_TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
}
_SAYS_NOTHING = {"$schema", "$defs", "title", "description", "default", "examples"}


def fits(value: Any, part: dict[str, Any]) -> bool:
    """Whether a value fits a schema. Knows the keywords ours uses, and no others."""
    return all(_fits(value, part, key, said) for key, said in part.items() if key not in _SAYS_NOTHING)


def _fits(value: Any, part: dict[str, Any], key: str, said: Any) -> bool:
    kinds, check = _KEYWORDS[key]
    return check(value, said, part) if isinstance(value, kinds) else True


def _type(value: Any, said: str, part: dict[str, Any]) -> bool:
    return isinstance(value, _TYPES[said]) and not (isinstance(value, bool) and said in ("integer", "number"))


def _others(value: dict[str, Any], said: Any, part: dict[str, Any]) -> bool:
    others = set(value) - set(part.get("properties", {}))
    return not others if said is False else all(fits(value[name], said) for name in others)


_NUMBER = (int, float)

#: Keyword: the kinds of values it is about, and when such a value fits. One that is not here is a KeyError.
_KEYWORDS: dict[str, tuple[Any, Callable[[Any, Any, dict[str, Any]], bool]]] = {
    "$ref": (object, lambda v, said, _: fits(v, SCHEMA["$defs"][said.removeprefix("#/$defs/")])),
    "type": (object, _type),
    "enum": (object, lambda v, said, _: v in said),
    "const": (object, lambda v, said, _: v == said),
    "anyOf": (object, lambda v, said, _: any(fits(v, choice) for choice in said)),
    "oneOf": (object, lambda v, said, _: sum(fits(v, choice) for choice in said) == 1),
    "pattern": (str, lambda v, said, _: re.search(said, v) is not None),
    "minLength": (str, lambda v, said, _: len(v) >= said),
    "minimum": (_NUMBER, lambda v, said, _: v >= said),
    "maximum": (_NUMBER, lambda v, said, _: v <= said),
    "exclusiveMinimum": (_NUMBER, lambda v, said, _: v > said),
    "items": (list, lambda v, said, _: all(fits(item, said) for item in v)),
    "minItems": (list, lambda v, said, _: len(v) >= said),
    "uniqueItems": (list, lambda v, said, _: all(item not in v[:place] for place, item in enumerate(v))),
    "minProperties": (dict, lambda v, said, _: len(v) >= said),
    "maxProperties": (dict, lambda v, said, _: len(v) <= said),
    "required": (dict, lambda v, said, _: all(name in v for name in said)),
    "properties": (dict, lambda v, said, _: all(fits(v[n], sub) for n, sub in said.items() if n in v)),
    "additionalProperties": (dict, _others),
    "propertyNames": (dict, lambda v, said, _: all(fits(name, said) for name in v)),
}


def plain(path: Path) -> Any:
    return YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))


def test_the_committed_schema_is_the_generated_one() -> None:
    committed = (ROOT / "probes.schema.json").read_text(encoding="utf-8")
    assert committed == json.dumps(SCHEMA, indent=2) + "\n", (
        "write it again: auditor schema --out probes.schema.json"
    )


@pytest.mark.parametrize("path", [ROOT / "probes.yaml", *GOOD], ids=lambda path: path.name)
def test_what_loads_fits(path: Path) -> None:
    assert fits(plain(path), SCHEMA)


@pytest.mark.parametrize(
    "name",
    ["unknown-keys", "missing-keys", "empty-lists", "empty-mappings", "wrong-types", "wrong-sections", "version-2",
     "version-text", "enum-words", "durations", "rates", "ports", "lists-twice", "no-values", "addresses-word",
     "secret-inline", "secret-sources", "names-of-things", "public-paths"],
)  # fmt: skip
def test_what_an_editor_can_know_to_be_wrong_does_not_fit(name: str) -> None:
    assert not fits(plain(BAD / f"{name}.yaml"), SCHEMA)


def test_every_key_is_described() -> None:
    shapes = [SCHEMA, *SCHEMA["$defs"].values()]
    keys = [(name, key) for shape in shapes for name, key in shape.get("properties", {}).items()]
    assert len(keys) > 50
    assert [name for name, key in keys if not key.get("description")] == []


def test_the_documentation_names_every_key() -> None:
    text = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    for shape in (SCHEMA, *SCHEMA["$defs"].values()):
        for key in shape.get("properties", {}):
            assert f"`{key}`" in text, key
