"""One vantage at work: every probe it is given ends as exactly one Seen.

Must never ask outside its scope or before its turn, and never lose a probe to a deadline, a stop or a bug.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from urllib.parse import urlsplit

from auditor.config import Config
from auditor.model import (
    DnsAnswer,
    DnsQuestion,
    HttpQuestion,
    Observation,
    Outcome,
    Probe,
    Seen,
    Skip,
    SkipReason,
    TcpQuestion,
    TlsQuestion,
)
from auditor.probes import NO_CANARIES, Canaries, Eyes, Failure, look
from auditor.probes.credentials import Credentials
from auditor.probes.dns_asking import addresses_at
from auditor.vantage.dns_scope import reversed_address
from auditor.vantage.known import Known
from auditor.vantage.pacing import Pacing
from auditor.vantage.round import Round
from auditor.vantage.scope import Scope


class Vantage:
    """A place to look from. Close it in the loop it was used in; it serves one audit."""

    def __init__(
        self,
        name: str,
        config: Config,
        pacing: Pacing,
        *,
        now: Callable[[], datetime],
        canaries: Canaries = NO_CANARIES,
        credentials: Credentials | None = None,
    ) -> None:
        settings = config.vantages[name]
        self.name = name
        self.scope = Scope(name, config)
        self._pacing = pacing
        self._width = config.limits.concurrency
        self._gateways = frozenset(urlsplit(gateway.url).hostname for gateway in config.gateways.values())
        self._addresses = {
            urlsplit(gateway.url).hostname: frozenset(gateway.addresses)
            for gateway in config.gateways.values()
            if gateway.addresses != "auto"
        }
        self._credentials = credentials or Credentials()
        self._known = Known()
        self._asked: set[str] = set()
        self._asking = asyncio.Lock()
        self._eyes = Eyes(
            name=name,
            resolvers=settings.resolvers,
            limits=config.limits,
            now=now,
            via=settings.via,
            source_address=settings.source_address,
            ca_file=settings.ca_file,
            permits=self.scope.permits,
            may_follow=self.scope.may_follow,
            turn=pacing.turn,
            canaries=canaries,
            credentials=self._credentials,
        )

    async def observe(
        self,
        probes: Sequence[Probe],
        *,
        stop: asyncio.Event,
        seen: Callable[[Seen], None],
        deadline: float | None = None,
    ) -> None:
        """Ask every probe once, lanes side by side; `seen` is called exactly once for each.

        When `stop` is set, probes in flight have a second to end; at `deadline` (seconds of the loop's clock) they
        have none. Those that were not asked, or not to the end, are skipped with the reason. Cancelling this does
        the same and tells them all before it passes on the cancellation.
        """
        round_ = Round(
            self.name, probes, seen, pacing=self._pacing, refusal=self._refusal, ask=self._ask, width=self._width
        )
        await round_.run(stop, deadline)

    async def aclose(self) -> None:
        """Close every kept connection."""
        await self._eyes.aclose()

    async def _refusal(self, probe: Probe) -> str | None:
        """Why this vantage does not ask this; None where it does. Only its resolvers hear of it."""
        question = probe.question
        refusal = self.scope.refusal_of(probe, self._known)
        if isinstance(question, DnsQuestion):
            return await self._refusal_of_dns(probe, question, refusal)
        if refusal is not None or not isinstance(question, _WITH_HOST) or question.address is None:
            return refusal
        if self.scope.is_literal(question.address) or await self._has(question.host, question.address):
            return None
        return _nobody_vouches(question.host, question.address)

    async def _refusal_of_dns(self, probe: Probe, question: DnsQuestion, refusal: str | None) -> str | None:
        if refusal is None:
            gateway = self.scope.dns.gateway_of(question)
            if gateway is None or await self._has(*gateway):
                return None
            return _nobody_vouches(*gateway)
        address = reversed_address(question.name) if question.rrtype == "PTR" else None
        if address is not None:
            # The address of a gateway that somebody else found is asked about where this vantage finds it as well.
            for host in self.scope.dns.hosts():
                if await self._has(host, address):
                    return self.scope.refusal_of(probe, self._known)
        return refusal

    async def _ask(self, probe: Probe) -> Observation | Skip:
        question = probe.question
        if isinstance(question, HttpQuestion) and question.credential is not None:
            withheld = await self._withheld(question)
            if withheld is not None:
                return Skip(probe.id, self.name, SkipReason.NO_CREDENTIAL, withheld)
        observation = await look(probe, self._eyes)
        if not isinstance(question, _WITH_HOST):
            self._known.learn(question, observation.answer)
            if isinstance(question, DnsQuestion):
                self._learn(question, observation.answer)
        elif observation.outcome is Outcome.PROBER_ERROR and question.address is None:
            refusal = await self._refused_addresses(question.host, question.port)
            if refusal is not None:
                return Skip(probe.id, self.name, SkipReason.OUT_OF_SCOPE, refusal)
        return observation

    async def _withheld(self, question: HttpQuestion) -> str | None:
        """Why a question is not asked with its credential: it is not here, or this is not where it belongs."""
        address = question.address
        refusal = self._credentials.refusal(question, address)
        if refusal is not None:
            return refusal
        listed = self._addresses.get(question.host)
        if listed is not None:
            own = address in listed
        else:
            own = address is not None and (address == question.host or await self._has(question.host, address))
        return None if own else "the credential belongs to other addresses of its gateway"

    async def _refused_addresses(self, host: str, port: int) -> str | None:
        """Why none of a name's addresses may be talked to, where it is so."""
        addresses = await self._eyes.resolve(host)
        if isinstance(addresses, Failure):
            return None
        refusals = [self.scope.refusal(host, address, port) for address in addresses]
        return refusals[0] if refusals and all(refusals) else None

    def _learn(self, question: DnsQuestion, answer: object) -> None:
        """Remember where a gateway is, for probes come with the address that such an answer gave.

        What a server says that is none of its resolvers is no word of this vantage's.
        """
        if question.name in self._gateways and question.server_of is None and isinstance(answer, DnsAnswer):
            found = (record.data for record in answer.records if record.rrtype in ("A", "AAAA"))
            self._known.found(question.name, found)

    async def _has(self, host: str, address: str) -> bool:
        """Whether a name has an address as this vantage sees it: law of every probe that comes from elsewhere."""
        if address in self._known.addresses.get(host, ()):
            return True
        async with self._asking:
            if host not in self._asked:
                self._asked.add(host)
                for resolver in self._eyes.resolvers:
                    addresses = await addresses_at(resolver, host, self._eyes)
                    if not isinstance(addresses, Failure):
                        self._known.found(host, addresses)
        return address in self._known.addresses.get(host, ())


#: Questions that are put to a host.
_WITH_HOST = (HttpQuestion, TcpQuestion, TlsQuestion)


def _nobody_vouches(host: str, address: str) -> str:
    return (
        f"{host} at {address}: the configuration does not name this address, and at this vantage's resolvers the "
        "name does not have it"
    )
