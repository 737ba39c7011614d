"""Plan and observations side by side, found by what they are for.

Knows the structure of a plan and nothing else. Must never look at a clock, nor depend on the order in which
observations came in.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from auditor.model import (
    Answer,
    Aspect,
    Claim,
    HttpAnswer,
    Observation,
    Outcome,
    Plan,
    Probe,
    Role,
    Seen,
    Side,
    Skip,
)

#: Statuses by which a server, or one behind it, says that it failed on a request it might have served.
_FAILED = frozenset({500, 502, 503, 504})

#: The way to look failed, or we did: evidence of nothing.
OURS = frozenset({Outcome.PROBER_ERROR, Outcome.PROXY_FAILED})


class Control(Enum):
    """What became of a control. A failed one says more than a missing one, and both prove nothing."""

    GOOD = "good"
    MISSING = "missing"  # never configured, never measured
    FAILED = "failed"


def together(controls: Iterable[Control]) -> Control:
    """Several controls as one: good only when there is one and all are good."""
    states = set(controls)
    if Control.FAILED in states:
        return Control.FAILED
    return Control.GOOD if states == {Control.GOOD} else Control.MISSING


@dataclass(frozen=True, slots=True)
class Look:
    """One planned probe and what became of it; `seen` is None when nothing was handed in for it."""

    probe: Probe
    seen: Seen | None

    @property
    def observation(self) -> Observation | None:
        return self.seen if isinstance(self.seen, Observation) else None

    @property
    def skip(self) -> Skip | None:
        return self.seen if isinstance(self.seen, Skip) else None

    @property
    def outcome(self) -> Outcome | None:
        return self.seen.outcome if isinstance(self.seen, Observation) else None

    @property
    def answer(self) -> Answer | None:
        return self.seen.answer if isinstance(self.seen, Observation) else None

    @property
    def http(self) -> HttpAnswer | None:
        """The response, where one came in whole enough to have a status."""
        seen = self.seen
        if (
            isinstance(seen, Observation)
            and seen.outcome is Outcome.ANSWERED
            and isinstance(seen.answer, HttpAnswer)
        ):
            return seen.answer
        return None


class Book:
    """Every look of a plan, by role, group, vantage, lane and variant. Lists stand in the order of the plan."""

    def __init__(self, plan: Plan, seen: Sequence[Seen]) -> None:
        self.plan = plan
        self.sides: dict[str, Side] = dict(plan.vantages)
        self._seen = _by_probe(seen)
        self._looks: dict[tuple[Role, str, str], list[Look]] = defaultdict(list)
        self._by_lane: dict[tuple[Role, str, str], list[Look]] = defaultdict(list)
        self._followers: dict[str, list[Look]] = defaultdict(list)
        self._by_vantage: dict[str, list[Look]] = defaultdict(list)
        # What stands behind a gateway may be the service itself: inside may well be answered by it.
        around = {claim.key for claim in plan.claims if claim.around is not None}
        around |= {f"gw|{c.entrance}|{c.address or ''}" for c in plan.claims if c.around is not None}
        #: Where the gateways listen, as (address, port).
        self.entrances: frozenset[tuple[str, int]] = frozenset(
            (question.address, question.port)
            for probe in plan.probes
            if probe.role in (Role.ENTRANCE, Role.GATEWAY)
            and probe.group not in around
            and (question := probe.question).kind == "http"
            and question.address
        )
        for probe in plan.probes:
            look = Look(probe, self._seen.get(probe.id))
            self._by_vantage[probe.vantage].append(look)
            if probe.follows is not None:
                self._followers[probe.follows].append(look)
                continue
            self._looks[probe.role, probe.group, probe.vantage].append(look)
            self._by_lane[probe.role, probe.vantage, probe.lane].append(look)

    def vantages(self, side: Side) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for name, of in self.plan.vantages if of is side))

    def of(self, role: Role, group: str | None, vantage: str) -> list[Look]:
        """Looks of one role and group from one vantage, redirects followed and re-probes left out."""
        return [] if group is None else self._looks.get((role, group, vantage), [])

    def in_lane(self, role: Role, vantage: str, lane: str) -> list[Look]:
        return self._by_lane.get((role, vantage, lane), [])

    def at(self, vantage: str) -> list[Look]:
        return self._by_vantage.get(vantage, [])

    def sightings(self, claim: Claim, vantage: str) -> dict[str, list[list[Look]]]:
        """Per variant, the sightings in the order of their attempts; each holds its TARGET looks of one lane."""
        lanes: dict[tuple[str, str], list[Look]] = {}
        for look in self.of(Role.TARGET, claim.key, vantage):
            lanes.setdefault((look.probe.variant, look.probe.lane), []).append(look)
        found: dict[str, list[list[Look]]] = {}
        for (variant, _), looks in sorted(lanes.items(), key=lambda entry: entry[1][0].probe.attempt):
            found.setdefault(variant, []).append(looks)
        return found

    @cached_property
    def names_of(self) -> dict[str, frozenset[str]]:
        """The names at stake, by the service or zone they are of."""
        found: dict[str, set[str]] = defaultdict(set)
        for claim in self.plan.claims:
            if claim.aspect is Aspect.NAME:
                found[claim.service].add(claim.target)
        return {service: frozenset(names) for service, names in found.items()}

    def failing(self, vantage: str, claim: Claim) -> bool:
        """Whether a random sibling at a claim's entrance and address met a 5xx: so may a target, by chance."""
        return (vantage, claim.entrance, claim.address) in self._failing

    @cached_property
    def _failing(self) -> frozenset[tuple[str, str, str | None]]:
        where = {claim.siblings or claim.key: (claim.entrance, claim.address) for claim in self.plan.claims}
        return frozenset(
            (vantage, *where[group])
            for (role, group, vantage), looks in self._looks.items()
            if role is Role.SIBLING and group in where
            for look in looks
            if (answer := self.chain(look)[-1].http) is not None and answer.status in _FAILED
        )

    def chain(self, look: Look) -> list[Look]:
        """A look and what followed from it, in order; the last one is what counts."""
        chain, known = [look], {look.probe.id}
        while followers := [f for f in self._followers.get(chain[-1].probe.id, []) if f.probe.id not in known]:
            chain.append(max(followers, key=lambda f: (f.probe.step, f.probe.id)))
            known.add(chain[-1].probe.id)
        return chain


def _by_probe(seen: Sequence[Seen]) -> dict[str, Seen]:
    """One Seen a probe. Should there be two, the choice must not depend on their order: an observation wins."""
    found: dict[str, Seen] = {}
    for each in seen:
        other = found.get(each.probe)
        if other is None or (other != each and _precedence(each) < _precedence(other)):
            found[each.probe] = each
    return found


def _precedence(seen: Seen) -> tuple[bool, str]:
    return isinstance(seen, Skip), repr(seen)
