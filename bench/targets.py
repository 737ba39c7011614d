"""What the contestants talk to, and the tools they are compared with: real programs on free ports of loopback.

Must never use a daemon of the machine: each is started here with a configuration of its own, and stopped here.
"""

import http.client
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import dns.exception
import dns.message
import dns.query
import dns.rcode

from bench.measuring import Void

READY_SECONDS = 15.0
_PLACES = "/usr/local/sbin:/usr/sbin:/sbin"

#: What nginx answers with. About as long as a health page.
BODY = '{"service":"orders","status":"up","checks":{"database":"up","queue":"up","cache":"up"},"version":"4.18.2"}'


def program(name: str) -> str:
    """The path of a program. Raises Void where it is missing."""
    found = shutil.which(name) or shutil.which(name, path=_PLACES)
    if found is None:
        raise Void(f"{name} is not installed; `sh scripts/parts.sh bench` installs it")
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(argv: Sequence[str], log: Path, ready: Callable[[], bool]) -> Iterator[None]:
    """A program from when it is ready until the end of the block."""
    with log.open("wb") as out:
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    try:
        deadline = time.monotonic() + READY_SECONDS
        while not ready():
            if process.poll() is not None or time.monotonic() > deadline:
                raise Void(f"{argv[0]} did not come up: {log.read_text()[-1000:]}")
            time.sleep(0.02)
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def accepts(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def get(port: int, path: str) -> tuple[int, str]:
    """One plain GET, for checks."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


class Web:
    """nginx on loopback, on three ports: `plain` answers everything with BODY, `public` is a gateway that lets
    only /api/ through, `internal` is what it must not let through: /in/p and a number.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self.plain, self.public, self.internal, self._status = (free_port() for _ in range(4))
        self._asked = 0

    @contextmanager
    def serving(self) -> Iterator["Web"]:
        conf = self._home / "nginx.conf"
        conf.write_text(
            _NGINX.format(
                home=self._home,
                body=BODY,
                plain=self.plain,
                public=self.public,
                internal=self.internal,
                status=self._status,
            )
        )
        argv = [program("nginx"), "-p", str(self._home), "-c", str(conf), "-e", str(self._home / "error.log")]
        with running(argv, self._home / "nginx.log", lambda: accepts(self._status)):
            yield self

    def served(self) -> int:
        """How many requests it has answered so far, by its own count; this question is not counted."""
        status, text = get(self._status, "/")
        if status != 200:
            raise Void(f"nginx's own count: {status}")
        self._asked += 1
        return int(text.splitlines()[2].split()[2]) - self._asked


class Names:
    """BIND on loopback, three times, with two views of one zone: at `outside` and `second` it has www and api, at
    `inside` svc and n00000 and so on as well.
    """

    ZONE = "bench.example"

    def __init__(self, home: Path, names: int) -> None:
        self._home = home
        self.outside, self.second, self.inside = free_port(), free_port(), free_port()
        self.names = tuple(f"n{number:05d}.{self.ZONE}" for number in range(names))

    @contextmanager
    def serving(self) -> Iterator["Names"]:
        internal = "".join(f"{name}. IN A 127.0.0.1\n" for name in self.names)
        with (
            self._view("outside", self.outside, ""),
            self._view("second", self.second, ""),
            self._view("inside", self.inside, f"svc IN A 127.0.0.1\n{internal}"),
        ):
            yield self

    @contextmanager
    def _view(self, name: str, port: int, records: str) -> Iterator[None]:
        home = self._home / name
        home.mkdir()
        (home / "zone").write_text(_ZONE + records)
        (home / "root").write_text(_ZONE)  # of a name of no zone it says that it is not there, as a resolver does
        (home / "named.conf").write_text(_NAMED.format(home=home, port=port, zone=self.ZONE))
        argv = [program("named"), "-f", "-n", "1", "-U", "1", "-c", str(home / "named.conf")]
        with running(argv, home / "named.log", lambda: self._serves(port)):
            yield

    def _serves(self, port: int) -> bool:
        try:
            answer = dns.query.udp(dns.message.make_query(f"www.{self.ZONE}", "A"), "127.0.0.1", 0.5, port)
        except (OSError, dns.exception.DNSException):
            return False
        return answer.rcode() == dns.rcode.NOERROR


class Exporter:
    """blackbox_exporter on loopback, with a module for HTTP and one for DNS."""

    def __init__(self, home: Path, name: str) -> None:
        self._home = home
        self._name = name
        self.port = free_port()

    @contextmanager
    def serving(self) -> Iterator["Exporter"]:
        conf = self._home / "blackbox.yml"
        conf.write_text(_EXPORTER.format(name=self._name))
        program_ = program("prometheus-blackbox-exporter")
        argv = [
            program_,
            f"--config.file={conf}",
            f"--web.listen-address=127.0.0.1:{self.port}",
            "--log.level=error",
        ]
        with running(argv, self._home / "exporter.log", lambda: accepts(self.port)):
            yield self


_NGINX = """\
daemon off;
worker_processes 1;
pid {home}/nginx.pid;
events {{ worker_connections 2048; }}
http {{
    access_log off;
    keepalive_requests 100000000;
    client_body_temp_path {home}/body;
    proxy_temp_path {home}/proxy;
    fastcgi_temp_path {home}/fastcgi;
    uwsgi_temp_path {home}/uwsgi;
    scgi_temp_path {home}/scgi;
    default_type application/json;
    server {{ listen 127.0.0.1:{plain} backlog=4096; return 200 '{body}'; }}
    server {{
        listen 127.0.0.1:{public} backlog=4096;
        location /api/ {{ return 200 '{body}'; }}
        location / {{ return 404; }}
    }}
    server {{
        listen 127.0.0.1:{internal} backlog=4096;
        location ~ ^/in/p[0-9]+$ {{ return 200 '{{"page":"$uri","data":{body}}}'; }}
        location /health {{ return 200 '{body}'; }}
        location / {{ return 404 '{{"detail":"no such page","service":"orders"}}'; }}
    }}
    server {{ listen 127.0.0.1:{status}; location / {{ stub_status; }} }}
}}
"""

_ZONE = """\
$TTL 60
@ IN SOA ns hostmaster 1 3600 600 86400 60
@ IN NS ns
ns IN A 127.0.0.1
www IN A 127.0.0.1
api IN A 127.0.0.1
"""

_NAMED = """\
options {{
    directory "{home}";
    pid-file none;
    session-keyfile "{home}/session.key";
    listen-on port {port} {{ 127.0.0.1; }};
    listen-on-v6 {{ none; }};
    recursion no;
    dnssec-validation no;
    notify no;
    minimal-responses yes;
}};
controls {{ }};
logging {{ channel here {{ stderr; severity info; }}; category default {{ here; }}; }};
zone "{zone}" {{ type primary; file "zone"; }};
zone "." {{ type primary; file "root"; }};
"""

_EXPORTER = """\
modules:
  http:
    prober: http
    timeout: 5s
    http: {{valid_status_codes: [200], preferred_ip_protocol: ip4}}
  dns:
    prober: dns
    timeout: 5s
    dns:
      {{query_name: {name}, query_type: A, valid_rcodes: [NXDOMAIN], preferred_ip_protocol: ip4}}
"""
