"""The declared zones as an audit finds them: where each is served, and which names it has.

Pure: what was found comes from the answers of the opening round. Must never take a server for a zone's own unless
the delegation or the configuration says so, for no question goes to strangers.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from auditor.config import Config, log_reader
from auditor.model import (
    DelegationAnswer,
    DelegationQuestion,
    InventoryAnswer,
    InventoryQuestion,
    NameServer,
    Observation,
    Probe,
    Role,
    Seen,
    TransferAnswer,
    TransferQuestion,
)
from auditor.plan.claims import outside
from auditor.plan.looks import Look

#: Addresses of name servers asked for one zone, at most; names of one zone tried, at most.
MAX_SERVERS = 32
MAX_NAMES = 20_000


def service_of(zone: str) -> str:
    """What a zone is called where a service's name would stand. No service can have a colon in its name."""
    return f"zone:{zone}"


def opening(look: Look) -> Iterator[Probe]:
    """What has to be known of the zones before anything is asked: who serves them, and which names they have."""
    config, vantage = look.config, look.vantage
    for zone, settings in config.zones.items():
        group = service_of(zone)
        if vantage in outside(config):
            if settings.delegation:
                yield look.probe(
                    Role.DELEGATION, group, f"delegation|{vantage}|{zone}", 0, delegation(config, vantage, zone)
                )
            continue
        for server in settings.transfer:
            asked = TransferQuestion(zone, server, group, keep=MAX_NAMES)
            yield look.probe(Role.INVENTORY, group, f"inventory|{vantage}|{server}", 0, asked)
        if settings.file is not None and vantage == log_reader(config):
            read = InventoryQuestion("zone", settings.file, (zone,))
            yield look.probe(Role.INVENTORY, group, f"inventory|{vantage}|{zone}", 0, read)


def delegation(config: Config, vantage: str, zone: str) -> DelegationQuestion:
    """The question where a zone is served, from the roots of this vantage."""
    return DelegationQuestion(zone, config.vantages[vantage].roots)


@dataclass(frozen=True, slots=True)
class Zones:
    """What is known of the declared zones. `delegations` by (vantage, zone), `inventory` by zone."""

    config: Config
    delegations: Mapping[tuple[str, str], DelegationAnswer] = field(default_factory=dict)
    inventory: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def found(cls, config: Config, asked: Iterable[Probe], seen: Iterable[Seen]) -> "Zones":
        answers = {each.probe: each.answer for each in seen if isinstance(each, Observation)}
        delegations: dict[tuple[str, str], DelegationAnswer] = {}
        inventory: dict[str, dict[str, None]] = {}
        for probe in asked:
            answer = answers.get(probe.id)
            if probe.role is Role.DELEGATION and isinstance(answer, DelegationAnswer):
                delegations[probe.vantage, probe.group.removeprefix("zone:")] = answer
            elif probe.role is Role.INVENTORY and isinstance(answer, TransferAnswer | InventoryAnswer):
                inventory.setdefault(probe.group.removeprefix("zone:"), {}).update(dict.fromkeys(answer.names))
        return cls(config, delegations, {zone: tuple(names)[:MAX_NAMES] for zone, names in inventory.items()})

    def zone_of(self, name: str) -> str | None:
        """The deepest declared zone that a name is in."""
        return self._enclosing(name, itself=True)

    def _enclosing(self, name: str, *, itself: bool) -> str | None:
        at = name if itself else name.partition(".")[2]
        while at:
            if at in self.config.zones:
                return at
            at = at.partition(".")[2]
        return None

    def is_internal(self, zone: str | None) -> bool:
        return zone is not None and self.config.zones[zone].scope == "internal"

    def is_delegated(self, vantage: str, zone: str) -> bool:
        """Whether the public tree, as this vantage followed it, has the zone as one of its own."""
        found = self.delegations.get((vantage, zone))
        return found is not None and found.cut == zone

    def listed(self, vantage: str, zone: str) -> tuple[NameServer, ...]:
        """The name servers that the delegation lists for a zone, addresses or not."""
        return self.delegations[vantage, zone].servers if self.is_delegated(vantage, zone) else ()

    def servers(self, vantage: str, zone: str) -> tuple[str, ...]:
        """Where a zone is served: every address of its delegation, and those that no delegation lists."""
        found = [server.address for server in self.listed(vantage, zone) if server.address is not None]
        return tuple(dict.fromkeys([*found, *self.config.zones[zone].servers]))[:MAX_SERVERS]

    def speakers(self, vantage: str, name: str) -> tuple[tuple[str, str], ...]:
        """Who speaks outside for a name: (server, the zone it speaks from).

        Of an internal zone that is not delegated its own servers do not; those of the declared zone above it do.
        """
        zone = self.zone_of(name)
        while zone is not None:
            if not self.is_internal(zone) or self.is_delegated(vantage, zone):
                servers = self.servers(vantage, zone)
                if servers:
                    return tuple((server, zone) for server in servers)
            zone = self._enclosing(zone, itself=False)
        return ()

    def everywhere(self, vantage: str) -> tuple[tuple[str, str], ...]:
        """Every server of every declared zone, once, with a zone that it answers for where one is known."""
        found: dict[str, str] = {}
        for public in (True, False):
            for zone in self.config.zones:
                if self.is_internal(zone) != public:
                    for server in self.servers(vantage, zone):
                        found.setdefault(server, zone)
        return tuple(found.items())
