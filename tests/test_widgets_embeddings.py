"""The pictures say what they should, and the widgets around them answer to their controls."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from gensim.models import KeyedVectors

from course_utils.widgets.embeddings import (
    angle_picture,
    explore_angle,
    explore_neighbours,
    neighbours_picture,
    parse_expression,
)


@pytest.fixture
def vectors() -> KeyedVectors:
    """Random vectors of different lengths: a sum without normalising would give other neighbours."""
    rng = np.random.default_rng(3)
    keyed = KeyedVectors(8)
    words = [a + b for a in "abcde" for b in "xyz"]
    keyed.add_vectors(words, (rng.normal(size=(15, 8)) * rng.uniform(0.1, 5, (15, 1))).astype(np.float32))
    return keyed


def names(figure: Any) -> list[str]:
    return [label.get_text() for label in figure.axes[0].get_yticklabels()]


def test_neighbours_are_those_of_gensim(vectors: KeyedVectors) -> None:
    expected = [word for word, _ in vectors.most_similar(positive=["ax", "cz"], negative=["by"], topn=5)]
    assert names(neighbours_picture("ax - by + cz", vectors=vectors, count=5)) == expected


def test_inputs_are_shown_when_asked_for(vectors: KeyedVectors) -> None:
    assert names(neighbours_picture("ax", False, vectors, 3))[0] == "ax"
    assert "ax" not in names(neighbours_picture("ax", True, vectors, 14))


def test_expression_reads_signs_spaces_and_case() -> None:
    assert parse_expression(" King-man −  boy + Woman") == (["king", "woman"], ["man", "boy"])
    assert parse_expression("- man + rey") == (["rey"], ["man"])


@pytest.mark.parametrize("bad", ["", "   ", "king +", "king man", "king ++ man", "- man", "king * 2"])
def test_bad_expression_is_explained(bad: str) -> None:
    with pytest.raises(ValueError, match="expression"):
        parse_expression(bad)


def test_bad_input_is_explained(vectors: KeyedVectors) -> None:
    with pytest.raises(ValueError, match="fuera del vocabulario: qq"):
        neighbours_picture("ax + qq", vectors=vectors)
    with pytest.raises(TypeError, match="expression"):
        neighbours_picture(7, vectors=vectors)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="count"):
        neighbours_picture("ax", vectors=vectors, count=0)
    for degrees, length in ((-1, 1), (181, 1), (float("nan"), 1), (60, 0), (60, 2.5)):
        with pytest.raises(ValueError, match=r"degrees|length"):
            angle_picture(degrees, length)


def test_the_cosine_forgets_the_length() -> None:
    titles = [angle_picture(60, length).axes[0].get_title() for length in (0.5, 1, 2)]
    assert [title.split("coseno ")[1] for title in titles] == ["0.50"] * 3
    assert [title.split(" ")[2] for title in titles] == ["0.25", "0.50", "1.00"]
    assert angle_picture(90, 1).axes[0].get_title() == "producto escalar 0.00 · distancia 1.41 · coseno 0.00"


def test_widgets_redraw_and_tell_mistakes(vectors: KeyedVectors) -> None:
    widget = explore_neighbours("ax", vectors)
    controls, message, picture = widget.children
    box = controls.children[0]
    before = picture.value
    box.value = "ax + <b>"
    assert "&lt;b&gt;" in message.value
    assert picture.value == before
    box.value = "ax + by"
    assert message.value == ""
    assert picture.value != before
    turning = explore_angle()
    before = turning.children[1].value
    turning.children[0].children[0].value = 120
    assert turning.children[1].value != before
