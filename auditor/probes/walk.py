"""The kind `walk`: how a zone denies a name that does not exist, and how far its NSEC chain can be followed.

Must never take neighbours that were made up for the question for names that exist, nor follow a chain that turns
back, leaves the zone or goes on for ever.
"""

import asyncio
from dataclasses import dataclass, replace
from time import monotonic

import dns.exception
import dns.name

from auditor.model import DnsAnswer, DnsRecord, Observation, Outcome, Phase, Probe, WalkAnswer, WalkQuestion
from auditor.probes.dns_asking import Told, asked_in_turn
from auditor.probes.dns_names import bare, below, labels
from auditor.probes.dns_query import Query
from auditor.probes.eyes import Eyes
from auditor.probes.redact import printable
from auditor.probes.resolvers import Server, servers

KIND = "walk"

QUESTION_SECONDS = 1.5
HASHES = 32  # kept

#: Of the time of a probe; the rest is for telling what is known.
_ALL = 0.95

#: What a name that does not exist has where every name is said to exist (RFC 9824 section 3.4).
_NXNAME = frozenset({"NXNAME", "TYPE128"})


async def look(probe: Probe, eyes: Eyes) -> Observation:
    """ANSWERED with how the zone denies; else what was in the way of knowing."""
    question = probe.question
    assert isinstance(question, WalkQuestion), "probes are dispatched by kind"
    started_at, started = eyes.now(), monotonic()
    try:
        walk = _Walk(question, eyes, asyncio.get_running_loop().time() + _ALL * eyes.limits.probe_seconds)
        told, answer, note = await walk.run()
    except (ValueError, OSError) as error:
        told, answer, note = Told(Outcome.PROBER_ERROR, Phase.RESOLVE, printable(str(error))), None, ""
    except dns.exception.DNSException as error:  # data that is no name
        told, answer, note = Told(Outcome.DNS_INVALID, Phase.RESOLVE, printable(str(error))), None, ""
    elapsed = monotonic() - started
    is_known = answer is not None
    return Observation(
        probe.id,
        eyes.name,
        started_at,
        elapsed,
        Outcome.ANSWERED if is_known else told.outcome,
        None if is_known else told.phase,
        printable(note or ("" if is_known else told.detail)),
        told.address,
        told.local,
        ((Phase.RESOLVE.value, elapsed),),
        answer,
    )


@dataclass(frozen=True, slots=True)
class Link:
    """One NSEC record: a name, the next one that exists, and the types the name has (RFC 4034 section 4)."""

    owner: str
    next: str
    types: frozenset[str]

    @classmethod
    def of(cls, record: DnsRecord) -> "Link":
        after, _, types = record.data.partition(" ")
        return cls(record.name, bare(after), frozenset(types.split()))

    def covers(self, name: str) -> bool:
        """Whether the name would stand between the two, in the order of RFC 4034 section 6.1."""
        low, high, middle = map(_ordered, (self.owner, self.next, name))
        return bool(low < middle < high if low < high else middle > low or middle < high)

    def is_made_up(self) -> bool:
        """Whether it was made for the question: with the least name there is after its owner, or a type that only
        names have that do not exist."""
        first, after = labels(self.owner), labels(self.next)
        least = bool(first) and after == (first[0] + "\\000", *first[1:])
        return bool(self.types & _NXNAME) or after[:1] == ("\\000",) or least


class _Walk:
    def __init__(self, question: WalkQuestion, eyes: Eyes, until: float) -> None:
        self._question, self._eyes, self._until = question, eyes, until
        self._zone, self._nobody = bare(question.zone), bare(question.nobody)
        self._server: Server = servers(question.server)[0]
        if not below(self._nobody, self._zone) or self._nobody == self._zone:
            raise ValueError(f"{question.nobody} is not a name in {question.zone}")

    async def run(self) -> tuple[Told, WalkAnswer | None, str]:
        """What was said first, what is known, and why no more is known than that."""
        told = await self._ask(self._nobody, "A")
        answer, trouble = told.answer, _trouble(told, self._question.server_of is not None)
        if trouble is not None or answer is None:
            return trouble or told, None, ""
        known = WalkAnswer("none", answer.server)
        hashed = [each for each in answer.authority if each.rrtype == "NSEC3"]
        if hashed:
            return told, _nsec3(known, hashed), ""
        links = self._links(answer)
        if not links:
            if any(each.rrtype == "RRSIG" for each in (*answer.records, *answer.authority)):
                return _invalid(told, "signed, and nothing in it denies"), None, ""
            return told, known, ""
        if any(link.is_made_up() or link.owner == self._nobody for link in links):
            return told, replace(known, denial="minimal"), ""
        first = next((link for link in links if link.covers(self._nobody)), links[0])
        if not below(first.next, self._zone):
            return _invalid(told, _LEFT), None, ""
        second = await self._link(first.next)
        if isinstance(second, Told):
            return second, None, ""
        if second is None or second.is_made_up():
            # The neighbour of a name that does not exist does not exist either (RFC 4470).
            return told, replace(known, denial="minimal"), ""
        names, is_round, note = await self._chain(first, second)
        return told, replace(known, denial="nsec", names=names, round=is_round), note

    async def _chain(self, first: Link, second: Link) -> tuple[tuple[str, ...], bool, str]:
        """The names of the chain, whether it closed, and why it was not followed any further."""
        limit = self._question.limit
        names, link, note = dict.fromkeys((first.owner, second.owner)), second, ""
        while len(names) < limit and link.next not in names:
            if not below(link.next, self._zone):
                note = _LEFT
                break
            if labels(link.next)[:1] == ("\\000",):
                note = "the chain leads to a name that was made up"
                break
            names[link.next] = None
            found = await self._link(link.next)
            if isinstance(found, Told):
                note = f"not followed beyond {link.next}: {found.detail or found.outcome}"
                break
            if found is None:
                note = f"{link.next} is denied"
                break
            link = found
        is_round = link.next == first.owner and self._zone in names and not note  # every chain has the apex
        if not is_round and not note and link.next in names:
            note = "the chain turns back"
        kept = list(names)[:limit]
        if self._zone in kept:
            at = kept.index(self._zone)
            kept = kept[at:] + kept[:at]
        return tuple(kept), is_round, note

    async def _link(self, name: str) -> Link | Told | None:
        """The NSEC record of a name; None where the name is denied; or trouble.

        Where the name is delegated the child would answer, or a referral: then the name right after all that is
        below it is asked for, which can hardly exist.
        """
        after = (labels(name)[0] + "\\000", *labels(name)[1:]) if name != self._zone else ()
        is_denied, told = False, None
        for asked, rrtype in ((name, "NSEC"), (".".join(after), "A")):
            try:
                told = await self._ask(asked, rrtype) if asked else told
            except ValueError:  # a label that has no room for one octet more
                continue
            if told is None or told.answer is None or not _is_said(told):
                return told
            for link in self._links(told.answer):
                if link.owner == name and ("SOA" not in link.types or name == self._zone):
                    return link
                is_denied = is_denied or link.covers(name)
        return None if is_denied or told is None else _invalid(told, f"no NSEC record for {name}")

    def _links(self, answer: DnsAnswer) -> list[Link]:
        both = (*answer.records, *answer.authority)
        return [Link.of(each) for each in both if each.rrtype == "NSEC" and below(each.name, self._zone)]

    async def _ask(self, name: str, rrtype: str) -> Told:
        query = Query.of(name, rrtype, recursion=self._question.server_of is None, dnssec=True)
        told = await asked_in_turn(query, self._server, self._eyes, QUESTION_SECONDS, self._until)
        return told or Told(Outcome.DNS_TIMEOUT, Phase.RESOLVE, "no time left", None, self._server.host)


_LEFT = "the chain leaves the zone"
_SAID = frozenset({Outcome.ANSWERED, Outcome.NODATA, Outcome.NXDOMAIN})


def _trouble(told: Told, is_authority: bool) -> Told | None:
    """What was said, where it tells nothing about how the zone denies."""
    if told.outcome not in _SAID:
        return told
    if is_authority and told.answer is not None and "AA" not in told.answer.flags:
        return _invalid(told, "not authoritative")
    return None


def _invalid(told: Told, detail: str) -> Told:
    return replace(told, outcome=Outcome.DNS_INVALID, phase=Phase.RESOLVE, detail=printable(detail))


def _is_said(told: Told) -> bool:
    """Whether it says something of the zone: a referral does as well."""
    if told.outcome in _SAID:
        return True
    is_whole = told.answer is not None and "TC" not in told.answer.flags
    listed = told.answer.authority if told.answer is not None else ()
    return told.outcome is Outcome.DNS_INVALID and is_whole and any(each.rrtype == "NS" for each in listed)


def _nsec3(known: WalkAnswer, records: list[DnsRecord]) -> WalkAnswer:
    """Parameters and hashes, as RFC 5155 section 3.3 presents them."""
    hashes: dict[str, None] = {}
    opt_out = False
    for record in records:
        _, flags, _, _, after, *_ = record.data.split()
        opt_out = opt_out or bool(int(flags) & 1)
        hashes[labels(record.name)[0]] = None
        hashes[after.lower()] = None
    algorithm, _, iterations, salt, *_ = records[0].data.split()
    return replace(
        known,
        denial="nsec3",
        algorithm=int(algorithm),
        iterations=int(iterations),
        salt="" if salt == "-" else salt.lower(),
        opt_out=opt_out,
        hashes=tuple(hashes)[:HASHES],
    )


def _ordered(name: str) -> dns.name.Name:
    return dns.name.from_text(name)
