"""The corpus is what it says it is: each place of it looked at by plain clients, never by the product."""

from collections.abc import Callable
from typing import Any

import dns.dnssec
import dns.name
import pytest
from parts.looking import nonce

from names import places
from names.asking import Eyes
from names.corpus import ROWS, Row
from names.estate import Estate
from names.places import (
    BIND,
    BIND6,
    EXPOSED,
    INSIDE_LAX,
    INSIDE_STRICT,
    KNOT,
    LAME,
    LEAKY_GATEWAY,
    NSD,
    NSD6,
    PUBLIC_RESOLVER,
    SITE,
    SNOOPED,
    SOUND_GATEWAY,
    TLD,
    VIEWS,
)

pytestmark = [pytest.mark.parts, pytest.mark.netns, pytest.mark.xdist_group("names")]

#: The servers of hosting.example that two of its names stand for.
TWO = (BIND, BIND6, NSD, NSD6)

#: What is seen, and what it must be.
Looked = tuple[Any, Any]

AS112_PRIMARY = "prisoner.iana.org."


@pytest.fixture(scope="module")
def eyes(built: Estate) -> Eyes:
    return Eyes(built)


def _random(zone: str) -> str:
    return f"{nonce()}.{zone}"


def _everywhere(eyes: Eyes, name: str) -> set[str]:
    """What every server and the public resolver say of a name, both types."""
    return {eyes.rcode(name, rrtype, server) for server in (*TWO, PUBLIC_RESOLVER) for rrtype in ("A", "AAAA")}


def _views(eyes: Eyes, name: str) -> tuple[set[str], set[str]]:
    """Outside and inside."""
    return eyes.data(name), eyes.data(name, server=INSIDE_STRICT, inside=True)


def _hollow(eyes: Eyes, name: str) -> tuple[str, str]:
    """A name, and a random one beside it."""
    return eyes.rcode(name), eyes.rcode(_random(name.partition(".")[2]))


def _hashed(eyes: Eyes, zone: str) -> set[tuple[int, str]]:
    """Iterations and salt of what denies a random name."""
    found = eyes.denial(zone, "NSEC3", BIND)
    return {(rdata.iterations, rdata.salt.hex()) for _, rdata in found}


def _hash_is_there(eyes: Eyes, name: str) -> bool:
    """Whether the zone has an NSEC3 record for the hash of a name: it then denies other types of that name."""
    owner = dns.dnssec.nsec3_hash(dns.name.from_text(name), "aabbccdd", 50, "SHA1").lower()
    reply = eyes.reply(name, "TXT", BIND, dnssec=True)
    return any(r.name.labels[0].decode().lower() == owner for r in reply.authority)


def _minimal(eyes: Eyes, zone: str) -> set[bool]:
    """Whether each NSEC of a denial covers a name made for the question: no name of a zone comes next."""
    return {rdata.next.labels[0] == b"\0" for _, rdata in eyes.denial(zone, "NSEC", KNOT)}


def _logged(eyes: Eyes, zone: str) -> set[str]:
    lines = (eyes.estate.home / "logged.txt").read_text().split()
    return {line for line in lines if line.endswith("." + zone)}


def _served(eyes: Eyes) -> tuple[set[str], int | None, int | None]:
    """Where a wildcard leads, and what an internal name gets there and inside."""
    name = "config.internal.public-wild.example"
    outside = eyes.get(SOUND_GATEWAY, 443, name, "/secret", tls=True)
    inside = eyes.get(places.APP, 80, name, "/secret")
    return eyes.data(name), outside.status, inside.status


TRUTHS: dict[tuple[str, str], Callable[[Eyes], Looked]] = {
    ("D1", "A with a private address"): lambda e: (e.data("db.leaky.example"), {"10.1.2.3"}),
    ("D1", "AAAA that wraps one (NAT64)"): lambda e: (e.data("six.leaky.example", "AAAA"), {"64:ff9b::a01:203"}),
    ("D1", "a public name with a public address"): lambda e: (_views(e, "www.sound.example"), ({SITE}, {SITE})),
    ("D1", "a name that may have private addresses"):
        lambda e: (e.data("lb.private.sound.example"), {"10.20.0.9"}),
    ("D2", "a hint in an HTTPS record"):
        lambda e: ({*e.data("hint.leaky.example", "HTTPS"), *e.data("hint.leaky.example")},
                   {'1 . ipv4hint="10.1.2.4"', SITE}),
    ("D2", "the target of an MX record"):
        lambda e: ((e.data("post.leaky.example", "MX"), e.data("mx.leaky.example")),
                   ({"10 mx.leaky.example."}, {"192.168.9.9"})),
    ("D2", "SPF"): lambda e: (e.data("spf.leaky.example", "TXT"), {'"v=spf1 ip4:10.0.0.0/8 -all"'}),
    ("D2", "HTTPS with public hints"):
        lambda e: (e.data("web.sound.example", "HTTPS"), {f'1 . ipv4hint="{SITE}"'}),
    ("D2", "MX and SPF with public addresses"):
        lambda e: ((e.data("sound.example", "TXT"), e.data("mail.sound.example")),
                   ({'"v=spf1 ip4:45.76.100.0/24 -all"'}, {"45.76.100.30"})),
    ("D3", "an internal name with a public address"):
        lambda e: (_views(e, "config.internal.leaky.example"), ({SITE}, {"10.20.0.25"})),
    ("D3", "an internal name with text alone"):
        lambda e: ((e.rcode("empty.internal.leaky.example"), e.data("empty.internal.leaky.example", "TXT")),
                   ("NODATA", {'"here"'})),
    ("D3", "a name with nothing but one below it"):
        lambda e: ((*_hollow(e, "above.internal.leaky.example"), e.rcode("above.internal.leaky.example", "TXT")),
                   ("NODATA", "NXDOMAIN", "NODATA")),
    ("D3", "an internal zone that is seen"):
        lambda e: (_hollow(e, "internal.leaky.example"), ("NODATA", "NXDOMAIN")),
    ("D3", "an internal name that is denied"):
        lambda e: ((_everywhere(e, "config.internal.sound.example"),
                    e.data("config.internal.sound.example", server=INSIDE_STRICT, inside=True)),
                   ({"NXDOMAIN"}, {"10.20.0.5"})),
    ("D3", "an internal zone that is denied"):
        lambda e: (_everywhere(e, "internal.sound.example"), {"NXDOMAIN"}),
    ("D3", "a zone of which every name is said to have no data"):
        lambda e: ((e.rcode("config.internal.lies.example", server=PUBLIC_RESOLVER),
                    e.rcode(_random("internal.lies.example"), server=PUBLIC_RESOLVER),
                    e.data("config.internal.lies.example", server=INSIDE_STRICT, inside=True)),
                   ("NODATA", "NODATA", {"10.20.0.43"})),
    ("D3", "its server, which says more to who wants no signatures"):
        lambda e: ([e.rcode("config.internal.lies.example", server=KNOT, dnssec=d) for d in (False, True)],
                   ["NXDOMAIN", "NODATA"]),
    ("D4", "a name for mail alone, where private addresses may be"):
        lambda e: ((*_hollow(e, "post.split.example"), e.data("post.split.example", "MX")),
                   ("NODATA", "NXDOMAIN", {"10 www.sound.example."})),
    ("D4", "a name with nothing but one below it, where inside has more"):
        lambda e: ((*_hollow(e, "hollow.split.example"),
                    e.data("hollow.split.example", server=INSIDE_STRICT, inside=True)),
                   ("NODATA", "NXDOMAIN", {"10.20.0.45"})),
    ("D4", "the inside address outside"):
        lambda e: (_views(e, "jobs.internal.leaky.example"), ({"10.20.0.6"}, {"10.20.0.6"})),
    ("D4", "the same answer in both views"):
        lambda e: (_views(e, "equal.split.example"), ({"45.76.100.8"}, {"45.76.100.8"})),
    ("D4", "split horizon done right"):
        lambda e: (_views(e, "app.split.example"), ({"45.76.100.7"}, {"10.20.0.7"})),
    ("D5", "a secondary that hands out the zone"):
        lambda e: ("config.internal" in e.transferred("leaky.example", KNOT), True),
    ("D5", "a secondary that does not"): lambda e: (e.transferred("sound.example", NSD), "REFUSED"),
    ("D5", "over IPv6"): lambda e: (e.transferred("sound.example", NSD6), "REFUSED"),
    ("D6", "NSEC"):
        lambda e: (e.chain("walk.example", BIND), {"walk.example.", "vault.walk.example.", "www.walk.example."}),
    ("D6", "NSEC3"):
        lambda e: ((e.denial("hashed.example", "NSEC", BIND), bool(e.denial("hashed.example", "NSEC3", BIND))),
                   ([], True)),
    ("D6", "signed while it answers"): lambda e: (_minimal(e, "lies.example"), {True}),
    ("D6", "not signed"):
        lambda e: ([e.denial("sound.example", kind, BIND) for kind in ("NSEC", "NSEC3")], [[], []]),
    ("D7", "salt and 50 iterations"):
        lambda e: ((_hashed(e, "weak.example"),
                    _hash_is_there(e, "config.internal.weak.example")), ({(50, "aabbccdd")}, True)),
    ("D7", "no salt, no iterations"): lambda e: (_hashed(e, "hashed.example"), {(0, "")}),
    ("D8", "a wildcard to a private address"): lambda e: (e.data(_random("wild.example")), {"10.9.9.9"}),
    ("D8", "an internal name under it"): lambda e: (e.data("config.internal.wild.example"), {"10.9.9.9"}),
    ("D8", "a public wildcard in a public zone"):
        lambda e: (e.data(_random("public-wild.example")), {SOUND_GATEWAY}),
    ("D8", "an internal name under it, by what it leads to"):
        lambda e: (_served(e), ({SOUND_GATEWAY}, 404, 200)),
    ("D9", "an internal name in a logged certificate"):
        lambda e: (_logged(e, "internal.leaky.example"), {"vault.internal.leaky.example"}),
    ("D9", "none"):
        lambda e: ((_logged(e, "sound.example"), _logged(e, "internal.sound.example")),
                   ({"www.sound.example"}, set())),
    ("D10", "a certificate with an internal name and address"):
        lambda e: (e.certified(LEAKY_GATEWAY),
                   {"api.leaky.example", "vault.internal.leaky.example", "10.20.0.28"}),
    ("D10", "one without"): lambda e: (e.certified(SOUND_GATEWAY), {"api.sound.example"}),
    ("D11", "an internal name behind a public address"):
        lambda e: (e.data("9.100.76.45.in-addr.arpa", "PTR", PUBLIC_RESOLVER), {"vault.internal.leaky.example."}),
    ("D11", "a public one"):
        lambda e: (e.data("17.100.76.45.in-addr.arpa", "PTR", PUBLIC_RESOLVER), {"www.sound.example."}),
    ("D11", "a resolver that asks AS112"):
        lambda e: ({e.primary(n, "PTR", INSIDE_LAX, inside=True) for n in _PRIVATE}, {AS112_PRIMARY}),
    ("D11", "one that does not"):
        lambda e: (AS112_PRIMARY in {e.primary(n, "PTR", INSIDE_STRICT, inside=True) for n in _PRIVATE}, False),
    ("D13", "an internal name with a public zone behind it"):
        lambda e: ((e.data("config.internal.sound.example.leaky.example"),
                    e.rcode(_random("internal.sound.example.leaky.example"))), ({SITE}, "NXDOMAIN")),
    ("D13", "a suffix that is not ours"):
        lambda e: (e.rcode("corp.invalid-suffix.example", "SOA", PUBLIC_RESOLVER), "NXDOMAIN"),
    ("D13", "a suffix that is"): lambda e: (e.rcode("sound.example", "SOA", PUBLIC_RESOLVER), "NOERROR"),
    ("D13", "a zone without such names"):
        lambda e: (_everywhere(e, "config.internal.sound.example.sound.example"), {"NXDOMAIN"}),
    ("D14", "an alias to a name that anybody may register"):
        lambda e: ((e.data("old.leaky.example"), _denied_by(e, "gone.nowhere.example")),
                   ({"gone.nowhere.example."}, ("NXDOMAIN", ["example."]))),
    ("D14", "a listed server that refuses the zone"):
        lambda e: ((e.rcode("leaky.example", "SOA", LAME),
                    _listed(e, "leaky.example", "ns-lame.registry.example.")),
                   ("REFUSED", True)),
    ("D14", "a listed server whose name is not there"):
        lambda e: ((e.rcode("gone.nowhere.example", server=PUBLIC_RESOLVER),
                    _listed(e, "leaky.example", "gone.nowhere.example.")), ("NXDOMAIN", True)),
    ("D14", "servers as listed"): lambda e: ({e.soa("sound.example", s) for s in TWO}, {(True, 7)}),
    ("D15", "a resolver that lets private addresses in"):
        lambda e: (e.data("rebind.hosting.example", server=INSIDE_LAX, inside=True), {"192.168.77.77"}),
    ("D15", "one that does not"):
        lambda e: ((e.data("rebind.hosting.example", server=INSIDE_STRICT, inside=True),
                    e.data("rebind.hosting.example", server=PUBLIC_RESOLVER)), (set(), {"192.168.77.77"})),
    ("D16", "an internal resolver that anybody may ask"):
        lambda e: (e.data("config.internal.sound.example", server=EXPOSED), {"10.20.0.5"}),
    ("D16", "an authority that resolves nothing"):
        lambda e: ({e.rcode("www.nobodys.test", server=s, tcp=tcp) for s in TWO for tcp in (False, True)},
                   {"REFUSED"}),
    ("D16", "a gateway without DNS"):
        lambda e: ((e.connects(SOUND_GATEWAY, 53), e.connects(SOUND_GATEWAY, 853), e.connects(SOUND_GATEWAY, 443)),
                   (False, False, True)),
    ("D17", "a view over TCP"):
        lambda e: ((e.rcode("tcp.internal.view.example", server=VIEWS),
                    e.data("tcp.internal.view.example", server=VIEWS, tcp=True)), ("NXDOMAIN", {SITE})),
    ("D17", "a view by client subnet"):
        lambda e: ((e.rcode("subnet.internal.view.example", server=VIEWS),
                    e.data("subnet.internal.view.example", server=VIEWS, subnet="10.0.0.0")),
                   ("NXDOMAIN", {SITE})),
    ("D17", "one server of three that disagrees"):
        lambda e: (e.data("config.internal.three.example", server=KNOT), {SITE}),
    ("D17", "its two neighbours"):
        lambda e: ({e.rcode("config.internal.three.example", server=s) for s in TWO}, {"NXDOMAIN"}),
    ("D17", "a name of the same server in no view"):
        lambda e: ({e.rcode("quiet.internal.view.example", server=VIEWS, **how)
                    for how in ({}, {"tcp": True}, {"subnet": "10.0.0.0"})}, {"NXDOMAIN"}),
    ("D18", "a cache that shows what it has"):
        lambda e: ((e.data("config.internal.sound.example", server=SNOOPED, recursion=False),
                    e.rcode("config.internal.sound.example", server=SNOOPED)), ({"10.20.0.5"}, "REFUSED")),
    ("D18", "an authority, which has none"):
        lambda e: (e.rcode("config.internal.sound.example", server=NSD, recursion=False), "NXDOMAIN"),
    ("D19", "an internal host name in the identity"):
        lambda e: (e.data("id.server", "TXT", KNOT, rdclass="CH"), {'"dc1.internal.leaky.example"'}),
    ("D19", "a server that says nothing of itself"):
        lambda e: ("NOERROR" in {e.rcode(n, "TXT", s, rdclass="CH") for n in _IDENTITY for s in TWO}, False),
    ("D20", "a directory service"):
        lambda e: ((e.data("_ldap._tcp.leaky.example", "SRV"), e.rcode(f"_{nonce()}._tcp.leaky.example", "SRV")),
                   ({"0 0 389 dc1.internal.leaky.example."}, "NXDOMAIN")),
    ("D20", "none"): lambda e: (e.rcode("_ldap._tcp.sound.example", "SRV"), "NXDOMAIN"),
    ("D22", "an alias by way of an internal name"):
        lambda e: (e.data("portal.leaky.example"), {"lb.internal.leaky.example.", SITE}),
    ("D22", "an alias to a public name"):
        lambda e: (e.data("shop.sound.example"), {"www.sound.example.", SITE}),
    ("D23", "a server with an older copy"):
        lambda e: ((e.soa("stale.example", NSD), e.soa("stale.example", BIND)), ((True, 3), (True, 7))),
    ("D23", "which still has what was removed"):
        lambda e: ((e.data("old.internal.stale.example", server=NSD), e.rcode("old.internal.stale.example")),
                   ({SITE}, "NXDOMAIN")),
    ("D23", "servers with one copy"): lambda e: ({e.soa("sound.example", s)[1] for s in TWO}, {7}),
}  # fmt: skip

_PRIVATE = ("3.2.1.10.in-addr.arpa", "3.2.16.172.in-addr.arpa", "3.2.168.192.in-addr.arpa")
_IDENTITY = ("version.bind", "version.server", "hostname.bind", "id.server")


def _listed(eyes: Eyes, zone: str, server: str) -> bool:
    """Whether the registry refers to a name server for a zone."""
    referral = eyes.reply(zone, "NS", TLD).authority
    return any(rdata.to_text() == server for rrset in referral for rdata in rrset)


def _denied_by(eyes: Eyes, name: str) -> tuple[str, list[str]]:
    """What the registry says of a name, and in which zone's name."""
    reply = eyes.reply(name, "A", TLD)
    return eyes.rcode(name, server=TLD), [rrset.name.to_text() for rrset in reply.authority]


def _id(row: Row) -> str:
    return f"{row.number} {'leaky' if row.leaky else 'sound'}: {row.what}"


@pytest.mark.parametrize("row", ROWS, ids=_id)
def test_a_place_is_as_the_corpus_says(eyes: Eyes, row: Row) -> None:
    seen, wanted = TRUTHS[row.number, row.what](eyes)
    assert seen == wanted


def test_every_truth_is_of_a_place() -> None:
    assert TRUTHS.keys() == {(row.number, row.what) for row in ROWS}


def test_the_same_is_asked_of_every_family_and_transport(eyes: Eyes) -> None:
    """At every server of a sound zone, IPv4 and IPv6, UDP and TCP; the resolver follows the delegation."""
    seen = {(s, tcp): eyes.data("www.sound.example", server=s, tcp=tcp) for s in TWO for tcp in (False, True)}
    assert set(map(frozenset, seen.values())) == {frozenset({SITE})}
    assert eyes.data("www.sound.example", server=PUBLIC_RESOLVER, tcp=True) == {SITE}


def test_one_rewrites_what_is_not_there_and_one_fails_first(eyes: Eyes) -> None:
    name = _random("sound.example")
    assert eyes.rcode(name, server=PUBLIC_RESOLVER) == "NXDOMAIN"
    assert eyes.data(name, server=places.HIJACKER) == {"45.76.200.200"}
    assert eyes.data("www.sound.example", server=places.HIJACKER) == {SITE}
    twice = [eyes.rcode(name, server=places.FLAKY) for _ in range(2)]
    assert twice == ["SERVFAIL", "NXDOMAIN"]


def test_the_inside_view_is_for_the_inside_alone(eyes: Eyes) -> None:
    """A transfer of all that is inside, to the eyes as from inside; refused to them as from outside."""
    zone = "internal.leaky.example"
    assert {"config", "jobs", "vault"} <= set(eyes.transferred(zone, BIND, inside=True))
    assert eyes.transferred(zone, BIND) != eyes.transferred(zone, BIND, inside=True)
    assert isinstance(eyes.transferred(zone, BIND), str)
