"""Resolver forms: what a configuration may write for one, and the servers of the operating system.

Must never resolve a name: a server given by name keeps it, and whoever asks it finds its address.
"""

from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

Transport = Literal["udp", "tcp", "tls", "https"]

SYSTEM = "system"
RESOLV_CONF = Path("/etc/resolv.conf")

#: What the C library reads, and no more (resolv.conf(5), MAXNS).
MAX_SYSTEM_SERVERS = 3

_PORTS: dict[Transport, int] = {"udp": 53, "tcp": 53, "tls": 853, "https": 443}


@dataclass(frozen=True, slots=True)
class Server:
    """One DNS server and how it is spoken to: `udp` means UDP with TCP where an answer needs it (RFC 7766)."""

    transport: Transport
    host: str  # an address, or for tls and https perhaps a name
    port: int
    url: str | None = None  # https only: the whole of it, as configured

    @property
    def by_name(self) -> bool:
        return not is_address(self.host)


def servers(resolver: str, resolv_conf: Path = RESOLV_CONF) -> tuple[Server, ...]:
    """The servers a resolver form stands for, in the order in which they are asked.

    One server for every form but `system`, which is read afresh at each call. Raises ValueError on a form we
    do not know, and OSError when the operating system's list cannot be read.
    """
    if resolver == SYSTEM:
        return _system(resolv_conf.read_text(encoding="utf-8", errors="replace"))
    return (parse(resolver),)


@lru_cache(maxsize=256)
def parse(resolver: str) -> Server:
    """One of `address[:port]`, `[v6]:port`, `tcp://host[:port]`, `tls://host[:port]`, `https://host[:port]/path`."""
    scheme, mark, rest = resolver.partition("://")
    if not mark:
        host, port = _host_port(resolver, _PORTS["udp"])
        if not is_address(host):
            raise ValueError(f"resolver {resolver!r}: an address was expected, not a name")
        return Server("udp", host, port)
    if scheme in ("tcp", "tls"):
        kind: Transport = "tcp" if scheme == "tcp" else "tls"
        return Server(kind, *_host_port(rest.rstrip("/"), _PORTS[kind]))
    if scheme == "https":
        parts = urlsplit(resolver)
        if parts.hostname and not parts.username and parts.path.startswith("/"):
            return Server("https", parts.hostname, parts.port or _PORTS["https"], resolver)
        raise ValueError(f"resolver {resolver!r}: expected https://host/path")
    raise ValueError(f"resolver {resolver!r}: expected an address, tcp://, tls://, https:// or {SYSTEM}")


def is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def shown(host: str, port: int) -> str:
    """`address:port`, IPv6 in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _system(text: str) -> tuple[Server, ...]:
    """The nameserver lines; without any, the server on this machine, as resolv.conf(5) has it."""
    lines = (line.split() for line in text.splitlines())
    named = [words[1] for words in lines if len(words) > 1 and words[0] == "nameserver" and is_address(words[1])]
    return tuple(Server("udp", host, _PORTS["udp"]) for host in named[:MAX_SYSTEM_SERVERS] or ("127.0.0.1",))


def _host_port(text: str, default: int) -> tuple[str, int]:
    host, port = text, str(default)
    if text.startswith("["):
        host, closed, tail = text[1:].partition("]")
        if not closed or (tail and not tail.startswith(":")):
            raise ValueError(f"resolver {text!r}: expected [address]:port")
        port = tail[1:] if tail else port
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    if not host or any(c in host for c in "/?#@ "):
        raise ValueError(f"resolver {text!r}: no host in it")
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise ValueError(f"resolver {text!r}: {port!r} is no port")
    return host, int(port)
