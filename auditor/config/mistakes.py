"""pydantic's errors as our sentences: which value, what is wrong with it, what would be right.

Must never let a foreign message through where it could quote a value.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from auditor.config import model
from auditor.config.errors import Path, Wrong, shown
from auditor.config.nodes import Node, Scalar
from auditor.config.words import close_to, meant

_ANY: Final = "*"

#: Which class stands where, so that a misspelt key can be told the right ones.
SHAPES: Final[Mapping[tuple[str, ...], type[BaseModel]]] = {
    (): model.Config,
    ("vantages", _ANY): model.VantageConfig,
    ("gateways", _ANY): model.GatewayConfig,
    ("gateways", _ANY, "around"): model.AroundConfig,
    ("services", _ANY): model.ServiceConfig,
    ("services", _ANY, "paths", _ANY): model.AskedPath,
    ("services", _ANY, "canary"): model.CanaryConfig,
    ("services", _ANY, "canary", "secret"): model.SecretFrom,
    ("services", _ANY, "log"): model.LogConfig,
    ("services", _ANY, "log", _ANY): model.LogConfig,
    ("public", _ANY): model.PublicConfig,
    ("public", _ANY, "paths", _ANY): model.PublicPath,
    ("public", _ANY, "paths", _ANY, "token"): model.SecretFrom,
    ("schedule",): model.Schedule,
    ("database",): model.SecretFrom,
    ("alerts", _ANY): model.AlertConfig,
    ("alerts", _ANY, "webhook"): model.WebhookConfig,
    ("alerts", _ANY, "webhook", "url"): model.SecretFrom,
    ("alerts", _ANY, "webhook", "secret"): model.SecretFrom,
    ("report",): model.ReportConfig,
    ("limits",): model.Limits,
}

#: Fields in which a person may have written a secret itself.
_SECRETS: Final = {"secret", "token"}
_INLINE_SECRET: Final = Wrong(
    "holds a secret, which may not stand in this file", "write {env: NAME} or {file: path}"
)

_BOUNDS: Final = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}


def keys_at(path: Path) -> list[str]:
    """The keys that may stand in the mapping there; none where any may."""
    for pattern, shape in SHAPES.items():
        if len(pattern) == len(path) and all(p in (_ANY, part) for p, part in zip(pattern, path, strict=True)):
            return [field.alias or name for name, field in shape.model_fields.items()]
    return []


def explain(error: ErrorDetails, path: Path, node: Node | None) -> tuple[Wrong, bool]:
    """What is wrong there, and whether the value belongs into the sentence."""
    kind = error["type"]
    if kind == "missing":
        return _missing(path), False
    if kind == "value_error":
        found = error["ctx"]["error"]
        return (found if isinstance(found, Wrong) else Wrong("is not right")), True
    if path[:1] in (("alerts",), ("public",), ("services",)) and path[-1] in _SECRETS:
        return _INLINE_SECRET, False
    sentence = _SENTENCES.get(kind)
    return sentence(error, node) if sentence else Wrong("is not right here"), True


def meant_key(key: str, path: Path) -> Path:
    """The path a misspelt key in the mapping at `path` was probably meant to have; empty where none is near."""
    found = meant(key, keys_at(path))
    return (*path, found) if found else ()


def unknown_key(key: str, known: list[str]) -> Wrong:
    """The sentence for a key that may not stand where it does."""
    if key == "<<":
        return Wrong("merge keys are not read here", "write the keys out")
    return Wrong("is not a key we know", close_to(key, known) or f"known here: {', '.join(known)}")


def _missing(path: Path) -> Wrong:
    return Wrong("is missing", _EXAMPLES.get(str(path[-1])))


#: What a required key looks like.
_EXAMPLES: Final = {
    "version": "write version: 1",
    "side": "write side: outside or side: inside",
    "resolvers": "write resolvers: [system] or resolvers: [192.0.2.53]",
    "vantages": "name at least one place inside and one outside to look from",
    "services": "name at least one service that must stay inside",
    "url": "write url: https://host",
    "gateway": "write the name of a gateway of this file",
    "path": "write path: /a/path",
    "paths": "list the paths",
    "webhook": "write webhook: {url: {env: NAME}}",
    "secret": "write secret: {env: NAME} or secret: {file: path}",
    "file": "write file: /var/log/nginx/access.log",
    "anonymous": "write anonymous: allowed or anonymous: denied",
}


def _choice(error: ErrorDetails, node: Node | None) -> Wrong:
    choices = re.findall(r"'([^']*)'", error["ctx"]["expected"])
    hint = close_to(node.text, choices) if isinstance(node, Scalar) else None
    if choices == ["auto"]:
        return Wrong("is neither auto nor a list of addresses", hint or _as_list(node), echo=True)
    if "common" in choices and isinstance(node, Scalar) and node.text == "none":
        hint = "write sensitive: none, without brackets"
    if choices == ["none"]:
        return Wrong("is neither none nor a list of packs", hint or _as_list(node), echo=True)
    return Wrong(f"is not one of {', '.join(choices)}", hint)


def _list(error: ErrorDetails, node: Node | None) -> Wrong:
    return Wrong("is not a list", _as_list(node), echo=True)


def _as_list(node: Node | None) -> str | None:
    return f"write [{shown(node.text)[1:-1]}]" if isinstance(node, Scalar) else None


def _text(error: ErrorDetails, node: Node | None) -> Wrong:
    if not isinstance(node, Scalar):
        return Wrong("is not text")
    return Wrong("is not text but a number or a truth value", f"write {shown(node.text)} in quotes", echo=True)


def _bound(error: ErrorDetails, node: Node | None) -> Wrong:
    limits = [f"{said} {error['ctx'][key]}" for key, said in _BOUNDS.items() if key in error["ctx"]]
    return Wrong(f"is out of bounds: {' and '.join(limits)}")


def _say(message: str, hint: str | None = None) -> Callable[[ErrorDetails, Node | None], Wrong]:
    return lambda error, node: Wrong(message, hint)


_MAPPING: Final = _say("is not a mapping", "write 'key: value' lines below it")


def _whole(error: ErrorDetails, node: Node | None) -> Wrong:
    quoted = isinstance(node, Scalar) and node.quoted and node.text.isdecimal()
    return Wrong("is not a whole number", "write it without quotes" if quoted else None)


_SENTENCES: Final[Mapping[str, Callable[[ErrorDetails, Node | None], Wrong]]] = {
    "enum": _choice,
    "literal_error": _choice,
    "tuple_type": _list,
    "dict_type": _MAPPING,
    "model_type": _MAPPING,
    "model_attributes_type": _MAPPING,
    "string_type": _text,
    "int_type": _whole,
    "int_from_float": _whole,
    "int_parsing_size": _whole,
    "bool_type": _say("is not a truth value", "write true or false"),
    "greater_than": _bound,
    "greater_than_equal": _bound,
    "less_than": _bound,
    "less_than_equal": _bound,
}
