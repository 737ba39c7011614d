"""One variant: another spelling of the same request that a gateway may read differently. Data, and one function.

Must never ask with anything but GET, HEAD and OPTIONS, and never change the address that is talked to.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal

from auditor.model import Aspect, HttpQuestion
from auditor.plan.variants.parts import Absent, Parts, Spelling
from auditor.plan.variants.techniques import Technique


class Tier(StrEnum):
    """How much a variant may disturb. There is no third: what can act on others or on state is not here."""

    SAFE = "safe"  # a well-formed read
    CAUTION = "caution"  # a read that caches, bans or filters may take amiss; asked for class by class


class Through(StrEnum):
    """Whether a form goes by way of a prefix that the gateway is meant to forward."""

    NOTHING = "nothing"
    PREFIX_OR_RANDOM = "prefix_or_random"  # a random segment where no prefix is known
    PREFIX = "prefix"  # says nothing without one


#: For `host_header` and `sni`: the entrance's own name, as if no other were at stake.
ENTRANCE = "{entrance}"


@dataclass(frozen=True, slots=True)
class Variant:
    """Another spelling. Texts are forms over the parts of the question (`parts.FIELDS`); None leaves as it was."""

    id: str
    technique: Technique
    aspects: frozenset[Aspect]
    tier: Tier = Tier.SAFE
    core: bool = False  # one of the few that every target is worth
    path: str | None = None  # the query of the target follows it
    target: str | None = None  # the whole of it
    method: Literal["GET", "HEAD", "OPTIONS"] | None = None
    version: Literal["1.1", "1.0"] | None = None
    host_header: str | None = None  # "" with HTTP/1.0: none is sent
    sni: str | None = None  # "": none is sent
    headers: tuple[tuple[str, str], ...] = ()
    through: Through = Through.NOTHING
    busted: bool = False  # asks with a query of its own, lest a shared cache keep the answer for others
    prefix: str | None = None  # the one it goes through, once there is one

    @property
    def class_id(self) -> str:
        return self.technique.id

    @property
    def is_baseline(self) -> bool:
        return self.id == "baseline"

    def within(self, prefix: str) -> "Variant":
        """The same by way of this prefix; its id says so."""
        return replace(self, id=f"{self.id}:{prefix}", prefix=prefix)

    def ask(self, question: HttpQuestion, spelling: Spelling) -> HttpQuestion | None:
        """The plain question, spelled this way. None where that would be the same, or there is nothing to respell.

        For a sibling: the plain question to the sibling, with the spelling of the target.
        """
        if self.is_baseline:
            return question
        parts = Parts(question, spelling, self.prefix)
        try:
            asked = replace(
                question,
                target=self._target(parts),
                method=self.method or question.method,
                version=self.version or question.version,
                host_header=_name(self.host_header, question.host_header, parts),
                sni=_name(self.sni, question.sni, parts),
                headers=question.headers + tuple((name, form.format_map(parts)) for name, form in self.headers),
            )
        except Absent:
            return None
        # Plain http has no SNI: a change of that alone would never be seen.
        seen = replace(asked, sni=question.sni) if question.scheme == "http" else asked
        return None if seen == question else asked

    def _target(self, parts: Parts) -> str:
        if self.target is not None:
            target = self.target.format_map(parts)
        elif self.path is not None:
            target = self.path.format_map(parts)
            if parts.mark:
                target += ("&" if "?" in target else "?") + parts.query
        else:
            target = parts.question.target
        if self.busted:
            joint = "&" if "?" in target else "?"
            target += f"{joint}cb={parts.spelling.buster(self.id, parts.question.target)}"
        return target


def _name(form: str | None, plain: str | None, parts: Parts) -> str | None:
    if form is None:
        return plain
    return None if form == ENTRANCE else form.format_map(parts)
