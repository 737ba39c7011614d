"""One audit of the whole estate: leaky places are told, sound ones are proven closed, and nothing else is said."""

import pytest

from auditor.model import BAD, Check, Verdict
from names import places
from names.auditing import Told, audited, probes_yaml
from names.corpus import QUIET, ROWS, Row
from names.estate import Estate

pytestmark = pytest.mark.xdist_group("names")

_BAD = {verdict.value for verdict in BAD}


def _id(row: Row) -> str:
    return f"{row.number} {'leaky' if row.leaky else 'sound'}: {row.what}"


@pytest.mark.parametrize("row", [row for row in ROWS if row.leaky], ids=_id)
def test_a_leaky_place_is_told(whole: Told, row: Row) -> None:
    found = whole.words(**row.where)
    assert found, f"no verdict at {row.where}"
    assert all(set(words.split("|")) & found for words in row.words), found


@pytest.mark.parametrize("row", [row for row in ROWS if not row.leaky], ids=_id)
def test_a_sound_place_is_proven_and_not_accused(whole: Told, row: Row) -> None:
    assert whole.words(**row.where) == row.words


@pytest.mark.parametrize("service", QUIET)
def test_nothing_bad_is_said_of_what_is_sound(whole: Told, service: str) -> None:
    found = whole.verdicts(service=service)
    assert found
    assert [f"{v['target']} at {v['address']}: {v['verdict']}" for v in found if v["verdict"] in _BAD] == []


def test_every_class_that_is_looked_for_has_a_leaky_and_a_sound_place() -> None:
    classes = {f"D{n}" for n in (*range(1, 12), 13, 14, 15, 16, 17, 18, 19, 20, 22, 23)}
    assert {row.number for row in ROWS if row.leaky} == classes
    assert {row.number for row in ROWS if not row.leaky} == classes


def test_everything_planned_was_observed(whole: Told) -> None:
    audit = whole.json["audit"]
    assert (audit["complete"], audit["skipped"], audit["observed"]) == (True, 0, audit["planned"])
    assert whole.code == 1
    assert {check.value for check in Check} <= {v["target"].partition(" ")[0] for v in whole.json["verdicts"]}


def test_every_kind_of_resolver_was_asked_and_every_family_of_servers(whole: Told) -> None:
    asked = {v["address"] for v in whole.verdicts(service="sound")}
    resolver = places.PUBLIC_RESOLVER
    assert asked == {
        resolver, f"tcp://{resolver}", f"tls://{resolver}", f"https://{resolver}/dns-query",
        places.BIND, places.BIND6, places.NSD, places.NSD6,
    }  # fmt: skip


# --- broken on purpose -----------------------------------------------------------------------------------------

#: A small audit: a sound name and a leaky one.
FEW = {
    "zones": ("internal.sound.example", "internal.leaky.example", "sound.example"),
    "names": ("sound", "split"),
    "gateways": False,
    "patience": 2,
}


def verdicts_of(told: Told, service: str) -> set[str]:
    return {v["verdict"] for v in told.verdicts(service=service)}


def test_with_nobody_inside_to_answer_nothing_is_closed(built: Estate) -> None:
    text = probes_yaml(built, inside=("10.66.0.99",), resolvers=(places.PUBLIC_RESOLVER,), **FEW)  # type: ignore[arg-type]
    told = audited(built, text, "no-inside")
    closed = {v["target"] for v in told.json["verdicts"] if v["verdict"] == Verdict.CLOSED.value}
    assert closed <= {"search sound.example"}  # of the vantage itself
    assert told.words(target="config.internal.leaky.example") == {"resolves answers"}


def test_a_resolver_that_rewrites_is_blind_for_names(built: Estate) -> None:
    text = probes_yaml(built, resolvers=(places.HIJACKER, places.PUBLIC_RESOLVER), **FEW)  # type: ignore[arg-type]
    told = audited(built, text, "hijacked")
    assert told.words(service="sound", address=places.HIJACKER) == {"untested hijack"}
    assert told.words(service="sound", address=places.PUBLIC_RESOLVER) == {"closed nxdomain"}
    assert told.words(service="sound", address=places.BIND) == {"closed nxdomain"}
    assert "closed" not in {v["verdict"] for v in told.verdicts(address=places.HIJACKER)}
    # What equals the inside answer is not explained by rewriting.
    assert "resolves split_horizon" in told.words(target="jobs.internal.leaky.example", address=places.HIJACKER)


def test_a_resolver_that_fails_first_never_closes_by_failing(built: Estate) -> None:
    text = probes_yaml(built, resolvers=(places.FLAKY, places.PUBLIC_RESOLVER), **FEW)  # type: ignore[arg-type]
    told = audited(built, text, "flaky")
    found = told.words(service="sound", address=places.FLAKY)
    assert found <= {"untested servfail", "unproven outside_control_failed", "unproven unstable_replay"}
    assert told.words(service="sound", address=places.PUBLIC_RESOLVER) == {"closed nxdomain"}
    assert told.words(service="sound", address=places.BIND) == {"closed nxdomain"}


def test_a_resolver_that_is_down_closes_nothing_and_its_neighbours_do(built: Estate) -> None:
    text = probes_yaml(
        built,
        resolvers=("45.76.8.77", places.PUBLIC_RESOLVER),
        **{**FEW, "zones": ("sound.example",), "patience": 1},
    )  # type: ignore[arg-type]
    told = audited(built, text, "down")
    assert not {v["verdict"] for v in told.verdicts(address="45.76.8.77")} & ({"closed"} | _BAD)
    assert told.words(service="sound", address=places.PUBLIC_RESOLVER) == {"closed nxdomain"}


def test_a_stored_audit_is_judged_the_same_again(built: Estate, whole: Told) -> None:
    import subprocess
    import sys

    again = subprocess.run(
        [sys.executable, "-m", "auditor", "judge", "--config", str(built.home / "probes.yaml")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert again.returncode == 0, again.stdout + again.stderr
