"""Starting and stopping products: what is missing is told, what breaks is shown, and nothing stays behind."""

import os
import sys
from pathlib import Path

import pytest

from leaks import products
from leaks.processes import NotReadyError, running


def test_a_missing_product_skips_and_fails_where_all_are_promised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(products.PRODUCTS, "unheard-of", ("unheard-of", ("no-such-command-anywhere",)))
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="unheard-of"):
        products.require("unheard-of")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="unheard-of"):
        products.require("unheard-of")


def test_a_process_that_ends_by_itself_shows_its_log(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", "import sys; sys.exit('the configuration is broken')"]
    with (
        running("broken", argv, tmp_path, [("127.0.0.1", 1)]) as process,
        pytest.raises(NotReadyError, match="the configuration is broken"),
    ):
        process.await_ready()


def test_a_process_is_gone_after_its_block(tmp_path: Path) -> None:
    with running("waits", [sys.executable, "-c", "import signal; signal.pause()"], tmp_path, []) as process:
        pid = process.pid
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
