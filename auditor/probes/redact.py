"""What came off the network, made fit to be stored and shown: without secrets, visible, capped.

Must never miss a secret because it was cut in half (redact first, cut after), and never take longer than linear
time: a hostile body chooses the text, so that every pattern is bounded and starts only where a run starts.
"""

import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

#: How much of a text is searched for secrets; what is kept is shorter.
WINDOW_BYTES = 4096
EXCERPT_BYTES = 1024
VALUE_CHARACTERS = 2048
DETAIL_CHARACTERS = 240


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of secret. `hints`: one of them occurs, in lower case, wherever it does. Group 1, if any, is kept."""

    name: str
    hints: tuple[str, ...]
    pattern: re.Pattern[str]


RULES: tuple[Rule, ...] = (
    Rule(
        "private_key",
        ("private key",),
        re.compile(
            r"-----BEGIN [A-Z0-9 ]{0,32}PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END [^\n-]{0,64}-----|\Z)", re.S
        ),
    ),
    Rule("jwt", ("eyj",), re.compile(r"(?<![\w-])eyJ[\w-]{6,}\.[\w-]{4,}(?:\.[\w-]*){0,3}")),
    Rule("dsn", ("://",), re.compile(r"\b([a-zA-Z][\w+.-]{0,30}://)[^\s/@:\"'<>]{0,128}:[^\s/@\"'<>]{1,256}@")),
    Rule("dsn", ("://",), re.compile(r"\b(https?://)[0-9a-f]{16,64}@")),  # Sentry's kind: the key stands as user
    Rule("aws_key", ("akia", "asia", "abia", "acca"), re.compile(r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b")),
    Rule("token", ("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), re.compile(r"\bgh[pousr]_\w{20,}")),
    Rule("token", ("github_pat_", "glpat-"), re.compile(r"\b(?:github_pat_|glpat-)[\w-]{16,}")),
    Rule("token", ("xox", "hvs."), re.compile(r"\b(?:xox[abeoprs]-[\w-]{10,}|hvs\.[\w-]{20,})")),
    Rule("token", ("sk-", "sk_", "rk_"), re.compile(r"\b(?:[sr]k_(?:live|test)_\w{16,}|sk-[\w-]{20,})")),
    Rule(
        "authorization",
        ("bearer", "basic"),
        re.compile(r"\b((?:[Bb]earer|BEARER|[Bb]asic|BASIC)[ \t]{1,4})(?=\S{0,200}[\d+/=_.-])[\w+/=.~-]{8,}"),
    ),
    Rule(
        "secret",
        ("passw", "passphrase", "pwd", "secret", "token", "key", "credential", "signature", "session"),
        re.compile(
            r"((?:passw(?:or)?d|passphrase|pwd|secret|token|(?:api|access|private|signing|encryption)[_.-]?key"
            r"|credentials?|signature|session[_.-]?id)[\w.-]{0,20}(?:\"|'|&quot;)?"
            r"[ \t]{0,4}[=:]\s{0,4}(?:\"|'|&quot;)?)(?!\[redacted|null\b|true\b|false\b)[^\s\"'&,;<>{}\[\]]{4,}",
            re.I,
        ),
    ),
)

#: Headers whose whole value is a secret.
WHOLE_HEADERS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("authorization", re.compile(r"(?:proxy-)?authorization|x-forwarded-authorization|authentication-info")),
    ("cookie", re.compile(r"cookie2?")),
    ("token", re.compile(r"[\w-]{0,64}?(?:token|secret|passw(?:or)?d|api-?key|session-?id)")),
)

_HINTS = tuple(sorted({hint for rule in RULES for hint in rule.hints}))

_COOKIE = re.compile(r"^([^=;]{0,256}=)?[^;]*")

# Printable by Unicode's own classes, and yet nothing is to be seen.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0") | frozenset(map(chr, range(0xFE00, 0xFE10)))


def redact(text: str, found: set[str] | None = None) -> str:
    """The text with each secret as `[redacted: rule]`; `found` gets the names of the rules that matched."""
    for rule in hinted(text):
        text, times = rule.pattern.subn(_mark(rule.name), text)
        if times and found is not None:
            found.add(rule.name)
    return text


def hinted(text: str) -> tuple[Rule, ...]:
    """The rules that are worth trying on this text: for nearly all texts, none."""
    lower = text.lower()
    for hint in _HINTS:
        if hint in lower:
            return tuple(rule for rule in RULES if any(hint in lower for hint in rule.hints))
    return ()


def visible(text: str, keep: str = "") -> str:
    """The text with control, ANSI, bidirectional, zero-width and blank characters as escapes, such as \\x1b."""
    plain = text
    for char in keep:
        plain = plain.replace(char, "")
    if plain.isprintable() and (plain.isascii() or _BLANK.isdisjoint(plain)):
        return text
    return "".join(
        char if (char.isprintable() and char not in _BLANK) or char in keep else _escape(char) for char in text
    )


def printable(text: str, limit: int = DETAIL_CHARACTERS) -> str:
    """One line of foreign text: redacted, visible, at most `limit` characters."""
    return cut(visible(redact(text[:WINDOW_BYTES])), limit)


def cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def redact_headers(headers: Iterable[tuple[str, str]]) -> tuple[tuple[tuple[str, str], ...], set[str]]:
    """Headers fit to be stored, and the names of the rules that redacted something in them."""
    found: set[str] = set()
    shown = tuple([_clean.get(header) or _header(header, found) for header in headers])
    if len(_heads) >= _MOST_HEADS:
        _heads.clear()
    return _heads.setdefault(shown, shown), found


def _header(header: tuple[str, str], found: set[str]) -> tuple[str, str]:
    (name, value), mine = header, set[str]()
    shown = cut(visible(name), 256), header_value(name, value, mine)
    found |= mine
    if shown == header and not mine and len(value) <= _CLEAN_CHARACTERS:
        if len(_clean) >= _MOST_CLEAN:
            _clean.clear()
        _clean[header] = shown
    return shown


#: Headers that hold nothing to be redacted, for most come again and again; such as hold a secret are not kept.
_clean: dict[tuple[str, str], tuple[str, str]] = {}
_MOST_CLEAN, _CLEAN_CHARACTERS = 2048, 256
#: Whole heads as shown, so that those that are alike are one value: an audit keeps tens of thousands of them.
_heads: dict[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]] = {}
_MOST_HEADS = 256


def header_value(name: str, value: str, found: set[str]) -> str:
    """One header's value, redacted by its name and its content, visible and capped."""
    rule = _rule_by_name(name)
    if rule == "set-cookie":
        found.add("cookie")
        value = _COOKIE.sub(r"\1[redacted: cookie]", value)
    elif rule and value:
        found.add(rule)
        return f"[redacted: {rule}]"
    if len(value) > 7:
        value = redact(value[:WINDOW_BYTES], found)
    return cut(visible(value), VALUE_CHARACTERS)


@lru_cache(maxsize=4096)
def _rule_by_name(name: str) -> str | None:
    name = name[:256].lower()
    return "set-cookie" if name == "set-cookie" else next((r for r, p in WHOLE_HEADERS if p.fullmatch(name)), None)


def excerpt(body: bytes) -> tuple[str, frozenset[str]]:
    """The first KiB of a body as text a person can read, and the names of the rules that redacted in it."""
    window = body[:WINDOW_BYTES]
    key = hashlib.sha256(window).digest()
    shown = _excerpts.get(key)
    if shown is None:
        if len(_excerpts) >= _MOST_EXCERPTS:
            _excerpts.clear()
        shown = _excerpts[key] = _excerpt(window)
    return shown


#: Excerpts by the hash of what they were taken from, for gateways say the same thing a thousand times.
_excerpts: dict[bytes, tuple[str, frozenset[str]]] = {}
_MOST_EXCERPTS = 512


def _excerpt(window: bytes) -> tuple[str, frozenset[str]]:
    found: set[str] = set()
    text = window.decode("utf-8", "replace").replace("\r\n", "\n")
    shown = visible(redact(text, found)[: EXCERPT_BYTES + 1], keep="\n\t").encode()
    if len(shown) > EXCERPT_BYTES:
        return shown[: EXCERPT_BYTES - 3].decode("utf-8", "ignore") + "…", frozenset(found)
    return shown.decode(), frozenset(found)


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


def _mark(name: str) -> Callable[[re.Match[str]], str]:
    def replacement(match: re.Match[str]) -> str:
        return f"{match.group(1) if match.re.groups else ''}[redacted: {name}]"

    return replacement
