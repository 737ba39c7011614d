"""What must be public, from probes.yaml to the page, against nginx, the lab, and an entrance that echoes all."""

import asyncio
import base64
import io
import json
import logging
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from audits import Clock, Watch, audited, credentials, database, plainly
from parts import needs

from auditor.audit import Looking
from auditor.batch import BatchWriter, head_for, read_batch
from auditor.config import Config, load
from auditor.lab import Breakage, Company, company
from auditor.lab.http1 import Reply, Request, conversation
from auditor.lab.serving import Listener, loopback_socket
from auditor.model import (
    Aspect,
    AuditRecord,
    ChangeKind,
    FindingState,
    HttpQuestion,
    Reason,
    Role,
    Severity,
    Skip,
    SkipReason,
    Vector,
    Verdict,
)
from auditor.report import exit_code, summary, to_json
from auditor.store import Store
from auditor.turn import Outputs, turn

TOKEN = "tk9fQ2zX81hM4c0Dyw7LrPq"
ORDERS, CATALOG = "/api/v1/orders", "/api/v1/catalog"


def public_of(record: AuditRecord) -> dict[tuple[str, str, str | None], str]:
    return {
        (j.claim.target, j.claim.entrance, j.claim.address): f"{j.verdict} {j.reason}"
        for j in record.judgements
        if j.claim.aspect is Aspect.PUBLIC
    }


def behind(lab: Company, port: int, *, addresses: str = "[127.0.0.1]", text: str = "") -> Config:
    """The lab's configuration with its public gateway on this port, at these addresses."""
    yaml = plainly(text or lab.probes_yaml)
    yaml = yaml.replace(f"api.shop.example:{lab.ports.gateway}", f"api.shop.example:{port}")
    yaml = yaml.replace("addresses: auto", f"addresses: {addresses}").replace(
        "allow: [127.0.0.1,", "allow: [127.0.0.0/8,"
    )
    path = lab.root / "probes.yaml"
    path.write_text(yaml)
    return load(path, {}).config


# --- the lab -------------------------------------------------------------------------------------------------


async def test_a_lost_authentication_opens_stays_and_resolves(tmp_path: Path) -> None:
    clock = Clock()
    async with company(root=tmp_path) as lab:
        config = behind(lab, lab.ports.gateway)
        with Store.open(database(tmp_path)) as store:

            async def changes() -> list[tuple[ChangeKind, Verdict]]:
                record = await audited(config, store, clock=clock)
                return [(change.kind, change.verdict) for change in record.changes]

            assert await changes() == []
            await lab.inflict(Breakage.AUTH_NOT_CARRIED_OVER)
            assert await changes() == [(ChangeKind.OPENED, Verdict.UNAUTHENTICATED)]
            (finding,) = [f for f in store.findings().values() if f.state is FindingState.OPEN]
            assert (finding.service, finding.aspect, finding.target, finding.entrance, finding.owner) == (
                "orders", "public", ORDERS, "checkout", "team-checkout",
            )  # fmt: skip
            assert (finding.severity, finding.vectors) == (Severity.CRITICAL, (Vector.PUB_AUTH,))
            await lab.fix(Breakage.AUTH_NOT_CARRIED_OVER)
            assert await changes() == []
            assert await changes() == [(ChangeKind.RESOLVED, Verdict.OPEN)]
            await lab.inflict(Breakage.PUBLIC_PATH_DOWN)
            assert await changes() == [(ChangeKind.OPENED, Verdict.OUTAGE)]
            (down,) = [f for f in store.findings().values() if f.state is FindingState.OPEN]
            assert (down.severity, down.vectors, down.reason) == (
                Severity.MEDIUM, (Vector.PUB_DOWN,), Reason.SERVER_ERROR,
            )  # fmt: skip
            record = store.load()
            assert record is not None and exit_code(record) == 1
            assert exit_code(record, fail_on=Verdict.RESOLVES) == 0


async def test_the_parity_of_the_demo(tmp_path: Path) -> None:
    async with company(Breakage.AUTH_NOT_CARRIED_OVER, root=tmp_path) as lab:
        with Store.open(database(tmp_path)) as store:
            record = await audited(behind(lab, lab.ports.gateway), store)
    orders, catalog = to_json(record)["parity"]
    assert (orders["service"], orders["path"], orders["anonymous"], orders["same"]) == (
        "orders",
        ORDERS,
        "denied",
        False,
    )
    keys = ("entrance", "declared", "anonymous", "with_token", "asks", "served")
    assert [tuple(each[key] for key in keys) for each in orders["entrances"]] == [
        ("public-api", True, "401", "200", True, True),
        ("checkout", False, "200", None, False, True),
    ]  # fmt: skip
    assert (catalog["same"], [e["served"] for e in catalog["entrances"]]) == (True, [True, False])
    told = summary(record, colour=False)
    assert "1 public path answers without credentials" in told
    assert "Public paths (2, 1 not treated alike)" in told
    assert "200         UNAUTHENTICATED checkout 127.0.0.1" in told


# --- nginx, one of whose addresses has lost its authentication ---------------------------------------------------


@asynccontextmanager
async def nginx(home: Path, *servers: str) -> AsyncIterator[int]:
    """nginx with these servers, in each of which @PORT@ is the port, on any address of loopback."""
    needs.require("nginx")
    program = needs.command("nginx")
    assert program is not None
    kept = loopback_socket()
    port = int(kept.getsockname()[1])
    kept.close()
    conf = home / "nginx.conf"
    conf.write_text(
        f"daemon off; pid {home}/pid; error_log {home}/error.log; events {{}}\n"
        f"http {{ access_log off; default_type application/json; client_body_temp_path {home}/b;\n"
        f"proxy_temp_path {home}/p; fastcgi_temp_path {home}/f; uwsgi_temp_path {home}/u;\n"
        f"scgi_temp_path {home}/s;\n"
        + "\n".join(servers).replace("@PORT@", str(port)).replace("@TOKEN@", TOKEN)
        + "\n}\n"
    )
    process = await asyncio.create_subprocess_exec(
        program, "-p", str(home), "-c", str(conf), "-e", f"{home}/error.log", stderr=subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(20):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                    writer.close()
                    break
                except OSError:
                    assert process.returncode is None, (home / "error.log").read_text()
                    await asyncio.sleep(0.02)
        yield port
    finally:
        process.terminate()
        await process.wait()


ROUTES = """
  location = /api/v1/health {{ return 200 '{{"status":"ok","service":"shop","version":"2.14.0","at":"north"}}'; }}
  location = /api/v1/catalog {{ return 200 '{{"items":[{{"sku":"TEA-OOLONG"}},{{"sku":"CUP-GLAZED"}}]}}'; }}
  location = /api/v1/orders {{ {guard} return 200 '{{"orders":[{{"id":"ord-5521","state":"packed"}}]}}'; }}
  location / {{ return 404; }}
"""
GUARD = 'if ($http_authorization != "Bearer @TOKEN@") { return 401; }'


def server(address: str, guard: str = GUARD, extra: str = "") -> str:
    return f"server {{ listen {address}:@PORT@; {extra} {ROUTES.format(guard=guard)} }}"


@pytest.mark.parts
async def test_one_address_of_two_has_lost_its_authentication(tmp_path: Path) -> None:
    clock = Clock()
    async with company(root=tmp_path) as lab:
        lab.token_file.write_text(TOKEN)
        (tmp_path / "nginx").mkdir()
        async with nginx(tmp_path / "nginx", server("127.0.0.1"), server("127.0.0.2", guard="")) as port:
            config = behind(lab, port, addresses="[127.0.0.1, 127.0.0.2]")
            with Store.open(database(tmp_path)) as store:
                record = await audited(config, store, clock=clock)
    found = public_of(record)
    assert found[ORDERS, "public-api", "127.0.0.1"] == "open denies_and_serves"
    assert found[ORDERS, "public-api", "127.0.0.2"] == "unauthenticated same_as_authenticated"
    assert (
        found[CATALOG, "public-api", "127.0.0.1"]
        == found[CATALOG, "public-api", "127.0.0.2"]
        == "open serves_everyone"
    )
    (finding,) = [f for f in record.findings if f.aspect == "public"]
    assert (finding.entrance, finding.verdict) == ("public-api", Verdict.UNAUTHENTICATED)
    orders = to_json(record)["parity"][0]
    assert orders["same"] is False
    assert [(e["address"], e["anonymous"], e["with_token"]) for e in orders["entrances"][:2]] == [
        ("127.0.0.1", "401", "200"), ("127.0.0.2", "200", "200"),
    ]  # fmt: skip


@pytest.mark.parts
async def test_an_origin_behind_the_gateway_asks_for_nothing_and_another_is_shut(tmp_path: Path) -> None:
    async with company(root=tmp_path) as lab:
        lab.token_file.write_text(TOKEN)
        (tmp_path / "nginx").mkdir()
        async with nginx(tmp_path / "nginx", server("127.0.0.1"), server("127.0.0.2", guard="")) as port:
            around = "addresses: auto\n    around: {origins: [127.0.0.2, 127.0.0.3]}"
            config = behind(lab, port, text=lab.probes_yaml.replace("addresses: auto", around))
            with Store.open(database(tmp_path)) as store:
                record = await audited(config, store)
    found = public_of(record)
    assert found[ORDERS, "public-api", "127.0.0.1"] == "open denies_and_serves"
    assert found[ORDERS, "public-api origin", "127.0.0.2"] == "unauthenticated same_as_authenticated"
    assert found[ORDERS, "public-api origin", "127.0.0.3"] == "open not_served"
    asked = [
        p.question for p in record.plan.probes if isinstance(p.question, HttpQuestion) and p.question.credential
    ]
    assert {question.address for question in asked} == {"127.0.0.1"}


@pytest.mark.parts
@pytest.mark.parametrize(
    ("servers", "said"),
    [
        ([server("127.0.0.1", guard="return 401;")], "outage token_refused"),
        ([server("127.0.0.1", guard="return 503;")], "outage server_error"),
        ([server("127.0.0.1", guard="return 444;")], "outage no_answer"),
        ([server("127.0.0.1", guard="return 404;")], "outage not_found"),
        ([server("127.0.0.1", guard="return 302 https://sso.shop.example/login?next=$request_uri;")],
         "outage token_refused"),
        ([server("127.0.0.1").replace("return 404;", "return 401;")], "open denies_and_serves"),
        ([server("127.0.0.1").replace("return 401;", "return 404;")], "open hides_and_serves"),
        ([server("127.0.0.1").replace("return 401;", "return 302 /login;")], "open denies_and_serves"),
    ],
)  # fmt: skip
async def test_how_it_answers_is_what_is_said(tmp_path: Path, servers: list[str], said: str) -> None:
    async with company(root=tmp_path) as lab:
        lab.token_file.write_text(TOKEN)
        (tmp_path / "nginx").mkdir()
        async with nginx(tmp_path / "nginx", *servers) as port:
            with Store.open(database(tmp_path)) as store:
                record = await audited(behind(lab, port), store)
    assert public_of(record)[ORDERS, "public-api", "127.0.0.1"] == said


# --- the token goes nowhere else, and is kept nowhere ------------------------------------------------------------


class Echo:
    """An entrance that repeats everything it is sent, in every place an answer has; orders redirect to `to`."""

    def __init__(self, to: str = "") -> None:
        self.to = to
        self.heads: list[Request] = []

    async def answer(self, request: Request) -> Reply:
        self.heads.append(request)
        if request.path == "/api/v1/health":
            return Reply(
                200, (("Content-Type", "application/json"),), b'{"status":"ok","shop":"open to everybody"}'
            )
        if request.path == ORDERS and self.to:
            return Reply(301, (("Location", self.to.format(target=request.target)),))
        if request.path == ORDERS and not request.values("authorization"):
            return Reply(401, (("WWW-Authenticate", "Bearer"),))
        if request.path not in (ORDERS, CATALOG):
            return Reply(
                404, (("Content-Type", "text/plain"),), b"there is nothing of this name in the whole shop"
            )
        sent = (request.values("authorization") or [""])[0]
        token = sent.partition(" ")[2]
        spelled = [sent, quote(sent, safe=""), base64.b64encode(sent.encode()).decode(), token[:16], token.upper()]
        headers = (("Content-Type", "application/json"), ("X-Echo", sent or "-"), (f"X-{token or 'none'}", "1"),
                   ("Set-Cookie", f"s={token}; Path=/{token}"), ("ETag", f'"{token}"'))  # fmt: skip
        return Reply(200, headers, json.dumps({"headers": dict(request.headers), "spelled": spelled}).encode())


@asynccontextmanager
async def echoing(echo: Echo) -> AsyncIterator[int]:
    async def malformed() -> Reply:
        return Reply(400, ())

    async with Listener(loopback_socket(), conversation(echo.answer, lambda: Reply(400, ()))) as listener:
        yield listener.port


def traces(folder: Path) -> list[str]:
    """Files that hold the token, or enough of it to matter, in a spelling people know."""
    needles = [TOKEN, TOKEN[:14], TOKEN[5:19], TOKEN.upper(), quote(f"Bearer {TOKEN}", safe="")]
    needles += [base64.b64encode(b"Bearer " + TOKEN.encode()).decode()[10:-3]]
    held = []
    for path in folder.rglob("*"):
        if path.is_file() and path.name != "orders-token":
            data = path.read_bytes()
            held += [f"{path.name}: {needle}" for needle in needles if needle.encode() in data]
    return held


async def test_an_entrance_that_echoes_everything_gets_it_kept_nowhere(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    echo, clock = Echo(), Clock()
    caplog.set_level(logging.DEBUG)
    async with company(root=tmp_path) as lab, echoing(echo) as port:
        lab.token_file.write_text(TOKEN)
        config = behind(lab, port)
        with Store.open(database(tmp_path)) as store:
            clock.step()
            done = await turn(
                config, store, vantages=tuple(config.vantages), destinations=(),
                outputs=Outputs(tmp_path / "report.html", tmp_path / "report.json"), config_sha256="0" * 64,
                now=clock, stop=asyncio.Event(), watcher=Watch(),
            )  # fmt: skip
        assert (lab.token_file.read_text()) == TOKEN
        print(summary(done.record, colour=False))
        assert public_of(done.record)[ORDERS, "public-api", "127.0.0.1"] == "open denies_and_serves"
        assert any(request.values("authorization") == [f"Bearer {TOKEN}"] for request in echo.heads)
        assert "[redacted: credential]" in str(done.record.seen)
        assert traces(tmp_path) == []
    said = caplog.text + "".join(capfd.readouterr()) + str(done.record) + done.html
    assert TOKEN not in said and TOKEN[:14] not in said


@pytest.mark.parametrize(
    "to", ["http://checkout.shop.example:{port}{{target}}/", "http://api.shop.example:{port}{{target}}/"]
)
async def test_a_redirect_does_not_carry_it_away(tmp_path: Path, to: str) -> None:
    """To the same path spelled otherwise, at another host of ours or at another port: never followed with it."""
    elsewhere = Echo()
    async with company(root=tmp_path) as lab, echoing(elsewhere) as other:
        lab.token_file.write_text(TOKEN)
        home = Echo(to.format(port=other))
        async with echoing(home) as port:
            with Store.open(database(tmp_path)) as store:
                record = await audited(behind(lab, port), store)
    assert bool(elsewhere.heads) is ("//api." in to)  # another port of its own host is asked without it
    assert not [r for r in elsewhere.heads if r.values("authorization")]
    assert [r for r in home.heads if r.values("authorization")]
    with_token = [p for p in record.plan.probes if isinstance(p.question, HttpQuestion) and p.question.credential]
    assert {p.follows for p in with_token} == {None}
    assert public_of(record)[ORDERS, "public-api", "127.0.0.1"] == "unproven unclear_answer"


async def test_a_redirect_at_home_carries_it(tmp_path: Path) -> None:
    home = Echo()

    async def answer(request: Request) -> Reply:
        if request.path == ORDERS and request.values("authorization"):
            return Reply(301, (("Location", f"{request.target}/"),))
        if request.path == f"{ORDERS}/" and request.values("authorization") == [f"Bearer {TOKEN}"]:
            return Reply(200, (("Content-Type", "application/json"),), b'{"orders":[{"id":"ord-5521"}]}')
        return await home.answer(request)

    async with company(root=tmp_path) as lab:
        lab.token_file.write_text(TOKEN)
        listener = Listener(loopback_socket(), conversation(answer, lambda: Reply(400, ())))
        async with listener:
            with Store.open(database(tmp_path)) as store:
                record = await audited(behind(lab, listener.port), store)
    assert public_of(record)[ORDERS, "public-api", "127.0.0.1"] == "open denies_and_serves"


async def test_it_is_sent_to_its_own_gateway_alone(tmp_path: Path) -> None:
    home, other = Echo(), Echo()
    async with company(root=tmp_path) as lab, echoing(home) as port, echoing(other) as elsewhere:
        lab.token_file.write_text(TOKEN)
        text = lab.probes_yaml.replace(f"shop.example:{lab.ports.checkout}", f"shop.example:{elsewhere}")
        with Store.open(database(tmp_path)) as store:
            await audited(behind(lab, port, text=text), store)
    assert {r.path for r in other.heads} >= {ORDERS, CATALOG}
    assert not [r for r in other.heads if r.values("authorization")]
    asked = {r.path for r in home.heads if r.values("authorization")}
    assert ORDERS in asked and all(path.startswith("/api/v1/") for path in asked)
    assert CATALOG not in asked and not [p for p in asked if p.startswith("/internal")]


# --- without it ----------------------------------------------------------------------------------------------


async def test_a_missing_secret_is_said_and_never_sent(tmp_path: Path) -> None:
    async with company(root=tmp_path) as lab:
        lab.token_file.unlink()
        config = behind(lab, lab.ports.gateway)
        with Store.open(database(tmp_path)) as store:
            record = await audited(config, store)
    skipped = [s for s in record.seen if isinstance(s, Skip)]
    assert {s.reason for s in skipped} == {SkipReason.NO_CREDENTIAL}
    assert all("the secret file" in s.detail and "cannot be read" in s.detail for s in skipped)
    roles = {p.id: p for p in record.plan.probes}
    assert {roles[s.probe].role for s in skipped} == {Role.CREDENTIAL, Role.SIBLING}
    assert public_of(record)[ORDERS, "public-api", "127.0.0.1"] == "unproven credential_missing"
    assert record.audit.complete and exit_code(record) == 3


@pytest.mark.parametrize("at_hand", [True, False])
async def test_a_vantage_by_file_has_its_own_secrets(tmp_path: Path, at_hand: bool) -> None:
    clock = Clock()
    async with company(root=tmp_path) as lab:
        text = lab.probes_yaml.replace("side: outside", "side: outside\n    by_file: true")
        text = text.replace(f'{{file: "{lab.token_file}"}}', "{env: ORDERS_TOKEN}")
        config = behind(lab, lab.ports.gateway, text=text)
        environ = {"ORDERS_TOKEN": lab.token_file.read_text()} if at_hand else {}
        out = io.StringIO()
        writer = BatchWriter(out, head_for(config, "internet", "a seed", "test", clock()))
        looking = Looking(config, {"internet": "a seed"}, writer, clock, asyncio.Event(), Watch(),
                          credentials=credentials(config, environ))  # fmt: skip
        await looking.rounds(None)
        writer.end()
        path = tmp_path / "internet.ndjson"
        path.write_text(out.getvalue())
        assert not at_hand or environ["ORDERS_TOKEN"] not in out.getvalue()
        batch = read_batch(path, config, at=clock())
        with Store.open(database(tmp_path)) as store:
            store.add_batch(
                vantage=batch.vantage, seed=batch.seed, plan=batch.plan_digest, started_at=batch.started_at,
                received_at=clock(), seen=batch.seen,
            )  # fmt: skip
            clock.step()
            done = await turn(
                config, store, vantages=tuple(config.vantages), destinations=(), outputs=Outputs(),
                config_sha256="0" * 64, now=clock, stop=asyncio.Event(), watcher=Watch(), environ={},
            )  # fmt: skip
    said = public_of(done.record)[ORDERS, "public-api", "127.0.0.1"]
    assert said == ("open denies_and_serves" if at_hand else "unproven credential_missing")
