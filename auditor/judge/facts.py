"""What one sighting of a target amounts to: the facts a verdict is decided on, and nothing else.

The defaults describe the plainest case, a 404 outside for a page that is there inside. Must never hold a
judgement: whether a fact is good or bad is for `decide`.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Facts:
    """One sighting of a path or a host. Statuses are None where there was no answer."""

    # what was asked
    host: bool = False  # the target is a name tried as Host and SNI; its siblings are random hosts
    bodiless: bool = False  # HEAD or OPTIONS: an answer without a body proves less
    baseline: bool = True  # the plain spelling, no variant
    equivalent: bool = False  # a variant that RFC 3986 takes for the target: whoever reads it otherwise is lax
    mounted: bool = False  # a variant under a prefix that the gateway is meant to forward

    # the controls
    in_ok: bool = True  # IN_OK: the target answered inside, and the same way twice
    in_missing: bool = False  # not IN_OK because nothing was ever measured inside
    out_ok: bool = True  # OUT_OK: the known-public answer came before and after, and nothing blocked the siblings
    out_missing: bool = False  # not OUT_OK because a control was never configured or never measured
    banned: bool = False  # the entrance was open to us in this audit, and then shut us out
    changed: bool = False  # a control was good on one side of the target and not on the other
    shifted: bool = False  # the siblings before it agree, and the one after it got something else
    stable: bool = (
        True  # CTRL_STABLE: all siblings were answered alike, in other sightings too as far as it matters
    )
    siblings_known: bool = True  # at least one sibling was answered
    upstream_known: bool = True  # everything asked inside was answered, nonsense included

    # what was answered inside
    inside: int | None = 200
    inside_login: bool = False  # it redirects to a login
    distinct: bool = True  # DISTINCT: inside tells the target from nonsense
    little: bool = False  # the inside answer holds too little to identify it by
    corroborated: bool = False  # both answers carry a header, cookie or origin that the gateway's own answers lack

    # what was answered outside
    outside: int | None = 404
    ours: bool = False  # no answer because the prober or the way to look failed
    alert: int | None = None  # the peer refused the TLS handshake on purpose, with this alert
    alert_alike: bool = False  # every sibling was refused with the same alert
    drop: bool = False  # silence or a reset, three times, only on the target; or all that was asked, where `shut`
    shut: str | None = None  # a way around a gateway: every connection was refused, unreachable or silent
    canary: bool = False  # a canary or nonce answered
    logged: int | None = (
        None  # the upstream's own log shows the probe, with this status; of variants: what is said of the target
    )
    arrived: bool = False  # the log shows it, whether or not that says anything of the target
    unlogged: bool = False  # it does not, though it shows everything around it that must be there
    log_lost: bool = False  # it was to be read and was not, through a fault of ours
    sibling_logged: bool = False  # it shows a sibling, or may
    no_canary: bool = False  # inside the canary answers whatever the host; outside it did not
    cached_identity: bool = False  # a cached answer equal to inside came first
    cached_unasked: bool = False  # the answer came from a cache and was not asked for again
    canonical: bool = False  # it redirects to another spelling of itself, and that was not followed
    location: str | None = None  # login, canonical, internal, other
    challenge: bool = False
    waf: bool = False
    envelope: bool = False  # an error in the clothes of a success: gRPC status, JSON-RPC, GraphQL
    empty: bool = False
    trace: bool = False  # a stack trace
    client_certificate: bool = False  # asks for a client certificate
    leaks: tuple[str, ...] = ()  # what it discloses besides

    # how they compare
    eq_inside: bool = False  # EQ(O_t, I_t)
    eq_sibling: bool = False  # EQ(O_t, O_c); to any of them, and to all of them where they are stable
    eq_inside_sibling: bool = False  # EQ(O_t, I_c)
    like_upstream: bool = False  # SIM(O_t, anything inside) with the same status
    eq_inside_variant: bool = False  # EQ(O_t, I_v)
    variant_differs: bool = False  # not EQ(I_v, I_t), nor like it: the service does not read v as the target
    redirect_inside: bool = False  # the same redirect as inside, whatever its body
    redirect_sibling: bool = False  # the same redirect as the siblings
    sibling_redirected: bool = False  # some sibling was redirected
    signature: bool = False  # a product signature of the target, absent from the siblings
    similar: bool = False  # SIM(O_t, I_t), and no sibling is as similar
    resembles: bool = False  # SIM(O_t, I_t), whatever the siblings are like
    own_name: bool = (
        False  # a host: under the gateway's own name the path is answered the same, or was not answered
    )
    origin: str = "?"  # U upstream, G gateway, ? unknown
    sibling_5xx: bool = False
    path_specific: bool = False  # the siblings were answered, otherwise, and not with a 5xx

    @property
    def ok(self) -> bool:
        return self.outside is not None and 200 <= self.outside < 300

    @property
    def not_in_log(self) -> bool:
        """Whether a log tells that the service was not asked, whatever the answer looks like.

        Not so where the same answer was given to a sibling that did arrive: it may be the service's, from a cache.
        """
        return self.unlogged and not (self.eq_sibling and self.sibling_logged)

    @property
    def stale(self) -> bool:
        """What is looked for is not there inside either."""
        return self.inside in (404, 410)

    @property
    def inside_denies(self) -> bool:
        return self.inside in (401, 403, 407) or self.inside_login

    @property
    def identified(self) -> bool:
        """Whether sameness is identity."""
        return not self.little or self.corroborated

    @property
    def is_nonsense(self) -> bool:
        """Whether the service takes this spelling for something else, and answered it, or would have, as nonsense.

        Then it does not matter who answered: through this spelling nothing of the target is to be had.
        """
        if self.baseline or not self.variant_differs:
            return False
        told = self.eq_inside_variant or self.eq_inside_sibling
        return told and self.eq_sibling and self.stable and not self.eq_inside and not self.resembles

    @property
    def maybe_upstream(self) -> bool:
        """Whether inside says, or may say, the same."""
        return self.eq_inside or self.eq_inside_sibling or self.like_upstream or not self.upstream_known

    @property
    def turned_away(self) -> bool:
        """A way around a gateway gave no connection, to the target or to anything else."""
        return self.outside is None and self.alert is None and self.shut is not None and not self.ours

    @property
    def closed_off(self) -> str | None:
        """How it did so, where that can mean something: with all controls good, and the target live inside."""
        return self.shut if self.turned_away and self.out_ok and self.in_ok and not self.stale else None

    def is_status(self, *statuses: int) -> bool:
        return self.outside in statuses

    @property
    def redirects(self) -> bool:
        return self.outside is not None and 300 <= self.outside < 400

    @property
    def denies(self) -> bool:
        return self.outside in (401, 403, 407)

    @property
    def absent(self) -> bool:
        return self.outside in (404, 410)

    @property
    def rejects(self) -> bool:
        """Any other 4xx, or 501."""
        if self.outside is None or self.denies or self.absent:
            return False
        return 400 <= self.outside < 500 or self.outside == 501

    @property
    def fails(self) -> bool:
        return self.outside is not None and self.outside >= 500 and self.outside != 501
