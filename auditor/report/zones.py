"""Names and zones: where each zone is served, what each server gave away, which resolvers were fit.

Must never draw more than exceptions in full: what is closed is a tick, or a count.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from auditor.model import (
    BAD,
    RANK,
    Aspect,
    Check,
    DelegationAnswer,
    Judgement,
    NameServer,
    Observation,
    Reason,
    Role,
    Verdict,
)
from auditor.report.checking import through
from auditor.report.codes import answer_words
from auditor.report.evidence import held
from auditor.report.panes import request_words
from auditor.report.reading import Reading, finding_key
from auditor.report.text import clip, number, plural
from auditor.report.wording import (
    CHECKS,
    VERDICTS,
    check_label,
    reason_words,
    service_label,
    target_label,
    verdict_label,
)

MOST_ZONES = 40  # with a table of their own; the worst
MOST_ROWS = 24  # servers of one zone that are drawn
MOST_BESIDE = 60
MOST_QUIET = 300
_ALL_ROWS = 4  # up to here servers that gave nothing away are drawn too


@dataclass(frozen=True, slots=True)
class Mark:
    """One verdict in a table. `title` is empty for what is closed: there are many of these."""

    css: str
    icon: str
    word: str
    title: str = ""
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Server:
    address: str
    family: str
    names: str  # as the delegation lists it
    marks: tuple[Mark | None, ...]  # one a column; None: not asked there


@dataclass(frozen=True, slots=True)
class Line:
    """One check that is not a name server's: what was looked at, where, and what came of it."""

    what: str
    where: str
    mark: Mark
    words: str
    service: str = ""


@dataclass(frozen=True, slots=True)
class Zone:
    name: str
    scope: str
    owner: str
    tone: Mark  # the worst of all
    delegation: tuple[str, ...]
    inventory: tuple[str, ...]
    names: tuple[tuple[Mark, str], ...]
    columns: tuple[tuple[str, str], ...]  # short, and whole
    servers: tuple[Server, ...]
    folded: int  # servers that gave nothing away, not drawn
    lines: tuple[Line, ...]
    folded_lines: tuple[str, ...]  # checks that are proven closed, by their titles
    tokens: str


@dataclass(frozen=True, slots=True)
class Resolver:
    address: str
    vantage: str
    fit: bool
    words: str


@dataclass(frozen=True, slots=True)
class Quiet:
    """A zone of which everything is proven closed, in one line."""

    name: str
    scope: str
    delegation: str
    words: str


@dataclass(frozen=True, slots=True)
class Zones:
    zones: tuple[Zone, ...]
    more: int  # zones without a table of their own
    more_words: str
    quiet: tuple[Quiet, ...]
    more_quiet: int
    beside: tuple[Line, ...]
    folded: tuple[str, ...]  # what else was looked at, proven closed
    resolvers: tuple[Resolver, ...]
    count: int
    checks: int
    found: int  # of them, at which something is given away


def zones(reading: Reading, *, small: bool = False) -> Zones | None:
    """The worst zone first. None where an audit has no zones and looked at nothing of the DNS beside names."""
    by_zone = _by_zone(reading)
    beside = [j for j in reading.checks if not j.claim.service.startswith("zone:")]
    if not by_zone and not beside:
        return None
    quiet = sorted(name for name, found in by_zone.items() if all(j.verdict is Verdict.CLOSED for j in found))
    told = by_zone.keys() - set(quiet)
    ordered = sorted(told, key=lambda name: (min(RANK[j.verdict] for j in by_zone[name]), name))
    most = MOST_ZONES // 4 if small else MOST_ZONES
    rest = [judgement for name in ordered[most:] for judgement in by_zone[name]]
    lines, closed = _lines(reading, beside)
    return Zones(
        zones=tuple(_zone(reading, name, by_zone[name]) for name in ordered[:most]),
        more=max(0, len(ordered) - most),
        more_words=_counted(rest),
        quiet=tuple(_quiet(reading, name, by_zone[name]) for name in quiet[:MOST_QUIET]),
        more_quiet=max(0, len(quiet) - MOST_QUIET),
        beside=tuple(lines[:MOST_BESIDE]),
        folded=closed,
        resolvers=_resolvers(reading),
        count=len(by_zone),
        checks=len(reading.checks),
        found=sum(j.verdict in BAD for j in reading.checks),
    )


def _by_zone(reading: Reading) -> dict[str, list[Judgement]]:
    """All judgements on each declared zone: its checks, and the names in it, whose ever they are."""
    found: dict[str, list[Judgement]] = defaultdict(list)
    for judgement in reading.judgements:
        claim = judgement.claim
        if claim.zone is not None and (claim.aspect is Aspect.NAME or claim.service.startswith("zone:")):
            found[claim.zone].append(judgement)
    return found


def _zone(reading: Reading, name: str, judgements: Sequence[Judgement]) -> Zone:
    checks = [j for j in judgements if j.claim.aspect is Aspect.DNS]
    at_servers = [j for j in checks if j.claim.authoritative]
    columns = [check for check in Check if any(j.claim.check is check for j in at_servers)]
    delegations = _delegations(reading, name)
    rows = _servers(reading, at_servers, columns, _listed(delegations))
    loud = [row for row in rows if any(mark and mark.css != "k" for mark in row.marks)]
    shown = (rows if len(rows) <= _ALL_ROWS else loud)[:MOST_ROWS]
    lines, closed = _lines(reading, [j for j in checks if not j.claim.authoritative])
    worst = min(judgements, key=lambda j: RANK[j.verdict])
    return Zone(
        name=clip(name, 255),
        scope="internal" if any(j.claim.internal for j in judgements) else "public",
        owner=clip(reading.owners.get(f"zone:{name}", ""), 120),
        tone=_mark(reading, worst, plain=True),
        delegation=tuple(dict.fromkeys(_followed(vantage, seen) for vantage, seen in delegations)),
        inventory=_inventory(reading, name),
        names=_names(judgements),
        columns=tuple((CHECKS[check], check_label(check)) for check in columns),
        servers=tuple(shown),
        folded=len(rows) - len(shown),
        lines=tuple(lines[:MOST_ROWS]),
        folded_lines=closed,
        tokens=clip(f"zone {name} " + " ".join(sorted({f"v:{j.verdict.value}" for j in checks})), 400).lower(),
    )


# --- where it is served ----------------------------------------------------------------------------------


_Delegations = list[tuple[str, Observation | None]]


def _delegations(reading: Reading, name: str) -> _Delegations:
    group = f"zone:{name}"
    return [
        (probe.vantage, reading.observation(probe.id))
        for probe in reading.by_role.get(Role.DELEGATION, ())
        if probe.group == group
    ]


def _followed(vantage: str, seen: Observation | None) -> str:
    return f"{clip(vantage, 60)}: {clip(answer_words(seen), 200)}"


def _listed(delegations: _Delegations) -> dict[str, list[NameServer]]:
    """The name servers of each address, and those without one under their names."""
    found: dict[str, list[NameServer]] = defaultdict(list)
    for _, seen in delegations:
        answer = seen.answer if seen else None
        if isinstance(answer, DelegationAnswer):
            for server in answer.servers:
                known = found[server.address or server.name]
                if server not in known:
                    known.append(server)
    return found


def _servers(
    reading: Reading,
    judgements: Sequence[Judgement],
    columns: Sequence[Check],
    listed: dict[str, list[NameServer]],
) -> list[Server]:
    by_address: dict[str, dict[Check, Judgement]] = defaultdict(dict)
    for judgement in judgements:
        claim = judgement.claim
        if claim.address is not None and claim.check is not None:
            here = by_address[claim.address]
            known = here.get(claim.check)
            if known is None or RANK[judgement.verdict] < RANK[known.verdict]:
                here[claim.check] = judgement
    rows = []
    for address, found in by_address.items():
        marks = tuple(_mark(reading, found[check]) if check in found else None for check in columns)
        rows.append(Server(clip(address, 80), _family(address), _server_names(listed.get(address, [])), marks))
    return rows


def _family(address: str) -> str:
    host = address.strip("[]") if address.count(":") > 1 else address.partition(":")[0]
    try:
        return f"IPv{ip_address(host.partition(']')[0]).version}"
    except ValueError:
        return "no address"


def _server_names(servers: Sequence[NameServer]) -> str:
    said = {"parent": " (parent only)", "child": " (child only)"}
    names = dict.fromkeys(f"{clip(s.name, 120)}{said.get(s.listed, '')}" for s in servers)
    return ", ".join(list(names)[:3]) or "not listed"


# --- what came of it -------------------------------------------------------------------------------------


def _mark(reading: Reading, judgement: Judgement, *, plain: bool = False) -> Mark:
    words = VERDICTS[judgement.verdict]
    if judgement.verdict is Verdict.CLOSED or plain:
        return Mark(words.letter, words.icon, words.label)
    finding = reading.open_findings.get(finding_key(judgement.claim))
    href = f"#{finding.id}" if finding and judgement.verdict in BAD else None
    label = verdict_label(judgement.verdict, judgement.claim.aspect, judgement.reason)
    seen = reading.seen.get(judgement.observation or "")
    said = f" {clip(answer_words(seen), 120)}" if seen else ""
    title = f"{words.short}: {reason_words(judgement.verdict, judgement.reason)}{said}"
    return Mark(words.letter, words.icon, label, title, href)


def _lines(reading: Reading, judgements: Sequence[Judgement]) -> tuple[list[Line], tuple[str, ...]]:
    """What is not closed, the worst first and each once over its servers; and the titles of what is."""
    alike: dict[tuple[str, str, Verdict, Reason], list[Judgement]] = defaultdict(list)
    closed: Counter[str] = Counter()
    for j in sorted(judgements, key=lambda j: RANK[j.verdict]):
        what = clip(target_label(j.claim.aspect, j.claim.target), 160)
        if j.verdict is Verdict.CLOSED:
            closed[what] += 1
        else:
            alike[j.claim.service, what, j.verdict, j.reason].append(j)
    lines = [
        Line(
            what,
            _places([through(j.claim) for j in same]),
            _mark(reading, same[0]),
            reason_words(verdict, reason),
            clip(service_label(service), 120),
        )
        for (service, what, verdict, reason), same in alike.items()
    ]
    return lines, tuple(f"{what}{f', {number(n)} times' if n > 1 else ''}" for what, n in closed.items())


def _places(places: Sequence[str]) -> str:
    more = f" and {number(len(places) - 2)} more" if len(places) > 2 else ""
    return ", ".join(places[:2]) + more


def _quiet(reading: Reading, name: str, judgements: Sequence[Judgement]) -> Quiet:
    checks = sum(j.claim.aspect is Aspect.DNS for j in judgements)
    names = len({(j.claim.service, j.claim.target) for j in judgements if j.claim.aspect is Aspect.NAME})
    parts = [plural(names, "name")] if names else []
    parts += [plural(checks, "check")] if checks else []
    delegations = [clip(answer_words(seen), 160) for _, seen in _delegations(reading, name)]
    scope = "internal" if any(j.claim.internal for j in judgements) else "public"
    return Quiet(clip(name, 255), scope, "; ".join(dict.fromkeys(delegations)), " and ".join(parts))


def _names(judgements: Iterable[Judgement]) -> tuple[tuple[Mark, str], ...]:
    """How many names came to what; each once, by its worst server."""
    worst: dict[tuple[str, str], Verdict] = {}
    for judgement in judgements:
        if judgement.claim.aspect is Aspect.NAME:
            key = (judgement.claim.service, judgement.claim.target)
            known = worst.get(key, judgement.verdict)
            worst[key] = min(known, judgement.verdict, key=RANK.__getitem__)
    counts = Counter(worst.values())
    return tuple(
        (Mark(VERDICTS[v].letter, VERDICTS[v].icon, VERDICTS[v].label), f"{number(counts[v])} {VERDICTS[v].short}")
        for v in Verdict
        if counts[v]
    )


def _counted(judgements: Iterable[Judgement]) -> str:
    counts = Counter(judgement.verdict for judgement in judgements)
    return ", ".join(f"{number(counts[v])} {VERDICTS[v].short}" for v in Verdict if counts[v])


def _inventory(reading: Reading, name: str) -> tuple[str, ...]:
    """Where the zone's names are from, and how many there were."""
    group = f"zone:{name}"
    found = []
    for probe in reading.by_role.get(Role.INVENTORY, ()):
        if probe.group == group:
            said = clip(answer_words(reading.seen.get(probe.id)), 160)
            server = getattr(probe.question, "server", None)
            at = f" from {clip(server, 60)}" if server else ""
            found.append(f"{request_words(probe.question)}{at}: {said}")
    return tuple(found)


# --- who was asked ---------------------------------------------------------------------------------------


def _resolvers(reading: Reading) -> tuple[Resolver, ...]:
    """Every resolver that was asked outside, from each vantage, and whether its silence proves anything."""
    rewriting = {
        (j.claim.address, j.vantage) for j in reading.judgements if j.reason is Reason.HIJACK and j.claim.address
    }
    asked: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for probe in reading.by_role.get(Role.ENTRANCE, ()):
        kind, _, address = probe.group.partition("|")
        question = probe.question
        if kind == "public-dns" and question.kind == "dns" and question.server_of is None:
            asked[question.resolver, probe.vantage].append(held(probe, reading.seen.get(probe.id)))
    for address, vantage in rewriting:
        asked.setdefault((address or "", vantage or ""), [])
    return tuple(
        _resolver(address, vantage, controls, (address, vantage) in rewriting)
        for (address, vantage), controls in asked.items()
    )


def _resolver(address: str, vantage: str, controls: list[bool], rewriting: bool) -> Resolver:
    good = sum(controls)
    if rewriting:
        fit, words = False, "answers for names that do not exist (D24): blind for names"
    elif good == len(controls):
        fit, words = True, f"fit, {plural(good, 'control')} answered"
    else:
        fit, words = (
            False,
            f"{number(good)} of {plural(len(controls), 'control')} answered: its silence proves little",
        )
    return Resolver(clip(address, 80), clip(vantage, 60), fit, words)


def summary_lines(reading: Reading) -> list[tuple[str, str]]:
    """For a terminal: each zone on one line, what was given away and what could not be told; with its tone."""
    shown = zones(reading)
    if shown is None:
        return []
    lines = [(_zone_line(zone), "red" if zone.tone.css in _LOUD else "") for zone in shown.zones]
    if shown.quiet:
        lines.append(
            (f"{plural(len(shown.quiet) + shown.more_quiet, 'zone')} with everything proven closed", "grn")
        )
    if shown.more:
        lines.append((f"and {plural(shown.more, 'more zone')}: {shown.more_words}", ""))
    lines += [
        (f"{line.service}: {line.what}, {line.where}: {line.mark.word.lower()}", "") for line in shown.beside
    ]
    lines += [
        (f"resolver {each.address} from {each.vantage}: {each.words}", "amb")
        for each in shown.resolvers
        if not each.fit
    ]
    return lines


_LOUD = frozenset(VERDICTS[verdict].letter for verdict in BAD)


def _zone_line(zone: Zone) -> str:
    parts = [zone.delegation[0].partition(": ")[2]] if zone.delegation else []
    if zone.names:
        parts.append("names: " + ", ".join(words for _, words in zone.names))
    for place, (column, _) in enumerate(zone.columns):
        marks = [server.marks[place] for server in zone.servers]
        loud = [mark for mark in marks if mark and mark.css != "k"]
        if loud:
            said = Counter(mark.word.lower() for mark in loud)
            parts.append(f"{column} " + ", ".join(f"{word} at {plural(n, 'server')}" for word, n in said.items()))
    parts += [f"{line.what} {line.mark.word.lower()}" for line in zone.lines]
    return f"{zone.name} ({zone.scope}): " + ("; ".join(parts) or "nothing was asked")
