"""A ruling: the verdict on one sighting of one target, before replays, variants and vantages are put together.

Must never hold a clock or a live object; rulings are compared and ordered.
"""

from dataclasses import dataclass, replace

from auditor.model import DECISIVE, GOOD, RANK, Confidence, Reason, Verdict

#: Identity: seen once, it stands; later sightings only say how often.
IDENTITY = frozenset(
    {
        Reason.CANARY,
        Reason.SAME_AS_INSIDE,
        Reason.HOST_EXPOSED,
        Reason.REWRITE_ALL,
        Reason.SIGNATURE,
        Reason.FROM_CACHE,
        Reason.PORT_OPEN,
        Reason.ZONE_TRANSFER,
        Reason.ZONE_WALK,
        Reason.OPEN_RESOLVER,
        Reason.INTERNAL_RESOLVER,
    }
)

#: What is true of any zone for a while: a copy that is on its way.
_PASSING = frozenset({Reason.STALE_SERVER})
#: A server that fails on a zone may know it in a moment.
_FAILED_ONCE = (Reason.LAME, Confidence.MEDIUM)

#: What a request that a log shows can come to.
_ARRIVED = frozenset({Verdict.EXPOSED, Verdict.GUARDED, Verdict.ROUTED})

_CONFIDENCE = {confidence: place for place, confidence in enumerate(Confidence)}


@dataclass(frozen=True, slots=True)
class Ruling:
    """What one sighting says. `canonical`: it only led to another spelling, whose verdict is its own."""

    verdict: Verdict
    reason: Reason
    confidence: Confidence | None
    info_leak: tuple[str, ...] = ()
    canonical: bool = False

    @property
    def decisive(self) -> bool:
        return self.verdict in DECISIVE

    @property
    def stands(self) -> bool:
        """Whether one sighting is enough: a name that resolved, what a log shows has happened, who was let in."""
        if self.verdict is Verdict.RESOLVES:
            return self.reason not in _PASSING and (self.reason, self.confidence) != _FAILED_ONCE
        if self.verdict is Verdict.UNAUTHENTICATED or self.witnessed:
            return True
        return self.verdict is Verdict.EXPOSED and self.reason in IDENTITY

    @property
    def witnessed(self) -> bool:
        """Whether somebody inside saw the request arrive."""
        return self.confidence is Confidence.CERTAIN and self.verdict in _ARRIVED

    @property
    def settled(self) -> bool:
        """Whether nothing would be gained by asking again: good, and not by an answer given to everything."""
        return self.verdict in GOOD and self.reason is not Reason.CATCH_ALL


def severity_key(ruling: Ruling) -> tuple[int, int, int]:
    """Sorts worst first; a catch-all before the other reasons of `closed`.

    Among equals the surer accusation comes first, and the less sure pass: passes are as good as the weakest.
    """
    catch_all = 0 if ruling.reason is Reason.CATCH_ALL else 1
    sure = len(_CONFIDENCE) if ruling.confidence is None else _CONFIDENCE[ruling.confidence]
    return RANK[ruling.verdict], catch_all, -sure if ruling.verdict in GOOD else sure


def less_sure(ruling: Ruling) -> Ruling:
    """The same ruling, one step less sure; certainty stays."""
    if ruling.confidence in (None, Confidence.CERTAIN, Confidence.LOW):
        return ruling
    weaker = Confidence.MEDIUM if ruling.confidence is Confidence.HIGH else Confidence.LOW
    return replace(ruling, confidence=weaker)
