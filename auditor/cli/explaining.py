"""One public entry in words: for `auditor explain`. Must never look anything up."""

from collections.abc import Iterator

from auditor.config import Config, PublicConfig, PublicPath
from auditor.model import Anonymous
from auditor.plan.claims import outside
from auditor.plan.public import has_credential, is_declared, served_at


def explain_public_text(config: Config, name: str) -> str:
    """What is asked of each path of a public entry, where, and what would prove it open as meant."""
    public = config.public[name]
    lines = [f"{name}: owner {public.owner or 'nobody named'}, severity {public.severity}; must be public", ""]
    for path in public.paths:
        lines += [*_path(config, public, path), ""]
    return "\n".join(lines).rstrip() + "\n"


def _path(config: Config, public: PublicConfig, path: PublicPath) -> Iterator[str]:
    compared = [entrance.name for entrance in served_at(config, public) if not is_declared(public, entrance)]
    yield f"{path.path}: {_EXPECTED[path.anonymous]}"
    yield f"  asked from {', '.join(outside(config))} at every address of {public.gateway}, without credentials"
    if has_credential(path):
        yield "  and there alone with its token, which is read for each audit and kept nowhere"
    if compared:
        yield f"  compared with {', '.join(compared)}: where one of them serves it, it must ask the same"
    yield f"  open when: {_PROOF[path.anonymous, has_credential(path)]}"
    yield f"  outage when: {_OUTAGE[path.anonymous, has_credential(path)]}, three times of three"


_EXPECTED = {
    Anonymous.DENIED: "must deny whoever has no credentials",
    Anonymous.ALLOWED: "must answer everyone",
}
_PROOF = {
    (
        Anonymous.DENIED,
        True,
    ): "it denies without credentials and answers 2xx with them, and a random path does not",
    (Anonymous.DENIED, False): "it denies, and random paths are not denied or the known-public path answers",
    (Anonymous.ALLOWED, False): "it answers, and random paths beside it are answered otherwise",
}
_OUTAGE = {
    (Anonymous.DENIED, True): "the token is refused, or the path is gone, fails or is silent with it",
    (Anonymous.DENIED, False): "the path fails or is silent",
    (Anonymous.ALLOWED, False): "it is denied, gone, fails or is silent",
}
