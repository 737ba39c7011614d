"""An audit record with zones and names: findings of most classes, a resolver that rewrites NXDOMAIN."""

from dataclasses import dataclass, replace

from report_records import END, Ledger, tls

from auditor.findings import Owned, settle
from auditor.model import (
    Answer,
    Aspect,
    AuditRecord,
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
    NameServer,
    Outcome,
    Question,
    Reason,
    Role,
    Severity,
    Side,
    TlsQuestion,
    TransferAnswer,
    TransferQuestion,
    VantageState,
    Verdict,
    WalkAnswer,
    WalkQuestion,
)

ZONE, INTERNAL, LAB = "example.net", "corp.example.net", "lab.example.org"
NS1, NS2, NS3, NS6 = "203.0.113.53", "198.51.100.53", "192.0.2.53", "2001:db8:53::1"
SERVERS = (NS1, NS6, NS2, NS3)
RESOLVERS = ("9.9.9.9", "192.0.2.99", "tls://198.51.100.9")
REWRITING = "192.0.2.99"
VANTAGE, INSIDE = "internet", "vpc"
INNER = "10.0.0.53"


def record(name: str, rrtype: str, data: str, ttl: int = 300) -> DnsRecord:
    return DnsRecord(name, rrtype, ttl, data)


def message(
    server: str,
    *records: DnsRecord,
    rcode: str = "NOERROR",
    flags: tuple[str, ...] = ("QR", "AA"),
    transport: str = "udp",
    authority: tuple[DnsRecord, ...] = (),
    additional: tuple[DnsRecord, ...] = (),
    **more: object,
) -> DnsAnswer:
    return DnsAnswer(rcode, flags, server, transport, records, authority=authority, additional=additional, **more)  # type: ignore[arg-type]


def soa(zone: str, serial: int = 2026112001, mname: str = "ns1.example.net.") -> DnsRecord:
    return record(zone, "SOA", f"{mname} hostmaster.example.net. {serial} 7200 900 1209600 300", 3600)


@dataclass
class Estate:
    """A ledger with the shorthand of names and checks."""

    book: Ledger
    rewriting: bool

    def truth(self, zone: str) -> str:
        group = f"truth|zone:{zone}|dns|soa"
        if not any(probe.group == group for probe in self.book.probes):
            answer = message(f"{INNER}:53", soa(zone), flags=("QR", "AA", "RD", "RA"))
            self.book.probe(Role.TRUTH, INSIDE, group, DnsQuestion(zone, "SOA", INNER), answer)
        return next(probe.id for probe in self.book.probes if probe.group == group)

    def check(
        self,
        check: Check,
        zone: str | None,
        address: str,
        verdict: Verdict,
        reason: Reason,
        asked: tuple[tuple[Question, Answer | None, Outcome], ...],
        *,
        service: str | None = None,
        entrance: str = "public-dns",
        authoritative: bool = True,
        internal: bool = False,
        vantage: str = VANTAGE,
        target: str | None = None,
        siblings: tuple[tuple[Question, Answer | None, Outcome], ...] = (),
        leaks: tuple[str, ...] = (),
        confidence: Confidence | None = Confidence.HIGH,
        truthful: bool = True,
    ) -> Claim:
        book, service = self.book, service or f"zone:{zone}"
        truth = self.truth(zone) if zone and truthful else None
        group = f"truth|zone:{zone}|dns|soa" if truth else None
        where = f"@{address}" if authoritative else address
        key = f"{service}|dns|{target or check}|{entrance}|{where}"
        claim = Claim(
            key, service, Aspect.DNS, target or check.value, entrance, address, group, check=check, zone=zone,
            internal=internal, authoritative=authoritative,
        )  # fmt: skip
        book.claims.append(claim)
        ids = [book.probe(Role.TARGET, vantage, key, q, a, o, address=address) for q, a, o in asked]
        for question, answer, outcome in siblings:
            book.probe(Role.SIBLING, vantage, key, question, answer, outcome, address=address)
        sure = confidence if verdict not in (Verdict.UNTESTED, Verdict.UNPROVEN) else None
        book.judge(
            claim, verdict, reason, vantage, ids[0] if ids else None, truth, info_leak=leaks, confidence=sure
        )
        return claim

    def name(
        self,
        service: str,
        name: str,
        zone: str,
        inside: tuple[DnsRecord, ...],
        outside: dict[str, tuple[Verdict, Reason, tuple[DnsRecord, ...]]],
        *,
        expect: DnsExpectation = DnsExpectation.ABSENT,
        internal: bool = False,
        leaks: tuple[str, ...] = (),
    ) -> None:
        book, group = self.book, f"truth|{service}|name|{name}"
        truths = [
            book.probe(
                Role.TRUTH, INSIDE, group, DnsQuestion(name, rrtype, INNER),
                message(f"{INNER}:53", *(r for r in inside if r.rrtype in (rrtype, "CNAME"))),
                Outcome.ANSWERED if any(r.rrtype == rrtype for r in inside) else Outcome.NODATA,
            )
            for rrtype in dict.fromkeys(["A", "AAAA", *(r.rrtype for r in inside)])
        ]  # fmt: skip
        for address in (*RESOLVERS, *SERVERS):
            own = address in SERVERS
            verdict, reason, records = outside.get(
                address, outside.get("*", (Verdict.CLOSED, Reason.NXDOMAIN, ()))
            )
            if self.rewriting and address == REWRITING:
                verdict, reason = Verdict.UNTESTED, Reason.HIJACK
                records = (record(name, "A", "192.0.2.200", 60),)
            where = f"@{address}" if own else address
            claim = Claim(
                f"{service}|name|{name}|public-dns|{where}", service, Aspect.NAME, name, "public-dns", address,
                group, expect=expect, zone=zone, internal=internal, authoritative=own,
            )  # fmt: skip
            book.claims.append(claim)
            first = None
            for rrtype in dict.fromkeys(["A", "AAAA", *(r.rrtype for r in records if r.rrtype != "CNAME")]):
                mine = tuple(r for r in records if r.rrtype in (rrtype, "CNAME"))
                outcome = Outcome.ANSWERED if mine else Outcome.NODATA if records else Outcome.NXDOMAIN
                denial = () if mine else (soa(zone),)
                answer = message(
                    f"{address.removeprefix('tls://')}:53", *mine, rcode="NOERROR" if records else "NXDOMAIN",
                    authority=denial, transport="tls" if address.startswith("tls") else "udp",
                    flags=("QR", "AA") if own else ("QR", "RD", "RA"),
                )  # fmt: skip
                question = DnsQuestion(
                    name, rrtype, address, server_of=f"zone:{zone}" if own else None, recursion=not own
                )
                asked = book.probe(Role.TARGET, VANTAGE, claim.key, question, answer, outcome, address=address)
                first = asked if first is None or mine else first
            sure = None if verdict in (Verdict.UNTESTED, Verdict.UNPROVEN) else Confidence.HIGH
            book.judge(
                claim, verdict, reason, VANTAGE, first, truths[0], confidence=sure,
                info_leak=leaks if verdict is Verdict.RESOLVES else (), ratio=(3, 3) if sure else None,
            )  # fmt: skip


def at(server: str, name: str, rrtype: str, zone: str = ZONE, **how: object) -> DnsQuestion:
    fields: dict[str, object] = {"server_of": f"zone:{zone}", "recursion": False, **how}
    return DnsQuestion(name, rrtype, server, **fields)  # type: ignore[arg-type]


def estate(closed_names: int = 40, *, rewriting: bool = True) -> AuditRecord:
    """Three zones, four name servers, three resolvers of which one rewrites; `closed_names` more names."""
    book = Ledger()
    own = Estate(book, rewriting)
    _found(book, closed_names)
    for resolver in RESOLVERS:
        for _ in range(2):
            answer = message(f"{resolver}:53", record("www.example.net", "A", "203.0.113.80"))
            asked = DnsQuestion("www.example.net", "A", resolver)
            book.probe(Role.ENTRANCE, VANTAGE, f"public-dns|{resolver}", asked, answer)
    for server in SERVERS:
        for _ in range(2):
            answer = message(f"{server}:53", soa(ZONE))
            book.probe(Role.ENTRANCE, VANTAGE, f"public-dns|{server}", at(server, ZONE, "SOA"), answer)
    _names(own, closed_names)
    _transfers(own)
    _servers(own)
    _beside(own)
    return _settled(book)


def _settled(book: Ledger) -> AuditRecord:
    services = {
        f"zone:{ZONE}": Owned("team-net", Severity.MEDIUM),
        f"zone:{LAB}": Owned("team-lab", Severity.HIGH),
        "config": Owned("team-platform", Severity.HIGH),
    }
    settled = settle(book.judgements, {}, services=services, at=END)
    book.findings, book.changes = list(settled.findings), list(settled.changes)
    return book.record(
        (
            VantageState(VANTAGE, Side.OUTSIDE, True, None, "192.0.2.14"),
            VantageState(INSIDE, Side.INSIDE, True, None, "10.0.0.5"),
        ),
        number=7,
    )


def _found(book: Ledger, closed_names: int) -> None:
    """Where the zones are served, and which names they have."""
    servers = (
        NameServer("ns1.example.net", NS1, "both", glue=True),
        NameServer("ns1.example.net", NS6, "both", glue=True),
        NameServer("ns2.example.net", NS2, "both", glue=True),
        NameServer("ns3.example.net", NS3, "child"),
        NameServer("ns4.gone.example", None, "parent", why="nxdomain"),
    )
    steps = (
        ". at 198.41.0.4: referral to net",
        "net at 192.5.6.30: referral to example.net",
        "example.net at 203.0.113.53: answer",
    )
    answers = {
        ZONE: DelegationAnswer(ZONE, "delegated", servers, steps, questions=14),
        INTERNAL: DelegationAnswer(ZONE, "nxdomain", servers, steps, questions=15),
        LAB: DelegationAnswer(LAB, "delegated", servers[:3], steps[:1], whole=False, questions=6),
    }
    for zone, answer in answers.items():
        book.probe(Role.DELEGATION, VANTAGE, f"zone:{zone}", DelegationQuestion(zone), answer)
    names = tuple(f"host{number:03d}.{INTERNAL}" for number in range(closed_names))
    book.probe(
        Role.INVENTORY, INSIDE, f"zone:{INTERNAL}", InventoryQuestion("zone", "corp.zone", (INTERNAL,)),
        InventoryAnswer(names, others=2, refused=1, notes=("line 12: no class",)),
    )  # fmt: skip
    book.probe(
        Role.INVENTORY, INSIDE, f"zone:{LAB}", TransferQuestion(LAB, INNER, f"zone:{LAB}", keep=50_000), None,
        Outcome.DNS_REFUSED, detail="REFUSED",
    )  # fmt: skip


def _names(own: Estate, closed_names: int) -> None:
    name = f"config.{INTERNAL}"
    leaked = (record(name, "A", "10.0.0.5"),)
    own.name(
        "config", name, INTERNAL, (record(name, "A", "10.0.0.5", 60), record(name, "A", "10.0.0.6", 60)),
        {NS2: (Verdict.RESOLVES, Reason.SPLIT_HORIZON, leaked)}, internal=True,
        leaks=("private address in public DNS: 10.0.0.5",),
    )  # fmt: skip
    shop = "shop.example.net"
    https = record(shop, "HTTPS", "1 . alpn=h2 ipv4hint=203.0.113.80,10.1.2.3")
    public = (record(shop, "A", "203.0.113.80"), https)
    own.name(
        f"zone:{ZONE}", shop, ZONE, (record(shop, "A", "203.0.113.80"),),
        {"*": (Verdict.RESOLVES, Reason.PRIVATE_IN_RECORD, public)}, expect=DnsExpectation.PUBLIC,
        leaks=("HTTPS ipv4hint of shop.example.net: 10.1.2.3",),
    )  # fmt: skip
    old = "promo.example.net"
    alias = (record(old, "CNAME", "promo.cdn.example."),)
    own.name(
        f"zone:{ZONE}", old, ZONE, alias,
        {"*": (Verdict.RESOLVES, Reason.DANGLING, alias)}, expect=DnsExpectation.PUBLIC,
        leaks=("points to promo.cdn.example, which does not exist",),
    )  # fmt: skip
    www = "www.example.net"
    seen = (record(www, "A", "203.0.113.80"),)
    own.name(
        f"zone:{ZONE}", www, ZONE, seen, {"*": (Verdict.CLOSED, Reason.ONLY_PUBLIC, seen)},
        expect=DnsExpectation.PUBLIC,
    )  # fmt: skip
    for number in range(closed_names):
        each = f"host{number:03d}.{INTERNAL}"
        own.name(
            f"zone:{INTERNAL}",
            each,
            INTERNAL,
            (record(each, "A", f"10.0.{number % 200}.9"),),
            {},
            internal=True,
        )


def _transfers(own: Estate) -> None:
    names = tuple(
        f"{label}.{LAB}".removeprefix(".") for label in ("", "build", "db1", "db2", "gitlab", "vault", "wiki")
    )
    for zone, servers in ((ZONE, SERVERS), (INTERNAL, SERVERS), (LAB, SERVERS[:3])):
        for server in servers:
            asked = TransferQuestion(zone, server, f"zone:{zone}")
            open_here = zone == LAB and server == NS2
            answer = TransferAnswer("REFUSED", f"{server}:53", False, False, None, 0)
            if open_here:
                answer = TransferAnswer(
                    "NOERROR", f"{server}:53", True, True, 2026112001, 212, names, ("10.9.0.4", "10.9.0.5")
                )
            own.check(
                Check.TRANSFER, zone, server,
                Verdict.EXPOSED if open_here else Verdict.CLOSED,
                Reason.ZONE_TRANSFER if open_here else Reason.TRANSFER_REFUSED,
                ((asked, answer, Outcome.ANSWERED if open_here else Outcome.DNS_REFUSED),
                 (replace(asked, rrtype="IXFR"), answer, Outcome.ANSWERED if open_here else Outcome.DNS_REFUSED)),
                internal=zone != ZONE, leaks=(f"212 records, first {', '.join(names[1:4])}",) if open_here else (),
                confidence=Confidence.CERTAIN if open_here else Confidence.HIGH,
            )  # fmt: skip


_BIND = "9.18.28-1~deb12u2-Debian"


def _servers(own: Estate) -> None:
    for server in SERVERS:
        lame = server == NS3
        said = at(server, ZONE, "SOA")
        own.check(
            Check.DELEGATION, ZONE, server, Verdict.RESOLVES if lame else Verdict.CLOSED,
            Reason.LAME if lame else Reason.AS_DELEGATED,
            ((said, message(f"{server}:53", rcode="REFUSED", flags=("QR",), ede=("20 Not Authoritative",)) if lame
              else message(f"{server}:53", soa(ZONE)), Outcome.DNS_REFUSED if lame else Outcome.ANSWERED),),
        )  # fmt: skip
        old = server == NS6
        own.check(
            Check.SERIAL, ZONE, server, Verdict.RESOLVES if old else Verdict.UNTESTED if lame else Verdict.CLOSED,
            Reason.STALE_SERVER if old else Reason.DNS_REFUSED if lame else Reason.AS_DELEGATED,
            ((said, message(f"{server}:53", soa(ZONE, 2026111904 if old else 2026112001)), Outcome.ANSWERED),),
            siblings=((at(NS1, ZONE, "SOA"), message(f"{NS1}:53", soa(ZONE)), Outcome.ANSWERED),),
        )  # fmt: skip
        tells = server == NS1
        version = record("version.bind", "TXT", f'"{_BIND}"', 0)
        host = record("hostname.bind", "TXT", '"dns01.corp.example.net"', 0)
        own.check(
            Check.IDENTITY, ZONE, server, Verdict.RESOLVES if tells else Verdict.CLOSED,
            Reason.DISCLOSES_NAME if tells else Reason.NOT_DISCLOSED,
            ((at(server, "hostname.bind", "TXT", chaos=True), message(f"{server}:53", host) if tells
              else message(f"{server}:53", rcode="REFUSED"), Outcome.ANSWERED if tells else Outcome.DNS_REFUSED),
             (at(server, "version.bind", "TXT", chaos=True), message(f"{server}:53", version) if tells
              else message(f"{server}:53", rcode="REFUSED"), Outcome.ANSWERED if tells else Outcome.DNS_REFUSED),
             (at(server, ZONE, "SOA", nsid=True), message(f"{server}:53", soa(ZONE), nsid="6e7331"),
              Outcome.ANSWERED)),
            leaks=("hostname.bind: dns01.corp.example.net",) if tells else (),
        )  # fmt: skip
        silent = server == NS6
        own.check(
            Check.RECURSION, ZONE, server, Verdict.UNTESTED if silent else Verdict.CLOSED,
            Reason.DNS_TIMEOUT if silent else Reason.RECURSION_REFUSED,
            ((at(server, "www.example.org", "A", recursion=True), None if silent
              else message(f"{server}:53", rcode="REFUSED", flags=("QR", "RD")),
              Outcome.DNS_TIMEOUT if silent else Outcome.DNS_REFUSED),),
        )  # fmt: skip
        walk = WalkQuestion(ZONE, server, f"x7f3q.{ZONE}", f"zone:{ZONE}", 100)
        chain = (ZONE, f"intranet.{ZONE}", f"mail.{ZONE}", f"vpn-old.{ZONE}", f"www.{ZONE}")
        own.check(
            Check.WALK, ZONE, server, Verdict.EXPOSED, Reason.ZONE_WALK,
            ((walk, WalkAnswer("nsec", f"{server}:53", chain, round=True), Outcome.ANSWERED),),
            leaks=chain[1:4:2],
        )  # fmt: skip
        own.check(
            Check.NSEC3, ZONE, server, Verdict.CLOSED, Reason.NOT_DISCLOSED,
            ((replace(walk, limit=0), WalkAnswer("nsec", f"{server}:53"), Outcome.ANSWERED),),
        )  # fmt: skip
        srv = record(f"_ldap._tcp.{ZONE}", "SRV", "0 100 389 dc01.corp.example.net.")
        own.check(
            Check.DIRECTORY, ZONE, server, Verdict.RESOLVES, Reason.SERVICE_RECORDS,
            ((at(server, f"_ldap._tcp.{ZONE}", "SRV"), message(f"{server}:53", srv,
              additional=(record("dc01.corp.example.net", "A", "10.0.0.10"),)), Outcome.ANSWERED),),
            siblings=((at(server, f"_q8w2._tcp.{ZONE}", "SRV"), message(f"{server}:53", rcode="NXDOMAIN"),
                       Outcome.NXDOMAIN),),
            leaks=("_ldap._tcp.example.net: dc01.corp.example.net",),
        )  # fmt: skip
    own.check(
        Check.WALK, LAB, NS1, Verdict.CLOSED, Reason.NOT_WALKABLE,
        ((WalkQuestion(LAB, NS1, f"x.{LAB}", f"zone:{LAB}", 100), WalkAnswer("minimal", f"{NS1}:53"),
          Outcome.ANSWERED),),
        internal=True,
    )  # fmt: skip
    own.check(
        Check.NSEC3, LAB, NS1, Verdict.RESOLVES, Reason.NSEC3_MATCH,
        ((WalkQuestion(LAB, NS1, f"x.{LAB}", f"zone:{LAB}"),
          WalkAnswer("nsec3", f"{NS1}:53", algorithm=1, iterations=12, salt="ab12", opt_out=True,
                     hashes=("0p9mhaveqvm6t7vbl5lop2u3t2rp3tom", "2t7b4g4vsa5smi47k61mv5bv1a22bojr")),
          Outcome.ANSWERED),),
        internal=True, leaks=(f"vault.{LAB}",), confidence=Confidence.MEDIUM,
    )  # fmt: skip
    wild = record(f"r4nd0m.{LAB}", "A", "10.9.9.9")
    own.check(
        Check.WILDCARD, LAB, NS1, Verdict.RESOLVES, Reason.PRIVATE_ADDRESS,
        ((at(NS1, f"r4nd0m.{LAB}", "A", LAB), message(f"{NS1}:53", wild), Outcome.ANSWERED),), internal=True,
    )  # fmt: skip


def _beside(own: Estate) -> None:
    own.check(
        Check.DELEGATION, ZONE, "ns4.gone.example", Verdict.RESOLVES, Reason.DANGLING,
        ((DnsQuestion("ns4.gone.example", "A", "9.9.9.9"),
          message("9.9.9.9:53", rcode="NXDOMAIN", flags=("QR", "RD", "RA"),
                  authority=(record("example", "SOA", "a.nic.example. . 1 2 3 4 5"),)), Outcome.NXDOMAIN),),
    )  # fmt: skip
    own.check(
        Check.DELEGATION, INTERNAL, "root", Verdict.CLOSED, Reason.NOT_DELEGATED,
        ((DelegationQuestion(INTERNAL), DelegationAnswer(ZONE, "nxdomain", (), ("root", "net"), questions=9),
          Outcome.ANSWERED),), authoritative=False, internal=True,
    )  # fmt: skip
    own.check(
        Check.TRANSPARENCY, ZONE, "ct.json", Verdict.RESOLVES, Reason.LOGGED,
        ((InventoryQuestion("transparency", "ct.json", (ZONE,)),
          InventoryAnswer(("grafana.corp.example.net", "www.example.net"), others=14), Outcome.ANSWERED),),
        entrance="certificate-transparency", authoritative=False, vantage=INSIDE, truthful=False,
        leaks=("grafana.corp.example.net",),
    )  # fmt: skip
    edge = "203.0.113.20"
    shown = replace(
        tls("default"), names=("gw01.corp.example.net", "10.0.0.20"), subject="CN=gw01.corp.example.net"
    )
    own.check(
        Check.CERTIFICATE, None, edge, Verdict.RESOLVES, Reason.DISCLOSES_NAME,
        ((TlsQuestion("www.example.net", 443, edge), shown, Outcome.ANSWERED),
         (TlsQuestion("www.example.net", 443, edge, "www.example.net"), tls("www.example.net"), Outcome.ANSWERED)),
        service="gateway:edge-gw", entrance="edge-gw", authoritative=False,
        leaks=("gw01.corp.example.net", "10.0.0.20"),
    )  # fmt: skip
    name = f"config.{INTERNAL}"
    inner = record(name, "A", "10.0.0.5")
    own.check(
        Check.RECURSION, None, edge, Verdict.EXPOSED, Reason.INTERNAL_RESOLVER,
        ((DnsQuestion(name, "A", edge, server_of="gateway:edge-gw"),
          message(f"{edge}:53", inner, flags=("QR", "RD", "RA"), ede=("3 Stale Answer",)), Outcome.ANSWERED),
         (DnsQuestion(name, "A", f"tls://{edge}", server_of="gateway:edge-gw"), None, Outcome.REFUSED),
         (DnsQuestion(name, "A", f"https://{edge}/dns-query", server_of="gateway:edge-gw"), None,
          Outcome.TLS_ALERT)),
        service="gateway:edge-gw", entrance="edge-gw", authoritative=False, leaks=(f"{name}: 10.0.0.5",),
    )  # fmt: skip
    block = "203.0.113.0/28"
    pointer = record("5.113.0.203.in-addr.arpa", "PTR", "db1.corp.example.net.")
    own.check(
        Check.REVERSE, None, "9.9.9.9", Verdict.RESOLVES, Reason.DISCLOSES_NAME,
        ((DnsQuestion("5.113.0.203.in-addr.arpa", "PTR", "9.9.9.9"), message("9.9.9.9:53", pointer),
          Outcome.ANSWERED),
         (DnsQuestion("6.113.0.203.in-addr.arpa", "PTR", "9.9.9.9"), message("9.9.9.9:53", rcode="NXDOMAIN"),
          Outcome.NXDOMAIN)),
        service=f"network:{block}", authoritative=False, leaks=("203.0.113.5: db1.corp.example.net",),
    )  # fmt: skip
    prisoner = soa("10.in-addr.arpa", 1, "prisoner.iana.org.")
    own.check(
        Check.ESCAPE, None, INNER, Verdict.RESOLVES, Reason.QUERIES_ESCAPE,
        ((DnsQuestion("7.3.2.10.in-addr.arpa", "PTR", INNER),
          message(f"{INNER}:53", rcode="NXDOMAIN", authority=(prisoner,), flags=("QR", "RD", "RA")),
          Outcome.NXDOMAIN),),
        service=f"vantage:{INSIDE}", entrance=INSIDE, authoritative=False, vantage=INSIDE,
    )  # fmt: skip
    own.check(
        Check.REBINDING, None, INNER, Verdict.CLOSED, Reason.STRIPPED,
        ((DnsQuestion("rb.example.org", "A", INNER), message(f"{INNER}:53"), Outcome.NODATA),),
        service=f"vantage:{INSIDE}", entrance=INSIDE, authoritative=False, vantage=INSIDE,
    )  # fmt: skip
    own.check(
        Check.SEARCH, None, "9.9.9.9", Verdict.RESOLVES, Reason.SEARCH_SUFFIX,
        ((DnsQuestion("oldcompany.example", "SOA", "9.9.9.9"), message("9.9.9.9:53", soa("oldcompany.example")),
          Outcome.ANSWERED),),
        service=f"vantage:{INSIDE}", authoritative=False, target="search oldcompany.example",
    )  # fmt: skip
