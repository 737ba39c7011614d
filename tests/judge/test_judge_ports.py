"""Internal ports at public addresses: what closes them, and what does not."""

from dataclasses import replace

import pytest
from judge_builder import HEALTHY, Answered, Page, PortScene, each_lost

from auditor.judge import judge
from auditor.model import Confidence, Outcome, Reason, SkipReason, Verdict

_O, _S = Outcome, SkipReason
sound = PortScene()
OPEN = _O.ANSWERED

ROWS: list[tuple[str, dict[str, object], str, Confidence | None]] = [
    ("refused", {}, "closed port_refused", Confidence.HIGH),
    ("unreachable", {"target": _O.UNREACHABLE}, "closed port_unreachable", Confidence.MEDIUM),
    ("prohibited", {"target": _O.PROHIBITED}, "closed port_unreachable", Confidence.MEDIUM),
    ("silent once", {"target": _O.TIMED_OUT}, "untested transport_error", None),
    ("silent twice", {"target": _O.TIMED_OUT, "replays": (_O.TIMED_OUT,)}, "untested transport_error", None),
    ("silent", {"target": _O.TIMED_OUT, "replays": (_O.TIMED_OUT,) * 2}, "closed port_silent", Confidence.MEDIUM),
    ("silent, then failed", {"target": _O.TIMED_OUT, "replays": (_O.TIMED_OUT, _O.PROXY_FAILED)},
     "untested transport_error", None),
    ("open", {"target": OPEN}, "exposed port_open", Confidence.HIGH),
    ("open, silence beside", {"target": OPEN, "siblings": (_O.TIMED_OUT,) * 3}, "exposed port_open",
     Confidence.HIGH),
    ("open once of three", {"replays": (OPEN, _O.REFUSED)}, "exposed port_open", Confidence.MEDIUM),
    ("open, blind", {"target": OPEN, "sight": ()}, "exposed port_open", Confidence.MEDIUM),
    ("open, down inside", {"target": OPEN, "truth": (_O.REFUSED,) * 2}, "exposed port_open", Confidence.MEDIUM),
    ("open like every port", {"target": OPEN, "siblings": (OPEN, _O.REFUSED, _O.REFUSED), "replays": (OPEN, OPEN)},
     "unproven open_to_anything", None),
    ("open, no random port tried", {"target": OPEN, "siblings": (_S.DEADLINE,) * 3, "replays": (OPEN, OPEN)},
     "suspected port_open", Confidence.LOW),
    ("refused, down inside", {"truth": (_O.REFUSED,) * 2}, "unproven inside_control_failed", None),
    ("refused, once down inside", {"truth": (OPEN, _O.TIMED_OUT)}, "unproven inside_control_failed", None),
    ("refused, not asked inside", {"truth": ()}, "unproven control_missing", None),
    ("refused, entrance closed", {"entrance": (HEALTHY, _O.REFUSED)}, "unproven outside_control_failed", None),
    ("refused, entrance ill", {"entrance": (HEALTHY, Page(503))}, "unproven outside_control_failed", None),
    ("refused, no entrance", {"entrance": ()}, "unproven control_missing", None),
    ("refused, blind", {"sight": (HEALTHY, _O.TIMED_OUT)}, "unproven outside_control_failed", None),
    ("our fault", {"target": _O.PROBER_ERROR}, "untested transport_error", None),
    ("the proxy's fault", {"target": _O.PROXY_FAILED}, "untested transport_error", None),
    ("reset", {"target": _O.RESET}, "untested transport_error", None),
    ("not asked", {"target": _S.DEADLINE}, "untested not_run", None),
    ("blind, not asked", {"target": _S.VANTAGE_BLIND}, "untested blind", None),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "expected", "confidence"), [r[1:] for r in ROWS], ids=[r[0] for r in ROWS])
def test_ports(changes: dict[str, object], expected: str, confidence: Confidence | None) -> None:
    judged = replace(sound, **changes).judged()  # type: ignore[arg-type]
    assert f"{judged.verdict} {judged.reason}" == expected
    assert judged.confidence is confidence
    assert judged.truth or not replace(sound, **changes).truth  # type: ignore[arg-type]


@pytest.mark.parametrize("changes", [r[1] for r in ROWS], ids=[r[0] for r in ROWS])
@pytest.mark.parametrize("lost", [_O.PROBER_ERROR, _O.TIMED_OUT, _O.PROXY_FAILED, _S.DEADLINE, None])
def test_losing_an_observation_never_closes_a_port(changes: dict[str, object], lost: Answered) -> None:
    """But for the third silence of three, which is what `port_silent` means."""
    scene = replace(sound, **changes)  # type: ignore[arg-type]
    room = scene.room()
    plan = room.plan(scene.claim)
    if judge(plan, room.seen).judgements[0].verdict is Verdict.CLOSED:
        return
    for fewer in each_lost(room, lost):
        after = judge(plan, fewer).judgements[0]
        assert after.verdict is not Verdict.CLOSED or after.reason is Reason.PORT_SILENT
        if lost is not _O.TIMED_OUT:
            assert after.verdict is not Verdict.CLOSED
