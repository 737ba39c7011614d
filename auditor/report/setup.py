"""What is set up before the first audit, read from the configuration, with the next command for each step.

Must never claim that something works: before an audit it is only known to be written down.
"""

from dataclasses import dataclass

from auditor.config.model import Config
from auditor.model import Side
from auditor.report.text import clip, plural


@dataclass(frozen=True, slots=True)
class SetupStep:
    name: str
    done: bool
    state: str
    next: str
    command: str | None = None
    optional: bool = False


def setup_steps(config: Config | None, *, path: str = "probes.yaml") -> tuple[SetupStep, ...]:
    """The steps to a first audit. No configuration at all is the first of them."""
    if config is None:
        return (
            SetupStep("Configuration", False, f"{path} not found", "", "auditor schema > probes.schema.json"),
            SetupStep("First audit", False, "not run", "Write the configuration first"),
        )
    targets = sum(len(s.names) + len(s.all_paths) + len(s.ports) for s in config.services.values())
    steps = [
        SetupStep(
            "Targets",
            targets > 0,
            f"{plural(targets, 'target')} of {plural(len(config.services), 'service')}",
            f"Nothing to do, read from {path}" if targets else f"Add names, paths or ports to a service in {path}",
        ),
        _vantage(config, Side.INSIDE, "Inside vantage"),
        _vantage(config, Side.OUTSIDE, "Outside vantage"),
        _gateways(config),
        SetupStep(
            "Alert webhook",
            bool(config.alerts),
            plural(len(config.alerts), "webhook") if config.alerts else "not set, optional",
            "Nothing to do" if config.alerts else "Without it, new findings show only on this page",
            optional=True,
        ),
        SetupStep("First audit", False, "not run", "", f"auditor run --config {path}"),
    ]
    return tuple(steps)


def _vantage(config: Config, side: Side, name: str) -> SetupStep:
    here = {key: vantage for key, vantage in config.vantages.items() if vantage.side is side}
    if not here:
        return SetupStep(name, False, "none listed", f"Add a vantage with side: {side.value} under vantages:")
    mute = [key for key, vantage in here.items() if side is Side.OUTSIDE and not vantage.controls]
    if mute:
        return SetupStep(
            name, False, f"{clip(mute[0], 60)} has no control", "Add at least one URL under its controls:"
        )
    return SetupStep(name, True, clip(", ".join(here), 120), "Nothing to do, its controls are tried in each audit")


def _gateways(config: Config) -> SetupStep:
    if not config.gateways:
        return SetupStep("Gateways", False, "none listed", "Add at least one public entrance under gateways:")
    mute = [key for key, gateway in config.gateways.items() if gateway.control is None]
    if mute:
        return SetupStep(
            "Gateways",
            False,
            f"{clip(mute[0], 60)} has no control",
            "Add a known-public path as its control:, or nothing through it can be proven closed",
        )
    return SetupStep("Gateways", True, clip(", ".join(config.gateways), 120), "Nothing to do")
