"""One attempt to deliver one message: a POST of signed JSON, and what the receiver made of it.

Must never follow a redirect, read more than a little of the answer, or keep a word of it: only the status counts.
"""

import asyncio
import contextlib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx

from auditor import __version__
from auditor.alerts.destinations import Destination, NotAllowed, addresses
from auditor.alerts.retry import retry_after
from auditor.alerts.signing import headers
from auditor.store import Message

#: Bytes of an answer that are read before we hang up, so that a polite receiver is not cut off in mid-word.
ANSWER_BYTES = 4096

#: Addresses of one name that are tried.
ADDRESSES = 4

#: Statuses that say "not now": leave the receiver alone for this round.
BUSY = frozenset({429, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Reply:
    """What an attempt came to. `error` is ours, not the receiver's words."""

    status: int | None = None  # None: nobody answered
    error: str = ""
    retry_after: timedelta | None = None

    @property
    def delivered(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def gone(self) -> bool:
        """The receiver says that it will never take anything again (410)."""
        return self.status == 410

    @property
    def busy(self) -> bool:
        return self.status is None or self.status in BUSY


async def post(
    client: httpx.AsyncClient, destination: Destination, message: Message, *, at: datetime, timeout_seconds: float
) -> Reply:
    """Never raises for what the network or the receiver does."""
    url = httpx.URL(destination.url)
    told = {
        "content-type": "application/json",
        "user-agent": f"reachability-auditor/{__version__}",
        # Our connections are to addresses; kept open, one could be used for another name at the same address.
        "connection": "close",
        **headers(message.id, message.body, destination.secret, at),
    }
    reply = Reply(error="no answer in time")
    try:
        async with asyncio.timeout(timeout_seconds):
            port = url.port or (443 if url.scheme == "https" else 80)
            for address in (await addresses(url.host, port))[:ADDRESSES]:
                request = _request(client, url, address, told, message.body)
                reply = await _exchange(client, request, at)
                if reply.status is not None:
                    break
    except TimeoutError:
        pass  # what is known by now is the reply
    except NotAllowed:
        return Reply(error="its name leads to an address that alerts are never sent to")
    except (OSError, UnicodeError):
        return Reply(error="its name does not resolve")
    return reply


def _request(
    client: httpx.AsyncClient, url: httpx.URL, address: str, told: Mapping[str, str], body: bytes
) -> httpx.Request:
    """To this address and no other, as if by name: Host, SNI and certificate are the name's."""
    extensions = {} if url.host == address else {"sni_hostname": url.host}
    host = {"host": url.netloc.decode("ascii")}
    there = url.copy_with(host=address)
    return client.build_request("POST", there, headers=host | dict(told), content=body, extensions=extensions)


async def _exchange(client: httpx.AsyncClient, request: httpx.Request, at: datetime) -> Reply:
    try:
        response = await client.send(request, stream=True, follow_redirects=False)
    except httpx.TimeoutException:
        return Reply(error="no answer in time")
    except (httpx.TransportError, ssl.SSLError) as error:
        return Reply(error=_why(error))
    reply = Reply(
        response.status_code,
        "" if response.is_success else _said(response.status_code),
        retry_after(response.headers.get("retry-after"), at),
    )
    with contextlib.suppress(httpx.TransportError, TimeoutError):
        try:
            async with asyncio.timeout(1.0):
                await _read_little(response)
        finally:
            await response.aclose()
    return reply


async def _read_little(response: httpx.Response) -> None:
    size = 0
    async for chunk in response.aiter_raw():
        size += len(chunk)
        if size >= ANSWER_BYTES:
            return


def _why(error: Exception) -> str:
    """Why nobody answered, in words that name neither host nor address."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLCertVerificationError):
            return "its certificate does not verify"
        if isinstance(seen, ssl.SSLError):
            return "TLS failed"
        seen = seen.__cause__ or seen.__context__
    return "no connection" if isinstance(error, httpx.ConnectError) else "the exchange broke off"


def _said(status: int) -> str:
    return f"it redirects ({status}), which is not followed" if 300 <= status < 400 else f"it answered {status}"
