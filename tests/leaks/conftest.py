"""The estate, started once for all tests here, and what is true of it."""

from collections.abc import Iterator

import pytest

from leaks import products
from leaks.corpus import CORPUS
from leaks.estate import estate
from leaks.whole import Estate
from leaks.witness import Truth, Witness


@pytest.fixture(scope="package")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    """Everything running; skipped as a whole where a product is missing, for half a corpus proves half."""
    products.require(*products.PRODUCTS)
    with estate(tmp_path_factory.mktemp("leaks"), CORPUS) as running:
        yield running


@pytest.fixture(scope="package")
def witness(built: Estate) -> Witness:
    return Witness(built)


@pytest.fixture(scope="package")
def truths(built: Estate, witness: Witness) -> dict[str, Truth]:
    """What is true of each configuration, measured once."""
    return {each.id: witness.truth(each) for each in built.corpus}
