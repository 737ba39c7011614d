"""Signing, retrying, and where an alert may go: each against its standard or its table."""

import base64
from datetime import UTC, datetime, timedelta, timezone
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from auditor.alerts import BadDestination, Destination, destination_key, headers
from auditor.alerts.destinations import NotAllowed, addresses, is_refused
from auditor.alerts.retry import ATTEMPTS, PATIENCE, WAITS, next_at, retry_after
from auditor.store.outbox import FURTHEST

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()


# --- signing ---------------------------------------------------------------------------------------------


@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=200).map(str.encode),
    st.text(alphabet="abcXYZ019_", min_size=1, max_size=40),
)
def test_another_implementation_verifies_our_signature(body: bytes, name: str) -> None:
    found = headers(f"msg_{name}", body, SECRET, datetime.now(UTC))
    Webhook(SECRET).verify(body, found, json_parse=False)


def test_another_implementation_takes_the_message_and_refuses_a_changed_one() -> None:
    found = headers("msg_1", b'{"a":1}', SECRET, datetime.now(UTC))
    assert Webhook(SECRET).verify(b'{"a":1}', found) == {"a": 1}
    for body, told in (
        (b'{"a":2}', found),
        (b'{"a":1}', found | {"webhook-id": "msg_2"}),
        (b'{"a":1}', found | {"webhook-timestamp": str(int(found["webhook-timestamp"]) + 1)}),
    ):
        with pytest.raises(WebhookVerificationError):
            Webhook(SECRET).verify(body, told)


def test_a_secret_of_plain_text_signs_as_it_stands() -> None:
    found = headers("msg_1", b'{"a":1}', "correct horse", datetime.now(UTC))
    assert Webhook(base64.b64encode(b"correct horse").decode()).verify(b'{"a":1}', found) == {"a": 1}


def test_the_time_of_an_attempt_is_utc_whatever_zone_it_is_given_in() -> None:
    tokyo = NOON.astimezone(timezone(timedelta(hours=9)))
    assert headers("msg_1", b"", SECRET, tokyo) == headers("msg_1", b"", SECRET, NOON)
    assert headers("msg_1", b"", None, tokyo) == {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(NOON.timestamp())),
    }


# --- retrying --------------------------------------------------------------------------------------------


def test_the_waits_grow_and_end() -> None:
    found = [next_at("msg_1", attempt, NOON, None) for attempt in range(1, ATTEMPTS + 1)]
    assert found[-1] is None
    waits = [each - NOON for each in found if each]
    assert len(waits) == 11
    assert all(planned <= real <= planned * 1.1 for planned, real in zip(WAITS, waits, strict=True))
    assert [each.total_seconds() for each in WAITS[:6]] == [5, 30, 120, 300, 1800, 7200]
    assert waits == sorted(waits)
    assert max(waits) + PATIENCE < FURTHEST


def test_messages_that_fail_together_do_not_come_back_together() -> None:
    assert len({next_at(f"msg_{n}", 5, NOON, None) for n in range(50)}) > 25
    assert next_at("msg_1", 5, NOON, None) == next_at("msg_1", 5, NOON, None)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("120", 120),
        (" 0 ", 0),
        ("Sun, 01 Mar 2026 12:01:00 GMT", 60),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0),
        ("9" * 400, 10**8),
        ("soon", None),
        ("-5", None),
        ("²", None),
        ("Sun, 99 Foo 2026", None),
    ],
)
def test_retry_after(value: str | None, seconds: int | None) -> None:
    assert retry_after(value, NOON) == (None if seconds is None else timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("attempt", "asked", "least", "most"),
    [
        (1, timedelta(minutes=10), timedelta(minutes=10), timedelta(minutes=10)),
        (1, timedelta(days=900), PATIENCE, PATIENCE),
        (6, timedelta(seconds=1), timedelta(hours=2), timedelta(hours=2.2)),
    ],
)
def test_a_receiver_may_put_us_off_but_not_for_ever(
    attempt: int, asked: timedelta, least: timedelta, most: timedelta
) -> None:
    found = next_at("msg_1", attempt, NOON, asked)
    assert found is not None
    assert least <= found - NOON <= most


@given(st.text(max_size=60))
def test_no_retry_after_breaks_us(value: str) -> None:
    found = retry_after(value, NOON)
    assert found is None or found >= timedelta(0)


# --- destinations ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "secret", "allow_http", "said"),
    [
        ("http://hooks.example.com/", None, False, "plain http"),
        ("ftp://hooks.example.com/", None, True, "https://"),
        ("file:///etc/passwd", None, True, "https://"),
        ("hooks.example.com", None, True, "https://"),
        ("https://", None, False, "https://"),
        ("https://host:port/", None, False, "cannot be read"),
        ("https://hooks.example.com/", "", False, "empty"),
        ("https://hooks.example.com/", "  ", False, "empty"),
        ("https://hooks.example.com/", "whsec_***", False, "base64"),
        ("https://hooks.example.com/", "whsec_", False, "nothing else"),
    ],
)
def test_a_destination_that_cannot_work_is_refused_at_once(
    url: str, secret: str | None, allow_http: bool, said: str
) -> None:
    with pytest.raises(BadDestination, match=said) as caught:
        Destination("wh_1", url, secret, allow_http)
    assert "example.com" not in str(caught.value)


def test_a_destination_keeps_its_url_and_secret_to_itself() -> None:
    shown = repr(Destination("wh_1", "https://hooks.example.com/T0/B0", "hunter2"))
    assert "example.com" not in shown
    assert "hunter2" not in shown


def test_a_key_is_stable_and_gives_nothing_away() -> None:
    assert destination_key("env:ALERT_URL") == destination_key("env:ALERT_URL") == "wh_3f07a5261931b0d6"
    assert destination_key("env:ALERT_URL") != destination_key("env:OTHER_URL")


@pytest.mark.parametrize(
    ("address", "refused"),
    [
        ("169.254.169.254", True),
        ("169.254.0.1", True),
        ("0.0.0.0", True),
        ("224.0.0.1", True),
        ("255.255.255.255", True),
        ("100.100.100.200", True),
        ("192.0.0.192", True),
        ("fe80::1", True),
        ("fd00:ec2::254", True),
        ("::", True),
        ("ff02::1", True),
        ("::ffff:169.254.169.254", True),
        ("64:ff9b::169.254.169.254", True),
        ("2002:a9fe:a9fe::1", True),
        ("::169.254.169.254", True),
        ("127.0.0.1", False),
        ("::1", False),
        ("10.0.0.5", False),
        ("192.168.1.1", False),
        ("fd12::5", False),
        ("203.0.113.9", False),
        ("2001:db8::1", False),
        ("64:ff9b::203.0.113.9", False),
    ],
)
def test_where_an_alert_may_go(address: str, refused: bool) -> None:
    assert is_refused(ip_address(address)) is refused


async def test_addresses_are_checked_before_anything_is_sent() -> None:
    assert await addresses("127.0.0.1", 443) == ("127.0.0.1",)
    for host in ("169.254.169.254", "fe80::1", "0.0.0.0", "0"):
        with pytest.raises(NotAllowed):
            await addresses(host, 443)
