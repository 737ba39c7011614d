"""Questions to the DNS and what was answered: names, zones, delegations, transfers. Facts only.

Stored and shipped like all that is asked and seen. Must never hold live objects; a field keeps its meaning.
"""

from dataclasses import dataclass
from typing import Literal

# --- questions -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DnsQuestion:
    """One question to one server.

    `resolver` is one of the vantage's own: `address[:port]`, `[v6]:port`, `tcp://`, `tls://`, `https://` or
    `system`. With `server_of` it is the address of somebody else's server that the vantage looks at:
    "zone:example.net", a name server of that zone, or "gateway:api", whatever answers DNS at a gateway's address.
    """

    name: str
    rrtype: str  # "A", "AAAA", …
    resolver: str
    kind: Literal["dns"] = "dns"
    server_of: str | None = None
    recursion: bool = True  # RD (RFC 1035 section 4.1.1)
    transport: Literal["auto", "tcp"] = "auto"  # auto: UDP, and TCP where an answer is truncated
    dnssec: bool = False  # DO (RFC 3225)
    subnet: str | None = None  # EDNS Client Subnet (RFC 7871), as "10.0.0.0/24"
    nsid: bool = False  # ask for the server's identifier (RFC 5001)
    chaos: bool = False  # class CH, for what a server says of itself (RFC 4892)


@dataclass(frozen=True, slots=True)
class DelegationQuestion:
    """Where a zone is served, followed from the root: every address of every name server, by parent and child."""

    zone: str
    roots: tuple[str, ...] = ()  # addresses of root servers, `address[:port]`; none: those of the public root
    kind: Literal["delegation"] = "delegation"


@dataclass(frozen=True, slots=True)
class TransferQuestion:
    """One try to be given a whole zone, over TCP (RFC 5936, RFC 1995 with serial 0)."""

    zone: str
    server: str  # `address[:port]`, `[v6]:port`
    server_of: str | None = None  # as in DnsQuestion; None: one of the vantage's own resolvers
    rrtype: Literal["AXFR", "IXFR"] = "AXFR"
    keep: int = 0  # names kept, at most; beyond the first message nothing is read unless some are wanted
    kind: Literal["transfer"] = "transfer"


@dataclass(frozen=True, slots=True)
class WalkQuestion:
    """How a zone denies names that do not exist, and how far its NSEC chain can be followed (RFC 4034, 5155)."""

    zone: str
    server: str
    nobody: str  # a random name of the zone, from which the walk starts
    server_of: str | None = None
    limit: int = 0  # names followed, at most; 0: only how names are denied
    kind: Literal["walk"] = "walk"


@dataclass(frozen=True, slots=True)
class InventoryQuestion:
    """Names that a file of the operator's holds: a zone file, or certificates logged for public trust."""

    act: Literal["zone", "transparency"]
    file: str
    zones: tuple[str, ...]  # names outside of these are counted and left out
    kind: Literal["inventory"] = "inventory"


# --- answers -------------------------------------------------------------------------------------------


#: Types whose data lead to another name, and which word of the data that is.
_LEADS = {"CNAME": 0, "DNAME": 0, "NS": 0, "PTR": 0, "MX": 1, "SRV": 3, "NAPTR": -1, "HTTPS": 1, "SVCB": 1}


@dataclass(frozen=True, slots=True)
class DnsRecord:
    name: str  # escaped presentation form, lower case
    rrtype: str
    ttl: int
    data: str  # escaped presentation form

    @property
    def leads_to(self) -> str | None:
        """The name that its data lead to, as it stands there; None for other types, and where there is none."""
        place, words = _LEADS.get(self.rrtype), self.data.split()
        return words[place] if place is not None and -len(words) <= place < len(words) else None


@dataclass(frozen=True, slots=True)
class DnsAnswer:
    """Whatever a server said, clean absence and refusal included."""

    rcode: str  # "NOERROR", "NXDOMAIN", …
    flags: tuple[str, ...]  # "QR", "AA", "RD", "RA", "AD", "TC"
    server: str  # the address and port that answered
    transport: str  # udp, tcp, tls, https
    records: tuple[DnsRecord, ...]  # the whole answer section, CNAMEs included, capped
    authority: tuple[DnsRecord, ...] = ()
    ede: tuple[str, ...] = ()  # Extended DNS Errors (RFC 8914): "15 Blocked"
    truncated: bool = False  # more records than we keep
    kind: Literal["dns"] = "dns"
    additional: tuple[DnsRecord, ...] = ()  # without OPT, capped
    nsid: str | None = None  # escaped


@dataclass(frozen=True, slots=True)
class NameServer:
    """One address of one name server of a zone; without an address where its name led to none."""

    name: str
    address: str | None
    listed: Literal["parent", "child", "both"]
    glue: bool = False  # its address came with the referral
    why: str = ""  # no address: the outcome of looking for one, "nxdomain" or "dns_timeout"


@dataclass(frozen=True, slots=True)
class DelegationAnswer:
    """How far down the delegation goes for a zone, and who serves it there.

    `cut` is the deepest zone at or above the asked one that the public tree has; `said` is what its servers say of
    the asked name where it is not a zone of its own: "nxdomain", "nodata", "answered", or why nothing is known.
    """

    cut: str
    said: str  # "delegated" where `cut` is the asked zone
    servers: tuple[NameServer, ...]  # of `cut`
    steps: tuple[str, ...] = ()  # "net at 198.41.0.4: referral", in order, capped
    whole: bool = True  # every listed name server was looked up, parent and child
    questions: int = 0
    kind: Literal["delegation"] = "delegation"


@dataclass(frozen=True, slots=True)
class TransferAnswer:
    """What came of a transfer. It is a transfer when a SOA starts the answer (RFC 5936 section 2.2)."""

    rcode: str
    server: str
    started: bool  # the first record is the zone's SOA
    whole: bool  # and the last one too
    serial: int | None
    records: int  # read, the closing SOA included
    names: tuple[str, ...] = ()  # owners, in order, each once, capped by `keep`
    addresses: tuple[str, ...] = ()  # data of their A and AAAA records, capped
    kind: Literal["transfer"] = "transfer"


@dataclass(frozen=True, slots=True)
class WalkAnswer:
    """How names are denied: by real neighbours (nsec), by hashes (nsec3), by lies made for the question (minimal,
    RFC 4470 and RFC 9824), or unsigned (none)."""

    denial: Literal["nsec", "nsec3", "minimal", "none"]
    server: str
    names: tuple[str, ...] = ()  # the chain as far as it was followed, the apex first where it was met
    round: bool = False  # the chain closed
    algorithm: int | None = None  # nsec3: hash algorithm, 1 is SHA-1
    iterations: int | None = None
    salt: str | None = None  # hex, "" for none
    opt_out: bool = False
    hashes: tuple[str, ...] = ()  # owner and next hashes that were seen, base32hex lower case
    kind: Literal["walk"] = "walk"


@dataclass(frozen=True, slots=True)
class InventoryAnswer:
    """The names in a file, each once, lower case, sorted, capped."""

    names: tuple[str, ...]
    others: int = 0  # names outside of the zones that were asked for
    refused: int = 0  # entries that could not be read
    whole: bool = True  # nothing was left out for its number
    notes: tuple[str, ...] = ()  # in our own words: "line 12: …"
    kind: Literal["inventory"] = "inventory"
