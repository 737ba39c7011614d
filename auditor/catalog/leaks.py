"""The ways in which the DNS gives away what is internal: what each is, what it discloses, how it is closed.

One table for findings, report and documentation. Must never hold a judgement: which class an answer belongs to is
said by its check and its reason, and these come from the judge.
"""

from dataclasses import dataclass

from auditor.model import Check, Reason, Vector


@dataclass(frozen=True, slots=True)
class Leak:
    """One class. `close` are steps in order, the last one says what to expect when all is well."""

    number: str  # "D5", as in docs/names.md
    title: str
    discloses: str
    close: tuple[str, ...]


def _leak(number: str, title: str, discloses: str, *close: str) -> tuple[str, Leak]:
    return number, Leak(number, title, discloses, close)


LEAKS: dict[str, Leak] = dict(
    (
        _leak(
            "D1",
            "Private address in public DNS",
            "The address plan of the network, and a name that anybody on the same private range can stand in for.",
            "Move the record to a zone that only inside resolvers serve.",
            'If it must stay, declare "dns: private_only" for the service, so that the choice is on record.',
            "Run the command again. Expect NXDOMAIN.",
        ),
        _leak(
            "D2",
            "Private address in another record",
            "The same, where nobody looks: hints of HTTPS records, targets of MX and SRV, SPF, glue.",
            "Find the record in the answer below, and take the address or the target out of it.",
            "Check what writes it: HTTPS hints and SPF entries are often generated from inside addresses.",
            "Run the command again. Expect public addresses only.",
        ),
        _leak(
            "D3",
            "Public DNS name",
            "That the name is there, and where it leads.",
            "Remove the record from the public zone; keep it in the private zone only.",
            "Check what publishes it: an external DNS controller, a wildcard, a zone shared by both views.",
            "Wait for the record's TTL, then run the command again. Expect NXDOMAIN.",
        ),
        _leak(
            "D4",
            "Inside answer given outside",
            "What only the inside view may say: whoever asks from outside is served from the wrong view.",
            "Compare the two views below, record by record, and find the zone or file that both are made from.",
            "Match views by the address that asks, and let the last view be the public one.",
            "Run the command again. Expect the public answer, or NXDOMAIN.",
        ),
        _leak(
            "D5",
            "Zone transfer open",
            "Every name and address of the zone, in one answer.",
            "Allow transfers to the secondaries alone, by TSIG key and address: allow-transfer (BIND), "
            "provide-xfr (NSD), acl with action transfer (Knot).",
            "Do the same on every secondary: each has a list of its own, for IPv4 and for IPv6.",
            "Run the command again at every address of the zone. Expect REFUSED.",
        ),
        _leak(
            "D6",
            "Zone can be walked",
            "Every name of the zone, one question at a time, for NSEC names the next one.",
            "Keep internal names out of the signed public zone.",
            "Deny by NSEC3 with no salt and no extra iterations (RFC 9276), or sign online with minimal answers "
            "(RFC 4470, RFC 9824).",
            "Run the command again. Expect no name of the zone in the denial.",
        ),
        _leak(
            "D7",
            "Names guessed from NSEC3 hashes",
            "Which guesses at names are right: hashes can be tried at home, millions a second.",
            "Keep internal names out of the signed public zone: a hash hides a name only while nobody guesses it.",
            "Set iterations to 0 and the salt to none (RFC 9276); both cost resolvers and hide nothing.",
            "Run the command again. Expect 1 0 0 - in the NSEC3 records.",
        ),
        _leak(
            "D8",
            "Wildcard in public DNS",
            "Where every internal name seems to lead; it also hides whether a name leaks by itself.",
            "Replace the wildcard record by the names that are meant to be public.",
            "Give internal services a zone of their own, below no public wildcard.",
            "Run the command again, with a random label too. Expect NXDOMAIN for both.",
        ),
        _leak(
            "D9",
            "Internal names in certificate logs",
            "Every name a public authority ever put into a certificate, for good: a log is never cleaned.",
            "Issue internal names from a private authority; nothing of it is logged.",
            "Where it must be a public one, ask for a wildcard of the internal zone.",
            "Treat the logged names as known, and rename what must not be.",
        ),
        _leak(
            "D10",
            "Internal name in a certificate shown outside",
            "Names and private addresses, to whoever opens a connection, often without asking for a name.",
            "Give the listener that answers unknown names a certificate of public names alone.",
            "Take internal names and addresses out of certificates that public listeners show.",
            "Run the command again, with and without a server name. Expect public names only.",
        ),
        _leak(
            "D11",
            "Reverse names that tell",
            "What stands behind each public address; and from inside, which private addresses are looked up.",
            "Give public addresses neutral reverse names, or none.",
            "Serve the reverse zones of private networks on the inside resolvers (RFC 6303), so that no such "
            "question leaves.",
            "Run the command again. Expect a public name or NXDOMAIN, and from inside an answer of your own.",
        ),
        _leak(
            "D13",
            "Search suffix that is not safe",
            "Internal names, sent outside with a suffix behind them; whoever has that suffix answers them.",
            "Let machines have no search suffix but zones that are yours.",
            "Remove what answers for <internal name>.<public zone>; most often it is a wildcard.",
            "Run the command again. Expect NXDOMAIN.",
        ),
        _leak(
            "D14",
            "Dangling or lame",
            "Nothing yet. Whoever registers the name that it points to answers in your place.",
            "Remove the record that points to a name that is not there, or take that name.",
            "Take name servers that do not know the zone out of the delegation, at the parent and in the zone.",
            "Run the command again. Expect an authoritative answer from every listed server.",
        ),
        _leak(
            "D15",
            "Private addresses let in",
            "The way in for DNS rebinding: a page from outside can talk to machines inside through the visitor's "
            "browser.",
            "Let the inside resolvers strip private addresses from answers about other people's names: "
            "private-address (Unbound), stop-dns-rebind (dnsmasq), deny-answer-addresses (BIND).",
            "Except your own zones by name: private-domain, rebind-domain-ok.",
            "Run the command again inside. Expect no address.",
        ),
        _leak(
            "D16",
            "Resolver open to the outside",
            "Every internal name for the asking; and a machine that can be made to flood somebody else.",
            "Answer recursive questions from inside addresses only: allow-recursion and allow-query-cache (BIND), "
            "access-control (Unbound).",
            "Bind the resolver to inside addresses, on UDP, TCP, 853 and DNS over HTTPS alike.",
            "Run the command again. Expect REFUSED or no connection.",
        ),
        _leak(
            "D17",
            "View that can be chosen from outside",
            "The inside view, to whoever asks the right way: over TCP, over IPv6, or as if from inside.",
            "Choose a view by the address that really asks, never by EDNS Client Subnet.",
            "Give every listener the same rule: UDP and TCP, IPv4 and IPv6, each anycast site.",
            "Run the command again. Expect what the plain question gets.",
        ),
        _leak(
            "D18",
            "Cache that can be asked",
            "Which internal names are in use: a question without recursion is answered from the cache alone.",
            "Refuse questions without recursion from outside, or answer nothing at all there.",
            "Run the command again. Expect REFUSED.",
        ),
        _leak(
            "D19",
            "Server that names itself",
            "Its version, for the list of its known faults, or its inside host name.",
            "Set what it tells of itself to nothing or to a neutral word: version, hostname and server-id (BIND), "
            "hide-version and hide-identity (NSD, Unbound), version and identity (Knot).",
            "Run the command again. Expect no version and no inside name.",
        ),
        _leak(
            "D20",
            "Directory and service records in public",
            "Where domain controllers, key servers and other services stand, with their ports.",
            "Keep _msdcs, _ldap, _kerberos and _services records in the inside zone.",
            "Give the public SOA a public primary and a public mailbox.",
            "Run the command again. Expect NXDOMAIN.",
        ),
        _leak(
            "D22",
            "Internal name in another answer",
            "An internal name, in an alias, a target or beside the answer to a public question.",
            "Let the public record point to a public name, and take inside hops out of the chain.",
            "Switch off what servers add by themselves: minimal-responses (BIND, Unbound, NSD).",
            "Run the command again. Expect public names only.",
        ),
        _leak(
            "D23",
            "Stale answer or server",
            "What was removed on purpose: one server or cache still hands it out.",
            "Repair transfers to the server with the old serial: its key, its access list, its notifications.",
            "At resolvers, wait for the TTL or drop the name from the cache; see how long expired data is served.",
            "Run the command again at each server. Expect one serial, and the record gone.",
        ),
        _leak(
            "D24",
            "Resolver that rewrites",
            "Nothing of yours. It makes a vantage blind: a name that does not exist looks like one that does.",
            "Give the vantage a resolver that says NXDOMAIN.",
        ),
    )
)

_D = dict[Check, tuple[str, ...]]

#: The classes that each check is about; the first is the usual one.
CHECKED: _D = {
    Check.TRANSFER: ("D5",),
    Check.WALK: ("D6",),
    Check.NSEC3: ("D7",),
    Check.WILDCARD: ("D8",),
    Check.TRANSPARENCY: ("D9",),
    Check.CERTIFICATE: ("D10",),
    Check.REVERSE: ("D11",),
    Check.ESCAPE: ("D11",),
    Check.SEARCH: ("D13",),
    Check.DELEGATION: ("D14",),
    Check.REBINDING: ("D15",),
    Check.RECURSION: ("D16", "D18"),
    Check.IDENTITY: ("D19",),
    Check.DIRECTORY: ("D20",),
    Check.SERIAL: ("D23",),
}

#: What a name's reason belongs to.
NAMED: dict[Reason, str] = {
    Reason.PRIVATE_ADDRESS: "D1",
    Reason.PRIVATE_IN_RECORD: "D2",
    Reason.ANSWERS: "D3",
    Reason.EXISTS_NO_DATA: "D3",
    Reason.SPLIT_HORIZON: "D4",
    Reason.SAME_AS_INSIDE: "D4",
    Reason.WILDCARD: "D8",
    Reason.DANGLING: "D14",
    Reason.VIEW_DIFFERS: "D17",
    Reason.DISCLOSES_NAME: "D22",
    Reason.STALE_ANSWER: "D23",
    Reason.HIJACK: "D24",
}

#: Where a check finds something of another class than its own.
_ELSEWHERE: dict[tuple[Check, Reason], str] = {
    (Check.RECURSION, Reason.CACHED_NAME): "D18",
    (Check.DELEGATION, Reason.EXISTS_NO_DATA): "D3",
    (Check.DELEGATION, Reason.PRIVATE_IN_RECORD): "D2",
    (Check.DELEGATION, Reason.DISCLOSES_NAME): "D22",
}


def class_of(check: Check | None, reason: Reason) -> str | None:
    """The number of the class that a reason stands for. `check`: what was looked at; None: a name."""
    if reason is Reason.HIJACK:
        return NAMED[reason]
    if check is None:
        return NAMED.get(reason)
    return _ELSEWHERE.get((check, reason), CHECKED[check][0])


#: The class whose remedy each vector carries.
VECTORS: dict[Vector, str] = {
    Vector.DNS_PUB: "D3",
    Vector.DNS_PRIV: "D1",
    Vector.DNS_WILDCARD: "D8",
    Vector.DNS_RECORD: "D2",
    Vector.DNS_NAME: "D22",
    Vector.DNS_TRANSFER: "D5",
    Vector.DNS_WALK: "D6",
    Vector.DNS_NSEC3: "D7",
    Vector.DNS_VIEW: "D17",
    Vector.DNS_DANGLING: "D14",
    Vector.DNS_STALE: "D23",
    Vector.DNS_OPEN: "D16",
    Vector.DNS_CACHE: "D18",
    Vector.DNS_IDENTITY: "D19",
    Vector.DNS_DIRECTORY: "D20",
    Vector.DNS_REVERSE: "D11",
    Vector.DNS_ESCAPE: "D11",
    Vector.DNS_SEARCH: "D13",
    Vector.DNS_REBINDING: "D15",
    Vector.CERT_LOGGED: "D9",
    Vector.CERT_NAME: "D10",
}

assert set(CHECKED) == set(Check), "a check without a class"
assert {each for classes in CHECKED.values() for each in classes} <= set(LEAKS), "a class without words"
assert set(NAMED.values()) | set(VECTORS.values()) | set(_ELSEWHERE.values()) <= set(LEAKS)
