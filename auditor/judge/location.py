"""Where an answer redirects to: a template that can be compared, and what kind of place it is.

Must never raise for any bytes a server may put into a Location, and never resolve or follow one.
"""

import ipaddress
import re
from collections.abc import Callable
from urllib.parse import SplitResult, urlsplit

from auditor.judge.internal import is_private
from auditor.judge.masking import mask_values
from auditor.model import HttpQuestion

#: Longest Location that is looked at.
LONGEST = 2_048

_WAY_BACK = frozenset(
    {"next", "return", "return_to", "returnto", "returnurl", "redirect", "redirect_uri", "redirect_url", "rd"}
    | {"relaystate", "state", "nonce", "samlrequest", "signature", "continue", "service", "dest", "url", "goto"}
)
_LOGIN_WORD = re.compile(
    r"(?:\A|[/._-])(?:log-?in|sign[-_]?in|sso|oauth2?|oidc|saml2?|auth|authorize|authenticate|idp|adfs|cas"
    r"|accounts)(?:[/._-]|\Z)",
    re.I,
)
_IDP_PARAMETER = re.compile(r"(?:\A|&)(?:samlrequest|relaystate|response_type|openid\.[\w.]{1,40}|wtrealm)=", re.I)


def is_internal_host(host: str) -> bool:
    """Whether a host can only be meant for inside: undotted, under a private suffix, or a private address."""
    bare = host.strip("[]").rstrip(".").lower()
    if not bare:
        return False
    try:
        return ipaddress.ip_address(bare.partition("%")[0]).is_private
    except ValueError:
        return "." not in bare or bare.endswith(".svc") or is_private(bare)


def split(location: str) -> SplitResult | None:
    """The parts of a Location, or None where it is no URL at all (RFC 3986)."""
    try:
        parts = urlsplit(location[:LONGEST])
        _ = parts.hostname, parts.port
    except ValueError:
        return None
    return parts


def own_hosts(question: HttpQuestion) -> frozenset[str]:
    """The names under which a question was asked, without `www.` and without a port."""
    hosts = {question.host, question.host_header or "", question.sni or "", question.address or ""}
    return frozenset(_bare(host) for host in hosts if host)


def template(question: HttpQuestion, location: str, mask: Callable[[str], str]) -> str:
    """The Location, masked by `mask` and without the way back; own hosts in any scheme read the same."""
    parts = split(location)
    if parts is None:
        return "⟨INVALID⟩"
    own = not parts.hostname or _bare(parts.hostname) in own_hosts(question)
    origin = "⟨HOST⟩" if own else f"{parts.scheme}://{parts.netloc}"
    kept = [
        f"{name}={mask_values(mask(value))}"
        for name, _, value in (part.partition("=") for part in parts.query.split("&") if part)
        if name.lower() not in _WAY_BACK
    ]
    path = mask_values(mask(parts.path)) or "/"
    return f"{origin}{path}" + (f"?{'&'.join(sorted(kept))}" if kept else "")


def kind(question: HttpQuestion, location: str) -> str:
    """login, canonical (the same thing spelled otherwise), internal, or other."""
    parts = split(location)
    if parts is None:
        return "other"
    host = parts.hostname or ""
    if (not host or _bare(host) in own_hosts(question)) and same_path(parts.path, question.target):
        return "canonical"
    if _is_login(parts, host):
        return "login"
    if host and _bare(host) not in own_hosts(question) and is_internal_host(host):
        return "internal"
    return "other"


def same_path(path: str, target: str) -> bool:
    """Whether two paths differ in their trailing slash at most."""
    asked = target.partition("?")[0]
    return bool(path) and (path.rstrip("/") or "/") == (asked.rstrip("/") or "/")


def _is_login(parts: SplitResult, host: str) -> bool:
    return bool(_LOGIN_WORD.search(parts.path) or _LOGIN_WORD.search(host) or _IDP_PARAMETER.search(parts.query))


def _bare(host: str) -> str:
    host = host.lower()
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    return host.rstrip(".").removeprefix("www.")
