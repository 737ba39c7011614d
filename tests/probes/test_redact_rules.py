"""No secret gets through, nothing acts on a reader, and no text makes it slow."""

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.probes.redact import (
    EXCERPT_BYTES,
    RULES,
    WINDOW_BYTES,
    excerpt,
    printable,
    redact,
    redact_headers,
    visible,
)

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nIBAAK\n-----END RSA PRIVATE KEY-----"

SECRETS = [
    ("private_key", f"key:\n{PEM}\nafter", "MIIEow"),
    ("private_key", "-----BEGIN PRIVATE KEY-----\\nMIIEow and cut off", "MIIEow"),
    ("private_key", "-----BEGIN OPENSSH PRIVATE KEY-----\nMIIEow", "MIIEow"),
    ("private_key", "-----BEGIN PGP PRIVATE KEY BLOCK-----\nMIIEow", "MIIEow"),
    ("jwt", f'{{"id": "{JWT}"}}', JWT[:40]),
    ("jwt", f"https://x.example/?t={JWT}", JWT[:40]),
    ("dsn", "postgres://app:s3cret@db.internal:5432/app", "s3cret"),
    ("dsn", "DATABASE_URL=mysql+pymysql://root:p%40ss!word@10.0.0.5/x", "p%40ss!word"),
    ("dsn", "redis://:s3cret@cache:6379/0", "s3cret"),
    ("dsn", "https://0123456789abcdef0123456789abcdef@sentry.example/7", "0123456789abcdef"),
    ("aws_key", "AWS: AKIAIOSFODNN7EXAMPLE.", "AKIAIOSFODNN7EXAMPLE"),
    ("secret", "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "wJalrXUtnFEMI"),
    ("secret", '"password":"correct horse"', "correct"),
    ("secret", "spring.datasource.password=hunter2", "hunter2"),
    ("secret", "DB_PASSWORD: hunter2", "hunter2"),
    ("secret", "?access_token=abcd1234&x=1", "abcd1234"),
    ("secret", "&quot;api_key&quot;: &quot;abcd1234&quot;", "abcd1234"),
    ("secret", "PRIVATE-KEY: abcd1234", "abcd1234"),
    ("token", "token ghp_0123456789abcdefghijklmnopqrstuvwxyz", "ghp_0123"),
    ("token", "xoxb-0123456789-abcdef", "xoxb-0123"),
    ("token", "glpat-0123456789abcdefghij", "glpat-0123"),
    ("token", "sk_live_0123456789abcdefghij", "sk_live_0123"),
    ("authorization", "curl -H 'Authorization: Bearer 0123456789abcdef'", "0123456789abcdef"),
    ("authorization", "authorization: Basic dXNlcjpwYXNzd29yZA==", "dXNlcjpw"),
]


@pytest.mark.parametrize(
    ("rule", "text", "secret"), SECRETS, ids=[f"{r}-{n}" for n, (r, _, _) in enumerate(SECRETS)]
)
def test_a_secret_is_replaced_by_the_name_of_its_rule(rule: str, text: str, secret: str) -> None:
    found: set[str] = set()
    shown = redact(text, found)
    assert secret not in shown
    assert f"[redacted: {rule}]" in shown
    assert rule in found


def test_every_rule_is_tried_above() -> None:
    assert {rule.name for rule in RULES} == {rule for rule, _, _ in SECRETS}


@pytest.mark.parametrize(
    "text",
    [
        '<input type="password" name="password">',
        "The password is wrong.",
        "Bearer token required",
        "Basic authentication",
        'WWW-Authenticate: Bearer realm="x"',
        "https://user@example.com/path",
        "see https://example.com:8443/a@b",
        '{"token": null, "password": true}',
        "keyboard: qwerty",
        "eyJ",
        "monkey = banana",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redact(text) == text


def test_what_is_around_a_secret_stays() -> None:
    assert redact("a postgres://app:x@db/y b") == "a postgres://[redacted: dsn]db/y b"
    assert redact('{"password": "hunter2", "user": "bo"}') == '{"password": "[redacted: secret]", "user": "bo"}'
    assert redact(f"a {PEM} b") == "a [redacted: private_key] b"


def test_redacting_twice_changes_nothing() -> None:
    for _, text, _ in SECRETS:
        assert redact(redact(text)) == redact(text)


def test_headers_by_name_and_by_content() -> None:
    shown, found = redact_headers(
        [
            ("Set-Cookie", "sid=abc; Path=/; HttpOnly"),
            ("set-cookie", "nameless"),
            ("Authorization", "x"),
            ("X-Internal-Token", "x"),
            ("X-Vault-Token", "x"),
            ("X-API-Key", "x"),
            ("Cookie", "a=b"),
            ("X-Db", "postgres://a:b12345678@c"),
            ("Server", "nginx\x1b[31m"),
            ("Location", "/?token=abcd1234&ok=1"),
            ("ETag", '"abc"'),
        ]
    )
    assert shown == (
        ("Set-Cookie", "sid=[redacted: cookie]; Path=/; HttpOnly"),
        ("set-cookie", "[redacted: cookie]"),
        ("Authorization", "[redacted: authorization]"),
        ("X-Internal-Token", "[redacted: token]"),
        ("X-Vault-Token", "[redacted: token]"),
        ("X-API-Key", "[redacted: token]"),
        ("Cookie", "[redacted: cookie]"),
        ("X-Db", "postgres://[redacted: dsn]c"),
        ("Server", "nginx\\x1b[31m"),
        ("Location", "/?token=[redacted: secret]&ok=1"),
        ("ETag", '"abc"'),
    )
    assert found == {"cookie", "authorization", "token", "dsn", "secret"}


def test_a_secret_at_the_edge_of_the_excerpt_is_not_cut_into_a_piece_nobody_knows() -> None:
    for start in range(EXCERPT_BYTES - 60, EXCERPT_BYTES + 1):
        shown, _ = excerpt(b"x" * (start - 1) + b" " + JWT.encode() + b" end")
        assert "eyJ" not in shown


def test_a_long_private_key_is_gone_to_its_end() -> None:
    shown, found = excerpt(b"-----BEGIN PRIVATE KEY-----\n" + b"MIIEow\n" * 10_000)
    assert shown == "[redacted: private_key]"
    assert found == {"private_key"}


@given(st.binary(max_size=3000))
def test_an_excerpt_is_always_fit_to_be_shown(body: bytes) -> None:
    shown, _ = excerpt(body)
    assert len(shown.encode()) <= EXCERPT_BYTES
    assert shown.replace("\n", "").replace("\t", "").isprintable()


@given(st.text())
def test_one_line_is_always_one_line(text: str) -> None:
    assert printable(text).isprintable()
    assert len(printable(text)) <= 240


@pytest.mark.parametrize(
    "char", ["\x00", "\x1b", "\x7f", "\x85", "\xa0", "\xad", "\u200b", "\u202e", "\u2066", "\ufeff"]
)
def test_what_cannot_be_seen_becomes_visible(char: str) -> None:
    shown = visible(f"a{char}b")
    assert shown == f"a{char.encode('unicode_escape').decode()}b"


def test_blank_letters_become_visible_too() -> None:
    assert visible("a\u3164b\ufe0f") == "a\\u3164b\\ufe0f"
    assert visible("é 漢字 🙂") == "é 漢字 🙂"


HOSTILE = [
    "a" * WINDOW_BYTES,
    "eyJ" * (WINDOW_BYTES // 3),
    "eyJ-" * (WINDOW_BYTES // 4),
    "eyJaaaaaa." * (WINDOW_BYTES // 10),
    "a://" * (WINDOW_BYTES // 4),
    "a.a.a.a.a." * (WINDOW_BYTES // 10) + "://",
    "http://" + "a:" * (WINDOW_BYTES // 2),
    "Bearer " * (WINDOW_BYTES // 7),
    "Bearer " + "a" * WINDOW_BYTES,
    "token" * (WINDOW_BYTES // 5),
    "token" + " " * WINDOW_BYTES,
    "password='" * (WINDOW_BYTES // 10),
    "-----BEGIN " * (WINDOW_BYTES // 11) + "PRIVATE KEY",
    "-----BEGIN PRIVATE KEY-----" + "-----END " * (WINDOW_BYTES // 9),
    "sk-" * (WINDOW_BYTES // 3),
    "AKIA" * (WINDOW_BYTES // 4),
    "\x1b" * WINDOW_BYTES,
    "x-" * (WINDOW_BYTES // 2) + "token",
]


@pytest.mark.parametrize("text", HOSTILE, ids=[str(n) for n in range(len(HOSTILE))])
def test_no_text_makes_it_slow(text: str) -> None:
    hints = " eyj :// akia ghp_ glpat- xox sk- bearer token private key"
    started = process_time()
    for _ in range(3):
        excerpt((text + hints).encode())
        redact((text + hints)[:WINDOW_BYTES])
        redact((hints + text)[:WINDOW_BYTES])
        redact_headers([(text, text)])
    assert process_time() - started < 1.0
