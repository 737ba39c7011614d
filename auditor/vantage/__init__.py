"""Running probes from here: what may be asked, how fast, and what came of each."""

from auditor.vantage.pacing import Pacing
from auditor.vantage.scope import Scope
from auditor.vantage.vantage import Vantage

__all__ = ["Pacing", "Scope", "Vantage"]
