"""Which vantages could see: each proves it by reaching its controls before and after.

Must never call a vantage sighted for want of proof where proof was planned. A blind vantage may accuse, never
reassure.
"""

from dataclasses import dataclass

from auditor.judge.book import OURS, Book, Control, Look, together
from auditor.model import Role, Side, VantageState


@dataclass(frozen=True, slots=True)
class Sight:
    """What became of a vantage's proof, and why, in our own words."""

    control: Control
    reason: str | None

    @property
    def sighted(self) -> bool:
        return self.control is Control.GOOD


def sight_of(book: Book, vantage: str, *, provisional: bool) -> Sight:
    """Whether a vantage could see. While an audit runs, what is not measured yet is not held against it."""
    looks = book.of(Role.SIGHT, vantage, vantage)
    if provisional:
        looks = [look for look in looks if look.seen is not None]
    if not looks:
        return _without_controls(book, vantage)
    lanes = [[look for look in looks if look.probe.lane.endswith(when)] for when in ("|before", "|after")]
    state = together(map(_control, looks))
    if state is Control.FAILED:
        return Sight(state, "a control of this vantage did not answer as it must")
    if state is Control.MISSING:
        return Sight(state, "a control of this vantage was not asked")
    if not all(lanes) and not provisional:
        return Sight(Control.MISSING, "its controls were not asked both before and after")
    return Sight(Control.GOOD, None)


def state_of(book: Book, vantage: str, sight: Sight) -> VantageState:
    looks = book.of(Role.SIGHT, vantage, vantage)
    return VantageState(
        name=vantage,
        side=book.sides[vantage],
        sighted=sight.sighted,
        reason=sight.reason,
        egress=_egress(looks) or _egress(book.at(vantage)),
        controls=tuple(look.probe.id for look in looks),
    )


def _without_controls(book: Book, vantage: str) -> Sight:
    if book.sides.get(vantage) is Side.OUTSIDE:
        return Sight(Control.MISSING, "no control is configured for this vantage")
    # A file that can be read shows nothing of the way out.
    observed = [look for look in book.at(vantage) if look.observation and look.probe.role is not Role.LOG]
    if not observed:
        return Sight(Control.MISSING, "nothing was observed from this vantage")
    if all(look.outcome in OURS for look in observed):
        return Sight(Control.FAILED, "every probe of this vantage failed on the way out")
    return Sight(Control.GOOD, None)


def _control(look: Look) -> Control:
    if look.observation is None:
        return Control.MISSING
    answer = look.http
    if answer is None or not 100 <= answer.status < 500:
        return Control.FAILED
    question = look.probe.question
    encrypted = question.kind == "http" and question.scheme == "https"
    if encrypted and (answer.tls is None or not answer.tls.verified):
        return Control.FAILED
    return Control.GOOD


def _egress(looks: list[Look]) -> str | None:
    return next((o.local_address for look in looks if (o := look.observation) and o.local_address), None)
