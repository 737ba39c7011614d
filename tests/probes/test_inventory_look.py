"""The kind `inventory`: names out of zone files and certificate logs, sound ones and such as a stranger wrote."""

import json
import os
import random
from datetime import UTC, datetime
from time import monotonic

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.config import Limits
from auditor.model import InventoryAnswer, InventoryQuestion, Observation, Outcome, Probe, Role
from auditor.probes import Eyes, collected, inventory, look, zone_file
from auditor.probes.collected import Collected

ZONE = "example.net"


async def held(file, act="zone", *, zones=(ZONE,), seconds: float = 5.0) -> Observation:
    eyes = Eyes(name="vpc", resolvers=(), limits=Limits(probe_seconds=seconds), now=lambda: datetime.now(UTC))
    question = InventoryQuestion(act, str(file), zones)
    started = monotonic()
    seen = await look(Probe("p1", "vpc", Role.INVENTORY, "g", "lane", 0, question), eyes)
    assert monotonic() - started < seconds + 1
    assert seen.detail.isprintable()
    return seen


async def names_in(tmp_path, text: str | bytes, act="zone", **more) -> InventoryAnswer:
    file = tmp_path / "names"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    seen = await held(file, act, **more)
    assert seen.outcome is Outcome.ANSWERED, seen.detail
    told = seen.answer
    assert isinstance(told, InventoryAnswer)
    assert list(told.names) == sorted(set(told.names))
    assert all(0x20 <= ord(c) < 0x7F for name in told.names for c in name)
    assert len(told.notes) <= collected.MOST_NOTES and all(note.isprintable() for note in told.notes)
    return told


SOUND = """\
$TTL 1h
$ORIGIN Example.NET.
@ IN SOA ns1 hostmaster.example.net. (
      2024010101 ; serial
      1h 15m 4w )
        NS  ns1
        1d IN NS ns2.elsewhere.test.
ns1 A 192.0.2.1
    IN AAAA 2001:db8::1
WWW 300 IN CNAME web
text IN 300 TXT "a ; b ( c" ( "two"
   "three" )
*.apps A 192.0.2.2
_ldap._tcp SRV 0 5 389 dc1
xn--bcher-kva A 192.0.2.9
$ORIGIN corp.example.net.
db A 10.0.0.9 ; a comment with ( in it
back\\.slash\\032x A 10.0.0.10
full.example.net. A 192.0.2.3
unknown TYPE65534 \\# 0
outside.test. A 192.0.2.4
2t7b4g4vsa5smi47k61mv5bv1a22bojr NSEC3 1 1 12 aabb 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR A
$GENERATE 1-3/2 host${0,3,d} A 10.0.1.$
"""


async def test_a_zone_file_in_all_its_forms(tmp_path) -> None:
    told = await names_in(tmp_path, SOUND)
    assert told.names == tuple(
        sorted(
            [
                ZONE,
                f"ns1.{ZONE}",
                f"www.{ZONE}",
                f"text.{ZONE}",
                f"*.apps.{ZONE}",
                f"_ldap._tcp.{ZONE}",
                f"xn--bcher-kva.{ZONE}",
                f"db.corp.{ZONE}",
                f"back\\.slash\\032x.corp.{ZONE}",
                f"full.{ZONE}",
                f"unknown.corp.{ZONE}",
                f"host001.corp.{ZONE}",
                f"host003.corp.{ZONE}",
            ]
        )
    )
    assert (told.others, told.refused, told.whole, told.notes) == (1, 0, True, ())


async def test_the_zone_is_the_origin_where_none_is_named(tmp_path) -> None:
    told = await names_in(tmp_path, "\ufeffwww A 192.0.2.1\r\n  TXT x\r\n@ MX 10 mail\r\n")
    assert told.names == (ZONE, f"www.{ZONE}")


async def test_another_file_is_never_opened(tmp_path) -> None:
    (tmp_path / "other").write_text("secret A 10.0.0.1\n")
    told = await names_in(tmp_path, f"$INCLUDE {tmp_path}/other\nwww A 192.0.2.1\n")
    assert told.names == (f"www.{ZONE}",)
    assert not told.whole and told.notes == ("line 1: $INCLUDE was not followed",)


@pytest.mark.parametrize(
    "bomb",
    [
        "$GENERATE 0-4294967295 h$ A 10.0.0.1",
        "$GENERATE 0-4294967295/0 h$ A 10.0.0.1",
        "$GENERATE 1-9999999999 h${0,999,d} A 10.0.0.1",
        "\n".join(["$GENERATE 0-4294967295 same A 10.0.0.1"] * 8),
    ],
)
async def test_generated_names_are_bounded(tmp_path, bomb: str) -> None:
    told = await names_in(tmp_path, f"www A 192.0.2.1\n{bomb}\n", seconds=3.0)
    assert f"www.{ZONE}" in told.names and len(told.names) <= collected.MOST_NAMES
    assert not told.whole and told.notes


async def test_lines_that_make_no_sense_are_counted_and_named(tmp_path) -> None:
    text = (
        "www A 192.0.2.1\nthis is no record\n$FANCY x\n$GENERATE x-y z A 1\na..b A 10.0.0.1\n"
        + "b" * 70
        + " A 10.0.0.1\n"
    )
    told = await names_in(tmp_path, text)
    assert told.names == (f"www.{ZONE}",) and told.refused == 5
    assert [note.partition(":")[0] for note in told.notes] == ["line 2", "line 3", "line 4", "line 5", "line 6"]


async def test_notes_are_capped_and_what_was_left_out_is_always_said(tmp_path) -> None:
    told = await names_in(tmp_path, "www A 192.0.2.1\n" + "nonsense\n" * 500 + "$INCLUDE x\n")
    assert told.refused == 500 and "$INCLUDE" in told.notes[-1]


GARBAGE = random.Random(7).randbytes(300_000)


@pytest.mark.parametrize("act", ["zone", "transparency"])
@pytest.mark.parametrize(
    "text", [GARBAGE, b"\0" * 100_000, b"(" * 200_000, b'"' * 20_000, b"\x1b[2J<script>" * 5000, b"[" * 100_000]
)
async def test_garbage_is_unreadable_and_its_line_is_named(tmp_path, act: str, text: bytes) -> None:
    file = tmp_path / "garbage"
    file.write_bytes(text)
    seen = await held(file, act)
    assert seen.outcome is Outcome.UNREADABLE and seen.answer is None
    assert "line " in seen.detail


async def test_what_is_not_there_or_no_file_is_unreadable(tmp_path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for file in (tmp_path / "nowhere", tmp_path, tmp_path / "pipe", "/dev/zero", "nul\0"):
        seen = await held(file)
        assert (seen.outcome, seen.answer) == (Outcome.UNREADABLE, None) and "cannot be read" in seen.detail


async def test_a_file_that_is_too_long_is_read_up_to_there(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(inventory, "MOST_BYTES", 2000)
    told = await names_in(tmp_path, "".join(f"h{n} A 10.0.0.1\n" for n in range(1000)))
    assert not told.whole and 0 < len(told.names) < 200 and "2,000 bytes" in told.notes[0]


async def test_more_names_than_are_kept(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(collected, "MOST_NAMES", 50)
    told = await names_in(tmp_path, "".join(f"h{n} A 10.0.0.1\n" for n in range(1000)))
    assert len(told.names) == 50 and not told.whole and "50 names" in told.notes[0]


def test_reading_ends_when_the_time_is_over() -> None:
    ticks = iter(range(1000))
    into = Collected((ZONE,), until=10, clock=lambda: next(ticks))
    with pytest.raises(collected.Full, match="no time left"):
        zone_file.read(((n, f"h{n} A 10.0.0.1") for n in range(1000)), ZONE, into)
    assert len(into.answer().names) == 11


CERTIFICATES = [
    {
        "issuer_name": "C=US, O=Let's Encrypt",
        "common_name": "www.example.net",
        "name_value": "example.net\nWWW.example.net",
    },
    {
        "common_name": "*.Corp.example.net",
        "name_value": "*.corp.example.net\nadmin@example.net\nvault.corp.example.net.",
    },
    {"dns_names": ["bücher.example.net", "other.test"], "id": 7},
    {"common_name": "10.0.0.1", "name_value": "10.0.0.1"},
    {"common_name": "Our Own CA", "name_value": "<b>.example.net"},
    "plain.example.net",
    7,
    {"id": 9},
]
LOGGED = (
    f"*.corp.{ZONE}",
    ZONE,
    f"plain.{ZONE}",
    f"vault.corp.{ZONE}",
    f"www.{ZONE}",
    f"xn--bcher-kva.{ZONE}",
)


@pytest.mark.parametrize("indent", [None, 2])
async def test_a_list_of_certificates(tmp_path, indent) -> None:
    told = await names_in(tmp_path, json.dumps(CERTIFICATES, indent=indent), "transparency")
    assert (told.names, told.others, told.whole) == (LOGGED, 1, True)
    assert told.refused == 5 and all(
        "example.net is no host name" not in note or "@" in note or "<b>" in note for note in told.notes
    )


async def test_certificates_line_by_line(tmp_path) -> None:
    text = (
        "\n".join(json.dumps(each) for each in CERTIFICATES if isinstance(each, dict))
        + "\nplain.example.net # and so on\n"
    )
    told = await names_in(tmp_path, text, "transparency")
    assert (told.names, told.others) == (LOGGED, 1)


async def test_one_name_a_line(tmp_path) -> None:
    told = await names_in(tmp_path, "# ours\n\nWWW.example.net\n*.corp.example.net.\nother.test\n", "transparency")
    assert (told.names, told.others, told.refused) == ((f"*.corp.{ZONE}", f"www.{ZONE}"), 1, 0)


async def test_nothing_in_it_is_nothing_found(tmp_path) -> None:
    for text in ("", "[]", "\n# none\n"):
        told = await names_in(tmp_path, text, "transparency")
        assert (told.names, told.others, told.refused) == ((), 0, 0)


async def test_a_list_that_breaks_off_says_so(tmp_path) -> None:
    whole = json.dumps(CERTIFICATES)
    told = await names_in(tmp_path, whole[: whole.index("dns_names")], "transparency")
    assert f"www.{ZONE}" in told.names and not told.whole and told.refused == 2


async def test_a_nest_without_end_is_refused(tmp_path) -> None:
    told = await names_in(tmp_path, '["www.example.net", ' + "[" * 100_000, "transparency")
    assert told.names == (f"www.{ZONE}",) and not told.whole


async def test_twenty_thousand_names_take_no_long(tmp_path) -> None:
    zone = await names_in(tmp_path, "".join(f"h{n} 300 IN A 10.0.0.1\n" for n in range(20_000)))
    assert len(zone.names) == 20_000 and zone.whole
    rows = [{"common_name": f"h{n}.{ZONE}", "name_value": f"h{n}.{ZONE}"} for n in range(20_000)]
    logged = await names_in(tmp_path, json.dumps(rows), "transparency")
    assert len(logged.names) == 20_000 and logged.whole


@given(st.text(max_size=300))
def test_no_text_crashes_the_reader(text: str) -> None:
    into = Collected((ZONE,), until=monotonic() + 5)
    zone_file.read(enumerate(text.split("\n"), 1), ZONE, into)
    assert all(0x20 <= ord(c) < 0x7F for name in into.answer().names for c in name)


@given(st.text('1 \t0shmdw\\"();$@.x-', max_size=200))
def test_no_zone_like_text_takes_long(text: str) -> None:
    into = Collected((ZONE,), until=monotonic() + 5)
    started = monotonic()
    zone_file.read(enumerate((text * 20).split("\n"), 1), ZONE, into)
    assert monotonic() - started < 1.0
