"""Companies that are sound and hard to read: nobody is accused, and only what is proven is closed.

Beside them the same confusion with a leak in it, which must not hide there. The witness says which is which: it
writes down what reaches the app inside by way of the gateway.
"""

import gzip
import itertools
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import dns.message
import dns.rrset
import pytest
from strange import (
    APP_INSIDE,
    GATEWAY,
    HEALTHY,
    INTERNAL,
    NOT_FOUND,
    SECRET,
    TARGETS,
    ZONES,
    Answer,
    Forward,
    Strange,
    app,
    by_chance,
    edge,
    in_turn,
    json_page,
    page,
    running,
    told,
    words,
)

from auditor.lab.http1 import Reply, Request
from auditor.lab.nameserver import View
from auditor.model import Aspect, AuditRecord, FindingState, Verdict
from auditor.report import exit_code

CALM = {Verdict.CLOSED, Verdict.UNPROVEN, Verdict.UNTESTED}

SPA = (
    '<html><head><title>Shop</title><script nonce="{nonce}">boot()</script></head><body><div id="root">'
    "Welcome to the shop. Service status, docs and config are in the menu.</div></body></html>"
)
NEWER = "<html><body>An entirely new shop is opening here, with other words on all of its pages.</body></html>"
NOPE = "<h1>Not for you, and not today, says the guard at the gate</h1>"
PARTS = {"status": "UP", "components": {"db": "UP", "disk": "UP", "ping": "UP", "mail": "UP"}}


def public(otherwise: Answer) -> Answer:
    """A gateway with its public page, and this for everything else."""
    return lambda request: HEALTHY if request.path == "/api/v1/health" else otherwise(request)


def always(reply: Reply) -> Answer:
    return lambda request: reply


def letters(count: int = 9) -> str:
    return "".join(random.choices("abcdefghijklmnopqrstuvwxyz", k=count))


def last(request: Request) -> str:
    return request.path.rpartition("/")[2]


def for_targets(reply: Reply) -> Answer:
    """An app that gives this for what is at stake, and else what most apps do."""
    return lambda request: reply if request.path in TARGETS and request.method == "GET" else app(request)


def slashed(request: Request) -> Reply:
    """An app that wants a slash at the end."""
    if request.method == "GET" and not request.path.endswith("/"):
        return page(301, "", ("Location", request.target + "/"))
    return app(replace(request, target=request.target.rstrip("/")))


def picky(request: Request) -> Reply:
    """An app that takes its own Host and port only."""
    own = request.values("host") == [f"{INTERNAL}:8080"]
    return app(request) if own else page(400, "<h1>Bad Request (400)</h1>")


def restless(answer: Answer) -> Answer:
    """The same answers, with headers that are new every time."""

    def again(request: Request) -> Reply:
        reply = answer(request)
        more = (("ETag", f'"{letters()}"'), ("Set-Cookie", f"s={letters()}; Path=/"), ("X-Served", letters()))
        return replace(reply, headers=(*reply.headers, *more))

    return again


def zipped(answer: Answer) -> Answer:
    def again(request: Request) -> Reply:
        reply = answer(request)
        if random.random() < 0.5:
            return reply
        return replace(
            reply, headers=(*reply.headers, ("Content-Encoding", "gzip")), body=gzip.compress(reply.body)
        )

    return again


def health(request: Request) -> Reply:
    """Both tiers run the same software, and its health page is public."""
    return json_page(200, PARTS) if request.path == "/health" else json_page(404, {"detail": "Not Found"})


def limited() -> Answer:
    return in_turn(edge, edge, edge, edge, always(page(429, "Too many requests")))


def wall(request: Request) -> Reply:
    return page(302, "", ("Location", f"/login?next={request.target}&rid={letters()}"))


def soft(text: str) -> Answer:
    """A page that says it is none, and repeats what was asked."""

    def answer(request: Request) -> Reply:
        said = text.format(path=request.path, last=last(request), nonce=letters(), upper=request.path.upper())
        return page(200, f"<html><h1>Oops</h1><p>{said}</p><p>Sorry for that, do come back.</p></html>")

    return public(answer)


COMPANIES: dict[str, Strange] = {
    "sound": Strange(),
    "one page for everything": Strange(public(always(page(200, SPA)))),
    "one page for everything, with a nonce": Strange(
        public(lambda r: page(200, SPA.replace("{nonce}", letters())))
    ),
    "one page for everything, the control too": Strange(always(page(200, SPA)), control="/"),
    "in maintenance": Strange(always(page(200, "<h1>Down for maintenance, please come back later today</h1>"))),
    "soft 404 with the path": Strange(soft("We could not find {path} in this shop")),
    "soft 404 with the last segment": Strange(soft("We could not find {last} in this shop")),
    "soft 404 with path, nonce and links": Strange(soft('No {path} (nonce="{nonce}"). Try docs or config.')),
    "soft 404 with an id nobody masks": Strange(soft("No {path}, ask for {nonce}")),
    "soft 404 in capitals": Strange(soft("No {upper} here")),
    "login wall": Strange(public(lambda r: page(302, "", ("Location", f"/login?next={r.target}")))),
    "login wall with a changing parameter": Strange(public(wall)),
    "login wall, and a login inside": Strange(
        public(always(page(302, "moved", ("Location", "/login")))),
        inside=for_targets(page(302, "", ("Location", "/login"))),
    ),
    "everything goes home, outside and inside": Strange(
        public(always(page(302, "", ("Location", "/")))), inside=for_targets(page(302, "", ("Location", "/")))
    ),
    "everything goes to a page called config": Strange(
        public(always(page(302, "", ("Location", "/about/config"))))
    ),
    "uniform 401": Strange(
        public(lambda r: page(401, "", ("WWW-Authenticate", f'Digest realm="shop", nonce="{letters()}"')))
    ),
    "uniform 401 on both tiers": Strange(
        public(always(json_page(401, {"detail": "no"}))), inside=always(json_page(401, {"detail": "no"}))
    ),
    "uniform 401, the control too": Strange(always(json_page(401, {"detail": "no"})), control_status=401),
    "the same 404 on both tiers": Strange(public(always(json_page(404, {"detail": "Not Found"})))),
    "an empty 200 for everything": Strange(always(page(200))),
    "random words": Strange(public(lambda r: page(200, words(r)))),
    "random words in an envelope that inside has too": Strange(
        public(lambda r: json_page(200, {"status": "ok", "message": words(r)})),
        inside=for_targets(
            json_page(200, {"status": "ok", "message": "provisioning is on for all of the tenants"})
        ),
    ),
    "random words, inside down": Strange(public(lambda r: page(200, words(r))), inside=always(page(500, "x"))),
    "random words, the targets gone": Strange(
        public(lambda r: page(200, words(r))), inside=always(page(404, "x"))
    ),
    "rate limits": Strange(limited()),
    "plain http sent to https": Strange(lambda r: page(301, "", ("Location", f"https://{GATEWAY}{r.target}"))),
    "an app that wants slashes": Strange(inside=slashed),
    "a gateway that wants slashes": Strange(
        public(lambda r: NOT_FOUND if r.path.endswith("/") else page(301, "", ("Location", r.target + "/")))
    ),
    "two backends in turn": Strange(public(in_turn(always(NOT_FOUND), always(page(403, NOPE))))),
    "two backends by chance": Strange(public(by_chance(7, always(NOT_FOUND), always(page(403, NOPE))))),
    "a roll-out half-way": Strange(public(by_chance(3, always(page(200, SPA)), always(page(200, NEWER))))),
    "a backend that fails now and then": Strange(
        public(by_chance(5, always(NOT_FOUND), always(NOT_FOUND), always(page(502, "Bad Gateway"))))
    ),
    "the health page of both tiers": Strange(health, control="/health", inside=health, paths=()),
    "an app that takes its own Host only": Strange(
        public(lambda r: NOT_FOUND if r.host == GATEWAY else page(400, "<h1>Bad Request (400)</h1>")), inside=picky
    ),
    "headers that change": Strange(restless(edge), inside=restless(app)),
    "compressed now and then": Strange(zipped(edge), inside=zipped(app)),
    "no health page": Strange(health=None),
    "no paths, no names": Strange(paths=(), names=(), ports=(8080,)),
}


async def measured(company: Strange, folder: Path, times: int = 1) -> AuditRecord:
    async with running(company, folder) as run:
        return await run.audit(times)


@pytest.mark.parametrize("name", COMPANIES)
async def test_nobody_is_accused_of_being_hard_to_read(tmp_path: Path, name: str) -> None:
    company = replace(COMPANIES[name], witness=[])
    record = await measured(company, tmp_path)
    assert company.witness == []
    assert {j.verdict for j in record.judgements} <= CALM, told(record)
    assert record.findings == ()
    everything = all(j.verdict is Verdict.CLOSED for j in record.judgements)
    assert exit_code(record) == (0 if everything else 3)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("sound", "closed gateway_404"),
        ("one page for everything", "closed catch_all"),
        ("one page for everything, with a nonce", "closed catch_all"),
        ("soft 404 with the path", "closed catch_all"),
        ("soft 404 with the last segment", "closed catch_all"),
        ("soft 404 with path, nonce and links", "closed catch_all"),
        ("login wall", "closed catch_all"),
        ("everything goes to a page called config", "closed catch_all"),
        ("uniform 401", "closed gateway_deny"),
        ("an app that wants slashes", "closed gateway_404"),
        ("compressed now and then", "closed gateway_404"),
        ("one page for everything, the control too", "unproven outside_control_failed"),
        ("in maintenance", "unproven outside_control_failed"),
        ("the same 404 on both tiers", "unproven origin_unknown"),
        ("random words", "unproven unstable_control"),
    ],
)
async def test_what_can_be_read_is_read(tmp_path: Path, name: str, reason: str) -> None:
    record = await measured(replace(COMPANIES[name], witness=[]), tmp_path)
    assert {told(record)[f"path {path}"] for path in TARGETS} == {reason}, told(record)


@pytest.mark.parametrize("by", ["403", "429", "hanging up"])
async def test_a_gateway_that_bans_us_half_way_is_untested(tmp_path: Path, by: str) -> None:
    """Open at first, and shut for everything from one request on: nothing behind it is closed."""
    asked = itertools.count()
    shut = page(int(by), "<h1>Go away, whoever you are</h1>") if by.isdigit() else None

    async def answer(request: Request, forward: Forward) -> Reply:
        if next(asked) < 60:
            return edge(request)
        if shut is None:
            raise ConnectionResetError  # the lab hangs up
        return shut

    record = await measured(Strange(forwarding=answer, names=()), tmp_path)
    paths = [j for j in record.judgements if j.claim.aspect is Aspect.PATH]
    assert {j.verdict for j in paths} == {Verdict.UNTESTED}, told(record)
    assert "banned" in {j.reason for j in paths} or by == "429"


async def test_a_gateway_that_changes_under_us_is_unproven(tmp_path: Path) -> None:
    """Another configuration is rolled out half-way: the known-public path goes away, and is no ban."""
    asked = itertools.count()

    async def answer(request: Request, forward: Forward) -> Reply:
        return edge(request) if next(asked) < 60 else page(404, "<h1>Our new edge knows nothing yet</h1>")

    record = await measured(Strange(forwarding=answer, names=()), tmp_path)
    paths = [j for j in record.judgements if j.claim.aspect is Aspect.PATH]
    assert {j.verdict for j in paths} == {Verdict.UNPROVEN}, told(record)
    assert {str(j.reason) for j in paths} <= {"gateway_changed", "outside_control_failed", "unstable_replay"}
    assert "gateway_changed" in {str(j.reason) for j in paths}


# --- the same confusion, and a leak in it -----------------------------------------------------------------------


def leaky(otherwise: Answer, when: Callable[[Request], bool]) -> Strange:
    """A gateway that forwards some requests to the app."""

    async def answer(request: Request, forward: Forward) -> Reply:
        if request.path == "/api/v1/health":
            return HEALTHY
        return await forward(request) if when(request) else otherwise(request)

    return Strange(forwarding=answer)


def to_config(request: Request) -> bool:
    return request.path == "/internal/v1/config"


LEAKS: dict[str, Strange] = {
    "behind one page for everything": leaky(always(page(200, SPA)), to_config),
    "behind a login wall": leaky(wall, to_config),
    "among random words": leaky(lambda r: page(200, words(r)), to_config),
    "behind a uniform 401": leaky(always(json_page(401, {"detail": "no"})), to_config),
    "by its name": leaky(always(NOT_FOUND), lambda r: r.host == INTERNAL),
    "for any name but the gateway's own": leaky(always(NOT_FOUND), lambda r: r.host != GATEWAY),
    "everything": leaky(always(NOT_FOUND), lambda r: True),
}


@pytest.mark.parametrize("name", LEAKS)
async def test_a_leak_does_not_hide_there(tmp_path: Path, name: str) -> None:
    company = replace(LEAKS[name], witness=[])
    record = await measured(company, tmp_path)
    assert company.witness
    assert Verdict.EXPOSED in {j.verdict for j in record.judgements}, told(record)
    assert exit_code(record) == 1


async def test_everything_rewritten_to_a_target_that_changes_is_not_closed(tmp_path: Path) -> None:
    """Everybody gets the target as it is by now: all is alike outside, and unlike what inside said before."""

    def at(stage: str) -> Reply:
        return json_page(200, {**SECRET, "plan": stage, "owner": f"the {stage} one", "state": stage})

    async def answer(request: Request, forward: Forward) -> Reply:
        if request.path == "/api/v1/health":
            return HEALTHY
        await forward(request)
        return at("late")

    company = Strange(forwarding=answer, inside=for_targets(at("early")), names=())
    record = await measured(company, tmp_path, times=2)
    assert company.witness
    assert set(told(record).values()) == {"unproven ground_truth_indistinct"}


async def test_a_leak_that_was_seen_is_not_outvoted(tmp_path: Path) -> None:
    """One backend of three asks for a login; passes do not retry that away, and nothing is resolved by them."""
    state = {"asked": 0}

    async def answer(request: Request, forward: Forward) -> Reply:
        if request.path == "/api/v1/health":
            return HEALTHY
        if to_config(request):
            state["asked"] += 1
            if state["asked"] == 1:
                await forward(request)
                return json_page(401, {"detail": "who are you, and what do you want here?"})
        return NOT_FOUND

    company = Strange(forwarding=answer, names=())
    record = await measured(company, tmp_path)
    assert company.witness
    assert told(record)["path /internal/v1/config"] == "unproven unstable_replay"


async def test_a_page_about_a_firewall_is_not_taken_for_one(tmp_path: Path) -> None:
    """What leaks is itself about block pages, and changes all the time."""

    def rules(request: Request) -> Reply:
        if to_config(request) and request.method == "GET":
            return page(200, f"<h1>mod_security rules</h1><p>{words(request)} and {words(request)}</p>")
        return app(request)

    company = replace(leaky(always(NOT_FOUND), to_config), inside=rules, names=())
    record = await measured(company, tmp_path)
    assert company.witness
    assert told(record)["path /internal/v1/config"] != "closed waf_block"
    assert told(record)["path /internal/v1/config"].split()[0] != "closed"


async def test_a_finding_is_not_resolved_by_a_maintenance_page(tmp_path: Path) -> None:
    down = {"now": False}

    async def answer(request: Request, forward: Forward) -> Reply:
        if down["now"]:
            return page(200, "<h1>Down for maintenance, please come back later today</h1>")
        if request.path == "/api/v1/health":
            return HEALTHY
        return await forward(request) if to_config(request) else NOT_FOUND

    company = Strange(forwarding=answer)
    async with running(company, tmp_path) as run:
        first = await run.audit()
        down["now"] = True
        later = await run.audit(times=3)
    assert [f.state for f in first.findings] == [f.state for f in later.findings] == [FindingState.OPEN]


async def test_two_inside_vantages_that_know_different_things(tmp_path: Path) -> None:
    """The second office reaches what the gateway leaks; the first has a page of its own at that name."""
    parked = page(200, "<h1>Parked</h1><p>This page is here for all who come, whoever they are.</p>")

    async def answer(request: Request, forward: Forward) -> Reply:
        if request.path == "/api/v1/health":
            return HEALTHY
        return app(replace(request, target=TARGETS[0]))

    company = Strange(forwarding=answer, inside=always(parked), second=app, paths=TARGETS[:1], names=())
    record = await measured(company, tmp_path)
    assert told(record)["path /internal/v1/config"] == "exposed rewrite_all"


# --- names ------------------------------------------------------------------------------------------------------


def rotating(alias: str | None = None) -> Callable[[dns.message.Message], dns.message.Message]:
    """Public DNS with a wildcard over the internal zone that gives a few of many addresses, never the same."""
    plain = View(ZONES, {GATEWAY: "127.0.0.1"})
    chance = random.Random(11)

    def answer(query: dns.message.Message) -> dns.message.Message:
        asked = query.question[0]
        if not asked.name.to_text().endswith(f".{ZONES[1]}."):
            return plain.answer(query)
        reply = dns.message.make_response(query, recursion_available=True)
        owner = asked.name.to_text()
        if alias is not None:
            reply.answer.append(dns.rrset.from_text(owner, 60, "IN", "CNAME", alias))
            owner = alias
        if asked.rdtype == dns.rdatatype.A:
            found = [f"192.31.196.{n}" for n in chance.sample(range(1, 250), 3)]
            reply.answer.append(dns.rrset.from_text(owner, 60, "IN", "A", *found))
        return reply

    return answer


@pytest.mark.parametrize("alias", [None, "balancer.elsewhere.example."])
async def test_a_wildcard_with_changing_addresses_accuses_no_name(tmp_path: Path, alias: str | None) -> None:
    record = await measured(Strange(public_dns=rotating(alias)), tmp_path)
    assert told(record)[f"name {INTERNAL}"] == "unproven wildcard"


async def test_a_wildcard_does_not_hide_the_inside_address(tmp_path: Path) -> None:
    view = View(ZONES, {GATEWAY: "127.0.0.1", INTERNAL: APP_INSIDE})
    record = await measured(Strange(public_dns=view.answer), tmp_path)
    assert told(record)[f"name {INTERNAL}"] == "resolves split_horizon"
