from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest

from course_utils import plotting


def test_a_figure_is_shown_with_its_alternative_text(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[tuple[dict[str, Any], dict[str, Any]]] = []
    monkeypatch.setattr("IPython.display.display", lambda data, metadata, raw: shown.append((data, metadata)))
    figure, axes = plt.subplots()
    axes.plot([1, 2])
    plotting.show(figure, alt="Una recta que sube")
    ((data, metadata),) = shown
    assert data["image/png"].startswith(b"\x89PNG")
    assert metadata["image/png"]["alt"] == "Una recta que sube"
    assert not plt.fignum_exists(figure.number)


def test_a_figure_without_alternative_text_is_refused() -> None:
    with pytest.raises(ValueError, match="alt"):
        plotting.show(plt.figure(), alt=" ")


def test_a_line_is_known_by_its_stroke_as_well_as_by_its_colour() -> None:
    plotting.use_course_style()
    cycle = list(mpl.rcParams["axes.prop_cycle"])
    assert len({str(style["linestyle"]) for style in cycle}) == len(plotting.PALETTE) == len(cycle)
