"""A PostgreSQL server of the test's own: no TCP, a socket in a directory of its own, gone with the test."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

#: The server refuses to run as root; the first of these that exists is used instead.
_USERS = ("postgres", "nobody")

_SETTINGS = (
    "fsync=off",
    "full_page_writes=off",
    "listen_addresses=",
    "max_connections=40",
    "log_min_messages=fatal",
)


def unavailable(reason: str) -> None:
    """Skips, or fails where every part is promised to be there."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def _programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).parent if on_path else None


@contextmanager
def postgres_server() -> Iterator[str]:
    """The URL of a running server's `postgres` database; a socket only, so no port to fight over."""
    programs = _programs()
    if programs is None:
        unavailable("PostgreSQL is not installed (Debian package postgresql)")
    assert programs is not None
    user = _user()
    home = Path(tempfile.mkdtemp(prefix="auditor-pg-"))
    try:
        if user is not None:
            shutil.chown(home, user.pw_uid, user.pw_gid)
        data = home / "data"
        _run(user, home, programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "-N")
        told = " ".join(f"-c {each}" for each in (*_SETTINGS, f"unix_socket_directories={home}"))
        control = programs / "pg_ctl"
        _run(user, home, control, "-D", data, "-l", home / "log", "-o", told, "-w", "start")
        try:
            yield f"postgresql://postgres@/postgres?host={home}"
        finally:
            _run(user, home, control, "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(home)


def _user() -> pwd.struct_passwd | None:
    """Who to run as; None: as we are."""
    if os.geteuid() != 0:
        return None
    known = {each.pw_name: each for each in pwd.getpwall()}
    return next(known[name] for name in _USERS if name in known)


def _run(user: pwd.struct_passwd | None, home: Path, *command: object) -> None:
    words = [str(each) for each in command]
    log = home / "commands"
    with log.open("ab") as out:  # not a pipe: the server would keep it open
        if user is None:
            done = subprocess.run(words, stdout=out, stderr=out, cwd=home, timeout=60)
        else:
            done = subprocess.run(
                words,
                stdout=out,
                stderr=out,
                cwd=home,
                timeout=60,
                user=user.pw_uid,
                group=user.pw_gid,
                extra_groups=[],
            )
    if done.returncode != 0:
        unavailable(f"PostgreSQL does not start here: {log.read_text(errors='replace')[-2000:]}")
