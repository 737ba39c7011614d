"""Killed at any point, the store loses no change and tells none twice, and the next audit works."""

import json
import os
import random
import subprocess
import sys
from pathlib import Path

#: Rounds of kill and recover; more of them by AUDITOR_CRASH_ROUNDS.
ROUNDS = int(os.environ.get("AUDITOR_CRASH_ROUNDS", "15"))


def _rounds(url: str, rounds: int) -> dict[str, int]:
    seed = random.randrange(10**6)
    program = Path(__file__).with_name("crash_rounds.py")
    done = subprocess.run(
        [sys.executable, str(program), url, str(rounds), str(seed)], capture_output=True, text=True, timeout=3600
    )
    assert done.returncode == 0, f"seed {seed}: {done.stderr[-3000:]}"
    found: dict[str, int] = json.loads(done.stdout)
    return found


def test_killed_at_any_point_nothing_is_lost_or_doubled(url: str) -> None:
    found = _rounds(url, ROUNDS)
    assert found["concluded"] >= ROUNDS
    assert found["audits"] > found["concluded"], "no kill landed inside an audit"
    assert found["changes"] > 0
