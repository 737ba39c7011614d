"""The event loop of a command, and what a signal does to it.

Must never let a first signal lose what was seen: it asks, and only a second one insists.
"""

import asyncio
import signal
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from auditor.cli.shared import Exit, leave, say

T = TypeVar("T")


def on_loop(work: Callable[[asyncio.Event], Coroutine[Any, Any, T]]) -> T:
    """Run to the end; the first SIGINT, SIGTERM or SIGHUP asks for an orderly stop, a second one insists.

    SIGHUP means that the terminal is gone; where it is ignored, as under nohup(1), it stays ignored.
    """

    async def whole() -> T:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        task = asyncio.current_task()

        def asked() -> None:
            if stop.is_set() and task is not None:
                task.cancel()
                return
            stop.set()
            say("stopping: what was seen is being stored (once more to insist)")

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
                loop.add_signal_handler(number, asked)
        return await work(stop)

    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            return runner.run(whole())
    except asyncio.CancelledError:
        leave(Exit.INCONCLUSIVE, "stopped at once: an audit that had not been judged by then is incomplete")


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop where it is installed: the same behaviour, two to three times the exchanges."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop
