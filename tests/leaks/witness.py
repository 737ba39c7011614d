"""What is true of a configuration: each spelling sent to its gateway, and what the application wrote down of it.

Must never use the product, and must never conclude from an answer alone what an application's own log can tell.
"""

import secrets
from dataclasses import dataclass

from leaks.asking import Answer, ask
from leaks.configuration import Configuration
from leaks.logs import NONCE, Logs, Noted
from leaks.pages import INTERNAL
from leaks.spellings import Spelling, spellings
from leaks.whole import Estate

#: Classes whose forms are the path itself once normalised: dot segments, plain and encoded, an encoded letter.
SAME_BY_THE_STANDARD = frozenset({"P03", "P04", "P05"})

#: How often the usual spelling is sent: where several backends take turns, and elsewhere.
TURNS, FEW_TURNS = 9, 2


@dataclass(frozen=True)
class Tried:
    """One spelling: what came back, and what the application noted; None: it did not arrive."""

    spelling: Spelling
    address: str
    answer: Answer
    noted: Noted | None
    leaked: bool


@dataclass(frozen=True)
class Truth:
    """All that was measured of one configuration."""

    configuration: Configuration
    tried: tuple[Tried, ...]
    usual: dict[str, tuple[Tried, ...]]  # address → the usual spelling, sent several times
    inside: Answer  # the service's own answer, asked from inside
    control: Answer  # what the gateway says is public

    @property
    def leaks(self) -> tuple[Tried, ...]:
        return tuple(each for each in self.tried if each.leaked)

    @property
    def classes(self) -> frozenset[str]:
        """The classes by which it leaks."""
        return frozenset(each.spelling.cls for each in self.leaks)

    @property
    def latent(self) -> bool:
        """Whether the path went through, spelled as RFC 3986 takes it for the same, and nothing came out."""
        return any(
            each.spelling.cls in SAME_BY_THE_STANDARD and each.noted is not None and not each.leaked
            for each in self.tried
        )

    @property
    def knowable(self) -> bool:
        """Whether closed could be known: the service answered inside, and the entrance was open."""
        return self.inside.status == 200 and self.control.status == 200

    def leaking_variants(self, address: str, *, with_body: bool = False) -> frozenset[str]:
        """The product's variants that brought it out at an address; `with_body`: so that it can be read.

        None where it depends on whose turn it is: what leaked once need not do so again.
        """
        if self.configuration.sometimes:
            return frozenset()
        return frozenset(
            each.spelling.variant
            for each in self.leaks
            if each.spelling.variant is not None
            and each.address == address
            and (not with_body or each.spelling.method == "GET")
        )

    def leaks_around(self, address: str) -> bool:
        """Whether the path as it is configured leaks through the other listener of an address."""
        return any(each.address == address and each.spelling.other_listener for each in self.leaks)

    def usual_leaks(self, address: str) -> bool:
        """Whether the path or name as it is configured leaks at an address, every time."""
        return all(each.leaked for each in self.usual[address])


class Witness:
    """Measures configurations; each request carries a nonce by which the application's log is read."""

    def __init__(self, built: Estate) -> None:
        self._built = built
        self.logs = Logs(built)

    def warm(self, each: Configuration) -> None:
        """Someone inside asks through the gateway, where the configuration has it so."""
        if each.warm:
            where = self._built.places
            ask(self._built.gateways[each.id][0], where.port, where.inside, each.path, self._usual_host(each))

    def truth(self, each: Configuration) -> Truth:
        """Everything about one configuration."""
        self.warm(each)
        where, built = self._built.places, self._built
        every = spellings(each, where.port)
        sent = [
            (one, address, *self._send(each, one, address)) for one in every for address in built.gateways[each.id]
        ]
        again = [
            (every[0], address, *self._send(each, every[0], address))
            for address in built.gateways[each.id]
            for _ in range(TURNS if each.sometimes else FEW_TURNS)
        ]
        own = self._usual_host(each)
        control = self._gateway(each, Spelling("P01", each.control, own), built.gateways[each.id][0], "control")
        inside = self._inside(each)
        self.logs.settle(each.app)
        usual = [self._tried(each, inside, *one) for one in again]
        by_address = {
            address: tuple(t for t in usual if t.address == address) for address in built.gateways[each.id]
        }
        tried = tuple(self._tried(each, inside, *one) for one in sent)
        return Truth(each, (*tried, *usual), by_address, inside, control)

    def _usual_host(self, each: Configuration) -> str:
        where = self._built.places
        port, default = (where.tls_port, 443) if each.tls else (where.port, 80)
        return each.public if port == default else f"{each.public}:{port}"

    def _inside(self, each: Configuration) -> Answer:
        where = self._built.places
        address, _, port = where.app("nowhere" if each.service_down else each.app).rpartition(":")
        host = each.admin if each.by_host else where.app(each.app)
        return ask(address, int(port), where.inside, each.path, host)

    def _send(self, each: Configuration, one: Spelling, address: str) -> tuple[str, Answer]:
        nonce = secrets.token_hex(8)
        return nonce, self._gateway(each, one, address, nonce)

    def _gateway(self, each: Configuration, one: Spelling, address: str, nonce: str) -> Answer:
        where = self._built.places
        tls = each.tls and not one.other_listener
        return ask(
            address,
            where.tls_port if tls else where.port,
            where.outside,
            one.target,
            one.host,
            method=one.method,
            headers=((NONCE, nonce), *one.headers),
            version=one.version,
            sni=each.public if tls else None,
        )

    def _tried(
        self, each: Configuration, inside: Answer, one: Spelling, address: str, nonce: str, answer: Answer
    ) -> Tried:
        noted = self.logs.noted(each.app, nonce)
        return Tried(one, address, answer, noted, leaked(each, one.method, answer, noted, inside))


def leaked(each: Configuration, method: str, answer: Answer, noted: Noted | None, inside: Answer) -> bool:
    """Whether the thing that must stay inside came out.

    Its page came back, whoever kept it; or, where an answer has no body or no mark, the application served it.
    """
    if answer.shows(each.app):
        return True
    served = noted is not None and noted.served and answer.status == noted.status
    if each.path != INTERNAL:
        return served and answer.body == inside.body
    return served and method == "HEAD"
