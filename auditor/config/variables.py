"""${VAR} in values, and secrets by reference: the two ways in which a value comes from outside the file.

Must never put what a variable holds into a message.
"""

import re
from collections.abc import Mapping as Environment
from pathlib import Path as File

from auditor.config.errors import ConfigError, Problem, Wrong, printable, shown
from auditor.config.model import SecretFrom

_REFERENCE = re.compile(r"\$(?:\$(?=\{)|\{(?P<name>[^}]*)\}?)")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_MAX_SECRET = 65_536


def substituted(text: str, environ: Environment[str, str]) -> str:
    """The text with each ${VAR} replaced; `$${` stands for `${` itself. Raises Wrong where one is not set."""

    def one(match: re.Match[str]) -> str:
        name = match["name"]
        if name is None:
            return "$"
        if not match[0].endswith("}") or not _NAME.fullmatch(name):
            raise Wrong(
                "has a '${' that begins no variable", "write ${NAME}, or $${ for the characters themselves"
            )
        if name not in environ:
            raise Wrong(f"needs the environment variable {name[:64]}, which is not set")
        return environ[name]

    return _REFERENCE.sub(one, text)


def reveal(secret: SecretFrom | str, environ: Environment[str, str]) -> str:
    """What a secret is, fetched now. Raises ConfigError, which names the variable or the file."""
    if isinstance(secret, str):
        return secret
    if secret.env is not None:
        value = environ.get(secret.env)
        if not value:
            raise _unfound(f"the environment variable {secret.env} is {'not set' if value is None else 'empty'}")
        return value
    return _from_file(secret.file or "")


def _from_file(name: str) -> str:
    try:
        with File(name).open("rb") as stream:
            data = stream.read(_MAX_SECRET + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "no such file"
        raise _unfound(f"the secret file {shown(name)} cannot be read: {printable(reason)}") from None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise _unfound(f"the secret file {shown(name)} is not UTF-8 text") from None
    text = text.removesuffix("\n").removesuffix("\r")
    if not text or len(data) > _MAX_SECRET:
        raise _unfound(f"the secret file {shown(name)} is {'too long' if text else 'empty'}")
    return text


def _unfound(message: str) -> ConfigError:
    return ConfigError([Problem("", 0, 0, "", None, message)])
