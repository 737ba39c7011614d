"""Masking: what changes from one answer to the next is taken out before two answers are compared.

Must never raise for any text and never take more than linear time: every pattern here is bounded or possessive,
and whatever needs an end mark is cut with a scanner instead of a lazy quantifier.
"""

import html
import re
from functools import lru_cache
from urllib.parse import quote, unquote

from auditor.model import HttpQuestion

#: A reflected path shorter than this would mask ordinary text.
SHORTEST_PATH = 4
#: The last segment of a path is masked wherever it stands when it is at least this long, else as a word.
SHORTEST_SEGMENT = 6

_UUID = re.compile(r"(?<![0-9A-Za-z])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.I)
_HEX = re.compile(r"(?<![0-9A-Za-z])[0-9a-fA-F]{16,}+(?![0-9A-Za-z])")
_LONG_RUN = re.compile(r"[A-Za-z0-9+/_=-]{16,}+")
_BASE64_LENGTH = 24
# Begins with its first digit, and looks back from there: so the search goes from digit to digit.
_NUMERIC = re.compile(
    r"\d(?<!\d\d)(?:"
    r"(?P<DATE>\d{3}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?)?(?: ?(?:Z|[+-]\d\d:?\d\d)(?!\d))?)"
    r"|(?P<TIME>(?<!:\d)\d?:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?![\d:]))"
    r"|(?P<INT>\d{5,}+(?:\.\d{1,9}+)?))"
)
_HTTP_DATE = re.compile(
    r"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6}, ?\d\d?[ -][A-Z][a-z]{2}[ -]\d{2,4}", re.ASCII
)

_SECRET_NAME = r"(?:nonce|csrf|token|(?:request|trace|correlation)[-_ ]?id|timestamp|xid)"
_KEYED = re.compile(
    rf"({_SECRET_NAME}[\w-]{{0,24}}+[\"']?\s{{0,4}}[:=]\s{{0,4}}[\"']?)[^\"'\s<>,;&]{{1,512}}+", re.I
)
_FORM = re.compile(
    rf"({_SECRET_NAME}[\w-]{{0,24}}+[\"'][^<>\"']{{0,40}}(?:value|content)=[\"'])[^\"'<>]{{1,512}}+", re.I
)
#: JSON keys whose value is dropped whole.
VOLATILE_KEY = re.compile(rf"{_SECRET_NAME}", re.I)
_SECRET_WORDS = ("nonce", "csrf", "token", "timestamp", "request", "trace", "correlation", "xid")
_DIGIT = re.compile(r"\d")

# Tags are ASCII: with all of Unicode, the long s would be an s as well.
_OPEN = re.compile(r"(?ai:<(script|style))\b|<!--")
_CLOSE = {"script": re.compile(r"</script", re.I | re.A), "style": re.compile(r"</style", re.I | re.A)}


def strip_markup(text: str) -> str:
    """HTML without comments and without what script and style hold; their tags stay, for they identify."""
    lower = text.lower()
    if "<!--" not in lower and "<script" not in lower and "<style" not in lower:
        return text
    kept: list[str] = []
    at = 0
    while (found := _OPEN.search(text, at)) is not None:
        name = (found.group(1) or "").lower()
        if name:
            inner = text.find(">", found.end())
            end = _CLOSE[name].search(text, found.end()) if inner >= 0 else None
            if end is None:
                kept.append(text[at : found.start()])
                return "".join(kept)
            kept.append(text[at : min(inner + 1, end.start())])
            at = end.start()
        else:
            kept.append(text[at : found.start()])
            closed = text.find("-->", found.end())
            if closed < 0:
                return "".join(kept)
            at = closed + 3
    kept.append(text[at:])
    return "".join(kept)


def mask_values(text: str) -> str:
    """The text with ids, times, tokens and long numbers replaced by marks."""
    # Without one of these signs neither pattern matches; looking for them is what most texts cost.
    if (":" in text or "=" in text) and _has_secret_word(text.lower()):
        text = _FORM.sub(r"\1⟨TOKEN⟩", text)
        text = _KEYED.sub(r"\1⟨TOKEN⟩", text)
    if _DIGIT.search(text) is None:  # nothing below is without one
        return text
    text = _LONG_RUN.sub(_mask_run, text)
    if "," in text:
        text = _HTTP_DATE.sub("⟨DATE⟩", text)
    return _NUMERIC.sub(_mask_number, text)


def _has_secret_word(lower: str) -> bool:
    return any([word in lower for word in _SECRET_WORDS])


def _mask_run(found: re.Match[str]) -> str:
    """Ids and hashes; base64 looks random, capitals, small letters and digits together: words and paths do not."""
    run = _HEX.sub("⟨HEX⟩", _UUID.sub("⟨UUID⟩", found.group()))
    if len(run) < _BASE64_LENGTH or "⟨" in run:
        return run
    random = any(c.isdigit() for c in run) and any(c.isupper() for c in run) and any(c.islower() for c in run)
    return "⟨B64⟩" if random else run


def _mask_number(found: re.Match[str]) -> str:
    return f"⟨{found.lastgroup}⟩"


class Reflections:
    """The spellings under which a page may repeat what it was asked for."""

    def __init__(self, question: HttpQuestion) -> None:
        self.question = question
        path, _, query = question.target.partition("?")
        segment = _last_segment(path)
        paths = _spellings(path) if path == question.target else _spellings(path) | _spellings(question.target)
        # Without white space at their ends: where it is made one, a needle would take the next word's with it.
        segments = {each for each in (segment, unquote(segment).strip()) if len(each) >= SHORTEST_SEGMENT} - paths
        nonces = {
            value for part in query.split("&") if len(value := part.partition("=")[2] or part) >= SHORTEST_SEGMENT
        }
        for _, value in question.headers:
            if len(value) >= SHORTEST_SEGMENT:
                nonces.update(_spellings(value))
        marked = [
            *[(-len(needle), needle, "⟨PATH⟩") for needle in paths if len(needle) >= SHORTEST_PATH],
            *[(-len(needle), needle, "⟨PATH⟩") for needle in segments],
            *[(-len(needle), needle, "⟨NONCE⟩") for needle in nonces if len(needle) >= SHORTEST_SEGMENT],
            *_hosts(question.host, question.host_header, question.sni, question.address),
        ]
        # The longest first: a segment of the path may stand in the name of the host.
        self._needles = [(needle, mark) for _, needle, mark in sorted(marked)]
        self._whole = [entry for entry in self._needles if entry[0] not in segments]
        self._words = _as_words(segment)
        together = "".join([needle for needle, _ in self._needles])
        #: Whether a needle may come together only where white space is made one.
        self.spaced = together.split() != [together]

    def mask(self, text: str) -> str:
        for needle, mark in self._needles:
            if needle in text:
                text = text.replace(needle, mark)
        return text if self._words is None else self._words.sub("⟨PATH⟩", text)

    def mask_whole(self, text: str) -> str:
        """The same, but for the last segment of the path alone, which may be an ordinary word of the page."""
        for needle, mark in self._whole:
            if needle in text:
                text = text.replace(needle, mark)
        return text

    def occur(self, text: str) -> bool:
        """Whether masking would change the text."""
        if any([needle in text for needle, _ in self._needles]):
            return True
        return self._words is not None and self._words.search(text) is not None


_SHORT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,3}[A-Za-z0-9]")


@lru_cache(maxsize=4096)
def _as_words(segment: str) -> re.Pattern[str] | None:
    """A segment too short to be masked wherever it stands, as a word; as sent, decoded once and twice, and without
    its parameters. None: it is longer, or no word."""
    spelled = {segment, unquote(segment), unquote(unquote(segment)), segment.partition(";")[0]}
    words = sorted({word for each in spelled if _SHORT.fullmatch(word := each.strip())})
    return re.compile(rf"(?<![\w⟨])(?:{'|'.join(map(re.escape, words))})(?![\w⟩])") if words else None


def _last_segment(path: str) -> str:
    """The last segment of a path that says something."""
    return next((each for each in reversed(path.split("/")) if each.strip(".")), "")


@lru_cache(maxsize=4096)
def _hosts(*names: str | None) -> tuple[tuple[int, str, str], ...]:
    hosts: set[str] = set()
    for host in names:
        if host and len(host) >= SHORTEST_PATH:
            hosts.update({host, host.lower(), host.partition(":")[0].lower()})
    return tuple((-len(needle), needle, "⟨HOST⟩") for needle in hosts if len(needle) >= SHORTEST_PATH)


#: What reads the same decoded, and escaped in every way but for its slashes.
_PLAIN = re.compile(r"[A-Za-z0-9/._~-]*")


def _spellings(value: str) -> set[str]:
    """A reflected value as it stands, decoded once and twice, and escaped the way HTML, JSON and URLs do."""
    if _PLAIN.fullmatch(value):
        return {value, *[value.replace("/", slash) for slash in ("&#x2F;", "&#x2f;", "\\/", "%2F")]}
    once = unquote(value)
    found = {value, once.strip(), unquote(once).strip()}
    for plain in tuple(found):
        found.add(html.escape(plain))
        found.add(html.escape(plain).replace("/", "&#x2F;"))
        found.add(html.escape(plain).replace("/", "&#x2f;").replace("&#x27;", "&#39;"))
        found.add(plain.replace("/", "\\/"))
        found.add(quote(plain, safe="/"))
        found.add(quote(plain, safe=""))
    return found
