"""Rows of the truth table, judged from whole observations."""

import json
from dataclasses import replace

import pytest
from judge_builder import (
    CADDY_EMPTY,
    GATEWAY_400,
    GATEWAY_403,
    GATEWAY_404,
    HEALTHY,
    INSIDE_404,
    JSON,
    NGINX,
    OTHER,
    SECRET,
    SPA,
    Alert,
    Page,
    Scene,
    each_lost,
)

from auditor.judge import judge, needs_replay
from auditor.model import RANK, Confidence, Outcome, Reason, SkipReason, Verdict

_O, _S = Outcome, SkipReason

UPSTREAM_401 = Page(401, '{"detail": "Not authenticated"}', (*JSON, ("WWW-Authenticate", 'Bearer realm="config"')))
GATEWAY_401 = Page(401, "<html><body>authentication required by the edge</body></html>", NGINX)
LOGIN = Page(302, "", NGINX, "https://sso.example.com/login?next={path}")
HOME = Page(302, "", NGINX, "/welcome")
EMPTY_204 = Page(204, "", (("Server", "other"),))
STOCK = Page(200, '{"status":"ok"}', (("Content-Type", "application/json"), ("Server", "nginx/1.22.1")))
STOCK_MARKED = replace(STOCK, headers=(*STOCK.headers, ("X-Powered-By", "config-service")))
WAF = Page(200, "The requested URL was rejected. Please consult with your administrator. Your support ID is: 12")
GRPC = Page(200, "{}", (("Content-Type", "application/grpc+json"), ("grpc-status", "12")))
RPC = Page(200, '{"jsonrpc": "2.0", "id": null, "error": {"code": -32601, "message": "no such method"}}', JSON)
SLOW_DOWN = Page(429, "slow down")
CHALLENGE = Page(403, "<html>one moment</html>", (*NGINX, ("cf-mitigated", "challenge")))
TRACE = Page(500, "Traceback (most recent call last):\n  File x, line 1\nKeyError: 'tenant'", JSON)
ALIKE = Page(
    200, SECRET.body.replace('"gold"', '"basic"').replace("platform", "nobody").replace("acme", "x"), JSON
)
METRICS = Page(
    200, "# HELP up is it up\n# TYPE up gauge\nup 1\n", (("Content-Type", "text/plain; version=0.0.4"),)
)
OPENAPI = Page(200, '{"openapi": "3.1.0", "info": {"title": "t"}, "paths": {"/a": {}}}', JSON)
GO_404 = Page(404, "404 page not found\n", (("Content-Type", "text/plain"),))

E, S, G, R, T, U, C = (
    Verdict.EXPOSED, Verdict.SUSPECTED, Verdict.GUARDED, Verdict.ROUTED, Verdict.UNTESTED, Verdict.UNPROVEN,
    Verdict.CLOSED,
)  # fmt: skip
HIGH, MEDIUM, LOW = Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW

plain = Scene()
login_inside = replace(plain, truth=(LOGIN, LOGIN))
auth_inside = replace(plain, truth=(UPSTREAM_401, UPSTREAM_401))
spa_inside = replace(plain, truth=(SPA, SPA), truth_siblings=(SPA, SPA))
down = replace(plain, truth=(_O.REFUSED, _O.REFUSED))
gone = replace(plain, truth=(INSIDE_404, INSIDE_404))

ROWS: list[tuple[str, Scene, Verdict, str, Confidence | None]] = [
    ("1", replace(plain, target=SECRET), E, "same_as_inside", HIGH),
    ("2", replace(plain, target=SECRET).all(SPA), E, "same_as_inside", HIGH),
    ("3", replace(plain, target=SPA).all(SPA), C, "catch_all", MEDIUM),
    ("4", replace(plain, target=SECRET).all(SECRET), E, "rewrite_all", HIGH),
    ("5", replace(spa_inside, target=SPA).all(SPA), U, "ground_truth_indistinct", None),
    ("6", replace(spa_inside, target=SPA), E, "same_as_inside", HIGH),
    ("7", replace(spa_inside, target=OTHER).all(OTHER), C, "catch_all", MEDIUM),
    ("8 similar", replace(plain, target=ALIKE), E, "similar_to_inside", MEDIUM),
    ("8 signature", replace(plain, target=OPENAPI, path="/internal/openapi.json"), E, "signature", HIGH),
    ("9", replace(plain, target=OTHER), S, "unexplained_2xx", LOW),
    ("10", replace(plain, target=CADDY_EMPTY).all(CADDY_EMPTY), C, "catch_all", MEDIUM),
    ("11", replace(plain, target=EMPTY_204), R, "empty_body", LOW),
    ("12", replace(plain, target=WAF), C, "waf_block", MEDIUM),
    ("13 grpc", replace(plain, target=GRPC), R, "error_envelope", MEDIUM),
    ("13 json-rpc", replace(plain, target=RPC), R, "error_envelope", MEDIUM),
    ("15", replace(plain, target=UPSTREAM_401, upstream=(UPSTREAM_401,)), G, "upstream_auth", MEDIUM),
    ("16", replace(plain, target=GATEWAY_403), C, "gateway_deny", MEDIUM),
    ("17", replace(plain, target=Page(403, "who goes there, friend or foe?", NGINX)),
     G, "unknown_origin_deny", LOW),
    ("18 G", replace(plain, target=GATEWAY_403).all(GATEWAY_403), C, "gateway_deny", HIGH),
    ("18 ?", replace(plain, target=GATEWAY_401, gateway=(GATEWAY_400,)).all(GATEWAY_401), C, "uniform_deny", LOW),
    ("19", replace(auth_inside, target=UPSTREAM_401), G, "upstream_auth", HIGH),
    ("20", replace(auth_inside, target=UPSTREAM_401, truth_siblings=(UPSTREAM_401,) * 2).all(UPSTREAM_401),
     G, "upstream_auth", HIGH),
    ("21", replace(auth_inside, target=GATEWAY_401, truth_siblings=(UPSTREAM_401,) * 2, gateway=(GATEWAY_401,))
     .all(GATEWAY_401), C, "gateway_deny", HIGH),
    ("22", replace(auth_inside, target=OTHER), E, "auth_lost_at_edge", MEDIUM),
    ("24", replace(login_inside, target=LOGIN), G, "login_redirect", HIGH),
    ("25", replace(plain, target=LOGIN).all(LOGIN), C, "catch_all", MEDIUM),
    ("26", replace(plain, target=LOGIN), G, "login_redirect", MEDIUM),
    ("27", replace(plain, target=HOME).all(HOME), C, "catch_all", MEDIUM),
    ("30", plain.all(GATEWAY_404), C, "gateway_404", HIGH),
    ("31", replace(plain, target=INSIDE_404).all(INSIDE_404), R, "upstream_404", MEDIUM),
    ("32", replace(plain, target=INSIDE_404), R, "upstream_404", MEDIUM),
    ("33", plain.all(Page(404, "another page says no such thing", JSON)), C, "gateway_404", HIGH),
    ("34", replace(plain, target=GO_404, gateway=(GO_404,), truth_siblings=(GO_404,) * 2).all(GO_404),
     U, "origin_unknown", None),
    ("35", replace(plain, target=Page(405, '{"detail": "Method Not Allowed"}', JSON)),
     R, "upstream_error", MEDIUM),
    ("36", replace(plain, target=GATEWAY_400).all(GATEWAY_400), C, "variant_rejected", HIGH),
    ("37", replace(plain, target=Page(421, "misdirected request, it seems")).all(
        Page(421, "misdirected request, it seems")), C, "variant_rejected", LOW),
    ("38", replace(plain, target=Page(502, "bad gateway", NGINX)), R, "upstream_unreachable", MEDIUM),
    ("39", replace(plain, target=Page(502, "bad", NGINX)).all(Page(502, "bad", NGINX)),
     U, "outside_control_failed", None),
    ("40", replace(plain, target=TRACE), R, "upstream_crash", HIGH),
    ("42 siblings", replace(plain, target=_O.TIMED_OUT).all(_O.TIMED_OUT), U, "outside_control_failed", None),
    ("42 entrance", replace(plain, target=_O.RESET, entrance=(HEALTHY, _O.RESET)),
     U, "outside_control_failed", None),
    ("43 rate", replace(plain, target=SLOW_DOWN), T, "rate_limited", None),
    ("43 challenge", replace(plain, target=CHALLENGE), T, "challenge", None),
    ("44", replace(plain, siblings=(GATEWAY_404, SPA, GATEWAY_404)), U, "unstable_control", None),
    ("banned 403", replace(
        plain, entrance=(HEALTHY, GATEWAY_403), siblings=(GATEWAY_404, GATEWAY_404, GATEWAY_403)),
     T, "banned", None),
    ("banned 429", replace(plain, entrance=(HEALTHY, SLOW_DOWN), siblings=(GATEWAY_404, GATEWAY_404, SLOW_DOWN)),
     T, "banned", None),
    ("banned reset", replace(plain, entrance=(HEALTHY, _O.RESET), siblings=(GATEWAY_404, GATEWAY_404, _O.RESET)),
     T, "banned", None),
    ("never open", replace(plain, entrance=(GATEWAY_403, GATEWAY_403)), U, "outside_control_failed", None),
    ("control changed", replace(plain, entrance=(HEALTHY, GATEWAY_404)), U, "gateway_changed", None),
    ("siblings changed", replace(plain, siblings=(GATEWAY_404, GATEWAY_404, SPA)), U, "gateway_changed", None),
    ("45 signature", replace(down, target=OPENAPI, path="/internal/openapi.json"), E, "signature", MEDIUM),
    ("45 unlike", replace(down, target=OTHER), S, "no_ground_truth", LOW),
    ("46 negative", down, U, "inside_control_failed", None),
    ("46 alike", replace(down, target=SPA).all(SPA), U, "inside_control_failed", None),
    ("47", gone, U, "stale_target", None),
    ("48", replace(gone, target=OTHER), S, "unexpected_content", LOW),
]  # fmt: skip

IDS = [row[0] for row in ROWS]


@pytest.mark.parametrize(("scene", "verdict", "reason", "confidence"), [row[1:] for row in ROWS], ids=IDS)
def test_rows_of_the_truth_table(
    scene: Scene, verdict: Verdict, reason: str, confidence: Confidence | None
) -> None:
    """Seen three times alike; and one sighting alone gives the same, taken provisionally."""
    for judged in (scene.thrice().judged(), scene.judged(provisional=True)):
        assert (judged.verdict, judged.reason.value, judged.confidence) == (verdict, reason, confidence)
    assert scene.thrice().judged().note


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"entrance": (HEALTHY, Page(503, "down"))}, "gateway_changed"),
        ({"entrance": (Page(503, "down"), Page(503, "down"))}, "outside_control_failed"),
        ({"entrance": (HEALTHY, _O.TIMED_OUT)}, "outside_control_failed"),
        ({"entrance": (HEALTHY, CHALLENGE)}, "outside_control_failed"),
        ({"entrance": (HEALTHY, None)}, "control_missing"),
        ({"entrance": (HEALTHY, _S.DEADLINE)}, "control_missing"),
        ({"entrance": (HEALTHY,)}, "control_missing"),
        ({"entrance": ()}, "control_missing"),
        ({"siblings": (GATEWAY_404, GATEWAY_404, _O.TIMED_OUT)}, "outside_control_failed"),
        ({"siblings": (GATEWAY_404, GATEWAY_404, Page(429))}, "outside_control_failed"),
        ({"siblings": (GATEWAY_404, GATEWAY_404, None)}, "control_missing"),
        ({"siblings": (GATEWAY_404, GATEWAY_404)}, "control_missing"),
        ({"siblings": ()}, "control_missing"),
        ({"sight": (HEALTHY, _O.TIMED_OUT)}, "outside_control_failed"),
        ({"sight": (HEALTHY, replace(HEALTHY, verified=False))}, "outside_control_failed"),
        ({"sight": (HEALTHY, Page(500, "x"))}, "outside_control_failed"),
        ({"sight": ()}, "control_missing"),
        ({"truth": (SECRET, _O.RESET)}, "inside_control_failed"),
        ({"truth": (SECRET, Page(500, "x"))}, "inside_control_failed"),
        ({"truth": (SECRET, SPA)}, "inside_control_failed"),
        ({"truth": (SECRET, None)}, "control_missing"),
        ({"truth": ()}, "control_missing"),
        ({"inside_sight": (HEALTHY, _O.TIMED_OUT)}, "inside_control_failed"),
        ({"truth_siblings": (INSIDE_404, _O.TIMED_OUT)}, "origin_unknown"),
        ({"truth_siblings": ()}, "origin_unknown"),
        ({"upstream": (_O.PROBER_ERROR,)}, "origin_unknown"),
    ],
)
def test_without_one_control_nothing_is_closed(changes: dict[str, object], reason: str) -> None:
    judged = replace(plain, **changes).thrice().judged()  # type: ignore[arg-type]
    assert (judged.verdict, judged.reason.value, judged.confidence) == (U, reason, None)


@pytest.mark.parametrize(
    "fault", [{"sight": (_O.TIMED_OUT, HEALTHY)}, {"entrance": (_O.RESET, HEALTHY)}, {"gateway": ()}]
)
def test_a_blind_vantage_accuses_nevertheless(fault: dict[str, object]) -> None:
    judged = replace(plain, target=SECRET, **fault).judged()  # type: ignore[arg-type]
    assert (judged.verdict, judged.reason) == (E, Reason.SAME_AS_INSIDE)


def test_a_leak_without_any_sibling_answered_is_exposed_where_inside_tells_it_from_nonsense() -> None:
    scene = replace(plain, target=SECRET).all(_O.TIMED_OUT)
    assert scene.thrice().judged().reason is Reason.SAME_AS_INSIDE
    blurred = replace(scene, truth_siblings=(SECRET, SECRET)).thrice().judged()
    assert (blurred.verdict, blurred.reason) == (S, Reason.LOW_INFORMATION)


def counted(**changes: str) -> Page:
    """A JSON page of twenty values; two of them may differ and it is still the same page."""
    return Page(200, json.dumps({f"key{n}": f"value {n}" for n in range(20)} | changes), JSON)


def test_a_target_like_some_siblings_and_unlike_others_shows_nothing() -> None:
    one, two = counted(), counted(key0="a", key1="b")
    judged = replace(plain, target=counted(key2="c", key3="d"), siblings=(one, two, one)).thrice().judged()
    assert (judged.verdict, judged.reason) == (U, Reason.UNSTABLE_CONTROL)
    assert replace(plain, target=one, siblings=(one, two, one)).thrice().judged().reason is Reason.CATCH_ALL


def test_an_empty_404_may_be_the_upstreams() -> None:
    """A gateway changes headers, so nothing tells its own empty answer from the service's."""
    own, theirs = Page(404, "", (("Server", "edge"),)), Page(404, "", (("Server", "service"),))
    scene = replace(plain, target=own, gateway=(own,), truth_siblings=(theirs, theirs)).all(own)
    assert scene.thrice().judged().reason is Reason.ORIGIN_UNKNOWN
    assert replace(scene, truth_siblings=(INSIDE_404,) * 2).judged().reason is Reason.GATEWAY_404


# --- too little to identify, hosts, variants, caches ---------------------------------------------------------


def test_a_stock_body_is_identity_only_with_evidence_that_the_gateway_lacks() -> None:
    stock = replace(plain, truth=(STOCK, STOCK), target=STOCK).thrice().judged()
    assert (stock.verdict, stock.reason) == (S, Reason.LOW_INFORMATION)
    marked = replace(plain, truth=(STOCK_MARKED,) * 2, target=STOCK_MARKED).judged()
    assert (marked.verdict, marked.reason) == (E, Reason.SAME_AS_INSIDE)


def test_a_stock_body_given_to_everything_accuses_nobody() -> None:
    judged = replace(plain, truth=(STOCK, STOCK), target=STOCK).all(STOCK).thrice().judged()
    assert (judged.verdict, judged.reason) == (U, Reason.GROUND_TRUTH_INDISTINCT)


def test_a_host_is_judged_against_random_hosts() -> None:
    host = replace(plain, host="config.internal.example.net", target=SECRET)
    assert host.judged().reason is Reason.HOST_EXPOSED
    assert replace(host, target=GATEWAY_404).judged().verdict is C
    spa = replace(spa_inside, host="config.internal.example.net", target=SPA)
    assert spa.judged().reason is Reason.HOST_EXPOSED


def test_a_refused_handshake() -> None:
    host = replace(plain, host="config.internal.example.net")
    rows: list[tuple[Scene, Verdict, str]] = [
        (replace(host, target=Alert(116)), G, "client_certificate"),
        (replace(host, target=Alert(112)), C, "tls_refused"),
        (replace(host, target=Alert(112)).all(Alert(112)), C, "tls_refused"),
        (replace(host, target=Alert(116)).all(Alert(116)), C, "tls_refused"),
        (replace(host, target=Alert(80)), T, "transport_error"),
        (replace(host, target=Alert(112), siblings=(GATEWAY_404, Alert(112), GATEWAY_404)), U, "unstable_control"),
        (replace(host, target=Alert(112), siblings=(Alert(40),) * 3), U, "outside_control_failed"),
        (replace(host, target=Alert(112), entrance=(HEALTHY, Alert(112))), U, "outside_control_failed"),
        (replace(host, target=Alert(116), truth=(_O.REFUSED,) * 2), U, "inside_control_failed"),
    ]
    for scene, verdict, reason in rows:
        judged = scene.thrice().judged()
        assert (judged.verdict, judged.reason.value) == (verdict, reason)


def test_a_page_that_misses_a_client_certificate_is_guarded() -> None:
    page = Page(400, "<html><body><center>No required SSL certificate was sent</center><hr><center>nginx</center>")
    judged = replace(plain, target=page).thrice().judged()
    assert (judged.verdict, judged.reason) == (G, Reason.CLIENT_CERTIFICATE)


def test_a_variant_that_the_service_reads_otherwise_is_latent() -> None:
    root = Page(
        200, "<html><body><h1>Root of the service</h1><p>nothing here but this very line</p></body></html>", JSON
    )
    scene = replace(plain, variants=(("v", root, GATEWAY_404),), truth_variant=root)
    judged = scene.judged(provisional=True)
    assert (judged.verdict, judged.reason, judged.variant) == (R, Reason.LATENT, "v")
    reads_it = replace(plain, variants=(("v", SECRET, GATEWAY_404),), truth_variant=SECRET).judged()
    assert (reads_it.verdict, reads_it.variant) == (E, "v")


def test_a_variant_led_to_a_closed_plain_spelling_is_closed() -> None:
    led = Page(301, "", NGINX, "https://api.example.com/internal/v1/config")
    scene = replace(plain, variants=(("v", led, GATEWAY_404),))
    judged = scene.judged(provisional=True)
    assert (judged.verdict, judged.confidence) == (C, HIGH)
    assert judged.variant == "baseline"  # both are closed, and the plain spelling is named first
    exposed = replace(scene, target=SECRET).judged(provisional=True)
    assert exposed.verdict is E


def test_every_variant_must_be_closed() -> None:
    judged = replace(
        plain, variants=(("v", GATEWAY_404, GATEWAY_404), ("w", _O.PROXY_FAILED, GATEWAY_404))
    ).judged()
    assert (judged.verdict, judged.variant) == (T, "w")


def test_a_followed_redirect_is_judged_where_it_ends() -> None:
    moved = Page(301, "", NGINX, "https://api.example.com{path}/")
    unfollowed = replace(plain, target=moved).all(moved).judged()
    assert (unfollowed.verdict, unfollowed.reason) == (T, Reason.NOT_RUN)
    assert replace(plain, target=moved, follow=(SECRET,)).judged().reason is Reason.SAME_AS_INSIDE
    assert replace(plain, target=moved, follow=(GATEWAY_404,)).judged().verdict is C
    assert replace(plain, target=moved, follow=(_S.DEADLINE,)).judged().reason is Reason.NOT_RUN
    assert replace(plain, target=moved, follow=(_O.TIMED_OUT,)).judged().verdict is not C


def test_a_cached_answer_is_judged_by_its_probe_after_it() -> None:
    cached = replace(SECRET, cached=True)
    assert replace(plain, target=cached, follow=(GATEWAY_404,)).judged().reason is Reason.FROM_CACHE
    assert replace(plain, target=cached, follow=(SECRET,)).judged().reason is Reason.SAME_AS_INSIDE
    assert replace(plain, target=cached, follow=(_S.DEADLINE,)).judged().reason is Reason.FROM_CACHE
    assert replace(plain, target=cached).judged().reason is Reason.FROM_CACHE
    stale = replace(GATEWAY_404, cached=True)
    assert replace(plain, target=stale).judged().verdict is T
    assert replace(plain, target=stale, follow=(GATEWAY_404,)).judged().verdict is C


def test_head_and_options_show_a_route_at_most() -> None:
    for method in ("HEAD", "OPTIONS"):
        judged = replace(plain, target=SECRET, method=method).thrice().judged()
        assert (judged.verdict, judged.reason) == (R, Reason.EMPTY_BODY)


# --- replays ------------------------------------------------------------------------------------------------


def test_identity_seen_once_stands() -> None:
    judged = replace(plain, target=GATEWAY_404, replays=(SECRET, GATEWAY_404)).judged()
    assert (judged.verdict, judged.reason, judged.ratio) == (E, Reason.SAME_AS_INSIDE, (1, 3))
    assert judged.confidence is MEDIUM
    assert "1 of 3" in judged.note
    assert replace(plain, target=SECRET).thrice().judged().ratio == (3, 3)


def test_identity_stands_beside_failed_replays() -> None:
    judged = replace(plain, target=SECRET, replays=(_O.TIMED_OUT, _S.DEADLINE)).judged()
    assert (judged.verdict, judged.ratio) == (E, (1, 3))


def test_two_of_three_must_agree() -> None:
    odd = Page(403, "who goes there, friend or foe?", JSON)
    assert replace(plain, target=odd, replays=(odd, GATEWAY_404)).judged().verdict is G
    mixed = replace(plain, target=odd, replays=(OTHER, GATEWAY_404)).judged()
    assert (mixed.verdict, mixed.reason) == (U, Reason.UNSTABLE_REPLAY)
    lost = replace(plain, target=_O.TIMED_OUT, replays=(GATEWAY_404, GATEWAY_404)).judged()
    assert (lost.verdict, lost.reason) == (U, Reason.UNSTABLE_REPLAY)
    outvoted = replace(plain, target=odd, replays=(GATEWAY_404, GATEWAY_404)).judged()
    assert (outvoted.verdict, outvoted.reason) == (U, Reason.UNSTABLE_REPLAY)
    alone = replace(plain, target=odd).judged()
    assert (alone.verdict, alone.reason) == (U, Reason.UNSTABLE_REPLAY)
    catch_all = replace(plain, target=SPA).all(SPA)
    assert catch_all.judged().reason is Reason.UNSTABLE_REPLAY
    assert catch_all.thrice().judged().reason is Reason.CATCH_ALL


def test_an_inconclusive_single_sighting_keeps_its_reason() -> None:
    assert down.judged().reason is Reason.INSIDE_CONTROL_FAILED
    assert replace(plain, target=Page(429)).judged().reason is Reason.RATE_LIMITED


def test_silence_closes_after_three_sightings_with_good_controls() -> None:
    """Row 41."""
    for silence in (_O.TIMED_OUT, _O.RESET, _O.CLOSED_EARLY):
        judged = replace(plain, target=silence).thrice().judged()
        assert (judged.verdict, judged.reason, judged.confidence) == (C, Reason.DROPPED, LOW)
    twice = replace(plain, target=_O.TIMED_OUT, replays=(_O.TIMED_OUT,)).judged()
    assert (twice.verdict, twice.reason) == (T, Reason.TRANSPORT_ERROR)
    for other in (_O.PROBER_ERROR, _O.PROXY_FAILED, _O.REFUSED, _S.DEADLINE):
        assert replace(plain, target=_O.TIMED_OUT, replays=(_O.TIMED_OUT, other)).judged().verdict is T
    assert replace(gone, target=_O.TIMED_OUT).thrice().judged().verdict is T
    unsteady = replace(plain, target=_O.TIMED_OUT, siblings=(GATEWAY_404, SPA, GATEWAY_404))
    assert unsteady.thrice().judged().verdict is T


def test_what_is_asked_again() -> None:
    asked_again = [
        replace(plain, target=SECRET),
        replace(plain, target=SPA).all(SPA),
        replace(plain, target=_O.TIMED_OUT),
        replace(plain, siblings=(GATEWAY_404, GATEWAY_404, _O.TIMED_OUT)),
    ]
    assert all(needs_replay(scene.judged(provisional=True)) for scene in asked_again)
    settled = [plain, down, gone, replace(plain, truth=()), replace(plain, target=_S.VANTAGE_BLIND)]
    assert not any(needs_replay(scene.judged(provisional=True)) for scene in settled)


# --- the whole ----------------------------------------------------------------------------------------------


def test_what_was_not_looked_at_is_untested() -> None:
    assert replace(plain, target=_S.DEADLINE).judged().reason is Reason.NOT_RUN
    assert replace(plain, target=None).judged().reason is Reason.NOT_RUN
    assert replace(plain, target=_S.VANTAGE_BLIND).judged().reason is Reason.BLIND
    room = plain.room()
    other = replace(plain.claim, key="another", target="/else")
    nobody = judge(room.plan(other), room.seen).judgements[0]
    assert (nobody.verdict, nobody.reason, nobody.vantage) == (T, Reason.NOT_RUN, None)


def test_a_judgement_names_what_it_rests_on() -> None:
    scene = replace(plain, target=SECRET).thrice()
    room, judged = scene.room(), scene.judged()
    by_id = {probe.id: probe for probe in room.probes}
    assert by_id[judged.observation or ""].role.value == "target"
    assert by_id[judged.truth or ""].role.value == "truth"
    assert {by_id[each].role.value for each in judged.controls} == {"entrance", "sibling", "gateway"}
    assert judged.vantage == "internet"


def test_leaks_beside_the_verdict() -> None:
    """Rows 29 and 40: they accompany whatever the verdict is."""
    led = Page(302, "", (*NGINX, ("X-Backend-Server", "10.1.2.3")), "http://app01.corp.internal:8080/x")
    judged = replace(plain, target=led).thrice().judged()
    assert (judged.verdict, judged.reason, judged.confidence) == (R, Reason.PATH_SPECIFIC_REDIRECT, LOW)
    assert judged.info_leak == (
        "internal host in Location: app01.corp.internal", "internal host in header x-backend-server: 10.1.2.3",
    )  # fmt: skip
    assert replace(plain, target=TRACE).thrice().judged().info_leak == ("stack trace",)


def test_the_order_of_observations_does_not_matter() -> None:
    for _, scene, *_ in ROWS:
        room = scene.thrice().room()
        plan = room.plan(scene.claim)
        assert (
            judge(plan, room.seen) == judge(plan, room.seen[::-1]) == judge(plan, room.seen[1::2] + room.seen[::2])
        )


@pytest.mark.parametrize("scene", [row[1] for row in ROWS], ids=IDS)
@pytest.mark.parametrize("lost", [_O.PROBER_ERROR, _O.PROXY_FAILED, _O.TIMED_OUT, _S.DEADLINE, None])
def test_losing_an_observation_never_closes_anything(scene: Scene, lost: object) -> None:
    """Silence counts only as `dropped`, three times; nothing else that is missing is ever a pass."""
    for seen_once in (scene, scene.thrice()):
        room = seen_once.room()
        plan = room.plan(scene.claim)
        before = judge(plan, room.seen).judgements[0]
        for fewer in each_lost(room, lost):  # type: ignore[arg-type]
            after = judge(plan, fewer).judgements[0]
            if before.verdict is not C:
                assert after.verdict is not C
            if after.verdict is C:
                assert after.reason is before.reason or RANK[before.verdict] == RANK[C]


def test_vantages_tell_what_they_could_see() -> None:
    verdicts = replace(plain, sight=(HEALTHY, _O.TIMED_OUT)).verdicts()
    internet, vpc = verdicts.vantages
    assert (internet.sighted, vpc.sighted) == (False, True)
    assert internet.reason and vpc.reason is None
    assert internet.egress == "192.0.2.7" and len(internet.controls) == 2
    assert replace(plain, sight=()).verdicts().vantages[0].reason == "no control is configured for this vantage"
    half = replace(plain, sight=(HEALTHY, None))
    assert not half.verdicts().vantages[0].sighted
    assert half.verdicts(provisional=True).vantages[0].sighted
    assert half.judged(provisional=True).verdict is C
