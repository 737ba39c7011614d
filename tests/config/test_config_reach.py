"""A literal address that an outside vantage would refuse is told before anything is asked, and no other is."""

from hypothesis import given
from hypothesis import strategies as st

from auditor.config import Config, GatewayConfig, ServiceConfig, VantageConfig, parse
from auditor.config.model import AroundConfig
from auditor.config.reach import refused
from auditor.model import Side
from auditor.vantage import Scope

FILE = """\
version: 1
vantages:
  internet:
    side: outside
    resolvers: [192.0.2.53]
    controls: [https://www.example.com/]
    allow: [203.0.113.0/24, api.example.com]
  vpc: {side: inside, resolvers: [system], allow: [10.0.0.0/8]}
gateways:
  api:
    url: https://api.example.com
    control: /up
    addresses: [203.0.113.10, 10.0.0.10]
    around:
      origins: [203.0.113.7, 10.0.0.7]
  bare: {url: "http://10.0.0.20:8080", control: /up}
services:
  config: {names: [config.internal.example.net]}
"""


def test_each_refused_address_is_a_warning_with_its_line_and_a_cure() -> None:
    assert [str(warning) for warning in parse(FILE, "probes.yaml", {}).warnings] == [
        f"probes.yaml:{where}: '{value}' is not covered by vantages.internet.allow: internet will refuse to ask "
        f"there, and what is not asked stays untested; add {address} to vantages.internet.allow"
        for where, value, address in (
            ("13:31: gateways.api.addresses[1]", "10.0.0.10", "10.0.0.10"),
            ("15:30: gateways.api.around.origins[1]", "10.0.0.7", "10.0.0.7"),
            ("16:10: gateways.bare.url", "http://10.0.0.20:8080", "10.0.0.20"),
        )
    ]


def test_without_an_allow_list_all_that_the_file_names_is_covered() -> None:
    text = FILE.replace("    allow: [203.0.113.0/24, api.example.com]\n", "")
    assert parse(text, "probes.yaml", {}).warnings == ()


ADDRESSES = st.sampled_from(
    ["203.0.113.10", "8.8.8.8", "10.0.0.5", "127.0.0.2", "192.0.2.9", "2606:4700::1", "fd00::1", "::1"]
)
ENTRIES = st.sampled_from(
    [
        "8.8.8.0/24",
        "10.0.0.0/8",
        "127.0.0.2",
        "2606:4700::/32",
        "::1",
        "api.example.com",
        "*.example.com",
        "x.test",
    ]
)
HOSTS = st.sampled_from(["api.example.com", "edge.other.example", "www.control.example", "10.0.0.5", "8.8.8.8"])


@given(
    st.lists(ENTRIES, min_size=1, max_size=4, unique=True),
    HOSTS,
    st.lists(ADDRESSES, max_size=3, unique=True),
    st.lists(ADDRESSES, max_size=3, unique=True),
    st.sampled_from(["https://www.control.example/", "http://127.0.0.2:8080/ok"]),
)
def test_the_file_is_told_just_what_the_vantage_will_refuse(
    allow: list[str], host: str, addresses: list[str], origins: list[str], control: str
) -> None:
    gateway = GatewayConfig(
        url=f"https://{host}",
        addresses=tuple(addresses) if addresses else "auto",
        around=AroundConfig(origins=tuple(origins)) if origins else None,
    )
    config = Config(
        version=1,
        vantages={
            "internet": VantageConfig(
                side=Side.OUTSIDE, resolvers=("192.0.2.1",), controls=(control,), allow=tuple(allow)
            ),
            "vpc": VantageConfig(side=Side.INSIDE, resolvers=("10.0.0.2",)),
        },
        gateways={"api": gateway},
        services={"config": ServiceConfig(names=("config.internal.example.net",))},
    )
    literal = [*addresses, *origins]
    if not addresses and host[0].isdigit():
        literal.append(host)
    scope = Scope("internet", config)
    expected = sorted(each for each in literal if not scope.permits(host, each, 443))
    assert sorted(wrong.hint.split()[1] for _, wrong, _ in refused(config) if wrong.hint) == expected
