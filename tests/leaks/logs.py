"""What the applications wrote down: one line for each request that reached them, found by its nonce.

Must never be read before everything that was answered stands in it.
"""

import secrets
from dataclasses import dataclass
from pathlib import Path

from leaks.asking import SECONDS, ask
from leaks.processes import eventually
from leaks.whole import UP, Estate

NONCE = "X-Reach-Probe-Id"  # the header in which the product, too, carries its own


@dataclass(frozen=True)
class Noted:
    """One line of an application's log."""

    status: int
    method: str
    target: str

    @property
    def served(self) -> bool:
        return 200 <= self.status < 300


class Logs:
    """The applications' logs, read on from where they were last."""

    def __init__(self, built: Estate) -> None:
        self._built = built
        self._lines: dict[str, dict[str, Noted]] = {app: {} for app in UP}
        self._read: dict[str, int] = dict.fromkeys(UP, 0)

    def noted(self, app: str, nonce: str) -> Noted | None:
        """What an application wrote down of a request; call `settle` first."""
        return self._lines.get(app, {}).get(nonce)

    def settle(self, app: str) -> None:
        """Returns when everything that was answered before is in the log: a last request of ours is."""
        if app not in self._lines:
            return  # it is not there
        last = f"settled{secrets.token_hex(8)}"
        where = self._built.places
        address, _, port = where.app(app).rpartition(":")
        ask(address, int(port), where.inside, "/", "settle.example", headers=((NONCE, last),))

        def there() -> bool:
            self._read_on(app)
            return last in self._lines[app]

        eventually(there, f"the log of {app}", SECONDS)

    def _read_on(self, app: str) -> None:
        path: Path = self._built.log(app)
        if not path.exists():
            return
        with path.open("rb") as file:
            file.seek(self._read[app])
            whole, _, _ = file.read().rpartition(b"\n")
        if not whole:
            return
        self._read[app] += len(whole) + 1
        for line in whole.decode("latin-1").split("\n"):
            nonce, status, method, target = line.split("\t", 3)
            self._lines[app][nonce] = Noted(int(status), method, target)
