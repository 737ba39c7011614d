"""What the answers given to one vantage in one audit taught it: where gateways and name servers are, and to which
names others led.

Must never learn from anything but this vantage's own answers, nor more than its bounds say.
"""

from collections.abc import Iterable
from ipaddress import ip_address

from auditor.model import DelegationAnswer, DelegationQuestion, DnsAnswer, DnsQuestion, Question
from auditor.probes.dns_names import bare

MOST_NAMES = 20_000

#: Types whose names are learned: what answers lead on to. A name behind an address is not.
_LEARNED = frozenset({"CNAME", "DNAME", "NS", "MX", "SRV", "HTTPS", "SVCB"})


class Known:
    """Empty at first; grows by `learn`."""

    def __init__(self) -> None:
        self.addresses: dict[str, set[str]] = {}  # of names of gateways
        self.servers: dict[str, frozenset[str]] = {}  # addresses of the name servers of zones
        self.names: set[str] = set()  # that answers led to

    def learn(self, question: Question, answer: object) -> None:
        """Take in what an answer to an own question says."""
        if isinstance(question, DnsQuestion) and isinstance(answer, DnsAnswer):
            self._led_to(each.leads_to or "." for each in answer.records if each.rrtype in _LEARNED)
        elif isinstance(question, DelegationQuestion) and isinstance(answer, DelegationAnswer):
            zone = bare(question.zone)
            found = frozenset(str(ip_address(each.address)) for each in answer.servers if each.address)
            if bare(answer.cut) == zone:
                self.servers[zone] = found
            self._led_to(each.name for each in answer.servers)

    def found(self, host: str, addresses: Iterable[str]) -> None:
        """Take in what addresses the name of a gateway has."""
        self.addresses.setdefault(host, set()).update(addresses)

    def _led_to(self, names: Iterable[str]) -> None:
        for name in names:
            if len(self.names) >= MOST_NAMES:
                return
            self.names.add(bare(name))
