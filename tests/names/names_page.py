"""The table of classes in docs/names.md: what is detected, what it costs in questions, where it is shown.

Run as a script to write it anew. The costs are counted in the plan of a company with one name.
"""

import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from auditor.catalog.leaks import CHECKED, LEAKS, NAMED
from auditor.config import Config, GatewayConfig, ServiceConfig, VantageConfig
from auditor.config.model import ZoneConfig
from auditor.judge.checks import CHECK_RULES
from auditor.model import (
    BAD,
    Aspect,
    Check,
    DelegationAnswer,
    DnsExpectation,
    NameServer,
    Observation,
    Outcome,
    Plan,
    Role,
    Seen,
    Side,
)
from auditor.plan import main, opening
from names.corpus import ROWS

PAGE = Path(__file__).parents[2] / "docs" / "names.md"
BEGIN, END = "<!-- classes -->\n", "<!-- /classes -->"

#: How names show the classes that no check of its own is for.
_NAMES = {
    "D1": "a special-purpose address in an A or AAAA record",
    "D2": "one in a hint, in SPF, in glue, or behind the target of MX, SRV, NS or HTTPS",
    "D3": "data for a name that is to be absent; no data where a random name does not exist",
    "D4": "an address of the inside answer in the outside answer",
    "D8": "an internal name under a wildcard, by what it leads to",
    "D14": "an alias or a target that does not exist; high where a top-level domain denies it",
    "D17": "a name that one server shows over TCP alone, or to who claims to come from a private subnet",
    "D22": "an internal name that an answer about a public name points to or carries along",
    "D23": "a resolver's answer for a name that every server of the zone denies",
    "D24": "an answer for a random name of no zone, or one answer for random names of two zones",
}


def _config() -> Config:
    return Config(
        version=1,
        vantages={
            "internet": VantageConfig(
                side=Side.OUTSIDE, resolvers=("192.0.2.1",), controls=("https://w.example.org/",)
            ),
            "vpc": VantageConfig(
                side=Side.INSIDE, resolvers=("10.0.0.2",), search=("example.net",), rebinding="rb.example.net"
            ),
        },
        gateways={"api": GatewayConfig(url="https://api.example.net", control="/up", addresses=("45.76.0.9",))},
        services={"config": ServiceConfig(names=("config.internal.example.net",))},
        zones={"example.net": ZoneConfig(scope="public"), "internal.example.net": ZoneConfig(scope="internal")},
        networks=("45.76.0.0/32",),
        transparency="logged.txt",
    )


def plan() -> Plan:
    """The plan of that company, whose zone is served by two servers."""
    config, seeds = _config(), {"internet": "one", "vpc": "two"}
    first = opening(config, seeds)
    servers = tuple(NameServer(f"ns{n}.example.net", f"45.76.0.{n}", "both") for n in (1, 2))
    at = datetime(2026, 1, 1, tzinfo=UTC)
    seen: list[Seen] = []
    for probe in first.probes:
        if probe.role is Role.DELEGATION:
            said = "delegated" if probe.group == "zone:example.net" else "nxdomain"
            answer = DelegationAnswer("example.net", said, servers)
            seen.append(Observation(probe.id, probe.vantage, at, 0.0, Outcome.ANSWERED, answer=answer))
    return first + main(config, seeds, first.probes, seen)


def costs(made: Plan) -> dict[Check, tuple[int, int]]:
    """Questions in one sighting of each check, and controls around them."""
    found: dict[Check, tuple[int, int]] = {}
    for claim in made.claims:
        lanes = {probe.lane for probe in made.probes if probe.group == claim.key and probe.role is Role.TARGET}
        if claim.check is None or not lanes:
            continue
        roles = Counter(probe.role for probe in made.probes if probe.lane in lanes)
        asked = roles[Role.TARGET] + roles[Role.SIBLING]
        known = found.get(claim.check, (0, 0))
        found[claim.check] = max(known, (asked, roles[Role.ENTRANCE]))
    return found


def name_costs(made: Plan) -> dict[bool, int]:
    """Questions about one name in one sighting: at a resolver, and at a server of its zone."""
    found: dict[bool, int] = {}
    for claim in made.claims:
        if claim.aspect is Aspect.NAME and claim.expect is DnsExpectation.ABSENT:
            own = [p for p in made.probes if p.group == claim.key and p.role is Role.TARGET]
            found[claim.authoritative] = len(own)
    return found


def written(page: str) -> str:
    """The page with the table as the code has it now."""
    before, found, rest = page.partition(BEGIN)
    _, closed, after = rest.partition(END)
    assert found and closed, "docs/names.md has lost its table"
    return f"{before}{BEGIN}{_table()}{END}{after}"


def _table() -> str:
    made = plan()
    each, names = costs(made), name_costs(made)
    lines = ["| Class | What | Detected by | Questions a sighting | Shown |", "|---|---|---|---|---|"]
    for number, leak in LEAKS.items():
        detected = [_NAMES[number]] if number in _NAMES else []
        price = (
            [f"{names[False]} a name and resolver, {names[True]} a name and server"]
            if number in set(NAMED.values())
            else []
        )
        if number == "D24":
            price = ["4 a lane"]
        for check, classes in CHECKED.items():
            if number not in classes:
                continue
            rules = [rule.words for rule in CHECK_RULES[check] if rule.verdict in BAD]
            detected.append(f"`{check}`: " + "; ".join(rules))
            asked, around = each[check]
            price.append(
                f"`{check}`: {asked}{'+' if check in _MORE else ''}" + (f" and {around} around" if around else "")
            )
        shown = [f"{sum(row.leaky for row in ROWS if row.number == number)} leaky, "
                 f"{sum(not row.leaky for row in ROWS if row.number == number)} sound"]  # fmt: skip
        shown = (
            shown
            if any(row.number == number for row in ROWS)
            else ["broken on purpose" if number == "D24" else "by tables"]
        )
        cells = (number, leak.title, "; ".join(detected), "; ".join(price), shown[0])
        lines.append("| " + " | ".join(re.sub(r"\|", "\\|", cell) for cell in cells) + " |")
    return "\n".join([*lines, "", NOTES])


#: Checks whose one question is several on the wire.
_MORE = frozenset({Check.WALK, Check.DELEGATION})


NOTES = """\
A sighting is one look at a thing at one server; what is not closed is looked at twice more. Names are asked in
lanes of twenty with their controls around them: at a resolver two questions about a public name, four about
names that nobody has, and two a type for each level that the names stand on; at a server of the zone its SOA
twice, and the same for each level. A name that exists though it was to be absent costs five questions more and
five for random names beside it, once. `walk`: one question more for each name of the chain, `walk_names` at
most. `delegation`: about three a level below the root, and two for each name server. Inside, a name costs two
questions a resolver and a zone one. `reverse`: one for each address.
"""


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text()))
