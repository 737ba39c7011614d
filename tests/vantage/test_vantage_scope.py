"""The allow-list of a vantage: what it refuses, it refuses before anything is sent."""

import pytest
from loopback_names import ZONE, config, listening, names, observed, probe

from auditor.config import GatewayConfig, Limits, LogConfig, ServiceConfig
from auditor.model import (
    DnsQuestion,
    HttpQuestion,
    LogFile,
    LogQuestion,
    Observation,
    Outcome,
    Question,
    Side,
    Skip,
    SkipReason,
    TcpQuestion,
    TlsQuestion,
)
from auditor.vantage import Scope

GATEWAY = {"api": GatewayConfig(url="https://api.example.com", addresses=("203.0.113.10",))}
SERVICES = {
    "config": ServiceConfig(names=(f"config.{ZONE}",), url=f"http://app.{ZONE}:8080"),
    "literal": ServiceConfig(url="http://10.20.30.40:9000"),
}


def scope(side: Side = Side.OUTSIDE, **more) -> Scope:
    more.setdefault("gateways", GATEWAY)
    more.setdefault("services", SERVICES)
    more.setdefault("controls", ("https://www.example.org/", "https://192.0.2.80/"))
    return Scope("here", config("9.9.9.9", side=side, **more))


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("api.example.com", None),
        ("API.example.com.", None),
        ("api.example.com", "203.0.113.10"),
        ("api.example.com", "198.51.100.7"),
        ("www.example.org", None),
        ("192.0.2.80", None),
        ("10.20.30.40", None),
        (f"config.{ZONE}", "10.1.1.1"),
        (f"app.{ZONE}", None),
        (f"random.{ZONE}", None),
        (f"random.config.{ZONE}", None),
    ],
)
def test_what_the_configuration_names_is_covered(host: str, address: str | None) -> None:
    assert scope().permits(host, address, 443)


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("example.com", None),
        ("other.example.com", None),
        ("elsewhere.test", None),
        ("api.example.com.evil.test", None),
        (f"a.b.{ZONE}", None),
        ("net", None),
        ("", None),
        ("8.8.8.8", None),
        ("8.8.8.8", "8.8.8.8"),
        ("elsewhere.test", "198.51.100.7"),
        ("api.example.com", "nonsense"),
    ],
)
def test_what_it_does_not_name_is_not(host: str, address: str | None) -> None:
    assert not scope().permits(host, address, 443)


BACK_HERE = [
    "127.0.0.1",
    "::1",
    "169.254.1.1",
    "fe80::1",
    "0.0.0.0",
    "224.0.0.1",
    "::ffff:127.0.0.1",
    "64:ff9b::7f00:1",
]
METADATA = [
    "169.254.169.254",
    "fd00:ec2::254",
    "168.63.129.16",
    "100.100.100.200",
    "::ffff:169.254.169.254",
    "2002:a9fe:a9fe::",
]


@pytest.mark.parametrize("address", BACK_HERE + METADATA)
def test_a_name_does_not_lead_an_outside_vantage_back_here(address: str) -> None:
    assert not scope().permits("api.example.com", address, 80)


@pytest.mark.parametrize("address", [*BACK_HERE[:4], *METADATA])
def test_unless_its_own_list_says_so(address: str) -> None:
    assert scope(allow=("*.example.com", f"{address}/128" if ":" in address else address)).permits(
        "api.example.com", address, 80
    )


def test_what_the_configuration_says_literally_is_meant() -> None:
    here = {"api": GatewayConfig(url="http://api.example.com", addresses=("127.0.0.1",))}
    assert scope(gateways=here).permits("api.example.com", "127.0.0.1", 80)
    assert not scope(gateways=here).permits("api.example.com", "127.0.0.2", 80)


def test_inside_loopback_is_a_service_and_metadata_is_not() -> None:
    assert scope(Side.INSIDE).permits(f"config.{ZONE}", "127.0.0.1", 80)
    assert scope(Side.INSIDE).permits(f"config.{ZONE}", "10.0.0.1", 80)
    for address in METADATA:
        assert not scope(Side.INSIDE).permits(f"config.{ZONE}", address, 80)


def test_an_allow_list_replaces_what_the_configuration_names() -> None:
    given = scope(allow=("*.corp.test", "exact.test", "198.51.100.0/24", "2001:db8::/32"))
    for host, address in [
        ("a.corp.test", None),
        ("a.b.corp.test", None),
        ("exact.test", None),
        ("exact.test", "1.1.1.1"),
        ("198.51.100.9", None),
        ("2001:db8::5", None),
        ("anything.test", "198.51.100.9"),
        ("www.example.org", None),
    ]:
        assert given.permits(host, address, 443), (host, address)
    for host, address in [
        ("corp.test", None),
        ("xcorp.test", None),
        ("under.exact.test", None),
        ("api.example.com", None),
        ("203.0.113.10", None),
        (f"config.{ZONE}", None),
        ("10.20.30.40", None),
        ("a.corp.test", "10.0.0.1"),
        ("a.corp.test", "100.64.0.1"),
        ("a.corp.test", "fd00::1"),
    ]:
        assert not given.permits(host, address, 443), (host, address)


def test_an_allow_list_of_names_alone_says_nothing_about_addresses() -> None:
    assert scope(Side.INSIDE, allow=("*.corp.test",)).permits("a.corp.test", "10.0.0.1", 443)


def refused(question: Question, **more) -> str | None:
    return scope(**more).refusal_of(probe(question))


def test_dns_questions_may_be_for_siblings_of_any_named_one() -> None:
    for name in (f"config.{ZONE}", f"random.{ZONE}", "api.example.com", "random.example.com", "x.api.example.com"):
        assert refused(DnsQuestion(name, "A", "9.9.9.9")) is None
    assert "does not cover" in (refused(DnsQuestion("elsewhere.test", "A", "9.9.9.9")) or "")
    assert "resolver" in (refused(DnsQuestion(f"config.{ZONE}", "A", "8.8.8.8")) or "")
    listed = ("exact.corp.test",)
    assert refused(DnsQuestion("random.corp.test", "A", "9.9.9.9"), allow=listed) is None
    assert refused(HttpQuestion("https", "random.corp.test", 443, "/"), allow=listed) is not None


def test_the_neighbours_of_a_registered_name_are_somebody_elses() -> None:
    apex = {
        "services": {"s": ServiceConfig(names=("intranet.corp",))},
        "gateways": {"g": GatewayConfig(url="http://example.com")},
    }
    for name, asked, reached in [
        ("intranet.corp", True, True),
        ("random.intranet.corp", True, True),
        ("random.corp", True, False),
        ("random.example.com", True, False),
        ("random.com", False, False),
    ]:
        assert (refused(DnsQuestion(name, "A", "9.9.9.9"), **apex) is None) is asked, name
        assert scope(**apex).permits(name, None, 80) is reached, name


def test_a_gateway_nobody_knows_is_refused() -> None:
    unknown = probe(HttpQuestion("https", "api.example.com", 443, "/"), paced_by="other")
    assert "other" in (scope().refusal_of(unknown) or "")


async def test_nothing_is_sent_for_what_is_out_of_scope() -> None:
    async with names({"evil.test": "127.0.0.1"}) as (server, at), listening() as (came, port):
        questions: list[Question] = [
            DnsQuestion("evil.test", "A", at),
            DnsQuestion(f"config.{ZONE}", "A", "127.0.0.1:9"),
            HttpQuestion("http", "evil.test", port, "/"),
            HttpQuestion("http", "127.0.0.1", port, "/"),
            HttpQuestion("http", "evil.test", port, "/", address="127.0.0.1"),
            TcpQuestion("evil.test", port, "127.0.0.1"),
            TlsQuestion("127.0.0.1", port),
        ]
        seen = await observed(config(at), [probe(each) for each in questions])
    assert [type(each) for each in seen] == [Skip] * len(questions)
    assert all(each.reason is SkipReason.OUT_OF_SCOPE and each.detail for each in seen)
    assert server.events == [] and came == []


async def test_a_name_that_leads_back_here_is_resolved_and_not_followed() -> None:
    async with names({f"config.{ZONE}": "127.0.0.1"}) as (server, at), listening() as (came, port):
        asked = [
            probe(TcpQuestion(f"config.{ZONE}", port)),
            probe(HttpQuestion("http", f"config.{ZONE}", port, "/")),
        ]
        outside = await observed(config(at, side=Side.OUTSIDE), asked)
        assert all(isinstance(each, Skip) and each.reason is SkipReason.OUT_OF_SCOPE for each in outside)
        assert "loopback" in outside[0].detail and came == [] and server.asked
        inside = await observed(config(at), asked[:1])
        allowed = await observed(config(at, side=Side.OUTSIDE, allow=("*." + ZONE, "127.0.0.0/8")), asked[:1])
    for seen in (*inside, *allowed):
        assert isinstance(seen, Observation) and seen.outcome is Outcome.ANSWERED


HOST = f"gw.{ZONE}"


def through(at: str, **more):
    return config(
        at,
        side=Side.OUTSIDE,
        limits=Limits(resolver_rate=1e6, probe_seconds=1.0, connect_seconds=0.2),
        gateways={"gw": GatewayConfig(url=f"http://{HOST}")},
        **more,
    )


async def test_an_address_nobody_here_vouches_for_is_refused() -> None:
    """A plan comes with the gateway's addresses: this vantage talks to those its own resolvers know as well."""
    async with names({HOST: "192.0.2.1"}) as (server, at):
        asked = [
            probe(TcpQuestion(HOST, 80, address), step=n) for n, address in enumerate(("192.0.2.2", "192.0.2.3"))
        ]
        seen = await observed(through(at), asked)
    assert [type(each) for each in seen] == [Skip, Skip]
    assert "192.0.2.2" in seen[0].detail
    assert server.asked == [HOST, HOST]  # A and AAAA, once


async def test_an_address_that_this_vantage_found_is_talked_to() -> None:
    async with names({HOST: "127.0.0.1"}) as (server, at), listening() as (came, port):
        asked = [probe(DnsQuestion(HOST, "A", at)), probe(TcpQuestion(HOST, port, "127.0.0.1"), step=1)]
        seen = await observed(through(at, allow=(HOST, "127.0.0.1")), asked)
        assert [each.outcome for each in seen] == [Outcome.ANSWERED] * 2
        refused_here = await observed(through(at), asked)
    assert [type(each) for each in refused_here] == [Observation, Skip]
    assert len(server.asked) == 2 and len(came) == 1


def test_only_the_logs_that_are_named_are_read_and_only_inside() -> None:
    services = {
        "config": ServiceConfig(url="http://10.0.0.1", paths=("/x",), log=LogConfig(file="/var/log/a.log"))
    }

    def refused(side: Side, *files: str) -> str | None:
        question = LogQuestion("mark", tuple(map(LogFile, files)), ("config",))
        return scope(side, services=services).refusal_of(probe(question))

    assert refused(Side.INSIDE, "/var/log/a.log") is None
    for file in ("/etc/shadow", "/var/log/a.log.1", "/var/log/../log/a.log", "a.log"):
        assert "not one that the configuration names" in (refused(Side.INSIDE, "/var/log/a.log", file) or "")
    assert refused(Side.OUTSIDE, "/var/log/a.log") is not None
