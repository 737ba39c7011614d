"""Which variants there are, which are chosen, and that what may not be sent is not among them."""

import re

import pytest
from variants_page import PAGE, written

from auditor.config.urls import forwards
from auditor.model import Aspect, HttpQuestion
from auditor.plan import Names
from auditor.plan.variants import (
    CAUTION_CLASSES,
    LEFT_OUT,
    TABLE,
    TECHNIQUES,
    Spelling,
    Through,
    Tier,
    Variant,
    prefixes_of,
    variants_for,
)

SPELLING = Spelling(Names("seed"), ("claim", 1))
PLAIN = HttpQuestion("https", "www.example", 443, "/internal/metrics", address="127.0.0.1")


def forms(variant: Variant) -> list[str]:
    """Every text of a variant that ends up in a request."""
    own = [variant.path, variant.target, variant.host_header, variant.sni]
    return [form for form in own if form is not None] + [text for pair in variant.headers for text in pair]


def ids(variants: tuple[Variant, ...]) -> list[str]:
    return [variant.id for variant in variants]


# --- the table


def test_an_id_is_one_variant() -> None:
    for aspect in (Aspect.PATH, Aspect.HOST):
        of_aspect = [variant.id for variant in TABLE if aspect in variant.aspects]
        assert len(set(of_aspect)) == len(of_aspect)


def test_an_id_begins_with_its_class() -> None:
    for variant in TABLE:
        assert variant.is_baseline or re.fullmatch(rf"{variant.class_id}[a-z]", variant.id)


def test_every_class_has_a_form_and_every_form_a_reason() -> None:
    assert {variant.class_id for variant in TABLE} == {technique.id for technique in TECHNIQUES}
    for technique in TECHNIQUES:
        assert technique.why and technique.source
        assert bool(technique.disturbs) == (technique.id in CAUTION_CLASSES)


def test_the_tiers_are_as_decided() -> None:
    cautious = {variant.id for variant in TABLE if variant.tier is Tier.CAUTION}
    by_class = {variant.class_id for variant in TABLE if variant.id in cautious}
    partly = {"P14", "P15", "P17", "P18", "H03", "H09"}
    wholly = {c for c in by_class if all(v.id in cautious for v in TABLE if v.class_id == c)}
    assert wholly == {"P20", "P21", "H01", "H04", "H05", "H13", "H14"}
    assert by_class == partly | wholly
    assert not any(variant.core for variant in TABLE if variant.id in cautious)


def test_nothing_risky_is_in_the_table() -> None:
    known = {technique.id for technique in TECHNIQUES}
    assert not known & {"H10", "H18", "H19", "H20", "H21", "H22"}
    for variant in TABLE:
        assert variant.method in (None, "GET", "HEAD", "OPTIONS")
        assert variant.version in (None, "1.1", "1.0")
        for text in forms(variant):
            assert not re.search(r"%(25)*0[ad]", text, re.I), variant.id
            assert not set(text) & set("\r\n\0\t"), variant.id
            assert " " not in text or text.startswith("close, "), variant.id
        for name, value in variant.headers:
            assert re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", name), variant.id
            assert name.lower() not in {
                "host", "upgrade", "http2-settings", "content-length", "transfer-encoding", "te", "expect",
                "authorization", "cookie",
            }  # fmt: skip
            if name == "X-HTTP-Method-Override":
                assert value == "GET"
            if name == "Connection":
                assert re.fullmatch(r"close, X-[A-Za-z-]+", value)


def test_what_is_left_out_is_said() -> None:
    assert {text.split()[0] for text, _ in LEFT_OUT} >= {"H10", "H18", "H19", "H20", "H21", "H22"}


def test_what_a_shared_cache_could_keep_for_others_has_a_query_of_its_own() -> None:
    for variant in TABLE:
        unkeyed = variant.class_id in {"H01", "H04", "H05", "H14"} or variant.id == "H03b"
        static = bool(re.search(r"\.(css|js|png|ico)\Z", variant.path or ""))
        assert variant.busted == (unkeyed or static), variant.id


def test_no_name_but_the_two_is_ever_named() -> None:
    named = HttpQuestion("https", "www.example", 443, "/docs", host_header="admin.corp", sni="admin.corp")
    for variant in variants_for(Aspect.HOST, "full", CAUTION_CLASSES):
        asked = variant.ask(named, SPELLING)
        assert asked is not None
        assert (asked.scheme, asked.host, asked.port, asked.address) == ("https", "www.example", 443, None)
        assert asked.sni in (None, "", "admin.corp")
        assert re.sub(r"[.:]\d*\Z", "", (asked.host_header or "admin.corp").lower()) == "admin.corp"
        if asked.target.startswith("https:"):
            assert re.fullmatch(r"https://([a-z0-9]+@)?admin\.corp/docs", asked.target)


# --- what is chosen


@pytest.mark.parametrize("aspect", list(Aspect))
@pytest.mark.parametrize("level", ["none", "core", "full"])
def test_the_baseline_is_always_first_and_changes_nothing(aspect: Aspect, level: str) -> None:
    chosen = variants_for(aspect, level, CAUTION_CLASSES, ("/a",))  # type: ignore[arg-type]
    assert chosen[0].id == "baseline"
    assert chosen[0].ask(PLAIN, SPELLING) is PLAIN
    assert ids(chosen).count("baseline") == 1
    if level == "none" or aspect in (Aspect.NAME, Aspect.PORT):
        assert len(chosen) == 1


def counted(variants: tuple[Variant, ...]) -> dict[str, int]:
    found: dict[str, int] = {}
    for variant in variants:
        found[variant.class_id] = found.get(variant.class_id, 0) + 1
    return found


def test_the_core_of_a_path() -> None:
    expected = {
        "P01": 1, "P02": 3, "P03": 3, "P04": 2, "P05": 1, "P06": 4, "P07": 2, "P08": 3, "P09": 2, "P12": 2,
        "P11": 1, "P13": 4, "P14": 1, "P24": 2, "H02": 3, "H11": 1, "H15": 1,
    }  # fmt: skip
    assert counted(variants_for(Aspect.PATH, "core", prefixes=("/api/v1", "/b"))) == expected


def test_the_core_of_a_path_without_a_prefix() -> None:
    chosen = variants_for(Aspect.PATH, "core")
    assert "P24" not in counted(chosen)
    assert [id for id in ids(chosen) if id.startswith("P07")] == ["P07a", "P07b"]
    climbing = next(variant for variant in chosen if variant.id == "P07b").ask(PLAIN, SPELLING)
    assert climbing is not None
    assert climbing.target == f"/{SPELLING.segment}/%252e%252e/internal/metrics"


def test_the_core_of_a_host() -> None:
    expected = {"H06": 1, "H07": 4, "H08": 1, "H09": 1, "H17": 1, "H02": 3, "H11": 1}
    assert counted(variants_for(Aspect.HOST, "core")) == expected


def test_the_core_is_part_of_the_full_and_the_full_without_names_is_safe() -> None:
    for aspect in (Aspect.PATH, Aspect.HOST):
        core, full = (set(variants_for(aspect, level, prefixes=("/a", "/b"))) for level in ("core", "full"))
        assert core < full
        assert all(variant.tier is Tier.SAFE for variant in full)


@pytest.mark.parametrize("class_id", sorted(CAUTION_CLASSES))
@pytest.mark.parametrize("level", ["core", "full"])
def test_a_class_is_opted_into_by_name_and_alone(class_id: str, level: str) -> None:
    def cautious(opted_in: frozenset[str]) -> set[Variant]:
        chosen = {
            variant
            for aspect in (Aspect.PATH, Aspect.HOST)
            for variant in variants_for(aspect, level, opted_in)  # type: ignore[arg-type]
        }
        return {variant for variant in chosen if variant.tier is Tier.CAUTION}

    assert {variant.class_id for variant in cautious(frozenset({class_id}))} == {class_id}
    assert cautious(frozenset()) == set()


@pytest.mark.parametrize("class_id", ["H20", "H19", "H10", "P02", "p20", ""])
def test_other_classes_cannot_be_opted_into(class_id: str) -> None:
    with pytest.raises(ValueError, match="no classes"):
        variants_for(Aspect.PATH, "none", frozenset({class_id}))


# --- prefixes


@pytest.mark.parametrize(
    ("allow", "prefixes"),
    [
        ((), ()),
        (("/api/v1/*",), ("/api/v1",)),
        (("/api/*", "/api/v1/*", "/api/*"), ("/api", "/api/v1")),
        (("/*", "/", "//*", "/**"), ()),
        (("/health", "/a/*/b", "/a/*/b/*", "/*.js", "*"), ()),
        (("/api*", "/api-*", "/c/**"), ("/api", "/api-", "/c")),
    ],
)
def test_the_prefixes_of_a_gateway(allow: tuple[str, ...], prefixes: tuple[str, ...]) -> None:
    assert prefixes_of(allow) == prefixes
    for prefix in prefixes:
        assert any(forwards(pattern, f"{prefix}/internal/metrics") for pattern in allow)


def test_the_core_climbs_out_of_one_prefix_and_the_full_out_of_each() -> None:
    def through(level: str) -> list[str]:
        chosen = variants_for(Aspect.PATH, level, prefixes=("/api/v1", "/b"))  # type: ignore[arg-type]
        return [id for id in ids(chosen) if id.startswith(("P03c", "P24a"))]

    assert through("core") == ["P03c:/api/v1", "P24a:/api/v1", "P24a:/b"]
    assert through("full") == ["P03c:/api/v1", "P03c:/b", "P24a:/api/v1", "P24a:/b"]


def test_a_climb_leads_back_to_the_root() -> None:
    targets = {
        variant.id: asked.target
        for variant in variants_for(Aspect.PATH, "full", CAUTION_CLASSES, ("/api/v1",))
        if variant.through is not Through.NOTHING and (asked := variant.ask(PLAIN, SPELLING)) is not None
    }
    assert targets == {
        "P03c:/api/v1": "/api/v1/../../internal/metrics",
        "P04d:/api/v1": "/api/v1/%2e%2e/%2e%2e/internal/metrics",
        "P06d:/api/v1": "/api/v1/..%2f..%2finternal/metrics",
        "P07b:/api/v1": "/api/v1/%252e%252e/%252e%252e/internal/metrics",
        "P09b:/api/v1": "/api/v1/..;/..;/internal/metrics",
        "P11a:/api/v1": "/api/v1../internal/metrics",
        "P11b:/api/v1": "/api/v1..%2finternal/metrics",
        "P18c:/api/v1": "/api/v1#/../../internal/metrics",
        "P19a:/api/v1": "/api/v1%3f/../../internal/metrics",
        "P24a:/api/v1": "/api/v1/internal/metrics",
        "P24b:/api/v1": "/api/v1/api/v1/internal/metrics",
    }


# --- the page


def test_the_tables_on_the_page_are_those_of_the_code() -> None:
    text = PAGE.read_text()
    assert text == written(text), "run: python tests/plan/variants_page.py"
