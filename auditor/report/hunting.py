"""Well-known sensitive paths as people see them: one line a gateway, and what to do about what was found.

Must never let silence sound like a pass.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass

from auditor.catalog import PACKS, pack_of, products_at
from auditor.model import BAD, RANK, Judgement, Reason
from auditor.report.reading import Reading
from auditor.report.text import clip, number, plural


@dataclass(frozen=True, slots=True)
class Hunted:
    """What became of the well-known paths of one gateway; each path once, by its worst address."""

    gateway: str
    paths: int
    found: int
    not_shown: int
    untold: tuple[tuple[Reason, int], ...]  # could not be looked at, and why

    @property
    def text(self) -> str:
        """`38 well-known sensitive paths asked, none showed its product. That is no proof that there are none.`"""
        untold = sum(count for _, count in self.untold)
        asked = self.paths - untold
        parts = [f"{plural(asked, 'well-known sensitive path')} asked, {_showed(self.found)}."]
        if untold:
            why = ", ".join(f"{reason.value} {number(count)}" for reason, count in self.untold)
            parts.append(f"{number(untold)} more could not be looked at ({why}).")
        parts.append("That is no proof that there are no others." if self.found else _NO_PROOF)
        return " ".join(parts)


_NO_PROOF = "That is no proof that there are none."


def _showed(found: int) -> str:
    if not found:
        return "none showed its product"
    return f"{number(found)} showed {'its' if found == 1 else 'their'} product"


def hunted(reading: Reading) -> tuple[Hunted, ...]:
    """One a gateway, in the order of the plan."""
    worst: dict[str, dict[str, Judgement]] = defaultdict(dict)
    for judgement in reading.hunts:
        paths, path = worst[judgement.claim.entrance], judgement.claim.target
        if path not in paths or RANK[judgement.verdict] < RANK[paths[path].verdict]:
            paths[path] = judgement
    return tuple(_hunted(gateway, list(paths.values())) for gateway, paths in worst.items())


def _hunted(gateway: str, judgements: list[Judgement]) -> Hunted:
    found = sum(judgement.verdict in BAD for judgement in judgements)
    silent = Counter(judgement.reason for judgement in judgements if judgement.silent)
    # Shown in one sighting and not in the others is no more than not shown.
    not_shown = silent.pop(Reason.NOT_SHOWN, 0) + silent.pop(Reason.UNSTABLE_REPLAY, 0)
    untold = tuple(sorted(silent.items(), key=lambda item: (-item[1], item[0].value)))
    return Hunted(clip(gateway, 80), len(judgements), found, not_shown, untold)


#: How a hunt's finding comes to an end: silence is no proof, so it never does by itself.
RESOLVES = (
    "It stays open, for nothing inside tells what is right there. To let it be proven closed, list this path "
    "under the paths of the service behind it. If it is meant to be public, list it in the gateway's allow: it is "
    "asked no more, and this stays on record."
)

#: What to change about a product that shows itself, by the pack it is from.
_STEPS: dict[str, str] = {
    "spring": "Let the actuator listen on a port of its own (management.server.port) that no gateway forwards to, "
    "and expose only what is needed (management.endpoints.web.exposure.include).",
    "openapi": "Switch descriptions and explorers off in production, or serve them inside only.",
    "python": "Switch the debugger off, and serve admin and task pages on the inside listener only.",
    "ruby": "Serve developers' and job pages behind a constraint of the routes, on the inside listener only.",
    "php": "Remove the file, or serve profiler, dashboard and status pages to inside addresses only.",
    "dotnet": "Switch remote tracing and error pages off, and let dashboards authorise on the inside only.",
    "java": "Let admin and health pages listen on a connector of their own that no gateway forwards to.",
    "go": "Register pprof and expvar on a listener of their own, not on the default one.",
    "node": "Take the status page out of the public router.",
    "gateways": "Bind the admin or status page to an inside address, and allow inside addresses only.",
    "kubernetes": "Let API, kubelet and runtime be reached from inside only, with no anonymous access.",
    "discovery": "Bind it to an inside address, and switch on its access control.",
    "data": "Bind it to an inside address, and switch on its authentication.",
    "observability": "Serve metrics and their server on an inside listener only.",
    "ci": "Let it be reached from inside only; it can change what runs in production.",
    "files": "Keep it out of the document root, deny names that begin with a dot, and change every secret in it.",
}

assert set(_STEPS) == set(PACKS) - {"common", "all"}, "a pack without a remedy"


def steps(path: str) -> tuple[str, ...]:
    """What to change about the products that are known at a path."""
    packs = dict.fromkeys(pack_of(product) for product in sorted(products_at(path)))
    return tuple(_STEPS[pack] for pack in packs)[:3]
