"""A small company on loopback, sound and broken in many ways, with real sockets: for the demo and the tests.

It is the one place where the truth is known beforehand. Must never judge, and must never know how the auditor
looks: what it serves is what any client would see.
"""

from auditor.lab.breakages import ENTRIES, Breakage, Entry
from auditor.lab.company import Company, company
from auditor.lab.demo import DEMO, demo, write_config
from auditor.lab.estate import SERVICES, Service, Stake, stakes
from auditor.lab.witness import Reached

__all__ = [
    "DEMO",
    "ENTRIES",
    "SERVICES",
    "Breakage",
    "Company",
    "Entry",
    "Reached",
    "Service",
    "Stake",
    "company",
    "demo",
    "stakes",
    "write_config",
]
