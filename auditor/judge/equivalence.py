"""Whether a spelling is the target by the standard: RFC 3986 section 6.2.2 for paths, RFC 9110 4.2.3 for hosts.

Whoever lets such a spelling pass where the plain one is stopped has a hole, whatever the service makes of it.
Must never decode what the standard leaves alone: `%2F` is no slash, `;x` and `//` are part of a path.
"""

import re

from auditor.model import Aspect, Claim, HttpQuestion, Question

_UNRESERVED = re.compile(r"%([0-9A-Fa-f]{2})")
_PLAIN = re.compile(r"[A-Za-z0-9._~-]")


def is_equivalent(claim: Claim, question: Question) -> bool:
    """Whether what was asked is what the claim is about, once normalised. Methods and headers do not count."""
    if not isinstance(question, HttpQuestion):
        return False
    if claim.aspect is Aspect.PATH:
        return question.target != claim.target and normal_path(question.target) == normal_path(claim.target)
    if claim.aspect is Aspect.HOST:
        host = question.host_header or ""
        return host != claim.target and _normal_host(host, question) == claim.target.lower()
    return False


def normal_path(target: str) -> str:
    """A path with unreserved characters decoded, escapes in capitals, dot segments removed; its query as it is."""
    path, mark, query = target.partition("?")
    decoded = _UNRESERVED.sub(_decoded, path)
    kept: list[str] = []
    segments = decoded.split("/")
    for segment in segments[1:]:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return f"{segments[0]}/{'/'.join(kept)}{mark}{query}"


def _decoded(found: re.Match[str]) -> str:
    character = chr(int(found.group(1), 16))
    return character if _PLAIN.fullmatch(character) else found.group().upper()


def _normal_host(host: str, question: HttpQuestion) -> str:
    name, _, port = host.lower().partition(":")
    own = {"http": "80", "https": "443"}[question.scheme]
    return name if port in ("", own) else host.lower()
