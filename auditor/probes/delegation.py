"""The kind `delegation`: where a zone is served, followed from the root, by its parent's word and by its own.

Must never take a name server that says nothing for one that does not exist, nor end without telling what is known.
"""

import asyncio
from time import monotonic
from typing import Literal

from auditor.model import DelegationAnswer, DelegationQuestion, NameServer, Observation, Outcome, Phase, Probe
from auditor.probes.descent import DECISIVE, PORT, Cut, Descent, Found
from auditor.probes.dns_names import ROOT, bare, below
from auditor.probes.eyes import Eyes
from auditor.probes.redact import printable
from auditor.probes.resolvers import parse
from auditor.probes.roots import ROOTS

KIND = "delegation"

Listed = Literal["parent", "child", "both"]

#: Of the time of a probe: for the way down, and for all. The rest is for telling of it.
_DOWN, _ALL = 0.6, 0.95


async def look(probe: Probe, eyes: Eyes) -> Observation:
    """ANSWERED where the zone was found, or where it is known not to be one; else what was in the way, and with it
    how far the way went."""
    question = probe.question
    assert isinstance(question, DelegationQuestion), "probes are dispatched by kind"
    started_at, started = eyes.now(), monotonic()
    begun = asyncio.get_running_loop().time()
    seconds = eyes.limits.probe_seconds
    descent = Descent(eyes, _roots(question), begun + _ALL * seconds)
    answer = await _followed(descent, bare(question.zone), begun + _DOWN * seconds, begun + _ALL * seconds)
    is_known = answer.said in _KNOWN
    elapsed = monotonic() - started
    return Observation(
        probe.id,
        eyes.name,
        started_at,
        elapsed,
        Outcome.ANSWERED if is_known else _OUTCOMES.get(answer.said, Outcome.DNS_INVALID),
        None if is_known else Phase.RESOLVE,
        "" if is_known else printable(f"{answer.cut}: {answer.said}"),
        timings=((Phase.RESOLVE.value, elapsed),),
        answer=answer,
    )


_KNOWN = frozenset({"delegated", "nxdomain", "nodata", "answered"})
_OUTCOMES = {
    **{each.value: each for each in Outcome if each is not Outcome.ANSWERED},
    "no time left": Outcome.DNS_TIMEOUT,
    "no questions left": Outcome.DNS_TIMEOUT,
    "no server to ask": Outcome.DNS_TIMEOUT,
}


def _roots(question: DelegationQuestion) -> list[tuple[str, str, int]]:
    if not question.roots:
        return [(name, address, PORT) for name, *both in ROOTS for address in both]
    servers = [parse(root) for root in question.roots]
    return [(f"root{number}", server.host, server.port) for number, server in enumerate(servers)]


async def _followed(descent: Descent, zone: str, down: float, until: float) -> DelegationAnswer:
    found = await descent.find(zone, "NS", down)
    cut = descent.cut(zone)
    said, servers, whole = found.said, tuple[NameServer, ...](), True
    if cut.zone == zone:
        said = "delegated"
        servers, whole = await _servers(descent, cut, found, until)
    return DelegationAnswer(cut.zone, said, servers, tuple(descent.steps), whole, descent.questions)


async def _servers(descent: Descent, cut: Cut, found: Found, until: float) -> tuple[tuple[NameServer, ...], bool]:
    """Every address of every name server that parent or child list, and whether that is all."""
    parent = set() if cut.beside else set(cut.servers)
    own = {bare(each.data) for each in found.records if each.rrtype == "NS" and each.name == cut.zone} - {ROOT}
    whole = bool(own)
    names = sorted(parent | own, key=lambda name: (bool(cut.servers.get(name)), name))  # those without glue first
    out: dict[str, list[NameServer]] = {}
    for left, name in zip(range(len(names), 0, -1), names, strict=True):
        listed: Listed = "both" if name in parent & own else "parent" if name in parent else "child"
        glue = [place[0] for place in cut.servers.get(name, [])]
        addresses, why = tuple[str, ...](), ""
        if not glue or below(name, cut.zone):
            now = asyncio.get_running_loop().time()
            addresses, why = await descent.addresses(name, now + (until - now) / left)
            whole = whole and (bool(addresses) or why in DECISIVE | {"alias", "loop"})
        out[name] = [NameServer(name, address, listed, glue=True) for address in glue]
        out[name] += [NameServer(name, address, listed) for address in addresses if address not in glue]
        if not out[name]:
            out[name] = [NameServer(name, None, listed, why=why)]
    return tuple(each for name in sorted(out) for each in out[name]), whole
