"""Every file in bad/ is refused with exactly the text beside it: all its mistakes, and not one more."""

from pathlib import Path

import pytest

from auditor.config import ConfigError, load

BAD = Path(__file__).parent / "bad"
NAMES = sorted(path.stem for path in BAD.glob("*.yaml"))

#: What the files may refer to. The password must never be read back to anyone.
ENVIRON = {"HOST": "config.internal.example.net", "PASSWORD": "hunter2", "LINES": "a\nb"}


@pytest.mark.parametrize("name", NAMES)
def test_a_bad_file_is_refused_with_all_its_mistakes(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(BAD)
    with pytest.raises(ConfigError) as caught:
        load(Path(f"{name}.yaml"), ENVIRON)
    assert f"{caught.value}\n" == Path(f"{name}.txt").read_text(encoding="utf-8")
    assert "hunter2" not in str(caught.value)
    assert "hunter2" not in repr(caught.value)


def test_every_text_has_its_file_and_there_are_many() -> None:
    assert sorted(path.stem for path in BAD.glob("*.txt")) == NAMES
    assert len(NAMES) >= 90


def test_a_problem_carries_its_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(BAD)
    with pytest.raises(ConfigError) as caught:
        load(Path("enum-words.yaml"), ENVIRON)
    _, _, problem = caught.value.problems
    assert (problem.file, problem.line, problem.column) == ("enum-words.yaml", 17, 5)
    assert (problem.path, problem.value) == ("services.config.dns", "'abscent'")
    assert problem.message == "is not one of absent, private_only, differs_from_inside, public"
    assert problem.hint == "did you mean 'absent'?"


def test_one_mistake_is_not_blamed_on_what_reads_it() -> None:
    """A vantage whose side is misspelt may be the one inside: nobody is told that there is none."""
    text = (BAD.parent / "good" / "small.yaml").read_text(encoding="utf-8").replace("inside", "insid")
    with pytest.raises(ConfigError) as caught:
        load_text(text)
    assert [problem.path for problem in caught.value.problems] == ["vantages.vpc.side"]


def test_a_file_with_thousands_of_mistakes_is_told_the_first(tmp_path: Path) -> None:
    path = tmp_path / "probes.yaml"
    path.write_text("version: 1\n" + "".join(f"key{n}: x\n" for n in range(5000)), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(path, {})
    lines = str(caught.value).splitlines()
    assert len(lines) == 501
    assert lines[-1] == "… and more: these are the first that were found"


def load_text(text: str) -> None:
    from auditor.config import parse

    parse(text, "probes.yaml", {})
