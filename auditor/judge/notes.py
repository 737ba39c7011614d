"""One sentence a verdict, for a person, in our own words.

Must never hold a word that came off the network.
"""

from auditor.model import DECISIVE, Confidence, Reason, Verdict, Witness

NOTES: dict[Reason, str] = {
    Reason.ZONE_TRANSFER: "The server hands the whole zone to whoever asks.",
    Reason.ZONE_WALK: "The zone can be read name by name along its NSEC chain.",
    Reason.OPEN_RESOLVER: "The server resolves any name for anybody.",
    Reason.INTERNAL_RESOLVER: "The server answers outside for a name that only inside may be answered.",
    Reason.PRIVATE_IN_RECORD: "A record other than an address record holds a private address, or leads to one.",
    Reason.DISCLOSES_NAME: "An answer about something else names what is internal.",
    Reason.VIEW_DIFFERS: "The name is shown to who asks the same server otherwise: over TCP, or as from inside.",
    Reason.DANGLING: "It points to a name that does not exist.",
    Reason.LAME: "A listed name server does not answer for the zone.",
    Reason.STALE_ANSWER: "A resolver still hands out what the zone's own servers no longer have.",
    Reason.STALE_SERVER: "This server has an older copy of the zone than the others.",
    Reason.WEAK_NSEC3: "The zone hashes its names more than once, which RFC 9276 says not to do.",
    Reason.NSEC3_MATCH: "The hash of an internal name is among those that the zone shows.",
    Reason.LOGGED: "Internal names stand in certificates that are logged for everybody.",
    Reason.QUERIES_ESCAPE: "Questions about private addresses leave the network and are answered by AS112.",
    Reason.SEARCH_SUFFIX: "Internal names leave the network with a suffix behind them.",
    Reason.REBINDING: "A public name that leads to a private address is let in.",
    Reason.CACHED_NAME: "A cache that the public can ask holds the internal name.",
    Reason.SERVER_IDENTITY: "The server tells its version.",
    Reason.SERVICE_RECORDS: "Records that lead to directory services are public.",
    Reason.ONLY_PUBLIC: "Nothing but public addresses and names is in the answers.",
    Reason.WILDCARD_CLOSED: "Only a wildcard answers for it, and where that leads the service is not.",
    Reason.NOT_DELEGATED: "The public tree does not have the zone.",
    Reason.AS_DELEGATED: "The listed server answers for the zone, with a copy as new as any.",
    Reason.TRANSFER_REFUSED: "The server refuses to hand out the zone.",
    Reason.NOT_WALKABLE: "The zone denies names without naming others.",
    Reason.NOT_DISCLOSED: "Nothing internal is in what was said.",
    Reason.RECURSION_REFUSED: "The server resolves nothing for us.",
    Reason.STRIPPED: "The resolver takes private addresses out of public answers.",
    Reason.STAYS_INSIDE: "Such questions are answered without leaving the network.",
    Reason.CANARY: "Its canary answered outside, or its own log shows that it served the request.",
    Reason.SAME_AS_INSIDE: "Outside gets the same answer as inside.",
    Reason.REWRITE_ALL: "The entrance answers everything as inside answers the target.",
    Reason.SIGNATURE: "The answer carries the signature of the product behind the target; random paths do not.",
    Reason.SIMILAR_TO_INSIDE: "The answer resembles the one inside, and those to random paths do not.",
    Reason.AUTH_LOST_AT_EDGE: "Inside asks for authentication; outside serves without it.",
    Reason.SAME_REDIRECT_AS_INSIDE: "Outside is redirected exactly as inside.",
    Reason.FROM_CACHE: "A cache at the entrance hands out the inside answer.",
    Reason.HOST_EXPOSED: "The internal name, sent as Host, gets the inside answer at the public address.",
    Reason.PORT_OPEN: "The port accepts connections at the public address, and random ports do not.",
    Reason.SAME_AS_AUTHENTICATED: "Without credentials the path says what it says with them.",
    Reason.NOT_DENIED: "The path answers without credentials, and random paths beside it do not.",
    Reason.NO_GROUND_TRUTH: "Something answers here alone, and inside could not be asked what to expect.",
    Reason.UNEXPECTED_CONTENT: "The target is gone inside, yet something answers outside.",
    Reason.UNEXPLAINED_2XX: "Something answers here alone that is neither the inside answer nor the catch-all.",
    Reason.LOW_INFORMATION: "The answer matches what is inside, but holds too little to identify it.",
    Reason.UPSTREAM_AUTH: "The request reaches the service, which denies it.",
    Reason.LOGIN_REDIRECT: "The request is sent to the login that guards the target.",
    Reason.UNKNOWN_ORIGIN_DENY: "This path alone is denied; by whom is not clear.",
    Reason.CLIENT_CERTIFICATE: "The target alone asks for a client certificate.",
    Reason.UPSTREAM_LOG: "The service's own log shows the request.",
    Reason.ERROR_ENVELOPE: "The service answered with an error inside a success.",
    Reason.EMPTY_BODY: "Something answers here alone, without a body.",
    Reason.PATH_SPECIFIC_REDIRECT: "This path is redirected, and not as random ones are.",
    Reason.UPSTREAM_404: "The request reaches the service, which does not know the path.",
    Reason.UPSTREAM_ERROR: "The request reaches the service, which rejects it.",
    Reason.UPSTREAM_UNREACHABLE: "A route for this path exists; the service behind it did not answer.",
    Reason.UPSTREAM_CRASH: "The request reaches the service, which fails on it.",
    Reason.LATENT: "The gateway lets this spelling through; the service does not read it as the target today.",
    Reason.SPLIT_HORIZON: "Public DNS gives the private address that the name has inside.",
    Reason.ANSWERS: "The name resolves in public DNS.",
    Reason.PRIVATE_ADDRESS: "Public DNS gives a private address for the name.",
    Reason.EXISTS_NO_DATA: "The name, or one below it, exists in public DNS, without an address.",
    Reason.DENIED_TO_ALL: "The path is meant for everyone, and denies everyone.",
    Reason.TOKEN_REFUSED: "The path denies the credentials it must answer to.",
    Reason.NOT_FOUND: "The path is not there.",
    Reason.SERVER_ERROR: "The path answers with a server error.",
    Reason.NO_ANSWER: "The path gives no answer.",
    Reason.RATE_LIMITED: "The entrance limited our rate.",
    Reason.CHALLENGE: "The entrance asked for proof of a person.",
    Reason.TRANSPORT_ERROR: "No answer came, and that proves nothing yet.",
    Reason.BANNED: "The entrance was open to us at first, and then shut us out.",
    Reason.HIJACK: "This resolver answers for names that do not exist.",
    Reason.SERVFAIL: "The resolver failed.",
    Reason.DNS_REFUSED: "The resolver refused the question.",
    Reason.DNS_TIMEOUT: "The resolver did not answer in time.",
    Reason.DNS_INVALID: "The resolver's answer cannot be used.",
    Reason.NOT_RUN: "This was not looked at to the end.",
    Reason.UNRESOLVED: "The entrance's name led to no address, or not every question about it was answered.",
    Reason.OUT_OF_SCOPE: "The vantage's allow-list does not cover this.",
    Reason.BLIND: "The vantage could not see: what it did not get proves nothing.",
    Reason.BLOCKED: "A web application firewall kept us from the answer.",
    Reason.OUTSIDE_CONTROL_FAILED: (
        "A control outside failed, or gets what random paths get: that nothing was reached proves nothing."
    ),
    Reason.INSIDE_CONTROL_FAILED: "The target did not answer inside as it must: silence outside proves nothing.",
    Reason.CONTROL_MISSING: "A control was never asked: without it nothing is proven.",
    Reason.GROUND_TRUTH_INDISTINCT: "Inside does not tell the target from nonsense, so neither can we.",
    Reason.STALE_TARGET: "The target is not there inside either.",
    Reason.UNSTABLE_CONTROL: "Random siblings are answered now this way, now that.",
    Reason.UNSTABLE_REPLAY: "The sightings do not agree, or too few were made to the end.",
    Reason.GATEWAY_CHANGED: "The entrance behaved one way before this probe and another way after it.",
    Reason.ORIGIN_UNKNOWN: "Whether the gateway or the service gave this answer cannot be told.",
    Reason.UNEXPLAINED_5XX: "The failure of this path cannot be explained.",
    Reason.WILDCARD: "The zone answers every name, so this answer shows nothing about this one.",
    Reason.OPEN_TO_ANYTHING: "A random port of this address accepts connections as well.",
    Reason.NOT_SHOWN: "The path did not show its product. That is no proof that it is not there.",
    Reason.NEVER_ASKED: "Its operator says that it is never to be asked, so nothing is known of it.",
    Reason.PAGE_FOR_EVERYTHING: "Random paths get the same answer, so it says nothing about this one.",
    Reason.LOGIN_PAGE: "A success that asks for a password: whether anything was served cannot be told.",
    Reason.CREDENTIAL_MISSING: "It denies; its credentials were not at hand, so no more is known.",
    Reason.OTHER_CONTENT: "This entrance serves something of its own here; whether it is the same cannot be told.",
    Reason.UNCLEAR_ANSWER: "The answer neither serves nor denies.",
    Reason.SERVES_EVERYONE: "The path answers everyone, and random paths are answered otherwise.",
    Reason.DENIES_AND_SERVES: "The path denies without credentials and answers with them.",
    Reason.HIDES_AND_SERVES: "The path is not found without credentials and answers with them.",
    Reason.DENIES: "The path denies without credentials.",
    Reason.STRICTER: "This entrance denies what is meant for everyone; another one was declared to serve it.",
    Reason.NOT_SERVED: "This entrance does not have the path.",
    Reason.GATEWAY_DENY: "The gateway denies this by itself.",
    Reason.GATEWAY_404: "The gateway says by itself that there is nothing here.",
    Reason.UNIFORM_DENY: "Denied like everything beside it, and unlike anything inside.",
    Reason.UNIFORM_404: "Not found like everything beside it, and unlike anything inside.",
    Reason.UNIFORM_ERROR: "Rejected like everything beside it, and unlike anything inside.",
    Reason.VARIANT_REJECTED: "The gateway rejects the request by itself.",
    Reason.WAF_BLOCK: "A web application firewall blocks this.",
    Reason.CATCH_ALL: "The entrance gives this answer to everything, and it is not the one of inside.",
    Reason.DROPPED: "Requests for the target alone are dropped, three times of three.",
    Reason.CANONICAL_CLOSED: "This spelling leads to the plain one, which is closed.",
    Reason.NOT_THE_TARGET: "To the service this spelling is something else, and nothing of the target is served.",
    Reason.NOT_IN_LOG: "The service's own log does not show the request, and shows all around it that it must.",
    Reason.NO_CANARY: "Inside the canary answers whatever the host; outside it did not, and nothing is found.",
    Reason.NXDOMAIN: "The name does not exist in public DNS.",
    Reason.NO_ADDRESS: "The name has no address in public DNS.",
    Reason.ONLY_PRIVATE: "Public DNS gives private addresses only, as expected.",
    Reason.DIFFERS: "Public DNS gives another answer than inside, as expected.",
    Reason.PORT_REFUSED: "The connection is refused.",
    Reason.PORT_UNREACHABLE: "The port is unreachable.",
    Reason.PORT_SILENT: "The port stays silent, three times of three.",
    Reason.TLS_REFUSED: "The TLS handshake is refused for this name.",
}


def note(verdict: Verdict, reason: Reason, ratio: tuple[int, int] | None, *, missing_outside: bool = False) -> str:
    """What a verdict means, and how often it was seen where that was not every time."""
    text = NOTES[reason]
    if verdict is Verdict.RESOLVES and reason is Reason.SAME_AS_INSIDE:
        text = "Public DNS gives the same address as inside."
    if missing_outside:
        text = f"{text} It is missing from the public view, where it was expected."
    if ratio is None or reason is Reason.UNSTABLE_REPLAY:
        return text
    agree, of = ratio
    return text if agree == of else f"{text} Seen in {agree} of {of} sightings."


#: Why a witness that was set up proves nothing.
REMARKS: dict[Witness, str] = {
    Witness.CANARY_WRONG: (
        "Its canary does not answer inside as it must, whatever the host: its silence outside proves nothing."
    ),
    Witness.CANARY_UNCHECKED: "Its canary could not be looked for, because the secret is not at hand.",
    Witness.LOG_PARTIAL: (
        "Its log does not show the request, nor all that it must show: the last request inside, this target asked "
        "inside, and the known-public answer. So it proves nothing."
    ),
}


def remark(verdict: Verdict, confidence: Confidence | None, words: tuple[Witness, ...]) -> str:
    """What to add where a witness could have said more; empty where it could not."""
    if verdict in DECISIVE and confidence is not Confidence.LOW:
        return ""
    return "".join(f" {REMARKS[word]}" for word in words if word in REMARKS)
