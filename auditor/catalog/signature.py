"""What a row of the catalogue is: one form of a product's page, and how it is known.

Must never be read as proof by itself: a signature counts only where the answer to a random sibling lacks it.
"""

from dataclasses import dataclass
from typing import Literal

#: Where a fact is from. N: compared with a template of projectdiscovery/nuclei-templates. L: measured on the
#: product itself. K: what is known of the product, not compared with a running one.
Source = Literal["N", "L", "K"]

#: Families of content, as a fingerprint has them. A file without a known ending comes as octets.
JSON, HTML, TEXT, METRICS = ("json",), ("html",), ("text",), ("prometheus",)
FILE, ANY = ("text", "binary"), ()


@dataclass(frozen=True, slots=True)
class Guard:
    """What a product says that is there and lets nobody in: a status, with texts or a header beside it."""

    statuses: tuple[int, ...]
    body: tuple[str, ...] = ()
    header: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Signature:
    """One form of a product's page. All of `all_of`, one of `any_of` where there are some, and all of `header`.

    Texts are lower case, and compared without the spaces that JSON may or may not have. `families` are the kinds
    of content it comes as; none: any. A product may have several rows, one a form.
    """

    product: str
    pack: str
    paths: tuple[str, ...]  # request targets that are asked when its pack is chosen; none: never hunted
    all_of: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    families: tuple[str, ...] = ANY
    header: tuple[tuple[str, str], ...] = ()  # (name, fragment of its value), lower case
    guards: tuple[Guard, ...] = ()
    also: str = ""  # expression on the end of other paths behind which a service's own target may have it
    source: Source = "K"
    note: str = ""  # what was made stricter than the reference, and why


def tighten(text: str) -> str:
    """Lower case, one space at most, and none where JSON may have one: pretty and compact print read the same."""
    flat = " ".join(text.lower().split())
    for loose, tight in (
        (" : ", ":"),
        (": ", ":"),
        (", ", ","),
        ("{ ", "{"),
        ("[ ", "["),
        (" }", "}"),
        (" ]", "]"),
    ):
        flat = flat.replace(loose, tight)
    return flat


def realm(name: str, *statuses: int) -> Guard:
    """A login of HTTP's own (RFC 9110 section 11.6.1) whose realm names the product."""
    return Guard(statuses or (401,), header=(("www-authenticate", f'realm="{name}'),))
