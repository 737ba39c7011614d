"""One look of a check as its rules read it, and what a rule is.

Must never decide anything: what follows from what was seen stands in the tables.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from auditor.judge.addresses import special
from auditor.judge.book import Look
from auditor.judge.checks.hashing import nsec3_hash
from auditor.judge.controls import alert_of
from auditor.judge.internal import Internal, bare, below
from auditor.judge.name_controls import SAID, data_of
from auditor.judge.records import points_in, serial_of, special_in
from auditor.model import (
    Claim,
    Confidence,
    DelegationAnswer,
    DnsAnswer,
    DnsQuestion,
    InventoryAnswer,
    Outcome,
    Reason,
    TlsAnswer,
    TlsQuestion,
    TransferAnswer,
    Verdict,
    WalkAnswer,
)

#: Things told of one look, at most.
MAX_TOLD = 20
#: Rounds of hashing for one look: a fraction of a second.
MAX_ROUNDS = 200_000

#: Outcomes by which nobody took the connection. Silence is none of them.
_SHUT = frozenset({Outcome.REFUSED, Outcome.UNREACHABLE, Outcome.PROHIBITED})
_SILENT = frozenset({Outcome.DNS_TIMEOUT, Outcome.TIMED_OUT})
_BROKEN = frozenset({Outcome.RESET, Outcome.CLOSED_EARLY, Outcome.TLS_FAILED, Outcome.TLS_ALERT})
#: Outcomes by which a server that was asked for a zone says that it has none of it.
_HAS_NONE = frozenset({Outcome.DNS_REFUSED, Outcome.NXDOMAIN, Outcome.NODATA})


class Seen:
    """One look, the siblings beside it, and what the audit knows to be internal."""

    def __init__(self, claim: Claim, look: Look, siblings: Sequence[Look], others: "Others") -> None:
        self.claim, self.look, self.siblings, self.others = claim, look, siblings, others

    @property
    def internal(self) -> Internal:
        return self.others.internal

    @property
    def outcome(self) -> Outcome | None:
        return self.look.outcome

    @property
    def question(self) -> DnsQuestion | None:
        question = self.look.probe.question
        return question if isinstance(question, DnsQuestion) else None

    # --- answers of the DNS ----------------------------------------------------------------------------------

    @property
    def answer(self) -> DnsAnswer | None:
        return self.look.answer if isinstance(self.look.answer, DnsAnswer) else None

    @cached_property
    def data(self) -> frozenset[str]:
        return data_of(self.look)

    @property
    def said(self) -> bool:
        """The server said something of the name: data, none, or that it is not there."""
        return self.outcome in SAID and not (self.outcome is Outcome.ANSWERED and not self.data)

    def flag(self, flag: str) -> bool:
        return self.answer is not None and flag in self.answer.flags

    @property
    def refused(self) -> bool:
        return self.outcome is Outcome.DNS_REFUSED

    @property
    def cut(self) -> bool:
        """More was said than is known: it may accuse, and never pass."""
        return self.answer is not None and (self.answer.truncated or self.flag("TC"))

    @property
    def referred(self) -> bool:
        """Nothing but a referral: it does not speak for the name. An answer about something else is none."""
        whole = self.answer is not None and not self.answer.records and not self.cut
        return self.outcome is Outcome.DNS_INVALID and whole

    @property
    def shut(self) -> bool:
        return self.outcome in _SHUT

    @property
    def silent(self) -> bool:
        return self.outcome in _SILENT and self.answer is None

    @property
    def failed(self) -> bool:
        return self.outcome is Outcome.SERVFAIL

    @property
    def broken_off(self) -> bool:
        """A stream that ended, or a handshake that failed, before anything was said: once it may be chance."""
        return self.outcome in _BROKEN and self.answer is None and self.certificate is None

    @property
    def of_recursion(self) -> bool:
        return self.question is not None and self.question.recursion

    @property
    def plain(self) -> bool:
        """Asked over UDP or TCP, and not over TLS or HTTPS."""
        return self.question is not None and "://" not in self.question.resolver

    @property
    def over_https(self) -> bool:
        return self.question is not None and self.question.resolver.startswith("https://")

    @cached_property
    def asks_internal(self) -> bool:
        return self.question is not None and self.internal.holds(self.question.name)

    @cached_property
    def like_siblings(self) -> bool:
        """A random name got it as well."""
        beside = frozenset().union(*map(data_of, self.siblings))
        return bool(self.data) and self.data <= beside

    @property
    def beside(self) -> frozenset[Outcome | None]:
        """What random names beside it came to."""
        return frozenset(look.outcome for look in self.siblings)

    @property
    def beside_known(self) -> bool:
        """There are random names beside it, and each was answered one way or the other."""
        return bool(self.siblings) and self.beside <= SAID

    @cached_property
    def special(self) -> tuple[str, ...]:
        """Every special-purpose address in the answer, and where it stands."""
        if self.answer is None or self.outcome not in SAID:
            return ()
        return tuple(f"{each.where}: {each.address}" for each in special_in(self.answer))[:MAX_TOLD]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Internal names that the answer points to."""
        if self.answer is None or self.outcome not in SAID:
            return ()
        pointed = [f"{each.where}: {each.name}" for each in points_in(self.answer) if self._is_other(each.name)]
        return tuple(dict.fromkeys(pointed))[:MAX_TOLD]

    @cached_property
    def tells(self) -> tuple[str, ...]:
        """Internal names and special-purpose addresses in what a server says of itself."""
        if self.answer is None or self.outcome not in SAID:
            return ()
        texts = [self.text, self.answer.nsid or ""]
        found = [name for text in texts for name in self.internal.found_in(text)]
        found += [word for text in texts for word in re.findall(r"[0-9a-fA-F:.]{7,45}", text) if special(word)]
        return tuple(dict.fromkeys(found))[:MAX_TOLD]

    def _is_other(self, name: str) -> bool:
        """Internal, and not what was asked about."""
        zone = self.claim.zone or ""
        own = self.claim.internal and (bare(name) == zone or bare(name).endswith("." + zone))
        return not own and self.internal.holds(name)

    @property
    def text(self) -> str:
        """What a server says of itself, in one line."""
        if self.answer is None or self.outcome is not Outcome.ANSWERED:
            return ""
        return " ".join(record.data for record in self.answer.records if record.rrtype == "TXT")

    @property
    def authority(self) -> tuple[str, ...]:
        """Names in the answer that tell who spoke: owners and data of SOA, NS and DNAME records, bare."""
        if self.answer is None:
            return ()
        records = (*self.answer.records, *self.answer.authority)
        told = (r for r in records if r.rrtype in ("SOA", "NS", "CNAME", "DNAME", "PTR"))
        return tuple(bare(word) for record in told for word in (record.name, record.data.split(" ", 1)[0]))

    @property
    def serial(self) -> int | None:
        return self._serial(self.look)

    def _serial(self, look: Look) -> int | None:
        """Of the server's own copy: what it says without authority is somebody else's."""
        answer = look.answer
        if look.outcome is not Outcome.ANSWERED or not isinstance(answer, DnsAnswer) or "AA" not in answer.flags:
            return None
        return serial_of(answer, self.claim.zone or "")

    @property
    def sibling_serials(self) -> tuple[int, ...]:
        found = map(self._serial, self.siblings)
        return tuple(serial for serial in found if serial is not None)

    @property
    def siblings_told(self) -> bool:
        """Each other server told its serial, or that it has no copy; one that was lost may have the newest."""
        return all(self._serial(look) is not None or look.outcome in _HAS_NONE for look in self.siblings)

    # --- answers of other kinds --------------------------------------------------------------------------------

    @property
    def transfer(self) -> TransferAnswer | None:
        return self.look.answer if isinstance(self.look.answer, TransferAnswer) else None

    @property
    def walk(self) -> WalkAnswer | None:
        answer = self.look.answer if self.outcome is Outcome.ANSWERED else None
        return answer if isinstance(answer, WalkAnswer) else None

    @property
    def delegation(self) -> DelegationAnswer | None:
        answer = self.look.answer if self.outcome is Outcome.ANSWERED else None
        return answer if isinstance(answer, DelegationAnswer) else None

    @property
    def inventory(self) -> InventoryAnswer | None:
        answer = self.look.answer if self.outcome is Outcome.ANSWERED else None
        return answer if isinstance(answer, InventoryAnswer) else None

    @property
    def certificate(self) -> TlsAnswer | None:
        answer = self.look.answer if self.outcome is Outcome.ANSWERED else None
        return answer if isinstance(answer, TlsAnswer) else None

    @property
    def own_host(self) -> bool:
        """A handshake for the gateway's own name, which has to show its certificate."""
        question = self.look.probe.question
        return isinstance(question, TlsQuestion) and question.sni == question.host

    @property
    def turned_away(self) -> bool:
        """A handshake for another name that the peer refused on purpose: it showed no certificate."""
        return alert_of(self.look) is not None and not self.own_host

    @cached_property
    def matched(self) -> tuple[str, ...]:
        """Internal names of the zone whose hash it showed. Ours alone are tried, and no more than takes a moment.

        Where rounds are many not all are; such a zone is never passed anyway.
        """
        walk, zone = self.walk, self.claim.zone or ""
        if walk is None or walk.denial != "nsec3" or walk.algorithm != 1 or walk.iterations is None:
            return ()
        own = sorted(name for name in self.internal.names if below(name, zone) and name != zone)
        if walk.iterations:
            own = own[: MAX_ROUNDS // (walk.iterations + 1)]
        hashes, salt = frozenset(walk.hashes), walk.salt or ""
        return tuple(name for name in own if nsec3_hash(name, salt, walk.iterations) in hashes)[:MAX_TOLD]

    @cached_property
    def certified(self) -> tuple[str, ...]:
        """Internal names and special-purpose addresses in a certificate."""
        shown = self.certificate
        if shown is None:
            return ()
        names = [name for name in shown.names if self.internal.holds(name) or special(name) is not None]
        names += [name for text in (shown.subject, shown.issuer) for name in self.internal.found_in(text)]
        return tuple(f"certificate: {name[:253]}" for name in dict.fromkeys(names))[:MAX_TOLD]


@dataclass(frozen=True, slots=True)
class Others:
    """What a rule may know beside its own look."""

    internal: Internal
    listed: frozenset[str] = frozenset()  # names that the zone is known to have, by file or transfer
    rebinds: bool = False  # outside sees the private address that must not be let in inside
    serving: tuple[str, ...] = ()  # the names by which the asked server is listed for the zone


def nothing(seen: Seen) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: the condition in words and in code, and what follows. Without a verdict the look says nothing."""

    words: str
    when: Callable[[Seen], bool]
    verdict: Verdict | None
    reason: Reason | None = None
    confidence: Confidence | None = None
    told: Callable[[Seen], tuple[str, ...]] = nothing
