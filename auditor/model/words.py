"""The closed sets: every word that travels unchanged through YAML, database, JSON and the page.

Must never hold behaviour beyond the order of verdicts. A new word here changes the stored data and the
JSON people read: add, never rename.
"""

from collections.abc import Iterable
from enum import StrEnum


class Side(StrEnum):
    """Where a vantage stands."""

    INSIDE = "inside"
    OUTSIDE = "outside"


class Aspect(StrEnum):
    """What about a service is at stake: the kind of a target. All must stay inside, but for what is public."""

    NAME = "name"
    PATH = "path"
    HOST = "host"
    PORT = "port"
    SENSITIVE = "sensitive"  # a well-known path of a product, of which nothing is known inside
    PUBLIC = "public"  # a path that must answer outside, and to whom
    DNS = "dns"  # what the DNS, or what lies around it, gives away: see Check


class Check(StrEnum):
    """What of the DNS is looked at, beside the names themselves. The number is that of docs/names.md."""

    TRANSFER = "transfer"  # D5: a whole zone for the asking
    WALK = "walk"  # D6: a zone read name by name along its NSEC chain
    NSEC3 = "nsec3"  # D7: hashes of names that can be guessed
    WILDCARD = "wildcard"  # D8: an answer for every name
    TRANSPARENCY = "transparency"  # D9: names in logged certificates
    CERTIFICATE = "certificate"  # D10: names in the certificates a gateway shows
    REVERSE = "reverse"  # D11: names behind public addresses
    ESCAPE = "escape"  # D11: questions about private addresses that leave the network
    SEARCH = "search"  # D13: suffixes that are put behind names
    DELEGATION = "delegation"  # D14: name servers that are gone or do not know the zone
    REBINDING = "rebinding"  # D15: private addresses let in under a public name
    RECURSION = "recursion"  # D16, D18: a resolver that answers outside
    IDENTITY = "identity"  # D19: what a server says of itself
    DIRECTORY = "directory"  # D20: where domain controllers and the like are
    SERIAL = "serial"  # D23: a server that serves an old copy


class Anonymous(StrEnum):
    """What someone without credentials is to get of a public path."""

    ALLOWED = "allowed"
    DENIED = "denied"


class DnsExpectation(StrEnum):
    """What a service's names are expected to do outside."""

    ABSENT = "absent"
    PRIVATE_ONLY = "private_only"
    DIFFERS_FROM_INSIDE = "differs_from_inside"
    PUBLIC = "public"  # meant to be seen, with public addresses alone


class Role(StrEnum):
    """What a probe is for. The comment gives the symbol used where verdicts are reached."""

    SIGHT = "sight"  # a vantage proves that it can see at all
    ADDRESS = "address"  # a gateway's name, resolved at the vantage
    ENTRANCE = "entrance"  # O_p: the known-public answer of an entrance
    TARGET = "target"  # O_t: the internal thing, or the public path without credentials, tried outside
    CREDENTIAL = "credential"  # A_t: the public path once more, with the credential it must answer to
    SIBLING = "sibling"  # O_c: a random thing of the same shape, tried outside
    GATEWAY = "gateway"  # G: what the gateway says by itself
    TRUTH = "truth"  # I_t: the internal thing, asked inside
    TRUTH_SIBLING = "truth_sibling"  # I_c: a random thing of the same shape, asked inside
    UPSTREAM = "upstream"  # U: what the service says by itself, asked inside
    TRUTH_VARIANT = "truth_variant"  # I_v: another spelling, asked inside straight at the service
    WITNESS = "witness"  # asked straight at the service, so that its log is known to be up to date
    LOG = "log"  # where a service's log ends, and what it shows of the audit's probes
    DELEGATION = "delegation"  # where a zone is served, followed from the root
    INVENTORY = "inventory"  # which names a zone has: from its file, or a transfer inside


class Phase(StrEnum):
    """How far an exchange got before it ended."""

    RESOLVE = "resolve"
    PROXY = "proxy"
    CONNECT = "connect"
    TLS = "tls"
    REQUEST = "request"
    RESPONSE = "response"
    BODY = "body"


class Outcome(StrEnum):
    """What one exchange came to. Errors of the network are values; these are all of them."""

    ANSWERED = "answered"  # data, a connection, a handshake or a response, as the kind has it
    NXDOMAIN = "nxdomain"
    NODATA = "nodata"
    SERVFAIL = "servfail"
    DNS_REFUSED = "dns_refused"
    DNS_RCODE = "dns_rcode"  # any other RCODE
    DNS_TIMEOUT = "dns_timeout"
    DNS_INVALID = "dns_invalid"  # malformed, another id, truncated for ever
    REFUSED = "refused"
    RESET = "reset"
    UNREACHABLE = "unreachable"
    PROHIBITED = "prohibited"  # administratively prohibited (EACCES: what ICMPv6 says of it)
    TIMED_OUT = "timed_out"
    TLS_ALERT = "tls_alert"
    TLS_FAILED = "tls_failed"
    PROTOCOL_ERROR = "protocol_error"  # an answer that is not the protocol
    CLOSED_EARLY = "closed_early"  # the peer hung up before it had answered
    PROXY_FAILED = "proxy_failed"  # the way to look failed, not the target
    PROBER_ERROR = "prober_error"  # our own fault; evidence of nothing
    UNREADABLE = "unreadable"  # a file that cannot be opened or read


class SkipReason(StrEnum):
    """Why a planned probe was not observed."""

    OUT_OF_SCOPE = "out_of_scope"  # the vantage's own allow-list does not cover it
    DEADLINE = "deadline"
    INTERRUPTED = "interrupted"
    VANTAGE_BLIND = "vantage_blind"
    NO_OBSERVATIONS = "no_observations"  # a vantage by file handed nothing in, or it is too old
    NO_CREDENTIAL = "no_credential"  # its credential is not at hand here, or may not be sent there


class Verdict(StrEnum):
    """The judgement on one (target, entrance), worst first."""

    EXPOSED = "exposed"
    UNAUTHENTICATED = "unauthenticated"  # a public path that must deny answers without credentials
    SUSPECTED = "suspected"
    GUARDED = "guarded"
    ROUTED = "routed"
    RESOLVES = "resolves"
    OUTAGE = "outage"  # a public path that must answer does not
    UNTESTED = "untested"
    UNPROVEN = "unproven"
    OPEN = "open"  # a public path is as it is meant to be
    CLOSED = "closed"


#: Worst first; the list, the matrix, the findings and the exit code all read this one table.
RANK: dict[Verdict, int] = {verdict: place for place, verdict in enumerate(Verdict)}

#: Verdicts that say something about the target. The others say something about us.
DECISIVE: frozenset[Verdict] = frozenset(set(Verdict) - {Verdict.UNTESTED, Verdict.UNPROVEN})

#: Verdicts by which things are as they were declared to be.
GOOD: frozenset[Verdict] = frozenset({Verdict.OPEN, Verdict.CLOSED})

#: Verdicts that contradict what was declared: each opens a finding.
BAD: frozenset[Verdict] = DECISIVE - GOOD


def good(aspect: str) -> Verdict:
    """The verdict that a target of this aspect has when all is well."""
    return Verdict.OPEN if aspect == Aspect.PUBLIC else Verdict.CLOSED


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of some verdicts. Raises ValueError when there are none."""
    return min(verdicts, key=RANK.__getitem__)


class Reason(StrEnum):
    """Why a verdict is what it is. One list, in one place."""

    # exposed
    CANARY = "canary"
    SAME_AS_INSIDE = "same_as_inside"
    REWRITE_ALL = "rewrite_all"
    SIGNATURE = "signature"
    SIMILAR_TO_INSIDE = "similar_to_inside"
    AUTH_LOST_AT_EDGE = "auth_lost_at_edge"
    SAME_REDIRECT_AS_INSIDE = "same_redirect_as_inside"
    FROM_CACHE = "from_cache"
    HOST_EXPOSED = "host_exposed"
    PORT_OPEN = "port_open"
    ZONE_TRANSFER = "zone_transfer"
    ZONE_WALK = "zone_walk"
    OPEN_RESOLVER = "open_resolver"  # recursion for anybody
    INTERNAL_RESOLVER = "internal_resolver"  # it answers outside what only inside may be answered
    # unauthenticated
    SAME_AS_AUTHENTICATED = "same_as_authenticated"
    NOT_DENIED = "not_denied"
    # suspected
    NO_GROUND_TRUTH = "no_ground_truth"
    UNEXPECTED_CONTENT = "unexpected_content"
    UNEXPLAINED_2XX = "unexplained_2xx"
    LOW_INFORMATION = "low_information"
    # guarded
    UPSTREAM_AUTH = "upstream_auth"
    LOGIN_REDIRECT = "login_redirect"
    UNKNOWN_ORIGIN_DENY = "unknown_origin_deny"
    CLIENT_CERTIFICATE = "client_certificate"
    # routed
    UPSTREAM_LOG = "upstream_log"
    ERROR_ENVELOPE = "error_envelope"
    EMPTY_BODY = "empty_body"
    PATH_SPECIFIC_REDIRECT = "path_specific_redirect"
    UPSTREAM_404 = "upstream_404"
    UPSTREAM_ERROR = "upstream_error"
    UPSTREAM_UNREACHABLE = "upstream_unreachable"
    UPSTREAM_CRASH = "upstream_crash"
    LATENT = "latent"
    # resolves
    SPLIT_HORIZON = "split_horizon"
    ANSWERS = "answers"
    PRIVATE_ADDRESS = "private_address"
    EXISTS_NO_DATA = "exists_no_data"
    PRIVATE_IN_RECORD = "private_in_record"  # a special-purpose address elsewhere than in A and AAAA
    DISCLOSES_NAME = "discloses_name"  # an internal name in an answer about something else
    VIEW_DIFFERS = "view_differs"  # only over this transport, from this server, or for this subnet
    DANGLING = "dangling"  # it points to a name that is not there
    LAME = "lame"  # a listed name server that does not know the zone
    STALE_ANSWER = "stale_answer"  # gone at the zone's own servers, and still handed out
    STALE_SERVER = "stale_server"  # a server with an older copy than the others
    WEAK_NSEC3 = "weak_nsec3"
    NSEC3_MATCH = "nsec3_match"  # the hash of an internal name is in the zone
    LOGGED = "logged"  # internal names in logged certificates
    QUERIES_ESCAPE = "queries_escape"
    SEARCH_SUFFIX = "search_suffix"
    REBINDING = "rebinding"
    CACHED_NAME = "cached_name"  # a public-facing cache shows that the name is in use
    SERVER_IDENTITY = "server_identity"
    SERVICE_RECORDS = "service_records"
    # outage
    DENIED_TO_ALL = "denied_to_all"
    TOKEN_REFUSED = "token_refused"
    NOT_FOUND = "not_found"
    SERVER_ERROR = "server_error"
    NO_ANSWER = "no_answer"
    # untested
    RATE_LIMITED = "rate_limited"
    CHALLENGE = "challenge"
    TRANSPORT_ERROR = "transport_error"
    BANNED = "banned"  # the entrance was open to us, and then shut us out
    HIJACK = "hijack"
    SERVFAIL = "servfail"
    DNS_REFUSED = "dns_refused"
    DNS_TIMEOUT = "dns_timeout"
    DNS_INVALID = "dns_invalid"
    NOT_RUN = "not_run"
    NEVER_ASKED = "never_asked"  # its operator says that asking for it does something
    UNRESOLVED = "unresolved"  # the entrance's own name led to no address
    OUT_OF_SCOPE = "out_of_scope"  # the vantage's allow-list does not cover it
    BLIND = "blind"
    BLOCKED = "blocked"  # a web application firewall kept us from the answer
    # unproven
    OUTSIDE_CONTROL_FAILED = "outside_control_failed"
    INSIDE_CONTROL_FAILED = "inside_control_failed"
    CONTROL_MISSING = "control_missing"
    GROUND_TRUTH_INDISTINCT = "ground_truth_indistinct"
    STALE_TARGET = "stale_target"
    UNSTABLE_CONTROL = "unstable_control"
    UNSTABLE_REPLAY = "unstable_replay"
    GATEWAY_CHANGED = "gateway_changed"  # a control before and one after the probe do not agree
    ORIGIN_UNKNOWN = "origin_unknown"
    UNEXPLAINED_5XX = "unexplained_5xx"
    WILDCARD = "wildcard"
    OPEN_TO_ANYTHING = "open_to_anything"  # a random port of the address connects as well
    NOT_SHOWN = "not_shown"  # a well-known sensitive path did not show its product, which proves nothing
    PAGE_FOR_EVERYTHING = "page_for_everything"  # random paths get the same as the public one
    LOGIN_PAGE = "login_page"  # a success that asks for a password
    CREDENTIAL_MISSING = "credential_missing"
    OTHER_CONTENT = "other_content"  # another entrance serves something of its own there
    UNCLEAR_ANSWER = "unclear_answer"  # an answer that neither serves nor denies
    # open
    SERVES_EVERYONE = "serves_everyone"
    DENIES_AND_SERVES = "denies_and_serves"
    HIDES_AND_SERVES = "hides_and_serves"  # not found without credentials
    DENIES = "denies"
    STRICTER = "stricter"  # another entrance denies what is meant for everyone
    NOT_SERVED = "not_served"  # another entrance has no such path
    # closed
    GATEWAY_DENY = "gateway_deny"
    GATEWAY_404 = "gateway_404"
    UNIFORM_DENY = "uniform_deny"
    UNIFORM_404 = "uniform_404"
    UNIFORM_ERROR = "uniform_error"
    VARIANT_REJECTED = "variant_rejected"
    WAF_BLOCK = "waf_block"
    CATCH_ALL = "catch_all"
    DROPPED = "dropped"
    CANONICAL_CLOSED = "canonical_closed"
    NOT_THE_TARGET = "not_the_target"  # the service takes this spelling for something else
    NOT_IN_LOG = "not_in_log"  # the service's own log shows what was asked beside it, and not this
    NO_CANARY = "no_canary"  # inside the canary answers, whatever the host; here it does not
    NXDOMAIN = "nxdomain"
    NO_ADDRESS = "no_address"  # the name exists outside and has no address, where that was allowed
    ONLY_PRIVATE = "only_private"
    DIFFERS = "differs"
    PORT_REFUSED = "port_refused"
    PORT_UNREACHABLE = "port_unreachable"
    PORT_SILENT = "port_silent"
    TLS_REFUSED = "tls_refused"
    ONLY_PUBLIC = "only_public"
    WILDCARD_CLOSED = "wildcard_closed"  # only a wildcard answers, and where it leads the service is not
    NOT_DELEGATED = "not_delegated"
    AS_DELEGATED = "as_delegated"
    TRANSFER_REFUSED = "transfer_refused"
    NOT_WALKABLE = "not_walkable"
    NOT_DISCLOSED = "not_disclosed"
    RECURSION_REFUSED = "recursion_refused"
    STRIPPED = "stripped"
    STAYS_INSIDE = "stays_inside"


_R = Reason

#: Which reasons a verdict may carry; every verdict carries one of its own.
REASONS: dict[Verdict, frozenset[Reason]] = {
    Verdict.EXPOSED: frozenset(
        {
            _R.CANARY,
            _R.SAME_AS_INSIDE,
            _R.REWRITE_ALL,
            _R.SIGNATURE,
            _R.SIMILAR_TO_INSIDE,
            _R.AUTH_LOST_AT_EDGE,
            _R.SAME_REDIRECT_AS_INSIDE,
            _R.FROM_CACHE,
            _R.HOST_EXPOSED,
            _R.PORT_OPEN,
            _R.ZONE_TRANSFER,
            _R.ZONE_WALK,
            _R.OPEN_RESOLVER,
            _R.INTERNAL_RESOLVER,
        }
    ),
    Verdict.UNAUTHENTICATED: frozenset({_R.SAME_AS_AUTHENTICATED, _R.NOT_DENIED}),
    Verdict.SUSPECTED: frozenset(
        {_R.NO_GROUND_TRUTH, _R.UNEXPECTED_CONTENT, _R.UNEXPLAINED_2XX, _R.LOW_INFORMATION, _R.PORT_OPEN}
    ),
    Verdict.GUARDED: frozenset(
        {_R.UPSTREAM_AUTH, _R.LOGIN_REDIRECT, _R.UNKNOWN_ORIGIN_DENY, _R.CLIENT_CERTIFICATE}
    ),
    Verdict.ROUTED: frozenset(
        {
            _R.UPSTREAM_LOG,
            _R.ERROR_ENVELOPE,
            _R.EMPTY_BODY,
            _R.PATH_SPECIFIC_REDIRECT,
            _R.UPSTREAM_404,
            _R.UPSTREAM_ERROR,
            _R.UPSTREAM_UNREACHABLE,
            _R.UPSTREAM_CRASH,
            _R.LATENT,
        }
    ),
    Verdict.RESOLVES: frozenset(
        {
            _R.SPLIT_HORIZON,
            _R.ANSWERS,
            _R.WILDCARD,
            _R.PRIVATE_ADDRESS,
            _R.EXISTS_NO_DATA,
            _R.SAME_AS_INSIDE,
            _R.PRIVATE_IN_RECORD,
            _R.DISCLOSES_NAME,
            _R.VIEW_DIFFERS,
            _R.DANGLING,
            _R.LAME,
            _R.STALE_ANSWER,
            _R.STALE_SERVER,
            _R.WEAK_NSEC3,
            _R.NSEC3_MATCH,
            _R.LOGGED,
            _R.QUERIES_ESCAPE,
            _R.SEARCH_SUFFIX,
            _R.REBINDING,
            _R.CACHED_NAME,
            _R.SERVER_IDENTITY,
            _R.SERVICE_RECORDS,
        }
    ),
    Verdict.OUTAGE: frozenset({_R.DENIED_TO_ALL, _R.TOKEN_REFUSED, _R.NOT_FOUND, _R.SERVER_ERROR, _R.NO_ANSWER}),
    Verdict.UNTESTED: frozenset(
        {
            _R.RATE_LIMITED,
            _R.CHALLENGE,
            _R.TRANSPORT_ERROR,
            _R.BANNED,
            _R.HIJACK,
            _R.SERVFAIL,
            _R.DNS_REFUSED,
            _R.DNS_TIMEOUT,
            _R.DNS_INVALID,
            _R.NOT_RUN,
            _R.NEVER_ASKED,
            _R.UNRESOLVED,
            _R.OUT_OF_SCOPE,
            _R.BLIND,
            _R.BLOCKED,
        }
    ),
    Verdict.UNPROVEN: frozenset(
        {
            _R.OUTSIDE_CONTROL_FAILED,
            _R.INSIDE_CONTROL_FAILED,
            _R.CONTROL_MISSING,
            _R.GROUND_TRUTH_INDISTINCT,
            _R.STALE_TARGET,
            _R.UNSTABLE_CONTROL,
            _R.UNSTABLE_REPLAY,
            _R.GATEWAY_CHANGED,
            _R.ORIGIN_UNKNOWN,
            _R.UNEXPLAINED_5XX,
            _R.WILDCARD,
            _R.OPEN_TO_ANYTHING,
            _R.NOT_SHOWN,
            _R.PAGE_FOR_EVERYTHING,
            _R.LOGIN_PAGE,
            _R.CREDENTIAL_MISSING,
            _R.OTHER_CONTENT,
            _R.UNCLEAR_ANSWER,
        }
    ),
    Verdict.OPEN: frozenset(
        {
            _R.SERVES_EVERYONE,
            _R.DENIES_AND_SERVES,
            _R.HIDES_AND_SERVES,
            _R.DENIES,
            _R.STRICTER,
            _R.NOT_SERVED,
        }
    ),
    Verdict.CLOSED: frozenset(
        {
            _R.GATEWAY_DENY,
            _R.GATEWAY_404,
            _R.UNIFORM_DENY,
            _R.UNIFORM_404,
            _R.UNIFORM_ERROR,
            _R.VARIANT_REJECTED,
            _R.WAF_BLOCK,
            _R.CATCH_ALL,
            _R.DROPPED,
            _R.CANONICAL_CLOSED,
            _R.NOT_THE_TARGET,
            _R.NOT_IN_LOG,
            _R.NO_CANARY,
            _R.NXDOMAIN,
            _R.NO_ADDRESS,
            _R.ONLY_PRIVATE,
            _R.DIFFERS,
            _R.PORT_REFUSED,
            _R.PORT_UNREACHABLE,
            _R.PORT_SILENT,
            _R.TLS_REFUSED,
            _R.ONLY_PUBLIC,
            _R.WILDCARD_CLOSED,
            _R.NOT_DELEGATED,
            _R.AS_DELEGATED,
            _R.TRANSFER_REFUSED,
            _R.NOT_WALKABLE,
            _R.NOT_DISCLOSED,
            _R.RECURSION_REFUSED,
            _R.STRIPPED,
            _R.STAYS_INSIDE,
        }
    ),
}


class Witness(StrEnum):
    """What somebody inside says of one claim: a canary of the service's, or its own log."""

    CANARY_ANSWERED = "canary_answered"  # outside got what only the service can say
    CANARY_SILENT = "canary_silent"  # inside it answers as it must, outside it did not
    CANARY_WRONG = "canary_wrong"  # inside it does not answer as it must: no proof
    CANARY_UNCHECKED = "canary_unchecked"  # its secret is not at hand: no proof
    LOG_SHOWS = "log_shows"  # the request stands in the service's log
    LOG_LACKS = "log_lacks"  # it does not, and all that must be there is
    LOG_PARTIAL = "log_partial"  # it does not, and neither does what must be there: no proof


class Confidence(StrEnum):
    CERTAIN = "certain"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Severity(StrEnum):
    """How bad a finding is; worst first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"


class Vector(StrEnum):
    """How a finding leaks; each has its own text on what to change."""

    DNS_PUB = "DNS-PUB"
    DNS_PRIV = "DNS-PRIV"
    DNS_WILDCARD = "DNS-WILDCARD"
    DNS_RECORD = "DNS-RECORD"  # a private address in another record than A and AAAA
    DNS_NAME = "DNS-NAME"  # an internal name in an answer about something else
    DNS_TRANSFER = "DNS-TRANSFER"
    DNS_WALK = "DNS-WALK"
    DNS_NSEC3 = "DNS-NSEC3"
    DNS_VIEW = "DNS-VIEW"
    DNS_DANGLING = "DNS-DANGLING"
    DNS_STALE = "DNS-STALE"
    DNS_OPEN = "DNS-OPEN"
    DNS_CACHE = "DNS-CACHE"
    DNS_IDENTITY = "DNS-IDENTITY"
    DNS_DIRECTORY = "DNS-DIRECTORY"
    DNS_REVERSE = "DNS-REVERSE"
    DNS_ESCAPE = "DNS-ESCAPE"
    DNS_SEARCH = "DNS-SEARCH"
    DNS_REBINDING = "DNS-REBINDING"
    CERT_LOGGED = "CERT-LOGGED"
    CERT_NAME = "CERT-NAME"
    GW_PATH = "GW-PATH"
    GW_HOST = "GW-HOST"
    GW_NORM = "GW-NORM"
    GW_HEADER = "GW-HEADER"
    ORIGIN_DIRECT = "ORIGIN-DIRECT"
    PORT_OPEN = "PORT-OPEN"
    REDIRECT_NAME = "REDIRECT-NAME"
    PUB_AUTH = "PUB-AUTH"
    PUB_DOWN = "PUB-DOWN"
