"""What holds for every variant of every path and host a configuration may name."""

import re
from dataclasses import replace

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from auditor.config import hosts, urls
from auditor.model import Aspect, HttpQuestion
from auditor.plan import Names
from auditor.plan.variants import CAUTION_CLASSES, Spelling, Tier, Variant, variants_for

NAMES = Names("seed")
SPELLING = Spelling(NAMES, ("claim", 1))
PATHS = variants_for(Aspect.PATH, "full", CAUTION_CLASSES, ("/public", "/api/v1"))
HOSTS = variants_for(Aspect.HOST, "full", CAUTION_CLASSES)

SEGMENT = st.text("abcXYZ019-._~!$&'()+,;=:@%[]", max_size=6)
ESCAPED = st.sampled_from(["%2f", "%2F", "%41", "%zz", "%", "..", ".", "%2e%2e"])


@st.composite
def paths(draw: st.DrawFn) -> str:
    segments = draw(st.lists(SEGMENT | ESCAPED, max_size=5))
    query = draw(st.sampled_from(["", "", "?", "?a=1", "?a=b&c", "??", "?x/y"]))
    path = "/" + "/".join(segments) + query
    assume("://" not in path)
    return urls.path(path)


@st.composite
def names(draw: st.DrawFn) -> str:
    label = st.from_regex(r"[a-z0-9_]([a-z0-9_-]{0,8}[a-z0-9_])?", fullmatch=True)
    return hosts.host_name(".".join([*draw(st.lists(label, max_size=3)), draw(st.sampled_from(["corp", "x-1"]))]))


ENTRANCES = st.sampled_from(
    [
        HttpQuestion("https", "api.example", 443, "/", address="192.0.2.1"),
        HttpQuestion("http", "api.example", 8081, "/", address="192.0.2.1"),
        HttpQuestion("https", "2001:db8::7", 8443, "/", address="2001:db8::7"),
    ]
)


def sendable(asked: HttpQuestion) -> bool:
    """Whether a request line and a header field can carry it (see probes.outgoing)."""
    fields = [asked.host_header or "", *(text for pair in asked.headers for text in pair)]
    for text in (asked.target, *fields):
        text.encode("latin-1")
    return bool(asked.target) and not re.search(r"[\r\n\0 \t]", asked.target) and not re.search(
        r"[\r\n\0]", "".join(fields)
    )  # fmt: skip


def added(asked: HttpQuestion, plain: HttpQuestion) -> int:
    """How many characters a variant adds to the path, wherever in the request the path now is."""
    return len(asked.target) + sum(len(value) for _, value in asked.headers) - len(plain.target)


@pytest.mark.parametrize("variant", PATHS, ids=lambda variant: variant.id)
@settings(max_examples=20)
@given(path=paths(), entrance=ENTRANCES)
@example(path="/", entrance=HttpQuestion("http", "api.example", 80, "/"))
@example(path="/?", entrance=HttpQuestion("http", "api.example", 80, "/"))
@example(path="//", entrance=HttpQuestion("http", "api.example", 80, "/"))
@example(path="/a//b/", entrance=HttpQuestion("http", "api.example", 80, "/"))
def test_a_path(variant: Variant, path: str, entrance: HttpQuestion) -> None:
    plain = replace(entrance, target=path)
    asked = variant.ask(plain, SPELLING)
    assert variant.ask(plain, Spelling(Names("seed"), ("claim", 1))) == asked
    if asked is None:
        return
    assert sendable(asked)
    assert (asked.scheme, asked.host, asked.port, asked.address) == (
        plain.scheme, plain.host, plain.port, plain.address,
    )  # fmt: skip
    if variant.is_baseline:
        assert asked == plain
    else:
        assert asked != plain
        assert variant.path is None or asked.target != path
    if variant.tier is Tier.SAFE:
        assert asked.target.isascii() and asked.target.isprintable()
    _, mark, query = path.partition("?")
    if variant.path is not None and not variant.busted:
        assert asked.target.endswith(query) and ("?" in asked.target or not mark)


@pytest.mark.parametrize("variant", PATHS, ids=lambda variant: variant.id)
@settings(max_examples=20)
@given(path=paths())
def test_the_sibling_of_a_path_is_spelled_the_same_way(variant: Variant, path: str) -> None:
    """All that a variant adds to a path it adds to the path's random sibling: as much of it, in the same words."""
    plain = HttpQuestion("https", "api.example", 443, path)
    other = replace(plain, target=NAMES.sibling_path(path, "claim", "before"))
    assume(plain.target.count("/") == other.target.count("/"))  # a path that ends in "//" has a shorter sibling
    asked, beside = variant.ask(plain, SPELLING), variant.ask(other, SPELLING)
    if asked is None:
        return
    assert beside is not None, "a sibling must be asked wherever the target is"
    assert added(asked, plain) == added(beside, other)
    assert replace(asked, target="", headers=()) == replace(beside, target="", headers=())
    assert [name for name, _ in asked.headers] == [name for name, _ in beside.headers]


@pytest.mark.parametrize("variant", HOSTS, ids=lambda variant: variant.id)
@settings(max_examples=20)
@given(name=names(), entrance=ENTRANCES)
def test_a_host_and_its_sibling(variant: Variant, name: str, entrance: HttpQuestion) -> None:
    other = NAMES.sibling_name(name, "claim", "before")
    plain = replace(entrance, target="/docs?a=1", host_header=name, sni=name)
    beside = variant.ask(replace(plain, host_header=other, sni=other), SPELLING)
    asked = variant.ask(plain, SPELLING)
    assert variant.ask(plain, SPELLING) == asked
    if asked is None:
        assert variant.class_id == "H08"
        assert plain.scheme == "http"
        assert beside is None
        return
    assert sendable(asked)
    assert asked.address == plain.address
    assert asked != plain or variant.is_baseline
    assert beside is not None

    def named(text: str) -> str:
        return text.replace(other, name).replace(other.upper(), name.upper())

    assert asked == replace(
        beside,
        target=named(beside.target),
        host_header=beside.host_header and named(beside.host_header),
        sni=beside.sni and named(beside.sni),
        headers=tuple((field, named(value)) for field, value in beside.headers),
    )
