"""The commands about the configuration: check, plan, explain, schema. They look at nothing on the network."""

import json as json_module
from pathlib import Path
from typing import Annotated

import typer

from auditor.cli.shared import DEFAULT_CONFIG, ConfigOption, Exit, leave, loaded, now, say


def register(app: typer.Typer) -> None:
    for command in (check, plan, explain, schema):
        app.command()(command)


def check(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Is the configuration right? Names every mistake at once, with file, line and cure."""
    from auditor.cli.planning import too_slow, unreadable
    from auditor.service import fire_times

    found = loaded(config, warn=False)
    settings = found.config
    for warning in (*found.warnings, *unreadable(settings), *too_slow(settings)):
        say(f"warning: {warning}")
    print(
        f"{config}: right. {len(settings.services)} services, {len(settings.gateways)} gateways, "
        f"{len(settings.vantages)} vantages"
        + (
            f", {sum(len(public.paths) for public in settings.public.values())} public paths"
            if settings.public
            else ""
        )
        + (f", {len(settings.zones)} zones" if settings.zones else "")
    )
    times = fire_times(settings.schedule, now(), 3)
    print("next audits, UTC: " + ", ".join(f"{time:%Y-%m-%d %H:%M}" for time in times))


def plan(
    config: ConfigOption = DEFAULT_CONFIG,
    json: Annotated[bool, typer.Option("--json", help="The whole plan as JSON, every probe of it.")] = False,
) -> None:
    """What will be asked: targets, probes and time per vantage and gateway. Asks nothing."""
    from auditor.cli.planning import plan_json, plan_text

    found = loaded(config)
    print(json_module.dumps(plan_json(found.config), indent=2) if json else plan_text(found.config))


def explain(
    service: Annotated[str, typer.Argument(help="A service of the configuration, or an entry of `public`.")],
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """For one service: what is tried, from where, why, and what would prove it closed; or a public path open."""
    from difflib import get_close_matches

    from auditor.cli.explaining import explain_public_text
    from auditor.cli.planning import explain_text

    found = loaded(config)
    known = dict.fromkeys([*found.config.services, *found.config.public])
    if service not in known:
        near = get_close_matches(service, known, 1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        leave(Exit.USAGE, f"there is no service {service!r}{hint} It has: {', '.join(known)}")
    # One name may be both: what must stay inside, and what must not.
    if service in found.config.services:
        print(explain_text(found.config, service))
    if service in found.config.public:
        print(explain_public_text(found.config, service))


def schema(
    out: Annotated[Path | None, typer.Option(help="Write it to this file instead.")] = None,
) -> None:
    """The JSON Schema of probes.yaml, for editors."""
    from auditor.config import schema as schema_of

    text = json_module.dumps(schema_of(), indent=2) + "\n"
    if out is None:
        print(text, end="")
    else:
        out.write_text(text, encoding="utf-8")
