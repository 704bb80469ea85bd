"""Watch word vectors move while they learn: where each word is after each epoch."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from course_utils.plotting import PALETTE

if TYPE_CHECKING:
    import ipywidgets
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

MARKERS = "os^DvPX"  # so that no group depends on colour alone


def training_path(
    snapshots: Sequence[NDArray[np.float32]], groups: Mapping[str, Sequence[str]], epoch: int | None = None
) -> Figure:
    """Draw the words in the plane after an epoch, with the way they came; or the first and the last.

    The plane is that of the two principal components of the LAST snapshot, the same for all epochs, and
    vectors are taken with length 1: what moves is the words, not the camera.

    Args:
        snapshots: the vectors before training and after each epoch, each of shape (words, dim); the
            words in the order of `groups`.
        groups: the words of each group, by name; a colour and a marker for each group.
        epoch: which snapshot to draw; None for the first and the last.

    Raises:
        ValueError: if the vectors are not as many as the words, or there is no such epoch.

    >>> snapshots = [np.eye(3, 4, dtype=np.float32) + epoch for epoch in range(2)]
    >>> groups = {"animales": ["gato", "perro"], "frutas": ["pera"]}
    >>> training_path(snapshots, groups, epoch=1).axes[0].get_title()
    'época 1'
    """
    from matplotlib.figure import Figure

    total = sum(len(words) for words in groups.values())
    if len(snapshots) < 2 or any(np.ndim(vectors) != 2 or len(vectors) != total for vectors in snapshots):
        raise ValueError(
            f"snapshots debe traer dos épocas o más, con {total} vectores cada una, los de groups; "
            f"ha llegado {[np.shape(vectors) for vectors in snapshots][:3]}"
        )
    last = len(snapshots) - 1
    if epoch is not None and not 0 <= epoch <= last:
        raise ValueError(f"epoch debe estar entre 0 y {last}; ha llegado {epoch}")
    unit = np.stack([vectors / np.linalg.norm(vectors, axis=1, keepdims=True) for vectors in snapshots])
    centre = unit[last].mean(0)
    axes_of_plane = np.linalg.svd(unit[last] - centre, full_matrices=False)[2][:2]
    places = (unit - centre) @ axes_of_plane.T  # (epochs, words, 2)

    panels = [0, last] if epoch is None else [epoch]
    figure = Figure(figsize=(10, 4.2) if epoch is None else (6.5, 4.6))
    margin = 0.15 * np.ptp(places.reshape(-1, 2), axis=0)
    low, high = places.min((0, 1)) - margin, places.max((0, 1)) + margin
    for axes, shown in zip(np.ravel(figure.subplots(1, len(panels))), panels, strict=True):
        _draw(axes, places[: shown + 1], groups, epoch is not None, high - low)
        axes.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), xticks=[], yticks=[])
        axes.set_title("antes de entrenar" if shown == 0 else f"época {shown}")
        axes.set(xlabel="primera componente", ylabel="segunda componente")
    figure.axes[0].legend(loc="best", fontsize=9)
    return figure


def _draw(
    axes: Axes,
    places: NDArray[np.float32],
    groups: Mapping[str, Sequence[str]],
    trail: bool,
    span: NDArray[np.float32],
) -> None:
    start, labels = 0, []
    for (name, words), colour, marker in zip(groups.items(), PALETTE, MARKERS, strict=False):
        own = places[:, start : start + len(words)]
        start += len(words)
        if trail:
            for number in range(len(words)):
                axes.plot(*own[:, number].T, color=colour, alpha=0.35, linewidth=1, marker="")
        axes.plot(*own[-1].T, color=colour, marker=marker, linestyle="", label=name)
        labels += [(*place, word, colour) for word, place in zip(words, own[-1], strict=True)]
    # Labels go from bottom to top, each one above those that it would cover.
    width, height = span
    set_already: list[tuple[float, float]] = []
    for x, y, word, colour in sorted(labels, key=lambda label: label[1]):
        at = y
        for other_x, other_y in sorted(set_already, key=lambda place: place[1]):
            if abs(other_x - x) < 0.17 * width and abs(other_y - at) < 0.045 * height:
                at = other_y + 0.045 * height
        set_already.append((x, at))
        axes.annotate(
            word,
            (x, y),
            xytext=(x + 0.025 * width, at),
            fontsize=9,
            color=colour,
            va="center",
            arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 0.5, "shrinkA": 0, "shrinkB": 0},
        )


def explore_training_path(
    snapshots: Sequence[NDArray[np.float32]], groups: Mapping[str, Sequence[str]]
) -> ipywidgets.VBox:
    """Return `training_path` with a slider for the epoch.

    >>> snapshots = [np.eye(2, 4, dtype=np.float32) + epoch for epoch in range(3)]
    >>> explore_training_path(snapshots, {"animales": ["gato", "perro"]}).children[0].max
    2
    """
    import ipywidgets

    slider = ipywidgets.IntSlider(
        value=0, min=0, max=len(snapshots) - 1, description="época", continuous_update=False
    )
    picture = ipywidgets.Image(format="png")

    def draw(_: object = None) -> None:
        png = io.BytesIO()
        training_path(snapshots, groups, slider.value).savefig(png, format="png")
        picture.value = png.getvalue()

    slider.observe(draw, "value")
    draw()
    return ipywidgets.VBox([slider, picture])
