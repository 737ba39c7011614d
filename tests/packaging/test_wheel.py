"""The wheel is what production runs: it must hold everything, nothing else, and work away from the checkout."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)],
        check=True, capture_output=True,
    )  # fmt: skip
    [built] = out.glob("*.whl")
    return built


def tracked(folder: str) -> set[str]:
    """Files of a folder that git knows or would take: what is ignored must not be shipped."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", folder],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return set(listed.stdout.split())


def test_it_holds_the_package_its_templates_and_its_migrations_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    wanted = tracked("auditor") | {f"auditor/{name}" for name in tracked("templates")}
    assert held == wanted
    assert "auditor/templates/report.html" in held
    assert any(name.startswith("auditor/store/migrations/versions/") for name in held)
    assert "auditor/py.typed" in held


def test_the_demo_runs_from_the_wheel_alone(wheel: Path, tmp_path: Path) -> None:
    away = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(away)
    environ = {**os.environ, "PYTHONPATH": str(away), "PYTHONDONTWRITEBYTECODE": "1"}
    where = subprocess.run(
        [sys.executable, "-c", "import auditor; print(auditor.__file__)"],
        cwd=tmp_path, env=environ, check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert Path(where.stdout.strip()).is_relative_to(away)
    done = subprocess.run(
        [sys.executable, "-m", "auditor", "demo", "--quiet"],
        cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "7 internal targets can be reached or seen from outside" in done.stdout
    assert (tmp_path / "demo" / "report.html").stat().st_size > 50_000


def test_the_shipped_example_is_right() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "auditor", "check", "--config", str(ROOT / "probes.yaml")],
        capture_output=True, text=True, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
