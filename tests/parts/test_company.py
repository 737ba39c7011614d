"""The company really is as its states say: seen by raw clients and the app's witness, never by the product."""

import subprocess
import sys

import pytest

from parts.app import MARKS
from parts.company import Company
from parts.configs import API, APP_PORT, BY_ID, CONTROL, INTERNAL, INTERNAL_APP, PATHS, SOUND, STATES, State
from parts.looking import ask, connects, nonce, resolve
from parts.network import (
    APP,
    EDGE_INSIDE,
    GATEWAY,
    INSIDE_MANAGEMENT,
    INTERNAL_DNS,
    INTERNAL_GATEWAY,
    OUTSIDE_SECOND,
    PUBLIC_DNS,
    command,
    namespaces,
    remove_stale,
)
from parts.servers import TESTS, eventually, receiver
from parts.truth import truth

pytestmark = [pytest.mark.parts, pytest.mark.netns]


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.id)
def test_a_state_leaks_where_its_author_meant_it_to(built: Company, state: State) -> None:
    built.take(state)
    found = truth(built)
    assert found.leaks is state.broken, found.why


#: State -> what is open in it, as (target, entrance); beside it nothing is.
LEAKS = {
    "forwards-the-rest": {(path, gateway) for path in PATHS for gateway in ("public", "public-tls")},
    "rule-too-wide": {(path, gateway) for path in PATHS[:2] for gateway in ("public", "public-tls")},
    "docs-published": {(path, gateway) for path in PATHS[2:] for gateway in ("public", "public-tls")},
    "internal-host": {(INTERNAL, "public"), (INTERNAL, "public-tls")},
    "port-open": {(str(APP_PORT), "public"), (str(APP_PORT), "public-tls")},
    "name-private": {(INTERNAL, "public-dns")},
    "names-wildcard": {(INTERNAL, "public-dns"), (INTERNAL_APP, "public-dns")},
}


@pytest.mark.parametrize("state", LEAKS)
def test_the_truth_of_a_leak_is_that_leak_alone(built: Company, state: str) -> None:
    built.take(BY_ID[state])
    found = truth(built).right
    assert {key[1:] for key, verdicts in found.items() if verdicts != {"closed"}} == LEAKS[state]


def test_the_sound_company_is_closed_all_over_and_open_inside(built: Company) -> None:
    built.take(SOUND)
    assert truth(built).all_closed
    for path in PATHS:
        page = built.inside(ask, INTERNAL_GATEWAY, 80, INTERNAL, path)
        assert page.status == 200
        assert MARKS[path].encode() in page.body


@pytest.mark.parametrize("state", ["app-down", "control-fails", "gateway-down", "blind"])
def test_where_a_part_is_down_nothing_at_the_gateway_can_be_proven(built: Company, state: str) -> None:
    built.take(BY_ID[state])
    found = truth(built)
    assert not [key for key, right in found.right.items() if "closed" in right and key[2] != "public-dns"]


def test_outside_reaches_nothing_inside_but_by_the_gateway_and_the_socks_server(built: Company) -> None:
    built.take(SOUND)
    for address, port in ((APP, APP_PORT), (INTERNAL_GATEWAY, 80), (INTERNAL_DNS, 53)):
        assert not built.outside(connects, address, port)
        assert built.inside(connects, address, port)
    assert built.outside(connects, INSIDE_MANAGEMENT, 1080)
    assert not built.inside(connects, GATEWAY, 80)


def test_the_two_views_of_the_zone_differ(built: Company) -> None:
    built.take(SOUND)
    assert built.inside(resolve, INTERNAL_DNS, INTERNAL).addresses == {INTERNAL_GATEWAY}
    assert built.outside(resolve, PUBLIC_DNS, INTERNAL).rcode == "NXDOMAIN"
    assert built.outside(resolve, PUBLIC_DNS, API).addresses == {GATEWAY}
    assert built.outside(resolve, PUBLIC_DNS, f"{nonce()}.test").rcode == "NXDOMAIN"


def test_the_witness_sees_what_came_through_the_edge_and_what_came_from_inside(built: Company) -> None:
    built.take(SOUND)
    mark = built.witness.mark()
    ours, theirs = nonce(), nonce()
    built.outside(ask, GATEWAY, 443, API, CONTROL, tls=True, nonce=ours)
    built.inside(ask, APP, APP_PORT, "app.shop.example", CONTROL, nonce=theirs)
    seen = {each.nonce: each for each in built.witness.since(mark)}
    assert seen[ours].client == EDGE_INSIDE
    assert seen[ours].host == API
    assert not seen[theirs].from_edge


def test_the_gateway_logs_the_address_it_was_asked_from(built: Company) -> None:
    built.take(SOUND)
    path = f"/{nonce()}"
    built.outside(ask, GATEWAY, 80, API, path, source=OUTSIDE_SECOND)
    log = built.gateway.access_log
    eventually(lambda: path in log.read_text(), "nginx logs a request once it is over")
    line = next(line for line in log.read_text().splitlines() if path in line)
    assert line.startswith(f"{OUTSIDE_SECOND} ")


def test_the_receiver_keeps_what_was_posted_to_it(built: Company) -> None:
    with receiver(built.net.outside, "192.0.2.10") as (url, deliveries):
        post = ["curl", "-sS", "--max-time", "5", "-H", "X-One: two", "-d", "body", url]
        subprocess.run(command(built.net.outside, *post), check=True, timeout=10)
    assert [(each.path, each.headers["x-one"], each.body) for each in deliveries] == [("/hook", "two", b"body")]


def test_nothing_in_the_namespaces_has_a_way_out(built: Company) -> None:
    for namespace in (built.net.outside, built.net.edge, built.net.inside):
        routes = subprocess.run(
            ["ip", "-n", namespace, "route"], capture_output=True, text=True, check=True
        ).stdout
        assert "default" not in routes
        assert routes.count("dev") == 2


def test_what_a_killed_run_left_is_removed(built: Company) -> None:
    """In a process of its own, which is killed as it stands with a network and something running in it."""
    script = (
        "import subprocess, sys, time\nfrom parts.network import network\n"
        "with network() as net:\n"
        "    subprocess.Popen(['ip', 'netns', 'exec', net.inside, 'sleep', '60'])\n"
        "    print(net.inside, flush=True)\n    time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, cwd=TESTS) as process:
        assert process.stdout is not None
        left = process.stdout.readline().strip()
        process.kill()
    assert left in namespaces()
    remove_stale()
    assert left not in namespaces()
    assert built.net.inside in namespaces()
