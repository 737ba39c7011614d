"""What the faults need: the harness of the commands and of the audits, and a database of each kind."""

import itertools
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

# Their modules are used here as they are, also when only these tests are run.
sys.path += [str(Path(__file__).parents[1] / each) for each in ("audit", "cli", "probes", "store")]

from postgres_server import postgres_server


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A server of this session's own; skips where PostgreSQL is not installed."""
    with postgres_server() as url:
        yield url


_numbers = itertools.count(1)


def _create(server: str) -> str:
    own = f"faults_{next(_numbers)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{own}"')
    return server.replace("/postgres?", f"/{own}?")


@pytest.fixture
def postgres_database(postgres_url: str) -> str:
    """An empty database on that server."""
    return _create(postgres_url)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.parts)])
def databases(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], str]:
    """Makes a new empty database and gives its URL; the name it is given is unique in a test."""
    if request.param == "sqlite":
        return lambda name: f"sqlite:///{tmp_path / name}.db"
    server: str = request.getfixturevalue("postgres_url")
    return lambda _: _create(server)
