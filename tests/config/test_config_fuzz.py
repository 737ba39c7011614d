"""Whatever a file holds, the answer is a configuration or a list of its mistakes, soon."""

import contextlib
import json
from pathlib import Path
from time import process_time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.config import Config, ConfigError, load, parse

FULL = (Path(__file__).parent / "good" / "full.yaml").read_text(encoding="utf-8")

#: Text that looks enough like YAML to get past the parser now and then.
WORDS = [
    "version: 1\n",
    "services:\n",
    "  a:\n",
    "    names: ",
    "gateways:\n",
    "vantages:\n",
    "alerts:\n",
    "side: outside\n",
]
SIGNS = [
    ": ",
    "- ",
    "? ",
    "&a ",
    "*a",
    "!!str ",
    "${",
    "${HOME}",
    "|\n",
    ">-\n",
    "<<: ",
    "%YAML",
    "---\n",
    "...\n",
    "  ",
]
VALUES = ["0x", "1e9", ".inf", "null", "1m", "20/s", "https://", *"[]{}'\"#\\~ \n\t\0\x85\ud800"]
PIECES = st.sampled_from([*WORDS, *SIGNS, *VALUES])

#: A busy machine is no finding; how long things may take is a test of its own.
patient = settings(
    deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)


def refused_or_loaded(text: str) -> None:
    with contextlib.suppress(ConfigError):
        parse(text, "probes.yaml", {"HOME": "/root"})


@patient
@given(st.text(max_size=400))
def test_any_text(text: str) -> None:
    refused_or_loaded(text)


@patient
@given(st.lists(PIECES | st.text(max_size=4), max_size=40).map("".join))
def test_any_text_that_looks_like_yaml(text: str) -> None:
    refused_or_loaded(text)


@patient
@given(st.binary(max_size=200))
def test_any_bytes(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "probes.yaml"
    path.write_bytes(data)
    with contextlib.suppress(ConfigError):
        load(path, {})


@patient
@given(st.data())
def test_a_good_file_with_something_torn_out_or_put_in(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(FULL)))
    end = data.draw(st.integers(start, min(len(FULL), start + 40)))
    refused_or_loaded(FULL[:start] + data.draw(PIECES | st.text(max_size=6)) + FULL[end:])


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)


ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner), max_leaves=12
)
SECTIONS = st.sampled_from(list(Config.model_fields))


@patient
@given(ANYTHING, SECTIONS)
def test_any_value_in_any_section(value: object, section: str) -> None:
    """JSON is YAML: every shape a value can have is tried in every place."""
    refused_or_loaded('{"version": 1, ' + f'"{section}": {json.dumps(value)}' + "}")


@pytest.mark.parametrize(
    "text",
    [
        "[" * 500_000,
        "- " * 500_000,
        "{a," * 300_000,
        "? " * 400_000,
        "a: '" + "x\n" * 300_000,
        "#" * 1_000_000,
        "a: |\n" + " x\n" * 300_000,
        "".join(" " * n + "a:\n" for n in range(1300)),
        "a: &a [x]\n" + "b: [" + "*a, " * 200_000 + "]",
        "version: 1\n" + "".join(f"k{n}: x\n" for n in range(60_000)),
        "vantages:\n" + "".join(f" a{n}: {{side: x}}\n" for n in range(30_000)),
        "services: {a: {names: [" + "x, " * 100_000 + "]}}",
        "version: " + "9" * 1_000_000,
        "schedule: {cron: '" + "1," * 400_000 + "'}",
        "gateways: {a: {allow: ['/" + "*a" * 400_000 + "']}}",
    ],
    ids=lambda text: text[:12],
)
def test_a_large_odd_file_is_answered_soon(text: str) -> None:
    """Processor time, so that a busy machine does not matter; the bound is far above what is measured."""
    begun = process_time()
    refused_or_loaded(text)
    assert process_time() - begun < 30
