"""One question to one resolver, whatever its form: what was said, or why nothing was.

Must never conclude absence from trouble: truncation, silence, forgeries and nonsense each keep their own outcome.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

from auditor.model import DnsAnswer, DnsQuestion, Outcome, Phase
from auditor.probes.dns_exchange import Message, by_stream, by_udp, messages
from auditor.probes.dns_https import by_https
from auditor.probes.dns_query import Query
from auditor.probes.dns_records import Malformed, read
from auditor.probes.dns_reply import concluded
from auditor.probes.eyes import Eyes
from auditor.probes.outcomes import AT_THE_RESOLVER, Failure
from auditor.probes.redact import printable
from auditor.probes.resolvers import SYSTEM, Server, parse, servers, shown

#: Wait for one datagram, at most. Half of a probe's time is the other bound, for there is a second try.
TRY_SECONDS = 4.0
TRIES = 2

#: After so many questions in a row without an answer a server is waited for no longer than this, tries and all.
SILENT_BEFORE_HURRY, HURRIED_SECONDS = 20, 1.0

#: Addresses kept of one host; neither family crowds out the other.
MAX_ADDRESSES = 16

#: Addresses of a resolver given by name that are tried.
_SERVER_ADDRESSES = 3

#: How late a question may end that had to be over: its own bound comes first.
_LATE_SECONDS = 0.1

#: RCODEs of a server that does not know EDNS (RFC 6891 section 7).
_NO_EDNS = frozenset({"FORMERR", "NOTIMP"})


@dataclass(frozen=True, slots=True)
class Told:
    """What came of a question. `answer` is there with every RCODE, and with a truncated message."""

    outcome: Outcome
    phase: Phase | None = None
    detail: str = ""
    answer: DnsAnswer | None = None
    address: str | None = None  # of the server that was asked last
    local: str | None = None


async def ask(name: str, rrtype: str, resolver: str, eyes: Eyes, seconds: float | None = None) -> Told:
    """A plain question: what the resolver says, within `seconds`, else `limits.probe_seconds`."""
    return await put(DnsQuestion(name, rrtype, resolver), eyes, seconds)


async def put(question: DnsQuestion, eyes: Eyes, seconds: float | None = None) -> Told:
    """What the server says to a question, within `seconds`, else `limits.probe_seconds`.

    `system` means its servers in order, the next when one is silent.
    """
    try:
        query, candidates = Query.for_(question), servers(question.resolver)
        if question.transport == "tcp":
            candidates = tuple(
                replace(each, transport="tcp") if each.transport == "udp" else each for each in candidates
            )
    except (ValueError, OSError) as error:
        return Told(Outcome.PROBER_ERROR, Phase.RESOLVE, printable(str(error)))
    deadline = _now() + (eyes.limits.probe_seconds if seconds is None else seconds)
    told = Told(Outcome.PROBER_ERROR, Phase.RESOLVE, "no server to ask")
    for left, server in zip(range(len(candidates), 0, -1), candidates, strict=True):
        told = await asked_at(query, server, eyes, _now() + (deadline - _now()) / left)
        if told.answer is not None:
            break
    return told


async def addresses_at(
    resolver: str, host: str, eyes: Eyes, seconds: float | None = None
) -> tuple[str, ...] | Failure:
    """A and AAAA of a host at one resolver, asked together; CNAMEs in the answers are followed.

    A failure's phase is RESOLVE whatever went wrong: trouble with a resolver says nothing about the host.
    """
    both = await asyncio.gather(*(ask(host, rrtype, resolver, eyes, seconds) for rrtype in ("A", "AAAA")))
    v4, v6 = (_addresses_told(told, host, rrtype) for told, rrtype in zip(both, ("A", "AAAA"), strict=True))
    if v4 or v6:
        fair = max(MAX_ADDRESSES // 2, MAX_ADDRESSES - len(v4))
        v6 = v6[:fair]
        return (*v4[: MAX_ADDRESSES - len(v6)], *v6)
    # The less decisive of the two: one NODATA does not speak for the family that was not answered.
    worst = max(both, key=lambda told: _DECISIVE.get(told.outcome, len(_DECISIVE)))
    outcome = AT_THE_RESOLVER.get(worst.outcome, worst.outcome)
    if outcome is Outcome.ANSWERED:
        outcome = Outcome.NODATA  # an alias that leads nowhere
    return Failure(outcome, Phase.RESOLVE, printable(f"{host} at {resolver}: {worst.detail or worst.outcome}"))


def _addresses_told(told: Told, host: str, rrtype: str) -> tuple[str, ...]:
    if told.outcome is not Outcome.ANSWERED or told.answer is None:
        return ()
    return tuple(dict.fromkeys(led_to(told.answer, Query.of(host, rrtype).name, rrtype)))


def led_to(answer: DnsAnswer, name: str, rrtype: str) -> Iterator[str]:
    """The data of this type that the name has, or that the CNAMEs in the answer lead to from it."""
    aliases = {record.name: record.data for record in answer.records if record.rrtype == "CNAME"}
    chain = {name}
    while (name := aliases.get(name, "")) and name not in chain:
        chain.add(name)
    return (record.data for record in answer.records if record.rrtype == rrtype and record.name in chain)


_DECISIVE = {Outcome.NXDOMAIN: 0, Outcome.ANSWERED: 1, Outcome.NODATA: 2}


async def asked_at(query: Query, server: Server, eyes: Eyes, deadline: float) -> Told:
    """What one server says until `deadline`, a time of the loop's clock.

    One that was silent again and again is waited for less: it must not take the time of all others, and silence
    proves nothing however long it is.
    """
    silent = _silent.setdefault(eyes, {})
    if silent.get(server, 0) >= SILENT_BEFORE_HURRY:
        deadline = min(deadline, _now() + HURRIED_SECONDS)
    told = await _patiently(query, server, eyes, deadline)
    silent[server] = silent.get(server, 0) + 1 if told.outcome is Outcome.DNS_TIMEOUT else 0
    return told


async def _patiently(query: Query, server: Server, eyes: Eyes, deadline: float) -> Told:
    if server.transport == "udp":
        if eyes.via is None:
            return await _by_udp(query, server, eyes, deadline)
        return await _by_stream(query, server, server.host, eyes, deadline)
    addresses = await _addresses_of(server, eyes, (deadline - _now()) / 2)
    if isinstance(addresses, Failure):
        return Told(addresses.outcome, addresses.phase, addresses.detail)
    told = Told(Outcome.DNS_TIMEOUT, Phase.RESOLVE, "no time left")
    for address in addresses[:_SERVER_ADDRESSES]:
        told = await _by_stream(query, server, address, eyes, deadline)
        if told.phase is not Phase.CONNECT:
            break
    return told


async def asked_in_turn(query: Query, server: Server, eyes: Eyes, seconds: float, until: float) -> Told | None:
    """What one server says within `seconds`, once it is its turn; None when that is not before `until`."""
    try:
        async with asyncio.timeout_at(until + _LATE_SECONDS), eyes.turn(server.host, server.port):
            deadline = min(_now() + seconds, until)
            return await asked_at(query, server, eyes, deadline) if deadline > _now() else None
    except TimeoutError:
        return None


async def _addresses_of(server: Server, eyes: Eyes, seconds: float) -> tuple[str, ...] | Failure:
    """Where a server given by name is: asked at the vantage's resolvers that need no name themselves."""
    if not server.by_name:
        return (server.host,)
    known = _servers.setdefault(eyes, {})
    if server.host not in known:
        plain = [each for each in eyes.resolvers if each != SYSTEM and parse(each).transport == "udp"]
        found = await addresses_at(plain[0] if plain else SYSTEM, server.host, eyes, seconds)
        if isinstance(found, Failure):
            return found
        known[server.host] = found
    if any(each != SYSTEM and parse(each).host == server.host for each in eyes.resolvers):
        return known[server.host]
    # Not one of its own: wherever the name leads, the vantage's allow-list has to cover it.
    covered = tuple(each for each in known[server.host] if eyes.permits(server.host, each, server.port))
    detail = printable(f"out of scope: {', '.join(known[server.host])} port {server.port}, for {server.host}")
    return covered or Failure(Outcome.PROBER_ERROR, Phase.CONNECT, detail)


#: How often in a row each server was silent, for the life of the Eyes.
_silent: WeakKeyDictionary[Eyes, dict[Server, int]] = WeakKeyDictionary()

#: Where servers given by name are, for the life of the Eyes: one audit.
_servers: WeakKeyDictionary[Eyes, dict[str, tuple[str, ...]]] = WeakKeyDictionary()


async def _by_udp(query: Query, server: Server, eyes: Eyes, deadline: float) -> Told:
    edns, told = True, Told(Outcome.DNS_TIMEOUT, Phase.RESOLVE, "no time left")
    for left in range(TRIES, 0, -1):
        seconds = min(TRY_SECONDS, (deadline - _now()) / left)
        if seconds <= 0:
            break
        asked = query.fresh(edns=edns)
        heard = await by_udp(asked, server.host, server.port, eyes.source_address, seconds)
        told = _understood(asked, heard, server, server.host)
        if isinstance(heard, Failure) and heard.outcome in _TRY_AGAIN:
            continue
        if not (edns and _knows_no_edns(told)):
            break
        edns = False
    if told.answer is None or "TC" not in told.answer.flags:
        return told
    whole = await _by_stream(query, server, server.host, eyes, deadline)
    if whole.answer is not None and "TC" not in whole.answer.flags:
        return whole
    more = told if whole.answer is None else whole
    return replace(more, detail=printable(f"truncated; over TCP: {whole.detail or whole.outcome}"))


async def _by_stream(query: Query, server: Server, address: str, eyes: Eyes, deadline: float) -> Told:
    seconds = deadline - _now()
    if server.url is not None:
        return _understood(query, await by_https(query, server.url, address, eyes, seconds), server, address)
    name = server.host if server.transport == "tls" else None
    told = Told(Outcome.DNS_TIMEOUT, Phase.RESOLVE, "no time left")
    for edns in (True, False):
        if (seconds := deadline - _now()) <= 0:
            break
        asked = query.fresh(edns=edns)
        heard = await by_stream(asked, address, server.port, eyes, seconds, name)
        told = _understood(asked, heard, server, address)
        if not _knows_no_edns(told):
            break
    return told


def _understood(query: Query, heard: Message | Failure, server: Server, address: str) -> Told:
    if isinstance(heard, Failure):
        return Told(heard.outcome, heard.phase, printable(heard.detail), None, address)
    noted = f"after {messages(heard.strangers)}" if heard.strangers else ""
    try:
        reply = read(heard.wire, query.rrclass)
    except Malformed as error:
        return Told(Outcome.DNS_INVALID, Phase.RESOLVE, printable(str(error)), None, address, heard.local)
    outcome, detail = concluded(reply, query)
    answer = DnsAnswer(
        rcode=reply.rcode_name,
        flags=reply.flags,
        server=shown(address, server.port),
        transport=heard.transport,
        records=reply.records,
        authority=reply.authority,
        ede=reply.ede,
        truncated=reply.more or reply.truncated,
        additional=reply.additional,
        nsid=reply.nsid,
    )
    phase = Phase.RESOLVE if outcome is Outcome.DNS_INVALID else None
    return Told(outcome, phase, "; ".join(filter(None, (detail, noted))), answer, address, heard.local)


def _knows_no_edns(told: Told) -> bool:
    return told.answer is not None and told.answer.rcode in _NO_EDNS


_TRY_AGAIN = frozenset({Outcome.DNS_TIMEOUT, Outcome.DNS_INVALID})


def _now() -> float:
    return asyncio.get_running_loop().time()
