"""The bearer tokens of one audit: read once, sent where they belong, and taken out of whatever comes back.

Must never show a token, put one into a question or an observation, or let one go anywhere but to its own gateway:
same scheme, same host and port, at that gateway's own addresses, over plain http only where the operator said so.
"""

import base64
import hashlib
import html
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from auditor.config import Config, ConfigError, SecretFrom, is_loopback
from auditor.model import HttpQuestion
from auditor.plan.claims import gateway_endpoint
from auditor.plan.public import credential_key, has_credential

#: A token shorter than this cannot be told from ordinary text, and so not be taken out of it.
SHORTEST = 8

#: As much of a token as this, in one piece, is taken out as well: half a token is a secret too. Of a long one, as
#: signed tokens are, twice as much.
PIECE = 12
LONG = 64

MARK = b"[redacted: credential]"
RULE = "credential"

_VISIBLE = re.compile(r"[\x21-\x7e]+")

#: Reveals a secret, or raises ConfigError: `config.reveal` with an environment.
Reveal = Callable[[SecretFrom], str]


@dataclass(frozen=True, slots=True)
class _Known:
    """One credential, and where it may go."""

    token: str | None = field(repr=False)
    refusal: str  # why there is no token; in our own words
    scheme: str
    host: str
    port: int
    allow_http: bool


class Credentials:
    """By the key that a question names. Without a configuration it knows none, and nothing is sent."""

    def __init__(self, known: Mapping[str, _Known] | None = None) -> None:
        self._known = dict(known or {})
        self._scrubber = _Scrubber(each.token for each in self._known.values() if each.token)

    def __repr__(self) -> str:
        return f"Credentials({', '.join(self._known) or 'none'})"

    @classmethod
    def read(cls, config: Config, reveal: Reveal) -> "Credentials":
        """All that the configuration names. One that cannot be had is remembered with the reason."""
        known: dict[str, _Known] = {}
        for name, public in config.public.items():
            where = gateway_endpoint(config.gateways[public.gateway])
            for path in public.paths:
                if path.token is not None and has_credential(path):
                    token, refusal = _token(path.token, reveal)
                    known[credential_key(name, path.path)] = _Known(token, refusal, *where, path.allow_http)
        return cls(known)

    @property
    def missing(self) -> tuple[tuple[str, str], ...]:
        """The keys of what could not be had, each with why."""
        return tuple((key, each.refusal) for key, each in self._known.items() if each.token is None)

    def refusal(self, question: HttpQuestion, address: str | None) -> str | None:
        """Why this question's credential is not sent to this address; None where it is, or where there is none."""
        if question.credential is None:
            return None
        known = self._known.get(question.credential)
        if known is None:
            return "the configuration here names no such credential"
        if known.token is None:
            return known.refusal
        own = (known.scheme, known.host, known.port, None, None)
        if own != (question.scheme, question.host, question.port, question.host_header, question.sni):
            return "the credential belongs to another host, port or scheme"
        if question.scheme == "http" and not known.allow_http and not (address and is_loopback(address)):
            return "the credential would go over plain http; say allow_http: true if that is meant"
        return None

    def header(self, question: HttpQuestion, address: str) -> tuple[str, str] | None:
        """This question's Authorization field (RFC 6750 section 2.1). Raises Withheld where it must not go."""
        if question.credential is None:
            return None
        refusal = self.refusal(question, address)
        if refusal is not None:
            raise Withheld(refusal)
        return "Authorization", f"Bearer {self._known[question.credential].token}"

    def scrub(self, data: bytes) -> bytes:
        """The same without any of the tokens, in whatever spelling or piece of them it is known to come."""
        return self._scrubber.scrub(data)


class Withheld(Exception):
    """A credential that does not go where it was asked to go."""


def _token(secret: SecretFrom, reveal: Reveal) -> tuple[str | None, str]:
    try:
        token = reveal(secret)
    except ConfigError as error:
        return None, "; ".join(problem.message for problem in error.problems)
    where = f"the environment variable {secret.env}" if secret.env is not None else f"the file {secret.file}"
    if not _VISIBLE.fullmatch(token):
        return None, f"{where} holds characters that no bearer token has"
    if len(token) < SHORTEST:
        return None, f"{where} holds a token of fewer than {SHORTEST} characters"
    return token, ""


@dataclass(frozen=True, slots=True)
class _Needle:
    """One spelling of a token: its blocks with the places where each stands in it, and what counts as a piece."""

    text: bytes
    blocks: dict[bytes, tuple[int, ...]]
    least: int

    @classmethod
    def of(cls, text: bytes) -> "_Needle":
        if len(text) < PIECE:
            return cls(text, {text: (0,)}, len(text))
        least = PIECE if len(text) < LONG else 2 * PIECE
        size = least // 2
        places: dict[bytes, tuple[int, ...]] = {}
        for at in range(0, len(text) - size + 1, size):
            block = text[at : at + size]
            places[block] = (*places.get(block, ()), at)
        return cls(text, places, least)


class _Scrubber:
    """Finds tokens and pieces of them, in the spellings in which servers repeat what they were sent.

    A piece that is long enough holds a whole block of half its length, wherever it begins; blocks are looked for,
    and what stands around one is compared. What is covered already is passed over, so that a text made of nothing
    but tokens takes no longer than any other.
    """

    def __init__(self, tokens: Iterator[str]) -> None:
        spelled = {form.lower() for token in tokens for form in _spellings(token)}
        #: What nothing was found in, for gateways say the same thing a thousand times. Never what held a token.
        self._clean: set[bytes] = set()
        self._needles = tuple(_Needle.of(text) for text in sorted(spelled, key=lambda each: (-len(each), each)))

    def scrub(self, data: bytes) -> bytes:
        if len(data) < min((needle.least for needle in self._needles), default=len(data) + 1):
            return data
        key = data if len(data) <= _WHOLE_KEY else hashlib.sha256(data).digest()
        if key in self._clean:
            return data
        scrubbed = self._scrub(data)
        if scrubbed is data:
            if len(self._clean) >= _MOST_CLEAN:
                self._clean.clear()
            self._clean.add(key)
        return scrubbed

    def _scrub(self, data: bytes) -> bytes:
        lower, covered = data.lower(), bytearray(len(data))
        for needle in self._needles:
            for block, places in needle.blocks.items():
                _cover(lower, covered, needle, block, places)
        start = covered.find(1)
        if start < 0:
            return data
        kept: list[bytes] = []
        at = 0
        while start >= 0:
            kept += [data[at:start], MARK]
            end = covered.find(0, start)
            at = len(data) if end < 0 else end
            start = covered.find(1, at)
        return b"".join([*kept, data[at:]])


_WHOLE_KEY, _MOST_CLEAN = 64, 4096


def _cover(text: bytes, covered: bytearray, needle: _Needle, block: bytes, places: tuple[int, ...]) -> None:
    """Mark every piece of the needle in the text that holds this block."""
    found = text.find(block)
    while found >= 0:
        after = found + 1
        if covered[found]:
            end = covered.find(0, found)
            if end < 0:
                return
            after = max(after, end - len(block) + 1)
        else:
            spans = (_grown(text, needle.text, found, place, len(block)) for place in places)
            start, end = max(spans, key=lambda span: span[1] - span[0])
            if end - start >= needle.least:
                covered[start:end] = b"\x01" * (end - start)
        found = text.find(block, after)


def _grown(text: bytes, needle: bytes, found: int, place: int, size: int) -> tuple[int, int]:
    """As far as the text goes on like the needle, to both sides of a block that stands in both."""
    back = _alike(text[max(0, found - place) : found][::-1], needle[:place][::-1])
    on = _alike(text[found + size : found + len(needle) - place], needle[place + size :])
    return found - back, found + size + on


def _alike(a: bytes, b: bytes) -> int:
    """How many bytes at the beginning of both are the same, by halves."""
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if a[:middle] == b[:middle] else (low, middle - 1)
    return low


def _spellings(token: str) -> Iterator[bytes]:
    """As it is, escaped for URLs, HTML and JSON, and in Base64, whichever byte of three it begins at."""
    raw = token.encode()
    yield raw
    for form in (quote(token, safe=""), quote(token), html.escape(token), token.replace("/", "\\/")):
        yield form.encode()
    for shift in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            # The first and the last characters depend on what stands before and behind.
            yield encode(b"\0" * shift + raw)[4 if shift else 0 :].rstrip(b"=")[:-1]
