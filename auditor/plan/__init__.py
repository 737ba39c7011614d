"""Config → Plan: which probes, from where, and which control proves which target. Pure.

An audit is planned in rounds, because an address is only known once a name was resolved at the vantage:
`opening`, then `main`, `followups` and `replays` as the answers ask for them, `witness`, then `closing`. Each
round is a function of the configuration, the seeds and what was seen; none may look anything up itself.
"""

from auditor.plan.claims import PUBLIC_DNS, claim_key, claims_at
from auditor.plan.names import Names
from auditor.plan.rounds import (
    Seeds,
    closing,
    digest,
    followups,
    found_addresses,
    main,
    opening,
    replays,
    witness,
)

__all__ = [
    "PUBLIC_DNS",
    "Names",
    "Seeds",
    "claim_key",
    "claims_at",
    "closing",
    "digest",
    "followups",
    "found_addresses",
    "main",
    "opening",
    "replays",
    "witness",
]
