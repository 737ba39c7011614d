"""What people see of an audit: page, JSON, terminal text, and the exit code that agrees with all of them.

Must never look at the network, a clock or a database: everything it shows is handed in.
"""

from auditor.report.as_json import to_json
from auditor.report.charts import History, OpenPoint
from auditor.report.html import content_security_policy, render, render_first_run
from auditor.report.setup import SetupStep, setup_steps
from auditor.report.summary import summary
from auditor.report.totals import Totals, exit_code, totals

__all__ = [
    "History",
    "OpenPoint",
    "SetupStep",
    "Totals",
    "content_security_policy",
    "exit_code",
    "render",
    "render_first_run",
    "setup_steps",
    "summary",
    "to_json",
    "totals",
]
