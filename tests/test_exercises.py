"""The checker itself, on an exercise made for it; the exercises of the lessons have a test of their own."""

import contextlib
import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from course_utils.exercises import engine, progress, records
from course_utils.exercises.comparison import difference, show
from course_utils.exercises.engine import Exercise, Mistake, check


def mean(values: list[float]) -> float:
    """Devuelve la media de los valores."""
    return sum(values) / len(values)


def without_division(values: list[float]) -> float:
    return sum(values)


def only_first(values: list[float]) -> float:
    return values[0]


EXERCISE = Exercise(
    name="99.1",
    title="La media",
    statement="Calcula la media.",
    reference=mean,
    cases=lambda rng: [([2.0],), ([1.0, 2.0],), (list(rng.normal(size=5)),)],
    mistakes=[
        Mistake(without_division, "parece que no divides"),
        Mistake(only_first, "solo usas el primero"),
    ],
)


@pytest.fixture(autouse=True)
def exercise(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COURSE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setitem(engine._registry, "99.1", EXERCISE)


def test_the_reference_and_another_right_answer_pass() -> None:
    assert check("99.1", mean)
    assert check("99.1", lambda values: np.mean(values))
    assert "3 casos de 3" in check("99.1", mean).message


def test_the_stub_is_what_the_learner_gets() -> None:
    scope: dict[str, Any] = {}
    exec(EXERCISE.stub, scope)
    result = check("99.1", scope["mean"])
    assert not result
    assert "Todavía no has escrito la solución" in result.message
    assert "Devuelve la media" in scope["mean"].__doc__


@pytest.mark.parametrize(("answer", "hint"), [(without_division, "no divides"), (only_first, "el primero")])
def test_a_known_mistake_gets_its_own_hint(answer: Callable[..., Any], hint: str) -> None:
    result = check("99.1", lambda values: answer(values))
    assert not result
    assert hint in str(result.hint)


def test_an_unknown_mistake_gets_the_smallest_failing_case() -> None:
    result = check("99.1", lambda values: sum(values) / len(values) if len(values) < 2 else 7.0)
    assert result.hint is None
    assert "mean([1.0, 2.0])" in result.message
    assert "se esperaba: 1.5" in result.message
    assert "ha llegado:  7.0" in result.message


def test_an_exception_is_reported_with_its_line() -> None:
    scope: dict[str, Any] = {}
    exec("def mean(values):\n    total = 0\n    return total / 0\n", scope)
    message = check("99.1", scope["mean"]).message
    assert "ZeroDivisionError" in message
    assert "línea 3" in message


def test_even_an_exit_is_only_a_wrong_answer() -> None:
    def leave(values: list[float]) -> None:
        raise SystemExit

    assert "SystemExit" in check("99.1", leave).message


def endless(values: list[float]) -> None:
    while True:
        with contextlib.suppress(Exception):
            sum(values)


@pytest.mark.parametrize("answer", [endless, lambda values: time.sleep(30)])
def test_an_endless_loop_is_stopped(answer: Callable[..., Any]) -> None:
    start = time.monotonic()
    result = check("99.1", answer, seconds=0.2)
    assert "no termina a tiempo" in result.message
    assert time.monotonic() - start < 15


def test_a_stopped_loop_leaves_no_thread_behind() -> None:
    before = threading.active_count()
    check("99.1", endless, seconds=0.2)
    assert threading.active_count() == before


@pytest.mark.parametrize(
    ("answer", "part"),
    [
        (3.5, "ha llegado 3.5, de tipo float"),
        (lambda: 1, "debe aceptar los argumentos (values)"),
        (lambda values: None, "¿falta un return?"),
        (lambda values: "2", "el tipo es str y se esperaba float"),
        (lambda values: values.append(0) or sum(values[:-1]) / (len(values) - 1), "cambia los argumentos"),
        (lambda values: (v for v in values), "el tipo es generator"),
    ],
)
def test_odd_answers_are_reported_kindly(answer: Any, part: str) -> None:
    result = check("99.1", answer)
    assert not result
    assert part in result.message


def test_an_unknown_name_suggests_the_nearest() -> None:
    with pytest.raises(ValueError, match=r"'99\.11'.*99\.1"):
        check("99.11", mean)


def test_another_seed_draws_other_cases() -> None:
    seen: list[list[float]] = []

    def spy(values: list[float]) -> float:
        seen.append(values)
        return mean(values)

    for seed in (None, None, 1):
        assert check("99.1", spy, seed=seed)
    assert seen[2] == seen[5] != seen[8]


def test_the_result_shows_itself_safely() -> None:
    html = check("99.1", lambda values: "<script>")._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_progress_counts_what_is_solved(monkeypatch: pytest.MonkeyPatch) -> None:
    first = engine.all_exercises("00")[0]
    assert progress().lessons[0].solved == []
    assert check(first.name, first.reference)
    lesson = progress().lessons[0]
    assert lesson.solved == [first.name]
    assert lesson.points == first.points
    assert f"1 de {len(lesson.solved) + len(lesson.pending)}" in repr(progress())


def test_two_kernels_may_write_at_once() -> None:
    names = [f"00.{i}" for i in range(20)]
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(records.record, names)) == {""}
    solved = json.loads((records.data_folder() / "progress.json").read_text(encoding="utf-8"))["solved"]
    assert set(solved) == set(names)


@pytest.mark.parametrize("damage", ["{", "[]", '{"version": 1}', '{"version": 99, "solved": {}}', "\x00"])
def test_a_damaged_file_is_set_aside_and_nothing_is_lost(damage: str) -> None:
    file = records.data_folder() / "progress.json"
    file.parent.mkdir(parents=True)
    file.write_text(damage, encoding="utf-8")
    assert "dañado" in records.record("00.1")
    (aside,) = file.parent.glob("progress-dañado-*.json")
    assert aside.read_text(encoding="utf-8") == damage
    assert "00.1" in json.loads(file.read_text(encoding="utf-8"))["solved"]


def test_an_unwritable_folder_does_not_spoil_a_right_answer(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    blocker = tmp_path / "file"
    blocker.touch()
    monkeypatch.setenv("COURSE_DATA_DIR", str(blocker / "data"))
    result = check("99.1", mean)
    assert result
    assert "no se ha podido guardar" in result.message


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-1000, 1000)
    | st.floats(allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(values)
def test_a_value_is_like_itself_and_can_be_shown(value: Any) -> None:
    assert difference(value, value) is None
    assert len(show(value, width=40)) <= 40


@given(st.lists(st.floats(-100, 100), min_size=1), st.integers(0), st.floats(0.01, 5))
def test_one_changed_number_is_found(numbers: list[float], where: int, change: float) -> None:
    other = list(numbers)
    other[where % len(numbers)] += change
    assert f"posición {where % len(numbers)}" in str(difference(numbers, other))
    assert difference(np.array(numbers), np.array(other)) is not None


def test_tensors_and_arrays_are_compared_by_value_and_shape() -> None:
    assert difference(np.eye(2), torch.eye(2)) is None
    assert "forma" in str(difference(np.eye(2), torch.eye(3)))
    assert difference(1.0, np.float32(1.0)) is None
    assert difference([1, 2], np.array([1, 2])) is not None
    assert difference(True, 1) is not None
    assert difference({"a"}, {"b"}) == "los elementos son otros: faltan {'a'}, sobran {'b'}"
