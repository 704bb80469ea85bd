"""The look of every figure in the course, and alternative text for those who do not see it."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PALETTE = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]
"""Okabe and Ito's colours (2008), told apart with any colour vision; strongest contrast on white first."""

LINE_STYLES = ["-", "--", "-.", ":", (0, (3, 1, 1, 1)), (0, (8, 2)), (0, (1, 1))]
"""One stroke for each colour, so that no line is known by its colour alone."""


def use_course_style() -> None:
    """Set matplotlib's defaults to the course's style; call it once at the top of a lesson.

    >>> use_course_style()
    """
    import matplotlib as mpl
    from cycler import cycler

    mpl.rcParams.update(
        {
            "figure.figsize": (7, 4),
            "figure.dpi": 100,
            "savefig.bbox": "tight",
            "figure.constrained_layout.use": True,
            "font.size": 11,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.grid": True,
            "grid.alpha": 0.3,
            "axes.axisbelow": True,
            "axes.prop_cycle": cycler(color=PALETTE, linestyle=LINE_STYLES),
            "lines.linewidth": 2,
            "lines.markersize": 5,
            "legend.frameon": False,
            "image.cmap": "viridis",
        }
    )


def show(figure: Figure, alt: str) -> None:
    """Display a figure with alternative text, and close it.

    The text is stored beside the picture (Jupyter's `alt` metadata), where screen readers, JupyterLab and
    the website find it.

    Args:
        figure: a matplotlib figure.
        alt: what is seen in it, in Spanish, in one or two sentences.

    Raises:
        ValueError: if the alternative text is empty.
    """
    import matplotlib.pyplot as plt
    from IPython.display import display

    if not alt.strip():
        raise ValueError("alt está vacío: describe en una o dos frases lo que se ve en la figura")
    picture = io.BytesIO()
    figure.savefig(picture, format="png")
    plt.close(figure)
    display(
        {"image/png": picture.getvalue(), "text/plain": alt}, metadata={"image/png": {"alt": alt}}, raw=True
    )
