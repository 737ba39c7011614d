"""Several sightings of one thing, as one ruling.

Must never retry an accusation away: identity seen once stands. Everything else that is not plainly closed needs
two sightings that agree, a pass needs all of them, and an outage all of three.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from auditor.judge.ruling import Ruling, less_sure, severity_key
from auditor.model import GOOD, Reason, Verdict

#: Verdicts that no single sighting may contradict.
UNANIMOUS = GOOD | {Verdict.OUTAGE}

#: So many sightings must agree, of so many that are made.
AGREE, SIGHTINGS = 2, 3


@dataclass(frozen=True, slots=True)
class Settled:
    """The ruling that stands, which sighting it was taken from, and how many of how many agree with it."""

    ruling: Ruling
    place: int
    ratio: tuple[int, int]


def settle(rulings: Sequence[Ruling], *, provisional: bool) -> Settled:
    """One ruling from the sightings in their order; there is at least one. `provisional`: more may come."""
    standing = [place for place, ruling in enumerate(rulings) if ruling.stands]
    if not standing:
        return _voted(rulings, provisional=provisional)
    found = _standing(rulings, standing)
    if found.ruling.verdict in _IDENTIFIED:
        return found
    # That a request arrived is certain; what other sightings agree on may be worse.
    return min((found, _voted(rulings, provisional=provisional)), key=lambda each: severity_key(each.ruling))


#: Verdicts than which nothing that is voted on is worse.
_IDENTIFIED = frozenset({Verdict.EXPOSED, Verdict.RESOLVES})


def _voted(rulings: Sequence[Ruling], *, provisional: bool) -> Settled:
    first = rulings[0]
    if provisional or (len(rulings) == 1 and (first.settled or not first.decisive)):
        return _pick(rulings, range(len(rulings)))
    votes: dict[Verdict, list[int]] = {}
    for place, ruling in enumerate(rulings):
        votes.setdefault(ruling.verdict, []).append(place)
    verdict = min(votes, key=lambda verdict: (-len(votes[verdict]), severity_key(rulings[votes[verdict][0]])))
    # A sighting that was lost might have been the one that leaks, and one that accuses may have been: no vote of
    # passes retries it away.
    against = verdict in UNANIMOUS and len(votes) > 1
    # What is down is down every time it was asked, and it was asked three times.
    against = against or (verdict is Verdict.OUTAGE and len(rulings) < SIGHTINGS)
    if len(votes[verdict]) >= AGREE and 2 * len(votes[verdict]) > len(rulings) and not against:
        return _pick(rulings, votes[verdict])
    worst = _pick(rulings, range(len(rulings)))
    unstable = Ruling(Verdict.UNPROVEN, Reason.UNSTABLE_REPLAY, None, worst.ruling.info_leak)
    return Settled(unstable, worst.place, (1, len(rulings)))


def _standing(rulings: Sequence[Ruling], standing: Sequence[int]) -> Settled:
    """Identity: how often it was seen sets how sure we are, and nothing else."""
    chosen = _pick(rulings, standing)
    agree = sum(rulings[place].verdict is chosen.ruling.verdict for place in standing)
    ruling = chosen.ruling if agree == len(rulings) else less_sure(chosen.ruling)
    return Settled(ruling, chosen.place, (agree, len(rulings)))


def _pick(rulings: Sequence[Ruling], places: Sequence[int]) -> Settled:
    """The worst of some sightings, the earliest of equals."""
    place = min(places, key=lambda at: (severity_key(rulings[at]), at))
    agree = sum(ruling.verdict is rulings[place].verdict for ruling in rulings)
    return Settled(rulings[place], place, (agree, len(rulings)))
