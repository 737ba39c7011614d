"""Looking through a SOCKS5 or HTTP CONNECT proxy: how a vantage sees that is not where the auditor runs.

Must never hand the proxy a name: it is given the literal address, as the vantage's own resolvers gave it.
"""

import asyncio
import socket

from python_socks import ProxyError
from python_socks.async_.asyncio import Proxy

from auditor.model import Phase
from auditor.probes.outcomes import Failure, failure_of, failure_of_socks_reply


async def dial_via(
    via: str, address: str, port: int, *, source: str | None, timeout: float
) -> socket.socket | Failure:
    """A TCP connection made by the proxy at `via` (socks5://host:port or http://host:port).

    Its silence is the proxy's (PROXY_FAILED): whether the proxy or the target does not answer cannot be told.
    """
    local = (source, 0) if source is not None else None
    try:
        proxy = Proxy.from_url(via, loop=asyncio.get_running_loop())
        sock = await proxy.connect(address, port, timeout=timeout, local_addr=local)
    except ProxyError as error:
        if via.startswith("socks5:") and error.error_code is not None:
            return failure_of_socks_reply(error.error_code, str(error))
        return failure_of(error, Phase.PROXY)
    except Exception as error:  # python-socks lets errors of its parsing and of the socket through as they are
        return failure_of(error, Phase.PROXY)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock
