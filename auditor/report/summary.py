"""The audit as text for a terminal.

Must never print an untrusted character that the terminal would obey.
"""

from collections.abc import Callable
from datetime import datetime

from auditor.model import BAD, AuditRecord, Verdict
from auditor.report import certificates, refusals
from auditor.report.detail import detail, seen_from, what_happens
from auditor.report.evidence import gaps
from auditor.report.headline import changes, headline
from auditor.report.hunting import hunted
from auditor.report.parity import Cell, parity
from auditor.report.reading import OpenRow, Reading
from auditor.report.text import age, number, one_line, percent
from auditor.report.totals import Totals, count, ways_in
from auditor.report.wording import LIMITS, VERDICTS, service_label, verdict_label
from auditor.report.zones import summary_lines

_MOST_FINDINGS = 20
_Painter = Callable[[str, str], str]
_COLOURS = {"bad": "1;31", "amb": "1;33", "ok": "1;32", "red": "31", "grn": "32", "gry": "2"}


def summary(record: AuditRecord, *, colour: bool) -> str:
    """What `auditor run` prints: headline, open findings, changes, what is not proven, vantages."""
    reading = Reading(record)
    counted = count(reading)
    ended = record.audit.finished_at or record.audit.started_at
    head = headline(reading, counted, ended)
    paint = _paint if colour else _plain
    lines = [
        paint(one_line(head.text), head.tone),
        *([one_line(f"{head.lead} {head.rest}".strip(), 1000)] if head.lead or head.rest else []),
    ]
    lines += _findings(reading, counted, paint)
    lines += _public(reading, paint)
    lines += _zones(reading, paint)
    lines += _changes(reading, counted, paint)
    lines += _unproven(reading, counted)
    lines += _refused(reading, paint)
    lines += _certificates(reading, paint)
    lines += _hunts(reading)
    lines += _vantages(record, paint)
    audit = record.audit
    lines += [
        "",
        f"Audit {audit.number}: {number(audit.planned)} probes planned, {number(audit.observed)} observed, "
        f"{number(audit.skipped)} skipped. Coverage {percent(counted.coverage)}, "
        f"{number(counted.decisive)} of {ways_in(counted.claims, counted)}.",
        LIMITS,
    ]
    return "\n".join(lines) + "\n"


def _findings(reading: Reading, counted: Totals, paint: _Painter) -> list[str]:
    if not counted.open:
        return []
    lines = ["", paint(f"Open findings ({number(counted.open)})", "head")]
    ended = reading.record.audit.finished_at or reading.record.audit.started_at
    for place, row in enumerate(reading.open_rows):
        if place == _MOST_FINDINGS:
            lines.append(f"  and {number(counted.open - place)} more: auditor findings")
            break
        lines += _finding(reading, row, ended, paint)
    return lines


def _finding(reading: Reading, row: OpenRow, ended: datetime, paint: _Painter) -> list[str]:
    finding, words = row.finding, VERDICTS[row.verdict]
    label = verdict_label(row.verdict, row.key[1], row.reason)
    since = f"open {age(ended - finding.opened_at)}" if finding else "not recorded yet"
    owner = one_line(finding.owner, 80) if finding and finding.owner else "no owner set"
    name = one_line(service_label(row.key[0]), 80)
    first = f"  {paint(f'{label.upper():<9}', words.tone)} {name}  {one_line(what_happens(reading, row), 300)}"
    second = f"            {finding.id if finding else '(no id)'}, {row.severity.value}, {since}, {owner}, "
    second += one_line(seen_from(reading, row), 200)
    lines = [first, one_line(second, 500)]
    full = detail(reading, row, bodies=False)
    if full.status:
        lines.append(f"            {one_line(full.status, 300)}")
    if full.commands:
        command = full.commands[0]
        lines.append(f"            {one_line(command.refused or '$ ' + command.line, 1200)}")
    return lines


def _public(reading: Reading, paint: _Painter) -> list[str]:
    """Each public path at each entrance, what it answers without credentials and with them."""
    table = parity(reading)
    if table is None:
        return []
    differ = f", {number(table.differ)} not treated alike" if table.differ else ""
    lines = ["", paint(f"Public paths ({number(table.paths)}{differ})", "head")]
    for place, row in enumerate(table.rows):
        if place == _MOST_FINDINGS:
            lines.append(f"  and {number(table.paths - place)} more, in the report")
            break
        unlike = f"; not treated alike, {row.verdict}" if row.same is False else ""
        lines.append(f"  {one_line(row.service, 80)}  {one_line(row.path, 200)}  {row.expects}{unlike}")
        lines += [f"            {_at(cell)}" for cell in row.cells]
    return lines


def _zones(reading: Reading, paint: _Painter) -> list[str]:
    """Each zone on one line: where it is served, what became of its names, what its servers give away."""
    told = summary_lines(reading)
    lines = ["", paint("Names and zones", "head")] if told else []
    shown = [f"  {paint(one_line(text, 600), tone) if tone else one_line(text, 600)}" for text, tone in told]
    more = (
        [f"  and {number(len(told) - _MOST_FINDINGS)} more, in the report"] if len(told) > _MOST_FINDINGS else []
    )
    return lines + shown[:_MOST_FINDINGS] + more


def _at(cell: Cell) -> str:
    where = f"{one_line(cell.entrance, 40)} {one_line(cell.address, 46)}".strip()
    codes = " / ".join(cell.codes) or "–"
    word = cell.word.upper() if cell.css in _LOUD else cell.word
    return f"{codes:<11} {word:<15} {where}"


_LOUD = frozenset(VERDICTS[verdict].letter for verdict in BAD)


def _changes(reading: Reading, counted: Totals, paint: _Painter) -> list[str]:
    told = changes(reading, counted)
    since = f"Changed since audit {told.since}" if told.since is not None else "Changed since the last audit"
    lines = ["", paint(since, "head")]
    if told.empty:
        lines.append(f"  {told.empty}")
    for line in told.lines:
        rest = f" ({line.detail})" if line.detail else ""
        lines.append(f"  {one_line(f'{line.finding} {line.text}{rest}'.strip(), 400)}")
    if told.more:
        lines.append(f"  and {number(told.more)} more")
    return lines


def _unproven(reading: Reading, counted: Totals) -> list[str]:
    if not counted.inconclusive:
        return []
    unproven, untested = counted.verdicts[Verdict.UNPROVEN], counted.verdicts[Verdict.UNTESTED]
    lines = ["", f"Not proven ({number(unproven)} unproven, {number(untested)} untested)"]
    for gap in gaps(reading, lines=1):
        lines.append(f"  {gap.count:>6,}  {gap.reason} [{gap.code}]")
        lines.append(f"          {gap.would_prove}")
    return lines


def _refused(reading: Reading, paint: _Painter) -> list[str]:
    found = refusals.refusals(reading)
    lines = ["", paint("Refused by the vantages' own allow-lists", "amb")] if found else []
    for each in found[: refusals.MOST_LINES]:
        lines.append(f"  {each.probes:>6,}  {one_line(each.vantage, 60)}: {one_line(each.why, 300)}")
    if len(found) > refusals.MOST_LINES:
        lines.append(f"  and {number(len(found) - refusals.MOST_LINES)} more, all in the JSON")
    return lines


def _certificates(reading: Reading, paint: _Painter) -> list[str]:
    found = certificates.unverified(reading)
    lines = ["", paint("Certificates that do not verify", "amb")] if found else []
    for each in found[: certificates.MOST_LINES]:
        where = f"{one_line(each.entrance, 80)} at {one_line(each.address, 60)}"
        lines.append(f"  {where}: {one_line(each.why, 200)} (seen from {one_line(each.vantages, 120)})")
    if len(found) > certificates.MOST_LINES:
        lines.append(f"  and {number(len(found) - certificates.MOST_LINES)} more, all in the JSON")
    return lines


def _hunts(reading: Reading) -> list[str]:
    found = hunted(reading)
    lines = ["", "Outside what gateways are meant to forward"] if found else []
    return lines + [f"  {one_line(hunt.gateway, 60)}: {hunt.text}" for hunt in found]


def _vantages(record: AuditRecord, paint: _Painter) -> list[str]:
    lines = ["", paint("Vantages", "head")]
    for vantage in record.vantages:
        state = "could see" if vantage.sighted else f"could not see: {vantage.reason or 'no reason given'}"
        tone = "grn" if vantage.sighted else "amb"
        egress = f" from {one_line(vantage.egress, 60)}" if vantage.egress else ""
        lines.append(
            f"  {one_line(vantage.name, 60)} ({vantage.side.value}){egress}: {paint(one_line(state), tone)}"
        )
    return lines


def _paint(text: str, tone: str) -> str:
    return f"\x1b[{_COLOURS.get(tone, '1')}m{text}\x1b[0m"


def _plain(text: str, tone: str) -> str:
    return text
