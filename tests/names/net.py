"""Two namespaces joined by a cable: `eyes`, from which is looked, and `world`, where every server has its address.

    eyes  46.4.10.2, 2a01:4f8:10::2   as from outside        world  everything else: root, registry, companies,
          10.66.0.2                   as from inside                resolvers, gateways, the servers inside

The public addresses are of ordinary unicast space, for what is special by the registries would be judged as such;
none of them leads anywhere but into these namespaces. Must never touch the machine's own network.
"""

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from parts import needs
from parts.network import _ip, _remove, _started, remove_stale, within
from parts.network import _set_kernel as set_kernel

EYES, EYES6, EYES_INSIDE = "46.4.10.2", "2a01:4f8:10::2", "10.66.0.2"
WORLD, WORLD6, WORLD_INSIDE = "46.4.10.1", "2a01:4f8:10::1", "10.66.0.1"


@dataclass(frozen=True)
class Net:
    eyes: str
    world: str


@contextmanager
def network(addresses: Sequence[str]) -> Iterator[Net]:
    """The namespaces with these addresses in `world`, taken down at the end with every process left in them."""
    needs.require("ip", "setpriv", root=True)
    remove_stale()
    prefix = f"parts-{os.getpid()}-{_started(os.getpid())}-"
    net = Net(prefix + "eyes", prefix + "world")
    try:
        try:
            _build(net, addresses)
        except subprocess.CalledProcessError as error:
            needs.unavailable(f"no network namespaces here: {error.stderr.strip()}")
        yield net
    finally:
        for name in (net.eyes, net.world):
            _remove(name)


def _build(net: Net, addresses: Sequence[str]) -> None:
    for name in (net.eyes, net.world):
        _ip("netns", "add", name)
        within(name, _with_ipv6)
        _ip("-n", name, "link", "set", "lo", "up")
    _ip("link", "add", "out", "netns", net.eyes, "type", "veth", "peer", "name", "in", "netns", net.world)
    for name, device, own in (
        (net.eyes, "out", (f"{EYES}/24", f"{EYES_INSIDE}/24", f"{EYES6}/64")),
        (net.world, "in", (f"{WORLD}/24", f"{WORLD_INSIDE}/24", f"{WORLD6}/64")),
    ):
        for address in own:
            _address(name, device, address)
        _ip("-n", name, "link", "set", device, "up")
    for address in addresses:
        _address(net.world, "lo", f"{address}/{128 if ':' in address else 32}")
    _ip("-n", net.eyes, "route", "add", "default", "via", WORLD)
    _ip("-n", net.eyes, "-6", "route", "add", "default", "via", WORLD6)


def _address(namespace: str, device: str, address: str) -> None:
    extra = ("nodad",) if ":" in address else ()
    _ip("-n", namespace, "addr", "add", address, "dev", device, *extra)


def _with_ipv6() -> None:
    set_kernel()
    with open("/proc/sys/net/ipv6/conf/all/disable_ipv6", "w") as switch:
        switch.write("0")
