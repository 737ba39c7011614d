"""The command as a person starts it: a process of its own, its words and its exit code."""

import asyncio
import os
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Ended:
    code: int
    out: str
    err: str


async def start(*args: str | Path, cwd: Path, **environ: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "auditor", *map(str, args),
        cwd=cwd, env={**os.environ, "NO_COLOR": "1", "COLUMNS": "100"} | environ,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def ended(process: asyncio.subprocess.Process) -> Ended:
    async with asyncio.timeout(60):
        out, err = await process.communicate()
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())


async def auditor(*args: str | Path, cwd: Path, **environ: str) -> Ended:
    done = await ended(await start(*args, cwd=cwd, **environ))
    assert "Traceback" not in done.err, done.err
    return done
