"""Public paths side by side: one row a path, one column for each address of each entrance, what each of them asks.

Must never decide who is let in: it reads the judge's reason, and only puts equal treatment beside unequal.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from auditor.model import BAD, DECISIVE, RANK, Anonymous, Judgement, Reason, Role
from auditor.report.codes import answer_words, cell_code
from auditor.report.reading import Reading, finding_key
from auditor.report.text import clip, number, plural
from auditor.report.wording import VERDICTS, entrance_label, reason_words

MOST_COLUMNS = 8  # above this the addresses of an entrance are merged
MOST_ROWS, FEW_ROWS = 200, 60

#: Whether an entrance asks for credentials, by why it was judged as it was. What is not here does not serve the
#: path, or was not told.
ASKS: dict[Reason, bool] = {
    Reason.DENIES_AND_SERVES: True,
    Reason.HIDES_AND_SERVES: True,
    Reason.DENIES: True,
    Reason.STRICTER: True,
    Reason.DENIED_TO_ALL: True,
    Reason.TOKEN_REFUSED: True,
    Reason.CREDENTIAL_MISSING: True,
    Reason.SERVES_EVERYONE: False,
    Reason.SAME_AS_AUTHENTICATED: False,
    Reason.NOT_DENIED: False,
}

#: Reasons under which a good cell says something else than that it is open.
_WORDS: dict[Reason, tuple[str, str, str]] = {  # css, icon, word
    Reason.NOT_SERVED: ("z", "minus", "not served"),
    Reason.STRICTER: ("g", "lock", "denied here"),
}

_EXPECTS = {Anonymous.DENIED: "denied without credentials", Anonymous.ALLOWED: "for everyone"}


@dataclass(frozen=True, slots=True)
class Cell:
    """What one address of an entrance does with a path. `codes`: without credentials, then with them."""

    entrance: str
    address: str
    css: str
    icon: str
    codes: tuple[str, ...]
    word: str
    title: str
    href: str | None = None
    small: str = ""
    edge: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """`same`: whether all that serve it ask the same; None: not told of all, or only one serves it."""

    service: str
    path: str
    expects: str
    owner: str
    cells: tuple[Cell, ...]
    same: bool | None
    css: str  # of the last column, as its sign and words
    icon: str
    verdict: str
    tokens: str


@dataclass(frozen=True, slots=True)
class Head:
    label: str
    addresses: tuple[tuple[str, str], ...]  # as shown, and whole


@dataclass(frozen=True, slots=True)
class Parity:
    heads: tuple[Head, ...]
    rows: tuple[Row, ...]
    paths: int
    differ: int  # rows that are not treated alike
    left_out: str


Key = tuple[str, str]  # public name, path


def parity(reading: Reading, *, small: bool = False) -> Parity | None:
    """The table, worst first; None where nothing is declared public. `small`: only what is not as meant."""
    paths = by_path(reading)
    if not paths:
        return None
    columns = _columns(reading)
    merged = sum(len(addresses) for addresses in columns.values()) > MOST_COLUMNS
    ordered = sorted(paths, key=lambda key: (min(RANK[j.verdict] for j in paths[key]), key))
    shown = ordered[: FEW_ROWS if small else MOST_ROWS]
    rows = tuple(_row(reading, key, paths[key], columns, merged) for key in shown)
    more = len(ordered) - len(shown)
    return Parity(
        heads=tuple(_head(entrance, addresses, merged) for entrance, addresses in columns.items()),
        rows=rows,
        paths=len(paths),
        differ=sum(same_treatment(judgements) is False for judgements in paths.values()),
        left_out=f"{plural(more, 'more path')}, none of them worse, in the JSON of this audit." if more else "",
    )


def by_path(reading: Reading) -> dict[Key, list[Judgement]]:
    found: dict[Key, list[Judgement]] = {}
    for judgement in reading.public:
        found.setdefault((judgement.claim.service, judgement.claim.target), []).append(judgement)
    return found


def same_treatment(judgements: Sequence[Judgement]) -> bool | None:
    """Whether every entrance that serves a path asks the same; None: that is not known of all of them."""
    asks = {ASKS[j.reason] for j in judgements if j.reason in ASKS}
    if len(asks) > 1:
        return False
    return None if not asks or any(j.verdict not in DECISIVE for j in judgements) else True


def codes_of(reading: Reading, judgement: Judgement) -> tuple[str, str | None]:
    """What was answered without credentials, and with them; None: none were sent there."""
    anonymous = cell_code(reading.seen.get(judgement.observation or ""), judgement.reason)
    probe = reading.probes.get(judgement.truth or "")
    if probe is None or probe.role is not Role.CREDENTIAL or probe.group != judgement.claim.key:
        return anonymous, None
    return anonymous, cell_code(reading.seen.get(probe.id))


def to_json(reading: Reading) -> list[dict[str, object]]:
    """The table for programs, whole, rows in the order of the plan."""
    return [
        {
            "service": service,
            "path": path,
            "anonymous": anonymous_of(judgements),
            "same": same_treatment(judgements),
            "entrances": [dict(_entrance_json(reading, judgement)) for judgement in judgements],
        }
        for (service, path), judgements in by_path(reading).items()
    ]


def anonymous_of(judgements: Sequence[Judgement]) -> str | None:
    declared = judgements[0].claim.anonymous
    return declared.value if declared is not None else None


def _entrance_json(reading: Reading, judgement: Judgement) -> Iterator[tuple[str, object]]:
    claim = judgement.claim
    anonymous, token = codes_of(reading, judgement)
    asks = ASKS.get(judgement.reason)
    yield "entrance", claim.entrance
    yield "address", claim.address
    yield "declared", claim.declared
    yield "anonymous", anonymous
    yield "with_token", token
    yield "asks", asks
    yield "served", False if judgement.reason is Reason.NOT_SERVED else True if asks is not None else None
    yield "verdict", judgement.verdict.value
    yield "reason", judgement.reason.value


def _columns(reading: Reading) -> dict[str, tuple[str | None, ...]]:
    """Each entrance and its addresses, the declared ones first."""
    found: dict[str, dict[str | None, None]] = {}
    for judgement in sorted(reading.public, key=lambda j: not j.claim.declared):
        found.setdefault(judgement.claim.entrance, {})[judgement.claim.address] = None
    return {entrance: tuple(addresses) for entrance, addresses in found.items()}


def _head(entrance: str, addresses: tuple[str | None, ...], merged: bool) -> Head:
    label = clip(entrance_label(entrance), 40)
    if merged and len(addresses) > 1:
        whole = ", ".join(address or "address not known" for address in addresses)
        return Head(label, ((plural(len(addresses), "address", "addresses"), whole),))
    return Head(label, tuple((_short(address), address or "address not known") for address in addresses))


def _short(address: str | None) -> str:
    if address is None:
        return "unresolved"
    text = clip(address, 60)
    return text if len(text) <= 22 else f"{text[:12]}…{text[-8:]}"


def _row(
    reading: Reading,
    key: Key,
    judgements: Sequence[Judgement],
    columns: dict[str, tuple[str | None, ...]],
    merged: bool,
) -> Row:
    cells: list[Cell] = []
    for entrance, addresses in columns.items():
        here = {j.claim.address: j for j in judgements if j.claim.entrance == entrance}
        if merged:
            cells.append(_merged(reading, list(here.values()), entrance))
        else:
            cells += [_cell(reading, here.get(a), entrance, a, n == 0) for n, a in enumerate(addresses)]
    declared = judgements[0].claim.anonymous
    same = same_treatment(judgements)
    css, icon, words_of_same = _sameness(judgements, same)
    words = [clip(key[0], 80), clip(key[1], 120), *sorted({f"v:{j.verdict.value}" for j in judgements})]
    words += sorted({f"via:{clip(j.claim.entrance, 60)}" for j in judgements})
    owner = reading.owners.get(key[0], "")
    return Row(
        service=clip(key[0], 120),
        path=clip(key[1], 160),
        expects=_EXPECTS[declared] if declared is not None else "",
        owner=clip(owner, 120),
        cells=tuple(cells),
        same=same,
        css=css,
        icon=icon,
        verdict=words_of_same,
        tokens=" ".join(words).lower(),
    )


def _sameness(judgements: Sequence[Judgement], same: bool | None) -> tuple[str, str, str]:
    """The last column, as class, sign and words: how many of those that serve it ask, where they differ."""
    asks = [ASKS[j.reason] for j in judgements if j.reason in ASKS]
    if same is False:
        bare = sum(not each for each in asks)
        return (
            "red b",
            "x",
            f"{number(bare)} of {number(len(asks))} {'asks' if bare == 1 else 'ask'} for nothing",
        )
    if same is None:
        return "amb", "q", "Not known of all"
    if len(asks) == 1:
        return "mut", "minus", "Only one serves it"
    return "grn", "ck", f"Yes, on all {number(len(asks))}"


def _cell(reading: Reading, judgement: Judgement | None, entrance: str, address: str | None, edge: bool) -> Cell:
    if judgement is None:
        return Cell(entrance, address or "", "z", "minus", (), "not asked", "not asked here", edge=edge)
    words = VERDICTS[judgement.verdict]
    css, icon, word = _WORDS.get(judgement.reason, (words.letter, words.icon, words.label.lower()))
    finding = reading.open_findings.get(finding_key(judgement.claim))
    anonymous, token = codes_of(reading, judgement)
    return Cell(
        entrance=entrance,
        address=address or "",
        css=css,
        icon=icon,
        codes=(anonymous,) if token is None else (anonymous, token),
        word=word,
        title=_title(reading, judgement, token is not None),
        href=f"#{finding.id}" if finding and judgement.verdict in BAD else None,
        edge=edge,
    )


def _title(reading: Reading, judgement: Judgement, with_token: bool) -> str:
    title = f"{VERDICTS[judgement.verdict].short}: {reason_words(judgement.verdict, judgement.reason)}"
    if judgement.vantage:
        said = clip(answer_words(reading.seen.get(judgement.observation or "")), 120)
        title += f" {clip(judgement.vantage, 60)}, without credentials: {said}."
        if with_token:
            title += f" With the token: {clip(answer_words(reading.seen.get(judgement.truth or '')), 120)}."
    return title


def _merged(reading: Reading, judgements: Sequence[Judgement], entrance: str) -> Cell:
    if not judgements:
        return _cell(reading, None, entrance, None, True)
    worst = min(judgements, key=lambda j: RANK[j.verdict])
    cell = _cell(reading, worst, entrance, worst.claim.address, True)
    same = sum(j.verdict is worst.verdict for j in judgements)
    small = f"{number(same)}/{number(len(judgements))}" if len(judgements) > 1 else ""
    return Cell(
        cell.entrance, cell.address, cell.css, cell.icon, cell.codes, cell.word, cell.title, cell.href, small, True
    )
