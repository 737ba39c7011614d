"""Ways around a gateway: each an entrance of its own, asked as the gateway is, vouched for by the gateway."""

from collections import Counter

import pytest
from test_followups import answered, next_question
from test_plan import SEEDS, whole

from auditor.config import Config, GatewayConfig
from auditor.config.model import AroundConfig
from auditor.model import Aspect, HttpQuestion, Plan, Role
from auditor.plan import claims_at, main
from auditor.plan.entrances import entrances, ways

ORIGINS = ("198.51.100.7", "2001:db8::77")
#: The ways around a gateway, and where each of them leads.
AROUND = {
    "api around http:80": ("http", 80),
    "api around https:8443": ("https", 8443),
    "api origin": ("https", 443),
    "api origin http:80": ("http", 80),
    "api origin https:8443": ("https", 8443),
}


@pytest.fixture
def config(config: Config) -> Config:
    """The company's, and two ways around one of its gateways."""
    around = AroundConfig(listeners=("http:80", "https:8443"), origins=ORIGINS)
    api = config.gateways["api"].model_copy(update={"around": around, "variants": "none"})
    return config.model_copy(update={"gateways": config.gateways | {"api": api}})


@pytest.fixture
def plan(config: Config) -> Plan:
    return whole(config, "203.0.113.1", "2001:db8::1")


def test_a_gateway_comes_first_and_its_ways_around_have_names_of_their_own(config: Config) -> None:
    assert [way.name for way in ways(config, "api")] == ["api", *AROUND]
    assert [way.name for way in ways(config, "edge")] == ["edge"]
    assert [*entrances(config)] == ["api", *AROUND, "edge"]
    for way in ways(config, "api")[1:]:
        assert (way.scheme, way.port) == AROUND[way.name]
        assert (way.gateway, way.around, way.host, way.host_header) == ("api", "api", *["api.example.com"] * 2)


def test_paths_and_hosts_are_at_stake_through_every_way_and_ports_only_at_the_gateway(config: Config) -> None:
    found = claims_at(config, {"api": ("203.0.113.1",), "edge": ("203.0.113.7",)})
    at_stake = Counter((claim.entrance, claim.aspect) for claim in found if claim.around == "api")
    assert at_stake == {
        (name, aspect): (2 if aspect is Aspect.PATH else 1) * (2 if "origin" in name else 1)
        for name in AROUND
        for aspect in (Aspect.PATH, Aspect.HOST)
    }
    assert {claim.origin for claim in found if "origin" in claim.entrance} == {True}
    assert not any(claim.origin for claim in found if "origin" not in claim.entrance)


def test_the_claims_of_gateways_are_what_they_were(config: Config) -> None:
    without = config.gateways["api"].model_copy(update={"around": None})
    before = config.model_copy(update={"gateways": config.gateways | {"api": without}})
    addresses = {"api": ("203.0.113.1", "2001:db8::1"), "edge": ("203.0.113.7",)}
    after = [claim for claim in claims_at(config, addresses) if claim.around is None]
    assert after == list(claims_at(before, addresses))
    plain, planned = whole(before, "203.0.113.1"), whole(config, "203.0.113.1")
    assert {probe.id for probe in plain.probes} < {probe.id for probe in planned.probes}


def test_listeners_are_tried_at_each_address_and_origins_at_their_own(plan: Plan) -> None:
    where = {(claim.entrance, claim.address) for claim in plan.claims if claim.around}
    gateway = ("203.0.113.1", "2001:db8::1")
    assert where == {(name, a) for name in AROUND for a in (ORIGINS if "origin" in name else gateway)}


def test_a_name_that_does_not_resolve_leaves_listeners_without_an_address_and_origins_with_theirs(
    config: Config,
) -> None:
    plan = whole(config)
    assert {c.address for c in plan.claims if c.around and not c.origin} == {None}
    assert {c.address for c in plan.claims if c.origin} == set(ORIGINS)
    # Nobody vouches for an origin whose gateway was not found.
    origins = {p.lane for p in plan.probes if p.role is Role.TARGET and "origin" in p.lane}
    assert origins
    assert not any(p.role is Role.ENTRANCE for p in plan.probes if p.lane in origins)


def test_a_way_around_is_asked_as_the_gateway_is_and_paced_by_it(plan: Plan) -> None:
    keys = {claim.key for claim in plan.claims if claim.around}
    claims = {group: claim for claim in plan.claims if claim.around for group in (claim.key, claim.siblings)}
    asked = [p for p in plan.probes if p.group in claims and p.role in (Role.TARGET, Role.SIBLING)]
    assert {p.group for p in asked if p.role is Role.TARGET} == keys
    assert {p.group for p in asked if p.role is Role.SIBLING} == set(claims) - keys
    for probe in asked:
        claim, question = claims[probe.group], probe.question
        assert isinstance(question, HttpQuestion)
        assert (question.scheme, question.port) == AROUND[claim.entrance]
        assert (question.address, question.host, probe.paced_by) == (claim.address, "api.example.com", "api")
        if claim.aspect is Aspect.PATH:
            # Port 8443 is not the gateway's: the Host header must not name it.
            assert question.host_header == (None if question.port in (80, 443) else "api.example.com")
        assert question.sni in (None, question.host_header)


def test_a_way_around_is_vouched_for_by_its_gateway_and_has_its_own_handwriting(plan: Plan) -> None:
    claims = {claim.key: claim for claim in plan.claims if claim.around}
    for target in [p for p in plan.probes if p.role is Role.TARGET and p.group in claims]:
        claim = claims[target.group]
        lane = [p for p in plan.probes if p.lane == target.lane]
        controls = [p for p in lane if p.role is Role.ENTRANCE]
        assert len(controls) == 2
        assert min(p.step for p in controls) < target.step < max(p.step for p in controls)
        for control in controls:
            question = control.question
            assert isinstance(question, HttpQuestion)
            assert (question.scheme, question.port, question.target) == ("https", 443, "/health")
            near = {"203.0.113.1", "2001:db8::1"} - {a for a in (claim.address,) if a is None}
            assert question.address in near
            assert (":" in question.address) == (":" in (claim.address or ""))
            assert claim.origin or question.address == claim.address
            assert control.group == f"gw|api|{question.address}"
        drawn = [p for p in plan.probes if p.group == f"gw|{claim.entrance}|{claim.address}"]
        assert {p.role for p in drawn} == {Role.GATEWAY}
        assert {(p.question.scheme, p.question.port) for p in drawn if isinstance(p.question, HttpQuestion)} == {
            AROUND[claim.entrance]
        }


def test_an_origin_of_a_family_that_the_gateway_lacks_is_vouched_for_by_what_there_is(config: Config) -> None:
    plan = whole(config, "203.0.113.1")
    lanes = {p.lane for p in plan.probes if p.role is Role.TARGET and "|api origin|2001:" in p.group}
    controls = [p.question for p in plan.probes if p.lane in lanes and p.role is Role.ENTRANCE]
    assert controls
    assert {question.address for question in controls if isinstance(question, HttpQuestion)} == {"203.0.113.1"}


def test_random_ports_keep_clear_of_the_listeners(config: Config) -> None:
    far = AroundConfig(listeners=tuple(f"http:{port}" for port in range(20_000, 30_000) if port % 500))
    api = config.gateways["api"].model_copy(update={"around": far})
    config = config.model_copy(update={"gateways": {"api": api}})
    first = claims_at(config, {"api": ("203.0.113.1",)})
    assert first
    from auditor.plan.looks import Look
    from auditor.plan.names import Names

    look = Look(config, "internet", Names("seed"))
    assert {port % 500 for port in look.names.ports(3, look._known_ports, "group")} == {0}


def test_the_gateways_host_header_goes_with_its_own_port() -> None:
    gateway = GatewayConfig(url="https://api.example.com:8443", around=AroundConfig(listeners=("https:443",)))
    from auditor.plan.entrances import _of_gateway

    itself, beside = _of_gateway("api", gateway)
    assert itself.named(itself.question("/", "203.0.113.1")).host_header is None
    assert beside.named(beside.question("/", "203.0.113.1")).host_header == "api.example.com:8443"


@pytest.mark.parametrize(
    ("location", "scheme", "port", "host_header"),
    [
        ("/internal/v1/provision/", "https", 8443, "api.example.com"),
        ("https://api.example.com/internal/v1/provision/", "https", 443, None),
        ("https://api.example.com:8443/internal/v1/provision/", "https", 8443, "api.example.com"),
    ],
)
def test_a_redirect_is_followed_at_the_same_address(
    config: Config, location: str, scheme: str, port: int, host_header: str | None
) -> None:
    planned = main(config, SEEDS, (), ())
    probe = next(
        p
        for p in planned.probes
        if p.role is Role.TARGET
        and p.group.startswith("config|path|/internal/v1/provision|api origin https:8443|")
    )
    question = next_question(config, probe, answered(probe, 301, location))
    assert question is not None
    assert (question.scheme, question.port, question.host_header) == (scheme, port, host_header)
    assert question.address in ORIGINS
