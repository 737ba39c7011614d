"""The demo: a believable mess, and the folder in which it is audited.

Must never audit by itself: who runs the audit hands in how.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from auditor.lab.breakages import Breakage
from auditor.lab.company import Company, company

T = TypeVar("T")

#: What is broken in the demo: three of four services leak, each in its own way, one public route has lost its
#: authentication on the way to a new ingress, and much is as it should be.
DEMO: tuple[Breakage, ...] = (
    Breakage.RULE_TOO_WIDE,
    Breakage.DOCS_PUBLISHED,
    Breakage.NAME_PRIVATE,
    Breakage.HOST_ANSWERED,
    Breakage.AUTH_NOT_CARRIED_OVER,
)


def write_config(lab: Company, folder: Path) -> Path:
    """Writes probes.yaml into the folder, with database and report beside it, and returns its path."""
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "probes.yaml"
    text = lab.configuration(database=f"sqlite:///{folder / 'auditor.db'}", report=folder / "report.html")
    path.write_text(text, encoding="utf-8")
    return path


async def demo(root: Path, *, run: Callable[[Path], Awaitable[T]]) -> T:
    """Starts the broken company, hands the path of its probes.yaml to `run`, and returns what that returns."""
    async with company(*DEMO, root=root) as lab:
        return await run(write_config(lab, root))
