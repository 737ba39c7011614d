"""Addresses and names are found wherever a record keeps them, and nowhere else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.judge.addresses import special, special_network
from auditor.judge.records import plain_text, points_in, serial_of, special_in
from auditor.model import DnsAnswer, DnsRecord


def record(rrtype: str, data: str, name: str = "config.example.net") -> DnsRecord:
    return DnsRecord(name, rrtype, 60, data)


def answer(*records: DnsRecord, additional: tuple[DnsRecord, ...] = ()) -> DnsAnswer:
    return DnsAnswer("NOERROR", ("QR",), "192.0.2.53:53", "udp", records, additional=additional)


def specials(*records: DnsRecord) -> list[str]:
    return [f"{each.where}: {each.address}" for each in special_in(answer(*records))]


def points(*records: DnsRecord) -> list[str]:
    return [f"{each.where}: {each.name}" for each in points_in(answer(*records))]


AT = "config.example.net"


@pytest.mark.parametrize(
    ("rrtype", "data", "expected"),
    [
        ("A", "10.0.0.5", [f"A of {AT}: 10.0.0.5"]),
        ("A", "8.8.8.8", []),
        ("AAAA", "fd00::5", [f"AAAA of {AT}: fd00::5"]),
        ("AAAA", "64:ff9b::a00:5", [f"AAAA of {AT}: 64:ff9b::a00:5"]),
        ("AAAA", "2606:4700::1", []),
        ("HTTPS", '1 . alpn="h2,h3" port="8443" ipv4hint="8.8.8.8,10.0.0.5" ipv6hint="fd00::1"',
         [f"ipv4hint of HTTPS {AT}: 10.0.0.5", f"ipv6hint of HTTPS {AT}: fd00::1"]),
        ("SVCB", "1 svc.example.net. ipv4hint=192.168.1.1", [f"ipv4hint of SVCB {AT}: 192.168.1.1"]),
        ("HTTPS", f'1 . ipv6hint="{",".join(["2606:4700:1111:2222:3333:4444:5555:6666"] * 40)},fd00::1"',
         [f"ipv6hint of HTTPS {AT}: fd00::1"]),
        ("HTTPS", '1 . alpn="ipv4hint=10.0.0.5"', []),
        ("HTTPS", "0 svc.example.net.", []),
        ("TXT", '"v=spf1 ip4:10.1.2.3 -all"', [f"SPF of {AT}: 10.1.2.3"]),
        ("TXT", '"v=spf1 +ip4:10.0.0.0/8 ?ip6:fd00::/48 -all"',
         [f"SPF of {AT}: 10.0.0.0/8", f"SPF of {AT}: fd00::/48"]),
        ("TXT", '"V=SPF1 IP4:172.16.0.0/16"', [f"SPF of {AT}: 172.16.0.0/16"]),
        ("TXT", '"v=spf1 ip4:10.0." "0.0/24 -all"', [f"SPF of {AT}: 10.0.0.0/24"]),
        ("SPF", '"v=spf1 ip4:127.0.0.1"', [f"SPF of {AT}: 127.0.0.1"]),
        ("TXT", '"v=spf1 ip4:0.0.0.0/0 ip4:8.0.0.0/6 ip4:8.8.8.8 ip6:::/0"', []),
        ("TXT", '"v=spf10 ip4:10.0.0.1"', []),
        ("TXT", '"see v=spf1 ip4:10.0.0.1"', []),
        ("TXT", '"the office is 10.0.0.1, ip4:10.0.0.1"', []),
        ("TXT", '"v=spf1 ip4:10.0.0.300 ip4: ip4:10.0.0.0/99 ip6:::1::"', []),
        ("A", "10.0.0", []),
        ("CNAME", "10.0.0.5", []),
        ("HINFO", '"10.0.0.5" "x"', []),
    ],
)  # fmt: skip
def test_special_addresses(rrtype: str, data: str, expected: list[str]) -> None:
    assert specials(record(rrtype, data)) == expected


@pytest.mark.parametrize(
    ("rrtype", "data", "expected"),
    [
        ("CNAME", "LB.corp.example", [f"CNAME of {AT}: lb.corp.example"]),
        ("DNAME", "corp.example.", [f"DNAME of {AT}: corp.example"]),
        ("NS", "ns1.corp.example", [f"NS of {AT}: ns1.corp.example"]),
        ("PTR", "db.corp.example", [f"PTR of {AT}: db.corp.example"]),
        ("MX", "10 mail.corp.example.", [f"MX of {AT}: mail.corp.example"]),
        ("MX", "0 .", []),
        ("SRV", "0 5 389 dc1.corp.example.", [f"SRV of {AT}: dc1.corp.example"]),
        ("SRV", "0 5 389", []),
        ("NAPTR", '100 50 "s" "SIP+D2U" "!^.* x!" _sip._udp.corp.example.',
         [f"NAPTR of {AT}: _sip._udp.corp.example"]),
        ("SOA", r"ns1.corp.example. host\.master.corp.example. 7 2 3 4 5",
         [f"SOA MNAME of {AT}: ns1.corp.example", rf"SOA RNAME of {AT}: host\.master.corp.example"]),
        ("HTTPS", '1 svc.corp.example. alpn="h2"', [f"HTTPS of {AT}: svc.corp.example"]),
        ("HTTPS", '1 . alpn="h2"', []),
        ("SVCB", "0 alias.corp.example.", [f"SVCB of {AT}: alias.corp.example"]),
        ("RP", "joe.corp.example. txt.corp.example.",
         [f"RP of {AT}: joe.corp.example", f"RP of {AT}: txt.corp.example"]),
        ("TXT", '"v=spf1 include:_spf.corp.example a:gw.corp.example/28 mx ~all redirect=x.example"',
         [f"SPF of {AT}: _spf.corp.example", f"SPF of {AT}: gw.corp.example", f"SPF of {AT}: x.example"]),
        ("TXT", '"v=spf1 exists:%{i}.corp.example"', []),
        ("TXT", '"include:corp.example"', []),
        ("A", "10.0.0.5", []),
        ("CNAME", ".", []),
        ("CNAME", "", []),
        ("SOA", "", []),
    ],
)  # fmt: skip
def test_names(rrtype: str, data: str, expected: list[str]) -> None:
    assert points(record(rrtype, data)) == expected


def test_all_sections_are_read_and_each_finding_stands_once() -> None:
    glue, host = record("A", "10.0.0.53", "ns1.corp.example"), record("A", "10.0.0.53", "ns2.corp.example")
    told = DnsAnswer(
        "NOERROR",
        ("QR",),
        "192.0.2.53:53",
        "udp",
        (),
        (record("NS", "ns1.corp.example."),),
        additional=(glue, glue, host),
    )
    assert [f"{each.where}: {each.address}" for each in special_in(told)] == [
        "additional A of ns1.corp.example: 10.0.0.53", "additional A of ns2.corp.example: 10.0.0.53",
    ]  # fmt: skip
    assert [each.name for each in points_in(told)] == ["ns1.corp.example", "ns2.corp.example"]


def test_the_last_of_many_names_is_found() -> None:
    many = [record("MX", f"10 mail{number}.example.") for number in range(100)]
    assert points(*many, record("MX", "10 mail.corp.example."))[-1] == f"MX of {AT}: mail.corp.example"


def test_text_is_put_together_as_spf_is_read() -> None:
    assert plain_text('"a\\"b" "\\099\\\\"') == 'a"bc\\'
    assert plain_text("bare words") == "barewords"
    assert plain_text("") == ""


def test_a_serial_is_a_number_of_the_zone_itself() -> None:
    soa = "ns1. host. {} 2 3 4 5"
    assert serial_of(answer(record("SOA", soa.format(7))), AT) == 7
    for odd in ("x", "-1", "²", "1" * 5000):
        assert serial_of(answer(record("SOA", soa.format(odd))), AT) is None
    assert serial_of(answer(record("SOA", soa.format(7), "example.net")), AT) is None


@pytest.mark.parametrize(
    "network",
    [
        "10.0.0.0/8", "10.1.0.0/16", "10.0.0.1", "10.0.0.1/8", "192.168.0.0/16", "fd00::/8", "fe80::/64", "::1",
        "::ffff:10.0.0.0/104", "64:ff9b::a00:0/104", "64:ff9b:1::/48", "2002:a00::/24", "2002:c0a8::/32",
        "::10.0.0.0/104", "2001:db8::/32", "2001::/23", "240.0.0.0/4", "0.0.0.0/8", "192.0.0.0/24",
    ],
)  # fmt: skip
def test_networks_that_hold_nothing_public(network: str) -> None:
    assert special_network(network)


@pytest.mark.parametrize(
    "network",
    [
        "0.0.0.0/0", "10.0.0.0/7", "8.8.8.0/24", "172.16.0.0/11", "192.0.0.9/32", "::/0", "2000::/3", "fc00::/6",
        "64:ff9b::/96", "2002::/16", "::ffff:0:0/96", "2002:808::/32", "2001:20::/28", "x", "", "10.0.0.0/33",
        "fd00::%eth0/8x",
    ],
)  # fmt: skip
def test_networks_with_something_public(network: str) -> None:
    assert special_network(network) is None


@pytest.mark.parametrize("address", ["::2", "::a00:5", "64:ff9b:1::1", "192.88.99.2", "2001:0:1:2:3:4:f5ff:fffa"])
def test_addresses_that_wrap_a_special_one_or_are_set_apart(address: str) -> None:
    assert special(address)


TYPES = ["A", "AAAA", "CNAME", "DNAME", "MX", "SRV", "NS", "PTR", "NAPTR", "SOA", "HTTPS", "SVCB", "TXT", "SPF",
         "RP", "KX", "AFSDB", "TYPE65534", ""]  # fmt: skip
hostile = st.text() | st.text('"\\ ;=:/,.019fip4v6hnts\n', max_size=60).map(lambda text: f'"v=spf1 {text}')


@given(st.sampled_from(TYPES), hostile, st.text())
def test_no_text_makes_it_raise(rrtype: str, data: str, name: str) -> None:
    odd = record(rrtype, data, name)
    told = answer(odd, additional=(odd,))
    assert all(each.address for each in special_in(told))
    assert all(each.where for each in points_in(told))
    serial_of(told, name)
