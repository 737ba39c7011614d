"""The same through nginx: its own status page outside what it is meant to forward."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from parts import needs
from strange import Strange, running
from test_audit_hunting import shown, with_packs

from auditor.report import to_json

pytestmark = pytest.mark.parts

_CONF = """
daemon off; master_process off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
  access_log off; default_type application/octet-stream;
  client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  server {{
    listen 127.0.0.1:{port}; root {folder}/www;
    location = /api/v1/health {{ default_type text/plain; return 200 "the public API is up and running\\n"; }}
    {more}
  }}
}}
"""
_STATUS = "location = /nginx_status { stub_status; }"
_EVERYTHING = 'location / { default_type text/html; return 200 "<html><body>Welcome to the shop</body></html>"; }'


@contextmanager
def nginx(folder: Path, more: str) -> Iterator[int]:
    needs.require("nginx")
    (folder / "www" / ".git").mkdir(parents=True)
    (folder / "www" / ".git" / "config").write_text("[core]\n\trepositoryformatversion = 0\n")
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    conf = folder / "nginx.conf"
    conf.write_text(_CONF.format(folder=folder, port=port, more=more))
    process = subprocess.Popen(
        [needs.command("nginx") or "nginx", "-c", str(conf), "-e", str(folder / "error.log")]
    )
    try:
        deadline = time.monotonic() + 20
        while True:
            assert process.poll() is None and time.monotonic() < deadline, (folder / "error.log").read_text()
            with socket.socket() as knock:
                if knock.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.01)
        yield port
    finally:
        process.terminate()
        process.wait(10)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (_STATUS, {"/nginx_status", "/.git/config"}),
        (f"{_STATUS} location ~ /\\. {{ deny all; }}", {"/nginx_status"}),
        (_EVERYTHING, set()),
        ("location ~ /\\. { deny all; }", set()),
    ],
)
async def test_nginx(more: str, expected: set[str], tmp_path: Path) -> None:
    folder = tmp_path / "nginx"
    folder.mkdir()
    with nginx(folder, more) as port:
        async with running(Strange(paths=(), ports=(8080,)), tmp_path) as run:
            name = run.config.gateways["api"].url.rpartition(":")[0]
            record = await run.audit(1, with_packs(run.config, "all", url=f"{name}:{port}"))
    assert shown(record) == dict.fromkeys(expected, "exposed signature high")
    (line,) = to_json(record)["hunts"]
    assert (line["found"], line["untold"]) == (len(expected), {})
