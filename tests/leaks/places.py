"""Who sits where on loopback: one address for each gateway and application, and two to look from.

Must never share an address with another run: the middle of every address comes from the process's number.
"""

import os
import socket
from dataclasses import dataclass

#: Host parts. Applications first; gateways are counted up from FIRST_GATEWAY.
OUTSIDE, INSIDE, SITE = 1, 2, 3
APPS = {
    "tomcat": 10,
    "express": 11,
    "express-guarded": 12,
    "starlette": 13,
    "origin": 14,
    "nowhere": 15,  # nothing listens here: a service that is down
}
FIRST_INNER, FIRST_GATEWAY = 20, 30

#: Every name of the corpus ends so; RFC 2606 keeps it free.
DOMAIN = "shop.example"


@dataclass(frozen=True)
class Places:
    """The addresses and the two ports of one run."""

    net: str  # "127.91.7."
    port: int
    tls_port: int

    def at(self, number: int) -> str:
        assert 0 < number < 255, number
        return f"{self.net}{number}"

    def app(self, name: str) -> str:
        """host:port of an application."""
        return f"{self.at(APPS[name])}:{self.port}"

    @property
    def outside(self) -> str:
        return self.at(OUTSIDE)

    @property
    def inside(self) -> str:
        return self.at(INSIDE)


def places() -> Places:
    """Addresses of this process's own, on ports 80 and 443 where those may be bound, else on two free ones."""
    pid = os.getpid()
    net = f"127.{64 + pid % 128}.{pid // 128 % 256}."
    return Places(net, _port(net, 80), _port(net, 443))


def _port(net: str, wanted: int) -> int:
    for port in (wanted, 0):
        with socket.socket() as probe:
            try:
                probe.bind((f"{net}{SITE}", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError(f"no port to be had on {net}{SITE}")
