"""Verdicts and what was known → findings and changes: what lasts, and what people are told.

Pure: time is an argument. Must never let an inconclusive verdict open, resolve, improve or reset anything.
"""

import base64
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from auditor.catalog import page_of
from auditor.model import (
    BAD,
    DECISIVE,
    RANK,
    REASONS,
    Aspect,
    Change,
    ChangeKind,
    Check,
    Claim,
    Confidence,
    Finding,
    FindingState,
    Judgement,
    Reason,
    Severity,
    Vector,
    Verdict,
    good,
)

#: Conclusive good audits (`closed`, or `open` for what is public), one after the other, that resolve a finding.
#: One may be a rollout half-way.
CLOSED_TO_RESOLVE = 2


@dataclass(frozen=True, slots=True)
class Owned:
    """What the configuration says about a service, as far as findings go by it."""

    owner: str | None
    severity: Severity
    guarded_ok: bool = False  # asking for a login is this service's declared boundary


#: A service that is no longer configured, as when an old audit is judged again.
UNOWNED = Owned(None, Severity.MEDIUM)


_NONE: Mapping[str, Owned] = {}


@dataclass(frozen=True, slots=True)
class Settled:
    """What one audit comes to: all findings as they stand after it, and what changed; both ordered by id."""

    findings: tuple[Finding, ...]
    changes: tuple[Change, ...]


# --- what a finding is called, how bad it is, how it leaks -----------------------------------------------


def finding_id(service: str, aspect: str, target: str, entrance: str) -> str:
    """The same in every audit, at every address and from every vantage. 40 bits of SHA-256.

    Two things that fall on one id (one in 20,000 for an estate of 10,000) share a finding, the worse one showing.
    """
    told = "\0".join((service, aspect, target, entrance)).encode("utf-8", "surrogatepass")
    return "LK-" + base64.b32encode(hashlib.sha256(told).digest())[:8].decode("ascii")


_C, _H, _M, _L, _I = Severity

#: What was proven × how much the service matters (critical, high, medium, low, info) → severity.
_BY_VERDICT: dict[Verdict, tuple[Severity, ...]] = {
    Verdict.EXPOSED: (_C, _H, _H, _M, _L),  # the internal thing itself answered
    Verdict.SUSPECTED: (_H, _H, _M, _L, _I),
    Verdict.GUARDED: (_M, _M, _M, _L, _L),  # a boundary was promised and is not there
    Verdict.ROUTED: (_M, _M, _L, _L, _I),
    Verdict.RESOLVES: (_M, _M, _M, _L, _I),
    Verdict.UNAUTHENTICATED: (_C, _C, _H, _H, _H),  # whoever asks gets what a login was promised to keep
    Verdict.OUTAGE: (_H, _M, _M, _L, _L),
}

#: Where the reason says more than the verdict does.
_BY_REASON: dict[tuple[Verdict, Reason], tuple[Severity, ...]] = {
    (Verdict.EXPOSED, Reason.AUTH_LOST_AT_EDGE): (_C,) * 5,  # open to anyone what inside asks for a login
    (Verdict.SUSPECTED, Reason.LOW_INFORMATION): (_M, _M, _L, _L, _I),
    (Verdict.ROUTED, Reason.LATENT): (_L, _L, _L, _L, _I),  # one half of a bypass; the other is not there today
    (Verdict.RESOLVES, Reason.EXISTS_NO_DATA): (_L, _L, _L, _L, _I),  # that it exists, and no more
    (Verdict.EXPOSED, Reason.ZONE_TRANSFER): (_M, _M, _M, _L, _L),  # a public zone; see _INTERNAL
    (Verdict.EXPOSED, Reason.ZONE_WALK): (_L, _L, _L, _L, _I),
    (Verdict.EXPOSED, Reason.OPEN_RESOLVER): (_H,) * 5,
    (Verdict.EXPOSED, Reason.INTERNAL_RESOLVER): (_C, _H, _H, _H, _H),
    (Verdict.RESOLVES, Reason.DISCLOSES_NAME): (_L, _L, _L, _L, _I),
    (Verdict.RESOLVES, Reason.DANGLING): (_M,) * 5,  # see _CLAIMABLE
    (Verdict.RESOLVES, Reason.LAME): (_M, _M, _M, _L, _L),
    (Verdict.RESOLVES, Reason.STALE_SERVER): (_I,) * 5,
    (Verdict.RESOLVES, Reason.WEAK_NSEC3): (_L, _L, _L, _L, _I),
    (Verdict.RESOLVES, Reason.NSEC3_MATCH): (_L, _L, _L, _L, _I),
    (Verdict.RESOLVES, Reason.LOGGED): (_L, _L, _L, _L, _I),
    (Verdict.RESOLVES, Reason.QUERIES_ESCAPE): (_L, _L, _L, _L, _I),
    (Verdict.RESOLVES, Reason.SEARCH_SUFFIX): (_L, _L, _L, _L, _I),
    (Verdict.RESOLVES, Reason.REBINDING): (_M,) * 5,
    (Verdict.RESOLVES, Reason.CACHED_NAME): (_L, _L, _L, _L, _I),
    (Verdict.RESOLVES, Reason.SERVER_IDENTITY): (_L, _L, _L, _L, _I),
    (Verdict.RESOLVES, Reason.SERVICE_RECORDS): (_L, _L, _L, _L, _I),
}

#: Every name of a zone that is to exist inside only, handed to anybody.
_INTERNAL: dict[tuple[Verdict, Reason], tuple[Severity, ...]] = {
    (Verdict.EXPOSED, Reason.ZONE_TRANSFER): (_C, _H, _H, _H, _H),
}

#: What it points to can be registered by anybody, as a top-level domain says; or its like.
_CLAIMABLE: dict[tuple[Verdict, Reason], tuple[Severity, ...]] = {
    (Verdict.RESOLVES, Reason.DANGLING): (_H,) * 5,
}
_SURE = frozenset({Confidence.CERTAIN, Confidence.HIGH})

#: Where a check means something milder, or worse, by a reason that names have too.
_BY_CHECK: dict[tuple[Check, Reason], tuple[Severity, ...]] = {
    (Check.WILDCARD, Reason.WILDCARD): (_I,) * 5,  # that there is one, leading nowhere private
}

#: Internal names are sent to a suffix that somebody else has, or may take.
_FOREIGN_SUFFIX = (_M,) * 5

_BY_ASPECT: dict[Aspect, Vector] = {
    Aspect.PATH: Vector.GW_PATH,
    Aspect.HOST: Vector.GW_HOST,
    Aspect.NAME: Vector.DNS_PUB,
    Aspect.PORT: Vector.PORT_OPEN,
    Aspect.SENSITIVE: Vector.GW_PATH,
}

_NAME_BY_REASON: dict[Reason, Vector] = {
    Reason.PRIVATE_ADDRESS: Vector.DNS_PRIV,
    Reason.SPLIT_HORIZON: Vector.DNS_PRIV,
    Reason.WILDCARD: Vector.DNS_WILDCARD,
    Reason.PRIVATE_IN_RECORD: Vector.DNS_RECORD,
    Reason.DISCLOSES_NAME: Vector.DNS_NAME,
    Reason.VIEW_DIFFERS: Vector.DNS_VIEW,
    Reason.DANGLING: Vector.DNS_DANGLING,
    Reason.STALE_ANSWER: Vector.DNS_STALE,
}

_CHECKED: dict[Check, Vector] = {
    Check.TRANSFER: Vector.DNS_TRANSFER,
    Check.WALK: Vector.DNS_WALK,
    Check.NSEC3: Vector.DNS_NSEC3,
    Check.WILDCARD: Vector.DNS_WILDCARD,
    Check.TRANSPARENCY: Vector.CERT_LOGGED,
    Check.CERTIFICATE: Vector.CERT_NAME,
    Check.REVERSE: Vector.DNS_REVERSE,
    Check.ESCAPE: Vector.DNS_ESCAPE,
    Check.SEARCH: Vector.DNS_SEARCH,
    Check.DELEGATION: Vector.DNS_DANGLING,
    Check.REBINDING: Vector.DNS_REBINDING,
    Check.RECURSION: Vector.DNS_OPEN,
    Check.IDENTITY: Vector.DNS_IDENTITY,
    Check.DIRECTORY: Vector.DNS_DIRECTORY,
    Check.SERIAL: Vector.DNS_STALE,
}

assert set(_CHECKED) == set(Check), "a check without a vector"

#: Where a check finds what is changed elsewhere.
_CHECKED_BY_REASON: dict[tuple[Check, Reason], Vector] = {
    (Check.RECURSION, Reason.CACHED_NAME): Vector.DNS_CACHE,
    (Check.DELEGATION, Reason.EXISTS_NO_DATA): Vector.DNS_PUB,
    (Check.DELEGATION, Reason.PRIVATE_IN_RECORD): Vector.DNS_RECORD,
    (Check.DELEGATION, Reason.DISCLOSES_NAME): Vector.DNS_NAME,
}


def severity(
    verdict: Verdict,
    reason: Reason,
    owned: Owned,
    *,
    claim: Claim | None = None,
    confidence: Confidence | None = None,
) -> Severity:
    """How bad this verdict is for this service. Raises KeyError for a verdict that is not bad.

    `claim` and `confidence`, where they are known, tell apart what the reason alone does not.
    """
    if verdict is Verdict.GUARDED and owned.guarded_ok:
        return Severity.LOW
    row = _row(verdict, reason, claim, confidence)
    return row[tuple(Severity).index(owned.severity)]


def _row(
    verdict: Verdict, reason: Reason, claim: Claim | None, confidence: Confidence | None
) -> tuple[Severity, ...]:
    found = (verdict, reason)
    if claim is not None and claim.internal and found in _INTERNAL:
        return _INTERNAL[found]
    if confidence in _SURE and found in _CLAIMABLE:
        return _CLAIMABLE[found]
    if claim is not None and claim.check is not None:
        if reason is Reason.SEARCH_SUFFIX and claim.zone is None:
            return _FOREIGN_SUFFIX
        if (claim.check, reason) in _BY_CHECK:
            return _BY_CHECK[claim.check, reason]
    return _BY_REASON.get(found) or _BY_VERDICT[verdict]


def vector(
    aspect: Aspect,
    reason: Reason,
    variant: str = "baseline",
    around: str | None = None,
    check: Check | None = None,
) -> Vector:
    """How it leaks, which decides what to change: as it is written, or only when it is spelled otherwise.

    `around`: the gateway that was gone round, where one was; then its rules are not what is wrong. `check`: what
    of the DNS was looked at. Raises KeyError for a check of the DNS that is none.
    """
    if around is not None:
        return Vector.ORIGIN_DIRECT
    if check is not None:
        return _CHECKED_BY_REASON.get((check, reason), _CHECKED[check])
    if aspect is Aspect.NAME:
        return _NAME_BY_REASON.get(reason, Vector.DNS_PUB)
    if aspect is Aspect.PUBLIC:
        return Vector.PUB_DOWN if reason in REASONS[Verdict.OUTAGE] else Vector.PUB_AUTH
    if aspect is Aspect.PATH and variant != "baseline":
        return Vector.GW_NORM if variant.startswith("P") else Vector.GW_HEADER
    return _BY_ASPECT[aspect]


# --- from one audit to the next --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Group:
    """All judgements on one finding, over its addresses."""

    worst: Judgement | None  # the worst bad one
    vectors: tuple[Vector, ...]  # of all bad ones
    conclusive: bool  # every address was


def settle(
    judgements: Iterable[Judgement],
    known: Mapping[str, Finding],
    *,
    services: Mapping[str, Owned],
    public: Mapping[str, Owned] = _NONE,
    at: datetime,
    whole: bool = True,
) -> Settled:
    """What this audit's judgements make of the findings known before it.

    `services` and `public` say who owns what, for a public path may be called as a service is.

    `at` is when the audit ended and names it: settling the same judgements again with the same `at` changes
    nothing. Should the clock have stepped back, times stay where they were. A finding nothing was judged about,
    because its claim is no longer in the configuration or no address was found, stays as it is; but one of a hunt
    goes by the claims of the path that was described since. An audit that was
    not `whole`, because it left vantages out, resolves none: who saw the leak may not have looked.
    Raises ValueError when `at` has no time zone.
    """
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    findings = dict(known)
    changes: dict[str, Change] = {}
    grouped = _grouped(judgements)
    for name, members in (grouped | _described(grouped, known)).items():
        claim = members[0].claim
        owned = (public if claim.aspect is Aspect.PUBLIC else services).get(claim.service, UNOWNED)
        group = _group(members)
        if group.worst is None and not whole:
            continue
        after, kind = _settled(name, known.get(name), group, owned, at)
        if after is None:
            continue
        findings[name] = after
        if kind is not None:
            before = known[name].verdict if name in known else None
            told = good(after.aspect) if kind is ChangeKind.RESOLVED else after.verdict
            changes[name] = Change(name, kind, told, before)
    return Settled(
        tuple(findings[name] for name in sorted(findings)), tuple(changes[name] for name in sorted(changes))
    )


def _grouped(judgements: Iterable[Judgement]) -> dict[str, list[Judgement]]:
    out: dict[str, list[Judgement]] = {}
    for each in judgements:
        claim = each.claim
        out.setdefault(finding_id(claim.service, claim.aspect, claim.target, claim.entrance), []).append(each)
    return out


def _described(grouped: Mapping[str, list[Judgement]], known: Mapping[str, Finding]) -> dict[str, list[Judgement]]:
    """Open findings of hunts whose path a service has described since: its own claims tell what became of it."""
    by_page: dict[tuple[str, str], list[Judgement]] = {}
    for members in grouped.values():
        claim = members[0].claim
        if claim.aspect is Aspect.PATH:
            by_page.setdefault((claim.entrance, page_of(claim.target)), []).extend(members)
    return {
        name: by_page[place]
        for name, finding in known.items()
        if finding.aspect == Aspect.SENSITIVE and finding.state is FindingState.OPEN and name not in grouped
        if (place := (finding.entrance, page_of(finding.target))) in by_page
    }


def _group(members: list[Judgement]) -> _Group:
    bad = sorted((each for each in members if each.verdict in BAD), key=_badness)
    shown = {
        vector(each.claim.aspect, each.reason, each.variant, each.claim.around, each.claim.check) for each in bad
    }
    return _Group(
        worst=bad[0] if bad else None,
        vectors=tuple(each for each in Vector if each in shown),
        conclusive=all(each.verdict in DECISIVE for each in members),
    )


def _badness(judgement: Judgement) -> tuple[int, int, str, str]:
    """Worst first, then surest; the rest only keeps the order the same whatever order they came in."""
    sure = tuple(Confidence).index(judgement.confidence) if judgement.confidence else len(Confidence)
    return RANK[judgement.verdict], sure, judgement.claim.key, judgement.reason


def _settled(
    name: str, before: Finding | None, group: _Group, owned: Owned, at: datetime
) -> tuple[Finding | None, ChangeKind | None]:
    if group.worst is not None:
        if before is None:
            return _opened(name, group.worst, group.vectors, owned, at), ChangeKind.OPENED
        return _seen(before, group, owned, at)
    if before is None or not group.conclusive:
        return None, None
    return _closed(before, at)


def _opened(name: str, judgement: Judgement, vectors: tuple[Vector, ...], owned: Owned, at: datetime) -> Finding:
    claim = judgement.claim
    return Finding(
        id=name,
        service=claim.service,
        aspect=claim.aspect.value,
        target=claim.target,
        entrance=claim.entrance,
        owner=owned.owner,
        state=FindingState.OPEN,
        verdict=judgement.verdict,
        reason=judgement.reason,
        severity=severity(
            judgement.verdict, judgement.reason, owned, claim=claim, confidence=judgement.confidence
        ),
        confidence=judgement.confidence,
        vectors=vectors,
        opened_at=at,
        last_seen_at=at,
    )


def _seen(before: Finding, group: _Group, owned: Owned, at: datetime) -> tuple[Finding, ChangeKind | None]:
    """A finding that was known is seen (again). It worsens aloud and improves quietly.

    It improves only where every address was conclusive: one that could not be looked at may be as bad as ever.
    """
    worst = group.worst
    assert worst is not None
    resolved = before.state is FindingState.RESOLVED
    worse = RANK[worst.verdict] < RANK[before.verdict]
    after = replace(
        before,
        owner=owned.owner,
        state=FindingState.OPEN,
        last_seen_at=_now(before, at),
        resolved_at=None,
        closed_in_a_row=0,
        reopened=before.reopened + resolved,
    )
    if resolved or group.conclusive or RANK[worst.verdict] <= RANK[before.verdict]:
        after = replace(
            after,
            verdict=worst.verdict,
            reason=worst.reason,
            confidence=worst.confidence,
            vectors=group.vectors,
        )
    bad = severity(after.verdict, after.reason, owned, claim=worst.claim, confidence=after.confidence)
    after = replace(after, severity=bad)
    if resolved:
        return after, ChangeKind.REOPENED
    return after, ChangeKind.WORSENED if worse else None


def _closed(before: Finding, at: datetime) -> tuple[Finding, ChangeKind | None]:
    """Closed, or open as meant, at every address; the second audit in a row resolves."""
    if before.last_closed_at == at:
        return before, None  # this audit has been counted
    now = _now(before, at)
    after = replace(before, last_closed_at=now, closed_in_a_row=before.closed_in_a_row + 1)
    if before.state is FindingState.RESOLVED or after.closed_in_a_row < CLOSED_TO_RESOLVE:
        return after, None
    return replace(after, state=FindingState.RESOLVED, resolved_at=now), ChangeKind.RESOLVED


def _now(before: Finding, at: datetime) -> datetime:
    """`at`, or the latest time the finding knows: what is stored never runs backwards."""
    told = (before.opened_at, before.last_seen_at, before.last_closed_at, before.resolved_at)
    return max([at, *(each for each in told if each is not None)])
