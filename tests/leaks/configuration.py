"""One configuration of the corpus: what its author wrote, meant and expects to be measured.

Must never be taken for the truth: `kind` and `classes` are claims of the author's, which test_corpus_truth holds
against what the applications saw.
"""

from dataclasses import dataclass
from typing import Any, Literal

from leaks.pages import CONTROL, INTERNAL
from leaks.places import DOMAIN

Kind = Literal["leaky", "sound", "confusing"]


@dataclass(frozen=True)
class Configuration:
    """A gateway's own lines, the application behind it, and what is at stake.

    `text` is filled in by `estate`: <<app>>, <<admin>>, <<public>>, <<id>>, <<listen>>, <<outside>>, <<inside>>,
    <<nowhere>> and <<inner1>>… stand for addresses and names.
    """

    id: str
    product: str
    app: str
    kind: Kind
    classes: tuple[str, ...]  # through which of them it is meant to leak; for sound ones: none
    sentence: str
    text: str
    path: str = INTERNAL  # what must stay inside, or what is asked under the internal name
    by_host: bool = False  # the internal name is at stake, not the path
    control: str = CONTROL
    allow: tuple[str, ...] = ("/public/*",)
    addresses: int = 1  # the gateway's own; <<listen>>, <<listen2>>, …
    inner: int = 0  # listeners of a second tier of the same product
    tls: bool = False  # the gateway's URL is https
    http_around: bool = False  # its operator names the plain listener beside https as a way around the gateway
    service_down: bool = False  # the inside vantage is pointed at an address where nothing listens
    warm: bool = False  # someone inside asks through the gateway first
    sometimes: bool = False  # whether it leaks depends on which of several backends is asked

    @property
    def public(self) -> str:
        """The gateway's own name."""
        return f"{self.id}.{DOMAIN}"

    @property
    def admin(self) -> str:
        """The internal name, where a host is at stake."""
        return f"admin-{self.id}.{DOMAIN}"


def of(product: str, id: str, app: str, classes: str, sentence: str, text: str, **more: Any) -> Configuration:
    """A configuration that is leaky where it names classes, and sound where it names none."""
    kind: Kind = "leaky" if classes else "sound"
    return Configuration(id, product, app, kind, tuple(classes.split()), sentence, text, **more)
