"""Observations → verdicts: fingerprints, the decision tables, replays and the worst of all. Pure.

Must never do IO or look at a clock: judging a stored audit again gives the same verdicts, to the byte.
"""

from auditor.judge.admission import PUBLIC_RULES, PublicFacts, Said, decide_public
from auditor.judge.compare import eq, sim, too_little
from auditor.judge.decide import RULES, Rule, decide
from auditor.judge.facts import Facts
from auditor.judge.fingerprint import fingerprint
from auditor.judge.hunting import HUNT_RULES
from auditor.judge.ruling import Ruling
from auditor.judge.verdicts import Verdicts, judge, needs_replay

__all__ = [
    "HUNT_RULES",
    "PUBLIC_RULES",
    "RULES",
    "Facts",
    "PublicFacts",
    "Rule",
    "Ruling",
    "Said",
    "Verdicts",
    "decide",
    "decide_public",
    "eq",
    "fingerprint",
    "judge",
    "needs_replay",
    "sim",
    "too_little",
]
