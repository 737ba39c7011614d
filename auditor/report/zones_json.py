"""The zones of an audit in its JSON: where each is served, by whom its names were given, what became of them.

Must never lose a field or change a meaning within a schema number.
"""

from collections import Counter
from typing import Any

from auditor.model import (
    Aspect,
    DelegationAnswer,
    InventoryAnswer,
    Judgement,
    Role,
    TransferAnswer,
    Verdict,
)
from auditor.report.reading import Reading
from auditor.report.views import Line, views


def to_json(reading: Reading) -> list[dict[str, Any]]:
    """One entry a declared zone, in the order of the plan; empty where none is declared."""
    found: dict[str, list[Judgement]] = {}
    for judgement in reading.judgements:
        if judgement.claim.zone is not None:
            found.setdefault(judgement.claim.zone, []).append(judgement)
    return [_zone(reading, zone, judgements) for zone, judgements in found.items()]


def _zone(reading: Reading, zone: str, judgements: list[Judgement]) -> dict[str, Any]:
    names = [j for j in judgements if j.claim.aspect is Aspect.NAME]
    counts = Counter(judgement.verdict for judgement in names)
    return {
        "zone": zone,
        "scope": "internal" if any(j.claim.internal for j in judgements) else "public",
        "delegations": _delegations(reading, zone),
        "inventory": _inventory(reading, zone),
        "names": len({(j.claim.service, j.claim.target) for j in names}),
        "verdicts": {verdict.value: counts[verdict] for verdict in Verdict if counts[verdict]},
        "views": _views(reading, names),
    }


def _delegations(reading: Reading, zone: str) -> list[dict[str, Any]]:
    found = []
    for probe in reading.by_role.get(Role.DELEGATION, ()):
        observation = reading.observation(probe.id)
        answer = observation.answer if observation else None
        if probe.group == f"zone:{zone}" and isinstance(answer, DelegationAnswer):
            servers = [
                {"name": s.name, "address": s.address, "listed": s.listed, "glue": s.glue} for s in answer.servers
            ]
            found.append(
                {
                    "vantage": probe.vantage,
                    "cut": answer.cut,
                    "said": answer.said,
                    "whole": answer.whole,
                    "servers": servers,
                }
            )
    return found


def _inventory(reading: Reading, zone: str) -> list[dict[str, Any]]:
    found = []
    for probe in reading.by_role.get(Role.INVENTORY, ()):
        if probe.group == f"zone:{zone}":
            observation = reading.observation(probe.id)
            answer = observation.answer if observation else None
            whole = isinstance(answer, TransferAnswer | InventoryAnswer) and answer.whole
            names = len(answer.names) if isinstance(answer, TransferAnswer | InventoryAnswer) else None
            where = getattr(probe.question, "file", None) or getattr(probe.question, "server", None)
            found.append({"vantage": probe.vantage, "from": where, "names": names, "whole": whole})
    return found


def _views(reading: Reading, names: list[Judgement]) -> list[dict[str, Any]]:
    """Both views of each name that has an open finding, record by record."""
    keys = dict.fromkeys((j.claim.service, j.claim.target) for j in names)
    opened = {(service, target) for service, aspect, target, _ in reading.open_findings if aspect == Aspect.NAME}
    return [
        {"service": service, "name": name, "records": [_record(line) for line in found.lines]}
        for service, name in keys
        if (service, name) in opened and (found := views(reading, service, name)) is not None
    ]


def _record(line: Line) -> dict[str, Any]:
    return {"type": line.rrtype, "data": line.data, "inside": line.inside, "outside": line.outside}
