"""Commands a person can paste to see the same: curl, dig, nc, openssl.

Must never emit a command with a control or invisible character in it, nor one value unquoted: what a response or
a DNS answer says can end up here. Then there is no command, and the page says why.
"""

import ipaddress
import re
import shlex
from dataclasses import dataclass

from auditor.model import (
    DelegationQuestion,
    DnsQuestion,
    HttpQuestion,
    InventoryQuestion,
    LogQuestion,
    Question,
    TcpQuestion,
    TlsQuestion,
    TransferQuestion,
    WalkQuestion,
)
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


_DIG = "dig +time=5 +tries=1 +noall +comments"

#: Words of the first line; more stand on one of their own.
_FIRST_FLAGS = 6

_TOOLS = {
    "http": ("curl", "Reproduce"),
    "dns": ("dig", "Check the name"),
    "tcp": ("nc", "Reproduce"),
    "tls": ("openssl", "Reproduce"),
    "log": ("grep", "Look into the log"),
    "delegation": ("dig", "Follow the delegation"),
    "transfer": ("dig", "Ask for the zone"),
    "walk": ("dig", "See how names are denied"),
    "inventory": ("grep", "Look into the file"),
}


class _Refused(Exception):
    """A value that no command is made of."""


def command(question: Question, *, insecure: bool = False) -> Command:
    """The command that asks the same. `insecure`: the certificate did not verify, so curl must not insist."""
    tool, title = _TOOLS[question.kind]
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
            case DelegationQuestion():
                # The way down from the root; without DNSSEC records, which hide it from the eye.
                parts = [*_at("dig +trace +nodnssec", *question.roots[:1]), _asked(question.zone, "NS")]
            case TransferQuestion():
                wanted = "IXFR=0" if question.rrtype == "IXFR" else question.rrtype
                parts = [*_at(f"{_DIG} +answer", question.server), _asked(question.zone, wanted)]
            case WalkQuestion():
                flags = f"{_DIG} +answer +authority +dnssec +norecurse"
                parts = [*_at(flags, question.server), _asked(question.nobody, "A"), _asked(question.zone, "NSEC")]
            case InventoryQuestion():
                zones = [f"-e {_quote(zone)}" for zone in question.zones]
                parts = [" ".join(["grep -niF", *zones, "--", _quote(question.file)])]
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


#: Types whose answer stands as often in the authority section as in the answer.
_REFERRED = frozenset({"SOA", "NS", "PTR"})


def _dig(question: DnsQuestion) -> list[str]:
    flags = f"{_DIG} +answer"
    if question.rrtype in _REFERRED or not question.recursion:
        flags += " +authority"
    if not question.recursion:
        flags += " +norecurse"
    if question.dnssec:
        flags += " +dnssec"
    if question.nsid:
        flags += " +nsid"
    if question.subnet is not None:
        flags += f" +subnet={_subnet(question.subnet)}"
    if question.transport == "tcp" and "://" not in question.resolver:
        flags += " +tcp"
    asked = _asked(question.name, question.rrtype)
    return [*_at(flags, question.resolver), f"{asked} -c CH" if question.chaos else asked]


def _at(flags: str, server: str = "system") -> list[str]:
    """dig with its flags, and the server it asks in any of the forms of a resolver."""
    if server == "system":
        return [flags]
    scheme, mark, rest = server.partition("://")
    host = rest if mark else server
    if mark and scheme == "https":
        host, _, path = rest.partition("/")
        flags += f" +https={_quote('/' + path)}" if path else " +https"
    elif mark:
        if scheme not in ("tcp", "tls"):
            raise _Refused("the resolver is of a kind that dig does not know")
        flags += f" +{scheme}"
    host, port = _split(host)
    words = flags.split(" ")
    flags, rest = " ".join(words[:_FIRST_FLAGS]), " ".join(words[_FIRST_FLAGS:])
    return [
        flags,
        *filter(None, [rest]),
        f"@{_host(host).strip('[]')}" + (f" -p {_port(int(port))}" if port else ""),
    ]


def _asked(name: str, rrtype: str) -> str:
    if not re.fullmatch(r"[A-Z0-9]{1,12}(=[0-9]{1,10})?", rrtype):
        raise _Refused("the record type is not one")
    return f"-q {_quote(name)} -t {rrtype}"


def _subnet(subnet: str) -> str:
    try:
        return str(ipaddress.ip_network(subnet, strict=False))
    except ValueError:
        raise _Refused("the subnet is not one") from None


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
