"""Every error of every library we look through has its outcome, named, and none of them is a guess."""

import asyncio
import errno
import importlib
import pkgutil
import ssl
import warnings
from collections.abc import Iterator
from types import ModuleType

import dns
import dns.exception
import dns.resolver
import httptools
import httpx
import pytest
from python_socks import ProxyConnectionError, ProxyError, ProxyTimeoutError

from auditor.model import Outcome, Phase
from auditor.probes.outcomes import (
    AT_THE_RESOLVER,
    BY_CLASS,
    UNUSED_MODULES,
    ExchangeFailed,
    Failure,
    failure_of,
    failure_of_socks_reply,
    known,
)

#: Errors that can only come of our own misuse, and why. They have to be PROBER_ERROR.
OURS = {
    "dns.asyncbackend.AsyncLibraryNotFoundError": "no event loop runs",
    "dns.exception.DeniedByPolicy": "only a DNSSEC policy we would have set denies",
    "dns.name.AbsoluteConcatenation": "we build names",
    "dns.name.BadEscape": "the configured name is not one",
    "dns.name.EmptyLabel": "the configured name is not one",
    "dns.name.LabelTooLong": "the configured name is not one",
    "dns.name.NameTooLong": "the configured name is not one",
    "dns.name.IDNAException": "the configured name is not one",
    "dns.name.NoIDNA2008": "a package is missing",
    "dns.name.NeedAbsoluteNameOrOrigin": "we build names",
    "dns.name.NeedSubdomainOfOrigin": "we build names",
    "dns.name.NoParent": "we build names",
    "dns.query.NoDOH": "a package is missing",
    "dns.query.NoDOQ": "a package is missing",
    "dns.rdata.NoRelativeRdataOrdering": "we never order records",
    "dns.rdata.RdatatypeExists": "we never register a type",
    "dns.resolver.NoMetaqueries": "the configured type cannot be asked for",
    "dns.resolver.NoResolverConfiguration": "this machine has no resolver",
    "dns.resolver.NoRootSOA": "we never look for zones",
    "dns.resolver.NotAbsolute": "we build names",
    "dns.tokenizer.UngetBufferFull": "we never tokenize",
    "dns.versioned.UseTransaction": "we have no zones",
}


def leaves(base: type[BaseException]) -> Iterator[type[BaseException]]:
    below = base.__subclasses__()
    if not below:
        yield base
    for error in below:
        yield from leaves(error)


def name_of(error: type[BaseException]) -> str:
    return f"{error.__module__}.{error.__qualname__}"


def every_module_of(package: ModuleType) -> None:
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                importlib.import_module(module.name)
        except ImportError:
            continue  # for a library we do not have: its errors cannot be raised


def foreign() -> list[type[BaseException]]:
    every_module_of(dns)
    bases = (dns.exception.DNSException, httpx.HTTPError, httpx.StreamError, httptools.HttpParserError)
    found = {error for base in bases for error in leaves(base)}
    found |= {httpx.InvalidURL, httpx.CookieConflict, ProxyError, ProxyConnectionError, ProxyTimeoutError}
    return sorted(found, key=name_of)


@pytest.mark.parametrize("error", foreign(), ids=name_of)
def test_every_leaf_is_named(error: type[BaseException]) -> None:
    assert known(error), f"{name_of(error)} has no outcome"


def test_the_libraries_still_have_what_the_table_names() -> None:
    every_module_of(dns)
    for name in BY_CLASS:
        module, _, attribute = name.rpartition(".")
        assert issubclass(getattr(importlib.import_module(module), attribute), BaseException), name
    for module in UNUSED_MODULES:
        importlib.import_module(module)


def test_only_what_is_explained_is_our_own_fault() -> None:
    ours = {
        name for name, outcome in BY_CLASS.items() if outcome is Outcome.PROBER_ERROR and name.startswith("dns.")
    }
    assert ours == set(OURS)
    assert Outcome.ANSWERED not in BY_CLASS.values()


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (errno.ECONNREFUSED, Outcome.REFUSED),
        (errno.ECONNRESET, Outcome.RESET),
        (errno.EPIPE, Outcome.RESET),
        (errno.EHOSTUNREACH, Outcome.UNREACHABLE),
        (errno.ENETUNREACH, Outcome.UNREACHABLE),
        (errno.EHOSTDOWN, Outcome.UNREACHABLE),
        (errno.EACCES, Outcome.PROHIBITED),
        (errno.EPERM, Outcome.PROBER_ERROR),
        (errno.ETIMEDOUT, Outcome.TIMED_OUT),
        (errno.EMFILE, Outcome.PROBER_ERROR),
        (errno.EADDRNOTAVAIL, Outcome.PROBER_ERROR),
        (errno.ENOSPC, Outcome.PROBER_ERROR),
    ],
    ids=lambda value: errno.errorcode[value] if isinstance(value, int) else None,
)
def test_the_kernels_words(code: int, outcome: Outcome) -> None:
    failure = failure_of(OSError(code, "as the kernel says"), Phase.CONNECT)
    assert (failure.outcome, failure.phase) == (outcome, Phase.CONNECT)
    assert "as the kernel says" in failure.detail


@pytest.mark.parametrize(
    ("error", "phase", "outcome"),
    [
        (TimeoutError(), Phase.CONNECT, Outcome.TIMED_OUT),
        (ConnectionResetError(), Phase.TLS, Outcome.CLOSED_EARLY),
        (asyncio.IncompleteReadError(b"", 2), Phase.BODY, Outcome.CLOSED_EARLY),
        (ssl.SSLEOFError(8, "EOF"), Phase.TLS, Outcome.CLOSED_EARLY),
        (ssl.SSLCertVerificationError(1, "no"), Phase.TLS, Outcome.TLS_FAILED),
        (ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number"), Phase.TLS, Outcome.TLS_FAILED),
        (ssl.SSLError(1, "[SSL: TLSV1_ALERT_UNKNOWN_CA] tlsv1 alert"), Phase.TLS, Outcome.TLS_ALERT),
        (httpx.ReadTimeout("slow"), Phase.RESPONSE, Outcome.TIMED_OUT),
        (dns.resolver.NXDOMAIN(), Phase.RESOLVE, Outcome.NXDOMAIN),
        (dns.resolver.LifetimeTimeout(timeout=1, errors=[]), Phase.RESOLVE, Outcome.DNS_TIMEOUT),
        (dns.resolver.NoResolverConfiguration(), Phase.RESOLVE, Outcome.PROBER_ERROR),
        (dns.exception.FormError(), Phase.RESOLVE, Outcome.DNS_INVALID),
        (RuntimeError("a bug"), Phase.REQUEST, Outcome.PROBER_ERROR),
        (KeyError(), Phase.REQUEST, Outcome.PROBER_ERROR),
    ],
    ids=repr,
)
def test_other_words(error: BaseException, phase: Phase, outcome: Outcome) -> None:
    assert failure_of(error, phase).outcome is outcome


def test_the_cause_below_a_librarys_error_counts() -> None:
    error = httpx.ConnectError("All connection attempts failed")
    error.__cause__ = RuntimeError("between")
    error.__cause__.__context__ = ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")
    assert failure_of(error, Phase.CONNECT).outcome is Outcome.REFUSED


@pytest.mark.parametrize("outcome", list(Outcome))
def test_trouble_at_the_resolver_is_never_an_answer_of_the_target(outcome: Outcome) -> None:
    about_the_target = {
        Outcome.REFUSED,
        Outcome.RESET,
        Outcome.UNREACHABLE,
        Outcome.PROHIBITED,
        Outcome.TIMED_OUT,
        Outcome.TLS_ALERT,
        Outcome.TLS_FAILED,
        Outcome.PROTOCOL_ERROR,
        Outcome.CLOSED_EARLY,
    }
    assert (outcome in AT_THE_RESOLVER) == (outcome in about_the_target)


def test_trouble_at_the_proxy_is_the_proxys() -> None:
    for error in (OSError(errno.ECONNREFUSED, "x"), TimeoutError(), ProxyError("x"), ProxyTimeoutError("x")):
        assert failure_of(error, Phase.PROXY).outcome is Outcome.PROXY_FAILED
    assert failure_of(OSError(errno.EMFILE, "x"), Phase.PROXY).outcome is Outcome.PROBER_ERROR


@pytest.mark.parametrize(
    ("reply", "outcome", "phase"),
    [
        (2, Outcome.PROXY_FAILED, Phase.PROXY),
        (3, Outcome.UNREACHABLE, Phase.CONNECT),
        (4, Outcome.UNREACHABLE, Phase.CONNECT),
        (5, Outcome.REFUSED, Phase.CONNECT),
        (6, Outcome.UNREACHABLE, Phase.CONNECT),
        (1, Outcome.PROXY_FAILED, Phase.PROXY),
        (7, Outcome.PROXY_FAILED, Phase.PROXY),
        (255, Outcome.PROXY_FAILED, Phase.PROXY),
        (None, Outcome.PROXY_FAILED, Phase.PROXY),
    ],
)
def test_socks_replies(reply: int | None, outcome: Outcome, phase: Phase) -> None:
    failure = failure_of_socks_reply(reply, "words")
    assert (failure.outcome, failure.phase) == (outcome, phase)


def test_a_failure_that_was_raised_comes_out_as_it_went_in() -> None:
    failure = Failure(Outcome.REFUSED, Phase.CONNECT, "x")
    assert failure_of(ExchangeFailed(failure), Phase.BODY) is failure


def test_details_are_capped_printable_and_redacted() -> None:
    failure = failure_of(RuntimeError("\x1b[31m password=hunter2hunter2 " + "x" * 5000), Phase.BODY)
    assert failure.detail.isprintable()
    assert len(failure.detail) <= 240
    assert "hunter2" not in failure.detail
