"""What public DNS says of a name: the table of expectations, its controls and its traps."""

from dataclasses import replace

import pytest
from judge_builder import NODATA, NXDOMAIN, PUBLIC, Answered, Dns, NameScene, each_lost

from auditor.judge import judge, needs_replay
from auditor.judge.addresses import IPV4, IPV6, special
from auditor.model import Confidence, DnsExpectation, Outcome, Reason, SkipReason, Verdict

_O, _S = Outcome, SkipReason
ABSENT, PRIVATE_ONLY, DIFFERS, _ = DnsExpectation
C, R, U, T = Verdict.CLOSED, Verdict.RESOLVES, Verdict.UNPROVEN, Verdict.UNTESTED

sound = NameScene()
V6 = Dns((("AAAA", "2606:4700::1111"),))
OTHER_PRIVATE = Dns((("A", "192.168.7.7"),))
SAME = Dns((("A", "10.0.0.5"),))
ALIAS = Dns((("CNAME", "lb.example.org"),))
ALIAS_NODATA = Dns((("CNAME", "lb.example.org"),), _O.NODATA)
ALIAS_NXDOMAIN = Dns((("CNAME", "gone.example.org"),), _O.NXDOMAIN)
bad_out = {"entrance": (_O.DNS_TIMEOUT, _O.DNS_TIMEOUT)}
bad_in = {"truth": (_O.SERVFAIL, _O.SERVFAIL)}
hijacked = {"hijack": (PUBLIC, PUBLIC), "siblings": (PUBLIC, PUBLIC)}

#: observation, then (verdict, reason) for absent, private_only, differs_from_inside
TABLE: list[tuple[str, dict[str, object], tuple[str, str, str]]] = [
    ("NXDOMAIN", {}, ("closed nxdomain", "closed nxdomain", "closed nxdomain")),
    ("NODATA, label NXDOMAIN", {"a": NODATA, "aaaa": NODATA},
     ("resolves exists_no_data", "closed no_address", "closed no_address")),
    ("NODATA, label NODATA", {"a": NODATA, "aaaa": NODATA, "siblings": (NODATA, NODATA)},
     ("unproven ground_truth_indistinct",) * 3),
    ("public", {"a": PUBLIC, "aaaa": NODATA}, ("resolves answers", "resolves answers", "closed differs")),
    ("public, same as inside", {"a": PUBLIC, "aaaa": NODATA, "truth": (PUBLIC, NODATA)},
     ("resolves same_as_inside",) * 3),
    ("private", {"a": OTHER_PRIVATE, "aaaa": NODATA},
     ("resolves private_address", "closed only_private", "resolves private_address")),
    ("private, same as inside", {"a": SAME, "aaaa": NODATA},
     ("resolves split_horizon", "closed only_private", "resolves split_horizon")),
    ("public wildcard", {"a": PUBLIC, "aaaa": NXDOMAIN, "siblings": (PUBLIC, PUBLIC)},
     ("unproven wildcard", "resolves answers", "unproven wildcard")),
    ("private wildcard", {"a": SAME, "aaaa": NODATA, "siblings": (SAME, SAME)},
     ("resolves split_horizon", "unproven wildcard", "resolves split_horizon")),
    ("SERVFAIL", {"a": _O.SERVFAIL}, ("untested servfail",) * 3),
    ("REFUSED", {"a": _O.DNS_REFUSED}, ("untested dns_refused",) * 3),
    ("timeout", {"a": _O.DNS_TIMEOUT}, ("untested dns_timeout",) * 3),
    ("invalid", {"a": _O.DNS_INVALID}, ("untested dns_invalid",) * 3),
    ("another rcode", {"aaaa": _O.DNS_RCODE}, ("untested dns_invalid",) * 3),
    ("unreachable", {"a": _O.UNREACHABLE}, ("untested transport_error",) * 3),
    ("our own fault", {"a": _O.PROBER_ERROR}, ("untested transport_error",) * 3),
    ("hijack", {"a": PUBLIC, "aaaa": PUBLIC, **hijacked}, ("untested hijack",) * 3),
    ("hijack, clean answer", {**hijacked}, ("untested hijack",) * 3),
    ("hijack, but the inside answer", {"a": SAME, "aaaa": NXDOMAIN, **hijacked}, ("resolves split_horizon",) * 3),
    ("outside control failed, clean", {**bad_out}, ("unproven outside_control_failed",) * 3),
    ("outside control failed, bad", {"a": PUBLIC, **bad_out},
     ("resolves answers", "resolves answers", "unproven outside_control_failed")),
    ("outside control failed, private", {"a": OTHER_PRIVATE, **bad_out},
     ("resolves private_address", "unproven outside_control_failed", "resolves private_address")),
    ("inside control failed, clean", {**bad_in}, ("unproven inside_control_failed",) * 3),
    ("inside control failed, public", {"a": PUBLIC, "aaaa": NXDOMAIN, **bad_in},
     ("resolves answers", "resolves answers", "unproven inside_control_failed")),
    ("inside control failed, private", {"a": OTHER_PRIVATE, "aaaa": NXDOMAIN, **bad_in},
     ("resolves private_address", "unproven inside_control_failed", "resolves private_address")),
    ("alias without address", {"a": ALIAS_NODATA, "aaaa": ALIAS_NODATA},
     ("resolves answers", "closed no_address", "closed no_address")),
    ("alias to nothing", {"a": ALIAS_NXDOMAIN, "aaaa": ALIAS_NXDOMAIN}, ("resolves dangling",) * 3),
    ("AAAA only", {"aaaa": V6}, ("resolves answers", "resolves answers", "closed differs")),
    ("answered with nothing", {"a": Dns()}, ("untested dns_invalid",) * 3),
    ("wildcard beside NXDOMAIN", {"siblings": (PUBLIC, PUBLIC)}, ("unproven wildcard",) * 3),
    ("a label failed", {"siblings": (NXDOMAIN, _O.SERVFAIL)}, ("unproven outside_control_failed",) * 3),
    ("no label before", {"siblings": (_S.DEADLINE, NXDOMAIN)}, ("unproven control_missing",) * 3),
    ("no labels", {"siblings": ()}, ("unproven control_missing",) * 3),
    ("hijack control failed", {"hijack": (NXDOMAIN, _O.DNS_TIMEOUT)}, ("unproven outside_control_failed",) * 3),
    ("no entrance", {"entrance": (), "hijack": ()}, ("unproven control_missing",) * 3),
    ("vantage blind", {"sight": ()}, ("unproven control_missing",) * 3),
    ("nothing inside", {"truth": ()}, ("unproven control_missing",) * 3),
    ("skipped", {"a": _S.OUT_OF_SCOPE, "aaaa": _S.OUT_OF_SCOPE}, ("untested out_of_scope",) * 3),
    ("half skipped", {"aaaa": _S.DEADLINE}, ("untested not_run",) * 3),
    ("blind", {"a": _S.VANTAGE_BLIND, "aaaa": _S.VANTAGE_BLIND}, ("untested blind",) * 3),
]  # fmt: skip

CASES = [
    (f"{expect}: {name}", replace(sound, expect=expect, **changes), expected[column])  # type: ignore[arg-type]
    for name, changes, expected in TABLE
    for column, expect in enumerate((ABSENT, PRIVATE_ONLY, DIFFERS))
]


@pytest.mark.parametrize(("scene", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_from_answer_to_verdict(scene: NameScene, expected: str) -> None:
    judged = scene.judged()
    assert f"{judged.verdict} {judged.reason}" == expected


@pytest.mark.parametrize("scene", [case[1] for case in CASES], ids=[case[0] for case in CASES])
@pytest.mark.parametrize("lost", [_O.SERVFAIL, _O.DNS_TIMEOUT, _O.PROBER_ERROR, _O.DNS_INVALID, _S.DEADLINE, None])
def test_losing_an_observation_never_closes_a_name(scene: NameScene, lost: Answered) -> None:
    room = scene.room()
    plan = room.plan(scene.claim)
    before = judge(plan, room.seen).judgements[0].verdict
    assert judge(plan, room.seen[::-1]).judgements[0].verdict is before
    if before is not C:
        assert all(judge(plan, fewer).judgements[0].verdict is not C for fewer in each_lost(room, lost))


def test_one_answer_of_three_is_enough() -> None:
    judged = replace(sound, replays=((SAME, NODATA), (NXDOMAIN, NXDOMAIN))).judged()
    assert (judged.verdict, judged.reason, judged.ratio) == (R, Reason.SPLIT_HORIZON, (1, 3))
    assert "1 of 3" in judged.note


def test_what_is_told_besides() -> None:
    private = replace(sound, a=SAME, aaaa=NODATA).judged()
    assert private.info_leak == ("private address in public DNS: 10.0.0.5",)
    assert private.confidence is Confidence.HIGH
    exists = replace(sound, a=NODATA, aaaa=NODATA).judged()
    assert exists.confidence is Confidence.LOW
    hidden = replace(sound, expect=DIFFERS).judged()
    assert "missing from the public view" in hidden.note
    accepted = replace(sound, a=SAME, aaaa=NODATA, expect=PRIVATE_ONLY).judged()
    assert (accepted.verdict, accepted.info_leak) == (C, ("private address in public DNS: 10.0.0.5",))


def test_what_names_are_asked_again() -> None:
    assert not needs_replay(sound.judged(provisional=True))
    assert needs_replay(replace(sound, a=PUBLIC).judged(provisional=True))
    assert needs_replay(replace(sound, a=_O.SERVFAIL).judged(provisional=True))
    assert not needs_replay(replace(sound, **bad_in).judged(provisional=True))  # type: ignore[arg-type]


def test_an_inside_name_that_differs_needs_the_whole_truth() -> None:
    """Half an answer inside cannot show that outside says something else."""
    scene = replace(sound, a=PUBLIC, aaaa=NODATA, expect=DIFFERS, truth=(_O.DNS_TIMEOUT, V6))
    assert scene.judged().verdict is U


def test_labels_of_another_zone_do_not_count() -> None:
    room = replace(sound, siblings=()).room()
    other = replace(sound, name="config.elsewhere.example.org").room()
    lane_mates = [probe for probe in other.probes if probe.group.startswith("zone|")]
    assert lane_mates
    plan = room.plan(sound.claim)
    mixed = replace(plan, probes=plan.probes + tuple(replace(probe, id=f"x{probe.id}") for probe in lane_mates))
    seen = [
        replace(each, probe=f"x{each.probe}") for each in other.seen if any(each.probe == p.id for p in lane_mates)
    ]
    judged = judge(mixed, [*room.seen, *seen]).judgements[0]
    assert (judged.verdict, judged.reason) == (U, Reason.CONTROL_MISSING)


# --- addresses ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "0.1.2.3", "10.0.0.1", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.31.255.255", "192.0.0.8",
        "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.19.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1",
        "240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "64:ff9b:1::1", "100::1",
        "100:0:0:1::1", "2001::1", "2001:2::1", "2001:10::1", "2001:db8::1", "2002:0a00:0001::1", "3fff::1",
        "5f00::1",
        "fc00::1", "fd12::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "::10.0.0.1",
    ],
)  # fmt: skip
def test_addresses_that_are_not_of_the_public_internet(address: str) -> None:
    assert special(address)


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "172.15.0.1", "172.32.0.1",
        "192.0.0.9", "192.0.0.10", "192.31.196.1", "192.52.193.1", "192.175.48.1", "198.17.255.255", "198.20.0.0",
        "223.255.255.255", "2606:4700::1111",
        "64:ff9b::808:808", "2002:0808:0808::1", "::ffff:8.8.8.8", "2001:1::1",
        "2001:3::1", "2001:4:112::1", "2001:20::1", "2001:30::1", "2620:4f:8000::1", "2a00::1",
        "not an address", "",
    ],
)  # fmt: skip
def test_public_addresses(address: str) -> None:
    assert special(address) is None


def test_the_registry_has_a_source_for_every_block() -> None:
    blocks = (*IPV4, *IPV6)
    assert all(block.source.startswith("RFC ") and block.name for block in blocks)
    assert len({block.network for block in blocks}) == len(blocks)
