"""The notebooks as a whole: in step with their sources, clean to read, right where pytest does not run them.

The lessons themselves are executed by nbval, straight from the committed files.
"""

import re
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import build_notebooks
import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[1]
LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))
EXERCISE_SOURCES = sorted((ROOT / "notebooks" / "src" / "exercises").glob("*.py"))
SYLLABUS = {"00": [f"LM{n}" for n in range(1, 8)], "01": [f"EM{n}" for n in range(1, 16)]}


def name(path: Path) -> str:
    return path.stem


def code_cells(path: Path) -> list[Any]:
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def test_the_committed_notebooks_are_in_step_with_their_sources() -> None:
    build = [sys.executable, str(ROOT / "tools" / "build_notebooks.py"), "--check"]
    result = subprocess.run(build, capture_output=True, text=True, encoding="utf-8")
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("path", LESSONS, ids=name)
def test_a_lesson_was_executed_in_order_without_errors(path: Path) -> None:
    cells = code_cells(path)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert not [output for cell in cells for output in cell.outputs if output.output_type == "error"]


@pytest.mark.parametrize("path", LESSONS, ids=name)
def test_cells_are_short(path: Path) -> None:
    sources = [cell.source.splitlines() for cell in code_cells(path)[1:]]
    lengths = sorted(sum(bool(line.strip()) for line in lines) for lines in sources)
    assert max(map(len, sources)) <= 25
    assert lengths[len(lengths) // 2] <= 7


@pytest.mark.parametrize("path", LESSONS, ids=name)
def test_every_picture_has_alternative_text(path: Path) -> None:
    outputs = [output for cell in code_cells(path) for output in cell.outputs if "data" in output]
    pictures = [output for output in outputs if "image/png" in output.data]
    assert pictures
    for picture in pictures:
        assert len(picture.metadata.get("image/png", {}).get("alt", "")) > 20
    for cell in nbformat.read(path, as_version=4).cells:
        for alternative in re.findall(r"!\[(.*?)\]\(", cell.source if cell.cell_type == "markdown" else ""):
            assert alternative


@pytest.mark.parametrize("path", LESSONS, ids=name)
def test_outputs_hold_nothing_of_this_machine(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "widget-view" not in text
    assert not re.search(r"object at 0x|/tmp/|site-packages|/home/|/Users/", text)


@pytest.mark.parametrize("path", LESSONS, ids=name)
def test_a_lesson_teaches_every_row_of_its_syllabus(path: Path) -> None:
    source = (ROOT / "notebooks" / "src" / f"{path.stem}.py").read_text(encoding="utf-8")
    assert set(re.findall(r"<!-- ([A-Z]{2}\d+) -->", source)) == set(SYLLABUS[path.stem[:2]])


@pytest.mark.parametrize("source", EXERCISE_SOURCES, ids=name)
def test_the_solved_exercises_run_and_every_check_passes(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_DATA_DIR", str(tmp_path / "data"))
    notebook = build_notebooks.assemble(source, solved=True)
    build_notebooks.execute(notebook, tmp_path)
    checks = [cell for cell in notebook.cells if "exercises.check(" in cell.source]
    assert checks
    assert all("✔" in cell.outputs[-1].data["text/plain"] for cell in checks)


@pytest.mark.parametrize("source", EXERCISE_SOURCES, ids=name)
def test_the_learners_copy_holds_no_solution(source: Path) -> None:
    copy = build_notebooks.target(source).read_text(encoding="utf-8")
    assert "SOLUTION" not in copy
    for body in re.findall(r"### BEGIN SOLUTION(.*?)### END SOLUTION", source.read_text("utf-8"), re.S):
        longest = max((line.strip() for line in body.splitlines()), key=len)
        assert longest not in copy


def test_only_changed_code_is_executed_again_and_a_rebuild_is_identical(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "notebooks" / "src" / "99_prueba.py"
    source.parent.mkdir(parents=True)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    text = "# %% [markdown]\n# # Prueba\n# Hola.\n\n# %%\nimport time\n\nvalue = 2\nprint(value)\n\n"
    text += '# %% tags=["volatile"]\ntime.time_ns()\n'
    source.write_text(text, encoding="utf-8")
    monkeypatch.setattr(build_notebooks, "ROOT", tmp_path)
    monkeypatch.setattr(build_notebooks, "LESSONS", source.parent)
    runs: list[Path] = []
    original = build_notebooks.execute

    def execute(notebook: Any, folder: Path) -> None:
        runs.append(folder)
        original(notebook, folder)

    monkeypatch.setattr(build_notebooks, "execute", execute)

    def build(**options: bool) -> str:
        built = build_notebooks.build(source, **options)
        build_notebooks.target(source).write_text(built, encoding="utf-8")
        return built

    first = build()
    assert len(runs) == 1
    assert build() == first
    assert len(runs) == 1
    assert build(force=True) == first  # what is about time keeps its output
    assert len(runs) == 2
    source.write_text(text.replace("Hola.", "Adiós."), encoding="utf-8")
    assert build() != first
    assert len(runs) == 2  # prose and badges cost no execution
    source.write_text(text.replace("value = 2", "value = 3"), encoding="utf-8")
    assert '"3\\n"' in build()
    assert len(runs) == 3


def test_a_fork_changes_every_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build_notebooks, "repository", lambda: "https://github.com/ada/curso")
    for source in [ROOT / "notebooks" / "src" / f"{path.stem}.py" for path in LESSONS] + EXERCISE_SOURCES:
        text = "".join(cell.source for cell in build_notebooks.assemble(source).cells)
        assert text.count("github.com/ada/curso") >= 1
        assert text.count("/ada/curso/") == 2
    assert build_notebooks.readme_text(ROOT / "README.md").count("ada/curso") == 3


def run_bootstrap(monkeypatch: pytest.MonkeyPatch, installed: bool, **environment: str) -> list[list[str]]:
    calls: list[list[str]] = []
    for key in ("COLAB_RELEASE_TAG", "COURSE_SOURCE"):
        monkeypatch.delenv(key, raising=False)
    for key, value in environment.items():
        monkeypatch.setenv(key, value)
    monkeypatch.setattr(subprocess, "run", lambda command, check: calls.append(command))
    monkeypatch.setattr("importlib.util.find_spec", lambda _: object() if installed else None)
    exec(build_notebooks.BOOTSTRAP.format(repository="https://example.org/curso"), {})
    return calls


def test_the_bootstrap_cell_acts_only_on_colab(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run_bootstrap(monkeypatch, installed=False) == []
    assert run_bootstrap(monkeypatch, installed=True, COLAB_RELEASE_TAG="x") == []
    (command,) = run_bootstrap(monkeypatch, installed=False, COLAB_RELEASE_TAG="x")
    assert "git+https://example.org/curso" in command
    assert {f"numpy=={version('numpy')}", f"torch=={version('torch')}"} <= set(command)


def test_the_bootstrap_cell_is_the_same_in_every_notebook() -> None:
    files = [*LESSONS, *(ROOT / "notebooks" / "exercises").glob("*.ipynb")]
    assert len({code_cells(file)[0].source for file in files}) == 1
