"""A way around a gateway that gives no connection to anything: what says so, and what vouches for the saying.

Such a way has no public answer of its own to prove it by; the gateway's own control stands in for it. Must never
call an entrance shut for want of an observation.
"""

from collections.abc import Sequence

from auditor.judge.book import Look
from auditor.model import Claim, HttpQuestion, Outcome, Phase, TcpQuestion, TlsQuestion

#: How a connection is turned away. What was connected and then cut is an entrance that is open.
_TURNED_AWAY = {
    Outcome.REFUSED: "refused",
    Outcome.UNREACHABLE: "unreachable",
    Outcome.PROHIBITED: "unreachable",
    Outcome.TIMED_OUT: "silent",
}


def shut_of(claim: Claim, asked: Sequence[Look], handwriting: Sequence[Look]) -> str | None:
    """refused, unreachable or silent: what became of every connection through a way around, all in the same way.

    `asked` are the target and its siblings, `handwriting` is what the entrance was asked by itself. None where any
    of them is missing or came to something else, and for gateways, which have controls of their own.
    """
    if claim.around is None or not handwriting:
        return None
    ends = {_end(look) for look in (*asked, *handwriting)}
    return ends.pop() if len(ends) == 1 else None


def _end(look: Look) -> str | None:
    seen = look.observation
    return _TURNED_AWAY.get(seen.outcome) if seen is not None and seen.phase is Phase.CONNECT else None


def vouching(claim: Claim, target: Look, entrance: Sequence[Look], *, shut: bool) -> list[Look]:
    """The known-public answers that vouch for a claim: its entrance's own, or those of the gateway it goes round.

    A listener is vouched for at its own address. What stands behind a gateway has another; where it gave no
    connection, only an answer in the same family of addresses shows that there was a way to it.
    """
    address = claim.address or ""
    if claim.around is None or not claim.origin:
        group = f"gw|{claim.around or claim.entrance}|{address}"
        return [look for look in entrance if look.probe.group == group]
    near = [look for look in entrance if look.probe.group.startswith(f"gw|{claim.around}|")]
    return [look for look in near if not shut or (":" in _address(look)) == (":" in _address(target))]


def _address(look: Look) -> str:
    question = look.probe.question
    return (question.address or "") if isinstance(question, HttpQuestion | TcpQuestion | TlsQuestion) else ""
