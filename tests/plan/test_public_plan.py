"""What must be public, as planned: where it is asked, in which order, and where its credential goes."""

from collections import Counter
from dataclasses import replace

import pytest
from test_followups import answered

from auditor.config import Config, PublicConfig, PublicPath, SecretFrom
from auditor.config.model import AroundConfig
from auditor.model import Anonymous, Aspect, Doubt, HttpQuestion, Plan, Probe, Role
from auditor.plan import digest, followups, main, opening, replays
from auditor.plan.public import credential_key, is_declared, public_claims, served_at

SEEDS = {"internet": "one", "vpc": "two"}
KEY = credential_key("orders", "/orders")


@pytest.fixture
def public(config: Config) -> Config:
    """At a gateway with two addresses; the other gateway is known by address here, so that nothing is resolved."""
    api = config.gateways["api"].model_copy(update={"addresses": ("203.0.113.1",)})
    paths = (
        PublicPath(path="/orders", anonymous=Anonymous.DENIED, token=SecretFrom(env="TOKEN")),
        PublicPath(path="/bare", anonymous=Anonymous.DENIED),
        PublicPath(path="/catalog", anonymous=Anonymous.ALLOWED, token=SecretFrom(env="TOKEN")),
    )
    return config.model_copy(
        update={
            "gateways": config.gateways | {"api": api},
            "public": {"orders": PublicConfig(gateway="edge", paths=paths)},
        }
    )


def planned(config: Config) -> Plan:
    return main(config, SEEDS, (), ())


def asked(plan: Plan, **facts: object) -> list[Probe]:
    probes = [p for p in plan.probes if "|public|" in p.group or p.lane.startswith("public|")]
    return [p for p in probes if all(getattr(p, name) == value for name, value in facts.items())]


def test_a_claim_for_each_path_at_each_address_of_each_entrance(public: Config) -> None:
    claims = [c for c in planned(public).claims if c.aspect is Aspect.PUBLIC]
    assert len(claims) == 3 * (2 + 1)
    assert {(c.entrance, c.declared) for c in claims} == {("edge", True), ("api", False)}
    assert {(c.target, c.anonymous) for c in claims} == {
        ("/orders", Anonymous.DENIED), ("/bare", Anonymous.DENIED), ("/catalog", Anonymous.ALLOWED),
    }  # fmt: skip
    assert len({c.key for c in claims}) == len(claims)


def test_what_it_is_compared_with_can_be_chosen(public: Config) -> None:
    entry = public.public["orders"]
    both = ["edge", "api"]
    for compare, names in (("all", both), ("none", ["edge"]), (("api",), both), (("edge",), ["edge"])):
        chosen = entry.model_copy(update={"compare": compare})
        ways = list(served_at(public, chosen))
        assert [each.name for each in ways] == names
        assert [is_declared(chosen, each) for each in ways] == [True] + [False] * (len(names) - 1)


def test_the_ways_around_a_gateway_are_held_against_it(public: Config) -> None:
    around = AroundConfig(listeners=("http:80",), origins=("198.51.100.9",))
    edge = public.gateways["edge"].model_copy(update={"around": around})
    config = public.model_copy(update={"gateways": public.gateways | {"edge": edge}})
    claims = [c for c in planned(config).claims if c.target == "/orders"]
    assert {(c.entrance, c.address, c.around, c.origin, c.declared) for c in claims} == {
        ("edge", "203.0.113.7", None, False, True),
        ("edge", "2001:db8::7", None, False, True),
        ("edge around http:80", "203.0.113.7", "edge", False, False),
        ("edge around http:80", "2001:db8::7", "edge", False, False),
        ("edge origin", "198.51.100.9", "edge", True, False),
        ("edge origin http:80", "198.51.100.9", "edge", True, False),
        ("api", "203.0.113.1", None, False, False),
    }
    plan = planned(config)
    named = [p.question for p in plan.probes if _with(p) and isinstance(p.question, HttpQuestion)]
    assert {(q.address, q.port, q.host_header) for q in named} == {
        ("203.0.113.7", 8081, None), ("2001:db8::7", 8081, None),
    }  # fmt: skip


def test_a_gateway_without_an_address_keeps_its_claims(public: Config) -> None:
    claims = public_claims(public, {"edge": ("203.0.113.7", None)})
    assert {(c.entrance, c.address) for c in claims} == {("edge", "203.0.113.7"), ("edge", None), ("api", None)}


def test_one_sighting_stands_between_its_controls(public: Config) -> None:
    plan = planned(public)
    (claim,) = [c for c in plan.claims if c.target == "/orders" and c.address == "203.0.113.7"]
    lane = {p.lane for p in asked(plan, group=claim.key)}
    assert len(lane) == 1
    around = [p for p in asked(plan, lane=lane.pop()) if p.group in (claim.key, "gw|edge|203.0.113.7")]
    assert Counter((p.step, p.role, _with(p)) for p in around) == {
        (0, Role.ENTRANCE, False): 1,
        (1, Role.SIBLING, False): 2,
        **{(2 + turn, Role.TARGET, False): 1 for turn in range(6)},  # several backends may take turns
        (8, Role.SIBLING, False): 1,
        (8, Role.CREDENTIAL, True): 1,
        (8, Role.SIBLING, True): 1,
        (9, Role.ENTRANCE, False): 1,
    }


def _with(probe: Probe) -> bool:
    return isinstance(probe.question, HttpQuestion) and probe.question.credential is not None


def test_the_credential_is_named_at_its_own_gateway_alone(public: Config) -> None:
    plan = planned(public)
    named = [p for p in plan.probes if _with(p)]
    assert {p.question.credential for p in named if isinstance(p.question, HttpQuestion)} == {KEY}
    assert {(p.question.host, p.question.address) for p in named if isinstance(p.question, HttpQuestion)} == {
        ("edge.example.com", "203.0.113.7"), ("edge.example.com", "2001:db8::7"),
    }  # fmt: skip
    assert {p.role for p in named} == {Role.CREDENTIAL, Role.SIBLING}
    assert all("TOKEN" not in repr(p) for p in plan.probes)
    assert not [p for p in plan.probes if _with(p) and p.vantage == "vpc"]


def test_siblings_are_fresh_and_of_the_same_shape(public: Config) -> None:
    plan = planned(public)
    names = [p.question.target for p in asked(plan, role=Role.SIBLING) if isinstance(p.question, HttpQuestion)]
    assert len(set(names)) == len(names)
    assert all(name.count("/") == 1 and name not in ("/orders", "/bare", "/catalog") for name in names)


def test_only_what_is_in_doubt_is_asked_again(public: Config) -> None:
    plan = planned(public)
    (claim,) = [c for c in plan.claims if c.target == "/orders" and c.address == "203.0.113.7"]
    again = replays(public, SEEDS, plan.probes, (), [Doubt(claim, "internet", "baseline")])
    targets = [p for p in again.probes if p.role is Role.TARGET]
    assert [(p.group, p.attempt) for p in targets] == [(claim.key, 2)] * 3 + [(claim.key, 3)] * 3
    assert len([p for p in again.probes if p.role is Role.CREDENTIAL]) == 2


def test_a_vantage_by_file_looks_three_times_at_once(public: Config) -> None:
    vantage = public.vantages["internet"].model_copy(update={"by_file": True})
    config = public.model_copy(update={"vantages": public.vantages | {"internet": vantage}})
    attempts = {p.attempt for p in asked(planned(config), role=Role.CREDENTIAL)}
    assert attempts == {1, 2, 3}


def test_the_digest_knows_what_is_public(config: Config, public: Config) -> None:
    assert digest(config) != digest(public.model_copy(update={"gateways": config.gateways}))


def test_nothing_public_nothing_planned(config: Config) -> None:
    plan = opening(config, SEEDS) + planned(config)
    assert not [c for c in plan.claims if c.aspect is Aspect.PUBLIC]
    assert not [p for p in plan.probes if _with(p) or p.role is Role.CREDENTIAL]


@pytest.mark.parametrize(
    ("location", "to"),
    [
        ("/orders/", "/orders/"),
        ("http://edge.example.com:8081/orders/", "/orders/"),
        ("http://edge.example.com/orders/", None),
        ("https://edge.example.com:8081/orders/", None),
        ("http://api.example.com:8081/orders/", None),
        ("http://evil.example/orders/", None),
    ],
)
def test_a_redirect_is_followed_with_it_only_to_where_it_was_sent(
    public: Config, location: str, to: str | None
) -> None:
    plan = planned(public)
    probe = next(p for p in plan.probes if p.role is Role.CREDENTIAL)
    round_ = followups(public, SEEDS, [probe], [answered(probe, 301, location)])
    found = [p.question for p in round_.probes]
    assert [q.target for q in found if isinstance(q, HttpQuestion)] == ([to] if to else [])
    assert all(isinstance(q, HttpQuestion) and q.credential == KEY for q in found)
    plain = replace(probe, question=replace(probe.question, credential=None))  # type: ignore[type-var]
    assert len(followups(public, SEEDS, [plain], [answered(plain, 301, location)]).probes) == int(
        "edge" in location or to is not None
    )
