"""The product as its user runs it: a probes.yaml for the estate, and the command in the namespace of the eyes.

Must never import the product: it is run as a process, from where a person would run it.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from parts.network import command
from parts.servers import TESTS

from names import places
from names.estate import Estate
from names.net import EYES_INSIDE

SECONDS = 180.0

RESOLVERS = (places.PUBLIC_RESOLVER, f"tcp://{places.PUBLIC_RESOLVER}", f"tls://{places.PUBLIC_RESOLVER}",
             f"https://{places.PUBLIC_RESOLVER}/dns-query")  # fmt: skip

#: zone → (scope, what else its operator says of it)
ZONES: dict[str, tuple[str, dict[str, Any]]] = {
    "sound.example": ("public", {"file": "sound.zone"}),
    "internal.sound.example": ("internal", {"transfer": [places.BIND], "servers": [places.EXPOSED]}),
    "leaky.example": ("public", {"file": "leaky.zone"}),
    "internal.leaky.example": ("internal", {"transfer": [places.BIND]}),
    "wild.example": ("public", {}),
    "internal.wild.example": ("internal", {}),
    "public-wild.example": ("public", {}),
    "internal.public-wild.example": ("internal", {}),
    "walk.example": ("public", {}),
    "hashed.example": ("public", {}),
    "weak.example": ("public", {}),
    "internal.weak.example": ("internal", {}),
    "lies.example": ("public", {}),
    "internal.lies.example": ("internal", {}),
    "split.example": ("public", {}),
    "three.example": ("public", {}),
    "internal.three.example": ("internal", {"servers": [places.SNOOPED]}),
    "stale.example": ("public", {}),
    "internal.stale.example": ("internal", {}),
    "view.example": ("public", {}),
    "internal.view.example": ("internal", {}),
    "100.76.45.in-addr.arpa": ("public", {"delegation": False, "servers": [places.BIND]}),
}

#: service → (its name, its expectation)
NAMES: dict[str, tuple[str, str]] = {
    "sound": ("config.internal.sound.example", "absent"),
    "wild": ("config.internal.wild.example", "absent"),
    "public-wild": ("config.internal.public-wild.example", "absent"),
    "weak": ("config.internal.weak.example", "absent"),
    "three": ("config.internal.three.example", "absent"),
    "stale": ("old.internal.stale.example", "absent"),
    "by-tcp": ("tcp.internal.view.example", "absent"),
    "by-subnet": ("subnet.internal.view.example", "absent"),
    "quiet": ("quiet.internal.view.example", "absent"),
    "compact": ("config.internal.lies.example", "absent"),
    "post": ("post.split.example", "private_only"),
    "hollow": ("hollow.split.example", "differs_from_inside"),
    "split": ("app.split.example", "differs_from_inside"),
    "equal": ("equal.split.example", "differs_from_inside"),
    "balancer": ("lb.private.sound.example", "private_only"),
}


def probes_yaml(
    estate: Estate,
    *,
    resolvers: Sequence[str] = RESOLVERS,
    inside: Sequence[str] = (places.INSIDE_STRICT, places.INSIDE_LAX),
    zones: Iterable[str] = ZONES,
    names: Iterable[str] = NAMES,
    gateways: bool = True,
    rate: str = "1000/s",
    patience: float = 5,
) -> str:
    """The estate as its operator would describe it. JSON is YAML."""
    config: dict[str, Any] = {
        "version": 1,
        "vantages": {
            "internet": {
                "side": "outside",
                "resolvers": list(resolvers),
                "controls": ["http://www.sound.example/up"],
                "ca_file": str(estate.ca),
                "roots": [places.ROOT],
            },
            "vpc": {
                "side": "inside",
                "resolvers": list(inside),
                "source_address": EYES_INSIDE,
                "rebinding": "rebind.hosting.example",
                "search": ["sound.example", "corp.invalid-suffix.example"],
            },
        },
        "zones": {zone: {"scope": ZONES[zone][0], **_files(estate, ZONES[zone][1])} for zone in zones},
        "services": {name: {"names": [NAMES[name][0]], "dns": NAMES[name][1]} for name in names},
        "networks": ["45.76.100.8/29", "45.76.100.16/29"],
        "transparency": str(estate.home / "logged.txt"),
        "limits": {
            "resolver_rate": rate,
            "connect_seconds": patience / 2,
            "probe_seconds": patience,
            "audit_seconds": 150,
        },
        "database": f"sqlite:///{estate.home}/audits.db",
        "report": {"path": str(estate.home / "report.html")},
    }
    if gateways:
        # Behind one name there is a service, so that a wildcard over it can be judged by what it leads to.
        config["services"]["public-wild"] |= {
            "url": "http://config.internal.public-wild.example",
            "health": "/up",
            "paths": ["/secret"],
        }
        config["gateways"] = {
            name: {
                "url": f"https://api.{name}.example",
                "control": "/up",
                "sensitive": "none",
                "variants": "none",
                "rate": "500/s",
            }
            for name in ("leaky", "sound")
        }
    return json.dumps(config, indent=1)


def _files(estate: Estate, settings: Mapping[str, Any]) -> dict[str, Any]:
    return {key: str(estate.home / value) if key == "file" else value for key, value in settings.items()}


def write_files(estate: Estate) -> None:
    """Zone files and logged certificates, as an operator has them."""
    for zone in ("sound", "leaky"):
        text = "$TTL 5\n@ SOA ns hostmaster 1 2 3 4 5\n" + places.EXTERNAL[f"{zone}.example"]
        kept = [
            line for line in text.splitlines() if "internal" not in line.split(" ")[0] and "lb.private" not in line
        ]
        (estate.home / f"{zone}.zone").write_text("\n".join(kept) + "\n")
    (estate.home / "logged.txt").write_text("www.sound.example\nvault.internal.leaky.example\napi.leaky.example\n")


@dataclass(frozen=True)
class Told:
    """What an audit said."""

    code: int
    json: dict[str, Any]
    stderr: str

    def verdicts(self, **which: str) -> list[dict[str, Any]]:
        """Verdicts with all of these fields."""
        return [v for v in self.json["verdicts"] if all(v.get(k) == w for k, w in which.items())]

    def words(self, **which: str) -> set[str]:
        """`verdict reason` of each."""
        return {f"{v['verdict']} {v['reason']}" for v in self.verdicts(**which)}


def audited(estate: Estate, text: str, name: str = "probes") -> Told:
    """One `auditor run` in the namespace of the eyes, with a database of its own."""
    config, out = estate.home / f"{name}.yaml", estate.home / f"{name}.json"
    config.write_text(text.replace("audits.db", f"{name}.db").replace("report.html", f"{name}.html"))
    done = subprocess.run(
        command(
            estate.net.eyes, sys.executable, "-m", "auditor", "run", "--config", str(config), "--json", str(out)
        ),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        cwd=TESTS.parent,
        env={**os.environ, "PYTHONWARNINGS": "default"},
        check=False,
    )  # fmt: skip
    if not Path(out).exists():
        raise AssertionError(f"exit {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    return Told(done.returncode, json.loads(out.read_text()), done.stderr)
