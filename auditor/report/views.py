"""One name as inside and outside have it, record by record: what is the same, what only one of them says.

Pure. Must never call a record missing where nobody was heard: a type counts as looked at only where a server said
something of it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from auditor.model import DnsAnswer, DnsQuestion, Observation, Outcome, Probe, Reason
from auditor.report.codes import kind_of_private
from auditor.report.naming import manner
from auditor.report.reading import Reading
from auditor.report.text import clip, plural

MOST_RECORDS = 24
MOST_SERVERS = 3  # named beside a record

#: What comes with a record and is none of the name's own.
_BESIDE = frozenset({"RRSIG", "NSEC", "NSEC3", "NSEC3PARAM", "OPT", "SOA"})
_SAID = frozenset({Outcome.ANSWERED, Outcome.NODATA, Outcome.NXDOMAIN})


@dataclass(frozen=True, slots=True)
class Said:
    """What one server said of one type of a name. `heard`: it said something, be it that there is nothing."""

    server: str
    rrtype: str
    heard: bool
    records: frozenset[tuple[str, str]] = frozenset()  # (type, data), lower case; no TTL, no order


@dataclass(frozen=True, slots=True)
class Line:
    rrtype: str
    data: str
    inside: bool | None  # None: nobody inside was heard about this type
    outside: bool | None
    word: str
    css: str
    private: str  # what kind of private address it is; empty: none
    where: str  # which servers outside give it, where not all do


@dataclass(frozen=True, slots=True)
class Views:
    lines: tuple[Line, ...]
    more: int
    words: str


#: (inside, outside) → what is said of it, and the tone.
_WORDS: dict[tuple[bool | None, bool | None], tuple[str, str]] = {
    (True, True): ("same", "red"),
    (True, False): ("only inside", "grn"),
    (False, True): ("only outside", "mut"),
    (True, None): ("outside unknown", "amb"),
    (None, True): ("inside unknown", "amb"),
}


def compare(inside: Iterable[Said], outside: Iterable[Said]) -> Views:
    """Both views side by side. The same whatever the order, and however often a server was asked."""
    left, right = list(inside), list(outside)
    heard_in, heard_out = _heard(left), _heard(right)
    given = {record for said in (*left, *right) for record in said.records}
    lines = [_line(rrtype, data, left, right, heard_in, heard_out) for rrtype, data in sorted(given)]
    return Views(
        tuple(lines[:MOST_RECORDS]), max(0, len(lines) - MOST_RECORDS), _words(lines, heard_in, heard_out)
    )


def _heard(view: Sequence[Said]) -> frozenset[str]:
    """The types of which anybody said something; a record that came unasked is of its own type."""
    asked = {said.rrtype for said in view if said.heard}
    return frozenset(asked | {rrtype for said in view for rrtype, _ in said.records})


def _line(
    rrtype: str,
    data: str,
    left: Sequence[Said],
    right: Sequence[Said],
    heard_in: frozenset[str],
    heard_out: frozenset[str],
) -> Line:
    record = (rrtype, data)
    inside = _has(record, left, heard_in)
    outside = _has(record, right, heard_out)
    word, css = _WORDS[inside, outside]
    return Line(rrtype, clip(data, 300), inside, outside, word, css, _private(data), _where(record, right))


def _has(record: tuple[str, str], view: Sequence[Said], heard: frozenset[str]) -> bool | None:
    if any(record in said.records for said in view):
        return True
    # An alias is heard of with whatever type was asked.
    return False if record[0] in heard or (record[0] in ("CNAME", "DNAME") and heard) else None


def _private(data: str) -> str:
    """The first private address in a record's data, by what the registries call it."""
    found = (
        kind_of_private(part.strip('",;()').partition("=")[2] or part.strip('",;()')) for part in data.split()
    )
    plain = next(filter(None, found), "")
    return plain or next(filter(None, (kind_of_private(part) for part in _pieces(data))), "")


def _pieces(data: str) -> list[str]:
    """Addresses as SPF and hints hold them: `ip4:10.0.0.0/8`, `ipv4hint=10.1.2.3,10.1.2.4`."""
    text = data.lower()
    for mark in ("ip4:", "ip6:", "ipv4hint=", "ipv6hint=", '"', ","):
        text = text.replace(mark, " ")
    return [part.partition("/")[0] for part in text.split()]


def _where(record: tuple[str, str], right: Sequence[Said]) -> str:
    """The servers that give a record, where others that were heard about its type do not."""
    giving = dict.fromkeys(said.server for said in right if record in said.records)
    asked = dict.fromkeys(said.server for said in right if said.heard and (said.rrtype == record[0]))
    if not giving or set(asked) <= set(giving):
        return ""
    named = ", ".join(list(giving)[:MOST_SERVERS])
    more = f" and {len(giving) - MOST_SERVERS} more" if len(giving) > MOST_SERVERS else ""
    return clip(f"{len(giving)} of {len(set(asked) | set(giving))} asked: {named}{more}", 300)


def _words(lines: Sequence[Line], heard_in: frozenset[str], heard_out: frozenset[str]) -> str:
    if not heard_in:
        return "Nobody inside was heard, so that there is nothing to compare with."
    if not heard_out:
        return "Nobody outside was heard."
    same = sum(line.word == "same" for line in lines)
    if not lines:
        return "Neither view has a record of it."
    if same:
        return f"{plural(same, 'record')} of {len(lines)} {'is' if same == 1 else 'are'} the same in both views."
    return "The two views have no record in common."


# --- from an audit -----------------------------------------------------------------------------------------


def views(reading: Reading, service: str, name: str) -> Views | None:
    """The views of one name over all servers that were asked for it; None where it was asked nowhere outside.

    A resolver that invents answers is none of the servers.
    """
    named = reading.names_by_target.get((service, name), ())
    judgements = [judgement for judgement in named if judgement.reason is not Reason.HIJACK]
    if not judgements:
        return None
    truths = dict.fromkeys(judgement.claim.truth for judgement in judgements)
    inside = [probe for group in truths for probe in reading.truths_by_group.get(group or "", ())]
    outside = [p for j in judgements for p in reading.targets_by_group.get(j.claim.key, ())]
    return compare(_said(reading, inside, name), _said(reading, outside, name))


def _said(reading: Reading, probes: Iterable[Probe], name: str) -> Iterable[Said]:
    for probe in probes:
        question, observation = probe.question, reading.observation(probe.id)
        if not isinstance(question, DnsQuestion) or question.name.rstrip(".").lower() != name.rstrip(".").lower():
            continue  # what the name only points to is told elsewhere
        if observation is not None:
            yield Said(_server(question), question.rrtype, observation.outcome in _SAID, _records(observation))


def _server(question: DnsQuestion) -> str:
    how = manner(DnsQuestion("", "", "", transport=question.transport, subnet=question.subnet))
    return clip(question.resolver, 60) + (f" {how}" if how else "")


def _records(observation: Observation) -> frozenset[tuple[str, str]]:
    answer = observation.answer
    if not isinstance(answer, DnsAnswer) or observation.outcome not in _SAID:
        return frozenset()
    return frozenset((r.rrtype, r.data.lower()) for r in answer.records if r.rrtype not in _BESIDE)
