"""The requests by which a thing that must stay inside is tried: spellings of paths, of hosts, and around them.

Must never hold a request that could do more than read. Classes are those of docs/leaks.md.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from auditor.model import Aspect, HttpQuestion
from auditor.plan import Names
from auditor.plan.variants import Spelling as Segments
from auditor.plan.variants import prefixes_of, variants_for
from leaks.configuration import Configuration


@dataclass(frozen=True)
class Spelling:
    """One request, to the byte: its class, and what is not as usual about it."""

    cls: str
    target: str
    host: str
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    version: str = "1.1"
    other_listener: bool = False  # http where the gateway's URL is https
    variant: str | None = None  # the product's own variant of this id; None: one of ours

    @property
    def id(self) -> str:
        more = "".join(f" {name}:{value}" for name, value in self.headers)
        return f"{self.variant or self.cls} {self.method} {self.target} @{self.host}{more}"


#: Headers by which a client says where it comes from.
CLIENT_HEADERS = ("X-Forwarded-For", "X-Real-IP", "X-Client-IP", "True-Client-IP")

_BEHIND = {
    "P13": ("/", "/.", "//", "%20", "%09", "?", "??"),
    "P14": (".json", ".html", ".php", ";index.html"),
    "P17": ("%a0", "%85"),
    "P18": ("%23",),
    "P19": ("%3f",),
}


def paths(path: str, prefix: str) -> Iterator[tuple[str, str]]:
    """(class, target) of every spelling of a path; `prefix` is something public, such as /public."""
    rest = path[1:]
    first, slash, last = rest.partition("/")
    tail = slash + last
    yield "P01", path
    yield from (("P02", f"//{rest}"), ("P02", f"///{rest}"), ("P02", f"/{first}/{tail}"))
    yield from (("P03", f"/./{rest}"), ("P03", f"/x/../{rest}"), ("P03", f"{prefix}/../{rest}"))
    yield from (("P04", f"/%2e/{rest}"), ("P04", f"/x/%2e%2e/{rest}"), ("P04", f"{prefix}/%2e%2e/{rest}"))
    yield from (("P05", f"/%{ord(rest[0]):02x}{rest[1:]}"), ("P05", f"/{first[:-1]}%{ord(first[-1]):02x}{tail}"))
    yield from (("P06", f"/%2f{rest}"), ("P06", f"/x/..%2f{rest}"), ("P06", f"{prefix}/..%2f{rest}"))
    if last:
        yield "P06", f"/{first}%2f{last}"
    yield from (("P07", f"/%25{ord(rest[0]):02x}{rest[1:]}"), ("P07", f"{prefix}/%252e%252e/{rest}"))
    yield from (
        ("P08", f"/{first};x=1{tail}"),
        ("P08", f"/;/{rest}"),
        ("P08", f"{path};x"),
        ("P08", f"/;x=1/{rest}"),
    )
    yield from (("P09", f"/x/..;/{rest}"), ("P09", f"{prefix}/..;/{rest}"), ("P09", f"{prefix}/..%3b/{rest}"))
    yield from (("P11", f"{prefix}../{rest}"), ("P11", f"{prefix}..%2f{rest}"))
    yield from (("P12", path.upper()), ("P12", f"/{rest[0].upper()}{rest[1:]}"))
    for cls, ends in _BEHIND.items():
        yield from ((cls, path + end) for end in ends)
    yield "P15", f"/x/..%5c{rest}"
    yield "P16", f"/x/..%c0%af{rest}"
    yield "P22", f"/index.php{path}"
    yield "P23", f"/(S(X)){path}"
    yield from (("P24", f"{prefix}{path}"), ("P24", f"/v1{path}"))


def hosts(admin: str, public: str, port: int) -> Iterator[tuple[str, str, str | None]]:
    """(class, Host, authority of an absolute target) of every spelling of an internal name."""
    yield "H06", admin, None
    for spelled in (f"{admin}.", admin.upper(), f"{admin}:{port}", f"{admin}:8443", f"{admin}.:{port}"):
        yield "H07", spelled, None
    yield "H09", public, admin


def spellings(each: Configuration, port: int) -> tuple[Spelling, ...]:
    """Every request for what a configuration must keep inside, the usual one first: ours, then the product's."""
    default = 443 if each.tls else 80
    own = each.public if port == default else f"{each.public}:{port}"
    ours = _of_host(each, own, port) if each.by_host else _of_path(each, own)
    return (*ours, *of_the_product(each, port))


def of_the_product(each: Configuration, port: int) -> Iterator[Spelling]:
    """What the product would ask at its fullest, so that it can be held against what each of them brings out.

    Of the product this takes the table of variants and nothing that judges.
    """
    host = each.admin if each.by_host else None
    plain = HttpQuestion("https" if each.tls else "http", each.public, port, each.path, host_header=host, sni=host)
    segments = Segments(Names("0" * 32), (each.id,))
    aspect = Aspect.HOST if each.by_host else Aspect.PATH
    for variant in variants_for(aspect, "full", prefixes=prefixes_of(each.allow)):
        asked = variant.ask(plain, segments)
        if asked is None or variant.is_baseline:
            continue
        spelled = asked.host_header
        if spelled is None:
            spelled = each.public if port == (443 if each.tls else 80) else f"{each.public}:{port}"
        yield Spelling(
            variant.class_id,
            asked.target,
            spelled,
            asked.method,
            asked.headers,
            variant.version or "1.1",
            variant=variant.id,
        )


def _of_host(each: Configuration, own: str, port: int) -> Iterator[Spelling]:
    for cls, host, authority in hosts(each.admin, own, port):
        target = each.path if authority is None else f"http://{authority}{each.path}"
        yield Spelling(cls, target, host)
    yield Spelling("H04", each.path, own, headers=(("X-Forwarded-Host", each.admin),))
    yield Spelling("H17", each.path, each.admin, version="1.0")


def _of_path(each: Configuration, own: str) -> Iterator[Spelling]:
    prefix = each.allow[0].removesuffix("/*")
    for cls, target in paths(each.path, prefix):
        yield Spelling(cls, quote(target, safe="/%;:?()=.*#&~"), own)
    for name in CLIENT_HEADERS:
        for claimed in ("127.0.0.1", "10.0.0.1"):
            yield Spelling("H02", each.path, own, headers=((name, claimed),))
    yield Spelling("H03", each.path, own, headers=(("X_Forwarded_For", "127.0.0.1"),))
    yield Spelling("H11", each.path, own, headers=(("Connection", "close, X-Forwarded-For"),))
    yield Spelling("H15", each.path, own, method="HEAD")
    yield Spelling("H15", each.path, own, method="OPTIONS")
    yield Spelling("H17", each.path, own, version="1.0")
    if each.tls:
        yield Spelling("H18", each.path, own, other_listener=True)
