"""DNS over HTTPS (RFC 8484): a GET, over HTTP/2 where the server chooses it, else over our own HTTP/1.1.

Must never take the answer of a resolver that has not proved by its certificate that it is the one configured.
"""

import asyncio
import base64
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

import httpx

from auditor.model import Outcome, Phase
from auditor.probes.dns_exchange import Message, met, named, silence, trust
from auditor.probes.dns_h2 import get, opened, selected
from auditor.probes.dns_query import Query
from auditor.probes.eyes import Eyes
from auditor.probes.outcomes import Failure
from auditor.probes.trace import Trace
from auditor.probes.wire import Stream

MEDIA_TYPE = "application/dns-message"
MAX_BYTES = 65_535


async def by_https(query: Query, url: str, address: str, eyes: Eyes, seconds: float) -> Message | Failure:
    """One question to the server at `url`, which is at this address.

    GET, which every server has to know (RFC 8484 section 4.1), with id 0, so that equal questions are equal.
    """
    if _spoken.setdefault(eyes, {}).get(url) != "http/1.1":
        heard = await _by_h2(query, url, address, eyes, seconds)
        if heard is not None:
            return heard
        _spoken[eyes][url] = "http/1.1"
    question = base64.urlsafe_b64encode(query.wire()).rstrip(b"=").decode()
    trace = Trace()
    request = httpx.Request(
        "GET",
        httpx.URL(url).copy_merge_params({"dns": question}),
        headers={"accept": MEDIA_TYPE},
        extensions={"address": address, "seconds": seconds, "trace": trace},
    )
    try:
        async with asyncio.timeout(seconds):
            response = await eyes.transport.handle_async_request(request)
            tls = await eyes.handshakes.verify(response.extensions["tls"], response.extensions["peer"])
    except TimeoutError:
        return silence(seconds, 0)
    except Exception as error:
        return met(error)
    if query.trusted and not tls.verified:
        return Failure(Outcome.TLS_FAILED, Phase.TLS, f"certificate not verified: {tls.verify_error}")
    return _message(response, query, trace)


#: What each server chose to speak, for the life of the Eyes: one audit.
_spoken: WeakKeyDictionary[Eyes, dict[str, str]] = WeakKeyDictionary()


async def _by_h2(query: Query, url: str, address: str, eyes: Eyes, seconds: float) -> Message | Failure | None:
    """The same over HTTP/2; None where the server chooses not to speak it."""
    parts = urlsplit(url)
    question = base64.urlsafe_b64encode(query.wire()).rstrip(b"=").decode()
    path = f"{parts.path}?{parts.query + '&' if parts.query else ''}dns={question}"
    stream: Stream | Failure | None = None
    try:
        async with asyncio.timeout(seconds):
            stream = await opened(
                parts.hostname or "", address, parts.port or 443, eyes, trust(eyes, verify=query.trusted, h2=True)
            )
            if isinstance(stream, Failure):
                return named(stream)
            if selected(stream) != "h2":
                return None
            response = await get(stream, url, path, MEDIA_TYPE)
            local = stream.local.rpartition(":")[0].strip("[]")
    except TimeoutError:
        return silence(seconds, 0)
    except (OSError, EOFError) as error:
        return met(error, Phase.TLS if stream is None else Phase.RESOLVE)
    finally:
        if isinstance(stream, Stream):
            await stream.aclose()
    if response is None:
        return Failure(Outcome.DNS_INVALID, Phase.RESOLVE, "not HTTP/2 to its end")
    if response.status != 200 or response.content_type.partition(";")[0].strip().lower() != MEDIA_TYPE:
        detail = f"HTTP {response.status} with content type {response.content_type[:80]!r}"
        return Failure(Outcome.DNS_INVALID, Phase.RESOLVE, detail)
    body = bytes(response.body)
    if response.too_long:
        return Failure(Outcome.DNS_INVALID, Phase.RESOLVE, "longer than a DNS message can be")
    return Message(body, "https", local) if query.accepts(body) else silence(0.0, 1)


def _message(response: httpx.Response, query: Query, trace: Trace) -> Message | Failure:
    body: bytes = response.extensions["body"]
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if response.status_code != 200 or kind != MEDIA_TYPE:
        detail = f"HTTP {response.status_code} with content type {kind[:80]!r}"
        return Failure(Outcome.DNS_INVALID, Phase.RESOLVE, detail)
    if response.extensions["truncated"] or len(body) > MAX_BYTES:
        return Failure(Outcome.DNS_INVALID, Phase.RESOLVE, "longer than a DNS message can be")
    if not query.accepts(body):
        return silence(0.0, 1)
    return Message(body, "https", trace.local_address)
