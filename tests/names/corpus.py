"""What leaks in the estate and what does not: a table of classes, each with a leaky and a sound place.

`words` are `verdict reason`, as an honest auditor says them there; the truth of each place is tried by plain clients
in test_estate.py.
"""

from dataclasses import dataclass

from names import places


@dataclass(frozen=True)
class Row:
    """One place. `where` are fields of a verdict in the JSON; `words` must be said, each of them somewhere."""

    number: str  # the class, as in docs/names.md
    leaky: bool
    what: str
    where: dict[str, str]
    words: frozenset[str]


def _row(number: str, leaky: bool, what: str, words: str, **where: str) -> Row:
    return Row(number, leaky, what, where, frozenset(words.split(", ")))


def _leak(number: str, what: str, words: str, **where: str) -> Row:
    return _row(number, True, what, words, **where)


def _sound(number: str, what: str, words: str, **where: str) -> Row:
    return _row(number, False, what, words, **where)


_LEAKY, _SOUND = "zone:leaky.example", "zone:sound.example"
_INSIDE = "zone:internal.leaky.example"

ROWS: tuple[Row, ...] = (
    _leak("D1", "A with a private address", "resolves private_address", target="db.leaky.example"),
    _leak("D1", "AAAA that wraps one (NAT64)", "resolves private_address", target="six.leaky.example"),
    _sound("D1", "a public name with a public address", "closed only_public", target="www.sound.example"),
    _sound("D1", "a name that may have private addresses", "closed only_private", target="lb.private.sound.example"),
    _leak("D2", "a hint in an HTTPS record", "resolves private_in_record", target="hint.leaky.example"),
    _leak("D2", "the target of an MX record", "resolves private_in_record", target="post.leaky.example"),
    _leak("D2", "SPF", "resolves private_in_record", target="spf.leaky.example"),
    _sound("D2", "HTTPS with public hints", "closed only_public", target="web.sound.example"),
    _sound("D2", "MX and SPF with public addresses", "closed only_public", target="sound.example", service=_SOUND),
    _leak("D3", "an internal name with a public address", "resolves answers", target="config.internal.leaky.example"),
    _leak("D3", "an internal name with text alone", "resolves answers", target="empty.internal.leaky.example"),
    _leak("D3", "a name with nothing but one below it", "resolves exists_no_data", target="above.internal.leaky.example"),
    _leak("D3", "an internal zone that is seen", "resolves exists_no_data", service=_INSIDE, target="delegation"),
    _sound("D3", "an internal name that is denied", "closed nxdomain", target="config.internal.sound.example"),
    _sound("D3", "an internal zone that is denied", "closed not_delegated",
           service="zone:internal.sound.example", target="delegation"),
    _leak("D4", "the inside address outside", "resolves split_horizon", target="jobs.internal.leaky.example"),
    _leak("D4", "the same answer in both views", "resolves same_as_inside", target="equal.split.example"),
    _sound("D4", "split horizon done right", "closed differs", target="app.split.example"),
    _sound("D3", "a zone of which every name is said to have no data", "unproven ground_truth_indistinct",
           target="config.internal.lies.example", address=places.PUBLIC_RESOLVER),
    _sound("D3", "its server, which says more to who wants no signatures", "closed nxdomain",
           target="config.internal.lies.example", address=places.KNOT),
    _sound("D4", "a name for mail alone, where private addresses may be", "closed no_address", target="post.split.example"),
    _sound("D4", "a name with nothing but one below it, where inside has more", "closed no_address",
           target="hollow.split.example"),
    _leak("D5", "a secondary that hands out the zone", "exposed zone_transfer", service=_LEAKY, target="transfer",
          address=places.KNOT),
    _sound("D5", "a secondary that does not", "closed transfer_refused", service=_SOUND, target="transfer",
           address=places.NSD),
    _sound("D5", "over IPv6", "closed transfer_refused", service=_SOUND, target="transfer", address=places.NSD6),
    _leak("D6", "NSEC", "exposed zone_walk", service="zone:walk.example", target="walk"),
    _sound("D6", "NSEC3", "closed not_walkable", service="zone:hashed.example", target="walk"),
    _sound("D6", "signed while it answers", "closed not_walkable", service="zone:lies.example", target="walk"),
    _sound("D6", "not signed", "closed not_walkable", service=_SOUND, target="walk"),
    _leak("D7", "salt and 50 iterations", "resolves weak_nsec3|resolves nsec3_match", service="zone:weak.example",
          target="nsec3"),
    _sound("D7", "no salt, no iterations", "closed not_disclosed", service="zone:hashed.example", target="nsec3"),
    _leak("D8", "a wildcard to a private address", "resolves private_address", service="zone:wild.example",
          target="wildcard"),
    _leak("D8", "an internal name under it", "resolves private_address", target="config.internal.wild.example",
          kind="dns"),
    _sound("D8", "a public wildcard in a public zone", "closed only_public", service="zone:public-wild.example",
           target="wildcard"),
    _sound("D8", "an internal name under it, by what it leads to", "closed wildcard_closed",
           target="config.internal.public-wild.example", kind="dns"),
    _leak("D9", "an internal name in a logged certificate", "resolves logged", service=_INSIDE, target="transparency"),
    _sound("D9", "none", "closed not_disclosed", service=_SOUND, target="transparency"),
    _leak("D10", "a certificate with an internal name and address", "resolves discloses_name",
          service="gateway:leaky", target="certificate"),
    _sound("D10", "one without", "closed not_disclosed", service="gateway:sound", target="certificate"),
    _leak("D11", "an internal name behind a public address", "resolves discloses_name",
          service="network:45.76.100.8/29"),
    _sound("D11", "a public one", "closed not_disclosed", service="network:45.76.100.16/29"),
    _leak("D11", "a resolver that asks AS112", "resolves queries_escape", target="escape", address=places.INSIDE_LAX),
    _sound("D11", "one that does not", "closed stays_inside", target="escape", address=places.INSIDE_STRICT),
    _leak("D13", "an internal name with a public zone behind it", "resolves search_suffix", service=_LEAKY,
          target="search"),
    _leak("D13", "a suffix that is not ours", "resolves search_suffix", target="search corp.invalid-suffix.example"),
    _sound("D13", "a suffix that is", "closed stays_inside", target="search sound.example"),
    _sound("D13", "a zone without such names", "closed nxdomain", service=_SOUND, target="search"),
    _leak("D14", "an alias to a name that anybody may register", "resolves dangling", target="old.leaky.example"),
    _leak("D14", "a listed server that refuses the zone", "resolves lame", service=_LEAKY, target="delegation",
          address=places.LAME),
    _leak("D14", "a listed server whose name is not there", "resolves dangling", service=_LEAKY, target="delegation",
          address="gone.nowhere.example"),
    _sound("D14", "servers as listed", "closed as_delegated", service=_SOUND, target="delegation"),
    _leak("D15", "a resolver that lets private addresses in", "resolves rebinding", address=places.INSIDE_LAX,
          target="rebinding"),
    _sound("D15", "one that does not", "closed stripped", address=places.INSIDE_STRICT, target="rebinding"),
    _leak("D16", "an internal resolver that anybody may ask", "exposed internal_resolver", target="recursion",
          address=places.EXPOSED),
    _sound("D16", "an authority that resolves nothing", "closed recursion_refused", service=_SOUND,
           target="recursion"),
    _sound("D16", "a gateway without DNS", "closed port_refused", service="gateway:sound", target="recursion"),
    _leak("D17", "a view over TCP", "resolves view_differs", target="tcp.internal.view.example",
          address=places.VIEWS),
    _leak("D17", "a view by client subnet", "resolves view_differs", target="subnet.internal.view.example",
          address=places.VIEWS),
    _leak("D17", "one server of three that disagrees", "resolves answers", target="config.internal.three.example",
          address=places.KNOT),
    _sound("D17", "its two neighbours", "closed nxdomain", target="config.internal.three.example",
           address=places.BIND),
    _sound("D17", "a name of the same server in no view", "closed nxdomain", target="quiet.internal.view.example"),
    _leak("D18", "a cache that shows what it has", "resolves cached_name", target="recursion",
          address=places.SNOOPED),
    _sound("D18", "an authority, which has none", "closed recursion_refused", target="recursion",
           service="zone:public-wild.example", address=places.NSD),
    _leak("D19", "an internal host name in the identity", "resolves discloses_name", service=_LEAKY,
          target="identity", address=places.KNOT),
    _sound("D19", "a server that says nothing of itself", "closed not_disclosed", service=_SOUND, target="identity"),
    _leak("D20", "a directory service", "resolves service_records", service=_LEAKY, target="directory"),
    _sound("D20", "none", "closed not_disclosed", service=_SOUND, target="directory"),
    _leak("D22", "an alias by way of an internal name", "resolves discloses_name", target="portal.leaky.example"),
    _sound("D22", "an alias to a public name", "closed only_public", target="shop.sound.example"),
    _leak("D23", "a server with an older copy", "resolves stale_server", service="zone:stale.example",
          target="serial", address=places.NSD),
    _leak("D23", "which still has what was removed", "resolves answers", target="old.internal.stale.example",
          address=places.NSD),
    _sound("D23", "servers with one copy", "closed as_delegated", service=_SOUND, target="serial"),
)  # fmt: skip

#: Zones and services of which nothing bad may be said at all, but for what a row says of one server of theirs.
QUIET = ("zone:sound.example", "sound", "split", "quiet", "balancer", "compact", "post", "hollow", "public-wild", "zone:public-wild.example",
         "zone:hashed.example", "zone:split.example", "zone:internal.public-wild.example",
         "zone:internal.view.example", "zone:internal.lies.example", "gateway:sound", "network:45.76.100.16/29")  # fmt: skip
