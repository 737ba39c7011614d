"""DNS over HTTPS (RFC 8484): a GET over this vantage's own HTTP, so that way out, bounds and kept connections are
the same as for every other request.

Must never take an answer whose server has not proved by its certificate that it is the one configured.
"""

import asyncio
import base64

import httpx

from auditor.model import Outcome, Phase
from auditor.probes.dns_exchange import Message, met, silence
from auditor.probes.dns_query import Query
from auditor.probes.eyes import Eyes
from auditor.probes.outcomes import Failure
from auditor.probes.trace import Trace

MEDIA_TYPE = "application/dns-message"
MAX_BYTES = 65_535


async def by_https(query: Query, url: str, address: str, eyes: Eyes, seconds: float) -> Message | Failure:
    """One question to the server at `url`, which is at this address.

    GET, which every server has to know (RFC 8484 section 4.1), with id 0, so that equal questions are equal.
    """
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
    if not tls.verified:
        return Failure(Outcome.TLS_FAILED, Phase.TLS, f"certificate not verified: {tls.verify_error}")
    return _message(response, query, trace)


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
