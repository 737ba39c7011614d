"""The product as its user runs it: a probes.yaml for the company, and the command in a namespace.

Must never import the product: it is run as a process, from where a person would run it.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from parts.company import Company
from parts.configs import API, APP_PORT, CONTROL, HEALTH, INTERNAL, INTERNAL_APP, PATHS, PUBLIC_SITE
from parts.network import INSIDE_MANAGEMENT, INTERNAL_DNS, OUTSIDE_SECOND, PUBLIC_DNS, command
from parts.servers import TESTS
from parts.truth import Key

SECONDS = 60.0

_GATEWAYS = {
    "public": f"http://{API}",
    "public-tls": f"https://{API}",
}


def probes_yaml(
    company: Company,
    *,
    gateways: Sequence[str] = tuple(_GATEWAYS),
    by_file: bool = False,
    second_source: bool = False,
    webhook: str | None = None,
    variants: str = "none",
) -> str:
    """The company as its operator would describe it; asked as it stands, unless a test is about other spellings.

    `by_file`: the inside is observed there and handed in. `second_source`: a second outside vantage, with an
    address of its own. `webhook`: where alerts go; their secret is in the environment as ALERT_SECRET.
    """
    inside = "by_file: true" if by_file else f"via: socks5://{INSIDE_MANAGEMENT}:1080"
    text = f"""
version: 1
vantages:
  internet:
    side: outside
    resolvers: [{PUBLIC_DNS}]
    controls: [http://{PUBLIC_SITE}/]
    ca_file: {company.ca_file}
  vpc:
    side: inside
    resolvers: [{INTERNAL_DNS}]
    {inside}
"""
    if second_source:
        text += f"""
  internet-second:
    side: outside
    resolvers: [{PUBLIC_DNS}]
    controls: [http://{PUBLIC_SITE}/]
    ca_file: {company.ca_file}
    source_address: {OUTSIDE_SECOND}
"""
    text += "gateways:\n"
    for name in gateways:
        text += f"""
  {name}:
    url: {_GATEWAYS[name]}
    addresses: auto
    control: {CONTROL}
    allow: [/api/v1/*]
    rate: 500/s
    variants: {variants}
    attempts: 2
    sensitive: none
"""
    text += f"""
services:
  internal-api:
    owner: team-platform
    severity: high
    names: [{INTERNAL}]
    url: http://{INTERNAL}
    health: {HEALTH}
    paths: [{", ".join(PATHS)}]
  app:
    owner: team-shop
    names: [{INTERNAL_APP}]
    url: http://{INTERNAL_APP}:{APP_PORT}
    health: {HEALTH}
    ports: [{APP_PORT}]
limits: {{connect_seconds: 1.0, probe_seconds: 2.0, resolver_rate: 1000/s}}
"""
    if webhook is not None:
        text += f"""
alerts:
  - webhook: {{url: "{webhook}", secret: {{env: ALERT_SECRET}}, allow_http: true}}
"""
    return text


def run_auditor(
    company: Company, namespace: str, args: Sequence[str], cwd: Path, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """The command, run in a namespace to its end; what it printed is in the result."""
    return subprocess.run(
        command(namespace, sys.executable, "-m", "auditor", *args),
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(TESTS.parent), **(environment or {})},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


@dataclass(frozen=True)
class Audited:
    """What one `auditor run` came to."""

    code: int
    told: str
    document: dict[str, Any]

    @property
    def verdicts(self) -> dict[Key, str]:
        return {
            (each["service"], each["target"], each["entrance"]): each["verdict"]
            for each in self.document["verdicts"]
        }

    def explain(self) -> dict[Key, str]:
        return {
            (each["service"], each["target"], each["entrance"]): f"{each['verdict']} ({each['reason']})"
            for each in self.document["verdicts"]
        }


class Auditor:
    """The command with one configuration and one database, in a directory of its own."""

    def __init__(
        self, company: Company, home: Path, environment: Mapping[str, str] | None = None, **settings: Any
    ):
        self._company = company
        self._home = home
        self._environment = environment
        (home / "probes.yaml").write_text(probes_yaml(company, **settings))

    def command(self, namespace: str, *args: str) -> subprocess.CompletedProcess[str]:
        return run_auditor(self._company, namespace, args, self._home, self._environment)

    def run(self) -> Audited:
        """One audit from `outside`, with a fresh JSON. Fails where the command did not end as it promises."""
        out = self._home / "out.json"
        out.unlink(missing_ok=True)
        ended = self.command(
            self._company.net.outside,
            *("run", "--config", "probes.yaml", "--db", "sqlite:///audits.db"),
            *("--json", str(out), "--report", "report.html"),
        )
        told = f"{ended.stdout}\n{ended.stderr}"
        assert ended.returncode in (0, 1, 3), told
        assert "Traceback" not in told, told
        return Audited(ended.returncode, told, json.loads(out.read_text()))
