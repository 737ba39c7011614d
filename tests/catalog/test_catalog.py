"""The table of products: every row knows its own page, and no row knows anybody else's."""

import pytest
from catalog_samples import GUARDED, HTML, JSON, METRICS, SAMPLES, TEXT, XML, Sample, marks, marks_of
from hypothesis import given
from hypothesis import strategies as st

from auditor.catalog import COMMON, LEFT_OUT, PACKS, SIGNATURES, hunted, products_at, tighten
from auditor.catalog.reading import FAMILIES, expected_behind, texts_in
from auditor.plan.names import Names, shape_of_path

#: Products whose guard is that of another row, of which there is a sample.
_SAME_GUARD = {"kubelet", "elasticsearch-health"}


def products(found: set[str], kind: str = "sig") -> set[str]:
    return {mark.removeprefix(f"{kind}:") for mark in found if mark.startswith(f"{kind}:")}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda each: f"{each.product} {each.path}")
def test_a_page_is_known_as_its_product_and_as_no_other(sample: Sample) -> None:
    found = products(marks_of(sample))
    assert sample.product in found
    assert found <= {sample.product} | sample.others
    assert sample.product in products_at(sample.path) or sample.product == "actuator-threaddump"
    assert sample.product in expected_behind("/app" + sample.path)


@pytest.mark.parametrize("sample", GUARDED, ids=lambda each: f"{each.product} {each.path} {each.status}")
def test_a_product_that_lets_nobody_in_is_known(sample: Sample) -> None:
    found = marks_of(sample)
    assert sample.product in products(found, "guard")
    assert not products(found)
    assert sample.product in products_at(sample.path)
    unlike = marks(sample.path, 404, sample.all_headers, sample.body)
    assert not products(unlike, "guard")


def test_every_row_and_every_guard_has_its_sample() -> None:
    rows = {
        index
        for sample in SAMPLES
        for index, row in enumerate(SIGNATURES)
        if row.product == sample.product
        and (
            row in texts_in(tighten(sample.body), _family(sample)).signatures
            if row.all_of or row.any_of
            else row.header[0][0] in {name.lower() for name, _ in sample.headers}
        )
    }
    assert [row for index, row in enumerate(SIGNATURES) if index not in rows] == []
    guarded = {(sample.product, sample.status) for sample in GUARDED}
    assert {
        row.product
        for row in SIGNATURES
        for guard in row.guards
        if not any((row.product, status) in guarded for status in guard.statuses)
    } == _SAME_GUARD


def _family(sample: Sample) -> str:
    from auditor.judge.fingerprint import fingerprint
    from auditor.model import HttpQuestion

    question = HttpQuestion("http", "h", 80, sample.path)
    return fingerprint(question=question, status=200, headers=sample.all_headers, body=sample.body.encode()).family


_SPA = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Shop</title><script type="module"
crossorigin src="/assets/index-4f1c.js"></script></head><body><div id="root"></div></body></html>"""
_LOGIN = """<!DOCTYPE html><html><head><title>Sign in</title></head><body><form action="/login" method="post">
<input name="csrf_token" type="hidden" value="x"><input name="username"><input name="password"></form>
</body></html>"""
_SOFT_404 = (
    "<html><head><title>Oops</title></head><body><h1>We could not find {path}</h1><p>Not found</p></body></html>"
)
_INDEX = '{"version":"1.4.0","status":"UP","_links":{"self":{"href":"/"}},"data":[],"next":null,"name":"orders"}'
_ABOUT = """<html><head><title>Setting up Swagger UI, Prometheus and the Spring Boot actuator</title></head><body>
<p>Swagger UI is served with <code>SwaggerUIBundle({{url: "/openapi.json"}})</code>. Write
<pre>&lt;div id=&quot;swagger-ui&quot;&gt;</pre>. The actuator's env shows "activeProfiles" and "propertySources",
metrics begin with # HELP and # TYPE, nginx says Active connections, and .git/config has a [core] in it.
Django administration, Interactive Console, phpinfo(), Kubernetes Dashboard, Kibana, Grafana, Jenkins.</p>
</body></html>"""
_HEALTHS = (
    '{"status":"UP"}',
    '{"status":"ok"}',
    '{"healthy":true}',
    '{"status":"success","data":["a","b"]}',
    "[]",
    "{}",
)

ORDINARY = (
    *((HTML, text) for text in (_SPA, _LOGIN, _SOFT_404, _ABOUT)),
    (TEXT, "OK"), (TEXT, "Healthy"), (TEXT, "Ok.\n"), (TEXT, "ready"), (TEXT, "LIVE"),
    (TEXT, "404 page not found\n"),
    (TEXT, "User-agent: *\nDisallow: /admin\n"), (XML, "<?xml version='1.0'?><urlset></urlset>"),
    *((JSON, text) for text in (_INDEX, *_HEALTHS)),
    (JSON, '{"type":"about:blank","title":"Not Found","status":404,"detail":"no such path","instance":"{path}"}'),
    (JSON, '{"errors":[{"message":"Must provide query string."}]}'),
    (JSON, '{"items":[{"id":1,"name":"x","version":"2"}],"total":1,"limit":0,"offset":0,"links":{"next":null}}'),
    (METRICS, ""),
)  # fmt: skip


@pytest.mark.parametrize(("kind", "text"), ORDINARY)
def test_an_ordinary_page_shows_nothing_whatever_it_was_asked_for(kind: str, text: str) -> None:
    for path in hunted(["all"]):
        for status in (200, 401, 403, 404):
            found = marks(
                path, status, (("Content-Type", kind), ("Server", "nginx")), text.replace("{path}", path)
            )
            assert not products(found) and not products(found, "guard"), (path, found)


@pytest.mark.parametrize("kind", [HTML, JSON, TEXT])
def test_a_page_that_repeats_what_was_asked_shows_nothing(kind: str) -> None:
    for path in hunted(["all"]):
        for text in (f"<html><h1>{path}</h1></html>", f'{{"path":"{path}"}}', path, path.strip("/")):
            assert not products(marks(path, 200, (("Content-Type", kind),), text)), path


@given(st.text(max_size=400), st.sampled_from([HTML, JSON, TEXT, METRICS, XML, "application/octet-stream", ""]))
def test_random_text_shows_nothing(text: str, kind: str) -> None:
    found = marks("/metrics", 200, (("Content-Type", kind),), text)
    assert not products(found) and not products(found, "guard")


_WORDS = sorted({text for row in SIGNATURES for text in (*row.all_of, *row.any_of) if text.count('"') == 0})


@given(st.lists(st.sampled_from(_WORDS), max_size=3), st.sampled_from([JSON, XML]))
def test_words_in_another_kind_of_content_show_nothing_of_pages_and_files(words: list[str], kind: str) -> None:
    found = products(marks("/x", 200, (("Content-Type", kind),), "<a>" + " ".join(words) + "</a>"))
    assert all("xml" in row.families or not row.families for row in SIGNATURES if row.product in found
               and (row.all_of or row.any_of) and "json" not in row.families)  # fmt: skip


def test_texts_without_success_are_no_signature_and_are_told_apart() -> None:
    sample = next(each for each in SAMPLES if each.product == "nginx-status")
    found = marks(sample.path, 404, sample.all_headers, sample.body)
    assert "words:nginx-status" in found and not products(found)


def test_the_rows_are_sound() -> None:
    for row in SIGNATURES:
        assert row.pack in PACKS and row.pack not in ("common", "all")
        assert row.all_of or row.any_of or row.header, row.product
        assert set(row.families) <= set(FAMILIES)
        for text in (*row.all_of, *row.any_of):
            assert text == tighten(text) + (" " if text.endswith(" ") else ""), (row.product, text)
        for _, fragment in row.header:
            assert fragment == fragment.lower()
        for guard in row.guards:
            assert guard.body or guard.header, row.product
            assert all(not 200 <= status < 300 for status in guard.statuses)
        assert all(path.startswith("/") and path.isascii() and " " not in path for path in row.paths)
    assert len({row.product for row in SIGNATURES}) >= 120


def test_every_pack_has_paths_and_all_has_every_one() -> None:
    everything = set(hunted(["all"]))
    for pack in PACKS:
        assert hunted([pack]) and set(hunted([pack])) <= everything
    assert set(hunted(["common"])) == set(COMMON) and len(COMMON) <= 40
    assert everything == set().union(*(hunted([pack]) for pack in PACKS if pack != "all"))
    assert hunted([]) == () and len(everything) == len(hunted(["all"]))
    assert list(hunted(["common", "spring"])) == list(dict.fromkeys(hunted(["common", "spring"])))


def test_paths_of_one_shape_have_siblings_of_one_shape() -> None:
    names = Names("seed")
    for path in hunted(["all"]):
        for other in ("one", "two"):
            assert shape_of_path(names.sibling_path(path, other)) == shape_of_path(path)


def test_what_is_left_out_says_why() -> None:
    assert all(each.why and each.paths for each in LEFT_OUT)
