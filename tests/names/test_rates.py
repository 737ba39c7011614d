"""No server is asked faster than `resolver_rate`, whatever is asked of it: counted in the server's own log."""

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

import pytest

from names import places
from names.auditing import audited, probes_yaml
from names.estate import Estate
from names.net import EYES, EYES6, EYES_INSIDE

pytestmark = [pytest.mark.parts, pytest.mark.netns, pytest.mark.xdist_group("names")]

RATE = 60

#: What BIND writes of a question: when, from where, of what type, at which of its addresses.
_ASKED = re.compile(r"^(\S+Z) .*?client @\S+ (\S+)#\d+ .* query: \S+ \S+ (\S+) \S+ \((\S+?)\)(?: \[ECS .*)?$")


def asked(built: Estate, start: int) -> Iterator[tuple[float, str, str]]:
    """When, type and server of what the eyes asked BIND, by what stands in its log behind `start`."""
    for line in (built.home / "bind" / "asked.log").read_text()[start:].splitlines():
        found = _ASKED.match(line)
        assert found, line
        at, client, rrtype, server = found.groups()
        if client in (EYES, EYES6, EYES_INSIDE):
            yield datetime.fromisoformat(at).timestamp(), rrtype, server


def in_a_second(times: list[float]) -> int:
    """The most of these moments that lie in any one second."""
    first = most = 0
    for place, moment in enumerate(times):
        while moment - times[first] >= 1.0:
            first += 1
        most = max(most, place - first + 1)
    return most


def test_no_server_is_asked_faster_than_its_rate(built: Estate) -> None:
    start = len((built.home / "bind" / "asked.log").read_text())
    text = probes_yaml(
        built,
        resolvers=(places.PUBLIC_RESOLVER,),
        inside=(places.INSIDE_STRICT,),
        zones=("sound.example", "internal.sound.example", "walk.example"),
        names=("sound",),
        gateways=False,
        rate=f"{RATE}/s",
    )
    assert audited(built, text, "rated").json["audit"]["complete"]

    times, types = defaultdict(list), set()
    for at, rrtype, server in asked(built, start):
        times[server].append(at)
        types.add(rrtype)
    assert {"AXFR", "IXFR", "NSEC", "SOA", "A", "AAAA"} <= types  # of every kind of look
    assert set(times) == {places.BIND, places.BIND6}
    for server, moments in times.items():
        assert len(moments) > 2 * RATE, f"{server} was not asked enough to tell"
        busiest = in_a_second(sorted(moments))
        # With a burst of a tenth of a second, and as much again for what came late and then together.
        assert RATE / 2 < busiest <= RATE * 1.2, f"{busiest} questions in a second at {server}"
