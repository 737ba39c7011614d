"""What a public address does with an internal port.

A connection is a fact, whatever the controls say; a refusal or silence is a pass only when the same port connects
inside and the address answered its known-public control. Must never take our own trouble for silence.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from auditor.judge.book import OURS, Book, Control, Look, together
from auditor.judge.controls import entrance_group, entrance_state
from auditor.judge.ruling import Ruling
from auditor.model import Claim, Confidence, Outcome, Reason, Role, Verdict

_V, _R, _C, _O = Verdict, Reason, Confidence, Outcome

#: Answers that mean: not here. Silence is none of them; it counts only when it comes three times.
DENIALS: dict[Outcome, tuple[Reason, Confidence]] = {
    _O.REFUSED: (_R.PORT_REFUSED, _C.HIGH),
    _O.UNREACHABLE: (_R.PORT_UNREACHABLE, _C.MEDIUM),
    _O.PROHIBITED: (_R.PORT_UNREACHABLE, _C.MEDIUM),
}
_NOT_CONNECTED = frozenset({*DENIALS, _O.TIMED_OUT, _O.RESET})


@dataclass(frozen=True, slots=True)
class PortSighting:
    ruling: Ruling
    silent: bool  # nothing came back, and the controls were good
    observation: str
    controls: tuple[str, ...]


def inside_port(book: Book, claim: Claim, vantage: str, sight: Control) -> Control:
    """Whether the port connects inside, every time it was tried, and a random one beside it does not.

    A proxy that says yes before it has connected makes every port look open, and none is proven.
    """
    looks = book.of(Role.TRUTH, claim.truth, vantage)
    beside = book.of(Role.TRUTH_SIBLING, claim.truth, vantage)
    states = (
        Control.MISSING
        if look.observation is None
        else Control.GOOD
        if look.outcome is _O.ANSWERED
        else Control.FAILED
        for look in looks
    )
    return together([sight, *states, *map(_not_open, beside)]) if looks else Control.MISSING


def _not_open(look: Look) -> Control:
    if look.observation is None or look.outcome is _O.PROBER_ERROR:
        return Control.MISSING
    return Control.FAILED if look.outcome is _O.ANSWERED else Control.GOOD


def sighting_of_port(book: Book, claim: Claim, target: Look, inside: Control, sight: Control) -> PortSighting:
    probe = target.probe
    siblings = [
        look
        for look in book.in_lane(Role.SIBLING, probe.vantage, probe.lane)
        if look.probe.group == (claim.siblings or claim.key) and look.probe.variant == probe.variant
    ]
    group = entrance_group(claim)
    entrance = [
        look for look in book.in_lane(Role.ENTRANCE, probe.vantage, probe.lane) if look.probe.group == group
    ]
    out = together([sight, entrance_state(entrance, probe.step)])
    good = out is Control.GOOD and inside is Control.GOOD
    return PortSighting(
        ruling=decide_port(target.outcome, [look.outcome for look in siblings], inside, out),
        silent=target.outcome is _O.TIMED_OUT and good,
        observation=probe.id,
        controls=tuple(look.probe.id for look in (*entrance, *siblings)),
    )


def decide_port(
    target: Outcome | None,
    siblings: Sequence[Outcome | None],
    inside: Control,
    out: Control,
    *,
    silent: bool = False,
) -> Ruling:
    """The ruling on one sighting. `silent`: it was the third of three."""
    if target is None:
        return Ruling(_V.UNTESTED, _R.NOT_RUN, None)
    if target in OURS:
        return Ruling(_V.UNTESTED, _R.TRANSPORT_ERROR, None)
    if target is _O.ANSWERED:
        return _connected(siblings, inside, out)
    if target not in DENIALS and target is not _O.TIMED_OUT:
        return Ruling(_V.UNTESTED, _R.TRANSPORT_ERROR, None)
    if out is not Control.GOOD:
        missing = out is Control.MISSING
        return Ruling(_V.UNPROVEN, _R.CONTROL_MISSING if missing else _R.OUTSIDE_CONTROL_FAILED, None)
    if inside is not Control.GOOD:
        missing = inside is Control.MISSING
        return Ruling(_V.UNPROVEN, _R.CONTROL_MISSING if missing else _R.INSIDE_CONTROL_FAILED, None)
    if target is _O.TIMED_OUT:
        if silent:
            return Ruling(_V.CLOSED, _R.PORT_SILENT, _C.MEDIUM)
        return Ruling(_V.UNTESTED, _R.TRANSPORT_ERROR, None)
    reason, confidence = DENIALS[target]
    return Ruling(_V.CLOSED, reason, confidence)


def _connected(siblings: Sequence[Outcome | None], inside: Control, out: Control) -> Ruling:
    if _O.ANSWERED in siblings:
        return Ruling(_V.UNPROVEN, _R.OPEN_TO_ANYTHING, None)
    if not any(outcome in _NOT_CONNECTED for outcome in siblings):
        return Ruling(_V.SUSPECTED, _R.PORT_OPEN, _C.LOW)  # no random port was tried with success
    sure = inside is Control.GOOD and out is Control.GOOD
    return Ruling(_V.EXPOSED, _R.PORT_OPEN, _C.HIGH if sure else _C.MEDIUM)
