"""Model values to JSON and back, the one way they are stored and shipped.

Must never be lenient: unknown keys, wrong types and missing fields are errors, for a file handed in from
another machine is read by the same code.
"""

import dataclasses
from functools import cache
from typing import Any

from pydantic import ConfigDict, TypeAdapter

from auditor import model

_STRICT = ConfigDict(extra="forbid")

# The values stay plain dataclasses, so that the core needs no library to build them; here they get their manners.
for _name in model.__all__:
    _value = getattr(model, _name)
    if isinstance(_value, type) and dataclasses.is_dataclass(_value):
        _value.__pydantic_config__ = _STRICT  # type: ignore[attr-defined]


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def dump(kind: Any, value: Any) -> bytes:
    """The value as compact JSON; equal values give equal bytes."""
    return _adapter(kind).dump_json(value)


def load(kind: Any, data: bytes | str) -> Any:
    """The value that `dump` wrote. Raises pydantic.ValidationError on anything else."""
    return _adapter(kind).validate_json(data)
