"""One estate and one audit of it for the whole room: they are read by many tests and changed by none of these."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from names import auditing
from names.auditing import Told, audited, probes_yaml
from names.estate import Estate, estate


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    with estate(Path(tmp_path_factory.mktemp("names"))) as running:
        auditing.write_files(running)
        yield running


@pytest.fixture(scope="session")
def whole(built: Estate) -> Told:
    """The audit of everything, through every kind of resolver."""
    return audited(built, probes_yaml(built))
