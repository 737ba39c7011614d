"""The comparable form of an answer: what is masked, what identifies, and what hostile bodies cost."""

import json
import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.judge import eq, fingerprint, sim, too_little
from auditor.model import Fingerprint, HttpQuestion

HTML = (("Content-Type", "text/html; charset=utf-8"),)
JSON = (("Content-Type", "application/json"),)
TEXT = (("Content-Type", "text/plain"),)


def ask(target: str = "/internal/v1/config", **changes: object) -> HttpQuestion:
    return HttpQuestion("https", "api.example.com", 443, target, **changes)  # type: ignore[arg-type]


def printed(
    body: str | bytes,
    headers: tuple[tuple[str, str], ...] = HTML,
    *,
    target: str = "/internal/v1/config",
    status: int = 200,
    question: HttpQuestion | None = None,
) -> Fingerprint:
    raw = body if isinstance(body, bytes) else body.encode()
    return fingerprint(question=question or ask(target), status=status, headers=headers, body=raw)


# --- masking ------------------------------------------------------------------------------------------------

A, B = "/internal/v1/k3v9qx0m2p7t", "/internal/v1/zq81hm4c0d2yw%2Fx"


@pytest.mark.parametrize(
    "reflect",
    [
        lambda path: f"<h1>Cannot GET {path}</h1>",
        lambda path: f"<h1>no such thing: {path.rpartition('/')[2]}</h1>",
        lambda path: "nothing at " + path.replace("%2F", "/"),
        lambda path: "nothing at " + path.replace("/", "&#x2F;"),
        lambda path: "nothing at " + path.replace("/", "\\/"),
        lambda path: "nothing at https://api.example.com" + path,
    ],
)
def test_what_was_asked_for_is_masked(reflect: Callable[[str], str]) -> None:
    one, two = printed(reflect(A), target=A, status=404), printed(reflect(B), target=B, status=404)
    assert one.masked == two.masked
    assert eq(one, two)


def test_hosts_and_probe_ids_are_masked() -> None:
    def page(host: str, nonce: str) -> Fingerprint:
        question = ask(host_header=host, sni=host, headers=(("X-Reach-Probe-Id", nonce),))
        return printed(f"<p>Unknown host {host}; ask with {nonce}</p>", question=question)

    assert page("abc.example.net", "n-7f3k2q").masked == page("config.internal.example.net", "n-0z9y8x").masked


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("id 6f1c2f0e-0d1c-4d0c-9b1f-2a3b4c5d6e7f", "id 00000000-1111-2222-3333-444455556666"),
        ("key deadbeefdeadbeef00", "key 0123456789abcdef0123"),
        ("blob QWxhZGRpbjpvcGVuIHNlc2FtZTEyMzQ=", "blob Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MEE="),
        ("at 2026-01-02T03:04:05Z", "at 2025-12-31T23:59:59.123+01:00"),
        ("at 03:04:05", "at 23:59"),
        ("served Fri, 02 Jan 2026 03:04:05 GMT", "served Sat, 03 Jan 2026 13:14:15 GMT"),
        ("request 1234567", "request 7654321"),
        ('<input name="csrf_token" value="abc">', '<input name="csrf_token" value="xyz">'),
        ('<script nonce="abc">x</script>', '<script nonce="def">y</script>'),
        ("request-id: r1 end", "request-id: r2 end"),
        ("a<!-- built by one -->b", "a<!-- built by two -->b"),
        ("a<style>x{}</style>b", "a<style>y{}</style>b"),
        ("a  b\n\nc", "a b c"),
    ],
)
def test_what_changes_by_itself_is_masked(one: str, two: str) -> None:
    assert printed(one).masked == printed(two).masked


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("version 1.2.3", "version 1.2.4"),
        ("port 8080", "port 8081"),
        ("/static/vendor/bundle/application", "/static/vendor/bundle/another-application"),
        ('<script src="/static/shop.js"></script>', '<script src="/static/admin.js"></script>'),
    ],
)
def test_what_identifies_is_kept(one: str, two: str) -> None:
    assert printed(one).masked != printed(two).masked


# --- families and sameness ----------------------------------------------------------------------------------


def test_json_is_compared_by_its_shape_and_values() -> None:
    tenant = {"tenant": "acme", "plan": "gold", "roles": ["a", "b"], "at": "2026-01-02T03:04:05Z", "n": 3}
    one = printed(json.dumps(tenant), JSON)
    assert one.family == "json" and one.skeleton
    assert eq(one, printed(json.dumps(tenant | {"at": "2020-05-06T00:00:00Z"}, indent=2, sort_keys=True), JSON))
    assert not eq(one, printed(json.dumps(tenant | {"tenant": "other", "plan": "free"}), JSON))
    assert sim(one, printed(json.dumps(tenant | {"tenant": "other", "plan": "free"}), JSON))
    assert not sim(one, printed(json.dumps({"error": "nothing here"}), JSON))
    assert eq(one, printed(json.dumps(tenant | {"timestamp": 5}), JSON)) is False


def test_volatile_json_keys_are_masked() -> None:
    base = {"status": "up", "checks": ["database", "cache", "queue"]}
    one = printed(json.dumps(base | {"requestId": "abc", "timestamp": 17, "trace_id": "q"}), JSON)
    two = printed(json.dumps(base | {"requestId": "xyz", "timestamp": 99, "trace_id": "r"}), JSON)
    assert one.masked == two.masked


def test_lists_of_other_people_are_not_the_same() -> None:
    """Their keys are; a SimHash would not tell."""

    def people(letter: str) -> str:
        return json.dumps([{"name": f"{letter}{n}", "mail": f"{letter}{n}@x", "role": "user"} for n in range(60)])

    assert not eq(printed(people("anna"), JSON), printed(people("bert"), JSON))


def test_metrics_are_compared_by_name() -> None:
    def metrics(value: int, more: str = "") -> Fingerprint:
        text = "".join(f"# HELP m{n} help\n# TYPE m{n} gauge\nm{n} {value}\n" for n in range(12)) + more
        return printed(text, (("Content-Type", "text/plain; version=0.0.4"),))

    one = metrics(1)
    assert (one.family, "sig:prometheus-metrics" in one.marks) == ("prometheus", True)
    assert eq(one, metrics(2))
    assert not eq(one, metrics(1, "".join(f"other{n} 1\n" for n in range(9))))


def test_long_pages_that_differ_in_a_word_are_the_same() -> None:
    words = " ".join(f"word{n % 97}x{n % 89}" for n in range(600))
    assert eq(printed(words), printed(words.replace("word5x5", "another", 1)))
    assert not eq(printed(words), printed(" ".join(f"text{n % 97}y{n % 89}" for n in range(600))))


def test_sameness_needs_status_family_and_location() -> None:
    base = printed("the very same body of this answer")
    assert not eq(base, printed("the very same body of this answer", status=404))
    assert not eq(base, printed("the very same body of this answer", TEXT))
    assert not eq(base, printed("the very same body of this answer", (*HTML, ("Location", "/x"))))


def test_empty_answers_are_the_same_only_with_the_same_headers() -> None:
    caddy, other = (("Server", "Caddy"),), (("Server", "other"),)
    assert eq(printed("", caddy), printed("", (*caddy, ("Date", "now"), ("ETag", "x"))))
    assert not eq(printed("", caddy), printed("", other))


@pytest.mark.parametrize(
    ("body", "headers", "little"),
    [
        ("ok", TEXT, True),
        ('{"status":"ok"}', JSON, True),
        ("{}", JSON, True),
        ("42", JSON, True),
        ("", TEXT, True),
        ("aaaa aaaa aaaa aaaa aaaa aaaa aaaa aaaa", TEXT, True),
        ('{"tenant":"acme","plan":"gold","region":"eu-west"}', JSON, False),
        ("welcome to the shop of a thousand different things", TEXT, False),
    ],
)
def test_too_little_to_identify(body: str, headers: tuple[tuple[str, str], ...], little: bool) -> None:
    assert too_little(printed(body, headers)) is little


# --- redirects ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("location", "kind"),
    [
        ("https://sso.example.com/x?SAMLRequest=abc", "login"),
        ("/login?next=/internal/v1/config", "login"),
        ("/users/sign_in", "login"),
        ("https://idp.example.org/authorize?client_id=1&response_type=code", "login"),
        ("/internal/v1/config/", "canonical"),
        ("https://api.example.com/internal/v1/config", "canonical"),
        ("http://www.api.example.com:8080/internal/v1/config", "canonical"),
        ("http://app01/x", "internal"),
        ("http://10.1.2.3:8080/x", "internal"),
        ("http://app.prod.svc.cluster.local/x", "internal"),
        ("http://[fd00::1]/x", "internal"),
        ("/", "other"),
        ("https://www.example.org/", "other"),
        ("http://[::1", "other"),
        ("//////", "other"),
        ("", "other"),
        ("/authors", "other"),
    ],
)
def test_kinds_of_redirects(location: str, kind: str) -> None:
    assert printed("", (("Location", location),), status=302).location_kind == kind


def test_redirect_templates() -> None:
    def template(target: str, location: str) -> str | None:
        return printed("", (("Location", location),), target=target, status=302).location

    assert template(A, f"/login?next={A}") == template(B, f"https://api.example.com/login?rd={B}")
    assert template(A, f"https://api.example.com{A}/") == template(B, f"http://api.example.com{B}/")
    assert template(A, "/one") != template(A, "/two")
    assert template(A, "https://else.example.org/") != template(A, "/")


# --- marks --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "headers", "mark"),
    [
        (403, "<html>x</html>", (("cf-mitigated", "challenge"),), "challenge"),
        (403, '<div class="g-recaptcha">', HTML, "challenge"),
        (403, "Attention Required! | Cloudflare", HTML, "waf:cloudflare"),
        (200, "The requested URL was rejected. Please consult with your administrator.", HTML, "waf:f5"),
        (200, "{}", (("grpc-status", "7"),), "error_envelope"),
        (200, '{"errors":[{"message":"Must provide query string"}]}', JSON, "error_envelope"),
        (500, "Traceback (most recent call last):\n  File", TEXT, "trace"),
        (500, "java.lang.Boom\n\tat org.acme.Main.run(Main.java:42)\n", TEXT, "trace"),
        (404, "<center><h1>404</h1></center>\n<hr><center>nginx/1.22.1</center>", HTML, "gateway:nginx"),
        (403, "<html><body><h1>403 Forbidden</h1>\nRequest forbidden by administrative rules.\n</body>", HTML,
         "gateway:haproxy"),
        (404, "", (("server", "envoy"),), "gateway:envoy"),
        (404, '{"message":"no Route matched with those values"}', JSON, "gateway:kong"),
        (404, "404 page not found\n", TEXT, "gateway:traefik"),
        (200, "", (("Server", "Caddy"),), "gateway:caddy"),
        (403, "x", (("Server", "awselb/2.0"),), "gateway:alb"),
        (403, '{"message":"Missing Authentication Token"}', JSON, "gateway:apigw"),
        (404, '{ "statusCode": 404, "message": "Resource not found" }', JSON, "gateway:apim"),
        (404, '{"timestamp":"x","path":"/","status":404,"error":"Not Found","requestId":"1"}', JSON,
         "gateway:spring-gateway"),
        (404, '{"timestamp":"x","status":404,"error":"Not Found","path":"/"}', JSON, "upstream:spring"),
        (404, '{"detail": "Not Found"}', JSON, "upstream:fastapi"),
        (404, "<pre>Cannot GET /x</pre>", HTML, "upstream:express"),
        (404, '{"statusCode":404,"message":"Cannot GET /x","error":"Not Found"}', JSON, "upstream:nest"),
        (404, '{\n  "kind": "Status",\n  "apiVersion": "v1"}', JSON, "upstream:k8s"),
        (200, '{"openapi":"3.0.2","info":{},"paths":{"/x":{}}}', JSON, "sig:openapi"),
        (200, "<title>X - Swagger UI</title><div id='swagger-ui'>", HTML, "sig:swagger-ui"),
        (200, '{"_links":{"self":{"href":"x","templated":false},"health":{"href":"y"}}}', JSON, "sig:actuator"),
    ],
)  # fmt: skip
def test_marks(status: int, body: str, headers: tuple[tuple[str, str], ...], mark: str) -> None:
    assert mark in printed(body, headers, status=status).marks


def test_ordinary_pages_carry_no_marks() -> None:
    assert printed("<h1>Welcome</h1><p>We use g-recaptcha on our login page</p>").marks == ()
    assert printed('{"data": {"a": 1}, "errors": []}', JSON).marks == ()
    assert (
        "upstream:spring"
        not in printed('{"timestamp":1,"path":"/","status":404,"error":"x","requestId":"1"}', JSON).marks
    )


# --- hostile bodies -----------------------------------------------------------------------------------------

pieces = st.sampled_from(
    [
        "<!--", "-->", "<script", "</script", "<style>", ">", "{", "[", '"', "\\", "%2", "%zz", "token=",
        "nonce='", "0", "a", "A1", "-", ":", "12:", "2026-01-", "\0", "\u2028", "İ", "\ud800",
        "/internal", "⟨", "<" * 9, "traceid",
    ]
)  # fmt: skip
targets = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=40).map(lambda text: "/" + text)
types = st.sampled_from(
    [
        "text/html", "application/json", "text/plain", "image/png", "", "text/html; charset=utf-16",
        "x; charset=idna", "text/xml; charset=utf-7", "application/json; charset=nonsense",
        "text/plain; version=0.0.4", "\udcff",
    ]
)  # fmt: skip


@settings(max_examples=250, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=400), st.lists(pieces, max_size=60).map(lambda p: "".join(p).encode(errors="replace"))
    ),
    targets,
    types,
    st.text(max_size=60),
    st.integers(0, 999),
)
def test_it_never_raises(body: bytes, target: str, content_type: str, location: str, status: int) -> None:
    headers = (("Content-Type", content_type), ("Location", location), ("WWW-Authenticate", location))
    question = ask(target, host_header=location or None, headers=(("X-Y", content_type),))
    one = fingerprint(question=question, status=status, headers=headers, body=body)
    assert one == fingerprint(question=question, status=status, headers=headers, body=body)
    assert len(one.shingles) <= 512 and len(one.leaves) <= 256 and 0 <= one.simhash < 2**64
    assert list(one.marks) == sorted(set(one.marks))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300), types)
def test_an_answer_is_the_same_as_itself(body: bytes, content_type: str) -> None:
    one = printed(body, (("Content-Type", content_type),))
    assert eq(one, one)


HOSTILE = {
    "comments": "<!--" * 65_536,
    "scripts": "<script" * 37_000,
    "closed scripts": "<script></script>" * 15_000,
    "angles": "<" * 262_144,
    "tokens": "token" * 52_000,
    "token names": 'token"' * 43_000,
    "token keys": "token = " * 32_000,
    "token dashes": "token" + "-" * 262_000,
    "letters": "a" * 262_144,
    "base64": "aB3" * 87_000,
    "digits": "1" * 262_144,
    "dates": "2026-01-" * 32_000,
    "colons": "1:1:" * 65_000,
    "hex words": "deadbeef " * 29_000,
    "spaces": " " * 262_144,
    "tabs": "\tat " * 65_000,
    "lines": "\n" * 262_144,
    "trace lines": "\n at a" * 43_000,
    "brackets": "[" * 262_144,
    "objects": '{"a":' * 52_000,
    "nested": "[" * 900 + "]" * 900,
    "keys": json.dumps({f"k{n}": n for n in range(18_000)}),
    "numbers": json.dumps(list(range(40_000))),
    "words": " ".join(f"w{n}" for n in range(37_000)),
    "one number": '{"a": ' + "9" * 200_000 + "}",
    "escapes": "%25" * 87_000,
    "metrics": "# HELP a b\n" + "m1 1\n" * 50_000,
    "paths": "/internal/v1/config" * 13_000,
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("content_type", ["text/html", "application/json"])
def test_a_hostile_body_costs_as_much_as_a_long_one(name: str, content_type: str) -> None:
    """Processor time, and far above what is needed: what this catches grows with the square of the body."""
    started = time.process_time()
    printed(HOSTILE[name], (("Content-Type", content_type),))
    assert time.process_time() - started < 2.0


@pytest.mark.parametrize(
    "header", ["a=" * 40_000, "Bearer " + "realm" * 9_000, "/" * 60_000, "http://" + "a." * 30_000]
)
def test_hostile_headers(header: str) -> None:
    started = time.process_time()
    printed("x", tuple((name, header) for name in ("Location", "WWW-Authenticate", "Server", "Set-Cookie")))
    assert time.process_time() - started < 2.0
