"""The JSON Schema of probes.yaml, for editors: what each value may be, not what they mean together.

Must stay equal to the committed probes.schema.json; a test holds the two together.
"""

from typing import Any

from auditor.config.model import Config

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """The schema, draft 2020-12."""
    found = _plain(Config.model_json_schema(by_alias=True, mode="validation"))
    assert isinstance(found, dict)
    return {"$schema": _DIALECT, **found, "title": "probes.yaml"}


def _plain(part: Any) -> Any:
    """Without titles, which repeat names; without defaults in a spelling the file would not take; without null and
    empty lists, which the file may not hold."""
    if isinstance(part, list):
        return [_plain(item) for item in part]
    if not isinstance(part, dict):
        return part
    kept = {key: _plain(value) for key, value in part.items() if not (key == "title" and isinstance(value, str))}
    choices = kept.get("anyOf")
    if isinstance(choices, list):
        choices = [choice for choice in choices if choice != {"type": "null"}]
        if len(choices) == 1:
            del kept["anyOf"]
            kept = {**choices[0], **kept}
        else:
            kept["anyOf"] = choices
    if "pattern" in kept or not isinstance(kept.get("default"), str | bool | int | float):
        kept.pop("default", None)
    if kept.get("type") == "array":
        kept.update(minItems=1, uniqueItems=True)
    if kept.get("type") == "object":
        kept["minProperties"] = 1
    return kept
