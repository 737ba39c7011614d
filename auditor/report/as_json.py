"""The stable JSON of an audit, schema 1, as documented in docs/json.md.

Must never lose a field or change a meaning within a schema number; new keys may come, at the end of an object.
"""

from datetime import datetime
from typing import Any

from auditor.catalog.leaks import class_of
from auditor.model import (
    BAD,
    Aspect,
    AuditRecord,
    ChangeKind,
    Check,
    Finding,
    FindingState,
    Judgement,
)
from auditor.report import parity, zones_json
from auditor.report.certificates import Shown, certificates
from auditor.report.hunting import hunted
from auditor.report.reading import Reading, finding_key
from auditor.report.refusals import refusals
from auditor.report.text import iso
from auditor.report.totals import count
from auditor.report.witnesses import witnesses

SCHEMA = 1

_KINDS = {
    Aspect.NAME: "dns",
    Aspect.PATH: "http",
    Aspect.HOST: "http",
    Aspect.PORT: "tcp",
    Aspect.SENSITIVE: "http",
    Aspect.PUBLIC: "http",
    Aspect.DNS: "dns",
}
#: Checks that are not asked over the DNS.
_CHECK_KINDS = {Check.CERTIFICATE: "tls", Check.TRANSPARENCY: "file"}

assert set(_KINDS) == set(Aspect), "an aspect without a kind"


def to_json(record: AuditRecord) -> dict[str, Any]:
    """Plain values, keys in a fixed order, rows in the order of the plan."""
    reading = Reading(record)
    counted, audit = count(reading), record.audit
    return {
        "schema": SCHEMA,
        "audit": {
            "id": audit.id,
            "number": audit.number,
            "started_at": iso(audit.started_at),
            "finished_at": _time(audit.finished_at),
            "complete": audit.complete,
            "planned": audit.planned,
            "observed": audit.observed,
            "coverage": round(counted.coverage, 6) if counted.coverage < 1 else 1.0,
            "config_sha256": audit.config_sha256,
            "skipped": audit.skipped,
            "incomplete_because": audit.incomplete_because,
            "claims": counted.claims,
            "decisive": counted.decisive,
        },
        "vantages": [
            {
                "name": vantage.name,
                "side": vantage.side.value,
                "sighted": vantage.sighted,
                "egress": vantage.egress,
                "reason": vantage.reason,
            }
            for vantage in record.vantages
        ],
        "verdicts": [_verdict(reading, judgement) for judgement in reading.judgements],
        "findings": [_finding(reading, finding) for finding in record.findings if _told(reading, finding)],
        "changes": [{"finding": change.finding, "change": change.kind.value} for change in record.changes],
        "certificates": [_certificate(shown) for shown in certificates(reading)],
        "refused": [
            {"vantage": each.vantage, "reason": each.why, "probes": each.probes} for each in refusals(reading)
        ],
        "hunts": [
            {
                "gateway": hunt.gateway,
                "paths": hunt.paths,
                "found": hunt.found,
                "not_shown": hunt.not_shown,
                "untold": {reason.value: count for reason, count in hunt.untold},
            }
            for hunt in hunted(reading)
        ],
        "witnesses": [
            {"service": each.service, "kind": each.kind, "where": each.where, "good": each.good, "says": each.says}
            for each in witnesses(reading)
        ],
        "parity": parity.to_json(reading),
        "zones": zones_json.to_json(reading),
    }


def _verdict(reading: Reading, judgement: Judgement) -> dict[str, Any]:
    claim = judgement.claim
    finding = reading.open_findings.get(finding_key(claim))
    return {
        "service": claim.service,
        "target": claim.target,
        "kind": _CHECK_KINDS.get(claim.check, _KINDS[claim.aspect]) if claim.check else _KINDS[claim.aspect],
        "entrance": claim.entrance,
        "address": claim.address,
        "vantage": judgement.vantage,
        "variant": judgement.variant,
        "verdict": judgement.verdict.value,
        "confidence": judgement.confidence.value if judgement.confidence else None,
        "reason": judgement.reason.value,
        "finding": finding.id if finding else None,
        "observation": judgement.observation,
        "controls": list(judgement.controls),
        "aspect": claim.aspect.value,
        "witness": [word.value for word in judgement.witness],
        "logged": judgement.logged,
        "check": claim.check.value if claim.check else None,
        "class": _class(judgement),
        "zone": claim.zone,
        "authoritative": claim.authoritative,
        "info_leak": list(judgement.info_leak),
    }


def _class(judgement: Judgement) -> str | None:
    """The class of docs/names.md that a bad verdict on a name or a check belongs to."""
    claim = judgement.claim
    if judgement.verdict not in BAD or not (claim.check or claim.aspect is Aspect.NAME):
        return None
    return class_of(claim.check, judgement.reason)


def _certificate(shown: Shown) -> dict[str, Any]:
    tls = shown.tls
    return {
        "entrance": shown.entrance,
        "address": shown.address,
        "port": shown.port,
        "vantage": shown.vantage,
        "verified": tls.verified,
        "reason": shown.why or None,
        "subject": tls.subject,
        "issuer": tls.issuer,
        "names": list(tls.names),
        "not_before": _time(tls.not_before),
        "not_after": _time(tls.not_after),
        "sha256": tls.sha256,
    }


def _told(reading: Reading, finding: Finding) -> bool:
    """Open findings, and those this audit changed: a resolved one is told once."""
    return finding.state is FindingState.OPEN or finding.id in reading.changes


def _finding(reading: Reading, finding: Finding) -> dict[str, Any]:
    change = reading.changes.get(finding.id)
    return {
        "id": finding.id,
        "service": finding.service,
        "verdict": finding.verdict.value,
        "severity": finding.severity.value,
        "owner": finding.owner,
        "opened_at": iso(finding.opened_at),
        "last_seen_at": iso(finding.last_seen_at),
        "state": finding.state.value,
        "new": change is not None and change.kind is ChangeKind.OPENED,
        "vectors": [vector.value for vector in finding.vectors],
        "aspect": finding.aspect,
        "target": finding.target,
        "entrance": finding.entrance,
    }


def _time(at: datetime | None) -> str | None:
    return iso(at) if at else None
