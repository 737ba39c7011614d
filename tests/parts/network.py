"""Three namespaces joined by cables: `outside`, `edge` and `inside`, and no route between the first and the last.

    outside 198.51.100.10, .11 ── edge 198.51.100.20 gateway, .53 public DNS, .80 a public site
                                  edge 10.20.0.1 ── inside 10.20.0.10 app, .20 internal gateway, .53 internal DNS
    outside 192.0.2.10 ────────── inside 192.0.2.2   management: how an auditor outside may look inside

Must never touch the machine's own network, and must take everything down again, even what a killed run left.
The addresses are those of documentation (RFC 5737) and of private use (RFC 1918).
"""

import ctypes
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import ParamSpec, TypeVar

from parts import needs

T = TypeVar("T")
P = ParamSpec("P")

OUTSIDE, OUTSIDE_SECOND, OUTSIDE_MANAGEMENT = "198.51.100.10", "198.51.100.11", "192.0.2.10"
GATEWAY, PUBLIC_DNS, SITE = "198.51.100.20", "198.51.100.53", "198.51.100.80"
EDGE_INSIDE = "10.20.0.1"
APP, INTERNAL_GATEWAY, INTERNAL_DNS, INSIDE_MANAGEMENT = "10.20.0.10", "10.20.0.20", "10.20.0.53", "192.0.2.2"

#: (one end's namespace, its device and addresses), (the other end's)
_CABLES = (
    (("outside", "public", (OUTSIDE, OUTSIDE_SECOND)), ("edge", "public", (GATEWAY, PUBLIC_DNS, SITE))),
    (("edge", "private", (EDGE_INSIDE,)), ("inside", "private", (APP, INTERNAL_GATEWAY, INTERNAL_DNS))),
    (("outside", "manage", (OUTSIDE_MANAGEMENT,)), ("inside", "manage", (INSIDE_MANAGEMENT,))),
)
_NAMED = Path("/run/netns")
_CLONE_NEWNET = 0x40000000  # linux/sched.h
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Network:
    """The names of the three namespaces."""

    outside: str
    edge: str
    inside: str


def command(namespace: str, *argv: str) -> list[str]:
    """The command that runs `argv` in a namespace and is told to stop when its starter dies."""
    return ["setpriv", "--pdeathsig", "TERM", "ip", "netns", "exec", namespace, *argv]


def enter(namespace: str) -> None:
    """Moves the calling thread into a namespace, for good: only for threads that end with their task.

    Sockets it opens belong to the namespace ever after, whichever thread uses them.
    """
    with open(_NAMED / namespace, "rb") as handle:
        if _libc.setns(handle.fileno(), _CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"setns to {namespace}")


def within(namespace: str, task: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What `task(…)` returns or raises when it is called inside a namespace."""
    result: list[T] = []
    failure: list[BaseException] = []

    def body() -> None:
        try:
            enter(namespace)
            result.append(task(*args, **kwargs))
        except BaseException as error:
            failure.append(error)

    thread = threading.Thread(target=body, name=f"within-{namespace}")
    thread.start()
    thread.join()
    if failure:
        raise failure[0]
    return result[0]


@contextmanager
def network() -> Iterator[Network]:
    """The namespaces and cables, taken down at the end with every process left in them."""
    needs.require("ip", "setpriv", root=True)
    remove_stale()
    prefix = f"parts-{os.getpid()}-{_started(os.getpid())}-"
    net = Network(prefix + "outside", prefix + "edge", prefix + "inside")
    try:
        try:
            _build(prefix, net)
        except subprocess.CalledProcessError as error:
            needs.unavailable(f"no network namespaces here: {error.stderr.strip()}")
        yield net
    finally:
        for name in (net.outside, net.edge, net.inside):
            _remove(name)


def _build(prefix: str, net: Network) -> None:
    for name in (net.outside, net.edge, net.inside):
        _ip("netns", "add", name)
        within(name, _set_kernel)
        _ip("-n", name, "link", "set", "lo", "up")
    for (one, device, ours), (other, peer, theirs) in _CABLES:
        _ip(
            "link",
            "add",
            device,
            "netns",
            prefix + one,
            "type",
            "veth",
            "peer",
            "name",
            peer,
            "netns",
            prefix + other,
        )
        for place, name, addresses in ((one, device, ours), (other, peer, theirs)):
            for address in addresses:
                _ip("-n", prefix + place, "addr", "add", f"{address}/24", "dev", name)
            _ip("-n", prefix + place, "link", "set", name, "up")


#: No IPv6 in here: addresses the kernel gives itself would be one more way around. And every datagram to a closed
#: port is refused aloud, not one a second: a resolver that is down would cost each test its whole timeout.
_KERNEL = {"net/ipv6/conf/all/disable_ipv6": "1", "net/ipv4/icmp_ratelimit": "0"}


def _set_kernel() -> None:
    for name, value in _KERNEL.items():
        switch = Path("/proc/sys") / name  # of the namespace the calling thread is in
        if switch.exists():
            switch.write_text(value)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)


def _remove(namespace: str) -> None:
    """Takes a namespace down, and first the processes in it."""
    if not (_NAMED / namespace).exists():
        return
    listed = subprocess.run(["ip", "netns", "pids", namespace], capture_output=True, text=True, check=False)
    for pid in listed.stdout.split():
        if int(pid) != os.getpid():
            with suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
    subprocess.run(["ip", "netns", "del", namespace], capture_output=True, check=False)


def namespaces() -> list[str]:
    """The namespaces that are ours, of this run and of others."""
    return [path.name for path in _NAMED.glob("parts-*-*-*")] if _NAMED.is_dir() else []


def remove_stale() -> None:
    """Removes what runs that are dead left behind: their process is gone, or its number is another's now."""
    for name in namespaces():
        _, pid, started, _ = name.split("-")
        if _started(int(pid)) != started:
            _remove(name)


def _started(pid: int) -> str | None:
    """When a process started, in clock ticks since boot (proc(5), stat field 22); None when there is none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    return stat.rpartition(")")[2].split()[19]
