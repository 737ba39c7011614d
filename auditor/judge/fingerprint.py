"""The comparable form of a response, computed where it was seen, from a bounded body.

Must never raise, for any bytes, and never hold the body: what is left are hashes and counts.
"""

import hashlib
import re
from collections.abc import Sequence
from functools import lru_cache

from auditor.judge import location as locations
from auditor.judge.bodies import Print, printed
from auditor.judge.marks import marks_of
from auditor.judge.masking import Reflections, mask_values
from auditor.model import Fingerprint, HttpQuestion

#: How much of a body is looked at, so that a hostile one costs as much as a long one and no more.
MAX_BODY = 262_144

_REALM = re.compile(r"\s*([\w-]{1,40})(?:.{0,200}?realm=\"?([^\",]{0,100}))?", re.S)

#: Headers whose name or value changes from answer to answer or from hop to hop.
_VOLATILE_HEADERS = frozenset(
    {
        "date",
        "age",
        "etag",
        "content-length",
        "content-encoding",
        "last-modified",
        "expires",
        "connection",
        "keep-alive",
    }
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
_TELLING_HEADERS = frozenset(
    {"server", "via", "x-powered-by", "content-type", "allow", "vary", "www-authenticate"}
)


def fingerprint(
    *, question: HttpQuestion, status: int, headers: Sequence[tuple[str, str]], body: bytes
) -> Fingerprint:
    """What a response looks like once everything volatile or reflected is masked."""
    values: dict[str, str] = {}
    for name, value in headers:
        values.setdefault(name.lower(), value)
    reflections = Reflections(question)
    content_type = values.get("content-type", "").lower()
    family, shown, found = printed(body[:MAX_BODY], content_type, reflections)
    place = values.get("location")
    names, signature = _signed(header_names(headers), _told(headers))
    return _made(
        status=status,
        family=family,
        found=found,
        location=None if place is None else locations.template(question, place, reflections.mask),
        lesser_location=None if place is None else locations.template(question, place, reflections.mask_whole),
        location_kind=None if place is None else locations.kind(question, place),
        headers=signature,
        header_names=names,
        marks=marks_of(status, values, shown),
    )


@lru_cache(maxsize=512)
def _made(
    *,
    status: int,
    family: str,
    found: Print,
    location: str | None,
    lesser_location: str | None,
    location_kind: str | None,
    headers: str,
    header_names: tuple[str, ...],
    marks: tuple[str, ...],
) -> Fingerprint:
    """One value for all answers that are alike: an audit keeps tens of thousands of them."""
    return Fingerprint(
        status=status,
        family=family,
        location=location,
        lesser_location=lesser_location,
        location_kind=location_kind,
        masked=found.sketch.masked,
        size=found.sketch.size,
        tokens=found.sketch.tokens,
        distinct=found.sketch.distinct,
        simhash=found.sketch.simhash,
        shingles=found.sketch.shingles,
        skeleton=found.skeleton,
        leaves=found.leaves,
        lesser=found.lesser,
        headers=headers,
        header_names=header_names,
        marks=marks,
    )


# --- headers ---------------------------------------------------------------------------------------------


def header_names(headers: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """Lower-case names in the order they came, without those that change by themselves."""
    return tuple(lower for name, _ in headers[:100] if (lower := name.lower()) not in _VOLATILE_HEADERS)


def realm_of(challenge: str) -> str:
    """Scheme and realm of a WWW-Authenticate value (RFC 9110 section 11.6.1), the rest left out."""
    found = _REALM.match(challenge[:400])
    return f"{found.group(1).lower()} {found.group(2) or ''}".strip() if found else ""


def _told(headers: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """The values that identify a server."""
    return tuple(
        [
            _telling(lower, value[:400])
            for name, value in headers[:100]
            if (lower := name.lower()) in _TELLING_HEADERS
        ]
    )


@lru_cache(maxsize=512)
def _telling(name: str, value: str) -> str:
    return f"{name}={realm_of(value) if name == 'www-authenticate' else mask_values(value)}"


@lru_cache(maxsize=512)
def _signed(names: tuple[str, ...], told: tuple[str, ...]) -> tuple[tuple[str, ...], str]:
    """The names, always the same tuple for the same names, and the signature."""
    text = "\n".join([*names, "", *sorted(told)])
    return names, hashlib.sha256(text.encode(errors="replace")).hexdigest()
