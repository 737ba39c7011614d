"""Following referrals from the root down, question by question, without recursion, as a resolver does it.

Must never follow a referral that does not lead further down, ask an address that the vantage may not ask, or let
one server that is silent, or names that lead in a ring, eat the time or the questions of all the others.
"""

import asyncio
import random
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from dataclasses import dataclass, field

from auditor.model import DnsAnswer, DnsRecord, Outcome
from auditor.probes.dns_asking import Told, asked_in_turn
from auditor.probes.dns_names import ROOT, bare, below, upwards
from auditor.probes.dns_query import Query
from auditor.probes.eyes import Eyes
from auditor.probes.redact import printable
from auditor.probes.resolvers import Server

#: Where name servers answer; only roots may be given with another port.
PORT = 53

QUESTIONS = 80  # of one descent, at most
QUESTION_SECONDS = 1.5  # for one question; a server that was silent once is not asked again
TRIES = 6  # servers of one level that are asked in vain, at most
DEPTH = 3  # names of name servers that are looked up to look up a name
STEPS = 100  # kept
ADDRESSES = 16  # of one name server

#: Servers of a level that have to be looked up first, at most.
_LOOKED_UP = 3


@dataclass(frozen=True, slots=True)
class Found:
    """What a walk down came to: data, "nodata" or "nxdomain" by a server of the zone, or why nothing is known."""

    said: str  # "answered", "nodata", "nxdomain", or an outcome, "lame", "loop", "no time left", …
    records: tuple[DnsRecord, ...] = ()


@dataclass(slots=True)
class Cut:
    """A zone, and who serves it as its parent has it."""

    zone: str
    servers: dict[str, list[tuple[str, int]]] = field(default_factory=dict)  # addresses that came along
    also: list[tuple[str, int]] = field(default_factory=list)  # where it was found to be served
    beside: bool = False  # its parent's servers serve it as well, so that no referral was seen


class Descent:
    """Walks down from the root as often as it takes, and remembers the zones it passed."""

    def __init__(self, eyes: Eyes, roots: Iterable[tuple[str, str, int]], until: float) -> None:
        self._eyes, self._until = eyes, until
        top = Cut(ROOT)
        for name, address, port in roots:
            top.servers.setdefault(name, []).append((address, port))
        self._cuts = {ROOT: top}
        self._silent: set[tuple[str, int]] = set()
        self._addresses: dict[str, tuple[tuple[str, ...], str]] = {}
        self.questions = 0
        self.steps: list[str] = []

    def cut(self, name: str) -> Cut:
        """The deepest zone known at or above a name."""
        return next(self._cuts[zone] for zone in upwards(name) if zone in self._cuts)

    async def find(self, name: str, rrtype: str, until: float, path: tuple[str, ...] = ()) -> Found:
        """What the servers of a name's own zone say of it. `path`: the name servers for whose sake it is asked."""
        query = Query.of(name, rrtype, recursion=False)
        while True:
            cut = self.cut(name)
            found = await self._ask(cut, query, rrtype, until, path)
            if isinstance(found, Found):
                return found
            self._cuts[found.zone] = found

    async def addresses(self, name: str, until: float, path: tuple[str, ...] = ()) -> tuple[tuple[str, ...], str]:
        """The addresses of a name server, by the same way down; without any, why."""
        known = self._addresses.get(name)
        if known is not None:
            return known
        if name in path:
            return (), "loop"
        if len(path) >= DEPTH:
            return (), "too deep"
        found: list[str] = []
        said: list[str] = []
        for rrtype in ("A", "AAAA"):
            told = await self.find(name, rrtype, until, (*path, name))
            said.append(told.said)
            found += [each.data for each in told.records if each.rrtype == rrtype and each.name == name]
            if told.said == "nxdomain":
                break
        # The less decisive of the two: one NODATA does not speak for the family that was not answered.
        why = next((each for each in said if each not in ("answered", "nodata")), said[0])
        if not found and why == "answered":
            why = "alias"
        answer = tuple(dict.fromkeys(found))[:ADDRESSES], "" if found else why
        if found or (not path and _now() < until):
            self._addresses[name] = answer
        return answer

    async def _ask(
        self, cut: Cut, query: Query, rrtype: str, until: float, path: tuple[str, ...]
    ) -> "Found | Cut":
        """One server of the zone after the other, until one has something to say."""
        last, tries = Found("no server to ask"), 0
        async with aclosing(self._servers(cut, until, path)) as servers:
            async for place in servers:
                if place in self._silent:
                    last = Found(Outcome.DNS_TIMEOUT.value)
                    continue
                told = await self._told(cut, query, place, min(until, self._until))
                if isinstance(told, Found):
                    if told.said != _NOT_ASKED:
                        return told
                    last = told
                    continue
                found = understood(told, cut.zone, query.name, rrtype)
                self._step(cut, place[0], f"referral to {found.zone}" if isinstance(found, Cut) else found.said)
                if isinstance(found, Cut):
                    if found.beside:
                        found.also.append(place)
                    return found
                if found.said in DECISIVE:
                    return found
                last = found
                if told.outcome is Outcome.DNS_TIMEOUT:
                    self._silent.add(place)
                if told.outcome is not Outcome.UNREACHABLE:  # a family we do not have costs nothing
                    tries += 1
                if tries >= TRIES:
                    break
        return last

    async def _told(self, cut: Cut, query: Query, place: tuple[str, int], until: float) -> Told | Found:
        """What one server says, in its turn; or why it was not asked."""
        address, port = place
        if not self._eyes.may_follow(address):
            self._step(cut, address, "not asked: a name server's name may not lead this vantage there")
            return Found(_NOT_ASKED)
        if self.questions >= QUESTIONS:
            return Found("no questions left")
        self.questions += 1
        told = await asked_in_turn(query, Server("udp", address, port), self._eyes, QUESTION_SECONDS, until)
        return told or Found("no time left")

    async def _servers(
        self, cut: Cut, until: float, path: tuple[str, ...]
    ) -> AsyncGenerator[tuple[str, int], None]:
        """The addresses that are known, IPv4 first; then those that have to be looked up."""
        known = [*cut.also, *(place for places in cut.servers.values() for place in places)]
        if cut.zone == ROOT:
            random.shuffle(known)  # so that not the same root is asked by everybody
        for place in sorted(known, key=lambda place: ":" in place[0]):
            yield place
        unknown = [name for name, places in cut.servers.items() if not places]
        for left, name in enumerate(unknown[:_LOOKED_UP]):
            fair = _now() + (until - _now()) / (min(len(unknown), _LOOKED_UP) - left)
            for address in (await self.addresses(name, fair, path))[0]:
                yield address, PORT

    def _step(self, cut: Cut, address: str, what: str) -> None:
        if len(self.steps) < STEPS:
            self.steps.append(printable(f"{cut.zone} at {address}: {what}"))


#: What a server of the name's own zone says; everything else is trouble.
DECISIVE = frozenset({"answered", "nodata", "nxdomain"})

_NOT_ASKED = "not asked"


def understood(told: Told, zone: str, name: str, rrtype: str) -> Found | Cut:
    """What a server of `zone` said of a name: a zone further down, an answer, or trouble in a word."""
    answer = told.answer
    if answer is None:
        return Found(told.outcome.value)
    listed = [each for each in (*answer.authority, *answer.records) if each.rrtype == "NS"]
    is_authority = "AA" in answer.flags
    if told.outcome is Outcome.ANSWERED:
        if is_authority:
            if rrtype == "NS" and name != zone and any(each.name == name for each in listed):
                return Cut(name, _servers_in(answer, listed, name, zone), beside=True)
            return Found("answered", answer.records)
        own = [each for each in answer.records if each.rrtype == "NS" and each.name == name]
        if rrtype == "NS" and own and name != zone and below(name, zone):
            return Cut(name, _servers_in(answer, own, name, zone))  # a referral in the wrong section
        return Found("lame")
    if told.outcome in (Outcome.NODATA, Outcome.NXDOMAIN):
        return Found(told.outcome.value if is_authority else "lame")
    if told.outcome is Outcome.DNS_INVALID and listed and not answer.records and "TC" not in answer.flags:
        owners = {each.name for each in listed}
        (owner, *others) = owners
        if others or owner == zone or not below(owner, zone) or not below(name, owner):
            return Found("lame")  # up, sideways, or to nobody's child
        return Cut(owner, _servers_in(answer, listed, owner, zone))
    return Found(told.outcome.value)


def _servers_in(
    answer: DnsAnswer, listed: Iterable[DnsRecord], owner: str, zone: str
) -> dict[str, list[tuple[str, int]]]:
    """Name servers with the addresses that came along, where the zone that tells of them can know them."""
    servers: dict[str, list[tuple[str, int]]] = {
        bare(each.data): [] for each in listed if each.name == owner and each.data != ROOT
    }
    for each in answer.additional:
        places = servers.get(each.name)
        if (
            places is not None
            and each.rrtype in ("A", "AAAA")
            and below(each.name, zone)
            and len(places) < ADDRESSES
        ):
            places.append((each.data, PORT))
    return servers


def _now() -> float:
    return asyncio.get_running_loop().time()
