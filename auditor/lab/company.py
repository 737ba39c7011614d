"""The company put together: started on free ports of loopback, broken and mended while it runs, stopped cleanly.

Must never listen with TCP for anything that is inside: the inside is a private folder of socket files, and the
bastion is the only door to it.
"""

import secrets
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from auditor.lab.app import App
from auditor.lab.balancers import CheckoutIngress, InternalBalancer, PublicBalancer, Website
from auditor.lab.bastion import Routes, bastion
from auditor.lab.breakages import Breakage, Verdicts, expected
from auditor.lab.configuration import Ports, probes_yaml
from auditor.lab.estate import INSIDE_APP, INSIDE_BALANCER, INSIDE_RESOLVER, Stake
from auditor.lab.http1 import conversation
from auditor.lab.nameserver import INSIDE_VIEW, PublicView, listening, over_tcp
from auditor.lab.serving import Converse, Listener, loopback_socket, unix_socket
from auditor.lab.witness import CHECKOUT_INGRESS, OPEN_PORT, PUBLIC_BALANCER, Reached

#: Bytes a socket file's path may have on every system that has them (sun_path is 104 on the smallest).
_MAX_PATH = 100


class Company:
    """A running lab: where it is, what is broken, and what reached it."""

    def __init__(
        self,
        root: Path,
        ports: Ports,
        broken: set[Breakage],
        witness: list[Reached],
        door: "_Door",
        token_file: Path,
    ) -> None:
        self.root = root
        self.ports = ports
        self.token_file = token_file  # the token that the orders route asks for; gone when the lab is
        self.witness = witness  # what reached the app from outside, in order
        self._broken = broken
        self._door = door

    @property
    def broken(self) -> frozenset[Breakage]:
        return frozenset(self._broken)

    @property
    def expected(self) -> Mapping[Stake, Verdicts]:
        """What may be said of each stake as things are now."""
        return expected(self._broken, self.ports.app)

    @property
    def probes_yaml(self) -> str:
        """The configuration for this lab, with database and report in the folder given at the start."""
        return self.configuration(
            database=f"sqlite:///{self.root / 'auditor.db'}", report=self.root / "report.html"
        )

    def configuration(self, *, database: str, report: Path) -> str:
        return probes_yaml(self.ports, database=database, report=report, token=self.token_file)

    async def inflict(self, breakage: Breakage) -> None:
        """Breaks it now."""
        self._broken.add(breakage)
        await self._door.settle(Breakage.PORT_OPEN in self._broken)

    async def fix(self, breakage: Breakage) -> None:
        """Mends it now; the next request finds it mended."""
        self._broken.discard(breakage)
        await self._door.settle(Breakage.PORT_OPEN in self._broken)


class _Door:
    """The app's own port at the public address: kept from the start, open only while that is broken.

    A bound socket that does not listen refuses connections and keeps others from taking the port.
    """

    def __init__(self, converse: Converse) -> None:
        self._converse = converse
        self._kept: socket.socket | None = loopback_socket()
        self._open: Listener | None = None
        self.port = int(self._kept.getsockname()[1])

    async def settle(self, wanted: bool) -> None:
        if wanted and self._open is None:
            kept = self._kept or loopback_socket(self.port)
            self._kept = None
            self._open = Listener(kept, self._converse)
            self._open.start()
        elif not wanted and self._open is not None:
            await self._shut()
            self._kept = loopback_socket(self.port)

    async def _shut(self) -> None:
        listener, self._open = self._open, None
        if listener is not None:
            await listener.close()

    async def close(self) -> None:
        if self._kept is not None:
            self._kept.close()
        await self._shut()


@asynccontextmanager
async def company(*breakages: Breakage, root: Path) -> AsyncIterator[Company]:
    """Runs the company with these things broken. `root` is where its configuration puts database and report."""
    broken = set(breakages)
    witness: list[Reached] = []
    app = App(broken, witness)
    async with AsyncExitStack() as stack:
        folder = _private_folder(root)
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        door = _Door(app.in_the_open(OPEN_PORT))
        stack.push_async_callback(door.close)
        token = secrets.token_urlsafe(24)
        token_file = folder / "orders-token"
        token_file.touch(mode=0o600)
        token_file.write_text(token)
        ports = await _serve(stack, folder, app, broken, door.port, token)
        await door.settle(Breakage.PORT_OPEN in broken)
        yield Company(root, ports, broken, witness, door, token_file)


async def _serve(
    stack: AsyncExitStack, folder: Path, app: App, broken: set[Breakage], app_port: int, token: str
) -> Ports:
    """Starts everything that listens, the inside first."""
    app_for_public, app_for_inside = folder / "app-public", folder / "app-inside"
    app_for_checkout = folder / "app-checkout"
    inner, names = folder / "balancer", folder / "names"
    inside: tuple[tuple[Path, Converse], ...] = (
        (app_for_public, app.behind(PUBLIC_BALANCER)),
        (app_for_checkout, app.behind(CHECKOUT_INGRESS)),
        (app_for_inside, app.behind(None)),
        (inner, _http(InternalBalancer(broken, app_for_inside))),
        (names, over_tcp(INSIDE_VIEW.answer)),
    )
    for path, converse in inside:
        await stack.enter_async_context(Listener(unix_socket(path), converse))
    routes: Routes = {
        (INSIDE_RESOLVER, 53): names,
        (INSIDE_BALANCER, 80): inner,
        (INSIDE_BALANCER, app_port): inner,
        (INSIDE_APP, app_port): app_for_inside,
    }
    resolver = await stack.enter_async_context(listening(PublicView(broken).answer))
    outside = (
        _http(PublicBalancer(broken, app_for_public, token)),
        _http(Website(broken)),
        bastion(routes),
        _http(CheckoutIngress(broken, app_for_checkout, token)),
    )
    gateway, site, door, checkout = [await _on_loopback(stack, converse) for converse in outside]
    return Ports(resolver, gateway, site, door, app_port, checkout)


async def _on_loopback(stack: AsyncExitStack, converse: Converse) -> int:
    listener = await stack.enter_async_context(Listener(loopback_socket(), converse))
    return listener.port


def _http(edge: PublicBalancer | CheckoutIngress | InternalBalancer | Website) -> Converse:
    return conversation(edge.answer, edge.malformed)


def _private_folder(root: Path) -> Path:
    """A fresh folder that only we can enter (mode 0700), below `root` where paths are short enough there."""
    root = root.resolve()
    root.mkdir(parents=True, exist_ok=True)
    longest = len(str(root / "lab-12345678" / "app-checkout"))
    return Path(tempfile.mkdtemp(prefix="lab-", dir=root if longest < _MAX_PATH else None))
