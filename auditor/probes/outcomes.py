"""Foreign errors as outcomes: the one place that knows what an errno, a TLS alert or a library's exception means.

Must never guess in the target's favour: what the tables do not name is our own fault (PROBER_ERROR), and
trouble on the way to a resolver or a proxy is never read as an answer of the target.
"""

import errno
import ssl
from dataclasses import dataclass

from auditor.model import Outcome, Phase
from auditor.probes.redact import printable
from auditor.probes.tls_alerts import alert_of

_O = Outcome


@dataclass(frozen=True, slots=True)
class Failure:
    """An exchange that ended without an answer."""

    outcome: Outcome
    phase: Phase
    detail: str  # the foreign error in a few words, capped, printable, redacted


class ExchangeFailed(Exception):
    """Carries a failure through code that can only raise."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.detail)
        self.failure = failure


#: connect(2), send(2), recv(2), tcp(7), icmp(7). What concerns only this machine is our own fault.
BY_ERRNO: dict[int, Outcome] = {
    errno.ECONNREFUSED: _O.REFUSED,
    errno.ECONNRESET: _O.RESET,
    errno.EPIPE: _O.RESET,
    errno.ECONNABORTED: _O.RESET,
    errno.EHOSTUNREACH: _O.UNREACHABLE,
    errno.ENETUNREACH: _O.UNREACHABLE,
    errno.EHOSTDOWN: _O.UNREACHABLE,
    errno.ENOPROTOOPT: _O.UNREACHABLE,  # ICMP protocol unreachable
    errno.EACCES: _O.PROHIBITED,
    errno.EPERM: _O.PROBER_ERROR,  # this machine's own packet filter; ICMP never comes as EPERM
    errno.ETIMEDOUT: _O.TIMED_OUT,
    errno.EADDRNOTAVAIL: _O.PROBER_ERROR,  # source_address is not ours
    errno.EADDRINUSE: _O.PROBER_ERROR,
    errno.EAFNOSUPPORT: _O.PROBER_ERROR,
    errno.ENETDOWN: _O.PROBER_ERROR,
    errno.EMFILE: _O.PROBER_ERROR,
    errno.ENFILE: _O.PROBER_ERROR,
    errno.ENOBUFS: _O.PROBER_ERROR,
    errno.ENOMEM: _O.PROBER_ERROR,
}

#: SOCKS5 replies (RFC 1928 section 6) that speak of the target. All others speak of the proxy, 2 of its own rules.
BY_SOCKS_REPLY: dict[int, Outcome] = {
    3: _O.UNREACHABLE,  # network unreachable
    4: _O.UNREACHABLE,  # host unreachable
    5: _O.REFUSED,  # connection refused
    6: _O.UNREACHABLE,  # TTL expired
}

#: By qualified class name, so that no library is loaded only to be named; the nearest class of the MRO counts.
BY_CLASS: dict[str, Outcome] = {
    # the standard library
    "builtins.TimeoutError": _O.TIMED_OUT,
    "builtins.ConnectionRefusedError": _O.REFUSED,
    "builtins.BrokenPipeError": _O.RESET,
    "builtins.ConnectionResetError": _O.CLOSED_EARLY,  # without an errno: asyncio's word for EOF in a handshake
    "builtins.ConnectionAbortedError": _O.TIMED_OUT,  # without an errno: asyncio's word for a slow handshake
    "asyncio.exceptions.IncompleteReadError": _O.CLOSED_EARLY,
    "asyncio.exceptions.LimitOverrunError": _O.PROTOCOL_ERROR,
    "ssl.SSLCertVerificationError": _O.TLS_FAILED,
    "ssl.SSLEOFError": _O.CLOSED_EARLY,
    "ssl.SSLZeroReturnError": _O.CLOSED_EARLY,
    "ssl.SSLSyscallError": _O.RESET,
    "ssl.SSLError": _O.TLS_FAILED,
    "socket.gaierror": _O.PROBER_ERROR,  # names are resolved at the vantage's resolvers, never here
    # httptools
    "httptools.parser.errors.HttpParserError": _O.PROTOCOL_ERROR,
    "httptools.parser.errors.HttpParserUpgrade": _O.PROTOCOL_ERROR,
    # httpx
    "httpx.ConnectTimeout": _O.TIMED_OUT,
    "httpx.ReadTimeout": _O.TIMED_OUT,
    "httpx.WriteTimeout": _O.TIMED_OUT,
    "httpx.PoolTimeout": _O.PROBER_ERROR,
    "httpx.ConnectError": _O.UNREACHABLE,
    "httpx.ReadError": _O.RESET,
    "httpx.WriteError": _O.RESET,
    "httpx.CloseError": _O.RESET,
    "httpx.ProxyError": _O.PROXY_FAILED,
    "httpx.RemoteProtocolError": _O.PROTOCOL_ERROR,
    "httpx.DecodingError": _O.PROTOCOL_ERROR,
    "httpx.TooManyRedirects": _O.PROTOCOL_ERROR,
    "httpx.HTTPStatusError": _O.PROTOCOL_ERROR,
    "httpx.LocalProtocolError": _O.PROBER_ERROR,
    "httpx.UnsupportedProtocol": _O.PROBER_ERROR,
    "httpx.InvalidURL": _O.PROBER_ERROR,
    "httpx.CookieConflict": _O.PROBER_ERROR,
    "httpx.StreamError": _O.PROBER_ERROR,
    # python-socks
    "python_socks._errors.ProxyException": _O.PROXY_FAILED,
    "python_socks._errors.IncompleteReadError": _O.PROXY_FAILED,
    # dnspython: what a resolver said, or did not say
    "dns.resolver.NXDOMAIN": _O.NXDOMAIN,
    "dns.resolver.NoAnswer": _O.NODATA,
    "dns.resolver.NoNameservers": _O.SERVFAIL,
    "dns.resolver.YXDOMAIN": _O.DNS_RCODE,
    "dns.exception.Timeout": _O.DNS_TIMEOUT,
    # dnspython: an answer that is none
    "dns.exception.FormError": _O.DNS_INVALID,
    "dns.exception.SyntaxError": _O.DNS_INVALID,
    "dns.exception.TooBig": _O.DNS_INVALID,
    "dns.exception.ValidationFailure": _O.DNS_INVALID,
    "dns.exception.UnsupportedAlgorithm": _O.DNS_INVALID,
    "dns.message.AnswerForNXDOMAIN": _O.DNS_INVALID,
    "dns.message.ChainTooLong": _O.DNS_INVALID,
    "dns.message.NotQueryResponse": _O.DNS_INVALID,
    "dns.message.Truncated": _O.DNS_INVALID,
    "dns.message.UnknownHeaderField": _O.DNS_INVALID,
    "dns.message.UnknownTSIGKey": _O.DNS_INVALID,
    "dns.query.UnexpectedSource": _O.DNS_INVALID,
    "dns.opcode.UnknownOpcode": _O.DNS_INVALID,
    "dns.rcode.UnknownRcode": _O.DNS_INVALID,
    "dns.rdataclass.UnknownRdataclass": _O.DNS_INVALID,
    "dns.rdatatype.UnknownRdatatype": _O.DNS_INVALID,
    "dns.rdataset.DifferingCovers": _O.DNS_INVALID,
    "dns.rdataset.IncompatibleTypes": _O.DNS_INVALID,
    "dns.rdtypes.ANY.DSYNC.UnknownScheme": _O.DNS_INVALID,
    "dns.rdtypes.rrsigbase.BadSigTime": _O.DNS_INVALID,
    "dns.rdtypes.svcbbase.UnknownParamKey": _O.DNS_INVALID,
    "dns.resolver.EmptyHostAnswers": _O.DNS_INVALID,
    "dns.tsig.BadAlgorithm": _O.DNS_INVALID,
    "dns.tsig.BadKey": _O.DNS_INVALID,
    "dns.tsig.BadSignature": _O.DNS_INVALID,
    "dns.tsig.BadTime": _O.DNS_INVALID,
    "dns.tsig.PeerError": _O.DNS_INVALID,
    # dnspython: a name that no resolver can be asked for, or a call we got wrong
    "dns.asyncbackend.AsyncLibraryNotFoundError": _O.PROBER_ERROR,
    "dns.exception.DeniedByPolicy": _O.PROBER_ERROR,
    "dns.name.AbsoluteConcatenation": _O.PROBER_ERROR,
    "dns.name.BadEscape": _O.PROBER_ERROR,
    "dns.name.EmptyLabel": _O.PROBER_ERROR,
    "dns.name.IDNAException": _O.PROBER_ERROR,
    "dns.name.LabelTooLong": _O.PROBER_ERROR,
    "dns.name.NameTooLong": _O.PROBER_ERROR,
    "dns.name.NeedAbsoluteNameOrOrigin": _O.PROBER_ERROR,
    "dns.name.NeedSubdomainOfOrigin": _O.PROBER_ERROR,
    "dns.name.NoIDNA2008": _O.PROBER_ERROR,
    "dns.name.NoParent": _O.PROBER_ERROR,
    "dns.query.NoDOH": _O.PROBER_ERROR,
    "dns.query.NoDOQ": _O.PROBER_ERROR,
    "dns.rdata.NoRelativeRdataOrdering": _O.PROBER_ERROR,
    "dns.rdata.RdatatypeExists": _O.PROBER_ERROR,
    "dns.resolver.NoMetaqueries": _O.PROBER_ERROR,
    "dns.resolver.NoResolverConfiguration": _O.PROBER_ERROR,
    "dns.resolver.NoRootSOA": _O.PROBER_ERROR,
    "dns.resolver.NotAbsolute": _O.PROBER_ERROR,
    "dns.tokenizer.UngetBufferFull": _O.PROBER_ERROR,
    "dns.versioned.UseTransaction": _O.PROBER_ERROR,
}

#: Modules of zone transfers, zone files and dynamic zones: never used here, so that an error of theirs is ours.
UNUSED_MODULES = ("dns.transaction", "dns.xfr", "dns.zone", "dns.zonefile")

#: The same trouble met while resolving is the resolver's, and says nothing about the target.
AT_THE_RESOLVER: dict[Outcome, Outcome] = {
    _O.REFUSED: _O.DNS_TIMEOUT,
    _O.RESET: _O.DNS_TIMEOUT,
    _O.UNREACHABLE: _O.DNS_TIMEOUT,
    _O.PROHIBITED: _O.DNS_TIMEOUT,
    _O.TIMED_OUT: _O.DNS_TIMEOUT,
    _O.CLOSED_EARLY: _O.DNS_TIMEOUT,
    _O.TLS_ALERT: _O.DNS_INVALID,
    _O.TLS_FAILED: _O.DNS_INVALID,
    _O.PROTOCOL_ERROR: _O.DNS_INVALID,
}


def failure_of(error: BaseException, phase: Phase) -> Failure:
    """The failure that a foreign error means when it is met in this phase."""
    if isinstance(error, ExchangeFailed):
        return error.failure
    outcome, words = _read(error)
    if phase is Phase.RESOLVE:
        outcome = AT_THE_RESOLVER.get(outcome, outcome)
    elif phase is Phase.PROXY and outcome is not _O.PROBER_ERROR:
        outcome = _O.PROXY_FAILED
    return Failure(outcome, phase, printable(words))


def failure_of_socks_reply(code: int | None, words: str) -> Failure:
    """The failure that a SOCKS5 server's reply means: its word on the target where it is one."""
    if code in BY_SOCKS_REPLY:
        return Failure(BY_SOCKS_REPLY[code], Phase.CONNECT, printable(f"SOCKS reply {code}: {words}"))
    return Failure(_O.PROXY_FAILED, Phase.PROXY, printable(f"SOCKS reply {code}: {words}"))


def known(error_class: type[BaseException]) -> bool:
    """Whether the tables name this class or one it is derived from."""
    return _by_class(error_class) is not None


def _read(error: BaseException) -> tuple[Outcome, str]:
    name = type(error).__name__
    if isinstance(error, ssl.SSLError):
        alert = alert_of(error)
        if alert is not None:
            return _O.TLS_ALERT, f"alert {alert[0]} {alert[1]}"
        return _by_class(type(error)) or _O.TLS_FAILED, f"{name}: {getattr(error, 'reason', None) or error}"
    outcome = _by_class(type(error))
    if isinstance(error, OSError) and type(error).__module__ == "builtins" and error.errno in BY_ERRNO:
        return BY_ERRNO[error.errno], f"{errno.errorcode[error.errno]}: {error.strerror or error}"
    if type(error).__module__.split(".")[0] in ("httpx", "httpcore") and (cause := _cause(error)) is not None:
        return _read(cause)
    return outcome or _O.PROBER_ERROR, f"{name}: {error}" if str(error) else name


def _by_class(error_class: type[BaseException]) -> Outcome | None:
    for base in error_class.__mro__:
        if base.__module__ in UNUSED_MODULES:
            return _O.PROBER_ERROR
        outcome = BY_CLASS.get(f"{base.__module__}.{base.__qualname__}")
        if outcome is not None:
            return outcome
    return None


def _cause(error: BaseException) -> BaseException | None:
    """The operating system's or OpenSSL's own error below a library's, when there is one."""
    below: BaseException | None = error
    for _ in range(8):
        below = below and (below.__cause__ or below.__context__)
        if isinstance(below, ssl.SSLError) or (isinstance(below, OSError) and below.errno in BY_ERRNO):
            return below
    return None
