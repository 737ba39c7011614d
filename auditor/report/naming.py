"""Answers about names and zones in words: one line each, and the long form in which a person reads the evidence.

Must never leave out how much was left out, nor say more than the answer does.
"""

from collections.abc import Iterable, Sequence

from auditor.model import (
    DelegationAnswer,
    DnsAnswer,
    DnsQuestion,
    DnsRecord,
    InventoryAnswer,
    NameServer,
    TransferAnswer,
    WalkAnswer,
)
from auditor.report.text import clip, number, plural

MOST_RECORDS = 20  # of one section of one answer
MOST_NAMES = 20  # of a transfer, a walk or a file
MOST_SERVERS = 24
MOST_STEPS = 16
_FEW = 3


def listed(names: Sequence[str], most: int = _FEW) -> str:
    """`a, b, c and 209 more`; "no names" where there are none."""
    if not names:
        return "no names"
    more = f" and {number(len(names) - most)} more" if len(names) > most else ""
    return ", ".join(clip(name, 80) for name in names[:most]) + more


def answered(answer: DelegationAnswer | TransferAnswer | WalkAnswer | InventoryAnswer) -> str:
    """What was answered, on one line."""
    match answer:
        case DelegationAnswer():
            return _delegation(answer)
        case TransferAnswer():
            return _transfer(answer)
        case WalkAnswer():
            return _walk(answer)
        case InventoryAnswer():
            return _inventory(answer)


#: What the servers of the last cut say of the asked name.
_SAID = {
    "nxdomain": "not delegated, NXDOMAIN from {cut}",
    "nodata": "no zone of its own, but the name exists in {cut}",
    "answered": "no zone of its own, but {cut} has data for the name",
}


def _delegation(answer: DelegationAnswer) -> str:
    cut = clip(answer.cut, 120) or "the root"
    if answer.said == "delegated":
        names = len({server.name for server in answer.servers})
        at = len({server.address for server in answer.servers if server.address})
        return f"delegated to {plural(names, 'name server')} at {plural(at, 'address', 'addresses')}"
    said = _SAID.get(answer.said)
    return said.format(cut=cut) if said else f"not followed beyond {cut}: {clip(answer.said, 120)}"


def _transfer(answer: TransferAnswer) -> str:
    if not answer.started:
        return f"no transfer: {clip(answer.rcode, 30)}"
    how = "the whole zone" if answer.whole else "a transfer, as far as it was read"
    serial = f", serial {answer.serial}" if answer.serial is not None else ""
    return f"{how}: {plural(answer.records, 'record')}{serial}"


def _walk(answer: WalkAnswer) -> str:
    match answer.denial:
        case "nsec":
            closed = ", the chain closed" if answer.round else ""
            return f"NSEC, {plural(len(answer.names), 'name')} followed{closed}"
        case "nsec3":
            return f"NSEC3, {_parameters(answer)}"
        case "minimal":
            return "denied by answers made for the question, which name nobody"
    return "not signed: nothing is named in a denial"


def _parameters(answer: WalkAnswer) -> str:
    salt = "no salt" if not answer.salt else f"salt {clip(answer.salt, 40)}"
    opt_out = ", opt-out" if answer.opt_out else ""
    return f"{plural(answer.iterations or 0, 'extra iteration')}, {salt}{opt_out}"


def _inventory(answer: InventoryAnswer) -> str:
    left = [f"{number(answer.others)} of other zones"] if answer.others else []
    left += [f"{number(answer.refused)} not readable"] if answer.refused else []
    left += [] if answer.whole else ["more than were kept"]
    names = plural(len(answer.names), "name") if answer.names else "no name of the zone"
    return names + (f" ({', '.join(left)})" if left else "")


def manner(question: DnsQuestion) -> str:
    """How a question was asked, where it was not plainly: `without recursion, over TCP`."""
    said = [
        (not question.recursion, "without recursion"),
        (question.transport == "tcp", "over TCP"),
        (question.dnssec, "with DNSSEC"),
        (question.subnet is not None, f"as if from {clip(question.subnet or '', 60)}"),
        (question.nsid, "asking for its identifier"),
    ]
    return ", ".join(words for holds, words in said if holds)


# --- the long form ---------------------------------------------------------------------------------------


def capture(answer: DnsAnswer | DelegationAnswer | TransferAnswer | WalkAnswer | InventoryAnswer) -> str:
    """The answer as text, in the manner of dig, capped."""
    match answer:
        case DnsAnswer():
            return "\n".join(_message(answer))
        case DelegationAnswer():
            return "\n".join(_followed(answer))
        case TransferAnswer():
            return "\n".join(_transferred(answer))
        case WalkAnswer():
            return "\n".join(_walked(answer))
        case InventoryAnswer():
            notes = [f"; {clip(note, 200)}" for note in answer.notes[:MOST_STEPS]]
            return "\n".join([f"; {_inventory(answer)}", *notes, *_names(answer.names)])


def _message(answer: DnsAnswer) -> Iterable[str]:
    flags = " ".join(clip(flag, 20).lower() for flag in answer.flags[:12])
    yield f"; status: {clip(answer.rcode, 30)}, flags: {flags or 'none'}"
    yield f"; from {clip(answer.server, 120)} over {clip(answer.transport, 20)}"
    for error in answer.ede[:4]:
        yield f"; EDE: {clip(error, 200)}"
    if answer.nsid is not None:
        yield f"; NSID: {clip(answer.nsid, 200)}"
    sections = (("ANSWER", answer.records), ("AUTHORITY", answer.authority), ("ADDITIONAL", answer.additional))
    for title, records in sections:
        if records:
            yield f"; {title}"
            yield from map(_record, records[:MOST_RECORDS])
            if len(records) > MOST_RECORDS:
                yield f"; … {number(len(records) - MOST_RECORDS)} more"
    if answer.truncated:
        yield "; … and more than is kept"


def _record(record: DnsRecord) -> str:
    return f"{clip(record.name, 255)} {record.ttl} {clip(record.rrtype, 20)} {clip(record.data, 400)}"


def _followed(answer: DelegationAnswer) -> Iterable[str]:
    yield f"; {_delegation(answer)}"
    if not answer.whole:
        yield "; not every listed name server was looked up"
    yield from _some([f"; {clip(step, 200)}" for step in answer.steps], MOST_STEPS)
    yield from _some([server_line(server) for server in answer.servers], MOST_SERVERS)


def server_line(server: NameServer) -> str:
    """`ns1.example.net 203.0.113.53 (parent and child, glue)`."""
    where = {"parent": "parent only", "child": "child only"}.get(server.listed, "parent and child")
    glue = ", glue" if server.glue else ""
    at = clip(server.address, 60) if server.address else f"no address, {clip(server.why, 60) or 'none found'}"
    return f"{clip(server.name, 255)} {at} ({where}{glue})"


def _transferred(answer: TransferAnswer) -> Iterable[str]:
    yield f"; status: {clip(answer.rcode, 30)}, from {clip(answer.server, 120)} over tcp"
    yield f"; {_transfer(answer)}"
    yield from _names(answer.names)
    if answer.addresses:
        yield f"; addresses in it: {listed(answer.addresses, 8)}"


def _walked(answer: WalkAnswer) -> Iterable[str]:
    yield f"; from {clip(answer.server, 120)}"
    yield f"; {_walk(answer)}"
    yield from _names(answer.names)
    if answer.hashes:
        yield f"; hashes seen: {listed(answer.hashes, 6)}"


def _names(names: Sequence[str]) -> Iterable[str]:
    return _some([clip(name, 255) for name in names[: MOST_NAMES + 1]], MOST_NAMES, len(names))


def _some(lines: Sequence[str], most: int, count: int | None = None) -> Iterable[str]:
    yield from lines[:most]
    left = (len(lines) if count is None else count) - most
    if left > 0:
        yield f"; … {number(left)} more"
