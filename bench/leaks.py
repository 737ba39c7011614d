"""How many leaks of real products are found, and how often one is made up, beside tools people use for it today.

    python -m bench.leaks [--variants none core full]

The corpus of tests/leaks, started once; what is true of each configuration is measured there by what its
application received. Ours is one audit of all. Beside it ffuf with `-ac`, given the same spellings of the path or
host (no headers and no methods: it cannot vary them together), and blackbox_exporter inverted: a probe that
succeeds is an alarm. These two look from 127.0.0.1, having no way to look from elsewhere; nothing here trusts it.
Must never say that a tool found what the witness did not see leak.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote
from urllib.request import urlopen

from auditor.model import Reason, Verdict
from bench.measuring import Void, machine
from bench.targets import accepts, free_port, program, running

TESTS = Path(__file__).resolve().parent.parent / "tests"
sys.path.insert(0, str(TESTS))  # the corpus is a package of the tests

from leaks.configuration import Configuration  # noqa: E402  needs the line above
from leaks.corpus import CORPUS  # noqa: E402
from leaks.estate import estate  # noqa: E402
from leaks.leak_audit import BAD, OUT, audited  # noqa: E402
from leaks.products import PRODUCTS, present  # noqa: E402
from leaks.spellings import hosts, paths  # noqa: E402
from leaks.whole import Estate  # noqa: E402
from leaks.witness import Truth, Witness  # noqa: E402

FFUF_SECONDS = 30.0


@dataclass
class Contestant:
    """What one tool said of each configuration."""

    name: str
    alarms: set[str] = field(default_factory=set)
    cleared: set[str] = field(default_factory=set)  # said to be closed, or nothing said where nothing is unproven
    routed: set[str] = field(default_factory=set)  # said to be forwarded, though nothing came out
    latent: set[str] = field(default_factory=set)  # the same, as a hole that the service does not fall for today
    named: dict[str, int] = field(default_factory=dict)  # class → alarms on what does not leak that name it
    findable: set[str] = field(
        default_factory=set
    )  # leaky ones that something it sent brought out for the witness
    requests: int = 0
    seconds: float = 0.0


# --- ours


def ours(built: Estate, truths: dict[str, Truth], home: Path, variants: str) -> Contestant:
    """One audit of everything. What counts as found is what a person is told came out, or was reached by HEAD."""
    fresh = home / f"audit-{variants}"
    fresh.mkdir()
    seen = audited(built, fresh, variants)
    us = Contestant(f"auditor, {variants}", seconds=seen.seconds)
    gateways = {each.id for each in built.corpus}
    us.requests = sum(1 for probe in seen.record.plan.probes if probe.paced_by in gateways)
    for each in built.corpus:
        verdicts = [one.verdict for one in seen.at_stake(each)]
        alarms = OUT | {Verdict.GUARDED} if each.kind != "leaky" else OUT
        if any(verdict in (BAD if _by_method_alone(truths[each.id]) else alarms) for verdict in verdicts):
            us.alarms.add(each.id)
        if any(one.verdict is Verdict.ROUTED and one.reason is not Reason.LATENT for one in seen.at_stake(each)):
            us.routed.add(each.id)
        if any(one.reason is Reason.LATENT for one in seen.at_stake(each)):
            us.latent.add(each.id)
        if each.id in us.alarms and not truths[each.id].leaks and not _reached(truths[each.id]):
            for one in seen.at_stake(each):
                us.named[one.variant[:3]] = us.named.get(one.variant[:3], 0) + 1
        sent = {variant for one in seen.at_stake(each) for variant in seen.variants(one)}
        if _can_find(truths[each.id], sent):
            us.findable.add(each.id)
        if all(verdict == "closed" for verdict in verdicts):
            us.cleared.add(each.id)
    return us


def _can_find(truth: Truth, sent: set[str]) -> bool:
    """Whether what was sent can bring the leak out: as configured, by turns, or by one of these variants."""
    by_variant = any(sent & truth.leaking_variants(address) for address in truth.usual)
    return by_variant or any(each.leaked for usual in truth.usual.values() for each in usual)


def _by_method_alone(truth: Truth) -> bool:
    return bool(truth.leaks) and all(each.spelling.method == "HEAD" for each in truth.leaks)


# --- ffuf


def ffuf(built: Estate, home: Path, name: str, *more: str) -> Contestant:
    """One run for each address: whatever is left after its own calibration is an alarm."""
    them = Contestant(name)
    started = time.perf_counter()
    for each in built.corpus:
        found = sum(_ffuf(built, each, address, home, *more) for address in built.gateways[each.id])
        (them.alarms if found else them.cleared).add(each.id)
        them.requests += len(built.gateways[each.id]) * len(_words(built, each))
    them.seconds = time.perf_counter() - started
    return them


def _words(built: Estate, each: Configuration) -> list[str]:
    """Every spelling of what is at stake."""
    if each.by_host:
        spelled = hosts(each.admin, each.public, built.places.port)
        listed = [host for _, host, absolute in spelled if absolute is None]
    else:
        prefix = each.allow[0].removesuffix("/*")
        listed = [target.removeprefix("/") for _, target in paths(each.path, prefix)]
    return list(dict.fromkeys(listed))


def _ffuf(built: Estate, each: Configuration, address: str, home: Path, *more: str) -> int:
    words, out = home / "words", home / "ffuf.json"
    out.unlink(missing_ok=True)
    scheme, port = ("https", built.places.tls_port) if each.tls else ("http", built.places.port)
    if each.by_host:
        asked = ["-u", f"{scheme}://{address}:{port}{each.path}", "-H", "Host: FUZZ"]
    else:
        asked = ["-u", f"{scheme}://{address}:{port}/FUZZ", "-H", f"Host: {each.public}"]
    words.write_text("\n".join(_words(built, each)) + "\n")
    argv = [program("ffuf"), "-s", "-ac", "-w", str(words), *asked, "-o", str(out), "-of", "json", *more]
    done = subprocess.run(
        argv, capture_output=True, stdin=subprocess.DEVNULL, timeout=FFUF_SECONDS, cwd=home, check=False
    )
    if not out.exists():
        raise Void(f"ffuf on {each.id}: {done.stderr[-500:]!r}")
    return len(json.loads(out.read_text())["results"])


# --- blackbox_exporter


def exporter(built: Estate, home: Path) -> Contestant:
    """The plain path or host of each, probed once; nothing it says is ever unproven."""
    them = Contestant("blackbox_exporter, inverted")
    with _exporting(built, home) as port:
        started = time.perf_counter()
        for each in built.corpus:
            alarmed = any(_succeeds(built, each, address, port) for address in built.gateways[each.id])
            (them.alarms if alarmed else them.cleared).add(each.id)
            them.requests = them.requests + len(built.gateways[each.id])
        them.seconds = time.perf_counter() - started
    return them


def _succeeds(built: Estate, each: Configuration, address: str, port: int) -> bool:
    scheme, own = ("https", built.places.tls_port) if each.tls else ("http", built.places.port)
    target = quote(f"{scheme}://{address}:{own}{each.path}", safe="")
    with urlopen(f"http://127.0.0.1:{port}/probe?module={each.id}&target={target}", timeout=20) as answer:
        return "\nprobe_success 1\n" in answer.read().decode()


@contextmanager
def _exporting(built: Estate, home: Path) -> Iterator[int]:
    port, conf = free_port(), home / "exporter.yml"
    modules = {
        each.id: {
            "prober": "http",
            "timeout": "5s",
            "http": {
                "headers": {"Host": each.admin if each.by_host else each.public},
                "follow_redirects": False,
                "preferred_ip_protocol": "ip4",
                "tls_config": {"insecure_skip_verify": True},
            },
        }
        for each in built.corpus
    }
    conf.write_text(json.dumps({"modules": modules}))  # JSON is YAML
    argv = [
        *(program("prometheus-blackbox-exporter"), f"--config.file={conf}"),
        *(f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"),
    ]
    with running(argv, home / "exporter.log", lambda: accepts(port)):
        yield port


# --- the table


def table(truths: dict[str, Truth], contestants: Sequence[Contestant]) -> str:
    """Markdown: recall for each class that leaks, then what was made up or believed, then the cost."""
    leaky = [each for each in CORPUS if each.kind == "leaky"]
    quiet = [each for each in CORPUS if not truths[each.id].leaks and not _reached(truths[each.id])]
    unknown = [each for each in CORPUS if not truths[each.id].knowable]
    rows = [["", "of", *(one.name for one in contestants)]]
    for class_id in sorted({class_id for each in leaky for class_id in each.classes}):
        rows.append(_row(f"found, {class_id}", [each for each in leaky if class_id in each.classes], contestants))
    rows.append(_row("found, all that leak", leaky, contestants))
    rows.append(
        ["found, of what its variants can find", "", *(_share(one.alarms, one.findable) for one in contestants)]
    )
    at_once = [each for each in leaky if _plainly(truths[each.id])]
    rows.append(_row("found, that leak as configured", at_once, contestants))
    rows.append(_row("false alarms", quiet, contestants, "alarms"))
    for class_id in sorted({class_id for one in contestants for class_id in one.named}):
        told = (str(one.named.get(class_id, 0)) for one in contestants)
        rows.append([f"false alarms that name {class_id}", str(len(quiet)), *told])
    rows.append(_row("told as forwarded, where nothing comes out", quiet, contestants, "routed"))
    holes = [each for each in quiet if truths[each.id].latent]
    rows.append(_row("holes that nothing falls for today, told", holes, contestants, "latent"))
    whole = [each for each in quiet if not truths[each.id].latent]
    rows.append(_row("the same, where there is none", whole, contestants, "latent"))
    rows.append(_row("said closed, though it leaks", leaky, contestants, "cleared"))
    rows.append(_row("said closed, though unknowable", unknown, contestants, "cleared"))
    sound = [each for each in quiet if each not in unknown]
    rows.append(_row("said closed, and it is", sound, contestants, "cleared"))
    count = sum(len(truth.usual) for truth in truths.values())
    rows.append(["requests a target", "", *(f"{one.requests / count:.0f}" for one in contestants)])
    rows.append(["seconds a hundred targets", "", *(f"{one.seconds * 100 / count:.1f}" for one in contestants)])
    lines = [" | ".join(row) for row in rows]
    lines.insert(1, " | ".join("---" for _ in rows[0]))
    return "\n".join(f"| {line} |" for line in lines)


def _row(
    what: str, among: Sequence[Configuration], contestants: Sequence[Contestant], said: str = "alarms"
) -> list[str]:
    ids = {each.id for each in among}
    return [what, str(len(ids)), *(str(len(ids & getattr(one, said))) for one in contestants)]


def _share(found: set[str], of: set[str]) -> str:
    """How many of how many; nothing where a contestant does not say what it sent."""
    return f"{len(found & of)} of {len(of)}" if of else ""


def _reached(truth: Truth) -> bool:
    """Whether the plain request reaches the application, which may then be told."""
    return any(each.noted is not None for usual in truth.usual.values() for each in usual)


def _plainly(truth: Truth) -> bool:
    return any(truth.usual_leaks(address) for address in truth.usual)


def main() -> int:
    parser = argparse.ArgumentParser(description="Leaks of real products, found and made up.")
    parser.add_argument(
        "--variants", nargs="+", default=["none", "core", "full"], choices=["none", "core", "full"]
    )
    asked = parser.parse_args()
    lacking = [name for name in PRODUCTS if not present(name)]
    try:
        if lacking:
            raise Void(f"missing: {', '.join(lacking)}; `sh scripts/parts.sh leaks` installs them")
        with tempfile.TemporaryDirectory() as folder, estate(Path(folder), CORPUS) as built:
            home = Path(folder)
            witness = Witness(built)
            truths = {each.id: witness.truth(each) for each in CORPUS}
            contestants = [
                *(ours(built, truths, home, level) for level in asked.variants),
                ffuf(built, home, "ffuf -ac"),
                ffuf(built, home, "ffuf -ac -mc 200-299", "-mc", "200-299"),
                exporter(built, home),
            ]
    except Void as void:
        print(f"void: {void}", file=sys.stderr)
        return 1
    print(f"\n{machine()}; {len(CORPUS)} configurations\n\n{table(truths, contestants)}\n")
    for one in contestants:
        quiet = [each for each in CORPUS if not truths[each.id].leaks and not _reached(truths[each.id])]
        made_up = [each.id for each in quiet if each.id in one.alarms]
        missed = [each.id for each in CORPUS if each.kind == "leaky" and each.id not in one.alarms]
        print(
            f"{one.name}: missed {', '.join(missed) or 'none'}; "
            f"alarms where nothing leaks: {', '.join(made_up) or 'none'}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
