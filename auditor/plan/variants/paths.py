"""The forms of a path: one line a variant.

Must never hold a form that could end a line or start a second request. Parts in braces: see `parts.FIELDS`; `{x}`
is a random segment, `{P}` a prefix the gateway forwards, `{up:…}` the steps back out of it.
"""

from auditor.model import Aspect
from auditor.plan.variants.techniques import BY_ID
from auditor.plan.variants.variant import Through, Tier, Variant

_CORE = True
_PATHS = frozenset({Aspect.PATH})


def _form(
    id: str,
    path: str,
    core: bool = False,
    *,
    tier: Tier = Tier.SAFE,
    through: Through = Through.NOTHING,
    busted: bool = False,
) -> Variant:
    return Variant(id, BY_ID[id[:3]], _PATHS, tier=tier, core=core, path=path, through=through, busted=busted)


_PREFIX, _OR_RANDOM, _CAUTION = Through.PREFIX, Through.PREFIX_OR_RANDOM, Tier.CAUTION

PLAIN_PATH = Variant("baseline", BY_ID["P01"], _PATHS, core=True)

#: In the order in which they are asked.
PATHS: tuple[Variant, ...] = (
    _form("P02a", "//{path}", _CORE),
    _form("P02b", "/{first}//{inner}", _CORE),
    _form("P02c", "///{path}", _CORE),
    _form("P03a", "/./{path}", _CORE),
    _form("P03b", "/{x}/../{path}", _CORE),
    _form("P03c", "{P}/{up:../}{path}", _CORE, through=_PREFIX),
    _form("P03d", "/{first}/./{inner}"),
    _form("P03e", "/{first}/{x}/../{inner}"),
    _form("P04a", "/{x}/%2e%2e/{path}", _CORE),
    _form("P04b", "/%2e/{path}", _CORE),
    _form("P04c", "/{x}/.%2e/{path}"),
    _form("P04d", "{P}/{up:%2e%2e/}{path}", through=_PREFIX),
    _form("P05a", "/{hexed}", _CORE),
    _form("P05b", "/{hexed_later}"),
    _form("P06a", "/{first}%2f{inner}", _CORE),
    _form("P06b", "/%2f{path}", _CORE),
    _form("P06c", "/{x}/..%2f{path}", _CORE),
    _form("P06d", "{P}/{up:..%2f}{path}", _CORE, through=_PREFIX),
    _form("P07a", "/{hexed_twice}", _CORE),
    _form("P07b", "{P}/{up:%252e%252e/}{path}", _CORE, through=_OR_RANDOM),
    _form("P07c", "/{x}/..%252f{path}"),
    _form("P08a", "/{first};x=1{rest}", _CORE),
    _form("P08b", "/;/{path}", _CORE),
    _form("P08c", "/{path};x", _CORE),
    _form("P08d", "/;foo=bar/{path}"),
    _form("P08e", "/{path};/"),
    _form("P08f", "/.;/{path}"),
    _form("P09a", "/{x}/..;/{path}", _CORE),
    _form("P09b", "{P}/{up:..;/}{path}", _CORE, through=_PREFIX),
    _form("P09c", "/{x}/..%3b/{path}"),
    _form("P10a", "/static../{path}"),
    _form("P10b", "/assets../{path}"),
    _form("P11a", "{P}../{path}", _CORE, through=_PREFIX),
    _form("P11b", "{P}..%2f{path}", through=_PREFIX),
    _form("P12a", "/{flipped}", _CORE),
    _form("P12b", "/{flipped_first}", _CORE),
    _form("P12c", "/{flipped_last}"),
    _form("P13a", "/{path}/", _CORE),
    _form("P13b", "/{path}/.", _CORE),
    _form("P13c", "/{path}%20", _CORE),
    _form("P13d", "/{path}?", _CORE),
    _form("P13e", "/{path}//"),
    _form("P13f", "/{path}%09"),
    _form("P13g", "/{path}??"),
    _form("P13h", "/{path}&"),
    _form("P13i", "/{path}~"),
    _form("P13j", "/{path}*"),
    _form("P13k", "/{path}/*"),
    _form("P13l", "/{path}."),
    _form("P13m", "/{unslashed}"),
    _form("P14a", "/{stem}.json", _CORE),
    _form("P14b", "/{stem}.html"),
    _form("P14c", "/{stem}.php"),
    _form("P14d", "/{path};index.html"),
    _form("P14e", "/{stem}/.{x}"),
    _form("P14f", "/{stem}.css", tier=_CAUTION, busted=True),
    _form("P14g", "/{stem}.js", tier=_CAUTION, busted=True),
    _form("P14h", "/{stem}.png", tier=_CAUTION, busted=True),
    _form("P14i", "/{stem}.ico", tier=_CAUTION, busted=True),
    _form("P15a", "/{x}/..%5c{path}"),
    _form("P15b", "/{first}%5c{inner}"),
    _form("P15c", "/%5c{path}"),
    _form("P15d", "/{x}/..\\{path}", tier=_CAUTION),
    _form("P15e", "/{first}\\{inner}", tier=_CAUTION),
    _form("P16a", "/%c0%af{path}"),
    _form("P16b", "/{x}/..%c0%af{path}"),
    _form("P16c", "/{x}/%c0%ae%c0%ae/{path}"),
    _form("P16d", "/{x}/..%ef%bc%8f{path}"),
    _form("P16e", "/{x}/..%e2%88%95{path}"),
    _form("P17a", "/{path}%a0"),
    _form("P17b", "/{path}%85"),
    _form("P17c", "/{path}%0c"),
    _form("P17d", "/{path}%1f"),
    _form("P17e", "/{path}%0b"),
    _form("P17f", "/{path}%1c"),
    _form("P17g", "/{path}\xa0", tier=_CAUTION),
    _form("P17h", "/{path}\x85", tier=_CAUTION),
    _form("P17i", "/{path}\x0c", tier=_CAUTION),
    _form("P17j", "/{path}\x1f", tier=_CAUTION),
    _form("P18a", "/{path}%23"),
    _form("P18b", "/{path}#", tier=_CAUTION),
    _form("P18c", "{P}#/{up:../}{path}", tier=_CAUTION, through=_OR_RANDOM),
    _form("P19a", "{P}%3f/{up:../}{path}", through=_OR_RANDOM),
    _form("P19b", "/{path}%3f{x}.php"),
    _form("P19c", "/{path}%26"),
    _form("P19d", "/{path}%25"),
    _form("P20a", "/{path}%00", tier=_CAUTION),
    _form("P20b", "/{path}%00.html", tier=_CAUTION),
    _form("P21a", "{rootless}", tier=_CAUTION),
    _form("P22a", "/index.php/{path}"),
    _form("P22b", "/{stem}/{x}"),
    _form("P23a", "/(S({x}))/{path}"),
    _form("P23b", "/(S({x}))/../(S({x}))/{path}"),
    _form("P24a", "{P}/{path}", _CORE, through=_PREFIX),
    _form("P24b", "{P}{P}/{path}", through=_PREFIX),
)
