"""`auditor check`, `plan` and `explain` say what names and zones are asked, and read the files they are given."""

from pathlib import Path

from commands import auditor

FILE = """\
version: 1
vantages:
  internet: {side: outside, resolvers: [192.0.2.53], controls: ["https://www.example.com/"]}
  vpc: {side: inside, resolvers: [system]}
gateways:
  api: {url: "https://api.example.net", control: /up}
services:
  config: {names: [config.internal.example.net]}
  other: {names: [other.example.org]}
zones:
  example.net: {scope: public}
  internal.example.net: {scope: internal, file: internal.zone, transfer: [10.0.0.53]}
  corp.example.com: {scope: internal}
"""
ZONE = "$TTL 60\n@ SOA ns hostmaster 1 2 3 4 5\nconfig A 10.0.0.1\ndb A 10.0.0.2\n"


async def test_names_of_a_zone_file_are_counted_and_gateways_stay_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "probes.yaml"
    path.write_text(FILE.replace("internal.zone", str(tmp_path / "internal.zone")))
    (tmp_path / "internal.zone").write_text(ZONE)
    done = await auditor("plan", "--config", path, cwd=tmp_path)
    assert done.code == 0
    assert "zone internal.example.net (internal): 3 checks, 2 names" in done.out
    assert "the names that 10.0.0.53 hands over" in done.out
    assert "each name server of the zones: " in done.out
    assert ", 38 well-known sensitive paths among them" in done.out
    told = await auditor("explain", "config", "--config", path, cwd=tmp_path)
    assert "through resolver 192.0.2.53, each name server of its zone" in told.out


async def test_what_is_wrong_with_a_zone_file_is_told_with_its_line(tmp_path: Path) -> None:
    path, zone = tmp_path / "probes.yaml", tmp_path / "internal.zone"
    path.write_text(FILE.replace("internal.zone", str(zone)))
    done = await auditor("check", "--config", path, cwd=tmp_path)
    assert done.code == 0 and f"file: {zone}: No such file or directory" in done.err
    zone.write_text(ZONE + "x NOTATYPE 1\n")
    done = await auditor("check", "--config", path, cwd=tmp_path)
    assert f"zones.internal.example.net: file: {zone}: line 5: " in done.err
    assert "zones.corp.example.com: is below 'example.com', which is no zone of this file" in done.err
    assert "services.other.names[0]: 'other.example.org' is in no zone of this file" in done.err
    assert "3 zones" in done.out
