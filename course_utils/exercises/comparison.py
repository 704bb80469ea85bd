"""Compare two results as a teacher would, and show them briefly."""

from __future__ import annotations

import cmath
import numbers
from collections.abc import Mapping, Sequence, Set
from typing import Any

import numpy as np


def difference(expected: Any, got: Any, tolerance: float = 1e-6) -> str | None:
    """Say in Spanish how two results differ; None if they are alike.

    Numbers may differ by the tolerance, relative or absolute; a list may stand for a tuple and NumPy's
    numbers for Python's. Arrays and tensors must agree in shape.

    >>> difference([1.0, 2.0], (1.0, 2.0 + 1e-9))
    >>> difference({"a": 1}, {"a": 2})
    'en la clave a: el valor es otro'
    >>> difference(np.zeros((2, 3)), np.zeros(6))
    'la forma es (6,) y se esperaba (2, 3)'
    """
    expected, got = _plain(expected), _plain(got)
    if isinstance(expected, np.ndarray) or isinstance(got, np.ndarray):
        return _array_difference(expected, got, tolerance)
    kinds = (bool, str, bytes, numbers.Number, Mapping, Set, Sequence)
    for kind in kinds:
        if isinstance(expected, kind) != isinstance(got, kind):
            return f"el tipo es {type(got).__name__} y se esperaba {type(expected).__name__}"
        if isinstance(expected, kind):
            break
    if isinstance(expected, Mapping):
        if set(expected) != set(got):
            return f"las claves son otras: {_only(expected, got)}"
        inner = ((f"en la clave {key}", expected[key], got[key]) for key in expected)
    elif isinstance(expected, Sequence) and not isinstance(expected, (str, bytes)):
        if len(expected) != len(got):
            return f"hay {len(got)} elementos y se esperaban {len(expected)}"
        pairs = zip(expected, got, strict=True)
        inner = ((f"en la posición {i}", *pair) for i, pair in enumerate(pairs))
    elif isinstance(expected, Set):
        return None if expected == got else f"los elementos son otros: {_only(expected, got)}"
    elif isinstance(expected, numbers.Number) and not isinstance(expected, bool):
        alike = cmath.isclose(got, expected, rel_tol=tolerance, abs_tol=tolerance)  # type: ignore[arg-type]
        alike = alike or (got != got and expected != expected)  # NaN for NaN
        return None if alike else "el valor es otro"
    else:
        return None if expected == got else "el valor es otro"
    for place, wanted, came in inner:
        reason = difference(wanted, came, tolerance)
        if reason:
            return f"{place}: {reason}"
    return None


def show(value: Any, width: int = 200) -> str:
    """Write a value so that it fits in a message.

    >>> show("a" * 500, width=9)
    "'aaa…aaa'"
    """
    value = _plain(value)
    if isinstance(value, np.ndarray):
        text = np.array2string(value, precision=4, threshold=40, edgeitems=3, separator=", ")
        text = f"array({text}, forma {value.shape})"
        width *= 3
    else:
        text = repr(value)
    half = (width - 1) // 2
    return text if len(text) <= width else f"{text[:half]}…{text[-half:]}"


def _plain(value: Any) -> Any:
    """Turn torch tensors into arrays and NumPy's scalars into Python's; leave the rest."""
    if type(value).__module__.partition(".")[0] == "torch" and hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and value.shape == ()):
        return value.item()
    return value


def _array_difference(expected: Any, got: Any, tolerance: float) -> str | None:
    if not isinstance(expected, np.ndarray) or not isinstance(got, np.ndarray):
        return f"el tipo es {type(got).__name__} y se esperaba {type(expected).__name__}"
    if expected.shape != got.shape:
        return f"la forma es {got.shape} y se esperaba {expected.shape}"
    numeric = np.issubdtype(expected.dtype, np.number) and np.issubdtype(got.dtype, np.number)
    if numeric:
        wrong = ~np.isclose(got, expected, rtol=tolerance, atol=tolerance, equal_nan=True)
    else:
        wrong = np.asarray(expected != got)
    if not wrong.any():
        return None
    where = tuple(int(index[0]) for index in np.nonzero(wrong))
    return f"difieren {int(wrong.sum())} de {wrong.size} valores; el primero, en {where}"


def _only(expected: Any, got: Any) -> str:
    missing, extra = set(expected) - set(got), set(got) - set(expected)
    parts = [f"faltan {show(missing)}" if missing else "", f"sobran {show(extra)}" if extra else ""]
    return ", ".join(filter(None, parts))
