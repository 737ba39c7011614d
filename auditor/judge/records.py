"""What an answer of the DNS holds besides: special-purpose addresses anywhere in it, and the names it points to.

Reads records as they are kept, in escaped presentation form (RFC 1035 section 5.1). Must never raise on any text:
all of it was written by strangers.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from auditor.judge.addresses import is_address, special, special_network
from auditor.model import DnsAnswer, DnsRecord

#: Longest place that is told, and most of them of one answer.
_LONGEST, _MOST = 300, 500

#: ipv4hint and ipv6hint of HTTPS and SVCB (RFC 9460 section 7.3), as parameters of their own.
_HINTS = re.compile(r'(?<!\S)(ipv[46]hint)=("[^"]*"|\S*)', re.I)
#: The character strings of a TXT record, and what is escaped in them (RFC 1035 section 5.1).
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)', re.DOTALL)
_ESCAPE = re.compile(r"\\(\d{3}|.)", re.DOTALL)
#: What leads to another name in SPF (RFC 7208 sections 5 and 6); with a macro in it the name is not known.
_SPF_NAME = re.compile(r"(?:include|a|mx|ptr|exists|redirect)[:=]([^/%\s]+)(?:/[\d/]*)?", re.I)

_NUMBER = re.compile(r"[0-9]{1,10}")

#: Names that records hold without leading there: by their place among the words of the data.
_HELD: dict[str, tuple[tuple[int, str], ...]] = {
    "SOA": ((0, "SOA MNAME"), (1, "SOA RNAME")),
    "RP": ((0, "RP"), (1, "RP")),
    "KX": ((1, "KX"),),
    "AFSDB": ((1, "AFSDB"),),
}


@dataclass(frozen=True, slots=True)
class Special:
    """An address that is not of the public internet, and the record it stands in."""

    address: str
    where: str  # "ipv4hint of HTTPS www.example.net"


@dataclass(frozen=True, slots=True)
class Pointed:
    """A name that a record points to, and the record."""

    name: str
    where: str  # "MX of example.net"


def special_in(answer: DnsAnswer) -> tuple[Special, ...]:
    """Every special-purpose address of an answer, in whatever section and record, and such networks in SPF."""
    sections = ((answer.records, ""), (answer.authority, ""), (answer.additional, "additional "))
    found = (each for records, section in sections for record in records for each in _special(record, section))
    return tuple(dict.fromkeys(islice(found, _MOST)))


def _special(record: DnsRecord, section: str) -> Iterator[Special]:
    owner = record.name[:_LONGEST]
    if record.rrtype in ("A", "AAAA"):
        if special(record.data) is not None:
            yield Special(record.data, f"{section}{record.rrtype} of {owner}")
    elif record.rrtype in ("HTTPS", "SVCB"):
        for key, hint in _hints(record):
            if special(hint) is not None:
                yield Special(hint, f"{key} of {record.rrtype} {owner}")
    else:
        for term in spf_terms(record):
            mechanism, _, network = term.partition(":")
            if mechanism.lower() in ("ip4", "ip6") and special_network(network) is not None:
                yield Special(network, f"SPF of {owner}")


def _hints(record: DnsRecord) -> Iterator[tuple[str, str]]:
    for key, value in _HINTS.findall(record.data):
        yield from ((key.lower(), hint) for hint in value.strip('"').split(",") if is_address(hint))


def hints_of(record: DnsRecord) -> Iterator[str]:
    """The addresses that an HTTPS or SVCB record hints at."""
    yield from (hint for _, hint in _hints(record))


def plain_text(data: str) -> str:
    """The strings of a TXT record put together without a gap, their escapes undone (RFC 7208 section 3.3)."""
    strings = (quoted or bare for quoted, bare in _STRING.findall(data))
    return _ESCAPE.sub(lambda found: _octet(found[1]), "".join(strings))


def _octet(text: str) -> str:
    return chr(int(text) & 0xFF) if len(text) == 3 and text.isascii() and text.isdigit() else text


def spf_terms(record: DnsRecord) -> Iterator[str]:
    """The terms of an SPF record without their qualifiers; none where it is no SPF (RFC 7208 section 4.5)."""
    if record.rrtype in ("TXT", "SPF"):
        version, *terms = plain_text(record.data).split(" ")
        if version.lower() == "v=spf1":
            yield from (term.lstrip("+-?~") for term in terms)


def hints_in(answer: DnsAnswer) -> Iterator[str]:
    """The same of all such records of an answer."""
    for record in answer.records:
        if record.rrtype in ("HTTPS", "SVCB"):
            yield from hints_of(record)


def points_in(answer: DnsAnswer) -> tuple[Pointed, ...]:
    """Every name that records point to, in whatever section; of additional ones, their owners too."""
    found: dict[str, Pointed] = {}
    for record in (*answer.records, *answer.authority, *answer.additional):
        for each in _pointed(record):
            if len(found) < _MOST:
                found.setdefault(each.name, each)
    for record in answer.additional:
        if len(found) < _MOST:
            found.setdefault(record.name, Pointed(record.name[:_LONGEST], f"additional {record.rrtype}"))
    return tuple(found.values())


def _pointed(record: DnsRecord) -> Iterator[Pointed]:
    words, owner = record.data.split(), record.name[:_LONGEST]
    targets = [
        (called, words[place])
        for place, called in _HELD.get(record.rrtype, ())
        if -len(words) <= place < len(words)
    ]
    if record.leads_to is not None:
        targets.append((record.rrtype, record.leads_to))
    targets += [("SPF", named[1]) for term in spf_terms(record) if (named := _SPF_NAME.fullmatch(term))]
    for called, target in targets:
        name = target.lower().removesuffix(".")
        if name:
            yield Pointed(name[:_LONGEST], f"{called} of {owner}")


def soa_names(answer: DnsAnswer) -> tuple[Pointed, ...]:
    """The names in SOA records alone: the primary server, and the mailbox of who is responsible."""
    return tuple(each for each in points_in(answer) if each.where.startswith("SOA "))


def serial_of(answer: DnsAnswer, zone: str) -> int | None:
    """The serial of a zone's SOA in the answer section; None where there is none."""
    for record in answer.records:
        words = record.data.split()
        if (
            record.rrtype == "SOA"
            and record.name.rstrip(".") == zone
            and len(words) > 2
            and _NUMBER.fullmatch(words[2])
        ):
            return int(words[2]) % (1 << 32)
    return None


def is_older(one: int, other: int) -> bool:
    """Whether one serial comes before another in the arithmetic of serials (RFC 1982 section 3.2)."""
    return one != other and (other - one) % (1 << 32) < (1 << 31)
