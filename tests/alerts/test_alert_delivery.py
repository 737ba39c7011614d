"""Messages on the wire, to a real receiver on loopback that is kind, broken, slow, hostile or gone."""

import asyncio
import logging
import os
import signal
import socket
import ssl
import sys
from pathlib import Path

import httpx
import pytest
from alert_clock import Clock
from alert_samples import audit, fill, finding, message, opened
from standardwebhooks import Webhook
from webhook_receiver import Receiver, Request, receiver, status

from auditor.alerts import Delivery, Destination, deliver, messages, open_client
from auditor.alerts.retry import ATTEMPTS
from auditor.store import Store, StoreError

SECRET = "whsec_" + "QUJD" * 8


def to(told: Receiver, path: str = "/hook?token=t0k3n", key: str = "wh_1") -> Destination:
    return Destination(key, f"http://127.0.0.1:{told.port}{path}", SECRET, allow_http=True)


async def once(
    store: Store, clock: Clock, client: httpx.AsyncClient, *places: Destination, timeout: float = 5.0
) -> Delivery:
    return await deliver(store, places, now=clock, client=client, stop=asyncio.Event(), timeout_seconds=timeout)


async def test_a_change_reaches_its_receiver_signed_and_once(
    store: Store, clock: Clock, client: httpx.AsyncClient
) -> None:
    found = finding(1)
    async with receiver() as told:
        place = to(told)
        fill(store, messages([opened(found)], {found.id: found}, audit(), False, [place]), clock())
        assert await once(store, clock, client, place) == Delivery(1, 0, 0, 0)
        assert await once(store, clock, client, place) == Delivery(0, 0, 0, 0)
        (request,) = told.requests
    assert request.line == "POST /hook?token=t0k3n HTTP/1.1"
    assert request.headers["host"] == f"127.0.0.1:{told.port}"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["webhook-timestamp"] == str(int(clock().timestamp()))
    seen = Webhook(SECRET).verify(request.body, request.headers)
    assert (seen["type"], seen["data"]["finding"]["id"]) == ("finding.opened", found.id)


async def test_five_hundreds_then_success_keep_the_id_and_renew_the_time(
    store: Store, clock: Clock, client: httpx.AsyncClient
) -> None:
    fill(store, [message(1)], clock())
    async with receiver(status(500), status(500)) as told:
        assert await once(store, clock, client, to(told)) == Delivery(0, 1, 1, 0)
        assert await once(store, clock, client, to(told)) == Delivery(0, 0, 1, 0), "it is not due yet"
        clock.move(seconds=6)
        assert await once(store, clock, client, to(told)) == Delivery(0, 1, 1, 0)
        clock.move(seconds=34)
        assert await once(store, clock, client, to(told)) == Delivery(1, 0, 0, 0)
    assert told.ids == ["msg_0001"] * 3
    assert len({each.headers["webhook-timestamp"] for each in told.requests}) == 3
    assert len({each.body for each in told.requests}) == 1


async def test_a_receiver_that_is_down_gets_it_all_when_it_is_up(
    store: Store, clock: Clock, client: httpx.AsyncClient
) -> None:
    fill(store, [message(1), message(2)], clock())
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound, not listening: refused
        nowhere = Destination("wh_1", f"http://127.0.0.1:{closed.getsockname()[1]}/", SECRET, allow_http=True)
        assert await once(store, clock, client, nowhere) == Delivery(0, 1, 2, 0), "one try is enough to know"
    assert store.posted()[0].last_error in (None, "no connection")
    clock.move(minutes=15)
    async with receiver() as told:
        assert await once(store, clock, client, to(told)) == Delivery(2, 0, 0, 0)
    assert sorted(told.ids) == ["msg_0001", "msg_0002"]


async def test_after_the_last_attempt_it_is_dead_and_visible(
    store: Store, clock: Clock, client: httpx.AsyncClient
) -> None:
    fill(store, [message(1)], clock())
    async with receiver(*[status(500)] * ATTEMPTS) as told:
        for _ in range(ATTEMPTS + 2):
            last = await once(store, clock, client, to(told))
            clock.move(hours=27)
    assert last == Delivery(0, 0, 0, 1)
    assert told.ids == ["msg_0001"] * ATTEMPTS
    (posted,) = store.posted(["dead"])
    assert (posted.attempts, posted.last_status, posted.last_error) == (ATTEMPTS, 500, "it answered 500")


async def test_gone_is_gone(store: Store, clock: Clock, client: httpx.AsyncClient) -> None:
    fill(store, [message(1), message(2)], clock())
    async with receiver(status(410)) as told:
        assert await once(store, clock, client, to(told)) == Delivery(1, 1, 0, 1)


async def test_a_redirect_is_not_followed(store: Store, clock: Clock, client: httpx.AsyncClient) -> None:
    fill(store, [message(1)], clock())
    async with receiver() as other, receiver(status(307, f"Location: http://127.0.0.1:{other.port}/")) as told:
        assert await once(store, clock, client, to(told)) == Delivery(0, 1, 1, 0)
    assert other.requests == []
    assert store.posted()[0].last_error == "it redirects (307), which is not followed"


@pytest.mark.parametrize("code", [429, 502, 503, 504])
async def test_a_busy_receiver_is_left_alone_for_as_long_as_it_asks(
    code: int, store: Store, clock: Clock, client: httpx.AsyncClient
) -> None:
    fill(store, [message(1), message(2)], clock())
    async with receiver(status(code, "Retry-After: 600")) as told:
        assert await once(store, clock, client, to(told)) == Delivery(0, 1, 2, 0)
        assert len(told.requests) == 1
        clock.move(seconds=599)
        assert await once(store, clock, client, to(told)) == Delivery(1, 0, 1, 0), "the other one, never tried"
        clock.move(seconds=2)
        assert await once(store, clock, client, to(told)) == Delivery(1, 0, 0, 0)


async def test_one_message_a_receiver_cannot_take_does_not_hold_up_the_others(
    store: Store, clock: Clock, client: httpx.AsyncClient
) -> None:
    fill(store, [message(1), message(2), message(3)], clock())
    async with receiver(status(500)) as told:
        assert await once(store, clock, client, to(told)) == Delivery(2, 1, 1, 0)


async def test_destinations_do_not_wait_for_each_other(
    store: Store, clock: Clock, client: httpx.AsyncClient
) -> None:
    fill(store, [message(1, "slow"), message(2, "quick")], clock())
    arrived = asyncio.Event()

    async def when_the_other_has_it(_request: Request) -> bytes:
        await asyncio.wait_for(arrived.wait(), 5)
        return status(200)

    async def at_once(_request: Request) -> bytes:
        arrived.set()
        return status(200)

    async with receiver(when_the_other_has_it) as slow, receiver(at_once) as quick:
        assert await once(store, clock, client, to(slow, key="slow"), to(quick, key="quick")) == Delivery(
            2, 0, 0, 0
        )


# --- hostile receivers -----------------------------------------------------------------------------------


async def test_a_receiver_that_never_answers_is_not_waited_for(
    store: Store, clock: Clock, client: httpx.AsyncClient
) -> None:
    fill(store, [message(1)], clock())

    async def never(_request: Request) -> bytes:
        await asyncio.Event().wait()
        raise AssertionError

    async with receiver(never) as told:
        assert await once(store, clock, client, to(told), timeout=0.2) == Delivery(0, 1, 1, 0)
    assert store.posted()[0].last_error == "no answer in time"


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n" + b"x" * 100_000,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 9\r\n\r\nnot gzip!",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
    ],
)
async def test_only_the_status_counts_whatever_follows_it(
    answer: bytes, store: Store, clock: Clock, client: httpx.AsyncClient
) -> None:
    fill(store, [message(1)], clock())
    async with receiver(answer) as told:
        assert await once(store, clock, client, to(told)) == Delivery(1, 0, 0, 0)


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 200 OK\r\nX: " + b"y" * 500_000])
async def test_what_is_no_answer_is_a_failure(
    answer: bytes, store: Store, clock: Clock, client: httpx.AsyncClient
) -> None:
    fill(store, [message(1)], clock())
    async with receiver(answer) as told:
        assert await once(store, clock, client, to(told)) == Delivery(0, 1, 1, 0)
    assert store.posted()[0].last_error == "the exchange broke off"


@pytest.mark.parametrize(
    ("host", "said"),
    [
        ("169.254.169.254", "never sent to"),
        ("[fe80::1]", "never sent to"),
        ("[::ffff:169.254.169.254]", "never sent to"),
        ("a" * 70 + ".example", "does not resolve"),
    ],
)
async def test_where_nothing_may_be_sent_nothing_is(
    host: str, said: str, store: Store, clock: Clock, client: httpx.AsyncClient
) -> None:
    fill(store, [message(1)], clock())
    place = Destination("wh_1", f"http://{host}/latest/meta-data/", SECRET, allow_http=True)
    assert await once(store, clock, client, place) == Delivery(0, 1, 1, 0)
    assert said in (store.posted()[0].last_error or "")


async def test_the_environments_proxy_is_not_used(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(store, [message(1)], clock())
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    async with receiver() as told, open_client() as client:
        assert await once(store, clock, client, to(told)) == Delivery(1, 0, 0, 0)


async def test_a_certificate_must_be_the_names_own(
    store: Store, clock: Clock, tls: tuple[ssl.SSLContext, Path]
) -> None:
    fill(store, [message(1)], clock())
    server, anchor = tls
    async with receiver(tls=server) as told:
        named = Destination("wh_1", f"https://localhost:{told.port}/", SECRET)
        bare = Destination("wh_1", f"https://127.0.0.1:{told.port}/", SECRET)
        async with open_client() as client:
            assert await once(store, clock, client, named) == Delivery(0, 1, 1, 0)
        assert store.posted()[0].last_error == "its certificate does not verify"
        async with httpx.AsyncClient(trust_env=False, verify=ssl.create_default_context(cafile=anchor)) as client:
            clock.move(hours=1)
            assert await once(store, clock, client, bare) == Delivery(0, 1, 1, 0), "made for localhost only"
            clock.move(hours=1)
            assert await once(store, clock, client, named) == Delivery(1, 0, 0, 0)
    assert told.requests[-1].headers["host"] == f"localhost:{told.port}"


# --- secrets, signatures, orders to stop -----------------------------------------------------------------


async def test_unsigned_only_where_no_secret_is_configured_and_with_a_warning(
    store: Store, clock: Clock, client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    fill(store, [message(1)], clock())
    async with receiver() as told:
        place = Destination("wh_1", f"http://127.0.0.1:{told.port}/", None, allow_http=True)
        assert (await once(store, clock, client, place)).sent == 1
    assert "webhook-signature" not in told.requests[0].headers
    assert "not signed" in caplog.text


async def test_neither_url_nor_secret_is_logged_or_stored(
    store: Store, clock: Clock, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="auditor")
    caplog.set_level(logging.INFO)
    fill(store, [message(1)], clock())
    async with receiver(status(500)) as told, open_client() as client:
        await once(store, clock, client, to(told))
        clock.move(hours=1)
        await once(store, clock, client, to(told))
    assert "msg_0001" in caplog.text
    store.close()
    stored = await asyncio.to_thread(Path(url.removeprefix("sqlite:///")).read_bytes)
    assert b"msg_0001" in stored
    for word in ("t0k3n", SECRET, "127.0.0.1"):
        assert word not in caplog.text
        assert word.encode() not in stored


async def test_told_to_stop_it_finishes_what_it_is_at(
    store: Store, clock: Clock, client: httpx.AsyncClient
) -> None:
    fill(store, [message(n) for n in range(1, 6)], clock())
    stop = asyncio.Event()

    async def and_stop(_request: Request) -> bytes:
        stop.set()
        return status(200)

    async with receiver(and_stop) as told:
        done = await deliver(store, [to(told)], now=clock, client=client, stop=stop)
    assert done == Delivery(1, 0, 4, 0)


async def test_what_nobody_takes_any_more_stays_visible(
    store: Store, clock: Clock, client: httpx.AsyncClient
) -> None:
    fill(store, [message(1, "wh_removed")], clock())
    async with receiver() as told:
        assert await once(store, clock, client, to(told)) == Delivery(0, 0, 1, 0)


async def test_a_store_that_fails_is_an_error_of_its_own_kind(
    store: Store, clock: Clock, client: httpx.AsyncClient, url: str
) -> None:
    fill(store, [message(1)], clock())
    async with receiver() as told:
        with (
            Store.open(url, wait_seconds=0.1) as hurried,
            store._database.writing(),
            pytest.raises(StoreError, match="locked"),
        ):
            await once(hurried, clock, client, to(told))
    assert told.requests == []


# --- more than one, and none that survives ---------------------------------------------------------------


async def test_two_dispatchers_at_once_deliver_each_message_once(
    store: Store, clock: Clock, client: httpx.AsyncClient, url: str
) -> None:
    count = 30
    fill(store, [message(n) for n in range(count)], clock())
    with Store.open(url) as other:
        async with receiver() as told:
            done = await asyncio.gather(*(once(each, clock, client, to(told)) for each in (store, other)))
    assert sum(each.sent for each in done) == count
    assert sorted(told.ids) == [f"msg_{n:04}" for n in range(count)]
    assert all(each.sent for each in done), "one did all the work, so nothing was shown"


_DELIVER = """
import asyncio, sys
from datetime import UTC, datetime
from auditor.alerts import Destination, deliver, open_client
from auditor.store import Store

async def main(database, url):
    with Store.open(database) as store:
        async with open_client() as client:
            place = Destination("wh_1", url, None, allow_http=True)
            await deliver(store, [place], now=lambda: datetime.now(UTC), client=client, stop=asyncio.Event())

asyncio.run(main(*sys.argv[1:]))
"""


async def test_killed_between_post_and_mark_it_is_sent_again_under_its_id(
    store: Store, clock: Clock, client: httpx.AsyncClient, url: str
) -> None:
    fill(store, [message(1)], clock())
    children: list[asyncio.subprocess.Process] = []

    async def kill_the_sender(_request: Request) -> bytes:
        os.kill(children[0].pid, signal.SIGKILL)
        return status(200)

    async with receiver(kill_the_sender) as told:
        place = to(told)
        children.append(await asyncio.create_subprocess_exec(sys.executable, "-c", _DELIVER, url, place.url))
        assert await asyncio.wait_for(children[0].wait(), 30) == -signal.SIGKILL
        assert await once(store, clock, client, place) == Delivery(0, 0, 1, 0), "its lease still holds"
        clock.move(minutes=2)
        assert await once(store, clock, client, place) == Delivery(1, 0, 0, 0)
    assert told.ids == ["msg_0001", "msg_0001"]
