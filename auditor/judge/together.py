"""What verdicts say of each other: names that only a wildcard answers, and answers that outlive their record.

Pure, and after all claims were judged one by one. Must never make a verdict worse or better by anything but
another claim about the same name.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from auditor.judge.addresses import is_address
from auditor.judge.book import Book
from auditor.judge.notes import note
from auditor.model import (
    Aspect,
    Claim,
    Confidence,
    DnsAnswer,
    Judgement,
    Reason,
    Role,
    Verdict,
)

_Name = tuple[str, str]


def together(book: Book, judgements: Sequence[Judgement]) -> Iterator[Judgement]:
    """The same judgements in the same order, each seen beside the others."""
    hosts: dict[_Name, dict[str, Judgement]] = {}
    servers: dict[_Name, list[Judgement]] = {}
    for each in judgements:
        claim = each.claim
        if claim.aspect is Aspect.HOST and claim.around is None and claim.address is not None:
            hosts.setdefault(_named(claim), {})[claim.address] = _worse(
                each, hosts.get(_named(claim), {}).get(claim.address)
            )
        elif claim.aspect is Aspect.NAME and claim.authoritative:
            servers.setdefault(_named(claim), []).append(each)
    for each in judgements:
        claim = each.claim
        if claim.aspect is not Aspect.NAME:
            yield each
        elif each.reason is Reason.WILDCARD and each.verdict is Verdict.UNPROVEN:
            yield _by_content(book, each, hosts.get(_named(claim), {}))
        elif each.verdict is Verdict.RESOLVES and not claim.authoritative:
            yield _by_age(each, servers.get(_named(claim), []))
        else:
            yield each


def _named(claim: Claim) -> _Name:
    return claim.service, claim.target


def _worse(one: Judgement, other: Judgement | None) -> Judgement:
    order = list(Verdict)
    return one if other is None or order.index(one.verdict) <= order.index(other.verdict) else other


def _by_content(book: Book, judgement: Judgement, hosts: dict[str, Judgement]) -> Judgement:
    """A name that only a wildcard answers is what it leads to: the service, or something else.

    That is known where every address of the wildcard is a gateway's at which the name was tried as a host. A
    resolver that invents addresses does not invent those of our gateways. The controls of the name are good, else
    it had another reason; those of the hosts are their own.
    """
    addresses = _addresses(book, judgement)
    if not addresses or not addresses <= hosts.keys():
        return judgement
    found = [hosts[address] for address in sorted(addresses)]
    shown = [each for each in found if each.verdict in (Verdict.EXPOSED, Verdict.SUSPECTED)]
    if shown:
        return _as(judgement, Verdict.RESOLVES, Reason.WILDCARD, Confidence.HIGH, shown)
    if all(each.verdict is Verdict.CLOSED for each in found):
        return _as(judgement, Verdict.CLOSED, Reason.WILDCARD_CLOSED, Confidence.MEDIUM, found)
    return judgement


def _addresses(book: Book, judgement: Judgement) -> set[str]:
    """All addresses that the name got in the sightings of this claim."""
    looks = [look for look in book.of(Role.TARGET, judgement.claim.key, judgement.vantage or "")]
    answers = [look.answer for look in looks if isinstance(look.answer, DnsAnswer)]
    return {
        record.data
        for answer in answers
        for record in answer.records
        if record.rrtype in ("A", "AAAA") and is_address(record.data)
    }


def _by_age(judgement: Judgement, servers: Sequence[Judgement]) -> Judgement:
    """An answer of a resolver's that every server of the zone denies: it is kept longer than it is true."""
    if servers and all(each.reason is Reason.NXDOMAIN and each.verdict is Verdict.CLOSED for each in servers):
        return _as(judgement, Verdict.RESOLVES, Reason.STALE_ANSWER, judgement.confidence, servers)
    return judgement


def _as(
    judgement: Judgement,
    verdict: Verdict,
    reason: Reason,
    confidence: Confidence | None,
    others: Sequence[Judgement],
) -> Judgement:
    vouching = tuple(each.observation for each in others if each.observation is not None)
    return replace(
        judgement,
        verdict=verdict,
        reason=reason,
        confidence=confidence,
        controls=(*judgement.controls, *vouching),
        note=note(verdict, reason, judgement.ratio),
    )
