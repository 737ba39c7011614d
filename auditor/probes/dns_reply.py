"""What a DNS message says to the question it answers.

Must never conclude an absence from anything but an answer section without records.
"""

import dns.rcode
import dns.rdatatype

from auditor.model import Outcome
from auditor.probes.dns_query import Query
from auditor.probes.dns_records import Reply, type_name


def concluded(reply: Reply, query: Query) -> tuple[Outcome, str]:
    """What the reply means for the question: the outcome, and why where that is not plain.

    Only an answer without a record of the asked name can be an absence, and only NXDOMAIN is a clean one. An
    answer section that is not about the question is no answer at all.
    """
    if reply.truncated:
        return Outcome.DNS_INVALID, "truncated"
    outcome = _BY_RCODE.get(reply.rcode, Outcome.DNS_RCODE)
    if outcome not in (Outcome.ANSWERED, Outcome.NXDOMAIN):
        return outcome, ""
    if _is_answered(reply, query):
        # RFC 6604: with CNAMEs the RCODE is that of the last name in the chain; the asked one exists.
        dangling = outcome is Outcome.NXDOMAIN
        return Outcome.ANSWERED, "the name exists, what it points to does not" if dangling else ""
    if reply.records:
        return Outcome.DNS_INVALID, "the answer section is not about the question"
    if outcome is Outcome.NXDOMAIN:
        return outcome, ""
    if _is_referral(reply):
        return Outcome.DNS_INVALID, "a referral: this server does not answer for the name"
    return Outcome.NODATA, ""


_BY_RCODE = {
    int(dns.rcode.NOERROR): Outcome.ANSWERED,
    int(dns.rcode.NXDOMAIN): Outcome.NXDOMAIN,
    int(dns.rcode.SERVFAIL): Outcome.SERVFAIL,
    int(dns.rcode.REFUSED): Outcome.DNS_REFUSED,
}


def _is_answered(reply: Reply, query: Query) -> bool:
    """Whether the asked name has the asked type, or is an alias, be it by a DNAME above it (RFC 6672)."""
    name, wanted = query.name, ("CNAME", type_name(query.rrtype))
    for record in reply.records:
        if record.name == name and (record.rrtype in wanted or query.rrtype == dns.rdatatype.ANY):
            return True
        if record.rrtype == "DNAME" and (record.name == "." or name.endswith("." + record.name)):
            return True
    return False


def _is_referral(reply: Reply) -> bool:
    """RFC 2308 section 2.2: a NODATA answer has a SOA or no NS; a referral has NS alone."""
    types = {record.rrtype for record in reply.authority}
    return "NS" in types and "SOA" not in types and "AA" not in reply.flags
