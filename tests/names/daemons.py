"""The servers of the estate: BIND with views, NSD, Knot, Unbound, nginx, and small ones that misbehave.

Must never use what a package started by itself: configuration, state and logs live in a directory of the test.
"""

import subprocess
import sys
from pathlib import Path

from parts import needs
from parts.servers import Server

from names import places
from names.places import (
    AS112,
    BIND,
    BIND6,
    EXPOSED,
    EYES_OF_INSIDE,
    FLAKY,
    HIJACKER,
    INSIDE_LAX,
    INSIDE_STRICT,
    KNOT,
    LAME,
    NSD,
    NSD6,
    PUBLIC_RESOLVER,
    ROOT,
    ROOT6,
    SNOOPED,
    VIEWS,
)


def head(serial: int, mname: str = "ns1.hosting.example.", rname: str = "hostmaster.hosting.example.") -> str:
    return f"$TTL 5\n@ IN SOA {mname} {rname} {serial} 3600 600 86400 5\n"


def path(name: str) -> str:
    found = needs.command(name)
    assert found is not None, name
    return found


class Daemon(Server):
    """A server of the estate in `world`, with a directory of its own."""

    def __init__(self, name: str, world: str, home: Path, argv: list[str], listens: tuple[str, int]) -> None:
        super().__init__(name, world, argv, home / f"{name}.log", listens)


def zone_files(home: Path, zones: dict[str, str], serial: int = 7, **soa: str) -> None:
    home.mkdir(parents=True, exist_ok=True)
    for zone, text in zones.items():
        (home / f"{zone or 'root'}.zone").write_text(head(serial, **soa) + text)


# --- authorities -----------------------------------------------------------------------------------------------


def nsd(
    name: str, world: str, home: Path, addresses: tuple[str, ...], zones: dict[str, str], more: str = ""
) -> Daemon:
    """NSD with these zones as files; `more` stands at the end of its configuration."""
    where = home / name
    zone_files(
        where, {zone.strip("."): text for zone, text in zones.items()}, serial=3 if "stale.example" in zones else 7
    )
    listed = "\n".join(
        f'zone:\n  name: "{zone}"\n  zonefile: "{where}/{zone.strip(".") or "root"}.zone"' for zone in zones
    )
    listening = "\n".join(f"  ip-address: {address}" for address in addresses)
    (where / "nsd.conf").write_text(
        f'server:\n{listening}\n  username: root\n  chroot: ""\n  zonesdir: "{where}"\n  database: ""\n'
        f'  pidfile: ""\n  xfrdfile: "{where}/xfrd.state"\n  xfrdir: "{where}"\n'
        f'  zonelistfile: "{where}/zone.list"\n'
        f'  server-count: 1\n  hide-version: yes\n  hide-identity: yes\n  logfile: ""\n  rrl-ratelimit: 0\n'
        f"  rrl-whitelist-ratelimit: 0\nremote-control:\n  control-enable: no\n{listed}\n{more}"
    )
    argv = [path("nsd"), "-d", "-c", str(where / "nsd.conf")]
    return Daemon(name, world, home, argv, (addresses[0], 53))


def hosting_nsd(world: str, home: Path) -> Daemon:
    """Secondary of BIND for some zones; refuses transfers. Of one it has an old copy of its own."""
    secondaries = "\n".join(
        f'zone:\n  name: "{zone}"\n  zonefile: "{home}/nsd/{zone}.secondary"\n  request-xfr: AXFR {BIND} NOKEY\n'
        f"  allow-notify: {BIND} NOKEY\n  outgoing-interface: {NSD}"
        for zone in places.SECONDARY_NSD
    )
    return nsd("nsd", world, home, (NSD, NSD6), places.NSD_OWN, secondaries + "\n")


def knot(world: str, home: Path) -> Daemon:
    """Secondary of BIND for one zone, primary of others; hands out zones, and signs one while it answers."""
    where, own_name = home / "knot", "dc1.internal.leaky.example"
    zone_files(where, places.KNOT_OWN)
    secondary = "".join(
        f"  - domain: {zone}\n    master: bind\n    acl: anybody\n" for zone in places.SECONDARY_KNOT
    )
    own = "".join(
        f"  - domain: {zone}\n    file: {zone}.zone\n    acl: anybody\n"
        + ("    module: mod-onlinesign\n" if zone == "lies.example" else "")
        for zone in places.KNOT_OWN
    )
    (where / "knot.conf").write_text(
        f"server:\n  listen: {KNOT}@53\n  rundir: {where}\n  identity: {own_name}\n"
        f"  nsid: {own_name}\n"
        f"database:\n  storage: {where}\nlog:\n  - target: stderr\n    any: warning\n"
        f"acl:\n  - id: anybody\n    address: [0.0.0.0/0, ::/0]\n    action: transfer\n"
        f"remote:\n  - id: bind\n    address: {BIND}@53\n    via: {KNOT}\n"
        f"template:\n  - id: default\n    storage: {where}\n    zonefile-load: whole\nzone:\n{secondary}{own}"
    )
    return Daemon("knot", world, home, [path("knotd"), "-c", str(where / "knot.conf")], (KNOT, 53))


def bind(world: str, home: Path) -> Daemon:
    """Two views by where the question comes from. Transfers of what is public to secondaries, of all inside."""
    where = home / "bind"
    leaky = {"leaky.example": places.EXTERNAL["leaky.example"]}
    zone_files(where / "external", {z: t for z, t in places.EXTERNAL.items() if z not in leaky})
    zone_files(where / "external", leaky, mname="dc1.internal.leaky.example.")
    zone_files(where / "internal", places.INTERNAL)
    for zone, arguments in places.SIGNED.items():
        sign(where / "external", zone, arguments)
    external = "\n".join(_primary(zone, "external") for zone in (*places.EXTERNAL, *places.SIGNED))
    internal = "\n".join(_primary(zone, "internal") for zone in places.INTERNAL)
    shared = "\n".join(
        _primary(zone, "external") for zone in (*places.EXTERNAL, *places.SIGNED) if zone not in places.INTERNAL
    )
    (where / "named.conf").write_text(
        f"""
options {{
    directory "{where}"; pid-file none; session-keyfile "{where}/session.key";
    listen-on {{ {BIND}; }}; listen-on-v6 {{ {BIND6}; }};
    recursion no; dnssec-validation no; notify no; allow-transfer {{ none; }};
    version none; hostname none; server-id none; empty-zones-enable no; querylog yes;
}};
controls {{ }};
logging {{
    channel here {{ stderr; severity warning; }}; category default {{ here; }};
    channel asked {{ file "{where}/asked.log"; print-time iso8601-utc; }}; category queries {{ asked; }};
}};
view internal {{
    match-clients {{ 10.0.0.0/8; }};
    allow-transfer {{ {EYES_OF_INSIDE}; }};
    {internal}
    {shared}
}};
view external {{
    match-clients {{ any; }};
    allow-transfer {{ {NSD}; {KNOT}; }};
    {external}
}};
"""
    )
    argv = [path("named"), "-f", "-n", "1", "-U", "1", "-c", str(where / "named.conf")]
    return Daemon("bind", world, home, argv, (BIND, 53))


def _primary(zone: str, view: str) -> str:
    signed = ".signed" if zone in places.SIGNED else ""
    return f'zone "{zone}" {{ type primary; file "{view}/{zone}.zone{signed}"; }};'


def sign(where: Path, zone: str, arguments: tuple[str, ...]) -> None:
    """Signs a zone as its operator would, once and for all."""
    text = places.SIGNED_ZONE + ("config.internal A 45.76.100.20\n" if zone == "weak.example" else "")
    (where / f"{zone}.zone").write_text(head(7) + text)
    for flags in ((), ("-f", "KSK")):
        _run(where, "dnssec-keygen", "-q", "-a", "ECDSAP256SHA256", *flags, zone)
    for key in where.glob(f"K{zone}.+*.key"):
        with (where / f"{zone}.zone").open("a") as file:
            file.write(f"$INCLUDE {key}\n")
    _run(where, "dnssec-signzone", *arguments, "-o", zone, "-S", f"{zone}.zone")


def _run(where: Path, name: str, *arguments: str) -> None:
    subprocess.run([path(name), *arguments], cwd=where, check=True, capture_output=True, text=True)


# --- resolvers -------------------------------------------------------------------------------------------------


def unbound(
    name: str, world: str, home: Path, address: str, more: str = "", after: str = "", ports: str = ""
) -> Daemon:
    """Unbound on one address, following delegations from our own root."""
    where = home / name
    where.mkdir()
    (where / "root.hints").write_text(
        f". 5 NS a.root.example.\na.root.example. 5 A {ROOT}\na.root.example. 5 AAAA {ROOT6}\n"
    )
    listening = "\n".join(f"  interface: {address}@{port}" for port in ("53", *ports.split()))
    (where / "unbound.conf").write_text(
        f'server:\n{listening}\n  username: ""\n  chroot: ""\n  directory: "{where}"\n  pidfile: ""\n'
        f'  use-syslog: no\n  logfile: ""\n  module-config: "iterator"\n  root-hints: "{where}/root.hints"\n'
        f"  access-control: 0.0.0.0/0 allow\n  outgoing-interface: {address}\n  do-ip6: no\n  num-threads: 1\n"
        f"  do-not-query-localhost: no\n  hide-identity: yes\n  hide-version: yes\n  cache-max-ttl: 5\n"
        f"  cache-max-negative-ttl: 2\n  outgoing-num-tcp: 50\n  incoming-num-tcp: 100\n{more}"
        f"remote-control:\n  control-enable: no\n{after}"
    )
    return Daemon(name, world, home, [path("unbound"), "-d", "-c", str(where / "unbound.conf")], (address, 53))


def public_resolver(world: str, home: Path, cert: Path, key: Path) -> Daemon:
    more = f'  tls-service-key: "{key}"\n  tls-service-pem: "{cert}"\n  local-zone: "10.in-addr.arpa." nodefault\n'
    return unbound("resolver", world, home, PUBLIC_RESOLVER, more, ports="853 443")


def inside_resolvers(world: str, home: Path) -> list[Daemon]:
    """One that keeps private addresses out of public answers, and one that lets questions and answers through."""
    private = "".join(f"  private-address: {each}\n" for each in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))
    private += "".join(f'  private-domain: "{zone}"\n' for zone in places.INTERNAL)
    stubs = "".join(f'stub-zone:\n  name: "{zone}"\n  stub-addr: {BIND}\n' for zone in places.INTERNAL)
    lax = "  unblock-lan-zones: yes\n  insecure-lan-zones: yes\n"
    return [
        unbound("strict", world, home, INSIDE_STRICT, private, stubs),
        unbound("lax", world, home, INSIDE_LAX, lax, stubs),
    ]


def exposed_resolver(world: str, home: Path) -> Daemon:
    """A resolver for those inside, at an address that everybody reaches: it asks as from inside."""
    stub = f'forward-zone:\n  name: "internal.sound.example"\n  forward-addr: {INSIDE_STRICT}\n'
    more = '  local-zone: "sound.example" transparent\n  access-control: 0.0.0.0/0 allow_snoop\n'
    return unbound("exposed", world, home, EXPOSED, more, stub)


# --- those that misbehave ----------------------------------------------------------------------------------------


def strange(kind: str, world: str, home: Path, address: str) -> Daemon:
    """A small server of our own: see `strange.py`."""
    argv = [sys.executable, "-m", "names.strange", kind, address]
    return Daemon(kind, world, home, argv, (address, 53))


STRANGE = {"as112": AS112, "view": VIEWS, "hijacker": HIJACKER, "flaky": FLAKY, "snooped": SNOOPED, "lame": LAME}


# --- gateways --------------------------------------------------------------------------------------------------


def certificate(home: Path, name: str, *names: str) -> tuple[Path, Path]:
    """A certificate by our own authority for these names and addresses, and its key."""
    cert, key = home / f"{name}.pem", home / f"{name}.key"
    alternative = ",".join(("IP:" if each.replace(".", "").isdigit() else "DNS:") + each for each in names)
    _openssl(home, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", str(key),
             "-out", f"{name}.csr", "-subj", f"/CN={names[0]}")  # fmt: skip
    (home / f"{name}.ext").write_text(f"subjectAltName={alternative}\n")
    _openssl(home, "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
             "-days", "30", "-out", str(cert), "-extfile", f"{name}.ext")  # fmt: skip
    return cert, key


def authority(home: Path) -> Path:
    _openssl(home, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
             "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Test authority")  # fmt: skip
    return home / "ca.pem"


def _openssl(home: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=home, check=True, capture_output=True)
