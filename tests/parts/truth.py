"""What is true of the company in its state, and which verdicts are right about it.

Found out by raw clients on both sides and the app's witness; the table of states is not asked. Must never use the
product, for the product is what this is held against.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from parts.app import MARKS
from parts.company import Company
from parts.configs import API, APP_PORT, CONTROL, HEALTH, INTERNAL, INTERNAL_APP, PATHS, PUBLIC_SITE
from parts.looking import Raw, ask, connects, nonce, resolve
from parts.network import APP, GATEWAY, INTERNAL_DNS, INTERNAL_GATEWAY, PUBLIC_DNS, SITE

#: Gateway as configured -> (port, whether it speaks TLS).
GATEWAYS = {"public": (80, False), "public-tls": (443, True)}
PUBLIC_NAMES = "public-dns"

#: (service, target, entrance) of a verdict.
Key = tuple[str, str, str]

BAD = frozenset({"exposed", "suspected", "guarded", "routed", "resolves"})
INCONCLUSIVE = frozenset({"unproven", "untested"})


@dataclass(frozen=True)
class Try:
    """One request outside: what came back, and whether the app saw it."""

    answer: Raw
    reached: bool

    def shows(self, mark: str) -> bool:
        return self.answer.status == 200 and mark.encode() in self.answer.body


@dataclass(frozen=True)
class Truth:
    """The verdicts that are right, and why; one entry for each thing at stake."""

    right: dict[Key, frozenset[str]]
    why: dict[Key, str]

    @property
    def leaks(self) -> bool:
        return any(verdicts <= BAD for verdicts in self.right.values())

    @property
    def all_closed(self) -> bool:
        return all(verdicts == {"closed"} for verdicts in self.right.values())


def truth(company: Company) -> Truth:
    """Looks at everything that is at stake, from both sides."""
    right: dict[Key, frozenset[str]] = {}
    why: dict[Key, str] = {}
    sighted = company.outside(_sighted)
    for key, verdicts, reason in (*_names(company, sighted), *_gateways(company, sighted)):
        right[key], why[key] = verdicts, reason
    return Truth(right, why)


def _sighted() -> bool:
    return bool(resolve(PUBLIC_DNS, PUBLIC_SITE).addresses) and ask(SITE, 80, PUBLIC_SITE, "/").status == 200


def _names(company: Company, sighted: bool) -> Iterator[tuple[Key, frozenset[str], str]]:
    for service, name in (("internal-api", INTERNAL), ("app", INTERNAL_APP)):
        out = company.outside(resolve, PUBLIC_DNS, name)
        stranger = company.outside(resolve, PUBLIC_DNS, f"{nonce()}.shop.example")
        known = company.outside(resolve, PUBLIC_DNS, API)
        within = company.inside(resolve, INTERNAL_DNS, name)
        told = f"outside {out}, a stranger {stranger}, the gateway {known}, inside {within}, sighted {sighted}"
        if out.addresses and out.addresses == stranger.addresses:
            # By its name alone it cannot be told from one that does not exist, but its address is of documentation
            # space: what is special by the registries leaks whatever gives it out.
            verdicts = frozenset({"resolves"})
        elif out.addresses:
            verdicts = frozenset({"resolves"})
        elif out.rcode == "NXDOMAIN" and known.addresses and within.addresses and sighted:
            verdicts = frozenset({"closed"})
        else:
            verdicts = INCONCLUSIVE
        yield (service, name, PUBLIC_NAMES), verdicts, told


def _gateways(company: Company, sighted: bool) -> Iterator[tuple[Key, frozenset[str], str]]:
    inside_names = bool(company.inside(resolve, INTERNAL_DNS, INTERNAL_APP).addresses)
    for gateway in GATEWAYS:
        control = _try(company, gateway, API, CONTROL).shows(MARKS[CONTROL])
        able = sighted and control and inside_names
        for path in PATHS:
            answer = company.inside(ask, INTERNAL_GATEWAY, 80, INTERNAL, path)
            proven = able and answer.status == 200
            seen = _try(company, gateway, API, path)
            yield ("internal-api", path, gateway), _of_request(seen, MARKS[path], proven), f"{seen}, able {able}"
        # An internal name is tried as a host with the service's first path, or its health where it has none.
        for service, host, path, inside in (
            ("internal-api", INTERNAL, PATHS[0], (INTERNAL_GATEWAY, 80)),
            ("app", INTERNAL_APP, HEALTH, (APP, APP_PORT)),
        ):
            yield (service, host, gateway), *_of_host(company, gateway, host, path, inside, able)
        yield ("app", str(APP_PORT), gateway), *_of_port(company, able)
        if GATEWAYS[gateway][1]:
            # Its certificate names the public API alone; that one of the names inside is alive proves the search.
            alive = bool(company.inside(resolve, INTERNAL_DNS, INTERNAL).addresses)
            proven = sighted and control and alive
            verdicts = frozenset({"closed"}) if proven else INCONCLUSIVE
            yield (f"gateway:{gateway}", "certificate", gateway), verdicts, f"control {control}, alive {alive}"


def _try(company: Company, gateway: str, host: str, path: str) -> Try:
    port, tls = GATEWAYS[gateway]
    mark, token = company.witness.mark(), nonce()
    answer = company.outside(ask, GATEWAY, port, host, path, tls=tls, nonce=token)
    seen = [each for each in company.witness.since(mark) if each.nonce == token and each.from_edge]
    return Try(answer, bool(seen))


def _of_request(seen: Try, mark: str, proven: bool) -> frozenset[str]:
    """Positive evidence counts whatever else is down; silence only where it is proven to mean something."""
    if seen.shows(mark):
        return frozenset({"exposed"})
    if seen.reached:
        return frozenset({"guarded"} if seen.answer.status in (401, 403) else {"routed"})
    return frozenset({"closed"}) if proven else INCONCLUSIVE


def _of_host(
    company: Company, gateway: str, host: str, path: str, inside: tuple[str, int], able: bool
) -> tuple[frozenset[str], str]:
    mark, stranger = MARKS[path], f"{nonce()[:12]}.shop.example"
    answer = company.inside(ask, *inside, host, path)
    indistinct = mark.encode() in company.inside(ask, *inside, stranger, path).body
    seen = _try(company, gateway, host, path)
    other = _try(company, gateway, stranger, path)
    told = f"{seen}, a stranger {other}, inside all hosts alike {indistinct}, able {able}"
    if seen.shows(mark) and other.shows(mark) and indistinct:
        return frozenset({"exposed"}) | INCONCLUSIVE, told  # it is served, but not because of its name
    return _of_request(seen, mark, able and answer.status == 200), told


def _of_port(company: Company, able: bool) -> tuple[frozenset[str], str]:
    there = company.inside(connects, APP, APP_PORT)
    open_outside = company.outside(connects, GATEWAY, APP_PORT)
    told = f"outside {open_outside}, inside {there}, able {able}"
    if open_outside:
        return frozenset({"exposed"}), told
    return (frozenset({"closed"}) if able and there else INCONCLUSIVE), told
