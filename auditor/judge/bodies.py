"""Bodies as they are compared: what kind each is, and its sketch once reflections and volatile values are masked.

Gateways say the same thing a thousand times, so what was worked out is remembered for a while, under a hash of the
body. Must never remember the body itself: it may hold secrets.
"""

import hashlib
import json
import re
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from typing import Any

from auditor.judge.flatten import flattened
from auditor.judge.marks import Shown, shown_in
from auditor.judge.masking import Reflections, mask_values, strip_markup
from auditor.judge.sketch import MAX_TOKENS, Sketch, sketch

#: What is remembered, at most: bodies, and numbers in their prints, of 40 bytes or so each.
MOST_BODIES, MOST_NUMBERS = 4_096, 400_000

_CHARSET = re.compile(r"charset=[\"']?([\w.:-]{1,40})", re.I)
_CHARSETS = re.compile(
    r"(?:utf-?(?:8|16|16le|16be|32)|us-ascii|ascii|iso-?8859-\d\d?|latin-?1|windows-125\d|cp125\d|gbk|gb2312"
    r"|gb18030|big5|shift_jis|euc-jp|euc-kr|koi8-[ru])\Z",
    re.I,
)
_METRIC = re.compile(r"^[a-zA-Z_:][\w:]{0,200}", re.M | re.ASCII)


@dataclass(frozen=True, slots=True, eq=False)
class Print:
    """A body once masked: its sketch, and its shape where it is JSON. Those remembered are known by identity."""

    sketch: Sketch
    skeleton: str | None = None
    leaves: tuple[tuple[int, int], ...] = ()
    lesser: tuple[str, ...] = ()  # hashes of it masked less, each unlike the others


@dataclass(frozen=True, slots=True)
class _Body:
    """What a body is, whoever asked for it."""

    family: str
    shown: Shown
    fixed: Print | None = None  # of one in which nothing is masked
    literal: bool = False  # what is masked in it stands in the body as it is, but for white space


class _Prints(dict[Hashable, Print]):
    """Prints remembered; all forgotten at once when there are too many numbers in them."""

    _numbers = 0

    def keep(self, key: Hashable, found: Print) -> Print:
        self._numbers += 32 + len(found.sketch.shingles) + 4 * len(found.leaves)
        if self._numbers > MOST_NUMBERS:
            self.clear()
            self._numbers = 0
        self[key] = found
        return found


#: By hash of the body and of all that decides how it is read.
_BODIES: dict[bytes, _Body] = {}
#: By the same, and the question where the body mentions it; or by hash of the text.
_PRINTS = _Prints()


def printed(body: bytes, content_type: str, reflections: Reflections) -> tuple[str, Shown, Print]:
    """Family, what it shows by itself, and its print."""
    key = _key(b"%s\0%s" % (content_type.encode(errors="surrogatepass"), body))
    raw, document = _decode(body, content_type), None
    known = _BODIES.get(key)
    if known is None:
        document = _parse(raw, content_type)
        known = _read(body, raw, document, content_type)
        if len(_BODIES) >= MOST_BODIES:
            _BODIES.clear()
        _BODIES[key] = known
    if known.fixed is not None:
        return known.family, known.shown, known.fixed
    mentioned = not known.literal or reflections.spaced or reflections.occur(raw)
    whose = (key, reflections.question if mentioned else None)
    found = _PRINTS.get(whose)
    if found is None:
        if known.family == "json" and document is None:
            document = _parse(raw, content_type)
        if document is None:
            found = _text(raw, known.family, reflections)
        else:
            found = _mentioning(document, reflections) if mentioned else _json(document, str)
        _PRINTS.keep(whose, found)
    return known.family, known.shown, found


def _read(body: bytes, raw: str, document: Any, content_type: str) -> _Body:
    if not body:
        return _Body("empty", shown_in("", None, "empty"), fixed=Print(sketch("")))
    if document is not None:
        shown = shown_in(raw, document, "json")
        return _Body("json", shown, literal="\\" not in raw)  # without escapes its strings stand in it
    if _is_binary(body, content_type):
        # Files without a known ending are served as octets: what is text in truth is read as such.
        text = "" if b"\0" in body[:1024] or not content_type.startswith("application/octet-stream") else raw
        return _Body("binary", shown_in(text, None, "binary"), fixed=_binary(body))
    if "openmetrics" in content_type or "version=0.0.4" in content_type or raw.startswith(("# HELP ", "# TYPE ")):
        names = "\n".join(sorted(set(_METRIC.findall(raw)))[:MAX_TOKENS])
        return _Body("prometheus", shown_in(raw, None, "prometheus"), fixed=Print(sketch(names, by_line=True)))
    family = _text_family(raw, content_type)
    return _Body(family, shown_in(raw, None, family), literal=_stripped(raw, family) == raw)


def _key(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


# --- prints ----------------------------------------------------------------------------------------------


def _json(document: Any, mask: Callable[[str], str]) -> Print:
    flat = flattened(document, mask)
    return Print(sketch(flat.text), flat.skeleton, flat.leaves)


def _mentioning(document: Any, reflections: Reflections) -> Print:
    found = _json(document, reflections.mask)
    lesser = (_hash(flattened(document, mask).text) for mask in (reflections.mask_whole, str))
    return replace(found, lesser=tuple(dict.fromkeys(each for each in lesser if each != found.sketch.masked)))


def _text(raw: str, family: str, reflections: Reflections) -> Print:
    """A page may repeat what was asked, or use the same words anyway: so it is kept masked less as well."""
    plain = " ".join(_stripped(raw, family).split())
    text, whole = reflections.mask(plain), reflections.mask_whole(plain)
    found = _sketched(text)
    lesser = {less: _hash(mask_values(less)) for less in dict.fromkeys((whole, plain)) if less != text}
    return replace(found, lesser=tuple(lesser.values())) if lesser else found


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()


def _sketched(text: str) -> Print:
    key = _key(text.encode(errors="surrogatepass"))
    found = _PRINTS.get(key)
    return found if found is not None else _PRINTS.keep(key, Print(sketch(mask_values(text))))


def _stripped(raw: str, family: str) -> str:
    return strip_markup(raw) if family in ("html", "xml") else raw


def _binary(body: bytes) -> Print:
    digest = hashlib.sha256(body).hexdigest()
    return Print(Sketch(digest, len(body), len(body) // 4, len(set(body)), 0, ()))


# --- what a body is --------------------------------------------------------------------------------------


def _decode(body: bytes, content_type: str) -> str:
    named = _CHARSET.search(content_type) if "charset" in content_type else None
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
