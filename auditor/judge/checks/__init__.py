"""What the DNS itself, and what lies around it, gives away: one table of rules a Check.

Pure. An accusation needs an answer that shows it; a pass needs every look answered and every control good.
"""

from auditor.judge.checks.sighting import CheckSighting, sighting_of_check
from auditor.judge.checks.table import CHECK_RULES

__all__ = ["CHECK_RULES", "CheckSighting", "sighting_of_check"]
