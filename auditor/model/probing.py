"""What is asked and what was seen: claims, probes, observations. Facts only, no judgement.

These values are stored, shipped between machines and read back years later. Must never hold live objects,
and a field once written keeps its meaning.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from auditor.model.naming import (
    DelegationAnswer,
    DelegationQuestion,
    DnsAnswer,
    DnsQuestion,
    InventoryAnswer,
    InventoryQuestion,
    TransferAnswer,
    TransferQuestion,
    WalkAnswer,
    WalkQuestion,
)
from auditor.model.words import Anonymous, Aspect, Check, DnsExpectation, Outcome, Phase, Role, Side, SkipReason

# --- questions: what goes on the wire -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class HttpQuestion:
    """One HTTP/1.1 request (or 1.0), exact to the byte of its target.

    `address` is the literal address to talk to; None resolves `host` at the vantage and takes the first
    answer that connects. `target` is sent as it stands (RFC 9112 section 3.2), never normalised.
    """

    scheme: Literal["http", "https"]
    host: str  # the name to resolve when `address` is None; no port, no brackets
    port: int
    target: str
    method: Literal["GET", "HEAD", "OPTIONS"] = "GET"
    host_header: str | None = None  # None: host, with the port where it is not the scheme's own; "" in 1.0: none
    sni: str | None = None  # None: host, unless that is an address
    address: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    version: Literal["1.1", "1.0"] = "1.1"
    kind: Literal["http"] = "http"
    canary: str | None = None  # the service whose canary the answer is searched for; never its secret
    #: Which credential the vantage adds when it sends this; only its name, never the credential, is ever stored.
    credential: str | None = None


@dataclass(frozen=True, slots=True)
class TcpQuestion:
    """One TCP handshake; nothing is sent."""

    host: str
    port: int
    address: str | None = None
    kind: Literal["tcp"] = "tcp"


@dataclass(frozen=True, slots=True)
class TlsQuestion:
    """One TLS handshake; the certificate is recorded whether or not it verifies."""

    host: str
    port: int
    address: str | None = None
    sni: str | None = None  # None: no SNI is sent
    kind: Literal["tls"] = "tls"


@dataclass(frozen=True, slots=True)
class LogFile:
    """An access log and how a line of it is read.

    `status`: the key of a JSON line that holds the status. `pattern`: a regular expression with a group of that
    name. Neither: the usual keys of JSON lines, else the common and combined formats of access logs.
    """

    file: str
    status: str | None = None
    pattern: str | None = None


@dataclass(frozen=True, slots=True)
class LogMark:
    """Where a log ended, and by what it is known again after it was rotated or cut."""

    file: str
    device: int
    inode: int
    size: int  # bytes
    tail: str  # SHA-256 (hex) of its last bytes, at most 256


@dataclass(frozen=True, slots=True)
class LogQuestion:
    """One look into the logs of services, on the machine of the vantage.

    `mark`: where they end now. `read`: which of the probes `ids` they show from `since` on, once those `awaited`
    are there or a few seconds are over.
    """

    act: Literal["mark", "read"]
    logs: tuple[LogFile, ...]
    services: tuple[str, ...]  # whose requests stand in them
    since: tuple[LogMark, ...] = ()  # one each of `logs`; of one that has none the beginning is not known
    ids: tuple[str, ...] = ()
    awaited: tuple[str, ...] = ()
    kind: Literal["log"] = "log"


Question = (
    HttpQuestion
    | DnsQuestion
    | TcpQuestion
    | TlsQuestion
    | LogQuestion
    | DelegationQuestion
    | TransferQuestion
    | WalkQuestion
    | InventoryQuestion
)


# --- plan: what is at stake, and which probes give it meaning ------------------------------------------


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing that must hold: this target is not reachable through this entrance, or, being public, is.

    A claim is what a verdict is about. `key` is the same in every audit of the same configuration.
    """

    key: str  # "service|aspect|target|entrance|address", see plan.claims
    service: str
    aspect: Aspect
    target: str  # "/internal/v1/x", "config.internal.example.net", "8080"
    entrance: (
        str  # a gateway's name, "public-dns", or a way around a gateway: "api around http:8080", "api origin"
    )
    address: str | None  # the gateway's or resolver's address; None: not known, because never resolved
    truth: str | None  # group of the TRUTH probes that say what inside is; None: nothing can
    expect: DnsExpectation | None = None  # names only
    unasked: bool = False  # its operator says that it is never to be asked
    siblings: str = ""  # group of its SIBLING probes, shared by all claims of its shape; empty: the key
    around: str | None = None  # the gateway that this entrance goes round; None: it is none of these ways
    origin: bool = False  # straight to what stands behind that gateway, not by another listener of its own
    anonymous: Anonymous | None = None  # public paths only: what is declared for those without credentials
    declared: bool = True  # public paths only: false where it is compared, for it is served elsewhere
    check: Check | None = None  # what of the DNS is looked at; aspect DNS only
    zone: str | None = None  # names and checks: the declared zone it belongs to, the deepest there is
    internal: bool = False  # that zone is declared to exist inside only
    authoritative: bool = False  # `address` is a name server of a zone, not a resolver of the vantage


@dataclass(frozen=True, slots=True)
class Probe:
    """One question, one exchange, one vantage.

    Probes of one `lane` run in the order of their `step`, those of one step together; lanes run side by side.
    A lane is what one sighting of a claim is made of: its entrance controls, siblings and target, so that the
    judge knows which control vouches for which answer without looking at a clock.
    """

    id: str  # unique in the audit, derived from everything below
    vantage: str
    role: Role
    group: str  # what it belongs to: a claim's key, a truth's key, "gateway|address", or the vantage
    lane: str
    step: int
    question: Question
    variant: str = "baseline"
    attempt: int = 1  # 1, then 2 and 3 for replays
    follows: str | None = None  # the probe whose redirect or cached answer led to this one
    paced_by: str | None = None  # the gateway whose rate limit covers this probe
    expect_status: int | None = None  # ENTRANCE over http: the status that proves it open


@dataclass(frozen=True, slots=True)
class Plan:
    """What is at stake, from where it is looked at, and what is asked: of one round, or of a whole audit.

    It holds all that judging needs beside the observations, so that a stored audit can be judged again without
    its configuration.
    """

    vantages: tuple[tuple[str, Side], ...]
    claims: tuple[Claim, ...]
    probes: tuple[Probe, ...]

    def __add__(self, other: "Plan") -> "Plan":
        """Both rounds as one plan; a claim that is in both stays once."""
        known = {claim.key for claim in self.claims}
        fresh = tuple(claim for claim in other.claims if claim.key not in known)
        vantages = tuple(dict(self.vantages + other.vantages).items())
        return Plan(vantages, self.claims + fresh, self.probes + other.probes)


# --- observations: what was seen -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The comparable form of a response, computed at the vantage from a bounded body.

    Reflected paths, hosts, nonces, times and ids are masked before anything is hashed, so that two pages that
    differ only in those have the same `masked`. See `judge.fingerprint`.
    """

    status: int
    family: str  # content-type family: html, json, text, xml, prometheus, empty, binary
    location: str | None  # template of Location: masked path, volatile query values dropped
    location_kind: str | None  # login | canonical | internal | other
    masked: str  # SHA-256 (hex) of the masked body
    size: int  # bytes of the body as compared
    tokens: int  # masked tokens in the body
    distinct: int  # distinct masked tokens
    simhash: int  # 64 bit
    shingles: tuple[int, ...]  # sorted 32-bit hashes of 4-token shingles, at most 512
    skeleton: str | None  # JSON: hash of sorted paths and types
    leaves: tuple[tuple[int, int], ...]  # JSON: (path hash, masked value hash), at most 256
    headers: str  # header signature: hash of names in order and the values that identify a server
    header_names: tuple[str, ...]  # lower case, in order, volatile ones dropped
    #: The body and the Location masked less, where that differs: without the last segment of the path alone, and
    #: the body with nothing masked that was asked. A page may have its words by itself.
    lesser: tuple[str, ...] = ()
    lesser_location: str | None = None
    marks: tuple[str, ...] = ()  # what the body or headers show: "waf:…", "error_envelope", "trace", "sig:…", …


@dataclass(frozen=True, slots=True)
class TlsAnswer:
    """A finished handshake, verified or not."""

    version: str
    cipher: str
    sni: str | None
    verified: bool
    verify_error: str | None
    subject: str
    issuer: str
    names: tuple[str, ...]  # SAN dNSName and iPAddress
    not_before: datetime | None
    not_after: datetime | None
    sha256: str  # of the leaf, DER
    alpn: str | None = None
    kind: Literal["tls"] = "tls"


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """A response's head and the bounded evidence of its body; redacted before it is built."""

    status: int
    reason: str
    version: str
    headers: tuple[tuple[str, str], ...]  # as received, capped, secrets redacted
    body_size: int  # bytes read off the wire after transfer decoding
    body_sha256: str  # of the decoded bytes that were read
    truncated: bool  # the body, or the header list, was longer than we read
    excerpt: str  # at most 1 KiB, control characters made visible, redacted
    redactions: tuple[str, ...]  # names of the rules that redacted something
    fingerprint: Fingerprint
    location: str | None = None  # raw, capped, redacted; never followed blindly
    cached: bool = False  # Age > 0 or a cache says HIT
    tls: TlsAnswer | None = None
    kind: Literal["http"] = "http"


@dataclass(frozen=True, slots=True)
class TcpAnswer:
    kind: Literal["tcp"] = "tcp"


@dataclass(frozen=True, slots=True)
class LogAnswer:
    """What logs show. Facts about the probes that were asked for, and about nobody else's requests."""

    marks: tuple[LogMark, ...] = ()  # `mark`: where each ends
    seen: tuple[tuple[str, int], ...] = ()  # `read`: (probe, status), in their order; 0: its line has no status
    whole: bool = False  # everything written since the marks was read
    read_bytes: int = 0
    notes: tuple[str, ...] = ()  # why it is not whole, and what was done about it, in our own words
    kind: Literal["log"] = "log"


Answer = (
    HttpAnswer
    | DnsAnswer
    | TcpAnswer
    | TlsAnswer
    | LogAnswer
    | DelegationAnswer
    | TransferAnswer
    | WalkAnswer
    | InventoryAnswer
)


@dataclass(frozen=True, slots=True)
class Observation:
    """What one probe saw, once.

    `answer` is there whenever the protocol gave one: with ANSWERED, and for DNS with every RCODE. `phase` tells
    where an exchange ended that was not answered.
    """

    probe: str
    vantage: str
    started_at: datetime  # aware, UTC
    elapsed_seconds: float  # by the monotonic clock
    outcome: Outcome
    phase: Phase | None = None
    detail: str = ""  # the foreign error in a few words, capped and made printable
    address: str | None = None  # the address really talked to
    local_address: str | None = None
    timings: tuple[tuple[str, float], ...] = ()  # seconds spent in each phase, in order
    answer: Answer | None = None


@dataclass(frozen=True, slots=True)
class Skip:
    """A planned probe that was not observed, and why."""

    probe: str
    vantage: str
    reason: SkipReason
    detail: str = ""


Seen = Observation | Skip
