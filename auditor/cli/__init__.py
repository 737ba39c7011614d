"""Commands and exit codes; where the parts are put together.

Everything a person reads goes to stdout, progress and logs to stderr. Heavy parts are imported inside the
commands, so that `auditor --help` answers at once.

Exit codes: 0 clean and decisive, 1 a finding is open, 2 usage or configuration, 3 inconclusive.
"""

import sys
import traceback

import typer

from auditor.cli import configured, looking, stored, streams
from auditor.cli.shared import Exit, say

app = typer.Typer(
    name="auditor",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help=(
        "Proves, with evidence, whether everything you call internal is still reachable only from inside.\n\n"
        "Start with `auditor demo`: it audits a small company on this machine. Then describe your own services "
        "in probes.yaml, try `auditor check` and `auditor explain SERVICE`, and put `auditor run` into cron or "
        "`auditor serve` into a container.\n\n"
        "Exit codes of run: 0 everything decisive and clean; 1 a finding is open; 2 usage or configuration; "
        "3 inconclusive (incomplete, blind, or coverage below --min-coverage)."
    ),
)

for _register in (looking.register, configured.register, stored.register):
    _register(app)


def main() -> None:
    """The console script. Whatever goes wrong, 1 is left to what the commands mean by it."""
    streams.settle()
    code = _ended()
    missed = streams.end()
    if missed is not None:
        say(f"stdout could not be written: {missed.strerror}")
        code = code or Exit.INCONCLUSIVE
    sys.exit(code)


def _ended() -> int:
    """The exit code of the command."""
    try:
        app()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else Exit.INCONCLUSIVE if ended.code else Exit.CLEAN
    except Exception as error:
        if isinstance(error, OSError) and error.filename is not None:
            say(f"{error.filename}: {error.strerror}")
        else:
            traceback.print_exc()
        return Exit.INCONCLUSIVE
    return Exit.CLEAN
