"""`auditor plan` and `explain` name the ways around a gateway, and count what each of them is asked."""

import json
from collections import Counter
from pathlib import Path

from commands import auditor

FILE = """\
version: 1
vantages:
  internet: {side: outside, resolvers: [192.0.2.53], controls: ["https://www.example.com/"]}
  vpc: {side: inside, resolvers: [system]}
gateways:
  public-api:
    url: https://api.example.com
    control: /api/v1/health
    around: {listeners: [http:8080], origins: [198.51.100.7, "2001:db8::7"]}
  edge: {url: "https://edge.example.com", control: /up}
services:
  config:
    names: [config.internal.example.net]
    url: http://config.internal.example.net:8080
    paths: [/internal/v1/provision]
    ports: [5432]
"""


async def test_plan_and_explain_name_them_and_count_their_requests(tmp_path: Path) -> None:
    path = tmp_path / "probes.yaml"
    path.write_text(FILE)
    planned = await auditor("plan", "-c", path, cwd=tmp_path)
    lines = planned.out.splitlines()
    counted = await auditor("plan", "-c", path, "--json", cwd=tmp_path)
    probes = json.loads(counted.out)["probes"]
    where = Counter((p["question"].get("port"), p["question"].get("address")) for p in probes if p["paced_by"])
    at = {
        "public-api around http:8080": where[8080, "each-address"],
        "public-api origin": where[443, "198.51.100.7"] + where[443, "2001:db8::7"],
        "public-api origin http:8080": where[8080, "198.51.100.7"] + where[8080, "2001:db8::7"],
    }
    paced = sum(1 for probe in probes if probe["paced_by"] == "public-api")
    told = f"public-api: {paced} requests for each address at 20/s: about {paced / 20:.0f} s, "
    assert [line for line in lines if line.startswith(told)]
    both = "198.51.100.7, 2001:db8::7"
    for name, way in (
        ("public-api around http:8080", "http to port 8080 of the same addresses"),
        ("public-api origin", f"https to port 443 of {both}"),
        ("public-api origin http:8080", f"http to port 8080 of {both}"),
    ):
        assert f"  {name}: {at[name]} of them, {way}" in lines
    assert min(at.values()) >= 12

    told = (await auditor("explain", "config", "-c", path, cwd=tmp_path)).out
    for name in ("public-api around http:8080 at each-address", "public-api origin http:8080 at 2001:db8::7"):
        assert name in told
    names = "public-api around http:8080, public-api origin, public-api origin http:8080"
    assert f"  {names}: the same; closed too when nothing at all connects there" in told.splitlines()
