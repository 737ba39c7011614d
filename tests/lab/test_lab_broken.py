"""Every breakage really changes what a plain client sees, as the table says, and mending it takes that back."""

from itertools import combinations
from pathlib import Path

import dns.rcode
import pytest
from lab_clients import (
    addresses,
    connected,
    connects,
    inside,
    inside_dns,
    leaking,
    listening_ports,
    outside,
    public_dns,
)

from auditor.lab import DEMO, ENTRIES, SERVICES, Breakage, Stake, company
from auditor.lab.breakages import covers, expected
from auditor.lab.estate import (
    API_HOST,
    CHECKOUT_HOST,
    INTERNAL_ZONE,
    LOOPBACK,
    ORDERS_PATH,
    PORTAL_HOST,
    SITE_HOST,
)
from auditor.model import DECISIVE, Aspect, Verdict, good

PROVISIONING = f"provisioning.{INTERNAL_ZONE}"
BILLING = f"billing.{INTERNAL_ZONE}"
JOBS = f"jobs.{INTERNAL_ZONE}"


def leaks_of(lab, *breakages: Breakage) -> set[Stake]:
    return {stake for stake in lab.expected if any(covers(ENTRIES[b].leaks, stake) for b in breakages)}


def test_every_breakage_has_an_entry():
    assert set(ENTRIES) == set(Breakage)
    assert all(entry.sentence.endswith(".") for entry in ENTRIES.values())


#: Under a hijack every name answers; what that means is a test of its own.
@pytest.mark.parametrize("breakage", [b for b in Breakage if b is not Breakage.DNS_HIJACKED])
async def test_what_leaks_is_what_the_table_says(tmp_path: Path, breakage: Breakage):
    async with company(breakage, root=tmp_path) as lab:
        assert await leaking(lab) == leaks_of(lab, breakage)
        await lab.fix(breakage)
        assert await leaking(lab) == set()
        assert lab.broken == frozenset()
        assert all(verdicts == {good(stake.aspect)} for stake, verdicts in lab.expected.items())
        await lab.inflict(breakage)
        assert await leaking(lab) == leaks_of(lab, breakage)


@pytest.mark.parametrize(
    "pair", list(combinations([b for b in Breakage if ENTRIES[b].leaks], 2)), ids=lambda pair: "+".join(pair)
)
async def test_leaks_add_up(tmp_path: Path, pair: tuple[Breakage, Breakage]):
    async with company(*pair, root=tmp_path) as lab:
        assert await leaking(lab) == leaks_of(lab, *pair)


@pytest.mark.parametrize("sound", [b for b in Breakage if ENTRIES[b].sound])
@pytest.mark.parametrize("leaky", [Breakage.DEFAULT_FORWARDS, Breakage.RULE_TOO_WIDE, Breakage.HOST_ANSWERED])
async def test_what_forwards_wins_over_what_refuses(tmp_path: Path, sound: Breakage, leaky: Breakage):
    async with company(sound, leaky, root=tmp_path) as lab:
        assert await leaking(lab) == leaks_of(lab, leaky)


async def test_everything_at_once_still_runs(tmp_path: Path):
    async with company(*Breakage, root=tmp_path) as lab:
        assert (await outside(lab, "/docs")).status_code == 200
        for breakage in Breakage:
            await lab.fix(breakage)
        assert await leaking(lab) == set()


# --- one by one: what a client sees --------------------------------------------------------------------------


async def test_default_forwards(tmp_path: Path):
    async with company(Breakage.DEFAULT_FORWARDS, root=tmp_path) as lab:
        stranger = await outside(lab, "/q7f3k0m2x9")
        assert (stranger.status_code, stranger.json()) == (404, {"detail": "Not Found"})
        # The app knows its hosts, so that one internal name is not like any other.
        assert (await outside(lab, "/docs", host=f"q7f3k.{INTERNAL_ZONE}")).text == "Invalid host header"
        assert (await outside(lab, "/", host=BILLING)).json()["service"] == "billing"
        assert ("public balancer", BILLING, "/") in lab.witness


async def test_rule_too_wide(tmp_path: Path):
    async with company(Breakage.RULE_TOO_WIDE, root=tmp_path) as lab:
        assert (await outside(lab, "/internal/v1/provision")).json()["environment"] == "production"
        assert (await outside(lab, "/internal/v1/q7f3k")).json() == {"detail": "Not Found"}
        assert (await outside(lab, "/billing/v1/invoices")).headers["server"] == "shop-edge/1.9"
        assert [reached.target for reached in lab.witness] == ["/internal/v1/provision", "/internal/v1/q7f3k"]


async def test_docs_published(tmp_path: Path):
    async with company(Breakage.DOCS_PUBLISHED, root=tmp_path) as lab:
        assert "SwaggerUIBundle(" in (await outside(lab, "/docs")).text
        assert "/internal/v1/provision" in (await outside(lab, "/openapi.json")).json()["paths"]
        assert (await outside(lab, "/docs/q7f3k")).headers["server"] == "shop-edge/1.9"


async def test_host_answered(tmp_path: Path):
    async with company(Breakage.HOST_ANSWERED, root=tmp_path) as lab:
        assert (await outside(lab, "/billing/v1/ledger", host=BILLING)).status_code == 200
        assert (await outside(lab, "/billing/v1/ledger", host=f"{BILLING.upper()}.:80")).status_code == 200
        for host in (API_HOST, PROVISIONING, f"q7f3k.{INTERNAL_ZONE}"):
            assert (await outside(lab, "/billing/v1/ledger", host=host)).status_code == 404


async def test_name_in_public_dns_with_its_private_address(tmp_path: Path):
    async with company(Breakage.NAME_PRIVATE, root=tmp_path) as lab:
        assert addresses(await public_dns(lab, JOBS)) == addresses(await inside_dns(lab, JOBS)) == ["10.20.0.30"]
        assert (await public_dns(lab, JOBS, "AAAA")).rcode() == dns.rcode.NOERROR
        assert (await public_dns(lab, f"q7f3k.{INTERNAL_ZONE}")).rcode() == dns.rcode.NXDOMAIN


async def test_name_in_public_dns_with_a_public_address(tmp_path: Path):
    async with company(Breakage.NAME_PUBLIC, root=tmp_path) as lab:
        (address,) = addresses(await public_dns(lab, PROVISIONING))
        assert address not in addresses(await inside_dns(lab, PROVISIONING))
        assert not address.startswith(("10.", "127."))


async def test_port_open(tmp_path: Path):
    async with company(root=tmp_path) as lab:
        public = listening_ports()
        assert not await connects(lab.ports.app)
        await lab.inflict(Breakage.PORT_OPEN)
        assert listening_ports() - public == {lab.ports.app}
        got = await outside(lab, "/internal/v1/config", host=PROVISIONING, port=lab.ports.app)
        assert got.content == (await inside(lab, "/internal/v1/config", host=PROVISIONING)).body
        assert lab.witness == [("open port", "", ""), ("open port", PROVISIONING, "/internal/v1/config")]
        async with connected(lab.ports.app) as (reader, _):
            await lab.fix(Breakage.PORT_OPEN)  # with somebody on the line
            assert await ended(reader)
        assert not await connects(lab.ports.app)
        assert listening_ports() == public
        await lab.inflict(Breakage.PORT_OPEN)
        assert await connects(lab.ports.app)


async def ended(reader) -> bool:
    try:
        return await reader.read() == b""
    except ConnectionResetError:
        return True


async def test_catch_all(tmp_path: Path):
    async with company(Breakage.CATCH_ALL, root=tmp_path) as lab:
        stranger = await outside(lab, "/q7f3k0m2x9")
        assert stranger.status_code == 200 and "Welcome" in stranger.text
        for target, host in (("/internal/v1/provision", API_HOST), ("/docs", API_HOST), ("/docs", PROVISIONING)):
            assert (await outside(lab, target, host=host)).content == stranger.content
        assert (await outside(lab, "/api/v1/health")).headers["server"] == "uvicorn"
        assert [reached.target for reached in lab.witness] == ["/api/v1/health"]


async def test_gateway_denies(tmp_path: Path):
    async with company(Breakage.GATEWAY_DENIES, root=tmp_path) as lab:
        for path in ("/internal/v1/provision", "/internal/v1/q7f3k"):
            got = await outside(lab, path)
            assert (got.status_code, got.headers["server"]) == (403, "shop-edge/1.9")
        assert (await outside(lab, "/docs")).status_code == 404


async def test_service_down(tmp_path: Path):
    async with company(Breakage.SERVICE_DOWN, root=tmp_path) as lab:
        for path in ("/health", "/internal/v1/provision", "/q7f3k"):
            got = await inside(lab, path, host=f"{PROVISIONING}:{lab.ports.app}")
            assert (got.status, got.headers["server"]) == (503, "shop-inner/1.9")
        assert (await inside(lab, "/billing/v1/ledger", host=BILLING)).status == 200
        assert (await inside(lab, "/health", host=PORTAL_HOST)).status == 200
        assert (await outside(lab, "/api/v1/health")).status_code == 200


async def test_control_down(tmp_path: Path):
    async with company(Breakage.CONTROL_DOWN, root=tmp_path) as lab:
        assert (await outside(lab, "/api/v1/health")).status_code == 503
        assert (await outside(lab, "/api/v1/catalog")).status_code == 200
        assert (await inside(lab, "/health", host=PROVISIONING)).status == 200


async def test_sight_lost(tmp_path: Path):
    async with company(Breakage.SIGHT_LOST, root=tmp_path) as lab:
        assert (await outside(lab, "/", host=SITE_HOST, port=lab.ports.site)).status_code == 503
        assert (await outside(lab, "/api/v1/health")).status_code == 200


async def test_dns_hijacked(tmp_path: Path):
    async with company(Breakage.DNS_HIJACKED, Breakage.NAME_PRIVATE, root=tmp_path) as lab:
        sold = addresses(await public_dns(lab, "q7f3k.shop.example"))
        assert sold == addresses(await public_dns(lab, PROVISIONING)) == ["198.51.100.99"]
        assert addresses(await public_dns(lab, API_HOST)) == [LOOPBACK]
        assert addresses(await public_dns(lab, JOBS)) == ["10.20.0.30"]
        assert (await inside_dns(lab, f"q7f3k.{INTERNAL_ZONE}")).rcode() == dns.rcode.NXDOMAIN
        await lab.fix(Breakage.DNS_HIJACKED)
        assert (await public_dns(lab, "q7f3k.shop.example")).rcode() == dns.rcode.NXDOMAIN


async def test_dns_servfail(tmp_path: Path):
    async with company(Breakage.DNS_SERVFAIL, Breakage.NAME_PRIVATE, root=tmp_path) as lab:
        for name in (JOBS, PROVISIONING, f"q7f3k.{INTERNAL_ZONE}"):
            failed = await public_dns(lab, name)
            assert (failed.rcode(), failed.answer) == (dns.rcode.SERVFAIL, [])
        assert addresses(await public_dns(lab, API_HOST)) == [LOOPBACK]
        assert (await public_dns(lab, "q7f3k.shop.example")).rcode() == dns.rcode.NXDOMAIN


async def test_auth_not_carried_over(tmp_path: Path):
    async with company(Breakage.AUTH_NOT_CARRIED_OVER, root=tmp_path) as lab:
        port, token = lab.ports.checkout, lab.token_file.read_text()
        bare = await outside(lab, ORDERS_PATH, host=CHECKOUT_HOST, port=port)
        known = await outside(lab, ORDERS_PATH, token=token)
        assert (bare.status_code, bare.content) == (known.status_code, known.content) == (200, known.content)
        assert (await outside(lab, ORDERS_PATH)).status_code == 401
        assert (await outside(lab, "/docs", host=CHECKOUT_HOST, port=port)).status_code == 404
        await lab.fix(Breakage.AUTH_NOT_CARRIED_OVER)
        assert (await outside(lab, ORDERS_PATH, host=CHECKOUT_HOST, port=port)).status_code == 401


async def test_public_path_down(tmp_path: Path):
    async with company(Breakage.PUBLIC_PATH_DOWN, root=tmp_path) as lab:
        assert (await outside(lab, "/api/v1/catalog")).status_code == 503
        assert (await outside(lab, "/api/v1/health")).status_code == 200


# --- what may be said of it ----------------------------------------------------------------------------------


def test_closed_is_expected_only_where_nothing_leaks_and_nothing_is_veiled():
    for size in (1, 2, 3):
        for broken in combinations(Breakage, size):
            for stake, verdicts in expected(broken, 8080).items():
                touched = any(covers((*ENTRIES[b].leaks, *ENTRIES[b].veils), stake) for b in broken)
                assert (verdicts == {good(stake.aspect)}) is not touched, (broken, stake)
                assert verdicts, (broken, stake)


def test_a_leak_under_one_veil_is_still_told_unless_it_cannot_be_seen():
    for leaky in (b for b in Breakage if ENTRIES[b].leaks):
        for veil in (b for b in Breakage if ENTRIES[b].veils):
            for stake, verdicts in expected((leaky, veil), 8080).items():
                if covers(ENTRIES[leaky].leaks, stake) and not ENTRIES[veil].hides:
                    assert verdicts & DECISIVE, (leaky, veil, stake)


def test_the_example_of_each_kind():
    app = 8080
    provision = Stake("provisioning", Aspect.PATH, "/internal/v1/provision")
    assert expected((Breakage.RULE_TOO_WIDE,), app)[provision] == {Verdict.EXPOSED}
    assert expected((Breakage.SERVICE_DOWN,), app)[provision] == {Verdict.UNPROVEN}
    down = expected((Breakage.SERVICE_DOWN, Breakage.RULE_TOO_WIDE), app)
    assert down[provision] == {Verdict.EXPOSED, Verdict.SUSPECTED}
    hidden = expected((Breakage.DNS_SERVFAIL, Breakage.NAME_PRIVATE), app)
    assert hidden[Stake("jobs", Aspect.NAME, JOBS)] == {Verdict.UNTESTED}


def test_the_demo_is_believable():
    told = {s.service for s, verdicts in expected(DEMO, 8080).items() if verdicts != {good(s.aspect)}}
    fine = [stake for stake, verdicts in expected(DEMO, 8080).items() if verdicts == {good(stake.aspect)}]
    assert told == {service.name for service in SERVICES} - {"metrics"} | {"orders"}
    assert len(fine) >= 8
