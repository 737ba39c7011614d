"""What the DNS gives away: every check told leaky from sound, and never closed without its controls."""

from dataclasses import dataclass, replace
from time import monotonic

import pytest
from hypothesis import given
from hypothesis import strategies as st
from judge_builder import AT, HEALTHY, Alert, Room, each_lost

from auditor.judge import judge
from auditor.judge.checks import CHECK_RULES
from auditor.judge.checks.hashing import nsec3_hash
from auditor.judge.records import is_older, points_in, special_in
from auditor.model import (
    DECISIVE,
    REASONS,
    Answer,
    Aspect,
    Check,
    Claim,
    Confidence,
    DelegationAnswer,
    DelegationQuestion,
    DnsAnswer,
    DnsExpectation,
    DnsQuestion,
    DnsRecord,
    InventoryAnswer,
    InventoryQuestion,
    Judgement,
    NameServer,
    Observation,
    Outcome,
    Plan,
    Question,
    Role,
    SkipReason,
    TlsAnswer,
    TlsQuestion,
    TransferAnswer,
    TransferQuestion,
    Verdict,
    WalkAnswer,
    WalkQuestion,
)

_O, _C = Outcome, Check
ZONE, SERVER, API = "example.net", "45.76.0.1", "api.example.net"

#: An answer with its outcome, or an outcome without one.
Said = tuple[Outcome, Answer] | Outcome | Alert


def dns(
    *records: tuple[str, str, str], outcome: Outcome | None = None, flags: str = "QR AA", **more: object
) -> Said:
    """A DNS answer; records as (owner, type, data)."""
    made = tuple(DnsRecord(owner, kind, 60, data) for owner, kind, data in records)
    outcome = outcome or (_O.ANSWERED if made else _O.NODATA)
    rcode = {_O.NXDOMAIN: "NXDOMAIN", _O.DNS_REFUSED: "REFUSED", _O.SERVFAIL: "SERVFAIL"}.get(outcome, "NOERROR")
    answer = DnsAnswer(rcode, tuple(flags.split()), SERVER, "udp", made)
    return outcome, replace(answer, **more)  # type: ignore[arg-type]


def soa(serial: int = 7, zone: str = ZONE, mname: str = "ns1.example.net") -> tuple[str, str, str]:
    return zone, "SOA", f"{mname} hostmaster.{zone} {serial} 3600 600 86400 60"


SOA, GONE, REFUSED = dns(soa()), dns(outcome=_O.NXDOMAIN), dns(outcome=_O.DNS_REFUSED, flags="QR")
REFERRAL = dns(outcome=_O.DNS_INVALID, flags="QR")


@dataclass(frozen=True)
class Scene:
    """One check at one server. The default of every control is good."""

    check: Check
    asked: tuple[tuple[Question, Said], ...]
    siblings: tuple[tuple[Question, Said], ...] = ()
    entrance: Said = SOA
    truth: Said = SOA
    service: str = "zone:example.net"
    zone: str | None = ZONE
    internal: bool = False
    address: str = SERVER
    authoritative: bool = True
    expect: DnsExpectation | None = None
    target: str | None = None
    sighted: bool = True
    rebinds: Said = _O.NXDOMAIN
    names: tuple[str, ...] = ("config.internal.example.net",)
    replays: int = 0
    listed: str | None = None  # the name by which the server is listed for the zone

    @property
    def claim(self) -> Claim:
        truth = "rebinding|rb.example.org" if self.check is _C.REBINDING else "truth|zone"
        return Claim(
            "claim", self.service, Aspect.DNS, self.target or self.check, "public-dns", self.address, truth,
            check=self.check, zone=self.zone, internal=self.internal, authoritative=self.authoritative,
            expect=self.expect,
        )  # fmt: skip

    def room(self) -> Room:
        room = Room()
        if self.sighted:
            room.sight("internet", HEALTHY, HEALTHY)
        looking = "vpc" if self.service.startswith("vantage:") and self.check is not _C.SEARCH else "internet"
        if self.check is _C.REBINDING:
            put(room, Role.TRUTH, "rebinding|rb.example.org", "out", 0, ask("rb.example.org", "A"), self.rebinds)
        else:
            put(room, Role.TRUTH, "truth|zone", "in", 0, ask(ZONE, "SOA"), self.truth, "vpc")
        if self.listed is not None:
            served = DelegationAnswer(ZONE, "delegated", (NameServer(self.listed, self.address, "parent"),))
            put(
                room,
                Role.DELEGATION,
                self.service,
                "delegation",
                0,
                DelegationQuestion(ZONE),
                (_O.ANSWERED, served),
            )
        for attempt in range(1, self.replays + 2):
            lane = f"check|{attempt}"
            for step in (0, 3):
                known = ask(ZONE, "SOA", of=f"zone:{ZONE}") if self.authoritative else ask(ZONE, "SOA")
                put(room, Role.ENTRANCE, "public-dns|x", lane, step, known, self.entrance, looking)
            for question, said in self.asked:
                put(room, Role.TARGET, "claim", lane, 2, question, said, looking, attempt)
            for question, said in self.siblings:
                put(room, Role.SIBLING, "claim", lane, 2, question, said, looking, attempt)
        return room

    def plan(self, room: Room) -> Plan:
        known = tuple(
            Claim(f"n{place}", "config", Aspect.NAME, name, "public-dns", "9.9.9.9", None, DnsExpectation.ABSENT,
                  zone="internal.example.net", internal=True)
            for place, name in enumerate(self.names)
        )  # fmt: skip
        return room.plan(self.claim, *known)

    def judged(self, *, provisional: bool = True) -> Judgement:
        room = self.room()
        return judge(self.plan(room), room.seen, provisional=provisional).judgements[0]

    def told(self) -> str:
        judged = self.judged()
        return f"{judged.verdict} {judged.reason}"


def ask(name: str, rrtype: str, of: str | None = None, **how: object) -> DnsQuestion:
    return replace(DnsQuestion(name, rrtype, SERVER, server_of=of), **how)  # type: ignore[arg-type]


def at(name: str, rrtype: str, **how: object) -> DnsQuestion:
    """A question to a server of the zone."""
    return ask(name, rrtype, f"zone:{ZONE}", recursion=False, **how)


def put(
    room: Room, role: Role, group: str, lane: str, step: int, question: Question, said: Said,
    vantage: str = "internet", attempt: int = 1,
) -> None:  # fmt: skip
    answered = None if isinstance(said, tuple) else said
    number = room.ask(role, group, lane, step, question, answered, vantage=vantage, attempt=attempt)
    if isinstance(said, tuple):
        room.seen.append(Observation(number, vantage, AT, 0.01, said[0], answer=said[1]))


def transfer(said: Said) -> Scene:
    both = tuple((TransferQuestion(ZONE, SERVER, f"zone:{ZONE}", kind_), said) for kind_ in ("AXFR", "IXFR"))  # type: ignore[arg-type]
    return Scene(_C.TRANSFER, both)


def walk(check: Check, answer: WalkAnswer, **more: object) -> Scene:
    question = WalkQuestion(ZONE, SERVER, f"nobody.{ZONE}", f"zone:{ZONE}", 100)
    return replace(Scene(check, ((question, (_O.ANSWERED, answer)),)), **more)  # type: ignore[arg-type]


def handed(started: bool) -> Said:
    outcome = _O.ANSWERED if started else _O.DNS_REFUSED
    return outcome, TransferAnswer(
        "NOERROR" if started else "REFUSED", SERVER, started, started, 7, 40, ("a.example.net",)
    )


def hashed(iterations: int = 0, salt: str = "", *hashes: str) -> WalkAnswer:
    return WalkAnswer("nsec3", SERVER, algorithm=1, iterations=iterations, salt=salt, hashes=hashes)


def delegated(said: str, cut: str = ZONE, **more: object) -> Scene:
    question = DelegationQuestion("internal.example.net")
    scene = Scene(
        _C.DELEGATION, ((question, (_O.ANSWERED, DelegationAnswer(cut, said, ()))),), address="root",
        internal=True,
        zone="internal.example.net", service="zone:internal.example.net", authoritative=False,
        expect=DnsExpectation.ABSENT, siblings=((ask("nobody.example.net", "NS"), GONE),),
    )  # fmt: skip
    return replace(scene, **more)  # type: ignore[arg-type]


def server(said: Said, **more: object) -> Scene:
    scene = Scene(_C.DELEGATION, ((at(ZONE, "SOA"), said),), listed="ns1.example.net")
    return replace(scene, **more)  # type: ignore[arg-type]


def ns_name(said: Said) -> Scene:
    return replace(server(said), asked=((ask("ns.gone.org", "A"), said),), address="ns.gone.org")


def one(check: Check, question: Question, said: Said, **more: object) -> Scene:
    return replace(Scene(check, ((question, said),)), **more)  # type: ignore[arg-type]


def inside(check: Check, said: Said, **more: object) -> Scene:
    question = ask("5.0.0.10.in-addr.arpa", "PTR") if check is _C.ESCAPE else ask("rb.example.org", "A")
    scene = Scene(
        check, ((question, said),), service="vantage:vpc", zone=None, authoritative=False,
        entrance=dns(("config.internal.example.net", "A", "10.0.0.5")),
    )  # fmt: skip
    return replace(scene, **more)  # type: ignore[arg-type]


def recursion(public: Said = REFUSED, internal: Said = REFUSED, cached: Said = REFUSED) -> Scene:
    def asked(name: str, **how: object) -> DnsQuestion:
        return ask(name, "A", f"zone:{ZONE}", **how)

    return Scene(
        _C.RECURSION,
        (
            (asked("www.example.org"), public),
            (asked("www.example.org", transport="tcp"), public),
            (asked("config.internal.example.net"), internal),
            (asked("config.internal.example.net", recursion=False), cached),
        ),
    )


def over(scheme: str, said: Said) -> Scene:
    """The same at a gateway, which refuses on its port 53, and is asked over TLS or HTTPS too."""
    question = replace(ask("www.example.org", "A", "gateway:api"), resolver=f"{scheme}://{SERVER}")
    plain = recursion()
    return replace(plain, asked=(*plain.asked, (question, said)))


def identity(said: Said, nsid: str | None = None) -> Scene:
    own = dns(soa(mname="dc1.corp.local"))
    assert isinstance(own, tuple) and isinstance(own[1], DnsAnswer)
    named: Said = own[0], replace(own[1], nsid=nsid)
    return Scene(_C.IDENTITY, ((at("version.bind", "TXT", chaos=True), said), (at(ZONE, "SOA", nsid=True), named)))


def directory(said: Said, beside: Said = GONE, soa_: Said = SOA) -> Scene:
    return Scene(
        _C.DIRECTORY,
        ((at("_ldap._tcp.example.net", "SRV"), said), (at(ZONE, "SOA"), soa_)),
        ((at("_k3v9qx0m2p7t._tcp.example.net", "SRV"), beside),),
    )


def search(said: Said, beside: Said = GONE) -> Scene:
    name = "config.internal.example.net.example.net"
    return replace(one(_C.SEARCH, at(name, "A"), said), siblings=((at(f"x.{name}", "A"), beside),))


def suffix(zone: str | None, said: Said, name: str = "corp.example.org") -> Scene:
    return one(
        _C.SEARCH, ask(name, "SOA"), said, service="vantage:vpc", zone=zone, authoritative=False,
        target=f"search {name}",
    )  # fmt: skip


def serial(mine: Said, *others: Said) -> Scene:
    return replace(
        one(_C.SERIAL, at(ZONE, "SOA"), mine), siblings=tuple((at(ZONE, "SOA"), each) for each in others)
    )


def shown(*names: str, subject: str = "CN=api") -> Said:
    return _O.ANSWERED, TlsAnswer("TLSv1.3", "x", None, True, None, subject, "CN=ca", names, None, None, "00")


#: What a peer says by an alert, 112 is "unrecognized name", and what it says by nothing.
NO_NAME, ILL = Alert(112), Alert(80)


def certificate(*names: str, own: Said | None = None, bare: Said = NO_NAME, subject: str = "CN=api") -> Scene:
    return Scene(
        _C.CERTIFICATE,
        (
            (TlsQuestion(API, 443, SERVER, API), own or shown(*names, subject=subject)),
            (TlsQuestion(API, 443, SERVER), bare),
        ),
        service="gateway:api", zone=None, authoritative=False,
    )  # fmt: skip


def logged(answer: InventoryAnswer | Outcome) -> Scene:
    said: Said = answer if isinstance(answer, Outcome) else (_O.ANSWERED, answer)
    return one(
        _C.TRANSPARENCY, InventoryQuestion("transparency", "f", (ZONE,)), said, address="f", authoritative=False
    )


A_PRIVATE, A_PUBLIC = dns(("x.example.net", "A", "10.0.0.5")), dns(("x.example.net", "A", "45.76.10.10"))
LDAP = dns(("_ldap._tcp.example.net", "SRV", "0 0 389 dc1.internal.example.net."))
SINK = dns(
    outcome=_O.NXDOMAIN, authority=(DnsRecord("10.in-addr.arpa", "SOA", 60, "prisoner.iana.org. x. 1 2 3 4 5"),)
)
HOME = dns(outcome=_O.NXDOMAIN, authority=(DnsRecord("10.in-addr.arpa", "SOA", 60, "localhost. x. 1 2 3 4 5"),))
TOP = dns(outcome=_O.NXDOMAIN, flags="QR", authority=(DnsRecord("org", "SOA", 60, "a. b. 1 2 3 4 5"),))
BELOW = dns(outcome=_O.NXDOMAIN, flags="QR", authority=(DnsRecord("gone.org", "SOA", 60, "a. b. 1 2 3 4 5"),))
BANNER = dns(("version.bind", "TXT", '"9.18.28-1~deb12u2"'))
HOST = dns(("version.bind", "TXT", '"dc1.internal.example.net"'))
CACHED = dns(("config.internal.example.net", "A", "10.0.0.5"), flags="QR RA")
FOREIGN = dns(("www.example.org", "A", "45.76.9.9"), flags="QR RA")
OWN_ZONE = dns(("config.internal.example.net", "A", "45.76.9.9"), flags="QR AA")


ALIAS = dns(("_ldap._tcp.example.net", "CNAME", "www.example.net."))
ASTRAY = dns(("other.example.org", "A", "45.76.9.9"), outcome=_O.DNS_INVALID, flags="QR RA")


#: What is seen, and what is said of it.
TABLE: list[tuple[str, Scene, str]] = [
    ("transfer: handed over", transfer(handed(True)), "exposed zone_transfer"),
    ("transfer: refused", transfer(handed(False)), "closed transfer_refused"),
    ("transfer: NOTAUTH", transfer((_O.DNS_RCODE, TransferAnswer("NOTAUTH", SERVER, False, False, None, 0))),
     "closed transfer_refused"),
    ("transfer: silence", transfer(_O.DNS_TIMEOUT), "untested dns_timeout"),
    ("transfer: hung up", transfer(_O.RESET), "untested transport_error"),
    ("walk: NSEC", walk(_C.WALK, WalkAnswer("nsec", SERVER, (ZONE, "vault.example.net"))), "exposed zone_walk"),
    ("walk: the apex alone", walk(_C.WALK, WalkAnswer("nsec", SERVER, (ZONE,), True)), "closed not_disclosed"),
    ("walk: the apex alone, and not to the end", walk(_C.WALK, WalkAnswer("nsec", SERVER, (ZONE,))),
     "untested not_run"),
    ("walk: NSEC3", walk(_C.WALK, hashed()), "closed not_walkable"),
    ("walk: minimal", walk(_C.WALK, WalkAnswer("minimal", SERVER)), "closed not_walkable"),
    ("walk: unsigned", walk(_C.WALK, WalkAnswer("none", SERVER)), "closed not_walkable"),
    ("nsec3: once, no salt", walk(_C.NSEC3, hashed()), "closed not_disclosed"),
    ("nsec3: salt alone", walk(_C.NSEC3, hashed(0, "aabb")), "closed not_disclosed"),
    ("nsec3: another algorithm", walk(_C.NSEC3, replace(hashed(), algorithm=9)), "unproven unclear_answer"),
    ("nsec3: rounds not told", walk(_C.NSEC3, replace(hashed(), iterations=None)), "unproven unclear_answer"),
    ("nsec3: more rounds than anybody may", walk(_C.NSEC3, hashed(65_535, "aabb")), "resolves weak_nsec3"),
    ("nsec3: many times", walk(_C.NSEC3, hashed(50, "aabb")), "resolves weak_nsec3"),
    ("nsec3: a name of ours",
     walk(_C.NSEC3, hashed(0, "", nsec3_hash("config.internal.example.net", "", 0) or "")),
     "resolves nsec3_match"),
    ("wildcard: private", one(_C.WILDCARD, at("x.example.net", "A"), A_PRIVATE), "resolves private_address"),
    ("wildcard: public, public zone", one(_C.WILDCARD, at("x.example.net", "A"), A_PUBLIC), "closed only_public"),
    ("wildcard: public, internal zone", one(_C.WILDCARD, at("x.example.net", "A"), A_PUBLIC, internal=True),
     "resolves wildcard"),
    ("wildcard: private elsewhere", one(_C.WILDCARD, at("x.example.net", "TXT"),
     dns(("x.example.net", "TXT", '"v=spf1 ip4:10.0.0.0/8"'))), "resolves private_address"),
    ("wildcard: to an internal name", one(_C.WILDCARD, at("x.example.net", "MX"),
     dns(("x.example.net", "MX", "10 mx.internal.example.net."))), "resolves discloses_name"),
    ("wildcard: cut off", one(_C.WILDCARD, at("x.example.net", "A"), dns(truncated=True)), "untested dns_invalid"),
    ("wildcard: cut off, and enough", one(_C.WILDCARD, at("x.example.net", "A"),
     dns(("x.example.net", "A", "10.0.0.5"), flags="QR AA TC")), "resolves private_address"),
    ("wildcard: none", one(_C.WILDCARD, at("x.example.net", "A"), GONE), "closed nxdomain"),
    ("wildcard: refused", one(_C.WILDCARD, at("x.example.net", "A"), REFUSED), "untested dns_refused"),
    ("directory: there", directory(LDAP), "resolves service_records"),
    ("directory: a wildcard's", directory(LDAP, LDAP), "closed not_disclosed"),
    ("directory: not there", directory(GONE), "closed not_disclosed"),
    ("directory: SOA of the inside", directory(GONE, soa_=dns(soa(mname="dc1.corp.local"))),
     "resolves discloses_name"),
    ("directory: there, its neighbour lost", directory(LDAP, _O.DNS_TIMEOUT), "resolves service_records"),
    ("directory: an alias, its neighbour lost", directory(ALIAS, _O.DNS_TIMEOUT), "unproven control_missing"),
    ("directory: an alias, its neighbour too", directory(ALIAS, ALIAS), "closed not_disclosed"),
    ("directory: SERVFAIL", directory(dns(outcome=_O.SERVFAIL)), "untested servfail"),
    ("search: there", search(A_PUBLIC), "resolves search_suffix"),
    ("search: a wildcard", search(A_PUBLIC, A_PUBLIC), "closed only_public"),
    ("search: its neighbour lost", search(A_PUBLIC, _O.DNS_TIMEOUT), "unproven control_missing"),
    ("search: there, and private", search(A_PRIVATE), "resolves search_suffix"),
    ("search: private, its neighbour lost", search(A_PRIVATE, _O.DNS_TIMEOUT), "resolves private_address"),
    ("search: a wildcard to the inside", search(A_PRIVATE, A_PRIVATE), "resolves private_address"),
    ("search: there without data", search(dns()), "resolves exists_no_data"),
    ("search: without data as everything", search(dns(), dns()), "closed no_address"),
    ("search: without data, its neighbour lost", search(dns(), _O.DNS_TIMEOUT), "unproven control_missing"),
    ("search: fails", search(dns(outcome=_O.SERVFAIL)), "untested servfail"),
    ("search: a suffix, and the resolver fails", suffix(None, dns(outcome=_O.SERVFAIL)), "untested servfail"),
    ("search: a suffix that nobody can have", suffix(None, GONE, "corp.internal"), "closed stays_inside"),
    ("search: not there", search(GONE), "closed nxdomain"),
    ("search: a suffix of nobody's", suffix(None, GONE), "resolves search_suffix"),
    ("search: a suffix of ours", suffix(ZONE, SOA), "closed stays_inside"),
    ("reverse: internal", one(_C.REVERSE, ask("1.0.76.45.in-addr.arpa", "PTR"),
     dns(("1.0.76.45.in-addr.arpa", "PTR", "vault.internal.example.net.")), authoritative=False),
     "resolves discloses_name"),
    ("reverse: public", one(_C.REVERSE, ask("1.0.76.45.in-addr.arpa", "PTR"),
     dns(("1.0.76.45.in-addr.arpa", "PTR", "www.example.net.")), authoritative=False), "closed not_disclosed"),
    ("transparency: internal", logged(InventoryAnswer(("*.internal.example.net",))), "resolves logged"),
    ("transparency: public", logged(InventoryAnswer(("www.example.net",), 3)), "closed not_disclosed"),
    ("transparency: empty", logged(InventoryAnswer(())), "unproven control_missing"),
    ("transparency: cut", logged(InventoryAnswer(("www.example.net",), whole=False)),
     "unproven outside_control_failed"),
    ("transparency: a line that is none", logged(InventoryAnswer(("www.example.net",), refused=1)),
     "unproven outside_control_failed"),
    ("transparency: unreadable", logged(_O.UNREADABLE), "untested transport_error"),
    ("certificate: internal", certificate("api.example.net", "vault.corp.local"), "resolves discloses_name"),
    ("certificate: private address", certificate("api.example.net", "10.0.0.5"), "resolves discloses_name"),
    ("certificate: public", certificate("api.example.net"), "closed not_disclosed"),
    ("certificate: internal by its subject", certificate("api.example.net", subject="CN=vault.corp.local,O=x"),
     "resolves discloses_name"),
    ("certificate: internal without a name", certificate("api.example.net", bare=shown("vault.corp.local")),
     "resolves discloses_name"),
    ("certificate: never shown", certificate(own=NO_NAME), "untested transport_error"),
    ("certificate: its own never shown", certificate(own=NO_NAME, bare=shown("api.example.net")),
     "untested transport_error"),
    ("certificate: hung up without a name", certificate("api.example.net", bare=_O.CLOSED_EARLY),
     "untested transport_error"),
    ("certificate: ill without a name", certificate("api.example.net", bare=ILL), "untested transport_error"),
    ("delegation: denied", delegated("nxdomain"), "closed not_delegated"),
    ("delegation: there", delegated("delegated", "internal.example.net"), "resolves exists_no_data"),
    ("delegation: there, and may be", delegated("delegated", "internal.example.net",
     expect=DnsExpectation.DIFFERS_FROM_INSIDE), "closed as_delegated"),
    ("delegation: a name there", delegated("nodata"), "resolves exists_no_data"),
    ("delegation: a wildcard there", delegated("nodata", siblings=((ask("x.example.net", "NS"), dns()),)),
     "closed not_delegated"),
    ("delegation: a name, its neighbour not asked", delegated("nodata", siblings=()), "untested transport_error"),
    ("delegation: nothing known", delegated("dns_timeout"), "untested transport_error"),
    ("server: knows the zone", server(SOA), "closed as_delegated"),
    ("server: refuses", server(REFUSED), "resolves lame"),
    ("server: refers elsewhere", server(REFERRAL), "resolves lame"),
    ("server: without authority", server(dns(soa(), flags="QR")), "resolves lame"),
    ("server: fails", server(dns(outcome=_O.SERVFAIL)), "resolves lame"),
    ("server: silent", server(_O.DNS_TIMEOUT), "untested dns_timeout"),
    ("server: private address", server(SOA, address="10.0.0.53"), "resolves private_in_record"),
    ("server: listed by an internal name", server(SOA, listed="ns1.internal.example.net"),
     "resolves discloses_name"),
    ("server: by which name is not known", server(SOA, listed=None), "unproven control_missing"),
    ("server's name: gone, and the resolver ill", replace(ns_name(TOP), entrance=_O.DNS_TIMEOUT),
     "unproven outside_control_failed"),
    ("server's name: gone, to be had", ns_name(TOP), "resolves dangling"),
    ("server's name: gone", ns_name(BELOW), "resolves dangling"),
    ("server's name: there by now", ns_name(A_PUBLIC), "unproven unstable_control"),
    ("serial: older", serial(dns(soa(3)), dns(soa(5))), "resolves stale_server"),
    ("serial: newer", serial(dns(soa(5)), dns(soa(3))), "closed as_delegated"),
    ("serial: around the end", serial(dns(soa(4294967295)), dns(soa(1))), "resolves stale_server"),
    ("serial: nobody else", serial(dns(soa(3)), _O.DNS_TIMEOUT), "unproven control_missing"),
    ("serial: one of two lost", serial(dns(soa(3)), dns(soa(3)), _O.DNS_TIMEOUT), "unproven control_missing"),
    ("serial: one of two without the zone", serial(dns(soa(3)), dns(soa(3)), REFUSED), "closed as_delegated"),
    ("serial: from somebody else's copy", serial(dns(soa(3), flags="QR RA"), dns(soa(3))),
     "untested transport_error"),
    ("serial: silent", serial(_O.DNS_TIMEOUT, dns(soa(3))), "untested dns_timeout"),
    ("identity: version", identity(BANNER), "resolves server_identity"),
    ("identity: internal host", identity(HOST), "resolves discloses_name"),
    ("identity: internal host by NSID", identity(REFUSED, "dc1.internal.example.net"), "resolves discloses_name"),
    ("identity: nothing", identity(REFUSED), "closed not_disclosed"),
    ("identity: a plain host", identity(dns(("version.bind", "TXT", '"fra"'))), "closed not_disclosed"),
    ("identity: fails", identity(dns(outcome=_O.SERVFAIL)), "untested servfail"),
    ("identity: silent", identity(_O.DNS_TIMEOUT), "untested dns_timeout"),
    ("recursion: refused", recursion(), "closed recursion_refused"),
    ("recursion: referred", recursion(REFERRAL, REFERRAL, REFERRAL), "closed recursion_refused"),
    ("recursion: for anybody", recursion(FOREIGN), "exposed open_resolver"),
    ("recursion: the internal name", recursion(internal=CACHED), "exposed internal_resolver"),
    ("recursion: from its own zone", recursion(internal=OWN_ZONE), "closed recursion_refused"),
    ("recursion: from a cache", recursion(cached=CACHED), "resolves cached_name"),
    ("recursion: nobody there", recursion(_O.REFUSED, _O.REFUSED, _O.REFUSED), "closed port_refused"),
    ("recursion: silent", recursion(_O.DNS_TIMEOUT, _O.DNS_TIMEOUT, _O.DNS_TIMEOUT), "untested dns_timeout"),
    ("recursion: data without a word of recursion",
     recursion(dns(("www.example.org", "A", "45.76.9.9"), flags="QR")), "unproven unclear_answer"),
    ("recursion: an answer about something else", recursion(ASTRAY), "untested dns_invalid"),
    ("recursion: over TLS", over("tls", FOREIGN), "exposed open_resolver"),
    ("recursion: over TLS, turned away", over("tls", NO_NAME), "closed recursion_refused"),
    ("recursion: over TLS, nobody", over("tls", _O.REFUSED), "closed recursion_refused"),
    ("recursion: over TLS, broken off", over("tls", _O.RESET), "untested transport_error"),
    ("recursion: over TLS, no handshake", over("tls", _O.TLS_FAILED), "untested transport_error"),
    ("recursion: over HTTPS, a page", over("https", _O.DNS_INVALID), "closed recursion_refused"),
    ("recursion: over HTTPS, our own way failed", over("https", _O.PROXY_FAILED), "untested transport_error"),
    ("recursion: fails", recursion(dns(outcome=_O.SERVFAIL)), "untested servfail"),
    ("escape: AS112", inside(_C.ESCAPE, SINK), "resolves queries_escape"),
    ("escape: at home", inside(_C.ESCAPE, HOME), "closed stays_inside"),
    ("escape: denied by nobody known", inside(_C.ESCAPE, GONE), "closed stays_inside"),
    ("escape: fails", inside(_C.ESCAPE, dns(outcome=_O.SERVFAIL)), "untested servfail"),
    ("rebinding: let in", inside(_C.REBINDING, A_PRIVATE, rebinds=A_PRIVATE), "resolves rebinding"),
    ("rebinding: kept out", inside(_C.REBINDING, dns(), rebinds=A_PRIVATE), "closed stripped"),
    ("rebinding: nothing to keep out", inside(_C.REBINDING, dns(), rebinds=GONE), "unproven control_missing"),
    ("rebinding: fails", inside(_C.REBINDING, dns(outcome=_O.SERVFAIL), rebinds=A_PRIVATE), "untested servfail"),
]  # fmt: skip
CLOSED = [(name, scene) for name, scene, said in TABLE if said.startswith("closed")]


@pytest.mark.parametrize(("scene", "said"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_from_answer_to_verdict(scene: Scene, said: str) -> None:
    assert scene.told() == said


def test_every_check_has_a_leaky_and_a_sound_scene() -> None:
    told = {(scene.check, said.split()[0] in ("exposed", "resolves")) for _, scene, said in TABLE}
    assert told >= {(check, leaky) for check in Check for leaky in (True, False)}


def test_every_rule_says_what_its_verdict_may_say() -> None:
    for rules in CHECK_RULES.values():
        for rule in rules:
            if rule.verdict is not None:
                assert rule.reason in REASONS[rule.verdict]


@pytest.mark.parametrize("scene", [row[1] for row in CLOSED], ids=[row[0] for row in CLOSED])
def test_a_pass_needs_every_control(scene: Scene) -> None:
    for broken in (
        replace(scene, entrance=_O.DNS_TIMEOUT), replace(scene, entrance=REFUSED), replace(scene, entrance=GONE),
        replace(scene, truth=_O.SERVFAIL), replace(scene, truth=GONE), replace(scene, sighted=False),
    ):  # fmt: skip
        own = scene.service.startswith("vantage:") or scene.check is _C.TRANSPARENCY
        if own and (broken.truth != scene.truth or scene.check is _C.TRANSPARENCY):
            continue  # what is inside itself, and what is a file
        if not broken.sighted and scene.service.startswith("vantage:") and scene.check is not _C.SEARCH:
            continue  # another vantage looks
        assert broken.judged().verdict is not Verdict.CLOSED, broken


#: Outcomes that are no errors but answers to what a check tries: a refused transfer, a shut port.
ANSWERS: dict[Check, set[Outcome]] = {
    _C.TRANSFER: {_O.DNS_REFUSED, _O.DNS_RCODE, _O.NODATA},
    _C.IDENTITY: {_O.DNS_REFUSED, _O.DNS_RCODE},
    _C.REBINDING: {_O.DNS_REFUSED},
    _C.RECURSION: {_O.DNS_REFUSED, _O.REFUSED, _O.UNREACHABLE, _O.PROHIBITED},
    _C.SERIAL: {_O.DNS_REFUSED},  # of another server
}
ERRORS = [o for o in Outcome if o not in (_O.ANSWERED, _O.NXDOMAIN, _O.NODATA)]
#: Over TLS and HTTPS an alert, or what is no DNS, says that nobody there is a resolver.
_NO_RESOLVER = {_O.TLS_ALERT, _O.DNS_INVALID, _O.PROTOCOL_ERROR}


@given(st.sampled_from(CLOSED), st.sampled_from(ERRORS), st.integers(0, 9))
def test_no_error_is_ever_a_pass(row: tuple[str, Scene], error: Outcome, place: int) -> None:
    _, scene = row
    asked = list(scene.asked)
    question, _ = asked[place % len(asked)]
    asked[place % len(asked)] = question, error
    encrypted = isinstance(question, DnsQuestion) and "://" in question.resolver and error in _NO_RESOLVER
    if error not in ANSWERS.get(scene.check, ()) and not encrypted:
        assert replace(scene, asked=tuple(asked)).judged().verdict is not Verdict.CLOSED


@given(st.sampled_from(TABLE), st.randoms())
def test_the_order_of_what_was_seen_does_not_matter(row: tuple[str, Scene, str], random: object) -> None:
    room = row[1].room()
    plan = row[1].plan(room)
    before = judge(plan, room.seen, provisional=True).judgements
    random.shuffle(room.seen)  # type: ignore[attr-defined]
    assert judge(plan, room.seen, provisional=True).judgements == before


@pytest.mark.parametrize("scene", [row[1] for row in TABLE], ids=[row[0] for row in TABLE])
def test_losing_anything_never_makes_a_pass(scene: Scene) -> None:
    """Nor does an error in its place, be it a target's, a sibling's, or a control's."""
    if scene.judged().verdict is Verdict.CLOSED:
        return
    room, losses = scene.room(), [*ERRORS, *SkipReason, None]
    plan = scene.plan(room)
    encrypted = {p.id for p in plan.probes if isinstance(p.question, DnsQuestion) and "://" in p.question.resolver}
    for lost in losses:
        if lost in ANSWERS.get(scene.check, ()):
            continue
        for place, fewer in enumerate(each_lost(room, lost)):
            if lost in _NO_RESOLVER and room.seen[place].probe in encrypted:
                continue
            judged = judge(plan, fewer, provisional=True).judgements[0]
            assert judged.verdict is not Verdict.CLOSED, (lost, plan.probes[place])


#: Whatever may come of any question of a check, in any mixture.
_SOMETHING = st.one_of(
    st.sampled_from([SOA, GONE, REFUSED, REFERRAL, A_PRIVATE, A_PUBLIC, LDAP, SINK, HOME, TOP, BANNER, CACHED,
                     FOREIGN, ALIAS, ASTRAY, NO_NAME, ILL, dns(), dns(truncated=True), shown("x.corp.local"),
                     shown("x.org"), handed(True), handed(False), (_O.ANSWERED, hashed()),
                     (_O.ANSWERED, InventoryAnswer(("a.b",))), (_O.NXDOMAIN, hashed()),
                     (_O.ANSWERED, DelegationAnswer(ZONE, "nxdomain", ()))]),
    st.sampled_from(ERRORS),
)  # fmt: skip


@given(st.sampled_from([scene for _, scene, _ in TABLE]), st.lists(_SOMETHING, min_size=5, max_size=5), st.data())
def test_any_mixture_keeps_the_laws(scene: Scene, said: list[Said], data: st.DataObject) -> None:
    asked = tuple((question, said[place % 5]) for place, (question, _) in enumerate(scene.asked))
    siblings = tuple((question, said[-1 - place % 5]) for place, (question, _) in enumerate(scene.siblings))
    mixed = replace(scene, asked=asked, siblings=siblings)
    judged = mixed.judged()
    assert judged.reason in REASONS[judged.verdict]
    assert (judged.confidence is not None) == (judged.verdict in DECISIVE)
    if judged.verdict is Verdict.CLOSED:
        return
    room = mixed.room()
    lost = data.draw(
        st.sampled_from([_O.TIMED_OUT, _O.RESET, _O.PROBER_ERROR, _O.PROXY_FAILED, SkipReason.DEADLINE])
    )
    for fewer in each_lost(room, lost):
        assert judge(mixed.plan(room), fewer, provisional=True).judgements[0].verdict is not Verdict.CLOSED


@given(
    st.text(max_size=80), st.text(max_size=80), st.sampled_from(["A", "TXT", "MX", "SRV", "HTTPS", "SOA", "NAPTR"])
)
def test_no_text_of_a_stranger_makes_it_raise(owner: str, data: str, rrtype: str) -> None:
    answer = DnsAnswer("NOERROR", (), SERVER, "udp", (DnsRecord(owner, rrtype, 0, data),), additional=(
        DnsRecord(owner, "A", 0, data),))  # fmt: skip
    assert all(len(each.where) < 700 for each in (*special_in(answer), *points_in(answer)))
    for check in Check:
        for said in (answer, WalkAnswer("nsec", owner, (data,), salt=data)):
            judged = one(check, at(ZONE, rrtype), (_O.ANSWERED, said)).judged()
            assert judged.reason in REASONS[judged.verdict]
            assert len(judged.info_leak) <= 20


def test_what_passes_by_itself_needs_to_be_seen_more_than_once() -> None:
    stale, fails = serial(dns(soa(3)), dns(soa(5))), server(dns(outcome=_O.SERVFAIL))
    for scene in (stale, fails):
        assert replace(scene, replays=2).judged(provisional=False).verdict is Verdict.RESOLVES
    once = stale.room()
    assert judge(once.plan(stale.claim), once.seen).judgements[0].verdict is Verdict.UNPROVEN


def test_three_times_silence_at_a_port_is_a_pass_of_the_least_kind() -> None:
    silent = replace(recursion(_O.DNS_TIMEOUT, _O.DNS_TIMEOUT, _O.DNS_TIMEOUT), replays=2)
    judged = silent.judged(provisional=False)
    assert (judged.verdict, judged.reason, judged.confidence) == (Verdict.CLOSED, "port_silent", Confidence.LOW)
    assert replace(silent, replays=1).judged(provisional=False).verdict is not Verdict.CLOSED
    assert replace(silent, entrance=_O.DNS_TIMEOUT).judged(provisional=False).verdict is not Verdict.CLOSED


@pytest.mark.parametrize(
    ("scene", "reason"),
    [
        (certificate("api.example.net", bare=_O.CLOSED_EARLY), "not_disclosed"),
        (certificate("api.example.net", bare=ILL), "not_disclosed"),
        (identity(_O.DNS_TIMEOUT), "not_disclosed"),
        (identity(dns(outcome=_O.SERVFAIL)), "not_disclosed"),
        (over("tls", _O.TLS_FAILED), "recursion_refused"),
        (over("tls", _O.TIMED_OUT), "port_silent"),
    ],
)
def test_what_lacks_an_answer_three_times_of_three_is_a_pass_of_the_least_kind(scene: Scene, reason: str) -> None:
    judged = replace(scene, replays=2).judged(provisional=False)
    assert (judged.verdict, judged.reason, judged.confidence) == (Verdict.CLOSED, reason, Confidence.LOW)
    for broken in (replace(scene, replays=1), replace(scene, replays=2, entrance=_O.DNS_TIMEOUT)):
        assert broken.judged(provisional=False).verdict is not Verdict.CLOSED


def test_a_certificate_of_its_own_has_to_be_shown() -> None:
    for own in (_O.CLOSED_EARLY, _O.TLS_FAILED, ILL, NO_NAME):
        never = replace(certificate(own=own, bare=shown("api.example.net")), replays=2)
        assert never.judged(provisional=False).verdict is Verdict.UNTESTED


def test_hashing_many_names_many_times_takes_a_moment() -> None:
    names = tuple(f"host{number}.internal.example.net" for number in range(2_000))
    rounds = replace(walk(_C.NSEC3, hashed(2_500, "aabb")), names=names)
    began = monotonic()
    assert rounds.told() == "resolves weak_nsec3"
    assert monotonic() - began < 5
    last = max(names)
    match = walk(_C.NSEC3, hashed(0, "", nsec3_hash(last, "", 0) or ""), names=names)
    assert match.told() == "resolves nsec3_match"


def test_known_public_names_may_be_walked() -> None:
    known = Claim("w", "zone:example.net", Aspect.NAME, "www.example.net", "public-dns", "9.9.9.9", None,
                  DnsExpectation.PUBLIC, zone=ZONE)  # fmt: skip
    scene = walk(_C.WALK, WalkAnswer("nsec", SERVER, (ZONE, "*.example.net", "www.example.net"), True))
    room = scene.room()
    judged = judge(room.plan(scene.claim, known), room.seen, provisional=True).judgements[0]
    assert (judged.verdict, judged.reason) == (Verdict.CLOSED, "not_disclosed")
    assert scene.told() == "exposed zone_walk"
    for more, said in (
        (WalkAnswer("nsec", SERVER, (ZONE, "www.example.net")), "untested not_run"),
        (WalkAnswer("nsec", SERVER, (ZONE, "www.example.net", "vault.example.net"), True), "exposed zone_walk"),
        (WalkAnswer("nsec", SERVER, (ZONE, "*.internal.example.net"), True), "exposed zone_walk"),
    ):
        other = walk(_C.WALK, more)
        room = other.room()
        internal = replace(known, key="i", target="internal.example.net", service="z", expect=None)
        judged = judge(room.plan(other.claim, known, internal), room.seen, provisional=True).judgements[0]
        assert f"{judged.verdict} {judged.reason}" == said


#: RFC 5155 appendix A: salt aabbccdd, 12 iterations.
VECTORS = [
    ("example", "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom"), ("a.example", "35mthgpgcu1qg68fab165klnsnk3dpvl"),
    ("ai.example", "gjeqe526plbf1g8mklp59enfd789njgi"), ("ns1.example", "2t7b4g4vsa5smi47k61mv5bv1a22bojr"),
    ("*.w.example", "r53bq7cc2uvmubfu5ocmm6pers9tk9en"), ("xx.example", "t644ebqk9bibcna874givr6joj62mlhv"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "digest"), VECTORS)
def test_hashes_are_those_of_the_standard(name: str, digest: str) -> None:
    assert nsec3_hash(name, "aabbccdd", 12) == digest
    assert nsec3_hash(name.upper() + ".", "AABBCCDD", 12) == digest


def test_hashing_is_bounded() -> None:
    assert nsec3_hash("a.example", "", 2_501) is None
    assert nsec3_hash("a.example", "zz", 1) is None
    assert nsec3_hash("é.example", "", 1) is None
    assert nsec3_hash("a..example", "", 1) is None


@given(st.integers(0, 2**32 - 1), st.integers(1, 2**31 - 1))
def test_serials_go_around(start: int, step: int) -> None:
    later = (start + step) % 2**32
    assert is_older(start, later) and not is_older(later, start) and not is_older(start, start)
