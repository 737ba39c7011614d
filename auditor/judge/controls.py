"""The controls outside: what gives the answer to a target its meaning, and in what state it was.

Whether the entrance was open before and after, whether nonsense was answered, and whether either changed or was
shut half-way. Must never take a control that was not seen for a good one.
"""

import re
from collections.abc import Iterable, Sequence

from auditor.judge.book import OURS, Book, Control, Look, together
from auditor.judge.compare import alike, eq
from auditor.model import Aspect, Claim, Fingerprint, HttpAnswer, Outcome, Probe, Role

_ALERT = re.compile(r"alert\D{0,3}(\d{1,3})")
#: Alerts by which a peer says no on purpose (RFC 8446 section 6.2, RFC 6066, RFC 7301); 80 is its own trouble.
_REFUSING_ALERTS = frozenset({40, 41, 42, 43, 44, 45, 46, 48, 49, 70, 71, 112, 115, 116, 120})
#: A path that no server can read: what becomes of it says nothing about any other.
_MALFORMED = re.compile(r"%(?![0-9A-Fa-f]{2})")


def entrance_group(claim: Claim) -> str:
    if claim.aspect is Aspect.NAME:
        return f"public-dns|{claim.address or ''}"
    return f"gw|{claim.entrance}|{claim.address or ''}"


def around(looks: Sequence[Look], step: int) -> Control:
    """Whether there are looks both before and after a step."""
    steps = [look.probe.step for look in looks]
    return Control.GOOD if any(s < step for s in steps) and any(s > step for s in steps) else Control.MISSING


def entrance_state(looks: Sequence[Look], step: int) -> Control:
    """O_p: the known-public answer of an entrance, as expected before and after."""
    return together([around(looks, step), *map(entrance_good, looks)])


def entrance_good(look: Look) -> Control:
    if look.observation is None:
        return Control.MISSING
    answer, expected = look.http, look.probe.expect_status
    if answer is None or _blocks(answer.fingerprint):
        return Control.FAILED
    good = answer.status == expected if expected is not None else 200 <= answer.status < 400
    return Control.GOOD if good else Control.FAILED


def _blocks(answer: Fingerprint) -> bool:
    return answer.status == 429 or any(m == "challenge" or m.startswith("waf:") for m in answer.marks)


def shut_out(entrance: Sequence[Look], siblings: Sequence[Look], step: int) -> bool:
    """Whether everything asked after the target was refused or met silence, the known-public path too."""
    after = [look for look in (*entrance[-1:], *siblings) if look.probe.step > step]
    return len(after) > 1 and all(_refused(look) for look in after)


def _refused(look: Look) -> bool:
    if look.observation is None or look.outcome in OURS:
        return False
    answer = look.http
    return answer is None or answer.status in (403, 429) or _blocks(answer.fingerprint)


def changed(entrance: Sequence[Look]) -> bool:
    """Whether the known-public path was answered as it must be once and otherwise another time, without a ban."""
    good = [look for look in entrance if entrance_good(look) is Control.GOOD]
    return bool(good) and any(
        look.http is not None and not _refused(look) for look in entrance if look not in good
    )


def shifted(siblings: Sequence[tuple[Look, HttpAnswer | None]], step: int) -> bool:
    """Whether what nonsense gets changed around the target: alike before it, and something else after it."""
    before = [answer for look, answer in siblings if look.probe.step < step]
    after = [answer for look, answer in siblings if look.probe.step > step]
    known = [answer for answer in (*before, *after) if answer is not None]
    if len(before) < 2 or not after or len(known) < len(before) + len(after):
        return False
    return mutual(known[: len(before)]) and not mutual(known)


def sibling_good(look: Look, alert: int | None) -> Control:
    if look.observation is None:
        return Control.MISSING
    if alert is not None and alert_of(look) == alert:
        return Control.GOOD  # refused as the target was: that is an answer
    answer = look.http
    return Control.FAILED if answer is None or _blocks(answer.fingerprint) else Control.GOOD


def answers_of(looks: Iterable[Look]) -> tuple[HttpAnswer, ...]:
    return tuple(answer for look in looks if (answer := look.http) is not None)


def gateway_known(looks: Sequence[Look]) -> bool:
    """Whether nothing the gateway says by itself was lost, so that what it did not say may be held against it."""
    return all(
        look.observation is not None and look.outcome not in OURS and look.outcome is not Outcome.TIMED_OUT
        for look in looks
        if _well_formed(look.probe)
    )


def _well_formed(probe: Probe, *, own_name: bool = False) -> bool:
    """Whether a gateway can read what it was asked; `own_name`: and it was asked under its own name."""
    question = probe.question
    if question.kind != "http" or _MALFORMED.search(question.target):
        return False
    return not own_name or question.host_header is None or _is_own(question.host_header, question.host)


def _is_own(host_header: str, host: str) -> bool:
    named = f"[{host}]" if ":" in host else host
    return host_header == named or host_header.startswith(f"{named}:")


def telling(
    claim: Claim, entrance: Sequence[Look], others: Sequence[HttpAnswer], gateway_looks: Sequence[Look]
) -> Control:
    """Whether the known-public answer, where it is a success, tells the entrance from a page for everything.

    A gateway in maintenance gives everybody the same page: that nothing else was reached then proves nothing.
    Random hosts are asked for another path than the control's, so that a host's entrance is measured against what
    the gateway said to a random path.
    """
    known = _successes(entrance)
    if claim.aspect is Aspect.HOST and gateway_looks and known:
        own = [look for look in gateway_looks if _well_formed(look.probe, own_name=True)]
        others = answers_of(own)
        if len(others) < len(own):
            return Control.MISSING
    return _unlike(known, others)


def telling_apart(book: Book, entrance: Sequence[Look]) -> Control:
    """The same of the gateway that vouches for a way around it: what it says itself to a random path."""
    known, looks = _successes(entrance), [look.probe for look in entrance]
    own = [
        look
        for group, vantage in dict.fromkeys((probe.group, probe.vantage) for probe in looks)
        for look in book.of(Role.GATEWAY, group, vantage)
        if _well_formed(look.probe, own_name=True)
    ]
    others = answers_of(own)
    return _unlike(known, others) if not known or (others and gateway_known(own)) else Control.MISSING


def _successes(entrance: Sequence[Look]) -> list[HttpAnswer]:
    return [answer for answer in answers_of(entrance) if 200 <= answer.status < 300]


def _unlike(known: Sequence[HttpAnswer], others: Sequence[HttpAnswer]) -> Control:
    same = any(alike(answer.fingerprint, other.fingerprint) for answer in known for other in others)
    return Control.FAILED if same else Control.GOOD


def alert_of(look: Look) -> int | None:
    """The alert by which a handshake was refused on purpose."""
    if look.outcome is not Outcome.TLS_ALERT or look.observation is None:
        return None
    found = _ALERT.search(look.observation.detail)
    number = int(found.group(1)) if found else None
    return number if number in _REFUSING_ALERTS else None


def mutual(answers: Sequence[HttpAnswer]) -> bool:
    return all(eq(a.fingerprint, b.fingerprint) for at, a in enumerate(answers) for b in answers[at + 1 :])
