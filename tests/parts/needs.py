"""What a test needs of the machine: commands of Debian packages, and root.

Must never let a missing part pass quietly where it counts: with CI=true in the environment it is a failure,
elsewhere a skip that says what to install.
"""

import os
import shutil
from pathlib import Path

import pytest

#: Command -> Debian package, the same as in scripts/parts.sh.
PACKAGES = {
    "ip": "iproute2",
    "nginx": "nginx",
    "named": "bind9",
    "microsocks": "microsocks",
    "nsd": "nsd",
    "knotd": "knot",
    "unbound": "unbound",
    "dnssec-signzone": "bind9-utils",
    "openssl": "openssl",
    "haproxy": "haproxy",
    "initdb": "postgresql",
    "chromium": "chromium",
    "ffuf": "ffuf",
    "prometheus-blackbox-exporter": "prometheus-blackbox-exporter",
    "setpriv": "util-linux",
}

#: Where daemons live, which is not on everybody's PATH.
_PLACES = ("/usr/local/sbin", "/usr/sbin", "/sbin")


def command(name: str) -> str | None:
    """The path of a command, or None. `initdb` is looked for in PostgreSQL's directories, newest version first."""
    found = shutil.which(name) or shutil.which(name, path=os.pathsep.join(_PLACES))
    if found is None and name == "initdb":
        versions = Path("/usr/lib/postgresql").glob("*/bin/initdb")
        found = next((str(path) for path in sorted(versions, key=_version, reverse=True)), None)
    return found


def _version(initdb: Path) -> int:
    name = initdb.parent.parent.name
    return int(name) if name.isdigit() else 0


def unavailable(reason: str) -> None:
    """Skips the test, or fails it where all parts are promised to be there (CI=true)."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason}; `sh scripts/parts.sh` installs the parts", pytrace=False)
    pytest.skip(f"{reason}; `sh scripts/parts.sh` installs the parts")


def require(*names: str, root: bool = False) -> None:
    """Goes on only where all these commands are there, and we are root if that is asked."""
    missing = [f"{name} (package {PACKAGES.get(name, name)})" for name in names if command(name) is None]
    if missing:
        unavailable("missing: " + ", ".join(missing))
    if root and os.geteuid() != 0:
        unavailable("needs root, for network namespaces")
