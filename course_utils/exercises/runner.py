"""Run a learner's function: its errors, its endless loops and its changes to the input become data."""

from __future__ import annotations

import copy
import ctypes
import threading
import time
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from course_utils.exercises.comparison import difference


class Timeout(BaseException):
    """Raised inside an answer that has used up its time.

    Not an `Exception`, so that an answer's own `except Exception` does not swallow it.
    """


@dataclass
class Outcome:
    """What a function did with one case."""

    value: Any = None
    error: BaseException | None = None
    line: int | None = None
    mutated: bool = False


def run(function: Callable[..., Any], cases: list[tuple[Any, ...]], seconds: float) -> list[Outcome]:
    """Call a function with a deep copy of each case, all of them within a time limit.

    The calls run in a thread, since that works in a notebook on every system: functions of a notebook cannot
    be sent to another process, and Windows has no alarms. A case that was not reached counts as out of time.

    >>> [outcome.value for outcome in run(max, [([1, 2],), ([5],)], seconds=1)]
    [2, 5]
    """
    outcomes = [Outcome(error=Timeout()) for _ in cases]

    def work() -> None:
        for i, case in enumerate(cases):
            outcomes[i] = _call(function, case)
            if isinstance(outcomes[i].error, Timeout):
                return

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        try:
            thread.join(seconds)
        finally:
            _interrupt(thread)
    # A copy: a thread that could not be stopped (inside C code) must not change what has been judged.
    return list(outcomes)


def _call(function: Callable[..., Any], case: tuple[Any, ...]) -> Outcome:
    arguments = copy.deepcopy(case)
    try:
        value = function(*arguments)
    except BaseException as error:
        frames = traceback.extract_tb(error.__traceback__)
        # The learner's cell is the first frame that no file of an installed package stands behind.
        cells = [frame.lineno for frame in frames if "ipykernel_" in frame.filename or "<" in frame.filename]
        return Outcome(error=error, line=cells[-1] if cells else None)
    return Outcome(value=value, mutated=difference(case, arguments, 0.0) is not None)


def _interrupt(thread: threading.Thread, patience: float = 1.0) -> None:
    """Raise `Timeout` inside a thread until it ends, for as long as `patience` seconds."""
    end = time.monotonic() + patience
    while thread.is_alive() and time.monotonic() < end:
        identity = ctypes.c_ulong(thread.ident or 0)
        ctypes.pythonapi.PyThreadState_SetAsyncExc(identity, ctypes.py_object(Timeout))
        thread.join(0.05)
