"""The comparable form of a response, computed where it was seen, from a bounded body.

Must never raise, for any bytes, and never hold the body: what is left are hashes and counts.
"""

import hashlib
import json
import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from auditor.judge import location as locations
from auditor.judge.marks import marks_of
from auditor.judge.masking import VOLATILE_KEY, Reflections, mask_values, strip_markup
from auditor.model import Fingerprint, HttpQuestion

#: Bounds on what is computed, so that a hostile body costs as much as a long one and no more.
MAX_BODY, MAX_TOKENS, MAX_NODES, MAX_SHINGLES, MAX_LEAVES = 262_144, 40_000, 5_000, 512, 256
#: Fewer tokens than this and a SimHash says nothing (Manku, Jain, Das Sarma 2007 is about whole pages).
SIMHASH_TOKENS = 50

_CHARSET = re.compile(r"charset=[\"']?([\w.:-]{1,40})", re.I)
_CHARSETS = re.compile(
    r"(?:utf-?(?:8|16|16le|16be|32)|us-ascii|ascii|iso-?8859-\d\d?|latin-?1|windows-125\d|cp125\d|gbk|gb2312"
    r"|gb18030|big5|shift_jis|euc-jp|euc-kr|koi8-[ru])\Z",
    re.I,
)
_TOKEN = re.compile(r"[\w⟨⟩]+")
_METRIC = re.compile(r"^[a-zA-Z_:][\w:]{0,200}", re.M | re.ASCII)
_REALM = re.compile(r"\s*([\w-]{1,40})(?:.{0,200}?realm=\"?([^\",]{0,100}))?", re.S)

#: Headers whose name or value changes from answer to answer or from hop to hop.
_VOLATILE_HEADERS = frozenset(
    {"date", "age", "etag", "content-length", "last-modified", "expires", "connection", "keep-alive"}
    | {
        "transfer-encoding",
        "x-request-id",
        "x-correlation-id",
        "x-trace-id",
        "traceparent",
        "tracestate",
        "cf-ray",
    }
    | {"x-amzn-requestid", "x-amzn-trace-id", "x-amz-cf-id", "x-amz-cf-pop", "x-azure-ref", "apigw-requestid"}
    | {"x-b3-traceid", "x-b3-spanid", "x-runtime", "x-response-time", "x-ratelimit-remaining", "x-ratelimit-reset"}
)
_TELLING_HEADERS = ("server", "via", "x-powered-by", "content-type", "allow", "vary")


@dataclass(frozen=True, slots=True)
class _Body:
    """A body as compared: its family, its masked text, and its JSON shape where it has one."""

    family: str
    text: str
    skeleton: str | None = None
    leaves: tuple[tuple[int, int], ...] = ()


def fingerprint(
    *, question: HttpQuestion, status: int, headers: Sequence[tuple[str, str]], body: bytes
) -> Fingerprint:
    """What a response looks like once everything volatile or reflected is masked."""
    body = body[:MAX_BODY]
    values: dict[str, str] = {}
    for name, value in headers:
        values.setdefault(name.lower(), value)
    reflections = Reflections(question)
    content_type = values.get("content-type", "").lower()
    raw = _decode(body, content_type)
    document = _parse(raw, content_type)
    compared = _compare_as(body, raw, document, content_type, reflections)
    place = values.get("location")
    if compared.family == "binary":
        return _binary(body, status, values, headers, question, reflections, place)
    tokens = _tokens(compared)
    distinct = set(tokens)
    return Fingerprint(
        status=status,
        family=compared.family,
        location=None if place is None else locations.template(question, place, reflections),
        location_kind=None if place is None else locations.kind(question, place),
        masked=_sha256(compared.text.encode(errors="replace")),
        size=len(compared.text.encode(errors="replace")),
        tokens=len(tokens),
        distinct=len(distinct),
        simhash=_simhash(distinct) if len(tokens) >= SIMHASH_TOKENS else 0,
        shingles=_shingles(tokens, 1 if compared.family == "prometheus" else 4),
        skeleton=compared.skeleton,
        leaves=compared.leaves,
        headers=_header_signature(headers),
        header_names=header_names(headers),
        marks=marks_of(status, values, raw, document),
    )


def _binary(
    body: bytes,
    status: int,
    values: Mapping[str, str],
    headers: Sequence[tuple[str, str]],
    question: HttpQuestion,
    reflections: Reflections,
    place: str | None,
) -> Fingerprint:
    return Fingerprint(
        status=status,
        family="binary",
        location=None if place is None else locations.template(question, place, reflections),
        location_kind=None if place is None else locations.kind(question, place),
        masked=_sha256(body),
        size=len(body),
        tokens=len(body) // 4,
        distinct=len(set(body)),
        simhash=0,
        shingles=(),
        skeleton=None,
        leaves=(),
        headers=_header_signature(headers),
        header_names=header_names(headers),
        marks=marks_of(status, values, "", None),
    )


# --- the body --------------------------------------------------------------------------------------------


def _decode(body: bytes, content_type: str) -> str:
    named = _CHARSET.search(content_type)
    charset = named.group(1) if named and _CHARSETS.match(named.group(1)) else "utf-8"
    try:
        return body.decode(charset, "replace")
    except LookupError:  # a name the pattern lets through and this Python does not know
        return body.decode("utf-8", "replace")


def _parse(text: str, content_type: str) -> Any:
    """The JSON document of a body, or None; a guess only where the content type leaves room for one."""
    start = text[:64].lstrip()
    if "json" not in content_type and not (start.startswith(("{", "[")) and "html" not in content_type):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _compare_as(body: bytes, raw: str, document: Any, content_type: str, reflections: Reflections) -> _Body:
    if not body:
        return _Body("empty", "")
    if document is not None:
        return _json(document, reflections)
    if _is_binary(body, content_type):
        return _Body("binary", "")
    if "openmetrics" in content_type or "version=0.0.4" in content_type or raw.startswith(("# HELP ", "# TYPE ")):
        names = sorted(set(_METRIC.findall(raw)))[:MAX_TOKENS]
        return _Body("prometheus", "\n".join(names))
    family = _text_family(raw, content_type)
    text = strip_markup(raw) if family in ("html", "xml") else raw
    return _Body(family, mask_values(reflections.mask(" ".join(text.split()))))


def _is_binary(body: bytes, content_type: str) -> bool:
    if content_type.startswith(
        ("image/", "audio/", "video/", "font/", "application/octet-stream", "application/zip")
    ):
        return True
    return b"\0" in body[:1024] and "utf-16" not in content_type and "utf-32" not in content_type


def _text_family(raw: str, content_type: str) -> str:
    for family in ("html", "xml", "json"):
        if family in content_type:
            return family
    start = raw[:256].lstrip().lower()
    if start.startswith(("<!doctype html", "<html")):
        return "html"
    return "xml" if start.startswith("<?xml") else "text"


def _json(document: Any, reflections: Reflections) -> _Body:
    """One line per leaf, keys sorted; the skeleton is the set of paths and types, list places left out."""
    lines: list[str] = []
    shape: set[str] = set()
    leaves: dict[int, int] = {}
    todo: list[tuple[str, str, str, Any]] = [("", "", "", document)]
    while todo and len(lines) < MAX_NODES:
        path, generic, key, value = todo.pop()
        if isinstance(value, dict):
            shape.add(f"{generic}{{}}")
            # The keys of one object, in order; the stack gives back what was put on it last.
            for name in sorted(value, reverse=True)[-MAX_NODES:]:
                shown = reflections.mask(name)
                todo.append((f"{path[-400:]}.{shown}", f"{generic[-400:]}.{shown}", name, value[name]))
            if not value:
                lines.append(f"{path}={{}}")
        elif isinstance(value, list):
            shape.add(f"{generic}[]")
            todo.extend(
                (f"{path[-400:]}.{at}", f"{generic[-400:]}[]", key, value[at])
                for at in range(min(len(value), MAX_NODES) - 1, -1, -1)
            )
            if not value:
                lines.append(f"{path}=[]")
        else:
            shape.add(f"{generic}:{type(value).__name__}")
            masked = _leaf(key, value, reflections)
            lines.append(f"{path}={masked}")
            leaves[_hash32(path)] = _hash32(masked)
    skeleton = _sha256("\n".join(sorted(shape)).encode(errors="replace"))
    return _Body("json", "\n".join(lines), skeleton, tuple(sorted(leaves.items())[:MAX_LEAVES]))


def _leaf(key: str, value: Any, reflections: Reflections) -> str:
    if VOLATILE_KEY.search(key):
        return "⟨TOKEN⟩"
    if isinstance(value, str):
        short = reflections.mask(value)
        return mask_values(short) if len(short) >= 4 else short
    if isinstance(value, int) and not isinstance(value, bool):
        return "⟨INT⟩" if abs(value) >= 100_000 else str(value)
    return "⟨FLOAT⟩" if isinstance(value, float) else str(value).lower()


# --- counts and hashes -----------------------------------------------------------------------------------


def _tokens(body: _Body) -> list[str]:
    if body.family == "prometheus":
        return body.text.split("\n")[:MAX_TOKENS]
    return _TOKEN.findall(body.text)[:MAX_TOKENS]


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _hash32(text: str) -> int:
    return zlib.crc32(text.encode(errors="replace"))


def _shingles(tokens: Sequence[str], length: Literal[1, 4]) -> tuple[int, ...]:
    """The smallest hashes of the text's shingles: a sketch from which resemblance is estimated (Broder 1997)."""
    if not tokens:
        return ()
    by_token = {token: _hash32(token) for token in set(tokens)}
    hashes = [by_token[token] for token in tokens]
    if length > 1:
        hashes += [0] * max(0, length - len(hashes))
        windows = zip(hashes, hashes[1:], hashes[2:], hashes[3:], strict=False)
        hashes = [((a * _MIX + b) * _MIX + (c * _MIX ^ d)) * _MIX >> 23 & 0xFFFFFFFF for a, b, c, d in windows]
    return tuple(sorted(set(hashes))[:MAX_SHINGLES])


_MIX = 0x9E3779B1  # odd, its bits without a pattern: the golden ratio in 32 bits

_LANE = 16  # bits of a counter; 64 counters stand side by side in one integer
_MAX_COUNTED = 8_192  # distinct tokens that a SimHash counts; below 2**16, so that no counter runs over
#: Byte → its 8 bits, each in a counter of its own.
_COUNTERS = tuple(sum((byte >> bit & 1) << (bit * _LANE) for bit in range(8)) for byte in range(256))


@lru_cache(maxsize=16_384)
def _spread(token: str) -> int:
    """The 64 bits of a token's hash, each in a counter of its own."""
    digest = hashlib.blake2b(token.encode(errors="replace"), digest_size=8).digest()
    return sum(_COUNTERS[byte] << (place * 8 * _LANE) for place, byte in enumerate(digest))


def _simhash(distinct: Iterable[str]) -> int:
    """Charikar's SimHash over the distinct tokens, each counted once."""
    kept = sorted(distinct)[:_MAX_COUNTED]
    total = sum(_spread(token[:64]) for token in kept)
    half = len(kept) / 2
    mask = (1 << _LANE) - 1
    return sum(1 << place for place in range(64) if (total >> (place * _LANE) & mask) > half)


# --- headers ---------------------------------------------------------------------------------------------


def header_names(headers: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """Lower-case names in the order they came, without those that change by themselves."""
    return tuple(lower for name, _ in headers[:100] if (lower := name.lower()) not in _VOLATILE_HEADERS)


def realm_of(challenge: str) -> str:
    """Scheme and realm of a WWW-Authenticate value (RFC 9110 section 11.6.1), the rest left out."""
    found = _REALM.match(challenge[:400])
    return f"{found.group(1).lower()} {found.group(2) or ''}".strip() if found else ""


def _header_signature(headers: Sequence[tuple[str, str]]) -> str:
    told = []
    for name, value in headers[:100]:
        lower = name.lower()
        if lower in _TELLING_HEADERS:
            told.append(f"{lower}={mask_values(value[:400])}")
        elif lower == "www-authenticate":
            told.append(f"{lower}={realm_of(value)}")
    return _sha256("\n".join([*header_names(headers), "", *sorted(told)]).encode(errors="replace"))
