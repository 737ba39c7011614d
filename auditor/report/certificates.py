"""The certificates the entrances showed under their own names, and whether they verify: told, never judged.

Must never keep anything from being asked or judged: a certificate that does not fit is a fact beside the verdicts.
"""

from dataclasses import dataclass
from datetime import datetime

from auditor.model import HttpAnswer, HttpQuestion, Role, TlsAnswer
from auditor.report.reading import Reading
from auditor.report.text import clip

#: Lines of the page; all are in the JSON.
MOST_LINES = 40

#: What an entrance is asked by itself, known-public or random.
_ROLES = (Role.ENTRANCE, Role.GATEWAY)


@dataclass(frozen=True, slots=True)
class Shown:
    """What one vantage was shown at one entrance and address."""

    entrance: str
    address: str
    port: int
    vantage: str
    tls: TlsAnswer

    @property
    def why(self) -> str:
        """Why it does not verify; empty where it does."""
        return "" if self.tls.verified else self.tls.verify_error or "the reason is not known"


def certificates(reading: Reading) -> tuple[Shown, ...]:
    """Each entrance, address and vantage once, the worst where backends take turns; in the order of the plan.

    Only what was asked under the entrance's own name: no certificate is for a random host, or an internal one.
    """
    found: dict[tuple[str, str, str], Shown] = {}
    for role in _ROLES:
        for probe in reading.by_role.get(role, ()):
            question, observation = probe.question, reading.observation(probe.id)
            answer = observation.answer if observation else None
            if not isinstance(question, HttpQuestion) or not isinstance(answer, HttpAnswer) or answer.tls is None:
                continue
            where = _where(probe.group)
            if where is None or probe.follows is not None or question.sni not in (None, question.host):
                continue
            key = (*where, probe.vantage)
            if key not in found or (found[key].tls.verified and not answer.tls.verified):
                found[key] = Shown(*where, question.port, probe.vantage, answer.tls)
    return tuple(found.values())


def _where(group: str) -> tuple[str, str] | None:
    """`gw|edge|203.0.113.10` apart; None for a host's own group, whose question is not about the entrance."""
    kind, _, rest = group.partition("|")
    entrance, _, address = rest.partition("|")
    return (entrance, address) if kind == "gw" else None


@dataclass(frozen=True, slots=True)
class Line:
    """One line for a person: an entrance and address whose certificate does not verify."""

    entrance: str
    address: str
    why: str
    shown: str
    until: datetime | None
    vantages: str


def unverified(reading: Reading) -> tuple[Line, ...]:
    """Those that do not verify; what several vantages were shown alike is one line."""
    seen: dict[tuple[str, str, str, str], list[Shown]] = {}
    for each in certificates(reading):
        if not each.tls.verified:
            seen.setdefault((each.entrance, each.address, each.why, each.tls.sha256), []).append(each)
    return tuple(
        Line(
            entrance=clip(entrance, 80),
            address=clip(address, 60),
            why=clip(why, 200),
            shown=_named(same[0].tls),
            until=same[0].tls.not_after,
            vantages=clip(", ".join(each.vantage for each in same), 120),
        )
        for (entrance, address, why, _), same in seen.items()
    )


def _named(tls: TlsAnswer) -> str:
    names = ", ".join(clip(name, 80) for name in tls.names[:3]) or "no names"
    more = f" and {len(tls.names) - 3} more" if len(tls.names) > 3 else ""
    return f"{clip(tls.subject, 120) or 'no subject'} for {names}{more}, by {clip(tls.issuer, 120) or 'nobody'}"
