"""What of the DNS was looked at, as one line and as its questions; and which class a finding belongs to.

Must never show an answer as anything but text, nor leave a question out without saying so.
"""

from dataclasses import dataclass

from auditor.catalog.leaks import LEAKS, class_of
from auditor.model import Aspect, Claim, DnsAnswer, Judgement, Observation, Probe, Role
from auditor.report.codes import answer_words
from auditor.report.panes import request_words
from auditor.report.reading import OpenRow, Reading
from auditor.report.text import clip
from auditor.report.wording import check_of, entrance_label

MOST_QUESTIONS = 24


@dataclass(frozen=True, slots=True)
class Asked:
    """One question and what came of it. `beside`: a random one, or another server's, to compare with."""

    asked_from: str
    name: str
    answer: str
    beside: bool = False


@dataclass(frozen=True, slots=True)
class Class:
    number: str
    title: str
    discloses: str


def leak_class(row: OpenRow) -> Class | None:
    """The class of an open finding about a name or a check; None for what is reached over HTTP or TCP."""
    aspect, target = row.key[1], row.key[2]
    if aspect not in (Aspect.NAME, Aspect.DNS):
        return None
    check = check_of(aspect, target)
    if aspect == Aspect.DNS and check is None:
        return None
    number = class_of(check, row.reason) if row.reason else None
    return Class(number, LEAKS[number].title, LEAKS[number].discloses) if number else None


def through(claim: Claim) -> str:
    """Where a claim is looked at, for a person: `name server 203.0.113.53`, `public DNS`, `edge-gw`."""
    if claim.authoritative and claim.address:
        return f"name server {clip(claim.address, 60)}"
    if claim.aspect is Aspect.DNS and claim.service.startswith("vantage:") and claim.address:
        return f"resolver {clip(claim.address, 60)}"
    if claim.aspect is Aspect.DNS and claim.entrance == "public-dns" and claim.address:
        return f"resolver {clip(claim.address, 60)}" if claim.address != "root" else "the public tree"
    if claim.aspect is Aspect.DNS and claim.address:
        return f"{clip(entrance_label(claim.entrance), 60)} {clip(claim.address, 60)}"
    return clip(entrance_label(claim.entrance), 80)


def said_by(observation: Observation) -> str:
    """The answer in a few words; of a denial also who it is from, by the SOA that comes with it (RFC 2308)."""
    words, answer = answer_words(observation), observation.answer
    if not isinstance(answer, DnsAnswer) or answer.records:
        return words
    primary = next((r.data.split(" ")[0].rstrip(".") for r in answer.authority if r.rrtype == "SOA"), "")
    return f"{answer.rcode} from {clip(primary, 80)}" if primary else words


def questions(reading: Reading, judgement: Judgement) -> tuple[Asked, ...]:
    """All that was asked for one check from the vantage that decided, each once."""
    claim = judgement.claim
    probes = [
        probe
        for role in (Role.TARGET, Role.SIBLING)
        for probe in (reading.targets_by_group if role is Role.TARGET else reading.siblings_by_group).get(
            claim.key, ()
        )
        if judgement.vantage in (None, probe.vantage)
    ]
    found: dict[tuple[str, str, str], Asked] = {}
    for probe in sorted(probes, key=lambda probe: probe.id != judgement.observation):
        observation = reading.observation(probe.id)
        if observation is not None:
            line = _asked(probe, observation)
            found.setdefault((line.asked_from, line.name, line.answer), line)
    return tuple(found.values())


def _asked(probe: Probe, observation: Observation) -> Asked:
    server = getattr(probe.question, "resolver", None) or getattr(probe.question, "server", None)
    where = f"{clip(probe.vantage, 60)}, {clip(server, 60)}" if server else clip(probe.vantage, 60)
    beside = probe.role is Role.SIBLING
    return Asked(where, request_words(probe.question), clip(said_by(observation), 200), beside)
