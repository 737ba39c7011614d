"""The servers of the company, each started inside a namespace, awaited, and stopped at the end.

Must never use what a package started by itself: configuration, state and logs live in a directory of the test.
"""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer

from parts import needs
from parts.looking import connects, serial
from parts.network import command, enter, within

TESTS = Path(__file__).resolve().parent.parent
READY_SECONDS = 20.0  # a busy machine is slow, a broken server is found out by its end


class NotReadyError(Exception):
    """A server did not come up, or ended by itself; with the end of its log."""


def eventually(condition: Callable[[], bool], what: str, seconds: float = READY_SECONDS) -> None:
    """Waits until a condition holds. Raises NotReadyError when the time is over."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise NotReadyError(f"{what}: not within {seconds:g} s")
        time.sleep(0.01)


class Server:
    """One process in a namespace; started and stopped as often as a test likes."""

    def __init__(
        self,
        name: str,
        namespace: str,
        argv: list[str],
        log: Path,
        listens: tuple[str, int],
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.namespace = namespace
        self._argv = argv
        self._log = log
        self._listens = listens
        self._environment = {**os.environ, **(environment or {})}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        return self._process is not None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid  # every program in between replaces itself, so this is the server

    def start(self) -> None:
        """Starts it, unless it runs, and waits until it takes connections."""
        if self._process is not None:
            return
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command(self.namespace, *self._argv),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._environment,
                cwd=TESTS,
            )
        try:
            within(self.namespace, eventually, self._up, f"{self.name} on {self._listens}")
        except BaseException:
            self.stop()
            raise

    def _up(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise NotReadyError(f"{self.name} ended by itself:\n{self.log()[-2000:]}")
        return connects(*self._listens)

    def stop(self) -> None:
        """Ends it and waits until it is gone."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def log(self) -> str:
        return self._log.read_text(errors="replace") if self._log.exists() else ""


class Nginx(Server):
    """nginx with a configuration of ours; `configure` is a reload, as an operator does it."""

    def __init__(self, name: str, namespace: str, home: Path, listens: tuple[str, int]) -> None:
        self.home = home / name
        self.home.mkdir()
        self.access_log = self.home / "access.log"
        self._conf = self.home / "nginx.conf"
        self._nginx = [
            _path("nginx"),
            "-p",
            str(self.home),
            "-c",
            str(self._conf),
            "-e",
            str(self.home / "error.log"),
        ]
        super().__init__(name, namespace, self._nginx, self.home / "output.log", listens)

    def configure(self, servers: str) -> None:
        """Takes on these `server` blocks; when it returns, no worker with older ones is left."""
        self._conf.write_text(_NGINX.format(home=self.home, servers=servers))
        test = subprocess.run(
            [*command(self.namespace, *self._nginx), "-t"], capture_output=True, text=True, check=False
        )
        if test.returncode != 0:
            raise NotReadyError(f"{self.name}: {test.stderr}")
        if self.running:
            before = self._workers()
            os.kill(self.pid, signal.SIGHUP)
            eventually(lambda: self._renewed(before), f"{self.name} reloads")

    def _workers(self) -> set[str]:
        return set(Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split())

    def _renewed(self, before: set[str]) -> bool:
        now = self._workers()
        return bool(now) and not now & before


class Named(Server):
    """BIND with zones of ours; answers for everything else that it does not exist, and asks nobody."""

    def __init__(self, name: str, namespace: str, home: Path, address: str) -> None:
        self.home = home / name
        self.home.mkdir()
        self.address = address
        self._conf = self.home / "named.conf"
        self._serial = 0
        self._zones: tuple[str, ...] = ()
        super().__init__(
            name,
            namespace,
            [_path("named"), "-f", "-n", "1", "-U", "1", "-c", str(self._conf)],
            self.home / "output.log",
            (address, 53),
        )

    def configure(self, zones: Mapping[str, str]) -> None:
        """Takes on these zones (name -> records); when it returns, every one of them is served."""
        self._serial += 1
        # The root is a zone of its own here: a name that is in no zone gets NXDOMAIN, as from a public resolver.
        zones = {".": f"ns.example. IN A {self.address}", **zones}
        self._zones = tuple(zones)
        declared = []
        for number, zone in enumerate(self._zones):
            (self.home / f"{number}.zone").write_text(_ZONE.format(serial=self._serial) + zones[zone] + "\n")
            declared.append(f'zone "{zone}" {{ type primary; file "{number}.zone"; }};')
        self._conf.write_text(_NAMED.format(home=self.home, address=self.address, zones="\n".join(declared)))
        if self.running:
            os.kill(self.pid, signal.SIGHUP)
            self._await()

    def start(self) -> None:
        super().start()
        self._await()

    def _await(self) -> None:
        within(self.namespace, self._await_zones)

    def _await_zones(self) -> None:
        for zone in self._zones:
            eventually(partial(self._serves, zone), f"{self.name} serves {zone}")

    def _serves(self, zone: str) -> bool:
        return serial(self.address, zone) == self._serial


def _path(name: str) -> str:
    found = needs.command(name)
    assert found is not None, name
    return found


def shop(namespace: str, home: Path, address: str, witness: Path) -> Server:
    """The app under uvicorn; what reaches it is written to `witness`."""
    return Server(
        "app",
        namespace,
        f"{sys.executable} -m uvicorn parts.app:create --factory --host {address} --port 8080"
        " --no-access-log --log-level warning".split(),
        home / "app.log",
        (address, 8080),
        {"WITNESS": str(witness)},
    )


def socks(namespace: str, home: Path, address: str) -> Server:
    """microsocks: the way by which an auditor outside looks inside."""
    return Server(
        "microsocks",
        namespace,
        [_path("microsocks"), "-i", address, "-p", "1080"],
        home / "socks.log",
        (address, 1080),
    )


@dataclass(frozen=True)
class Delivery:
    """One request that a webhook receiver got."""

    path: str
    headers: dict[str, str]  # names in lower case
    body: bytes


@contextmanager
def receiver(namespace: str, address: str, port: int | None = None) -> Iterator[tuple[str, list[Delivery]]]:
    """A webhook receiver that takes everything: its URL, and what it got so far."""
    deliveries: list[Delivery] = []

    class Receive(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            headers = {name.lower(): value for name, value in self.headers.items()}
            deliveries.append(Delivery(self.path, headers, body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = within(namespace, ThreadingHTTPServer, (address, port or 0), Receive)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://{address}:{server.server_port}/hook", deliveries
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def relay(namespace: str, listens: tuple[str, int], target: tuple[str, int]) -> Iterator[None]:
    """Hands every connection on to another address, byte by byte: a port that was published."""

    class Relay(BaseRequestHandler):
        def handle(self) -> None:
            enter(namespace)  # each connection has a thread of its own, which ends with it
            with socket.create_connection(target, timeout=10) as onward:
                back = threading.Thread(target=_pump, args=(onward, self.request))
                back.start()
                _pump(self.request, onward)
                back.join()

    class Listener(ThreadingTCPServer):
        allow_reuse_address = True

    server = within(namespace, Listener, listens, Relay)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):  # either side may hang up at any time
        while data := source.recv(65536):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


_NGINX = """\
daemon off;
user root;
worker_processes 1;
worker_shutdown_timeout 1s;
pid {home}/nginx.pid;
events {{ worker_connections 512; }}
http {{
    log_format seen '$remote_addr "$host" "$request" $status';
    access_log {home}/access.log seen;
    client_body_temp_path {home}/body;
    proxy_temp_path {home}/proxy;
    fastcgi_temp_path {home}/fastcgi;
    uwsgi_temp_path {home}/uwsgi;
    scgi_temp_path {home}/scgi;
    proxy_connect_timeout 1s;
    proxy_set_header Host $http_host;
    default_type text/html;
    {servers}
}}
"""

_NAMED = """\
options {{
    directory "{home}";
    pid-file none;
    session-keyfile "{home}/session.key";
    listen-on {{ {address}; }};
    listen-on-v6 {{ none; }};
    allow-query {{ any; }};
    recursion yes;
    allow-recursion {{ any; }};
    dnssec-validation no;
    notify no;
    minimal-responses yes;
}};
controls {{ }};
logging {{ channel here {{ stderr; severity info; }}; category default {{ here; }}; }};
{zones}
"""

_ZONE = """\
$TTL 5
@ IN SOA ns.example. hostmaster.example. {serial} 3600 600 86400 5
@ IN NS ns.example.
"""
