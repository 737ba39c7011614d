"""URLs and paths: what a configuration may write for them.

Must never repair what it reads beyond dropping the "/" of a bare origin: a request goes out as it stands here.
"""

import re
from typing import Annotated, Final
from urllib.parse import SplitResult, quote, urlsplit

from pydantic import AfterValidator

from auditor.config import hosts
from auditor.config.errors import Wrong

#: Characters of a path and its query (RFC 3986 sections 3.3 and 3.4), brackets besides.
_PATH: Final = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:@%/?\[\]-]*", re.ASCII)
_LONGEST: Final = 2048


def _split(text: str, schemes: tuple[str, ...], example: str) -> SplitResult:
    """A URL with a host, checked in all its parts but path and query. Raises Wrong."""
    wrong = Wrong("is not a URL of the kind needed here", f"write {example}")
    if not text.isprintable() or " " in text or "\\" in text or len(text) > _LONGEST:
        raise wrong
    try:
        parts = urlsplit(text)
    except ValueError:  # brackets that hold no address, characters that normalise to "/" or "@"
        raise wrong from None
    if parts.scheme not in schemes or not parts.netloc:
        raise wrong
    if "@" in parts.netloc:
        raise Wrong("holds credentials, which may not stand in a URL")
    if "#" in text:
        raise Wrong("has a fragment (#), which is never sent")
    name, port = hosts.host_and_port(parts.netloc)
    if parts.netloc.endswith(":") and port is None:
        raise wrong
    hosts.host(name)
    if not _PATH.fullmatch(parts.path + parts.query):
        raise Wrong("has characters that a request cannot carry", f"write '{_quoted(text)}'", echo=True)
    return parts


def _quoted(text: str) -> str:
    return quote(text, safe="/?:@!$&'()*+,;=%[]~")[:200]


def web_url(text: str) -> str:
    """http or https, with a host; path and query as they are. Raises Wrong."""
    _split(text, ("http", "https"), "https://host/ or http://host:port/path")
    return text


def origin(text: str) -> str:
    """Scheme, host and port, and nothing more. Raises Wrong."""
    parts = _split(text, ("http", "https"), "https://host or http://host:port")
    if parts.path not in ("", "/") or "?" in text:
        raise Wrong("has a path or query, which belong elsewhere", "scheme, host and port are all that is used")
    return text.removesuffix("/")


def resolver(text: str) -> str:
    """Any of the forms of a resolver, DNS over HTTPS (RFC 8484) among them. Raises Wrong."""
    if text.startswith("https://"):
        if len(_split(text, ("https",), "https://host/dns-query").path) < 2:
            raise Wrong("names no path", "write https://host/dns-query")
        return text
    return hosts.resolver(text)


def path(text: str) -> str:
    """A request target to be asked for as it stands, with or without a query (RFC 9112 section 3.2.1)."""
    if "://" in text:
        raise Wrong("is a URL, not a path", "write what follows the host, from '/' on")
    if not text.startswith("/"):
        raise Wrong("does not begin with '/'", "write '/…'")
    if "#" in text:
        raise Wrong("has a fragment (#), which is never sent")
    if "*" in text or "{" in text:
        raise Wrong(
            "is a pattern, and only a path can be asked for", "write one that exists; a literal '*' is %2A"
        )
    if not _PATH.fullmatch(text) or len(text) > _LONGEST:
        raise Wrong("has characters that a request cannot carry", f"write '{_quoted(text)}'", echo=True)
    return text


def glob(text: str) -> str:
    """A path in which `*` stands for anything, slashes too."""
    if not text.startswith("/"):
        raise Wrong("does not begin with '/'", "write '/api/v1/*'; '/*' is everything")
    if not _PATH.fullmatch(text) or "?" in text or len(text) > _LONGEST:
        raise Wrong("is not a path pattern", "'*' stands for anything; there is no query in it")
    return text


def forwards(pattern: str, target: str) -> bool:
    """Whether a pattern of `allow` covers a request target. The query does not count; case does.

    `/api/*` covers `/api/` and everything below, not `/api` itself.
    """
    where = target.partition("?")[0]
    first, *rest = pattern.split("*")
    if not rest:
        return where == pattern
    if not where.startswith(first) or not where.endswith(rest[-1]):
        return False
    # Leftmost fits first: with nothing but `*` to match, that finds a way whenever there is one.
    place, end = len(first), len(where) - len(rest[-1])
    for part in rest[:-1]:
        found = where.find(part, place, max(place, end))
        if found < 0:
            return False
        place = found + len(part)
    return place <= end


def database(text: str) -> str:
    """`sqlite:///file` or `postgresql://…`. Raises Wrong."""
    scheme, mark, rest = text.partition("://")
    if scheme == "sqlite" and mark and rest.startswith("/") and len(rest) > 1:
        return text
    if scheme == "postgresql" and mark and rest.strip("/"):
        return text
    hint = (
        "write postgresql://…" if scheme.startswith("postgres") else "write sqlite:///auditor.db or postgresql://…"
    )
    raise Wrong("is not a database we know", hint)


def has_password(text: str) -> bool:
    """Whether a database URL carries a password of its own."""
    if text.startswith("sqlite"):
        return False
    authority = text.partition("://")[2].partition("?")[0]
    return ":" in authority.rpartition("@")[0] or "password=" in text.partition("?")[2]


WebUrl = Annotated[str, AfterValidator(web_url)]
Origin = Annotated[str, AfterValidator(origin)]
Resolver = Annotated[str, AfterValidator(resolver)]
UrlPath = Annotated[str, AfterValidator(path)]
Glob = Annotated[str, AfterValidator(glob)]
Database = Annotated[str, AfterValidator(database)]
