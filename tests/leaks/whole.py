"""The estate as data: who sits where, and where each application writes.

Must never start anything.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from leaks.configuration import Configuration
from leaks.places import Places

#: The applications that run.
UP = ("tomcat", "express", "express-guarded", "starlette", "origin")

Listens = list[tuple[str, int]]


@dataclass(frozen=True)
class Estate:
    """What runs, and where everything is."""

    places: Places
    home: Path
    corpus: tuple[Configuration, ...]
    gateways: dict[str, tuple[str, ...]]  # configuration → its addresses
    inner: dict[str, tuple[str, ...]]  # configuration → addresses of its second tier

    def log(self, app: str) -> Path:
        """Where an application writes down what it answered: nonce, status, method, target."""
        return self.home / f"{app}.tsv"

    @property
    def ca_file(self) -> Path:
        return self.home / "gateway.pem"

    def of(self, product: str) -> list[Configuration]:
        return [each for each in self.corpus if each.product == product]

    def listens(self, product: str) -> Listens:
        return [(self.gateways[each.id][0], self.places.port) for each in self.of(product)]

    def filled(self, each: Configuration, text: str) -> str:
        """A configuration's text with addresses and names in it."""
        port = self.places.port
        values = {
            "app": self.places.app(each.app),
            "admin": each.admin,
            "public": each.public,
            "id": each.id,
            "upstream": each.id,
            "outside": self.places.outside,
            "inside": self.places.inside,
            **{f"inner{n}": f"{address}:{port}" for n, address in enumerate(self.inner[each.id], 1)},
        }
        return re.sub("<<([a-z0-9]+)>>", lambda found: values[found[1]], text)
