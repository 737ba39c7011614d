"""Kind `tls`: one TLS handshake with a chosen SNI, or none. Must never refuse one over its certificate."""

from auditor.model import Observation, Phase, Probe, TlsAnswer, TlsQuestion
from auditor.probes.eyes import Eyes
from auditor.probes.handshakes import Peer, Silent
from auditor.probes.reach import Exchange, connected, reach

KIND = "tls"


async def look(probe: Probe, eyes: Eyes) -> Observation:
    """ANSWERED with the facts of the handshake, verified or not; TLS_ALERT with the number of the alert."""
    assert isinstance(probe.question, TlsQuestion)
    return await reach(probe, probe.question, eyes, _talk)


async def _talk(exchange: Exchange[TlsQuestion]) -> TlsAnswer:
    question, eyes, trace = exchange.question, exchange.eyes, exchange.trace
    sock = await connected(exchange)
    trace.enter(Phase.TLS)
    silent = Silent()
    answer = await eyes.handshakes.shake(silent, sock, question.sni, timeout=exchange.seconds_left())
    try:
        await silent.listen(answer, trace.spent())
    finally:
        trace.leave()
        await silent.aclose()
    peer = Peer(exchange.address, question.port, question.sni or None, question.sni or question.host)
    return await eyes.handshakes.verify(answer, peer, within=exchange.seconds_left())
