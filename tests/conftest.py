"""For all tests: properties are not judged by how fast this machine happens to be."""

from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("steady", deadline=None)
settings.load_profile("steady")


#: Folders whose tests share servers that are started once: each stays with one worker.
_TOGETHER = ("parts", "leaks")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        folder = item.path.relative_to(Path(__file__).parent).parts[0]
        if folder in _TOGETHER:
            item.add_marker(pytest.mark.xdist_group(folder))
