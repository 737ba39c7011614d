"""What a vantage asks of the DNS and of whom: only its own zones, only servers that somebody may name."""

import pytest
from loopback_names import ZONE, config, names, observed, probe

from auditor.config import GatewayConfig, Limits, ServiceConfig
from auditor.config.model import ZoneConfig
from auditor.model import (
    DelegationAnswer,
    DelegationQuestion,
    DnsAnswer,
    DnsQuestion,
    DnsRecord,
    InventoryQuestion,
    NameServer,
    Observation,
    Outcome,
    Question,
    Side,
    Skip,
    SkipReason,
    TlsQuestion,
    TransferQuestion,
    WalkQuestion,
)
from auditor.vantage import Scope
from auditor.vantage.dns_scope import reversed_address
from auditor.vantage.known import MOST_NAMES, Known

OWN, OTHER = "example.net", "corp.internal"
AT = "9.9.9.9"
SERVER = "203.0.113.53"
SETTINGS = {
    "gateways": {"api": GatewayConfig(url="https://api.example.com", addresses=("203.0.113.10",))},
    "services": {"config": ServiceConfig(names=(f"config.{ZONE}",))},
    "controls": ("https://www.example.org/",),
    "zones": {
        OWN: ZoneConfig(scope="public", servers=(SERVER, "203.0.113.54:5353", "127.0.0.9"), file="/etc/own.zone"),
        OTHER: ZoneConfig(scope="internal", transfer=("10.0.0.53",)),
    },
    "networks": ("198.51.100.0/28",),
    "transparency": "/var/lib/ct.json",
}


def refused(question: Question, known: Known | None = None, *, side: Side = Side.OUTSIDE, **more) -> str | None:
    return Scope("here", config(AT, side=side, **(SETTINGS | more))).refusal_of(probe(question), known)


def asks(name: str, at: str = AT, rrtype: str = "A", **more) -> DnsQuestion:
    return DnsQuestion(name, rrtype, at, **more)


def listed(zone: str = OWN, cut: str | None = None, *addresses: str) -> Known:
    known = Known()
    servers = tuple(NameServer(f"ns{n}.elsewhere.org", address, "both") for n, address in enumerate(addresses))
    known.learn(DelegationQuestion(zone), DelegationAnswer(cut or zone, "delegated", servers))
    return known


# --- whom


@pytest.mark.parametrize("at", [SERVER, f"{SERVER}:53", f"tcp://{SERVER}", "203.0.113.54:5353", "127.0.0.9"])
def test_a_server_that_is_written_for_the_zone_is_asked(at: str) -> None:
    assert refused(asks(f"x.{OWN}", at, server_of=f"zone:{OWN}")) is None


@pytest.mark.parametrize(
    ("at", "server_of"),
    [
        (SERVER, None),
        (SERVER, f"zone:{OTHER}"),
        (SERVER, "zone:elsewhere.org"),
        (SERVER, "gateway:nobody"),
        (SERVER, "service:config"),
        (SERVER, ""),
        (f"{SERVER}:5353", f"zone:{OWN}"),
        ("203.0.113.54", f"zone:{OWN}"),
        ("203.0.113.99", f"zone:{OWN}"),
        (f"tls://{SERVER}", f"zone:{OWN}"),
        (f"https://{SERVER}/dns-query", f"zone:{OWN}"),
        ("system", f"zone:{OWN}"),
        ("nonsense", f"zone:{OWN}"),
        (AT, f"zone:{OWN}"),
    ],
)
def test_a_server_that_nobody_named_for_it_is_not(at: str, server_of: str | None) -> None:
    assert refused(asks(f"x.{OWN}", at, server_of=server_of))


def test_a_server_that_a_delegation_of_our_own_lists_is_asked() -> None:
    known = listed(OWN, None, "192.0.2.53", "2001:db8::53")
    for at in ("192.0.2.53", "tcp://192.0.2.53", "[2001:db8::53]:53", "2001:db8:0::53"):
        assert refused(asks(f"x.{OWN}", at, server_of=f"zone:{OWN}"), known) is None, at
    for question in (
        asks(f"x.{OWN}", "192.0.2.53:5353", server_of=f"zone:{OWN}"),
        asks(f"x.{OTHER}", "192.0.2.53", server_of=f"zone:{OTHER}"),
        asks(f"x.{OWN}", "192.0.2.54", server_of=f"zone:{OWN}"),
    ):
        assert "delegation" in (refused(question, known) or "")
    # Internal names at the servers of a public zone are the very question.
    assert refused(asks(f"x.{OTHER}", "192.0.2.53", server_of=f"zone:{OWN}"), known) is None


def test_the_servers_of_the_zone_above_are_not_the_zones() -> None:
    zone = f"corp.{OWN}"
    zones = {zone: ZoneConfig(scope="internal")}
    known = listed(zone, OWN, "192.0.2.53")
    own = f"zone:{zone}"
    assert refused(asks(f"db.{zone}", "192.0.2.53", server_of=own), known, zones=zones)
    assert refused(TransferQuestion(zone, "192.0.2.53", own), known, zones=zones)


BACK_HERE = ["127.0.0.1", "::1", "169.254.1.1", "fe80::1", "224.0.0.1", "0.0.0.0", "::ffff:127.0.0.1"]
METADATA = ["169.254.169.254", "fd00:ec2::254", "100.100.100.200"]


@pytest.mark.parametrize("address", BACK_HERE + METADATA)
def test_a_delegation_does_not_lead_an_outside_vantage_back_here(address: str) -> None:
    at = f"[{address}]:53" if ":" in address else address
    question = asks(f"x.{OWN}", at, server_of=f"zone:{OWN}")
    assert "a name led to" in (refused(question, listed(OWN, None, address)) or "")
    assert not Scope("here", config(AT, side=Side.OUTSIDE, **SETTINGS)).may_follow(address)


def test_from_inside_loopback_is_followed_and_metadata_is_not() -> None:
    scope = Scope("here", config(AT, **SETTINGS))
    assert scope.may_follow("127.0.0.1") and scope.may_follow("10.0.0.1")
    assert not any(scope.may_follow(address) for address in METADATA)
    outside = Scope("here", config(AT, side=Side.OUTSIDE, roots=("127.0.0.1:5300",), **SETTINGS))
    assert (
        outside.may_follow("127.0.0.1") and not outside.may_follow("127.0.0.2") and outside.may_follow("10.0.0.1")
    )


def test_an_allow_list_has_to_cover_the_zone_and_private_addresses() -> None:
    question = asks(f"x.{OWN}", SERVER, server_of=f"zone:{OWN}")
    assert refused(question, allow=(f"*.{OWN}",)) is None
    assert refused(question, allow=(OWN,)) is None
    assert "allow-list" in (refused(question, allow=("*.elsewhere.org",)) or "")
    assert refused(asks(OWN, SERVER, "SOA", server_of=f"zone:{OWN}"), allow=(f"*.{OWN}",)) is None
    assert refused(asks(f"x.{OWN}"), allow=("*.elsewhere.org",))
    assert "allow-list" in (refused(DelegationQuestion(OWN), allow=("*.elsewhere.org",)) or "")
    private, inside = asks(f"x.{OTHER}", "10.0.0.53", server_of=f"zone:{OTHER}"), Side.INSIDE
    assert refused(private, allow=(f"*.{OTHER}", "10.0.0.0/24"), side=inside) is None
    assert "CIDR" in (refused(private, allow=(f"*.{OTHER}", "192.0.2.0/24"), side=inside) or "")


@pytest.mark.parametrize(
    ("at", "covered"),
    [
        ("203.0.113.10", True),
        ("203.0.113.10:5353", True),
        ("tcp://203.0.113.10", True),
        ("tls://203.0.113.10", True),
        ("https://203.0.113.10/dns-query", True),
        ("https://api.example.com/dns-query", True),
        ("https://evil.test/dns-query", False),
        ("https://www.example.org/dns-query", False),
        ("system", False),
    ],
)
def test_a_gateway_is_asked_at_its_own_addresses(at: str, covered: bool) -> None:
    assert (refused(asks(f"config.{ZONE}", at, server_of="gateway:api")) is None) is covered


def test_its_own_resolvers_are_asked_over_tcp_as_well() -> None:
    assert refused(asks(f"x.{OWN}", f"tcp://{AT}")) is None
    assert refused(asks(f"x.{OWN}", f"tcp://{AT}:5353"))
    assert refused(TransferQuestion(OWN, AT)) is None
    assert refused(WalkQuestion(OWN, AT, f"x.{OWN}")) is None
    assert refused(TransferQuestion(OWN, "8.8.8.8"))


# --- what


def at_server(name: str, rrtype: str = "A", **more) -> str | None:
    return refused(asks(name, SERVER, rrtype, server_of=f"zone:{OWN}", **more))


def at_resolver(name: str, rrtype: str = "A", known: Known | None = None, **more) -> str | None:
    return refused(asks(name, AT, rrtype), known, **more)


@pytest.mark.parametrize(
    ("name", "rrtype", "server", "resolver"),
    [
        (OWN, "SOA", True, True),
        (f"a.b.c.{OWN}", "A", True, True),
        (f"_ldap._tcp.dc._msdcs.{OTHER}", "SRV", True, True),
        (f"config.{ZONE}", "HTTPS", True, True),
        ("api.example.com", "A", True, True),
        ("www.example.org", "A", True, True),
        ("elsewhere.org", "A", False, False),
        ("random.net", "A", False, False),
        (f"x.{OWN}.evil.test", "A", False, False),
        (f"x\\.{OWN}", "A", False, False),
        ("net", "NS", False, False),
        (".", "NS", False, False),
        ("k3v9q2x7m1p4", "A", False, True),
        ("short1", "A", False, False),
        ("with-hyphen-in-it", "A", False, False),
        ("k3v9q2x7m1p4.com", "A", False, False),
        ("1.100.51.198.in-addr.arpa", "PTR", True, True),
        ("10.113.0.203.in-addr.arpa", "PTR", True, True),
        ("1.100.51.198.in-addr.arpa", "A", False, False),
        ("17.100.51.198.in-addr.arpa", "PTR", False, False),
        ("1.0.0.10.in-addr.arpa", "PTR", False, False),
        ("100.51.198.in-addr.arpa", "PTR", False, False),
        ("999.100.51.198.in-addr.arpa", "PTR", False, False),
    ],
)
def test_names(name: str, rrtype: str, server: bool, resolver: bool) -> None:
    assert (at_server(name, rrtype) is None) is server
    assert (at_resolver(name, rrtype) is None) is resolver


def test_private_addresses_are_looked_up_from_inside_at_its_resolvers_alone() -> None:
    name = "7.2.0.10.in-addr.arpa"
    assert at_resolver(name, "PTR", side=Side.INSIDE) is None
    assert refused(asks(name, SERVER, "PTR", server_of=f"zone:{OWN}"), side=Side.INSIDE)
    assert at_resolver("8.8.8.8.in-addr.arpa", "PTR", side=Side.INSIDE)


def test_what_a_server_says_of_itself() -> None:
    assert at_server("version.bind", "TXT", chaos=True) is None
    assert at_server("Hostname.BIND.", "TXT", chaos=True) is None
    assert at_server("version.bind", "TXT") is not None
    assert at_server("version.bind", "A", chaos=True) is not None
    assert at_server(f"secret.{OWN}", "TXT", chaos=True) is not None


def test_search_suffixes_and_rebinding_names_of_any_vantage() -> None:
    more = {"search": ("corp.example",), "rebinding": "rebind.example.org"}
    assert at_resolver("corp.example", "SOA", side=Side.INSIDE, **more) is None
    assert at_resolver("rebind.example.org", side=Side.INSIDE, **more) is None
    assert at_resolver("rebind2.elsewhere.org", side=Side.INSIDE, **more)


def test_names_that_an_answer_led_to_are_asked_at_the_resolvers_alone() -> None:
    known = Known()
    rows = [
        ("CNAME", "cname.elsewhere.org"),
        ("NS", "ns.elsewhere.org"),
        ("MX", "10 mx.elsewhere.org."),
        ("SRV", "0 5 389 srv.elsewhere.org."),
        ("HTTPS", "1 https.elsewhere.org. alpn=h2"),
        ("SVCB", "1 svcb.elsewhere.org."),
        ("TXT", "txt.elsewhere.org"),
        ("A", "192.0.2.1"),
        ("MX", ""),
    ]
    records = tuple(DnsRecord(OWN, rrtype, 1, data) for rrtype, data in rows)
    known.learn(asks(OWN), DnsAnswer("NOERROR", ("QR",), AT, "udp", records))
    for first in ("cname", "ns", "mx", "srv", "https", "svcb"):
        assert at_resolver(f"{first}.elsewhere.org", known=known) is None
        assert refused(asks(f"{first}.elsewhere.org", SERVER, server_of=f"zone:{OWN}"), known)
    assert at_resolver("txt.elsewhere.org", known=known)
    assert at_resolver("ns0.elsewhere.org", known=listed(OWN, None, "192.0.2.53")) is None


def test_what_is_learned_is_bounded() -> None:
    known = Known()
    for n in range(0, MOST_NAMES + 500, 100):
        records = tuple(DnsRecord(OWN, "CNAME", 1, f"x{n + m}.test") for m in range(100))
        known.learn(asks(OWN), DnsAnswer("NOERROR", (), AT, "udp", records))
    assert len(known.names) == MOST_NAMES


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("4.3.2.1.in-addr.arpa", "1.2.3.4"),
        ("4.3.2.1.IN-ADDR.ARPA.", "1.2.3.4"),
        ("1" + ".0" * 23 + ".8.b.d.0.1.0.0.2.ip6.arpa", "2001:db8::1"),
        ("3.2.1.in-addr.arpa", None),
        ("4.3.2.1.ip6.arpa", None),
        ("x.3.2.1.in-addr.arpa", None),
        ("arpa", None),
        (".", None),
    ],
)
def test_reverse_names(name: str, address: str | None) -> None:
    assert reversed_address(name) == address


# --- delegations, transfers, walks, files


def test_delegations_of_declared_zones_from_our_own_roots() -> None:
    assert refused(DelegationQuestion(OWN)) is None
    assert refused(DelegationQuestion("elsewhere.org"))
    assert refused(DelegationQuestion(f"below.{OWN}"))
    assert refused(DelegationQuestion(OWN, ("192.0.2.1",)))
    assert refused(DelegationQuestion(OWN, ("192.0.2.1:53",)), roots=("192.0.2.1",)) is None
    assert refused(DelegationQuestion(OWN, ("192.0.2.1", "192.0.2.2")), roots=("192.0.2.1",))


def test_transfers_and_walks_of_declared_zones_at_their_servers() -> None:
    inside = Side.INSIDE
    assert refused(TransferQuestion(OTHER, "10.0.0.53", f"zone:{OTHER}"), side=inside) is None
    assert refused(TransferQuestion(OTHER, "10.0.0.53", f"zone:{OTHER}"), side=Side.OUTSIDE)
    assert refused(TransferQuestion(OTHER, SERVER, f"zone:{OWN}")) is None
    assert refused(TransferQuestion("elsewhere.org", SERVER, f"zone:{OWN}"))
    assert refused(TransferQuestion(OWN, "192.0.2.9", f"zone:{OWN}"))
    assert refused(WalkQuestion(OWN, SERVER, f"x.{OWN}", f"zone:{OWN}")) is None
    assert refused(WalkQuestion(OWN, SERVER, "x.elsewhere.org", f"zone:{OWN}"))
    assert refused(WalkQuestion("elsewhere.org", SERVER, "x.elsewhere.org", f"zone:{OWN}"))


def test_only_the_files_that_are_named_are_read_and_only_inside() -> None:
    inside = Side.INSIDE
    assert refused(InventoryQuestion("zone", "/etc/own.zone", (OWN,)), side=inside) is None
    assert refused(InventoryQuestion("transparency", "/var/lib/ct.json", (OWN,)), side=inside) is None
    for act, file in [
        ("zone", "/etc/shadow"),
        ("zone", "/var/lib/ct.json"),
        ("transparency", "/etc/own.zone"),
        ("zone", "/etc/../etc/own.zone"),
        ("zone", ""),
    ]:
        assert "not one that the configuration names" in (
            refused(InventoryQuestion(act, file, (OWN,)), side=inside) or ""
        )
    assert refused(InventoryQuestion("zone", "/etc/own.zone", (OWN,)), side=Side.OUTSIDE)


def test_any_name_may_be_said_in_a_handshake_with_a_gateway() -> None:
    assert refused(TlsQuestion("api.example.com", 443, "203.0.113.10", sni="k3v9q2x7m1p4.example.com")) is None
    assert refused(TlsQuestion("api.example.com", 443, "203.0.113.10")) is None


# --- on the wire

HOST = f"gw.{ZONE}"


def through(at: str, **more):
    return config(
        at,
        side=Side.OUTSIDE,
        limits=Limits(resolver_rate=1e6, probe_seconds=1.0, connect_seconds=0.2),
        gateways={"gw": GatewayConfig(url=f"http://{HOST}")},
        **more,
    )


async def test_nothing_is_sent_for_what_is_out_of_scope() -> None:
    async with names({}) as (server, at):
        questions: list[Question] = [
            asks(f"x.{ZONE}", at, server_of=f"zone:{OWN}"),
            asks(f"x.{ZONE}", at, server_of="gateway:api"),
            asks("evil.test", at),
            TransferQuestion("evil.test", at),
            WalkQuestion("evil.test", at, "x.evil.test"),
            DelegationQuestion("evil.test", (at,)),
            InventoryQuestion("zone", "/etc/hostname", ("evil.test",)),
        ]
        seen = await observed(config("127.0.0.1:9"), [probe(each) for each in questions])
    assert [type(each) for each in seen] == [Skip] * len(questions)
    assert all(each.reason is SkipReason.OUT_OF_SCOPE and each.detail for each in seen)
    assert server.events == []


async def test_a_gateways_address_is_asked_where_this_vantages_answers_gave_it() -> None:
    async with names({HOST: "127.0.0.1"}) as (server, at):
        port = at.rpartition(":")[2]
        asked = [
            probe(asks(f"config.{ZONE}", f"127.0.0.1:{port}", server_of="gateway:gw")),
            probe(asks(f"config.{ZONE}", "127.0.0.7", server_of="gateway:gw"), step=1),
            probe(asks("1.0.0.127.in-addr.arpa", at, "PTR"), step=2),
            probe(asks("9.0.0.127.in-addr.arpa", at, "PTR"), step=3),
        ]
        seen = await observed(through(at, allow=(f"*.{ZONE}", "127.0.0.0/8")), asked)
    assert [type(each) for each in seen] == [Observation, Skip, Observation, Skip]
    assert "does not have it" in seen[1].detail and "does not cover" in seen[3].detail
    assert server.asked.count(HOST) == 2, "A and AAAA, once"


async def test_what_another_server_says_of_a_gateway_is_not_believed() -> None:
    async with names({HOST: "192.0.2.66"}) as (liar, there), names({}) as (_, at):
        zones = {ZONE: ZoneConfig(scope="internal", servers=(there,))}
        asked = [
            probe(asks(HOST, there, server_of=f"zone:{ZONE}")),
            probe(asks("k.example.net", "192.0.2.66", server_of="gateway:gw"), step=1),
        ]
        seen = await observed(through(at, zones=zones, allow=(f"*.{ZONE}", "127.0.0.0/8")), asked)
    assert seen[0].outcome is Outcome.ANSWERED and liar.asked == [HOST]
    assert isinstance(seen[1], Skip)


async def test_a_name_that_an_answer_led_to_is_asked_next() -> None:
    async with names({}) as (server, at):
        settings = config(at, zones={OWN: ZoneConfig(scope="public")})
        seen = await observed(settings, [probe(asks("www.elsewhere.org", at))])
        assert isinstance(seen[0], Skip) and server.asked == []
