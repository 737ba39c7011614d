"""The decision table for paths and hosts: ordered rules, the first that holds is the verdict.

Must never emit `closed` unless both controls succeeded: every rule for `closed` stands below the rules that send
a failed control away, or asks for both controls itself.
"""

from collections.abc import Callable
from dataclasses import dataclass

from auditor.judge.facts import Facts
from auditor.judge.ruling import Ruling
from auditor.model import Confidence, Reason, Verdict

_V, _R, _C = Verdict, Reason, Confidence


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: its step, the condition in words and in code, and what follows from it."""

    step: int
    words: str
    when: Callable[[Facts], bool]
    verdict: Verdict
    reason: Reason
    confidence: Confidence | None = None


RULES: tuple[Rule, ...] = (
    # 1 - somebody inside saw it
    Rule(1, "a canary or nonce answered, or the upstream's log shows a 2xx that is not the siblings' answer, "
         "or is the one of inside",
         lambda f: f.canary
         or (f.logged is not None and 200 <= f.logged < 300 and (not f.eq_sibling or f.eq_inside)),
         _V.EXPOSED, _R.CANARY, _C.CERTAIN),
    # 2 - the same as inside, and unlike the siblings: whatever the controls say
    Rule(2, "2xx, same as inside; no sibling was answered, and inside does not tell it from nonsense",
         lambda f: f.ok and f.eq_inside and not f.siblings_known and not f.distinct,
         _V.SUSPECTED, _R.LOW_INFORMATION, _C.LOW),
    Rule(2, "2xx, same as inside, unlike the siblings, too little to identify",
         lambda f: f.ok and f.eq_inside and not f.eq_sibling and not f.identified,
         _V.SUSPECTED, _R.LOW_INFORMATION, _C.LOW),
    Rule(2, "the same, from a cache that was not asked again",
         lambda f: f.ok and f.eq_inside and not f.eq_sibling and f.cached_unasked,
         _V.EXPOSED, _R.FROM_CACHE, _C.HIGH),
    Rule(2, "2xx, same as inside, unlike the siblings; the target is a host",
         lambda f: f.ok and f.eq_inside and not f.eq_sibling and f.host, _V.EXPOSED, _R.HOST_EXPOSED, _C.HIGH),
    Rule(2, "2xx, same as inside, unlike the siblings",
         lambda f: f.ok and f.eq_inside and not f.eq_sibling, _V.EXPOSED, _R.SAME_AS_INSIDE, _C.HIGH),
    # 3, 4 - everything is rewritten to the target; the product shows itself
    Rule(3, "2xx, same as inside, same as the siblings, and inside tells the target from nonsense; "
         "for a host: and the gateway's own name is not known to get the same",
         lambda f: f.ok and f.eq_inside and f.eq_sibling and f.distinct and f.identified and not f.own_name,
         _V.EXPOSED, _R.REWRITE_ALL, _C.HIGH),
    Rule(4, "2xx with a product signature of the target that the siblings lack, IN_OK",
         lambda f: f.ok and f.signature and f.siblings_known and f.in_ok, _V.EXPOSED, _R.SIGNATURE, _C.HIGH),
    Rule(4, "the same, not IN_OK", lambda f: f.ok and f.signature and f.siblings_known,
         _V.EXPOSED, _R.SIGNATURE, _C.MEDIUM),
    Rule(4, "2xx with a product signature of the target, and no sibling was answered",
         lambda f: f.ok and f.signature, _V.SUSPECTED, _R.LOW_INFORMATION, _C.LOW),
    Rule(4, "a cached answer was the same as inside, the one behind it is not; too little to identify",
         lambda f: f.cached_identity and not f.identified, _V.SUSPECTED, _R.LOW_INFORMATION, _C.LOW),
    Rule(4, "a cached answer was the same as inside, the one behind it is not",
         lambda f: f.cached_identity, _V.EXPOSED, _R.FROM_CACHE, _C.HIGH),
    # 5 - it arrived; or we were kept from looking
    Rule(5, "the upstream's log shows 401 or 403", lambda f: f.logged in (401, 403),
         _V.GUARDED, _R.UPSTREAM_AUTH, _C.CERTAIN),
    Rule(5, "the upstream's log shows another status", lambda f: f.logged is not None,
         _V.ROUTED, _R.UPSTREAM_LOG, _C.CERTAIN),
    Rule(5, "429", lambda f: f.is_status(429), _V.UNTESTED, _R.RATE_LIMITED),
    Rule(5, "a challenge", lambda f: f.challenge, _V.UNTESTED, _R.CHALLENGE),
    Rule(5, "the entrance was open to us in this audit, and then shut us out: 403, 429, a challenge, or nothing",
         lambda f: not f.out_ok and f.banned, _V.UNTESTED, _R.BANNED),
    Rule(5, "the prober or the way to look failed", lambda f: f.outside is None and f.ours,
         _V.UNTESTED, _R.TRANSPORT_ERROR),
    Rule(5, "a way around a gateway refuses every connection, of the siblings too; all controls good, the target "
         "live inside",
         lambda f: f.closed_off == "refused", _V.CLOSED, _R.PORT_REFUSED, _C.MEDIUM),
    Rule(5, "the same, unreachable", lambda f: f.closed_off == "unreachable",
         _V.CLOSED, _R.PORT_UNREACHABLE, _C.MEDIUM),
    Rule(5, "the same, silent, three times of three", lambda f: f.closed_off == "silent" and f.drop,
         _V.CLOSED, _R.PORT_SILENT, _C.LOW),
    Rule(5, "a way around a gateway gives no connection, and nothing was measured inside",
         lambda f: f.turned_away and f.out_ok and not f.in_ok and f.in_missing, _V.UNPROVEN, _R.CONTROL_MISSING),
    Rule(5, "the same, not IN_OK otherwise", lambda f: f.turned_away and f.out_ok and not f.in_ok,
         _V.UNPROVEN, _R.INSIDE_CONTROL_FAILED),
    Rule(5, "the same, and inside says 404 or 410", lambda f: f.turned_away and f.out_ok and f.stale,
         _V.UNPROVEN, _R.STALE_TARGET),
    Rule(5, "silence or a reset three times, only on the target; all controls good, the target live inside",
         lambda f: f.outside is None and f.drop and f.alert is None and f.out_ok and f.in_ok and f.stable
         and not f.stale,
         _V.CLOSED, _R.DROPPED, _C.LOW),
    Rule(5, "no answer, and an outside control was never measured",
         lambda f: f.outside is None and not f.out_ok and f.out_missing, _V.UNPROVEN, _R.CONTROL_MISSING),
    Rule(5, "no answer, and an outside control failed too",
         lambda f: f.outside is None and not f.out_ok, _V.UNPROVEN, _R.OUTSIDE_CONTROL_FAILED),
    Rule(5, "no answer otherwise", lambda f: f.outside is None and f.alert is None,
         _V.UNTESTED, _R.TRANSPORT_ERROR),
    Rule(5, "an answer from a cache that was not asked again", lambda f: f.cached_unasked,
         _V.UNTESTED, _R.NOT_RUN),
    # 6, 7 - a failed control proves nothing
    Rule(6, "an outside control was never measured", lambda f: not f.out_ok and f.out_missing,
         _V.UNPROVEN, _R.CONTROL_MISSING),
    Rule(6, "the known-public control was good on one side of the target and not on the other",
         lambda f: not f.out_ok and f.changed, _V.UNPROVEN, _R.GATEWAY_CHANGED),
    Rule(6, "not OUT_OK", lambda f: not f.out_ok, _V.UNPROVEN, _R.OUTSIDE_CONTROL_FAILED),
    Rule(7, "not IN_OK, 2xx unlike the siblings, which are stable",
         lambda f: not f.in_ok and f.ok and not f.eq_sibling and f.stable,
         _V.SUSPECTED, _R.NO_GROUND_TRUTH, _C.LOW),
    Rule(7, "nothing was measured inside", lambda f: not f.in_ok and f.in_missing,
         _V.UNPROVEN, _R.CONTROL_MISSING),
    Rule(7, "not IN_OK otherwise", lambda f: not f.in_ok, _V.UNPROVEN, _R.INSIDE_CONTROL_FAILED),
    # 8 - the target is not there inside; the service reads the variant as something else
    Rule(8, "inside says 404 or 410, 2xx unlike the siblings, which are stable",
         lambda f: f.stale and f.ok and not f.eq_sibling and f.stable,
         _V.SUSPECTED, _R.UNEXPECTED_CONTENT, _C.LOW),
    Rule(8, "inside says 404 or 410", lambda f: f.stale, _V.UNPROVEN, _R.STALE_TARGET),
    Rule(8, "2xx to a variant under a public prefix, answered as inside answers it, which is not the target",
         lambda f: f.ok and f.mounted and f.eq_inside_variant and f.variant_differs and not f.eq_inside,
         _V.CLOSED, _R.NOT_THE_TARGET, _C.MEDIUM),
    Rule(8, "a variant answered as inside answers it, which is not the target; from the upstream, siblings stable",
         lambda f: not f.baseline and f.eq_inside_variant and f.variant_differs and not f.eq_sibling
         and f.origin == "U" and f.stable and not f.not_in_log,
         _V.ROUTED, _R.LATENT, _C.MEDIUM),
    Rule(8, "a variant that is the target by RFC 3986 reached the upstream, which does not read it so",
         lambda f: f.equivalent and f.is_nonsense and f.origin == "U" and not f.not_in_log
         and (f.denies or f.absent or f.rejects),
         _V.ROUTED, _R.LATENT, _C.MEDIUM),
    Rule(8, "4xx or 501 to a variant that is not the target to the service: what it says to nonsense, to the "
         "siblings too",
         lambda f: f.is_nonsense and (f.denies or f.absent or f.rejects),
         _V.CLOSED, _R.NOT_THE_TARGET, _C.MEDIUM),
    # 9 - a success that is not the inside answer
    Rule(9, "2xx with a known block text of a web application firewall", lambda f: f.ok and f.waf,
         _V.CLOSED, _R.WAF_BLOCK, _C.MEDIUM),
    Rule(9, "2xx, same as every sibling, not the same as inside and yet similar to it",
         lambda f: f.ok and f.eq_sibling and f.stable and not f.eq_inside and f.resembles,
         _V.UNPROVEN, _R.GROUND_TRUTH_INDISTINCT),
    Rule(9, "2xx, same as every sibling, unlike inside",
         lambda f: f.ok and f.eq_sibling and f.stable and not f.eq_inside, _V.CLOSED, _R.CATCH_ALL, _C.MEDIUM),
    Rule(9, "2xx, same as the siblings and as inside, and nothing tells the target apart",
         lambda f: f.ok and f.eq_sibling and f.eq_inside, _V.UNPROVEN, _R.GROUND_TRUTH_INDISTINCT),
    Rule(9, "2xx, siblings unstable, similar to inside as they are not",
         lambda f: f.ok and not f.stable and f.similar,
         _V.EXPOSED, _R.SIMILAR_TO_INSIDE, _C.MEDIUM),
    Rule(9, "any answer but a redirect; the siblings before agree, the one after got something else",
         lambda f: not f.stable and f.shifted and (f.ok or f.denies or f.absent or f.rejects),
         _V.UNPROVEN, _R.GATEWAY_CHANGED),
    Rule(9, "2xx, siblings unstable", lambda f: f.ok and not f.stable, _V.UNPROVEN, _R.UNSTABLE_CONTROL),
    Rule(9, "2xx where inside asks for authentication", lambda f: f.ok and f.inside_denies,
         _V.EXPOSED, _R.AUTH_LOST_AT_EDGE, _C.MEDIUM),
    Rule(9, "2xx similar to inside as the siblings are not", lambda f: f.ok and f.similar,
         _V.EXPOSED, _R.SIMILAR_TO_INSIDE, _C.MEDIUM),
    Rule(9, "2xx with an error envelope", lambda f: f.ok and f.envelope, _V.ROUTED, _R.ERROR_ENVELOPE, _C.MEDIUM),
    Rule(9, "2xx without a body", lambda f: f.ok and f.empty, _V.ROUTED, _R.EMPTY_BODY, _C.LOW),
    Rule(9, "2xx otherwise", lambda f: f.ok, _V.SUSPECTED, _R.UNEXPLAINED_2XX, _C.LOW),
    # 10 - redirects
    Rule(10, "3xx to another spelling of the target, not followed, not the redirect that only inside gives",
         lambda f: f.redirects and f.canonical and not (f.redirect_inside and not f.redirect_sibling),
         _V.UNTESTED, _R.NOT_RUN),
    Rule(10, "3xx as some siblings are redirected, which are unstable; not the redirect that only inside gives",
         lambda f: f.redirects and not f.stable
         and (f.redirect_sibling or (f.sibling_redirected and not f.redirect_inside)),
         _V.UNPROVEN, _R.UNSTABLE_CONTROL),
    Rule(10, "3xx, the same redirect as every sibling, not the one of inside",
         lambda f: f.redirects and f.redirect_sibling and f.stable and not f.redirect_inside,
         _V.CLOSED, _R.CATCH_ALL, _C.MEDIUM),
    Rule(10, "3xx, and the service's log lacks it, and shows what it must",
         lambda f: f.redirects and f.stable and f.not_in_log, _V.CLOSED, _R.NOT_IN_LOG, _C.HIGH),
    Rule(10, "3xx, the same redirect for the siblings and inside; from the upstream",
         lambda f: f.redirects and f.redirect_sibling and f.redirect_inside and f.origin == "U",
         _V.GUARDED, _R.LOGIN_REDIRECT, _C.MEDIUM),
    Rule(10, "the same, from the gateway",
         lambda f: f.redirects and f.redirect_sibling and f.redirect_inside and f.origin == "G",
         _V.CLOSED, _R.CATCH_ALL, _C.MEDIUM),
    Rule(10, "the same, origin unknown",
         lambda f: f.redirects and f.redirect_sibling and f.redirect_inside,
         _V.UNPROVEN, _R.GROUND_TRUTH_INDISTINCT),
    Rule(10, "3xx, the redirect of inside, to a login",
         lambda f: f.redirects and f.redirect_inside and f.inside_login, _V.GUARDED, _R.LOGIN_REDIRECT, _C.HIGH),
    Rule(10, "3xx, the redirect of inside", lambda f: f.redirects and f.redirect_inside,
         _V.EXPOSED, _R.SAME_REDIRECT_AS_INSIDE, _C.MEDIUM),
    Rule(10, "3xx to a login, the siblings are not redirected",
         lambda f: f.redirects and f.location == "login" and not f.sibling_redirected,
         _V.GUARDED, _R.LOGIN_REDIRECT, _C.MEDIUM),
    Rule(10, "3xx otherwise", lambda f: f.redirects, _V.ROUTED, _R.PATH_SPECIFIC_REDIRECT, _C.LOW),
    # 11 - denials, and handshakes that were refused
    Rule(11, "4xx, 501 or a refused handshake, siblings unstable",
         lambda f: not f.stable and (f.denies or f.absent or f.rejects),
         _V.UNPROVEN, _R.UNSTABLE_CONTROL),
    Rule(11, "TLS alert 116, certificate required, only on the target",
         lambda f: f.alert == 116 and not f.alert_alike, _V.GUARDED, _R.CLIENT_CERTIFICATE, _C.HIGH),
    Rule(11, "another TLS alert, siblings unstable", lambda f: f.alert is not None and not f.stable,
         _V.UNPROVEN, _R.UNSTABLE_CONTROL),
    Rule(11, "a TLS alert, the same on every sibling", lambda f: f.alert is not None and f.alert_alike,
         _V.CLOSED, _R.TLS_REFUSED, _C.MEDIUM),
    Rule(11, "another TLS alert, the siblings were answered", lambda f: f.alert is not None,
         _V.CLOSED, _R.TLS_REFUSED, _C.LOW),
    Rule(11, "asks for a client certificate, the siblings do not",
         lambda f: f.client_certificate and not f.eq_sibling and (f.denies or f.rejects),
         _V.GUARDED, _R.CLIENT_CERTIFICATE, _C.MEDIUM),
    Rule(11, "401, 403 or 407, and the service's log lacks it, and shows what it must",
         lambda f: f.denies and f.not_in_log, _V.CLOSED, _R.NOT_IN_LOG, _C.HIGH),
    Rule(11, "401, 403 or 407 from the upstream, the same as inside",
         lambda f: f.denies and f.origin == "U" and f.eq_inside, _V.GUARDED, _R.UPSTREAM_AUTH, _C.HIGH),
    Rule(11, "401, 403 or 407 from the upstream", lambda f: f.denies and f.origin == "U",
         _V.GUARDED, _R.UPSTREAM_AUTH, _C.MEDIUM),
    Rule(11, "401, 403 or 407 from the gateway, the same as the siblings",
         lambda f: f.denies and f.origin == "G" and f.eq_sibling, _V.CLOSED, _R.GATEWAY_DENY, _C.HIGH),
    Rule(11, "401, 403 or 407 from the gateway", lambda f: f.denies and f.origin == "G",
         _V.CLOSED, _R.GATEWAY_DENY, _C.MEDIUM),
    Rule(11, "401, 403 or 407, same as the siblings, unlike anything inside",
         lambda f: f.denies and f.eq_sibling and not f.maybe_upstream, _V.CLOSED, _R.UNIFORM_DENY, _C.LOW),
    Rule(11, "401, 403 or 407, same as the siblings", lambda f: f.denies and f.eq_sibling,
         _V.UNPROVEN, _R.ORIGIN_UNKNOWN),
    Rule(11, "401, 403 or 407, unlike the siblings", lambda f: f.denies,
         _V.GUARDED, _R.UNKNOWN_ORIGIN_DENY, _C.LOW),
    # 12 - not found
    Rule(12, "404 or 410, and the service's log lacks it, and shows what it must",
         lambda f: f.absent and f.not_in_log, _V.CLOSED, _R.NOT_IN_LOG, _C.HIGH),
    Rule(12, "404 or 410 from the upstream", lambda f: f.absent and f.origin == "U",
         _V.ROUTED, _R.UPSTREAM_404, _C.MEDIUM),
    Rule(12, "404 or 410 from the gateway", lambda f: f.absent and f.origin == "G",
         _V.CLOSED, _R.GATEWAY_404, _C.HIGH),
    Rule(12, "404 or 410, same as the siblings, unlike anything inside",
         lambda f: f.absent and f.eq_sibling and not f.maybe_upstream, _V.CLOSED, _R.UNIFORM_404, _C.LOW),
    Rule(12, "404 or 410 where inside the canary answers, whatever the host",
         lambda f: f.absent and f.no_canary and f.origin == "?", _V.CLOSED, _R.NO_CANARY, _C.MEDIUM),
    Rule(12, "404 or 410 otherwise", lambda f: f.absent, _V.UNPROVEN, _R.ORIGIN_UNKNOWN),
    # 13 - rejected
    Rule(13, "another 4xx or 501, and the service's log lacks it, and shows what it must",
         lambda f: f.rejects and f.not_in_log, _V.CLOSED, _R.NOT_IN_LOG, _C.HIGH),
    Rule(13, "another 4xx or 501 from the upstream", lambda f: f.rejects and f.origin == "U",
         _V.ROUTED, _R.UPSTREAM_ERROR, _C.MEDIUM),
    Rule(13, "another 4xx or 501 from the gateway", lambda f: f.rejects and f.origin == "G",
         _V.CLOSED, _R.VARIANT_REJECTED, _C.HIGH),
    Rule(13, "421, same as the siblings, unlike anything inside",
         lambda f: f.is_status(421) and f.eq_sibling and not f.maybe_upstream,
         _V.CLOSED, _R.VARIANT_REJECTED, _C.LOW),
    Rule(13, "another 4xx or 501, same as the siblings, unlike anything inside",
         lambda f: f.rejects and f.eq_sibling and not f.maybe_upstream, _V.CLOSED, _R.UNIFORM_ERROR, _C.LOW),
    Rule(13, "another 4xx or 501 otherwise", lambda f: f.rejects, _V.UNPROVEN, _R.ORIGIN_UNKNOWN),
    # 14 - failures
    Rule(14, "5xx, and a sibling too", lambda f: f.fails and f.sibling_5xx,
         _V.UNPROVEN, _R.OUTSIDE_CONTROL_FAILED),
    Rule(14, "502, 503 or 504 for this path alone", lambda f: f.is_status(502, 503, 504) and f.path_specific,
         _V.ROUTED, _R.UPSTREAM_UNREACHABLE, _C.MEDIUM),
    Rule(14, "5xx with a stack trace, or from the upstream", lambda f: f.fails and (f.trace or f.origin == "U"),
         _V.ROUTED, _R.UPSTREAM_CRASH, _C.HIGH),
    Rule(14, "5xx otherwise", lambda f: f.fails, _V.UNPROVEN, _R.UNEXPLAINED_5XX),
    # what is no final status of HTTP (1xx, 0)
    Rule(14, "no status that an answer can have", lambda f: True, _V.UNPROVEN, _R.ORIGIN_UNKNOWN),
)  # fmt: skip

#: The most that an answer without a body can show (step 15); who saw it inside knows better.
_CAPPED = frozenset({Verdict.EXPOSED, Verdict.SUSPECTED})


#: That the service was reached: no likeness any more where its log shows it.
_REACHED = frozenset({_R.UPSTREAM_AUTH, _R.UPSTREAM_404, _R.UPSTREAM_ERROR, _R.UPSTREAM_CRASH, _R.LATENT})


def decide(facts: Facts) -> Ruling:
    """The verdict on one sighting: the first rule that holds."""
    rule = next(rule for rule in RULES if rule.when(facts))
    leaks = facts.leaks
    if facts.trace and "stack trace" not in leaks:
        leaks = (*leaks, "stack trace")
    if facts.bodiless and rule.step != 1 and rule.verdict in _CAPPED:
        return Ruling(_V.ROUTED, _R.EMPTY_BODY, _C.LOW, leaks)
    if facts.log_lost and rule.verdict is _V.CLOSED:
        return Ruling(_V.UNPROVEN, _R.CONTROL_MISSING, None, leaks)  # the log might have shown that it arrived
    confidence = _C.CERTAIN if facts.arrived and rule.reason in _REACHED else rule.confidence
    canonical = facts.canonical and rule.verdict is _V.UNTESTED and rule.step == 10
    return Ruling(rule.verdict, rule.reason, confidence, leaks, canonical)
