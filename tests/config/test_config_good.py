"""What files come to when they are right, and what happens to files that cannot be had at all."""

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest

from auditor.config import Config, ConfigError, SecretFrom, load, parse, reveal
from auditor.model import DnsExpectation, Severity, Side

GOOD = Path(__file__).parent / "good"
EXAMPLE = Path(__file__).parents[2] / "probes.yaml"
SMALL = (GOOD / "small.yaml").read_text(encoding="utf-8")


def test_the_example_loads_without_a_warning() -> None:
    loaded = load(EXAMPLE, {})
    assert loaded.warnings == ()
    assert loaded.text_sha256 == hashlib.sha256(EXAMPLE.read_bytes()).hexdigest()
    assert list(loaded.config.services) == ["config", "jobs"]
    assert list(loaded.config.public) == ["orders"]


def test_what_the_example_has_commented_out_loads_too() -> None:
    lines = []
    for line in EXAMPLE.read_text(encoding="utf-8").splitlines():
        body = line.removeprefix("# ")
        known = body.startswith(("alerts:", "  - web"))
        lines.append(body if line.startswith("# ") and known else line)
    loaded = parse("\n".join(lines), "probes.yaml", {})
    assert loaded.config.alerts[0].webhook.secret == SecretFrom(env="ALERT_SECRET")


def test_a_full_file_means_what_it_says() -> None:
    config = load(GOOD / "full.yaml", {}).config
    assert config.vantages["internet"].side is Side.OUTSIDE
    assert config.vantages["internet"].allow is not None
    assert config.gateways["public-api"].rate == 10.0
    assert config.gateways["public-api"].control_status == 204
    assert config.gateways["next-api"].url == "http://api.example.com:8080"
    assert config.gateways["next-api"].addresses == ("203.0.113.10", "2001:db8::10")
    assert config.gateways["public-api"].around is None
    around = config.gateways["next-api"].around
    assert around is not None
    assert around.listeners == ("http:80", "https:8443")
    assert around.origins == ("203.0.113.77", "2001:db8::77")
    service = config.services["config"]
    assert service.names == ("config.internal.example.net", "_grpc.internal.example.net")
    assert (service.severity, service.dns) == (Severity.HIGH, DnsExpectation.PRIVATE_ONLY)
    assert service.ports == (8080, 8081)
    assert config.services["jobs"].names == ("no",)
    assert config.schedule.cron == "*/15 8-18 * * mon-fri"
    assert config.database == SecretFrom(env="DATABASE_URL")
    assert config.report.json_path == "out/report.json"
    assert config.limits.connect_seconds == 0.5
    assert config.limits.probe_seconds == 7.5
    assert config.limits.audit_seconds == 5400.0
    assert config.limits.resolver_rate == 0.025
    assert config.limits.observations_max_age == timedelta(days=1)


def test_what_is_left_out_is_as_documented() -> None:
    config = load(GOOD / "small.yaml", {}).config
    assert config.schedule.every == timedelta(minutes=15)
    assert config.database == "sqlite:///auditor.db"
    assert config.services["jobs"].gateways is None
    assert config.services["jobs"].dns is DnsExpectation.ABSENT
    assert config.vantages["vpc"].allow is None


def test_the_same_config_can_be_built_in_code() -> None:
    config = load(GOOD / "full.yaml", {}).config
    assert Config.model_validate(config.model_dump()) == config


def test_a_byte_order_mark_and_other_line_breaks_do_not_matter() -> None:
    plain = parse(SMALL, "probes.yaml", {})
    for text in ("\ufeff" + SMALL, SMALL.replace("\n", "\r\n"), "%YAML 1.2\n---\n" + SMALL, SMALL + "...\n"):
        assert parse(text, "probes.yaml", {}).config == plain.config


def test_variables_are_put_in() -> None:
    environ = {"HOST": "api.example.com", "ZONE": "internal.example.net", "STAGE": "live"}
    config = load(GOOD / "variables.yaml", environ).config
    assert config.gateways["api"].url == "https://api.example.com"
    assert config.gateways["api"].control == "/live/health"
    assert config.services["config"].names == ("config.internal.example.net",)
    assert config.services["config"].paths == ("/$HOME/live",)


def test_a_dollar_can_be_kept() -> None:
    text = SMALL + "report: {environment: '$${HOME}, $5 and ${STAGE}'}\n"
    assert parse(text, "probes.yaml", {"STAGE": "$${x}"}).config.report.environment == "${HOME}, $5 and $${x}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "gateways: {api: {url: 'https://api.example.com'}}\n",
            ["7:12: gateways.api: has no control, so nothing through it can be proven closed; "
             "add control: /a/public/path"],
        ),
        (
            "gateways: {api: {url: 'https://api.example.com', control: /}}\n"
            "public: {o: {gateway: api, paths: [{path: /o, anonymous: allowed}]}}\n",
            [],
        ),
        (
            "gateways: {api: {url: 'https://api.example.com', control: /}}\n"
            "public: {o: {gateway: api, paths: [{path: /o, anonymous: denied}]}}\n",
            ["8:36: public.o.paths[0]: has no token: only that it denies can be proven, not that it answers those "
             "who may ask; add token: {env: NAME}"],
        ),
        (
            "gateways: {api: {url: 'https://api.example.com', control: /}}\n"
            "public: {o: {gateway: api, paths: [{path: /o, anonymous: allowed, token: {env: hunter2}}]}}\n",
            ["8:67: public.o.paths[0].token: is never sent: the path is meant for everyone; remove it, or write "
             "anonymous: denied"],
        ),
        (
            "gateways: {api: {url: 'https://api.example.com', control: /, allow: [/v1/*]}}\n"
            "public: {o: {gateway: api, paths: [{path: /o, anonymous: allowed}]}}\n",
            ["8:37: public.o.paths[0].path: '/o' is not among what gateways.api.allow says is forwarded; add it "
             "there"],
        ),
        (
            "database: postgresql://auditor:hunter2@db.internal/auditor\n",
            ["7:1: database: holds a password in this file; write {env: NAME} or {file: path}"],
        ),
        (
            "database: postgresql://db.internal/auditor?password=hunter2\n",
            ["7:1: database: holds a password in this file; write {env: NAME} or {file: path}"],
        ),
        ("database: postgresql://auditor@db.internal/auditor\n", []),
        ("database: sqlite:////var/lib/auditor/a:b@c.db\n", []),
    ],
)  # fmt: skip
def test_warnings(text: str, said: list[str]) -> None:
    warnings = parse(SMALL + text, "probes.yaml", {}).warnings
    assert [str(warning) for warning in warnings] == [f"probes.yaml:{line}" for line in said]
    assert "hunter2" not in repr(warnings)


@pytest.mark.parametrize(
    "gateway",
    [
        "{url: 'https://api.example.com', control: /}",
        "{url: 'http://127.0.0.1:8080', control: /}",
        "{url: 'http://[::1]:8080', control: /}",
        "{url: 'http://localhost:8080', control: /}",
        "{url: 'http://api.example.com', control: /, addresses: [127.0.0.1, '::1']}",
    ],
)
def test_a_token_goes_over_https_or_stays_on_this_machine(gateway: str) -> None:
    public = "public: {o: {gateway: api, paths: [{path: /o, anonymous: denied, token: {env: T}}]}}\n"
    loaded = parse(f"{SMALL}gateways: {{api: {gateway}}}\n{public}", "probes.yaml", {})
    assert loaded.warnings == () and loaded.config.public["o"].paths[0].token == SecretFrom(env="T")


def test_what_a_public_entry_is_compared_with() -> None:
    gateways = "gateways: {a: {url: 'https://a.example', control: /}, b: {url: 'https://b.example', control: /}}\n"
    for compare, meant in (("", "all"), ("compare: none, ", "none"), ("compare: [b], ", ("b",))):
        public = f"public: {{o: {{gateway: a, {compare}paths: [{{path: /o, anonymous: allowed}}]}}}}\n"
        entry = parse(SMALL + gateways + public, "probes.yaml", {}).config.public["o"]
        assert (entry.compare, entry.owner, entry.severity) == (meant, None, Severity.MEDIUM)


def test_a_database_password_from_a_variable_is_no_warning_and_is_not_shown() -> None:
    loaded = parse(SMALL + "database: postgresql://a:${PW}@db/a\n", "probes.yaml", {"PW": "hunter2"})
    assert loaded.config.database == "postgresql://a:hunter2@db/a"
    assert loaded.warnings == ()
    assert "hunter2" not in repr(loaded)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (Path("/nonexistent/probes.yaml"), "/nonexistent/probes.yaml: cannot be read: No such file or directory"),
        (Path("/"), "/: cannot be read: Is a directory"),
        (Path("/proc/self/mem"), "/proc/self/mem: cannot be read: Input/output error"),
        (Path("a\0b"), r"a\x00b: cannot be read: no such file"),
        (Path("/dev/zero"), "/dev/zero: is larger than 1 MiB"),
    ],
)
def test_a_file_that_cannot_be_had(path: Path, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(path, {})
    assert str(caught.value) == said


def test_a_text_that_is_too_long() -> None:
    with pytest.raises(ConfigError, match="is larger than 1 MiB"):
        parse("#" * ((1 << 20) + 1), "probes.yaml", {})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: \ud800\n", "probes.yaml:1:4: character U+D800 may not stand in this file"),
        ("a: b\n\u2028", "probes.yaml:2:1: character U+2028 may not stand in this file"),
        ("- x\n" * 100_001, "probes.yaml:100000:3: has more than 100000 values"),
    ],
)
def test_a_text_that_is_no_configuration(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text, "probes.yaml", {})
    assert str(caught.value) == said


def test_secrets_are_revealed_when_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_bytes(b"whsec_abc \r\n")
    assert reveal("sqlite:///a.db", {}) == "sqlite:///a.db"
    assert reveal(SecretFrom(env="TOKEN"), {"TOKEN": "abc"}) == "abc"
    assert reveal(SecretFrom(file=str(file)), {}) == "whsec_abc "


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "is empty"), (b"\n", "is empty"), (b"\xff\n", "is not UTF-8 text"), (b"x" * 70_000, "is too long")],
)
def test_a_secret_file_that_will_not_do(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "secret"
    file.write_bytes(content)
    with pytest.raises(ConfigError, match=said):
        reveal(SecretFrom(file=str(file)), {})


@pytest.mark.parametrize(
    ("secret", "said"),
    [
        (SecretFrom(env="TOKEN"), "the environment variable TOKEN is not set"),
        (SecretFrom(env="EMPTY"), "the environment variable EMPTY is empty"),
        (
            SecretFrom(file="/nonexistent/x"),
            "the secret file '/nonexistent/x' cannot be read: No such file or directory",
        ),
    ],
)
def test_a_secret_that_cannot_be_had(secret: SecretFrom, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        reveal(secret, {"EMPTY": ""})
    assert str(caught.value) == said
