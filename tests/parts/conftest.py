"""The company is built once for all tests of this directory; each test takes the state it needs."""

from collections.abc import Iterator

import pytest

from parts.company import Company, company


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    with company(tmp_path_factory.mktemp("company")) as it:
        yield it
