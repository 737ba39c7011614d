"""What the zones of a file must mean: names that are names, files that somebody reads, places that are there.

Must never resolve a name or open a file: that is done at the vantage.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from auditor.config.errors import Path, Wrong
from auditor.config.hosts import host_name
from auditor.model import DnsExpectation, Side

if TYPE_CHECKING:
    from auditor.config.model import Config

#: A mistake by its path, what must be sound for it to be one, and what is wrong.
Mistake = tuple[Path, Wrong, tuple[Path, ...]]


def mistakes(config: "Config", reader: str | None) -> Iterator[Mistake]:
    """Everything that is wrong with the zones. `reader`: the vantage that reads files of this machine."""
    for zone, settings in config.zones.items():
        here: Path = ("zones", zone)
        yield from _named(zone, here)
        if settings.scope == "internal" and settings.dns is DnsExpectation.PUBLIC:
            wrong = Wrong("is internal and expects its names to be seen", "write scope: public, or another dns")
            yield (*here, "dns"), wrong, ((*here, "dns"), (*here, "scope"))
        if settings.file is not None and reader is None:
            yield _unread((*here, "file"))
    if config.transparency is not None:
        if reader is None:
            yield _unread(("transparency",))
        if not config.zones:
            wrong = Wrong("is searched for the names of zones, and this file has none", "add zones")
            yield ("transparency",), wrong, (("transparency",), ("zones",))


def _named(zone: str, here: Path) -> Iterator[Mistake]:
    try:
        kept = host_name(zone)
    except Wrong as wrong:
        yield here, wrong, ()
        return
    if kept != zone:
        yield here, Wrong("is not how a zone is written here", f"write '{kept}'"), ()


def _unread(at: Path) -> Mistake:
    why = "would be read by nobody: every vantage inside looks from elsewhere, by file or via a proxy"
    return (
        at,
        Wrong(why, "add a vantage inside that looks from this machine, or remove the key"),
        (at, ("vantages",)),
    )


def warnings(config: "Config") -> Iterator[Mistake]:
    """What is likely to be meant otherwise."""
    for zone, settings in config.zones.items():
        above = zone.partition(".")[2]
        if settings.scope == "internal" and "." in above and not _declared(config, above):
            wrong = Wrong(
                f"is below '{above}', which is no zone of this file: its name servers, which deny these names to "
                "the public, are not asked",
                "add the zone above, with scope: public",
            )
            yield ("zones", zone), wrong, (("zones",),)
    if config.zones:
        for service, item in config.services.items():
            for place, name in enumerate(item.names):
                if not _declared(config, name):
                    at: Path = ("services", service, "names", place)
                    wrong = Wrong("is in no zone of this file: only resolvers are asked for it", "add its zone")
                    yield at, wrong, (at, ("zones",))


def _declared(config: "Config", name: str) -> bool:
    """Whether a name is at or below a zone of the file."""
    while name:
        if name in config.zones:
            return True
        name = name.partition(".")[2]
    return False


def misplaced(config: "Config") -> Iterator[Mistake]:
    """Settings of vantages that are for the other side."""
    for name, vantage in config.vantages.items():
        fields = ("search", "rebinding") if vantage.side is Side.OUTSIDE else ("roots",)
        for field in fields:
            if getattr(vantage, field):
                at: Path = ("vantages", name, field)
                side = Side.INSIDE if vantage.side is Side.OUTSIDE else Side.OUTSIDE
                yield at, Wrong(f"is for vantages that are {side}", "remove it"), (at, ("vantages", name, "side"))
