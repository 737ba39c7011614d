"""The kind `dns`: one question to one resolver.

Must never throw away what a resolver said: the answer is kept with every RCODE, for only NXDOMAIN is an absence.
"""

from time import monotonic

from auditor.model import DnsQuestion, Observation, Phase, Probe
from auditor.probes.dns_asking import put
from auditor.probes.eyes import Eyes

KIND = "dns"


async def look(probe: Probe, eyes: Eyes) -> Observation:
    """Ask once, with all that belongs to asking: a second datagram after silence, TCP after truncation."""
    question = probe.question
    assert isinstance(question, DnsQuestion), "probes are dispatched by kind"
    started_at, started = eyes.now(), monotonic()
    told = await put(question, eyes)
    elapsed = monotonic() - started
    return Observation(
        probe.id,
        eyes.name,
        started_at,
        elapsed,
        told.outcome,
        told.phase,
        told.detail,
        told.address,
        told.local,
        ((Phase.RESOLVE.value, elapsed),),
        told.answer,
    )
