"""What verdicts, reasons and vectors are called on the page, and what to do about them.

Tables only. Every table is total over its set; a missing entry is an error at import.
"""

from dataclasses import dataclass

from auditor.catalog.leaks import CHECKED, LEAKS
from auditor.catalog.leaks import VECTORS as CLASS_OF
from auditor.model import Aspect, Check, Confidence, Reason, Vector, Verdict, Witness


@dataclass(frozen=True, slots=True)
class VerdictWords:
    letter: str  # class on the page
    icon: str
    tone: str  # colour of the word
    label: str
    one: str  # "… answers requests from outside"
    many: str
    short: str  # for the legend


VERDICTS: dict[Verdict, VerdictWords] = {
    Verdict.EXPOSED: VerdictWords(
        "x", "x", "red", "Exposed", "answers requests from outside", "answer requests from outside", "exposed"
    ),
    Verdict.UNAUTHENTICATED: VerdictWords(
        "a",
        "unlock",
        "red",
        "Unauthenticated",
        "answers without the credentials it must ask for",
        "answer without the credentials they must ask for",
        "unauthenticated",
    ),
    Verdict.SUSPECTED: VerdictWords(
        "s",
        "x",
        "red",
        "Suspected",
        "probably answers and needs a look",
        "probably answer and need a look",
        "suspected",
    ),
    Verdict.GUARDED: VerdictWords(
        "g",
        "lock",
        "amb",
        "Guarded",
        "is reached and only its own login stands in the way",
        "are reached and only their own login stands in the way",
        "guarded",
    ),
    Verdict.ROUTED: VerdictWords(
        "r",
        "arrow",
        "amb",
        "Routed",
        "is forwarded to, though nothing was served",
        "are forwarded to, though nothing was served",
        "routed",
    ),
    Verdict.RESOLVES: VerdictWords(
        "d",
        "dns",
        "red",
        "Resolves",
        "gives something away in the DNS",
        "give something away in the DNS",
        "resolves",
    ),
    Verdict.OUTAGE: VerdictWords(
        "b",
        "off",
        "amb",
        "Outage",
        "must answer and does not",
        "must answer and do not",
        "outage",
    ),
    Verdict.UNTESTED: VerdictWords(
        "u", "q", "gry", "Untested", "could not be looked at", "could not be looked at", "untested"
    ),
    Verdict.UNPROVEN: VerdictWords(
        "n", "q", "gry", "Unproven", "could not be proven", "could not be proven", "unproven"
    ),
    Verdict.OPEN: VerdictWords(
        "e", "ck", "grn", "Open", "is open as meant", "are open as meant", "open, as meant"
    ),
    Verdict.CLOSED: VerdictWords(
        "k", "ck", "grn", "Closed", "is proven closed", "are proven closed", "closed, proven"
    ),
}

#: What `resolves` comes to where it is a check of the DNS, in one word for a cell and for the list.
CHECK_WORDS: dict[Reason, str] = {
    Reason.PRIVATE_ADDRESS: "Private",
    Reason.PRIVATE_IN_RECORD: "Private",
    Reason.EXISTS_NO_DATA: "Exists",
    Reason.DISCLOSES_NAME: "Discloses",
    Reason.DANGLING: "Dangling",
    Reason.LAME: "Lame",
    Reason.STALE_SERVER: "Stale",
    Reason.WEAK_NSEC3: "Weak",
    Reason.NSEC3_MATCH: "Guessed",
    Reason.LOGGED: "Logged",
    Reason.QUERIES_ESCAPE: "Escapes",
    Reason.SEARCH_SUFFIX: "Unsafe",
    Reason.REBINDING: "Let in",
    Reason.CACHED_NAME: "Cached",
    Reason.SERVER_IDENTITY: "Version",
    Reason.SERVICE_RECORDS: "Listed",
    Reason.WILDCARD: "Wildcard",
}


def verdict_label(verdict: Verdict, aspect: str, reason: Reason | None) -> str:
    """`Resolves`; of a check of the DNS what it comes to, `Lame`."""
    label = VERDICTS[verdict].label
    if verdict is not Verdict.RESOLVES or aspect != Aspect.DNS or reason is None:
        return label
    return CHECK_WORDS.get(reason, label)


CONFIDENCE: dict[Confidence, str] = {
    Confidence.CERTAIN: "certain: a nonce, a canary or the upstream's log says so",
    Confidence.HIGH: "high: it equals the inside answer, or carries the product's signature",
    Confidence.MEDIUM: "medium: strong similarity",
    Confidence.LOW: "low: one weak signal",
}

#: What a witness of the service's says of a way in.
WITNESSES: dict[Witness, str] = {
    Witness.CANARY_ANSWERED: "the answer carries the service's canary",
    Witness.CANARY_SILENT: "the service's canary, which answers inside, did not answer",
    Witness.CANARY_WRONG: "the service's canary does not answer inside as it must, so its silence proves nothing",
    Witness.CANARY_UNCHECKED: "the service's canary was not looked for: its secret is not at hand",
    Witness.LOG_SHOWS: "the service's log shows this request",
    Witness.LOG_LACKS: "the service's log lacks this request, and shows all around it that it must",
    Witness.LOG_PARTIAL: "the service's log lacks this request, and things that it must show: it proves nothing",
}

assert set(WITNESSES) == set(Witness), "a witness without words"


def witness_words(word: Witness, logged: int | None) -> str:
    """The words of a witness; what a log shows, with the status where its line has one."""
    if word is Witness.LOG_SHOWS:
        return f"{WITNESSES[word]}: {logged}" if logged else f"{WITNESSES[word]}, without a status"
    return WITNESSES[word]


ASPECTS: dict[Aspect, str] = {
    Aspect.NAME: "name",
    Aspect.PATH: "path",
    Aspect.HOST: "host name at the gateway",
    Aspect.PORT: "port",
    Aspect.SENSITIVE: "well-known path",
    Aspect.PUBLIC: "public path",
    Aspect.DNS: "DNS check",
}

#: What each check of the DNS is called.
CHECKS: dict[Check, str] = {
    Check.TRANSFER: "zone transfer",
    Check.WALK: "zone walk",
    Check.NSEC3: "NSEC3 hashes",
    Check.WILDCARD: "wildcard",
    Check.TRANSPARENCY: "certificate logs",
    Check.CERTIFICATE: "certificate shown",
    Check.REVERSE: "reverse names",
    Check.ESCAPE: "private questions",
    Check.SEARCH: "search suffix",
    Check.DELEGATION: "delegation",
    Check.REBINDING: "rebinding",
    Check.RECURSION: "recursion",
    Check.IDENTITY: "server identity",
    Check.DIRECTORY: "service records",
    Check.SERIAL: "serial",
}

assert set(CHECKS) == set(Check), "a check without words"
assert set(ASPECTS) == set(Aspect), "an aspect without words"

#: Why a verdict is what it is, as one sentence.
REASONS: dict[Reason, str] = {
    # exposed
    Reason.CANARY: "The answer carries the service's canary, or its own log shows that it served the request.",
    Reason.SAME_AS_INSIDE: "The outside answer equals the inside answer, and a random sibling does not get it.",
    Reason.REWRITE_ALL: "The gateway sends everything to this service: even a random path gets its answer.",
    Reason.SIGNATURE: "The answer carries the signature of this product; a random sibling's answer does not.",
    Reason.SIMILAR_TO_INSIDE: "The outside answer is very like the inside answer, though not equal to it.",
    Reason.AUTH_LOST_AT_EDGE: "Inside, the service asks for a login. Outside, it answers without one.",
    Reason.SAME_REDIRECT_AS_INSIDE: "The outside answer is the same redirect that the service gives inside.",
    Reason.FROM_CACHE: "A cache on the way hands out the inside answer.",
    Reason.HOST_EXPOSED: "Asked for the internal host name, the gateway gives the inside answer.",
    Reason.PORT_OPEN: "The port accepts connections from outside; a random port of the same address does not.",
    Reason.ZONE_TRANSFER: "The server hands the whole zone to whoever asks.",
    Reason.ZONE_WALK: "The zone can be read name by name: each denial names the next name there is.",
    Reason.OPEN_RESOLVER: "The server resolves other people's names for anybody.",
    Reason.INTERNAL_RESOLVER: "Asked from outside, the server resolves a name that only inside may be answered.",
    # unauthenticated
    Reason.SAME_AS_AUTHENTICATED: "Asked without credentials, the path gives the answer that it gives with them.",
    Reason.NOT_DENIED: "The path answers without credentials; random paths beside it get another answer.",
    # suspected
    Reason.NO_GROUND_TRUTH: "Something path-specific answers, and inside there was no answer to compare it with.",
    Reason.UNEXPECTED_CONTENT: "Something answers here that the service itself no longer serves inside.",
    Reason.UNEXPLAINED_2XX: "A successful answer for this path alone, unlike the inside answer.",
    Reason.LOW_INFORMATION: "The answers are equal, but too short to tell one service from another.",
    # guarded
    Reason.UPSTREAM_AUTH: "The request reaches the service, which asks for a login or denies it.",
    Reason.LOGIN_REDIRECT: "The request is sent to a sign-in page that a random sibling does not get.",
    Reason.UNKNOWN_ORIGIN_DENY: "This path alone is denied; whether by the gateway or the service is not known.",
    Reason.CLIENT_CERTIFICATE: "The service answers with a demand for a client certificate.",
    # routed
    Reason.UPSTREAM_LOG: "The service's own log shows the request.",
    Reason.ERROR_ENVELOPE: "The service answers with an error in its own format.",
    Reason.EMPTY_BODY: "An empty success for this path alone: a route for it exists.",
    Reason.PATH_SPECIFIC_REDIRECT: "A redirect for this path alone: a route for it exists.",
    Reason.UPSTREAM_404: "The 404 comes from the service, not from the gateway: requests get through.",
    Reason.UPSTREAM_ERROR: "The error comes from the service, not from the gateway: requests get through.",
    Reason.UPSTREAM_UNREACHABLE: "The gateway tried to reach the service for this path: a route exists.",
    Reason.UPSTREAM_CRASH: "The service failed on the request and showed its own error.",
    Reason.LATENT: "The deny rule is bypassed; only the service's reading of the spelling keeps it shut today.",
    # resolves
    Reason.SPLIT_HORIZON: "The internal name answers in public DNS, and a random sibling does not.",
    Reason.ANSWERS: "The internal name answers in public DNS.",
    Reason.PRIVATE_ADDRESS: "Public DNS hands out a private address.",
    Reason.EXISTS_NO_DATA: "The name exists in public DNS, without an address of the type asked for.",
    Reason.PRIVATE_IN_RECORD: "A record other than A and AAAA holds a private address, or leads to one.",
    Reason.DISCLOSES_NAME: "An answer about something else holds an internal name.",
    Reason.VIEW_DIFFERS: "Asked another way, over TCP or as if from inside, the same server shows the name.",
    Reason.DANGLING: "It points to a name that does not exist.",
    Reason.LAME: "A name server that is listed for the zone does not answer for it.",
    Reason.STALE_ANSWER: "A resolver still hands out what the zone's own servers no longer have.",
    Reason.STALE_SERVER: "This server has an older copy of the zone than another one.",
    Reason.WEAK_NSEC3: "The zone hashes its names with extra iterations, which RFC 9276 advises against.",
    Reason.NSEC3_MATCH: "The hash of an internal name is among the hashes that the zone shows.",
    Reason.LOGGED: "Internal names stand in certificates that are logged in public.",
    Reason.QUERIES_ESCAPE: "Questions about private addresses leave the network: AS112 answers them.",
    Reason.SEARCH_SUFFIX: "With this suffix behind them, internal names are answered outside, or go to strangers.",
    Reason.REBINDING: "The resolver lets in a private address under somebody else's public name.",
    Reason.CACHED_NAME: "A cache that can be asked from outside holds the internal name, so it is in use.",
    Reason.SERVER_IDENTITY: "The server tells its version to whoever asks.",
    Reason.SERVICE_RECORDS: "Records that lead to directories and other services are public.",
    # outage
    Reason.DENIED_TO_ALL: "The path is meant for everyone, and asks for credentials.",
    Reason.TOKEN_REFUSED: "The path refuses the token with which it must answer; the token may have expired.",
    Reason.NOT_FOUND: "The path is not there.",
    Reason.SERVER_ERROR: "The path answers with a server error.",
    Reason.NO_ANSWER: "No answer came, three times of three, to a vantage that could see.",
    # untested
    Reason.RATE_LIMITED: "The gateway limited our rate, so what it would have said is not known.",
    Reason.CHALLENGE: "The gateway asked for proof of a human, so what lies behind is not known.",
    Reason.TRANSPORT_ERROR: "The exchange failed on the way, so there is no answer to judge.",
    Reason.BANNED: "Half-way the gateway shut us out, so what it would have said is not known.",
    Reason.HIJACK: "The resolver invents answers for names that do not exist.",
    Reason.SERVFAIL: "The server said SERVFAIL, which is neither yes nor no.",
    Reason.DNS_REFUSED: "The server refused to answer.",
    Reason.DNS_TIMEOUT: "The DNS server did not answer in time.",
    Reason.DNS_INVALID: "The answer was not valid DNS.",
    Reason.NOT_RUN: "Nothing was asked in this audit.",
    Reason.NEVER_ASKED: "Its operator says that it is never to be asked, so nothing is known of it.",
    Reason.UNRESOLVED: "The entrance's own name led to no address, so there was nowhere to ask.",
    Reason.OUT_OF_SCOPE: "The vantage refused to ask: its allow-list does not cover where this leads.",
    Reason.BLIND: "The vantage could not see in this audit, so its silence proves nothing.",
    Reason.BLOCKED: "A web application firewall answered, so what lies behind is not known.",
    # unproven
    Reason.OUTSIDE_CONTROL_FAILED: "The known-public control failed through the same entrance.",
    Reason.INSIDE_CONTROL_FAILED: "The service did not answer inside, so a refusal outside proves nothing.",
    Reason.CONTROL_MISSING: "A control is not set up, so a refusal proves nothing.",
    Reason.GROUND_TRUTH_INDISTINCT: "Inside, the service gives the same answer to everything.",
    Reason.STALE_TARGET: "The service itself says that this target no longer exists.",
    Reason.UNSTABLE_CONTROL: "Random siblings got different answers, so there is nothing firm to compare with.",
    Reason.UNSTABLE_REPLAY: "Repeated, the request did not get the same answer.",
    Reason.GATEWAY_CHANGED: "What the gateway says to its controls changed around this request.",
    Reason.ORIGIN_UNKNOWN: "The refusal could come from the gateway or from the service itself.",
    Reason.UNEXPLAINED_5XX: "A server error that nothing explains.",
    Reason.WILDCARD: "The zone answers for every name, so this answer says nothing about this one.",
    Reason.OPEN_TO_ANYTHING: "A random port of the same address connects as well.",
    Reason.NOT_SHOWN: "The path did not show its product. That is no proof that it is not there.",
    Reason.PAGE_FOR_EVERYTHING: "Random paths get the same answer, so it says nothing about this path.",
    Reason.LOGIN_PAGE: "The answer is a success that asks for a password.",
    Reason.CREDENTIAL_MISSING: "It denies without credentials; its own were not at hand, so no more is known.",
    Reason.OTHER_CONTENT: "Something else is served under this path here, unlike what its own entrance serves.",
    Reason.UNCLEAR_ANSWER: "The answer neither serves nor denies.",
    # open
    Reason.SERVES_EVERYONE: "The path answers everyone; random paths beside it get another answer.",
    Reason.DENIES_AND_SERVES: "The path denies without credentials, and answers with them.",
    Reason.HIDES_AND_SERVES: "Without credentials the path is not found; with them it answers.",
    Reason.DENIES: "The path denies without credentials.",
    Reason.STRICTER: "This entrance denies what is meant for everyone; another one was declared to serve it.",
    Reason.NOT_SERVED: "This entrance does not have the path: it answers as to random paths.",
    # closed
    Reason.GATEWAY_DENY: "The gateway itself denies it.",
    Reason.GATEWAY_404: "The gateway itself knows no such route.",
    Reason.UNIFORM_DENY: "Denied exactly like a random sibling, and unlike anything the service says.",
    Reason.UNIFORM_404: "Not found exactly like a random sibling, and unlike anything the service says.",
    Reason.UNIFORM_ERROR: "Refused exactly like a random sibling, and unlike anything the service says.",
    Reason.VARIANT_REJECTED: "The gateway rejects this spelling.",
    Reason.WAF_BLOCK: "A web application firewall blocks it.",
    Reason.CATCH_ALL: "The answer is the one that every random path gets, and not the service's.",
    Reason.DROPPED: "Dropped every time, while controls through the same entrance answered.",
    Reason.CANONICAL_CLOSED: "It leads to the plain spelling, which is closed.",
    Reason.NOT_THE_TARGET: "To the service this spelling is something else; nothing of the target is served.",
    Reason.NOT_IN_LOG: "The service's own log lacks the request, and shows all around it that it must.",
    Reason.NO_CANARY: "Inside, the service's canary answers whatever the host. Outside it did not answer.",
    Reason.NXDOMAIN: "The name does not exist in public DNS.",
    Reason.NO_ADDRESS: "The name has no address in public DNS, as declared.",
    Reason.ONLY_PRIVATE: "Public DNS gives private addresses only, as declared.",
    Reason.DIFFERS: "Public DNS gives another answer than inside, as declared.",
    Reason.PORT_REFUSED: "The port refuses connections.",
    Reason.PORT_UNREACHABLE: "The port is unreachable.",
    Reason.PORT_SILENT: "The port stays silent, while the known-public control answered.",
    Reason.TLS_REFUSED: "The TLS handshake is refused for this name.",
    Reason.ONLY_PUBLIC: "The answers hold public addresses and names alone.",
    Reason.WILDCARD_CLOSED: "Only a wildcard answers for the name, and where it leads the service is not.",
    Reason.NOT_DELEGATED: "The public tree does not have the zone.",
    Reason.AS_DELEGATED: "It answers for the zone, as the delegation says.",
    Reason.TRANSFER_REFUSED: "The server refuses to hand out the zone.",
    Reason.NOT_WALKABLE: "The zone denies names without naming others.",
    Reason.NOT_DISCLOSED: "Nothing internal is in what was answered.",
    Reason.RECURSION_REFUSED: "The server resolves nothing for strangers.",
    Reason.STRIPPED: "The resolver takes the private address out, and outside it is there.",
    Reason.STAYS_INSIDE: "The question is answered by our own, and does not leave.",
}

#: The same reason can stand under another verdict and then means something else.
REASONS_UNDER: dict[tuple[Verdict, Reason], str] = {
    (Verdict.RESOLVES, Reason.SAME_AS_INSIDE): "Public DNS gives the inside answer, and it was to differ.",
    (Verdict.SUSPECTED, Reason.PORT_OPEN): (
        "The port accepts connections from outside; that it is this service is not proven."
    ),
    (Verdict.RESOLVES, Reason.WILDCARD): "The zone answers for every name, and so for internal ones.",
}

#: What would turn an inconclusive verdict into a decisive one.
WOULD_PROVE: dict[Reason, str] = {
    Reason.RATE_LIMITED: "Lower 'rate' for this gateway, or exempt the vantage's address from its limit.",
    Reason.CHALLENGE: "Exempt the vantage's address from the challenge.",
    Reason.TRANSPORT_ERROR: "An answer of any kind in the next audit; if it never comes, look at the way there.",
    Reason.BANNED: "Exempt the vantage's address from bans, lower 'rate', or ask in fewer 'variants'.",
    Reason.HIJACK: "A resolver that says NXDOMAIN for names that do not exist.",
    Reason.SERVFAIL: "A server that answers for this zone; check its delegation and DNSSEC.",
    Reason.DNS_REFUSED: "A server that answers this vantage.",
    Reason.DNS_TIMEOUT: "A server that answers in time.",
    Reason.DNS_INVALID: "A server that answers valid DNS; look for a middlebox on port 53.",
    Reason.NOT_RUN: "An audit that has the time and the vantages for it.",
    Reason.NEVER_ASKED: "Asking it, with probe: head or probe: get, once that is known to be harmless.",
    Reason.UNRESOLVED: "A gateway name that resolves at the outside vantage, or addresses in the configuration.",
    Reason.OUT_OF_SCOPE: "The address or name in the vantage's allow:, if it is yours to ask.",
    Reason.BLIND: "The vantage's own controls must answer. Check its network and its 'controls'.",
    Reason.BLOCKED: "Exempt the vantage's address from the firewall's rules.",
    Reason.OUTSIDE_CONTROL_FAILED: (
        "The control must answer before and after: a gateway's 'control' path; at a resolver a public name; at a "
        "name server the zone's own SOA."
    ),
    Reason.INSIDE_CONTROL_FAILED: (
        "The same must answer inside in the same audit: the service ('url', 'health'), the name or the zone at an "
        "inside resolver."
    ),
    Reason.CONTROL_MISSING: (
        "Set a 'control' path for the gateway, 'url' and 'health' for the service; for names and zones a resolver "
        "inside and a public name outside."
    ),
    Reason.GROUND_TRUTH_INDISTINCT: "A path whose inside answer differs from that of a random path.",
    Reason.STALE_TARGET: "Take the target out of probes.yaml, or name a path that the service still has.",
    Reason.UNSTABLE_CONTROL: "List the gateway's addresses, so that each backend is asked by itself.",
    Reason.UNSTABLE_REPLAY: "List the gateway's addresses, so that each backend is asked by itself.",
    Reason.GATEWAY_CHANGED: "An audit in which the gateway is not being changed, or does not react to ours.",
    Reason.ORIGIN_UNKNOWN: "A 'log' or a 'canary' of the service; or a gateway error page of its own.",
    Reason.UNEXPLAINED_5XX: "An answer other than a server error.",
    Reason.WILDCARD: "Remove the wildcard record, or declare the name as it should resolve.",
    Reason.PAGE_FOR_EVERYTHING: "A path whose answer differs from that of a random path.",
    Reason.LOGIN_PAGE: "A denial that says so: 401 or 403, or a redirect to the login.",
    Reason.CREDENTIAL_MISSING: "The token that probes.yaml names, where the vantage runs.",
    Reason.OTHER_CONTENT: "If it is another application, leave this gateway out of the path's 'compare'.",
    Reason.UNCLEAR_ANSWER: "A path that answers GET, and denies with 401, 403 or a redirect to a login.",
    Reason.OPEN_TO_ANYTHING: "Look from outside without a proxy that accepts every port.",
    Reason.NOT_SHOWN: "The path described under its service, so that its inside answer is known.",
}

assert set(REASONS) == set(Reason), "a reason without words"


def reason_words(verdict: Verdict, reason: Reason) -> str:
    return REASONS_UNDER.get((verdict, reason), REASONS[reason])


@dataclass(frozen=True, slots=True)
class VectorWords:
    short: str
    steps: tuple[str, ...]


#: How a finding leaks, and what to change. Hints: they know the vector, not the configuration behind it.
VECTORS: dict[Vector, VectorWords] = {
    **{each: VectorWords(LEAKS[number].title, LEAKS[number].close) for each, number in CLASS_OF.items()},
    Vector.GW_PATH: VectorWords(
        "Path forwarded by a public gateway",
        (
            "Remove the path from the public gateway's routes, or attach it to the internal gateway only.",
            "Let the gateway forward a list of allowed paths and answer 404 to all else.",
            "Run the command again. Expect the gateway's own 404.",
        ),
    ),
    Vector.GW_HOST: VectorWords(
        "Internal host name routed by a public gateway",
        (
            "Bind the internal virtual host to the internal listener only.",
            "Let the public listener answer unknown host names with its own error.",
            "Run the command again. Expect what a random host name gets.",
        ),
    ),
    Vector.GW_NORM: VectorWords(
        "Path spelled so that gateway and service read it differently",
        (
            "Let the gateway normalise the path before it decides, and forward what it decided on.",
            "Reject encoded slashes, dot segments, repeated slashes and path parameters at the gateway.",
            "Allow paths by list rather than denying by prefix. Then run the command again.",
        ),
    ),
    Vector.GW_HEADER: VectorWords(
        "Header that changes where a request goes",
        (
            "Strip rewrite and forwarding headers from outside before any routing or access decision.",
            "Set these headers at the gateway only, never pass them through.",
            "Run the command again. Expect the answer without the header.",
        ),
    ),
    Vector.ORIGIN_DIRECT: VectorWords(
        "Reachable around the gateway",
        (
            "Another listener: close it, or give it the gateway's own rules. Plain http needs a redirect to https "
            "and nothing more.",
            "An origin: let it accept connections from the gateway's addresses only, give it no public address, "
            "or authenticate the gateway with mutual TLS.",
            "Run the command again. Expect no connection, or what a random path gets.",
        ),
    ),
    Vector.PORT_OPEN: VectorWords(
        "Port open on a public address",
        (
            "Remove the port from the public listener, or bind the service to an inside address.",
            "Deny it in the security group or firewall in front of the address.",
            "Run the command again. Expect refusal or silence.",
        ),
    ),
    Vector.REDIRECT_NAME: VectorWords(
        "Redirect that names an internal host",
        (
            "Let the service build redirects from its public name, or relative.",
            "Rewrite Location at the gateway where the service cannot.",
            "Run the command again. Expect no internal name in Location.",
        ),
    ),
    Vector.PUB_AUTH: VectorWords(
        "Authentication missing on a public route",
        (
            "Carry the authentication over: attach the authorizer, policy or middleware to this route here too.",
            "Ask for credentials in the service itself, so that no entrance in front of it can forget to.",
            "Compare the table of public paths: every entrance and address that serves it must deny.",
            "Run the command again. Expect 401 or 403.",
        ),
    ),
    Vector.PUB_DOWN: VectorWords(
        "Public route that does not answer",
        (
            "Compare the table of public paths: one address, one entrance, or everywhere.",
            "Check the route, its target and the last change to either; where the token is refused, its expiry.",
            "Run the command again. Expect the answer that probes.yaml declares.",
        ),
    ),
}

assert set(VECTORS) == set(Vector), "a vector without remediation"


def entrance_label(entrance: str) -> str:
    return {"public-dns": "public DNS", "certificate-transparency": "certificate logs"}.get(entrance, entrance)


#: What a claim can be about where no service is: its prefix, and what stands before its name for a person.
PREFIXES = {"zone": "zone", "gateway": "gateway", "network": "network", "vantage": "vantage"}


def service_label(service: str) -> str:
    """`zone corp.example.net` for `zone:corp.example.net`; a service's own name as it stands."""
    prefix, colon, rest = service.partition(":")
    return f"{PREFIXES[prefix]} {rest}" if colon and prefix in PREFIXES else service


def check_of(aspect: str, target: str) -> Check | None:
    """The check that a target of the DNS is; None for any other target, and for words that are not known."""
    word = target.partition(" ")[0]
    return Check(word) if aspect == Aspect.DNS and word in set(Check) else None


def check_label(check: Check) -> str:
    """`zone transfer (D5)`: the check and the classes it is about."""
    return f"{CHECKS[check]} ({', '.join(CHECKED[check])})"


def target_label(aspect: str, target: str) -> str:
    """A target as people read it: a check of the DNS by its title, all others as they stand."""
    check = check_of(aspect, target)
    if check is None:
        return target
    rest = target.partition(" ")[2]
    return f"{check_label(check)} {rest}".strip()


LIMITS = "States what these vantages saw at these times. It does not prove that no other path exists."
