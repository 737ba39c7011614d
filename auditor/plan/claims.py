"""What is at stake: every (target, entrance) that must be closed, as claims.

Must never depend on what was answered, but for the addresses a gateway's name resolved to.
"""

from collections.abc import Iterator, Mapping

from auditor.config import Config, GatewayConfig, ServiceConfig
from auditor.model import Aspect, Claim, Side
from auditor.plan.entrances import Entrance, addresses_at, endpoint, ways
from auditor.plan.names import shape_of_path

#: The entrance of every name: what the public DNS says of it.
PUBLIC_DNS = "public-dns"


def claim_key(service: str, aspect: Aspect, target: str, entrance: str, address: str | None) -> str:
    return f"{service}|{aspect}|{target}|{entrance}|{address or ''}"


def shape_key(aspect: Aspect, target: str, entrance: str, address: str | None, path: str = "") -> str:
    """What siblings are shared by: things of one shape at one entrance. `path`: the one asked for under a host.

    Two paths are of one shape in the same directory, with the same extension, closing slash and query; two hosts
    under the same parent; any two ports.
    """
    if aspect is Aspect.PORT:
        shape = "*"
    elif aspect is Aspect.HOST:
        shape = f"*.{target.partition('.')[2]}{path}"
    else:
        shape = shape_of_path(target)
    return f"siblings|{entrance}|{address or ''}|{aspect}|{shape}"


def truth_key(service: str, aspect: Aspect, target: str) -> str:
    return f"truth|{service}|{aspect}|{target}"


def host_path(service: ServiceConfig) -> str:
    """The path asked for under an internal name: the most telling one; health pages are all alike."""
    askable = (path for path in service.all_paths if service.probing(path) == "get")
    return next(askable, service.health or "/")


def gateway_endpoint(gateway: GatewayConfig) -> tuple[str, str, int]:
    """(scheme, host, port) of a gateway's base URL."""
    return endpoint(gateway.url)


def gateways_of(config: Config, service: ServiceConfig) -> tuple[str, ...]:
    return tuple(config.gateways) if service.gateways is None else service.gateways


def outside(config: Config) -> tuple[str, ...]:
    return tuple(name for name, vantage in config.vantages.items() if vantage.side is Side.OUTSIDE)


def inside(config: Config) -> tuple[str, ...]:
    return tuple(name for name, vantage in config.vantages.items() if vantage.side is Side.INSIDE)


def port_is_gateways_own(config: Config, gateway: str, port: int) -> bool:
    """A gateway listens on its own port by design: that it is open there says nothing about a service."""
    return gateway_endpoint(config.gateways[gateway])[2] == port


def resolvers_outside(config: Config) -> tuple[str, ...]:
    """Every resolver of every outside vantage, once, in the order of the configuration."""
    found: dict[str, None] = {}
    for name in outside(config):
        found.update(dict.fromkeys(config.vantages[name].resolvers))
    return tuple(found)


def claims_at(config: Config, addresses: Mapping[str, tuple[str | None, ...]]) -> tuple[Claim, ...]:
    """All claims through gateways, given the addresses of each; one without any keeps them, without an address.

    None among them: there may be more than were found, so that what all of them come to must stay open.
    """
    return tuple(
        claim
        for name, service in config.services.items()
        for claim in _of_service(config, name, service, addresses)
    )


def _of_service(
    config: Config, name: str, service: ServiceConfig, addresses: Mapping[str, tuple[str | None, ...]]
) -> Iterator[Claim]:
    for gateway in gateways_of(config, service):
        for entrance in ways(config, gateway):
            for address in addresses_at(entrance, addresses) or (None,):
                yield from _at_entrance(config, name, service, entrance, address)


def _at_entrance(
    config: Config, name: str, service: ServiceConfig, entrance: Entrance, address: str | None
) -> Iterator[Claim]:
    """Paths and hosts through every way in. Ports at the gateway's own addresses alone, and once."""
    if service.url is None:
        return
    for path in service.all_paths:
        yield _claim(name, Aspect.PATH, path, entrance, address, service)
    for host in service.names:
        yield _claim(name, Aspect.HOST, host, entrance, address, service)
    for port in service.ports if entrance.around is None else ():
        if not port_is_gateways_own(config, entrance.gateway, port):
            yield _claim(name, Aspect.PORT, str(port), entrance, address, service)


def _claim(
    service: str,
    aspect: Aspect,
    target: str,
    entrance: Entrance,
    address: str | None,
    config: ServiceConfig,
) -> Claim:
    through = entrance.name
    return Claim(
        key=claim_key(service, aspect, target, through, address),
        service=service,
        aspect=aspect,
        target=target,
        entrance=through,
        address=address,
        truth=truth_key(service, aspect, target),
        around=entrance.around,
        origin=entrance.origin,
        unasked=aspect is Aspect.PATH and config.probing(target) == "never",
        siblings=_siblings(aspect, target, through, address, config),
    )


def _siblings(aspect: Aspect, target: str, entrance: str, address: str | None, config: ServiceConfig) -> str:
    """Siblings are asked as their target is: what may be asked with HEAD alone has its own."""
    shape = shape_key(aspect, target, entrance, address, host_path(config))
    by_head = aspect is Aspect.PATH and config.probing(target) == "head"
    return f"{shape}|HEAD" if by_head else shape
