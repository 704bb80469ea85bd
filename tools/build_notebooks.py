"""Build the notebooks from their sources in `notebooks/src`.

A lesson's source (jupytext's percent format) becomes an executed notebook with badges and the bootstrap cell;
an exercise source becomes the learners' copy, where stubs stand for the solutions. Only what has changed is
executed: while a lesson's code is the same, its outputs are kept.

    python tools/build_notebooks.py                    # bring every notebook up to date
    python tools/build_notebooks.py 01 --force         # execute lesson 01 again
    python tools/build_notebooks.py --check            # change nothing; fail if a notebook is out of step
    python tools/build_notebooks.py --repository URL   # for a fork: rewrite the address everywhere
    python tools/build_notebooks.py --solved FOLDER    # the exercises with their solutions, for a teacher
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import os
import re
import sys
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

from course_utils.exercises.engine import Exercise, get

ROOT = Path(__file__).resolve().parents[1]
LESSONS = ROOT / "notebooks" / "src"
EXERCISES = LESSONS / "exercises"
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"},
}
BOOTSTRAP = """\
# Preparación: en Colab instala el paquete del curso; en tu ordenador y en Binder no hace nada.
import importlib.util, os, subprocess, sys
from importlib.metadata import version

if "COLAB_RELEASE_TAG" in os.environ and importlib.util.find_spec("course_utils") is None:
    source = os.environ.get("COURSE_SOURCE", "git+{repository}")
    keep = [f"{{name}}=={{version(name)}}" for name in ("numpy", "torch")]  # los que ya trae Colab
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", source, *keep], check=True)"""
# Notes for mypy and ruff, which say nothing to a reader.
NOTES = re.compile(r"[ ]+# (?:type: ignore|noqa|fmt: skip)[^\n]*$", re.M)
WIDGET = "application/vnd.jupyter.widget-view+json"


def repository() -> str:
    """Return the repository's address, which only `pyproject.toml` holds."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return str(project["project"]["urls"]["Repository"]).rstrip("/")


def badges(path: str) -> str:
    """Return the launch badges of a notebook, given its path in the repository."""
    slug = repository().removeprefix("https://github.com/")
    colab = f"https://colab.research.google.com/github/{slug}/blob/main/{path}"
    binder = f"https://mybinder.org/v2/gh/{slug}/HEAD?urlpath=lab/tree/{path}"
    return (
        f"[![Abrir en Colab](https://colab.research.google.com/assets/colab-badge.svg)]({colab}) "
        f"[![Abrir en Binder](https://mybinder.org/badge_logo.svg)]({binder})"
    )


def target(source: Path) -> Path:
    """Return where the notebook of a source stands."""
    return ROOT / "notebooks" / source.relative_to(LESSONS).with_suffix(".ipynb")


def assemble(source: Path, solved: bool = False) -> NotebookNode:
    """Make the notebook of a source, not executed: badges, bootstrap, exercises in place, stable ids."""
    parsed = jupytext.read(source, fmt="py:percent")
    first, *rest = parsed.cells
    title, _, text = first.source.partition("\n")
    if not title.startswith("# "):
        raise ValueError(f"{source}: the first cell must start with the title, '# …'")
    first.source = f"{title}\n\n{badges(target(source).relative_to(ROOT).as_posix())}\n{text}"
    bootstrap = nbformat.v4.new_code_cell(
        BOOTSTRAP.format(repository=repository()), metadata={"tags": ["bootstrap"]}
    )
    cells = [first, bootstrap]
    for cell in rest:
        name = cell.metadata.get("exercise")
        cells += exercise_cells(get(name), cell.source, solved) if name else [cell]
    seen: Counter[str] = Counter()
    for cell in cells:
        if cell.cell_type == "code":
            cell.source = NOTES.sub("", cell.source)
        digest = hashlib.sha256(cell.source.encode()).hexdigest()[:12]
        seen[digest] += 1
        cell.id = f"{digest}-{seen[digest]}"
        cell.metadata.pop("lines_to_next_cell", None)
    notebook: NotebookNode = nbformat.v4.new_notebook(cells=cells, metadata=METADATA)
    return notebook


def exercise_cells(exercise: Exercise, source: str, solved: bool) -> list[NotebookNode]:
    """Return the three cells of an exercise: its statement, the stub (or the solution) and the check."""
    written, reference = (ast.parse(text).body[-1] for text in (source, exercise.stub))
    assert isinstance(written, ast.FunctionDef)
    assert isinstance(reference, ast.FunctionDef)
    if (written.name, ast.dump(written.args)) != (reference.name, ast.dump(reference.args)):
        raise ValueError(f"{exercise.name}: the solution's signature is not that of the reference")
    solution = re.search(r"^ *### BEGIN SOLUTION.*### END SOLUTION", source, re.M | re.S)
    if not solution:
        raise ValueError(f"{exercise.name}: the solution needs its two delimiters")
    dots = {n: "●" * n + "○" * (3 - n) for n in (1, 2, 3)}
    points = f"{exercise.points} {'punto' if exercise.points == 1 else 'puntos'}"
    statement = (
        f"### Ejercicio {exercise.name} · {exercise.title}\n\n"
        f"Dificultad {dots[exercise.difficulty]} · importancia {dots[exercise.importance]} · "
        f"unos {exercise.minutes} minutos · {points}\n\n{exercise.statement.strip()}"
    )
    code = f"{exercise.header}\n{solution.group()}" if solved else exercise.stub
    call = f'exercises.check("{exercise.name}", {written.name}'
    # The learner's check shows what is wrong; only a failed assertion takes nbgrader's points away.
    hidden = f"### BEGIN HIDDEN TESTS\nassert {call}, seed=1, record=False)\n### END HIDDEN TESTS\n"
    check = (hidden if solved else "") + f"{call})"
    return [
        nbformat.v4.new_markdown_cell(statement),
        nbformat.v4.new_code_cell(code, metadata=grading(exercise, "solution") if solved else {}),
        nbformat.v4.new_code_cell(check, metadata=grading(exercise, "check") if solved else {}),
    ]


def grading(exercise: Exercise, role: str) -> dict[str, Any]:
    """Return nbgrader's metadata for an exercise's solution cell or its check cell."""
    marks = {"grade": True, "solution": False, "locked": True, "points": exercise.points}
    if role == "solution":
        marks = {"grade": False, "solution": True, "locked": False}
    identity = {"grade_id": f"{role}-{exercise.name.replace('.', '-')}", "schema_version": 3, "task": False}
    return {"nbgrader": marks | identity}


def execute(notebook: NotebookNode, folder: Path) -> None:
    """Run a notebook in place, with no network, and keep only outputs that say the same every time."""
    # What a lesson takes from the Hub is optional; the committed page shows what everyone sees.
    os.environ["HF_HUB_OFFLINE"] = "1"
    # Sums in another order round differently: one thread gives the same bytes on any number of cores.
    os.environ["OMP_NUM_THREADS"] = "1"
    resources = {"metadata": {"path": str(folder)}}
    client = NotebookClient(notebook, timeout=600, coalesce_streams=True, resources=resources)
    # Without this, about 2 % of the runs with widgets stall until the timeout.
    client.comm_open_handlers.clear()
    client.execute()
    notebook.metadata = NotebookNode(METADATA)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if is_lasting(output)]


def is_lasting(output: NotebookNode) -> bool:
    """Whether an output belongs in a committed notebook: no widgets (their state is gone), no bars."""
    if output.output_type == "stream":
        return bool(output.name == "stdout")
    return WIDGET not in output.get("data", {})


def code_of(notebook: NotebookNode) -> list[str]:
    """Return the code that a notebook's outputs depend on."""
    return [
        cell.source
        for cell in notebook.cells
        if cell.cell_type == "code" and "bootstrap" not in cell.metadata.get("tags", [])
    ]


def keep_outputs(notebook: NotebookNode, old: NotebookNode, only: str | None = None) -> None:
    """Take over the outputs of the code cells of an older build (only those with a tag, if it is given)."""
    outputs = {cell.id: cell for cell in old.cells if cell.cell_type == "code"}
    bootstrap = [cell for cell in old.cells if "bootstrap" in cell.metadata.get("tags", [])]
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        before = bootstrap[0] if "bootstrap" in tags and bootstrap else outputs.get(cell.id)
        if cell.cell_type == "code" and before and (only is None or only in tags):
            cell.outputs = before.outputs
            cell.execution_count = cell.execution_count or before.execution_count


def build(source: Path, force: bool = False, check: bool = False) -> str:
    """Return the text of a source's notebook, executed where its code is not that of the committed one."""
    notebook, file = assemble(source), target(source)
    old = nbformat.read(file, as_version=4) if file.exists() else None
    is_lesson = source.parent == LESSONS
    same_code = old is not None and code_of(old) == code_of(notebook)
    if old is not None and is_lesson and (same_code and not force):
        keep_outputs(notebook, old)
    elif is_lesson and not check:
        print(f"ejecutando {file.name}…", flush=True)
        execute(notebook, file.parent)
        if old is not None:
            # A cell about time never says the same twice: its output changes only with its code.
            keep_outputs(notebook, old, only="volatile")
    nbformat.validate(notebook)
    return str(nbformat.writes(notebook)) + "\n"


def readme_text(file: Path) -> str:
    """Return a README with its badges pointing at the repository."""
    text = file.read_text(encoding="utf-8")
    start = badges("notebooks/00_modelos_de_lenguaje.ipynb")
    text = re.sub(r"(?<=<!-- badges -->).*?(?=<!-- /badges -->)", lambda _: f"\n{start}\n", text, flags=re.S)
    return re.sub(r"(git clone )\S+", lambda m: m[1] + repository(), text)


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("names", nargs="*", help="first letters of the notebooks to build (all of them)")
    parser.add_argument("--check", action="store_true", help="change nothing; fail if one is out of step")
    parser.add_argument("--force", action="store_true", help="execute even what has not changed")
    parser.add_argument("--repository", metavar="URL", help="write a fork's address everywhere")
    parser.add_argument("--solved", type=Path, metavar="FOLDER", help="write the solved exercises there")
    arguments = parser.parse_args()

    if arguments.repository:
        project = ROOT / "pyproject.toml"
        text = re.sub(
            r'^(Repository = )".*"',
            lambda m: f'{m[1]}"{arguments.repository}"',
            project.read_text("utf-8"),
            flags=re.M,
        )
        project.write_text(text, encoding="utf-8")
    if arguments.solved:
        arguments.solved.mkdir(parents=True, exist_ok=True)
        for source in sorted(EXERCISES.glob("*.py")):
            nbformat.write(assemble(source, solved=True), arguments.solved / f"{source.stem}.ipynb")
        return 0
    sources = [
        source
        for source in sorted([*LESSONS.glob("*.py"), *EXERCISES.glob("*.py")])
        if not arguments.names or source.name.startswith(tuple(arguments.names))
    ]
    texts = {target(source): build(source, arguments.force, arguments.check) for source in sources}
    texts |= {file: readme_text(file) for file in sorted(ROOT.glob("README*.md"))}
    stale = [
        file for file, text in texts.items() if not file.exists() or file.read_text(encoding="utf-8") != text
    ]
    for file in stale:
        print(f"{'fuera de paso' if arguments.check else 'escrito'}: {file.relative_to(ROOT)}")
        if not arguments.check:
            file.parent.mkdir(parents=True, exist_ok=True)
            draft = file.with_suffix(".draft")
            draft.write_text(texts[file], encoding="utf-8", newline="\n")
            draft.replace(file)
    return 1 if stale and arguments.check else 0


if __name__ == "__main__":
    sys.exit(main())
