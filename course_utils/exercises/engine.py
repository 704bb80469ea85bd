"""What an exercise is, and how an answer is checked.

An exercise is defined once, as an `Exercise`: its statement, a reference solution (whose signature and
docstring are the stub that learners fill in), the cases it is tried on, and its *known mistakes*: wrong
solutions, each with the hint that a learner who made it needs. `check` compares an answer with the reference
case by case; where they differ it looks for the known mistake that behaves as the answer does.
"""

from __future__ import annotations

import ast
import difflib
import functools
import html
import importlib
import inspect
import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from course_utils.exercises import records
from course_utils.exercises.comparison import difference, show
from course_utils.exercises.runner import Outcome, Timeout, run

Answer = Callable[..., Any]

CHAPTERS = {"00": "language_model", "01": "embeddings"}
"""Number of each chapter with exercises, and the module of this package that defines them."""

_registry: dict[str, Exercise] = {}


@dataclass(frozen=True)
class Mistake:
    """A wrong solution that learners write, and the hint for whoever wrote it (in Spanish)."""

    answer: Answer
    hint: str


@dataclass(frozen=True)
class Exercise:
    """One exercise; see the module's docstring.

    Attributes:
        name: chapter and number, such as "00.1".
        title: short title, in Spanish.
        statement: the task, in Spanish Markdown; examples in it (`>>>`) are tested.
        reference: the right solution; its name, signature and docstring make the stub.
        cases: given a random generator, the argument tuples that an answer is tried on.
        mistakes: the known mistakes, at least four.
        points: what the exercise is worth.
        difficulty: from 1 (direct) to 3 (hard).
        importance: from 1 (a detail) to 3 (the heart of the lesson).
        minutes: how long it takes most learners.
        tolerance: relative and absolute tolerance for numbers.
        call: how to call an answer with a case's arguments, where `answer(*arguments)` is not enough.
    """

    name: str
    title: str
    statement: str
    reference: Answer
    cases: Callable[[np.random.Generator], list[tuple[Any, ...]]]
    mistakes: list[Mistake]
    points: int = 1
    difficulty: int = 1
    importance: int = 2
    minutes: int = 10
    tolerance: float = 1e-6
    call: Callable[..., Any] = field(default=lambda answer, *arguments: answer(*arguments))

    @property
    def header(self) -> str:
        """The reference's signature and docstring, as source code."""
        source = textwrap.dedent(inspect.getsource(self.reference))
        function = ast.parse(source).body[0]
        assert isinstance(function, ast.FunctionDef)
        if ast.get_docstring(function) is None:
            raise ValueError(f"la solución de referencia de {self.name} no tiene docstring")
        last_line = function.body[0].end_lineno
        return "\n".join(source.splitlines()[:last_line])

    @property
    def stub(self) -> str:
        """What the learner starts from: the header, and a body that says it is still to be written."""
        return f"{self.header}\n    raise NotImplementedError('Escribe aquí tu solución')"

    def outcomes(self, answer: Answer, cases: list[tuple[Any, ...]], seconds: float) -> list[Outcome]:
        """Run an answer on every case, within a time limit for all of them together."""
        return run(functools.partial(self.call, answer), cases, seconds)


def register(exercise: Exercise) -> Exercise:
    """Make an exercise known to `check`; called by the modules that define exercises.

    Raises:
        ValueError: if there is an exercise of that name already.
    """
    if exercise.name in _registry:
        raise ValueError(f"ya hay un ejercicio {exercise.name}")
    _registry[exercise.name] = exercise
    return exercise


def all_exercises(chapter: str | None = None) -> list[Exercise]:
    """Return the exercises of a chapter ("00"), or of all chapters, in order."""
    for number, module in CHAPTERS.items():
        if chapter in (None, number):
            importlib.import_module(f"course_utils.exercises.{module}")
    return sorted(
        (exercise for name, exercise in _registry.items() if chapter in (None, name.split(".")[0])),
        key=lambda exercise: [int(part) for part in exercise.name.split(".")],
    )


def get(name: str) -> Exercise:
    """Return the exercise of that name.

    Raises:
        ValueError: if there is none; the message names the nearest ones.
    """
    known = {exercise.name: exercise for exercise in all_exercises()}
    if name not in known:
        near = difflib.get_close_matches(str(name), known, n=3, cutoff=0.3) or list(known)
        raise ValueError(f"no hay ningún ejercicio {name!r}; ¿querías decir {', '.join(near)}?")
    return known[name]


@dataclass(frozen=True)
class Result:
    """What came of a check; it is true when the answer is right, and shows itself in the notebook."""

    name: str
    passed: bool
    message: str
    hint: str | None = None

    def __bool__(self) -> bool:
        return self.passed

    def __repr__(self) -> str:
        hint = f"\nPista: {self.hint}" if self.hint else ""
        return f"{'✔' if self.passed else '✘'} Ejercicio {self.name}. {self.message}{hint}"

    def _repr_html_(self) -> str:
        colour, sign = ("#009E73", "✔") if self.passed else ("#D55E00", "✘")
        hint = re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(self.hint or ""))
        hint = f"<p><b>Pista:</b> {hint}</p>" if hint else ""
        first, _, rest = self.message.partition("\n")
        details = f"<pre style='white-space:pre-wrap'>{html.escape(rest)}</pre>" if rest else ""
        return (
            f"<div role='status' style='border-left:4px solid {colour};padding:2px 12px'>"
            f"<p><b>{sign} Ejercicio {self.name}.</b> {html.escape(first)}</p>{hint}{details}</div>"
        )


def check(
    name: str, answer: Answer, *, seed: int | None = None, seconds: float = 10.0, record: bool = True
) -> Result:
    """Check a learner's answer to an exercise.

    Whatever the answer does (raise, loop for ever, change its arguments, return something else), the result
    says so kindly; it is never an exception of the checker.

    Args:
        name: the exercise, such as "00.1".
        answer: the learner's function.
        seed: draws other random cases than the usual ones (a grader's, for instance).
        seconds: time limit for all the cases together.
        record: whether a right answer is noted in the learner's progress.

    Raises:
        ValueError: if there is no exercise of that name.

    >>> check("00.1", print(), record=False).passed
    <BLANKLINE>
    False
    """
    exercise = get(name)
    refusal = _refuse(exercise, answer)
    if refusal:
        return Result(name, False, refusal)
    # The name seeds the cases too, so that exercises do not share their random numbers.
    generator = np.random.default_rng([*name.encode(), seed or 0])
    cases = exercise.cases(generator)
    expected = exercise.outcomes(exercise.reference, cases, seconds=60.0)
    broken = next((outcome for outcome in expected if outcome.error), None)
    if broken:
        raise RuntimeError(f"la solución de referencia de {name} falla") from broken.error
    got = exercise.outcomes(answer, cases, seconds)
    failing = [i for i in range(len(cases)) if _wrong(exercise, expected[i], got[i])]
    if not failing:
        saved = records.record(exercise.name) if record else ""
        return Result(name, True, f"¡Correcto! {len(cases)} casos de {len(cases)}.{saved}")
    smallest = min(failing, key=lambda i: len(repr(cases[i])))
    message = _explain(exercise, cases[smallest], expected[smallest], got[smallest])
    return Result(name, False, message, _find_hint(exercise, cases, got, seconds))


def _refuse(exercise: Exercise, answer: object) -> str | None:
    """Say why an answer cannot even be tried, if that is so."""
    function = exercise.reference.__name__
    if not callable(answer):
        return (
            f"check espera tu función y ha llegado {show(answer)}, de tipo {type(answer).__name__}. "
            f'Escríbela sin paréntesis: check("{exercise.name}", {function}).'
        )
    wanted = inspect.signature(exercise.reference)
    try:
        inspect.signature(answer).bind(*wanted.parameters)
    except TypeError:
        return (
            f"Tu función debe aceptar los argumentos ({', '.join(wanted.parameters)}), y la tuya acepta "
            f"({', '.join(inspect.signature(answer).parameters)})."
        )
    except ValueError:  # some built-in functions have no signature: let the cases speak
        pass
    return None


def _wrong(exercise: Exercise, expected: Outcome, got: Outcome) -> bool:
    if got.error is not None or got.mutated:
        return True
    return difference(expected.value, got.value, exercise.tolerance) is not None


def _same(exercise: Exercise, one: Outcome, other: Outcome) -> bool:
    """Whether two answers behaved alike on a case, failures included."""
    if one.error is not None or other.error is not None:
        return type(one.error) is type(other.error)
    alike = difference(one.value, other.value, exercise.tolerance) is None
    return alike and one.mutated == other.mutated


def _find_hint(
    exercise: Exercise, cases: list[tuple[Any, ...]], got: list[Outcome], seconds: float
) -> str | None:
    for mistake in exercise.mistakes:
        outcomes = exercise.outcomes(mistake.answer, cases, seconds)
        if all(_same(exercise, *pair) for pair in zip(outcomes, got, strict=True)):
            return mistake.hint
    return None


def _explain(exercise: Exercise, arguments: tuple[Any, ...], expected: Outcome, got: Outcome) -> str:
    call = f"{exercise.reference.__name__}({', '.join(show(argument) for argument in arguments)})"
    wanted = f"se esperaba: {show(expected.value)}"
    if isinstance(got.error, NotImplementedError):
        return "Todavía no has escrito la solución: sustituye la línea de raise NotImplementedError."
    if isinstance(got.error, Timeout):
        return f"Tu función no termina a tiempo: ¿hay un bucle sin fin?\n{call}\n{wanted}"
    if got.error is not None:
        error = f"{type(got.error).__name__}: {got.error}"
        place = f"\nen la línea {got.line} de tu celda" if got.line else ""
        return f"Tu función se ha detenido con un error.\n{call}\n{error}{place}\n{wanted}"
    if got.mutated:
        return (
            "Tu función cambia los argumentos que recibe, y quien la llame los encontrará distintos: "
            f"trabaja sobre una copia.\n{call}"
        )
    if got.value is None:
        return f"Tu función no devuelve nada: ¿falta un return?\n{call}\n{wanted}"
    reason = difference(expected.value, got.value, exercise.tolerance)
    came = f"ha llegado:  {show(got.value)}"
    return f"Aún no. Este es el caso más pequeño que falla:\n{call}\n{wanted}\n{came}\n({reason})"
