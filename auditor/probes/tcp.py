"""Kind `tcp`: one TCP handshake. Must never send a byte."""

from auditor.model import Observation, Probe, TcpAnswer, TcpQuestion
from auditor.probes.eyes import Eyes
from auditor.probes.reach import Exchange, connected, reach

KIND = "tcp"


async def look(probe: Probe, eyes: Eyes) -> Observation:
    """ANSWERED when the handshake completes; the connection is closed at once."""
    assert isinstance(probe.question, TcpQuestion)
    return await reach(probe, probe.question, eyes, _talk)


async def _talk(exchange: Exchange[TcpQuestion]) -> TcpAnswer:
    (await connected(exchange)).close()
    return TcpAnswer()
