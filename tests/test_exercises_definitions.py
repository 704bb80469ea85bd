"""Every exercise of the lessons: right answers pass, and each known mistake gets its own hint."""

import ast
import doctest
import functools
import inspect
import math
from collections import Counter
from itertools import chain, groupby
from pathlib import Path
from typing import Any

import jupytext
import numpy as np
import pytest

from course_utils.exercises.comparison import difference
from course_utils.exercises.engine import CHAPTERS, Answer, Exercise, all_exercises, check
from course_utils.exercises.runner import Outcome

SOURCES = Path(__file__).parents[1] / "notebooks" / "src" / "exercises"
EXERCISES = all_exercises()
MISTAKES = [
    pytest.param(exercise, number, id=f"{exercise.name}-{number}")
    for exercise in EXERCISES
    for number in range(len(exercise.mistakes))
]
SEEDS = (None, 1)

every_exercise = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)


@functools.cache
def notebook(chapter: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Run an exercise notebook's source; return its names, and the code of each exercise's cell."""
    (source,) = SOURCES.glob(f"{chapter}_*.py")
    cells = [cell for cell in jupytext.read(source, fmt="py:percent").cells if cell.cell_type == "code"]
    names: dict[str, Any] = {}
    for cell in cells[:-1]:  # the last one shows the progress
        exec(cell.source, names)
    return names, {cell.metadata["exercise"]: cell.source for cell in cells if "exercise" in cell.metadata}


def solution(exercise: Exercise) -> Answer:
    names, _ = notebook(exercise.name[:2])
    answer: Answer = names[exercise.reference.__name__]
    return answer


def cases(exercise: Exercise, seed: int = 0) -> list[tuple[Any, ...]]:
    return exercise.cases(np.random.default_rng(seed))


def outcomes(exercise: Exercise, seed: int = 0) -> list[Outcome]:
    return exercise.outcomes(exercise.reference, cases(exercise, seed), seconds=30)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_has_enough_exercises_numbered_in_order_and_all_are_in_its_notebook(chapter: str) -> None:
    names = [exercise.name for exercise in all_exercises(chapter)]
    assert len(names) >= 6
    assert names == [f"{chapter}.{number + 1}" for number in range(len(names))]
    assert list(notebook(chapter)[1]) == names


@every_exercise
@pytest.mark.parametrize("seed", SEEDS)
def test_the_reference_passes(exercise: Exercise, seed: int | None) -> None:
    result = check(exercise.name, exercise.reference, seed=seed, record=False)
    assert result, result


@every_exercise
@pytest.mark.parametrize("seed", SEEDS)
def test_the_notebooks_solution_passes(exercise: Exercise, seed: int | None) -> None:
    result = check(exercise.name, solution(exercise), seed=seed, record=False)
    assert result, result


@every_exercise
def test_the_solution_is_another_than_the_reference_and_short(exercise: Exercise) -> None:
    _, code = notebook(exercise.name[:2])
    sources = (code[exercise.name], inspect.getsource(exercise.reference))
    written, reference = (ast.parse(text).body[0] for text in sources)
    assert isinstance(written, ast.FunctionDef)
    assert isinstance(reference, ast.FunctionDef)
    assert ast.dump(written.args) == ast.dump(reference.args)
    assert ast.get_docstring(written) is None
    assert len(ast.unparse(written).splitlines()) <= 16  # fifteen and the signature
    bodies = [[ast.dump(node) for node in body] for body in (written.body, reference.body[1:])]
    assert bodies[0] != bodies[1]


@every_exercise
def test_the_stub_is_told_that_it_is_still_to_be_written(exercise: Exercise) -> None:
    names = dict(notebook(exercise.name[:2])[0])  # what the learner's notebook has imported is enough
    exec(exercise.stub, names)
    result = check(exercise.name, names[exercise.reference.__name__], record=False)
    assert not result
    assert "Todavía no has escrito la solución" in result.message


@pytest.mark.parametrize(("exercise", "number"), MISTAKES)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_known_mistake_is_rejected_with_its_own_hint(
    exercise: Exercise, number: int, seed: int | None
) -> None:
    mistake = exercise.mistakes[number]
    result = check(exercise.name, mistake.answer, seed=seed, record=False)
    assert not result
    assert result.hint == mistake.hint


@every_exercise
def test_there_are_at_least_four_hints_in_plain_text(exercise: Exercise) -> None:
    hints = [mistake.hint for mistake in exercise.mistakes]
    assert len(set(hints)) >= 4
    for hint in hints:
        assert hint.endswith((".", "?"))
        assert not set(hint) & set("$*"), "a hint is shown as it is: neither formulas nor Markdown"
    # The same hint twice only for one mistake in two forms, which stand together.
    assert len(set(hints)) == len([hint for hint, _ in groupby(hints)])


@every_exercise
def test_what_a_statement_shows_is_true(exercise: Exercise) -> None:
    examples = doctest.DocTestParser().get_examples(exercise.statement.replace("```\n", "\n"))
    assert examples
    for answer in (exercise.reference, solution(exercise)):
        names = {exercise.reference.__name__: answer, "np": np, "math": math}
        test = doctest.DocTest(list(examples), names, exercise.name, None, None, None)
        runner = doctest.DocTestRunner(verbose=False)
        runner.run(test)
        assert runner.failures == 0


@every_exercise
def test_no_constant_answer_passes(exercise: Exercise) -> None:
    expected = [outcome.value for outcome in outcomes(exercise)]
    alike = [
        sum(difference(value, other, exercise.tolerance) is None for other in expected) for value in expected
    ]
    assert max(alike) <= len(expected) / 2, "most cases have the same answer"


@every_exercise
def test_random_cases_alone_tell_most_mistakes_from_the_reference(exercise: Exercise) -> None:
    drawn, others = cases(exercise, 1), set(map(repr, cases(exercise, 2)))
    random = [case for case in drawn if repr(case) not in others]  # the fixed ones are in both
    right = exercise.outcomes(exercise.reference, random, seconds=30)
    told = 0
    for mistake in exercise.mistakes:
        wrong = exercise.outcomes(mistake.answer, random, seconds=30)
        told += any(
            one.error or difference(other.value, one.value, exercise.tolerance)
            for one, other in zip(wrong, right, strict=True)
        )
    assert told > len(exercise.mistakes) / 2


@every_exercise
def test_cases_are_drawn_anew_with_another_seed_and_again_with_the_same(exercise: Exercise) -> None:
    first, again, other = (list(map(repr, cases(exercise, seed))) for seed in (0, 0, 1))
    assert first == again
    assert len(set(first)) == len(first), "a case twice"
    assert len(Counter(chain(set(first), set(other)))) > len(first)


@every_exercise
def test_cases_are_few_and_start_small(exercise: Exercise) -> None:
    drawn = cases(exercise)
    assert 7 <= len(drawn) <= 25
    assert len(repr(drawn[0])) < 300


@every_exercise
def test_the_reference_says_the_same_twice_and_changes_nothing(exercise: Exercise) -> None:
    for one, two in zip(outcomes(exercise), outcomes(exercise), strict=True):
        assert one.error is None
        assert not one.mutated
        assert difference(one.value, two.value, 0.0) is None
