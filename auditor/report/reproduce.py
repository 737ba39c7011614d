"""Commands a person can paste to see the same: curl, dig, nc, openssl.

Must never emit a command with a control or invisible character in it, nor one value unquoted: what a response or
a DNS answer says can end up here. Then there is no command, and the page says why.
"""

import ipaddress
import re
import shlex
from dataclasses import dataclass

from auditor.model import DnsQuestion, HttpQuestion, LogQuestion, Question, TcpQuestion, TlsQuestion
from auditor.report.text import hidden

_HOST = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9_.])?")
#: What curl sends as it stands in a URL; anything else goes through --request-target.
_PLAIN_TARGET = re.compile(r"/[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Command:
    """One command, or why there is none. `parts` are quoted; each is one line of the long form."""

    tool: str
    title: str
    parts: tuple[str, ...]
    refused: str | None = None

    @property
    def long(self) -> str:
        return " \\\n  ".join(self.parts)

    @property
    def line(self) -> str:
        return " ".join(self.parts)


class _Refused(Exception):
    """A value that no command is made of."""


def command(question: Question, *, insecure: bool = False) -> Command:
    """The command that asks the same. `insecure`: the certificate did not verify, so curl must not insist."""
    tool, title = {
        "http": ("curl", "Reproduce"),
        "dns": ("dig", "Check the name"),
        "tcp": ("nc", "Reproduce"),
        "tls": ("openssl", "Reproduce"),
        "log": ("grep", "Look into the log"),
    }[question.kind]
    try:
        match question:
            case HttpQuestion():
                parts = _curl(question, insecure)
            case DnsQuestion():
                parts = _dig(question)
            case TcpQuestion():
                host = _host(question.address or question.host).strip("[]")
                parts = [f"nc -vz -w 5 {host} {_port(question.port)}"]
            case TlsQuestion():
                parts = _openssl(question)
            case LogQuestion():
                words = [f"-e {_quote(probe)}" for probe in question.awaited] or ["-e X-Reach-Probe-Id"]
                parts = [" ".join(["grep -F", *words, "--", *(_quote(log.file) for log in question.logs)])]
    except _Refused as why:
        return Command(tool, title, (), f"No command: {why}.")
    return Command(tool, title, tuple(parts))


def _curl(question: HttpQuestion, insecure: bool) -> list[str]:
    name = question.host
    if question.scheme == "https" and question.sni and question.sni != question.host:
        name = question.sni  # curl takes the SNI from the URL
    host, port = _host(name), _port(question.port)
    own = {"http": "80", "https": "443"}[question.scheme]
    authority = host if port == own else f"{host}:{port}"
    parts = ["curl -sS -D - -o /dev/null --max-time 10"]
    if insecure and question.scheme == "https":
        parts[0] += " --insecure"
    if question.method == "HEAD":
        parts[0] += " --head"
    elif question.method != "GET":
        parts[0] += f" -X {question.method}"
    parts.append("--path-as-is --globoff")
    if question.address and question.address != name:
        parts.append(f"--resolve {_quote(f'{host}:{port}:{_host(question.address)}')}")
    elif name != question.host:
        parts.append(f"--connect-to {_quote(f'{host}:{port}:{_host(question.host)}:{port}')}")
    if question.version == "1.0":
        parts[0] += " --http1.0"
    sent = question.host_header or _authority(question, own)
    if question.version == "1.0" and question.host_header == "":
        parts.append("-H 'Host:'")
    elif sent != authority:
        parts.append(f"-H {_quote(f'Host: {sent}')}")
    if question.credential is not None:
        # The only thing a shell puts in: whoever pastes this has the token, and this page has not.
        parts.append('-H "Authorization: Bearer $TOKEN"')
    for header, value in question.headers:
        parts.append(f"-H {_header(header, value)}")
    if _PLAIN_TARGET.fullmatch(question.target):
        parts.append(_quote(f"{question.scheme}://{authority}{question.target}"))
    else:
        parts.append(f"--request-target {_quote(question.target)}")
        parts.append(_quote(f"{question.scheme}://{authority}/"))
    return parts


def _authority(question: HttpQuestion, own: str) -> str:
    host = _host(question.host)
    return host if str(question.port) == own else f"{host}:{question.port}"


def _dig(question: DnsQuestion) -> list[str]:
    if not re.fullmatch(r"[A-Z0-9]{1,12}", question.rrtype):
        raise _Refused("the record type is not one")
    parts = ["dig +time=5 +tries=1 +noall +comments +answer"]
    resolver = question.resolver
    if resolver.startswith("tls://"):
        parts[0] += " +tls"
        resolver = resolver.removeprefix("tls://")
    elif resolver.startswith("https://"):
        resolver, _, path = resolver.removeprefix("https://").partition("/")
        parts[0] += f" +https={_quote('/' + path)}" if path else " +https"
    if resolver != "system":
        host, port = _split(resolver)
        parts.append(f"@{_host(host).strip('[]')}" + (f" -p {_port(int(port))}" if port else ""))
    parts.append(f"-q {_quote(question.name)} -t {question.rrtype}")
    return parts


def _openssl(question: TlsQuestion) -> list[str]:
    parts = [f"openssl s_client -connect {_host(question.address or question.host)}:{_port(question.port)}"]
    parts.append(f"-servername {_host(question.sni)}" if question.sni else "-noservername")
    parts.append("</dev/null")
    return parts


def _split(resolver: str) -> tuple[str, str]:
    """`9.9.9.9:5353` and `[2001:db8::1]:53` apart; a bare IPv6 address has no port."""
    if resolver.startswith("["):
        host, _, port = resolver[1:].partition("]")
        port = port.removeprefix(":")
    elif resolver.count(":") == 1:
        host, _, port = resolver.partition(":")
    else:
        host, port = resolver, ""
    if port and not re.fullmatch(r"[0-9]{1,5}", port):
        raise _Refused("the resolver's port is not a number")
    return host, port


def _host(host: str) -> str:
    """A host name or an address as a URL has it. Raises _Refused for anything else."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        if len(host) <= 255 and _HOST.fullmatch(host):
            return host
        raise _Refused("the host name has characters that do not belong in one") from None
    return f"[{address}]" if address.version == 6 else str(address)


def _port(port: int) -> str:
    if not 0 < port < 65536:
        raise _Refused("the port is out of range")
    return str(port)


def _header(name: str, value: str) -> str:
    if not _HEADER_NAME.fullmatch(name) or name.startswith("@"):
        raise _Refused("a header name has characters that do not belong in one")
    return _quote(f"{name}: {value}" if value.strip() else f"{name};")


def _quote(value: str) -> str:
    if hidden(value):
        raise _Refused("a value holds control or invisible characters")
    if len(value) > _LONGEST:
        raise _Refused("a value is too long to paste")
    return shlex.quote(value)
