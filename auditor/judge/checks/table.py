"""The rules, one table a check; the first that holds for a look counts.

What no rule speaks of is untested: an error, a refusal where an answer was wanted, silence. Must never have a row
that passes on an error.
"""

from auditor.judge.addresses import special
from auditor.judge.checks.seen import MAX_TOLD, Rule, Seen
from auditor.judge.internal import bare, below, is_private
from auditor.judge.records import is_older, soa_names
from auditor.model import Check, Confidence, DnsExpectation, Outcome, Reason, Verdict

_V, _R, _C, _O = Verdict, Reason, Confidence, Outcome

#: Where AS112 answers for private addresses (RFC 7534 section 3.4, RFC 7535 section 3).
_AS112 = (
    "prisoner.iana.org",
    "blackhole-1.iana.org",
    "blackhole-2.iana.org",
    "blackhole.as112.arpa",
    "empty.as112.arpa",
)


# --- zones handed over -----------------------------------------------------------------------------------------


def _handed(seen: Seen) -> tuple[str, ...]:
    transfer = seen.transfer
    if transfer is None:
        return ()
    count = f"{transfer.records} records" + ("" if transfer.whole else " and more")
    return (f"{count}, serial {transfer.serial}", *transfer.names[:10], *_private(transfer.addresses))


def _private(addresses: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(address for address in addresses if special(address) is not None)[:5]


def _denied(seen: Seen) -> bool:
    return seen.outcome in (_O.DNS_REFUSED, _O.DNS_RCODE, _O.NODATA)


TRANSFER = (
    Rule("the zone's SOA starts the answer, and more follows",
         lambda s: s.transfer is not None and s.transfer.started,
         _V.EXPOSED, _R.ZONE_TRANSFER, _C.CERTAIN, _handed),
    Rule("refused, by whatever RCODE, or answered with nothing", _denied, _V.CLOSED, _R.TRANSFER_REFUSED, _C.HIGH),
)  # fmt: skip


def _walked(seen: Seen) -> tuple[str, ...]:
    """Names that the chain told; of a public zone whose names are known, those that are not among them."""
    walk, zone = seen.walk, seen.claim.zone or ""
    if walk is None or walk.denial != "nsec":
        return ()
    names = [name for name in walk.names if name != zone]
    if not seen.claim.internal and seen.others.listed:
        known = seen.others.listed | seen.internal.public
        names = [
            name for name in names if name.removeprefix("*.") not in known | {zone} or seen.internal.holds(name)
        ]
    return tuple(names)[:MAX_TOLD]


WALK = (
    Rule("NSEC names the neighbours of a name that is not there, and they are more than the apex (of a public "
         "zone whose names are known: others than those)", lambda s: bool(_walked(s)),
         _V.EXPOSED, _R.ZONE_WALK, _C.HIGH, _walked),
    Rule("NSEC, with nothing but the apex or known public names so far, and the chain was not followed to its end",
         lambda s: s.walk is not None and s.walk.denial == "nsec" and not s.walk.round, _V.UNTESTED, _R.NOT_RUN),
    Rule("the same, to its end", lambda s: s.walk is not None and s.walk.denial == "nsec",
         _V.CLOSED, _R.NOT_DISCLOSED, _C.MEDIUM),
    Rule("NSEC3, an answer made for the question, or no DNSSEC", lambda s: s.walk is not None,
         _V.CLOSED, _R.NOT_WALKABLE, _C.HIGH),
)  # fmt: skip


def _hashed(seen: Seen) -> tuple[str, ...]:
    walk = seen.walk
    if walk is None or walk.denial != "nsec3":
        return ()
    told = [f"{walk.iterations} further iterations"] if walk.iterations else []
    told += [f"salt {walk.salt[:64]}"] if walk.salt else []
    return (*told, "opt-out") if walk.opt_out else tuple(told)


NSEC3 = (
    Rule("the hash of an internal name is among those shown", lambda s: bool(s.matched),
         _V.RESOLVES, _R.NSEC3_MATCH, _C.HIGH, lambda s: s.matched),
    Rule("names are hashed more than once (RFC 9276 section 3.1)",
         lambda s: s.walk is not None and s.walk.denial == "nsec3" and bool(s.walk.iterations),
         _V.RESOLVES, _R.WEAK_NSEC3, _C.HIGH, _hashed),
    Rule("hashed in a way that cannot be repeated, so that our names were not tried",
         lambda s: s.walk is not None and s.walk.denial == "nsec3"
         and (s.walk.algorithm != 1 or s.walk.iterations is None), _V.UNPROVEN, _R.UNCLEAR_ANSWER),
    Rule("anything else that denies a name", lambda s: s.walk is not None,
         _V.CLOSED, _R.NOT_DISCLOSED, _C.HIGH, _hashed),
)  # fmt: skip


# --- what is published -------------------------------------------------------------------------------------------


def _records(seen: Seen) -> tuple[str, ...]:
    return tuple(sorted(seen.data))[:MAX_TOLD]


WILDCARD = (
    Rule("a random name has a special-purpose address", lambda s: s.said and bool(s.special),
         _V.RESOLVES, _R.PRIVATE_ADDRESS, _C.HIGH, lambda s: s.special),
    Rule("a random name of an internal zone has data", lambda s: s.said and bool(s.data) and s.claim.internal,
         _V.RESOLVES, _R.WILDCARD, _C.HIGH, _records),
    Rule("a random name of a public zone leads to an internal name",
         lambda s: s.said and bool(s.data) and bool(s.names),
         _V.RESOLVES, _R.DISCLOSES_NAME, _C.HIGH, lambda s: s.names),
    Rule("a random name of a public zone has public data", lambda s: s.said and bool(s.data),
         _V.CLOSED, _R.ONLY_PUBLIC, _C.MEDIUM, _records),
    Rule("random names do not exist, or have no data", lambda s: s.said, _V.CLOSED, _R.NXDOMAIN, _C.HIGH),
)  # fmt: skip


def _directory(seen: Seen) -> bool:
    own = seen.question is not None and seen.question.name == (seen.claim.zone or "")
    return seen.said and bool(seen.data) and not own and not seen.like_siblings


def _as_asked(seen: Seen) -> bool:
    """Records of the type that was asked for; a wildcard has others."""
    return seen.question is not None and any(each.startswith(f"{seen.question.rrtype} ") for each in seen.data)


def _responsible(seen: Seen) -> tuple[str, ...]:
    """Internal names among the primary server and the mailbox that a zone's SOA tells."""
    if seen.answer is None or seen.claim.internal:
        return ()
    return tuple(f"{e.where}: {e.name}" for e in soa_names(seen.answer) if seen.internal.holds(e.name))[:MAX_TOLD]


DIRECTORY = (
    Rule("a record of a directory service, which a random service beside it does not have",
         lambda s: _directory(s) and s.beside_known, _V.RESOLVES, _R.SERVICE_RECORDS, _C.HIGH, _records),
    Rule("the same, and what a random service beside it has is not known",
         lambda s: _directory(s) and _as_asked(s), _V.RESOLVES, _R.SERVICE_RECORDS, _C.MEDIUM, _records),
    Rule("the SOA of a public zone names an internal host", lambda s: s.said and bool(_responsible(s)),
         _V.RESOLVES, _R.DISCLOSES_NAME, _C.HIGH, _responsible),
    Rule("an alias or an address, and whether a wildcard gives it is not known", _directory,
         _V.UNPROVEN, _R.CONTROL_MISSING),
    Rule("no such name, no data, or a wildcard's", lambda s: s.said, _V.CLOSED, _R.NOT_DISCLOSED, _C.HIGH),
)  # fmt: skip


def _of_machines(seen: Seen) -> bool:
    """A suffix that machines put behind names, asked for by itself."""
    return seen.claim.service.startswith("vantage:")


def _of_nobody(seen: Seen) -> bool:
    """In no public zone there can be: nobody can come to own it."""
    return seen.question is not None and is_private(bare(seen.question.name)) and seen.outcome is _O.NXDOMAIN


SEARCH = (
    Rule("a suffix that machines put behind names is in no zone of ours",
         lambda s: _of_machines(s) and s.said and s.claim.zone is None and not _of_nobody(s),
         _V.RESOLVES, _R.SEARCH_SUFFIX, _C.MEDIUM),
    Rule("a suffix in a zone of ours, or where no public zone can be", lambda s: _of_machines(s) and s.said,
         _V.CLOSED, _R.STAYS_INSIDE, _C.HIGH),
    Rule("an internal name with a public zone behind it has data, unlike a random one",
         lambda s: s.said and bool(s.data) and s.beside_known and not s.like_siblings,
         _V.RESOLVES, _R.SEARCH_SUFFIX, _C.HIGH, lambda s: s.special or _records(s)),
    Rule("it has a special-purpose address, be it a wildcard's",
         lambda s: s.said and bool(s.data) and bool(s.special),
         _V.RESOLVES, _R.PRIVATE_ADDRESS, _C.HIGH, lambda s: s.special),
    Rule("it has no data, and random ones do not exist: it, or a child of it, does",
         lambda s: s.outcome is _O.NODATA and s.beside == {_O.NXDOMAIN}, _V.RESOLVES, _R.EXISTS_NO_DATA, _C.LOW),
    Rule("it is there, and what a random one gets is not known",
         lambda s: s.said and s.outcome is not _O.NXDOMAIN and not s.beside_known and not s.like_siblings,
         _V.UNPROVEN, _R.CONTROL_MISSING),
    Rule("it gets what a random one gets", lambda s: s.said and bool(s.data),
         _V.CLOSED, _R.ONLY_PUBLIC, _C.MEDIUM),
    Rule("it has no data, as random ones have", lambda s: s.outcome is _O.NODATA,
         _V.CLOSED, _R.NO_ADDRESS, _C.MEDIUM),
    Rule("it does not exist", lambda s: s.said, _V.CLOSED, _R.NXDOMAIN, _C.HIGH),
)  # fmt: skip

REVERSE = (
    Rule("an internal name behind a public address", lambda s: s.said and bool(s.names),
         _V.RESOLVES, _R.DISCLOSES_NAME, _C.HIGH, lambda s: s.names),
    Rule("no name, or none that is internal", lambda s: s.said, _V.CLOSED, _R.NOT_DISCLOSED, _C.HIGH),
)  # fmt: skip


def _logged(seen: Seen) -> tuple[str, ...]:
    found = seen.inventory
    return () if found is None else tuple(name for name in found.names if seen.internal.holds(name))[:MAX_TOLD]


TRANSPARENCY = (
    Rule("an internal name stands in a logged certificate", lambda s: bool(_logged(s)),
         _V.RESOLVES, _R.LOGGED, _C.HIGH, _logged),
    Rule("the file was not read whole, or something in it could not be read",
         lambda s: s.inventory is not None and (not s.inventory.whole or s.inventory.refused > 0),
         _V.UNPROVEN, _R.OUTSIDE_CONTROL_FAILED),
    Rule("certificates are in it, and no internal name",
         lambda s: s.inventory is not None and bool(s.inventory.names or s.inventory.others),
         _V.CLOSED, _R.NOT_DISCLOSED, _C.MEDIUM),
    Rule("nothing is in it", lambda s: s.inventory is not None, _V.UNPROVEN, _R.CONTROL_MISSING),
)  # fmt: skip

CERTIFICATE = (
    Rule("an internal name or a special-purpose address in a certificate", lambda s: bool(s.certified),
         _V.RESOLVES, _R.DISCLOSES_NAME, _C.HIGH, lambda s: s.certified),
    Rule("a certificate without one", lambda s: s.certificate is not None, _V.CLOSED, _R.NOT_DISCLOSED, _C.HIGH),
    Rule("a handshake for another name than its own was refused by an alert: no certificate was shown",
         lambda s: s.turned_away, None),
)  # fmt: skip


# --- servers -----------------------------------------------------------------------------------------------------


def _delegated_to(seen: Seen) -> tuple[str, ...]:
    address = (seen.claim.address or "").partition("%")[0]
    block = special(address)
    return (f"name server at {address}: {block.name}",) if block is not None else ()


def _knows_zone(seen: Seen) -> bool:
    return seen.said and seen.flag("AA") and seen.serial is not None


def _named_inside(seen: Seen) -> tuple[str, ...]:
    """Internal names among those by which this server is listed for a public zone."""
    if seen.claim.internal:
        return ()
    return tuple(f"name server {name[:253]}" for name in seen.others.serving if seen.internal.holds(name))[
        :MAX_TOLD
    ]


def _by_root(seen: Seen) -> bool:
    return seen.delegation is not None


def _is_there(seen: Seen) -> bool:
    """A zone that is in the public tree, or a name there that no wildcard makes."""
    found = seen.delegation
    if found is None or found.cut == seen.claim.zone:
        return found is not None
    beside = {look.outcome for look in seen.siblings}
    return found.said in ("nodata", "answered") and bool(beside) and beside <= {_O.NXDOMAIN}


def _lives(seen: Seen) -> bool:
    """An internal zone that is there though nobody said that it may be."""
    return _is_there(seen) and seen.claim.expect is DnsExpectation.ABSENT


def _by_wildcard(seen: Seen) -> bool:
    """A random name beside the zone is there as much as the zone."""
    found = seen.delegation
    beside = {look.outcome for look in seen.siblings}
    there = found is not None and found.cut != seen.claim.zone and found.said in ("nodata", "answered")
    return there and bool(beside) and beside <= {_O.NODATA, _O.ANSWERED}


def _gone(seen: Seen) -> bool:
    """The listed name of a server, looked for at a resolver, does not exist."""
    return seen.outcome is _O.NXDOMAIN and not seen.flag("AA") and _of_server_name(seen)


def _of_server_name(seen: Seen) -> bool:
    return seen.question is not None and seen.question.server_of is None


def _claimable(seen: Seen) -> bool:
    """It is a top-level domain that denies the name: anybody may register what stands below."""
    owners = [r.name for r in seen.answer.authority if r.rrtype == "SOA"] if seen.answer is not None else []
    return bool(owners) and "." not in owners[0].strip(".")


def _server_name(seen: Seen) -> tuple[str, ...]:
    return (f"name server {seen.question.name[:253]}",) if seen.question is not None else ()


DELEGATION = (
    Rule("an internal zone is in the public tree, and its names were to be absent", _lives,
         _V.RESOLVES, _R.EXISTS_NO_DATA, _C.LOW),
    Rule("the public tree denies the zone", lambda s: _by_root(s) and s.delegation is not None
         and s.delegation.said == "nxdomain" and s.delegation.cut != s.claim.zone,
         _V.CLOSED, _R.NOT_DELEGATED, _C.HIGH),
    Rule("nothing but a wildcard is there, as beside it", _by_wildcard, _V.CLOSED, _R.NOT_DELEGATED, _C.MEDIUM),
    Rule("a zone that may be in the public tree is", _is_there, _V.CLOSED, _R.AS_DELEGATED, _C.HIGH),
    Rule("a listed server has a special-purpose address", lambda s: not _by_root(s) and bool(_delegated_to(s)),
         _V.RESOLVES, _R.PRIVATE_IN_RECORD, _C.HIGH, _delegated_to),
    Rule("a public zone lists it by an internal name", lambda s: not _by_root(s) and bool(_named_inside(s)),
         _V.RESOLVES, _R.DISCLOSES_NAME, _C.HIGH, _named_inside),
    Rule("a listed server's name does not exist, and can be registered", lambda s: _gone(s) and _claimable(s),
         _V.RESOLVES, _R.DANGLING, _C.HIGH, _server_name),
    Rule("a listed server's name does not exist", _gone, _V.RESOLVES, _R.DANGLING, _C.MEDIUM, _server_name),
    Rule("a listed server's name has no address yet, or has one by now", lambda s: _of_server_name(s) and s.said,
         _V.UNPROVEN, _R.UNSTABLE_CONTROL),
    Rule("a server speaks for a public zone, and by which name it is listed was not heard",
         lambda s: _knows_zone(s) and not s.claim.internal and not s.others.serving,
         _V.UNPROVEN, _R.CONTROL_MISSING),
    Rule("a listed server speaks for the zone", _knows_zone, _V.CLOSED, _R.AS_DELEGATED, _C.HIGH),
    Rule("a listed server refuses, refers elsewhere or does not speak with authority",
         lambda s: not _of_server_name(s) and (s.refused or s.referred or s.said),
         _V.RESOLVES, _R.LAME, _C.HIGH),
    Rule("a listed server fails", lambda s: not _of_server_name(s) and s.outcome is _O.SERVFAIL,
         _V.RESOLVES, _R.LAME, _C.MEDIUM),
)  # fmt: skip


def _serials(seen: Seen) -> tuple[str, ...]:
    newest = [
        serial for serial in seen.sibling_serials if seen.serial is not None and is_older(seen.serial, serial)
    ]
    return (f"serial {seen.serial}, elsewhere {newest[0]}",) if newest else ()


SERIAL = (
    Rule("another server has a newer copy (RFC 1982)", lambda s: bool(_serials(s)),
         _V.RESOLVES, _R.STALE_SERVER, _C.MEDIUM, _serials),
    Rule("no other server tells its serial, or one of them was not heard",
         lambda s: s.serial is not None and not (s.sibling_serials and s.siblings_told),
         _V.UNPROVEN, _R.CONTROL_MISSING),
    Rule("no other has a newer one", lambda s: s.serial is not None, _V.CLOSED, _R.AS_DELEGATED, _C.HIGH),
)  # fmt: skip


def _banner(seen: Seen) -> tuple[str, ...]:
    return (f"{seen.question.name}: {seen.text[:120]}",) if seen.question is not None and seen.text else ()


def _tells_version(seen: Seen) -> bool:
    asked = seen.question is not None and seen.question.name.startswith("version.")
    return asked and any(char.isdigit() for char in seen.text)


IDENTITY = (
    Rule("an internal name or a special-purpose address in what the server says of itself",
         lambda s: bool(s.tells), _V.RESOLVES, _R.DISCLOSES_NAME, _C.HIGH, lambda s: s.tells),
    Rule("its version", _tells_version, _V.RESOLVES, _R.SERVER_IDENTITY, _C.HIGH, _banner),
    Rule("anything else, or nothing, or a refusal",
         lambda s: s.said or s.refused or s.referred or s.outcome is _O.DNS_RCODE,
         _V.CLOSED, _R.NOT_DISCLOSED, _C.HIGH, _banner),
)  # fmt: skip


def _answers(seen: Seen) -> bool:
    return seen.outcome is _O.ANSWERED and bool(seen.data)


def _declines(seen: Seen) -> bool:
    """It resolves nothing for us: refused, or answered from its own zones without recursion."""
    if seen.refused or seen.referred:
        return True
    return seen.said and not seen.data and (not seen.flag("RA") or seen.flag("AA"))


def _no_dns(seen: Seen) -> bool:
    """Somebody is there, and speaks no DNS over TLS or HTTPS."""
    said = seen.outcome is _O.TLS_ALERT or (
        seen.over_https and seen.outcome in (_O.DNS_INVALID, _O.PROTOCOL_ERROR)
    )
    return said and not seen.plain and seen.answer is None


RECURSION = (
    Rule("an internal name, answered with data and not from a zone of the server's own",
         lambda s: _answers(s) and s.of_recursion and s.asks_internal and not s.flag("AA"),
         _V.EXPOSED, _R.INTERNAL_RESOLVER, _C.HIGH, _records),
    Rule("an internal name, answered from a cache without recursion",
         lambda s: _answers(s) and not s.of_recursion and s.asks_internal and not s.flag("AA"),
         _V.RESOLVES, _R.CACHED_NAME, _C.HIGH, _records),
    Rule("somebody else's name, answered with recursion available",
         lambda s: _answers(s) and s.of_recursion and not s.asks_internal and s.flag("RA"),
         _V.EXPOSED, _R.OPEN_RESOLVER, _C.HIGH),
    Rule("data that is neither its own nor from recursion that it would admit to",
         lambda s: _answers(s) and not s.flag("AA"), _V.UNPROVEN, _R.UNCLEAR_ANSWER),
    Rule("refused, or nothing but what its own zones say", lambda s: _declines(s) or _answers(s),
         _V.CLOSED, _R.RECURSION_REFUSED, _C.HIGH),
    Rule("nobody takes the connection or the datagram: refused", lambda s: s.outcome is _O.REFUSED,
         _V.CLOSED, _R.PORT_REFUSED, _C.HIGH),
    Rule("the same, unreachable", lambda s: s.shut, _V.CLOSED, _R.PORT_REFUSED, _C.MEDIUM),
    Rule("over TLS or HTTPS: an alert, or an answer that is not of the DNS", _no_dns, None),
)  # fmt: skip


# --- looked at from inside -------------------------------------------------------------------------------------


def _escaped(seen: Seen) -> tuple[str, ...]:
    return tuple(name for name in seen.authority if any(below(name, sink) for sink in _AS112))[:3]


ESCAPE = (
    Rule("AS112 answered, which is outside", lambda s: s.said and bool(_escaped(s)),
         _V.RESOLVES, _R.QUERIES_ESCAPE, _C.HIGH, _escaped),
    Rule("denied, and nothing tells by whom", lambda s: s.said and not s.data and not s.authority,
         _V.CLOSED, _R.STAYS_INSIDE, _C.LOW),
    Rule("answered by somebody else", lambda s: s.said, _V.CLOSED, _R.STAYS_INSIDE, _C.MEDIUM),
)  # fmt: skip

REBINDING = (
    Rule("the private address is let in", lambda s: s.said and bool(s.special),
         _V.RESOLVES, _R.REBINDING, _C.HIGH, lambda s: s.special),
    Rule("nobody outside sees the private address, so that nothing had to be kept out",
         lambda s: not s.others.rebinds,
         _V.UNPROVEN, _R.CONTROL_MISSING),
    Rule("it is kept out", lambda s: s.said or s.refused, _V.CLOSED, _R.STRIPPED, _C.HIGH),
)  # fmt: skip


CHECK_RULES: dict[Check, tuple[Rule, ...]] = {
    Check.TRANSFER: TRANSFER,
    Check.WALK: WALK,
    Check.NSEC3: NSEC3,
    Check.WILDCARD: WILDCARD,
    Check.TRANSPARENCY: TRANSPARENCY,
    Check.CERTIFICATE: CERTIFICATE,
    Check.REVERSE: REVERSE,
    Check.ESCAPE: ESCAPE,
    Check.SEARCH: SEARCH,
    Check.DELEGATION: DELEGATION,
    Check.REBINDING: REBINDING,
    Check.RECURSION: RECURSION,
    Check.IDENTITY: IDENTITY,
    Check.DIRECTORY: DIRECTORY,
    Check.SERIAL: SERIAL,
}

assert set(CHECK_RULES) == set(Check), "a check that nobody judges"
