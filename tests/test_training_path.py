"""The picture of the moving vectors: a fixed camera, the right places, and a slider that redraws."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from course_utils.widgets.training_path import explore_training_path, training_path

GROUPS = {"animales": ["gato", "perro"], "frutas": ["pera"]}
SNAPSHOTS = [np.random.default_rng(epoch).normal(size=(3, 5)).astype(np.float32) for epoch in range(4)]


def places(axes: Any) -> dict[str, tuple[float, float]]:
    return {text.get_text(): tuple(text.xy) for text in axes.texts}


def test_distances_of_the_last_epoch_are_those_of_the_unit_vectors() -> None:
    """Three points lie in a plane, so the projection of three vectors keeps their distances."""
    found = places(training_path(SNAPSHOTS, GROUPS, 3).axes[0])
    unit = SNAPSHOTS[3] / np.linalg.norm(SNAPSHOTS[3], axis=1, keepdims=True)
    drawn = np.array([found[word] for word in ["gato", "perro", "pera"]])
    for i, j in ((0, 1), (0, 2), (1, 2)):
        assert np.linalg.norm(drawn[i] - drawn[j]) == pytest.approx(
            np.linalg.norm(unit[i] - unit[j]), abs=1e-5
        )


def test_the_camera_does_not_move() -> None:
    pictures = [training_path(SNAPSHOTS, GROUPS, epoch).axes[0] for epoch in range(4)]
    assert len({axes.get_xlim() + axes.get_ylim() for axes in pictures}) == 1
    both = training_path(SNAPSHOTS, GROUPS).axes
    assert [axes.get_title() for axes in both] == ["antes de entrenar", "época 3"]
    assert places(both[0]) == places(pictures[0])
    assert places(both[1]) == places(pictures[3])


def test_slider_redraws() -> None:
    slider, picture = explore_training_path(SNAPSHOTS, GROUPS).children
    first = bytes(picture.value)
    slider.value = 2
    assert first.startswith(b"\x89PNG")
    assert bytes(picture.value) != first


@pytest.mark.parametrize(
    ("snapshots", "epoch", "message"),
    [
        (SNAPSHOTS, 4, "entre 0 y 3; ha llegado 4"),
        (SNAPSHOTS[:1], 0, "dos épocas"),
        ([np.ones((2, 5))] * 2, 0, "3 vectores"),
    ],
)
def test_bad_input(snapshots: Any, epoch: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        training_path(snapshots, GROUPS, epoch)
