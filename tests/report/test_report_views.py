"""Both views of a name: the same whatever the order, and nothing is called missing where nobody was heard."""

from hypothesis import given
from hypothesis import strategies as st

from auditor.report.views import MOST_RECORDS, Said, compare

TYPES = ("A", "AAAA", "TXT", "CNAME")
RECORDS = st.tuples(st.sampled_from(TYPES), st.sampled_from(["10.0.0.1", "203.0.113.9", "fd00::1", "x.example."]))


@st.composite
def saids(draw: st.DrawFn) -> Said:
    rrtype = draw(st.sampled_from(TYPES[:3]))
    heard = draw(st.booleans())
    records = draw(st.frozensets(RECORDS, max_size=3)) if heard else frozenset()
    return Said(draw(st.sampled_from(["192.0.2.1", "192.0.2.2"])), rrtype, heard, records)


VIEW = st.lists(saids(), max_size=6)


@given(VIEW, VIEW, st.randoms())
def test_order_and_repetition_change_nothing(inside: list[Said], outside: list[Said], random: object) -> None:
    before = compare(inside, outside)
    shuffle = random.shuffle  # type: ignore[attr-defined]
    left, right = inside * 2, list(outside)
    shuffle(left)
    shuffle(right)
    after = compare(left, right)
    assert [(line.rrtype, line.data, line.word) for line in after.lines] == [
        (line.rrtype, line.data, line.word) for line in before.lines
    ]


@given(VIEW, VIEW)
def test_every_record_has_one_line_and_the_word_is_true(inside: list[Said], outside: list[Said]) -> None:
    left = {record for said in inside for record in said.records}
    right = {record for said in outside for record in said.records}
    lines = compare(inside, outside).lines
    assert {(line.rrtype, line.data) for line in lines} == left | right and len(lines) == len(left | right)
    for line in lines:
        record = (line.rrtype, line.data)
        assert (line.word == "same") == (record in left and record in right)
        if line.word == "only inside":
            assert record in left and record not in right and any(said.heard for said in outside)
        if line.word == "only outside":
            assert record in right and record not in left and any(said.heard for said in inside)


@given(VIEW, VIEW)
def test_the_views_are_each_others_mirror(one: list[Said], other: list[Said]) -> None:
    mirrored = {"only inside": "only outside", "inside unknown": "outside unknown"}
    mirrored |= {there: here for here, there in mirrored.items()}
    there = [mirrored.get(line.word, line.word) for line in compare(one, other).lines]
    assert [line.word for line in compare(other, one).lines] == there


@given(VIEW)
def test_nothing_is_called_missing_where_nobody_was_heard(inside: list[Said]) -> None:
    silent = [Said("192.0.2.1", rrtype, False) for rrtype in TYPES]
    words = {line.word for line in compare(inside, silent).lines}
    assert words <= {"outside unknown"}
    assert {line.word for line in compare(silent, inside).lines} <= {"inside unknown"}


def test_a_type_that_only_one_side_was_asked_for_is_unknown_on_the_other() -> None:
    inside = [Said("10.0.0.53", "A", True, frozenset({("A", "10.0.0.1")}))]
    outside = [
        Said("192.0.2.1", "A", True),
        Said("192.0.2.1", "TXT", True, frozenset({("TXT", '"v=spf1 ip4:10.1.0.0/16 -all"')})),
    ]
    found = {line.rrtype: line for line in compare(inside, outside).lines}
    assert (found["A"].word, found["TXT"].word) == ("only inside", "inside unknown")


def test_private_addresses_are_marked_wherever_they_stand() -> None:
    records = {
        ("A", "10.0.0.1"): "private use",
        ("A", "203.0.113.1"): "",
        ("AAAA", "fd00::1"): "unique local",
        ("AAAA", "64:ff9b::a00:1"): "private use",
        ("HTTPS", '1 . alpn="h2" ipv4hint="203.0.113.80,10.1.2.3"'): "private use",
        ("HTTPS", "1 . ipv6hint=fd00::7"): "unique local",
        ("TXT", '"v=spf1 ip4:172.16.0.0/12 -all"'): "private use",
        ("TXT", '"version=10.1"'): "",
        ("MX", "10 mail.example.net."): "",
    }
    lines = compare([], [Said("192.0.2.1", rrtype, True, frozenset({(rrtype, data)})) for rrtype, data in records])
    assert {(line.rrtype, line.data): line.private for line in lines.lines} == records


def test_which_servers_give_a_record_is_said_where_not_all_do() -> None:
    given_by = frozenset({("A", "10.0.0.1")})
    outside = [Said("192.0.2.1", "A", True, given_by), Said("192.0.2.2", "A", True), Said("192.0.2.3", "A", False)]
    (line,) = compare([], outside).lines
    assert line.where == "1 of 2 asked: 192.0.2.1"
    (line,) = compare([], [Said("192.0.2.1", "A", True, given_by), Said("192.0.2.2", "A", True, given_by)]).lines
    assert line.where == ""


def test_more_records_than_are_drawn_are_counted() -> None:
    many = frozenset(("A", f"192.0.2.{number}") for number in range(200))
    found = compare([], [Said("192.0.2.1", "A", True, many)])
    assert (len(found.lines), found.more) == (MOST_RECORDS, 200 - MOST_RECORDS)
