"""Who is let in at a public path: what its answers amount to, and the ordered table of what follows.

Must never call a path open or down because of what was not seen, nor down from a vantage that could not see. What
is served without credentials counts whatever the controls say.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from auditor.judge.book import Control
from auditor.judge.ruling import Ruling
from auditor.model import Confidence, Reason, Verdict

_V, _R, _C = Verdict, Reason, Confidence


class Said(Enum):
    """What one answer amounts to, for someone who wants to know whether they are let in."""

    SERVED = "served"  # 2xx
    EMPTY = "empty"  # 2xx without a body
    FORM = "form"  # 2xx, a page that asks for a password
    ENVELOPE = "envelope"  # 2xx, and an error inside
    REDIRECT = "redirect"  # 3xx, and not to a login
    DENIED = "denied"  # 401, 403, 407, or 3xx to a login
    ABSENT = "absent"  # 404, 410
    FAILED = "failed"  # 5xx
    UNCLEAR = "unclear"  # any other status
    LIMITED = "limited"  # 429
    CHALLENGE = "challenge"
    BLOCKED = "blocked"  # a web application firewall's own page
    SILENT = "silent"  # no answer, and that is the entrance's doing
    OURS = "ours"  # no answer, and it may be our own doing
    WITHHELD = "withheld"  # its credential was not at hand, so that it was not asked
    UNSEEN = "unseen"  # not observed
    UNASKED = "unasked"  # not planned


_S = Said
_SUCCESS = frozenset({_S.SERVED, _S.EMPTY, _S.FORM, _S.ENVELOPE})


@dataclass(frozen=True, slots=True)
class PublicFacts:
    """One sighting of a public path at one entrance. By default it denies, answers its token, and all is well."""

    denied: bool = True  # declared: denied without credentials; else it is meant for everyone
    declared: bool = True  # at the entrance that must serve it; else at one that is only compared
    sighted: bool = True
    entrance: Control = Control.GOOD  # the known-public answer, before and after
    said: Said = Said.DENIED  # without credentials
    token: Said = Said.SERVED  # with them
    siblings_known: bool = True  # at least one random path was answered without credentials
    whole: bool = True  # all of them were, before and after
    stable: bool = True  # alike, and the target is as all of them or as none
    like_sibling: bool = False  # as any of them
    token_sibling_known: bool = True  # a random path was answered with credentials
    token_like_sibling: bool = False
    same: bool = False  # 2xx without credentials, and what the path says with them
    identified: bool = True  # what it says with them is enough to know it by
    resembles: bool = False  # 2xx without credentials, like what it says with them somewhere
    reference: bool = True  # what it says with credentials is known from some entrance
    denied_elsewhere: bool = True  # the declared entrance denies it without credentials
    shut: str | None = None  # a way around a gateway: refused, unreachable or silent, to everything alike
    thrice: bool = False  # so it was in three sightings of three

    @property
    def success(self) -> bool:
        return self.said in _SUCCESS

    @property
    def apart(self) -> bool:
        """Answered as none of the random paths beside it, which are alike."""
        return self.siblings_known and self.stable and not self.like_sibling

    @property
    def token_answers(self) -> bool:
        return self.token in (_S.SERVED, _S.EMPTY)

    @property
    def tokenless(self) -> bool:
        """There is no word on what the path says with credentials, for none are configured or at hand."""
        return self.token in (_S.UNASKED, _S.WITHHELD)


@dataclass(frozen=True, slots=True)
class PublicRule:
    """One row: its step, the condition in words and in code, and what follows from it."""

    step: int
    words: str
    when: Callable[[PublicFacts], bool]
    verdict: Verdict
    reason: Reason
    confidence: Confidence | None = None


PUBLIC_RULES: tuple[PublicRule, ...] = (
    # 1 - let in without credentials: whatever the controls say
    PublicRule(1, "must deny; 2xx without credentials, the same as with them, unlike the siblings",
               lambda f: f.denied and f.same and f.siblings_known and not f.like_sibling
               and (f.declared or f.identified),
               _V.UNAUTHENTICATED, _R.SAME_AS_AUTHENTICATED, _C.HIGH),
    PublicRule(1, "the same, and no sibling was answered",
               lambda f: f.denied and f.same and not f.siblings_known and f.identified,
               _V.UNAUTHENTICATED, _R.SAME_AS_AUTHENTICATED, _C.LOW),
    PublicRule(1, "must deny; 2xx with content, unlike the siblings, which are alike",
               lambda f: f.denied and f.declared and f.said is _S.SERVED and f.apart,
               _V.UNAUTHENTICATED, _R.NOT_DENIED, _C.MEDIUM),
    PublicRule(1, "the same without a body",
               lambda f: f.denied and f.declared and f.said is _S.EMPTY and f.apart,
               _V.UNAUTHENTICATED, _R.NOT_DENIED, _C.LOW),
    PublicRule(1, "the same with content at another entrance, similar to what it says with credentials",
               lambda f: f.denied and not f.declared and f.said is _S.SERVED and f.apart and f.resembles,
               _V.UNAUTHENTICATED, _R.NOT_DENIED, _C.MEDIUM),
    PublicRule(1, "the same at another entrance, while its own denies; what it says with credentials is not known",
               lambda f: f.denied and not f.declared and f.said is _S.SERVED and f.apart and not f.reference
               and f.denied_elsewhere,
               _V.UNAUTHENTICATED, _R.NOT_DENIED, _C.LOW),
    # 2 - we were kept from looking
    PublicRule(2, "429", lambda f: f.said is _S.LIMITED, _V.UNTESTED, _R.RATE_LIMITED),
    PublicRule(2, "a challenge", lambda f: f.said is _S.CHALLENGE, _V.UNTESTED, _R.CHALLENGE),
    PublicRule(2, "the page of a web application firewall", lambda f: f.said is _S.BLOCKED,
               _V.UNTESTED, _R.BLOCKED),
    PublicRule(2, "the prober or the way to look failed", lambda f: f.said is _S.OURS,
               _V.UNTESTED, _R.TRANSPORT_ERROR),
    PublicRule(2, "it was not observed", lambda f: f.said in (_S.UNSEEN, _S.UNASKED, _S.WITHHELD),
               _V.UNTESTED, _R.NOT_RUN),
    PublicRule(2, "the vantage was not sighted", lambda f: not f.sighted, _V.UNTESTED, _R.BLIND),
    # 3 - another entrance that has no such path
    PublicRule(3, "at another entrance: as every sibling, or 404 or 410; its known-public answer came",
               lambda f: not f.declared and f.whole and f.entrance is Control.GOOD
               and (f.said is _S.ABSENT
                    or (f.like_sibling and f.stable and f.said not in (_S.FAILED, _S.SILENT))),
               _V.OPEN, _R.NOT_SERVED, _C.MEDIUM),
    PublicRule(3, "the same, and its control was never measured",
               lambda f: not f.declared and (f.said is _S.ABSENT or f.like_sibling)
               and f.entrance is Control.MISSING,
               _V.UNPROVEN, _R.CONTROL_MISSING),
    PublicRule(3, "the same, and its control failed",
               lambda f: not f.declared and (f.said is _S.ABSENT or f.like_sibling)
               and f.entrance is Control.FAILED,
               _V.UNPROVEN, _R.OUTSIDE_CONTROL_FAILED),
    PublicRule(3, "a way around a gateway that turns everything away before a connection stands",
               lambda f: not f.declared and f.said is _S.SILENT and f.shut in ("refused", "unreachable")
               and f.entrance is Control.GOOD,
               _V.OPEN, _R.NOT_SERVED, _C.MEDIUM),
    PublicRule(3, "one that is silent to everything, three times of three",
               lambda f: not f.declared and f.said is _S.SILENT and f.shut == "silent" and f.thrice
               and f.entrance is Control.GOOD,
               _V.OPEN, _R.NOT_SERVED, _C.LOW),
    PublicRule(3, "at another entrance: no answer", lambda f: not f.declared and f.said is _S.SILENT,
               _V.UNTESTED, _R.TRANSPORT_ERROR),
    PublicRule(3, "at another entrance: 5xx", lambda f: not f.declared and f.said is _S.FAILED,
               _V.UNPROVEN, _R.UNEXPLAINED_5XX),
    # 4 - what everything beside it gets as well
    PublicRule(4, "2xx or 3xx, and not every sibling was answered",
               lambda f: (f.success or f.said is _S.REDIRECT) and not f.whole,
               _V.UNPROVEN, _R.CONTROL_MISSING),
    PublicRule(4, "2xx or 3xx, siblings unstable",
               lambda f: (f.success or f.said is _S.REDIRECT) and not f.stable,
               _V.UNPROVEN, _R.UNSTABLE_CONTROL),
    PublicRule(4, "2xx or 3xx, same as every sibling",
               lambda f: (f.success or f.said is _S.REDIRECT) and f.like_sibling,
               _V.UNPROVEN, _R.PAGE_FOR_EVERYTHING),
    # 5 - meant for everyone
    PublicRule(5, "for everyone: 2xx, or 3xx to no login, unlike the siblings",
               lambda f: not f.denied and f.said in (_S.SERVED, _S.EMPTY, _S.FORM, _S.REDIRECT),
               _V.OPEN, _R.SERVES_EVERYONE, _C.HIGH),
    PublicRule(5, "for everyone: denied at another entrance, unlike the siblings",
               lambda f: not f.denied and not f.declared and f.said is _S.DENIED and f.apart and f.whole,
               _V.OPEN, _R.STRICTER, _C.MEDIUM),
    PublicRule(5, "for everyone: 401, 403, 407 or a redirect to a login",
               lambda f: not f.denied and f.declared and f.said is _S.DENIED,
               _V.OUTAGE, _R.DENIED_TO_ALL, _C.HIGH),
    PublicRule(5, "for everyone: 404 or 410",
               lambda f: not f.denied and f.declared and f.said is _S.ABSENT,
               _V.OUTAGE, _R.NOT_FOUND, _C.HIGH),
    # 6 - with credentials
    PublicRule(6, "with credentials: 429", lambda f: f.denied and f.token is _S.LIMITED,
               _V.UNTESTED, _R.RATE_LIMITED),
    PublicRule(6, "with credentials: a challenge", lambda f: f.denied and f.token is _S.CHALLENGE,
               _V.UNTESTED, _R.CHALLENGE),
    PublicRule(6, "with credentials: the page of a web application firewall",
               lambda f: f.denied and f.token is _S.BLOCKED, _V.UNTESTED, _R.BLOCKED),
    PublicRule(6, "with credentials: the prober or the way to look failed",
               lambda f: f.denied and f.token is _S.OURS, _V.UNTESTED, _R.TRANSPORT_ERROR),
    PublicRule(6, "with credentials: not observed", lambda f: f.denied and f.token is _S.UNSEEN,
               _V.UNTESTED, _R.NOT_RUN),
    PublicRule(6, "with credentials: 401, 403, 407 or a redirect to a login",
               lambda f: f.denied and f.declared and f.token is _S.DENIED, _V.OUTAGE, _R.TOKEN_REFUSED, _C.HIGH),
    PublicRule(6, "with credentials: 404 or 410", lambda f: f.denied and f.declared and f.token is _S.ABSENT,
               _V.OUTAGE, _R.NOT_FOUND, _C.HIGH),
    PublicRule(6, "5xx; where it must deny: with credentials, or without where none are known",
               lambda f: f.declared and (f.token is _S.FAILED if f.denied and not f.tokenless
                                         else f.said is _S.FAILED),
               _V.OUTAGE, _R.SERVER_ERROR, _C.HIGH),
    PublicRule(6, "the same for no answer; the known-public answer came",
               lambda f: f.declared and f.entrance is Control.GOOD
               and (f.token is _S.SILENT if f.denied and not f.tokenless else f.said is _S.SILENT),
               _V.OUTAGE, _R.NO_ANSWER, _C.HIGH),
    PublicRule(6, "the same for no answer",
               lambda f: f.declared and (f.token is _S.SILENT if f.denied and not f.tokenless
                                         else f.said is _S.SILENT),
               _V.OUTAGE, _R.NO_ANSWER, _C.MEDIUM),
    PublicRule(6, "with credentials: 2xx, and no random path was answered with them",
               lambda f: f.denied and f.token_answers and not f.token_sibling_known,
               _V.UNPROVEN, _R.CONTROL_MISSING),
    PublicRule(6, "with credentials: 2xx, and a random path gets the same with them",
               lambda f: f.denied and f.token_answers and f.token_like_sibling,
               _V.UNPROVEN, _R.PAGE_FOR_EVERYTHING),
    # 7 - denied, as it must be
    PublicRule(7, "denied without credentials, 2xx with them",
               lambda f: f.denied and f.said is _S.DENIED and f.token_answers,
               _V.OPEN, _R.DENIES_AND_SERVES, _C.HIGH),
    PublicRule(7, "404 or 410 without credentials, 2xx with them",
               lambda f: f.denied and f.said is _S.ABSENT and f.token_answers,
               _V.OPEN, _R.HIDES_AND_SERVES, _C.MEDIUM),
    PublicRule(7, "denied without credentials, which are configured and not at hand",
               lambda f: f.denied and f.said is _S.DENIED and f.token is _S.WITHHELD,
               _V.UNPROVEN, _R.CREDENTIAL_MISSING),
    PublicRule(7, "denied, unlike the siblings; or as they are, and the known-public answer came",
               lambda f: f.denied and f.said is _S.DENIED and f.token is _S.UNASKED
               and ((f.apart and f.whole) or f.entrance is Control.GOOD),
               _V.OPEN, _R.DENIES, _C.MEDIUM),
    PublicRule(7, "denied as the siblings are, and the control was never measured",
               lambda f: f.denied and f.said is _S.DENIED and f.token is _S.UNASKED
               and f.entrance is Control.MISSING,
               _V.UNPROVEN, _R.CONTROL_MISSING),
    PublicRule(7, "denied as the siblings are, and the control failed",
               lambda f: f.denied and f.said is _S.DENIED and f.token is _S.UNASKED,
               _V.UNPROVEN, _R.OUTSIDE_CONTROL_FAILED),
    # 8 - nothing that settles it
    PublicRule(8, "no answer without credentials", lambda f: f.said is _S.SILENT,
               _V.UNTESTED, _R.TRANSPORT_ERROR),
    PublicRule(8, "5xx without credentials", lambda f: f.said is _S.FAILED, _V.UNPROVEN, _R.UNEXPLAINED_5XX),
    PublicRule(8, "must deny; a page that asks for a password", lambda f: f.denied and f.said is _S.FORM,
               _V.UNPROVEN, _R.LOGIN_PAGE),
    PublicRule(8, "at another entrance: 2xx, unlike what the path says with credentials",
               lambda f: f.denied and not f.declared and f.said in (_S.SERVED, _S.EMPTY),
               _V.UNPROVEN, _R.OTHER_CONTENT),
    PublicRule(8, "any other answer", lambda f: True, _V.UNPROVEN, _R.UNCLEAR_ANSWER),
)  # fmt: skip


def decide_public(facts: PublicFacts) -> Ruling:
    """The first rule that holds. The last one always does."""
    rule = next(rule for rule in PUBLIC_RULES if rule.when(facts))
    return Ruling(rule.verdict, rule.reason, rule.confidence)
