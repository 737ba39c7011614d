"""The page as one self-contained file: templates, policy, size.

Must never let data out unescaped: autoescape is on, nothing is marked safe but the style and script of our own,
and what the policy allows is named by hash.
"""

import base64
import hashlib
import re
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from auditor.model import AuditRecord
from auditor.report.charts import History
from auditor.report.reading import Reading
from auditor.report.setup import SetupStep
from auditor.report.text import clip, printable
from auditor.report.view import BUDGETS, Page, page

HARD_CAP = 2_000_000  # bytes of a page

# Installed, the templates sit inside the package; in a checkout, beside it.
_PACKAGE = Path(__file__).parent.parent
_SEARCH = (_PACKAGE / "templates", _PACKAGE.parent / "templates")
_LONGEST = 4000  # characters of any one value on the page
_HREF = re.compile(r"(?!.*//)[\w./?=&-]+")
_ICON = {"bad": "b3261e", "amb": "8a5300", "ok": "1a6b3c"}


def render(
    record: AuditRecord,
    *,
    history: History,
    environment: str | None,
    next_due_at: datetime | None,
    generated_at: datetime,
    version: str,
    json_href: str | None = None,
) -> str:
    """The report of one audit. `json_href`: a relative address where its JSON lies, if it is written at all.

    A page over the cap is rendered again with less, in the order of `view.BUDGETS`, and says what it leaves out.
    Open findings are never left out: only they can make the last page longer than the cap.
    """
    if json_href is not None and not _HREF.fullmatch(json_href):
        raise ValueError(f"not a relative address: {json_href!r}")
    reading = Reading(record)
    text = ""
    for budget in BUDGETS:
        shown = page(
            reading,
            history=history,
            environment=environment,
            next_due_at=next_due_at,
            generated_at=generated_at,
            version=version,
            json_href=json_href,
            budget=budget,
        )
        text = _report(shown)
        if len(text.encode("utf-8")) <= HARD_CAP:
            break
    return text


def render_first_run(
    *,
    steps: Sequence[SetupStep],
    environment: str | None,
    next_due_at: datetime | None,
    generated_at: datetime,
    version: str,
) -> str:
    """The page before any audit: what is set up, and the next command."""
    required = [step for step in steps if not step.optional]
    return _fill(
        "first_run.html",
        title="(not tested yet) Reachability audit",
        environment=clip(environment or "", 60),
        icon_colour="656f7a",
        steps=steps,
        done=sum(step.done for step in required),
        required=len(required),
        next_due_at=next_due_at,
        generated_at=generated_at,
        version=version,
    )


def content_security_policy() -> str:
    """What the page may do: its one style and one script, by hash, and images in `data:`. Nothing else.

    Whoever serves the page sends it as a header too, with `frame-ancestors 'none'`, which a meta tag cannot say.
    """
    script, style = _hash(_asset("report.js")), _hash(_asset("report.css"))
    return (
        f"default-src 'none'; script-src '{script}'; style-src '{style}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _report(shown: Page) -> str:
    return _fill(
        "report.html",
        page=shown,
        title=shown.title,
        environment=shown.environment,
        icon_colour=_ICON[shown.headline.tone],
    )


def _fill(template: str, **values: Any) -> str:
    text = (
        _environment()
        .get_template(template)
        .render(
            csp=content_security_policy(),
            style=Markup(_asset("report.css")),
            script=Markup(_asset("report.js")),
            **values,
        )
    )
    return text.lstrip()


@cache
def _environment() -> Environment:
    return Environment(
        autoescape=True,
        undefined=StrictUndefined,
        loader=FileSystemLoader(_SEARCH),
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


def _shown(value: Any) -> Any:
    """Every value on its way to the page: capped, and with nothing in it that is obeyed rather than seen."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return printable(clip(value, _LONGEST))
    return value


@cache
def _asset(name: str) -> str:
    """A style or script of our own. Raises FileNotFoundError when the package was built without it."""
    for folder in _SEARCH:
        if (folder / name).is_file():
            text = (folder / name).read_text(encoding="utf-8")
            if "</script" in text.lower() or "</style" in text.lower():
                raise ValueError(f"{name} would end its own element")
            return text
    raise FileNotFoundError(f"template {name} is in none of {', '.join(map(str, _SEARCH))}")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
