"""The same on uvloop: every test of looking that takes no parameters, run by a loop of its own."""

import asyncio
import inspect
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import test_http_answers
import test_http_hostile
import test_tcp_look
import test_tls_look
import test_transport
import test_wire_ways

uvloop = pytest.importorskip("uvloop")

MODULES = (test_transport, test_http_answers, test_http_hostile, test_tcp_look, test_tls_look, test_wire_ways)


def takes_nothing(function: object) -> bool:
    return inspect.iscoroutinefunction(function) and not inspect.signature(function).parameters


SCENARIOS = [
    pytest.param(function, id=f"{module.__name__}:{name}")
    for module in MODULES
    for name, function in vars(module).items()
    if name.startswith("test_") and takes_nothing(function)
]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_on_uvloop(scenario: Callable[[], Coroutine[Any, Any, None]]) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(scenario())
