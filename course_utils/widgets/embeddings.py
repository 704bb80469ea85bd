"""Turn an arrow and watch its cosine; ask real word vectors for neighbours and analogies."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import numpy as np

from course_utils.plotting import PALETTE

if TYPE_CHECKING:
    import ipywidgets
    from gensim.models import KeyedVectors
    from matplotlib.figure import Figure

LONGEST = 2.0  # of an arrow, so that both always fit in the picture


def angle_picture(degrees: float = 60, length: float = 1.5) -> Figure:
    """Draw a fixed arrow of length 1 and another one, beside the curve of the cosine.

    The title tells dot product, distance between the tips and cosine: only the last forgets the length.

    Args:
        degrees: the angle between the arrows, from 0 to 180.
        length: of the second arrow, above 0 and at most 2.

    Raises:
        ValueError: if an argument is out of its range.

    >>> angle_picture(90, 2).axes[0].get_title()
    'producto escalar 0.00 · distancia 2.24 · coseno 0.00'
    """
    from matplotlib.figure import Figure
    from matplotlib.patches import Arc

    if not 0 <= degrees <= 180:
        raise ValueError(f"degrees debe estar entre 0 y 180; ha llegado {degrees}")
    if not 0 < length <= LONGEST:
        raise ValueError(f"length debe ser mayor que 0 y como mucho {LONGEST:g}; ha llegado {length}")
    theta = np.radians(degrees)
    fixed, turning = np.array([1.0, 0.0]), length * np.array([np.cos(theta), np.sin(theta)])
    cosine = fixed @ turning / length
    figure = Figure(figsize=(8, 3.2))
    arrows, curve = figure.subplots(1, 2, width_ratios=[1.7, 1])
    for tip, name, colour in ((fixed, "a", PALETTE[0]), (turning, "b", PALETTE[1])):
        style = {"arrowstyle": "->", "color": colour, "lw": 2.5, "shrinkA": 0, "shrinkB": 0}
        arrows.annotate("", tip, (0, 0), arrowprops=style)
        arrows.text(tip[0], tip[1] + 0.12, name, color=colour, ha="center", fontweight="bold")
    arrows.add_patch(Arc((0, 0), 0.7, 0.7, theta2=degrees))
    arrows.text(0.5 * np.cos(theta / 2), 0.5 * np.sin(theta / 2), f"{degrees:g}°", va="bottom")
    arrows.set(xlim=(-2.2, 2.2), ylim=(-0.15, 2.3), aspect="equal")
    distance = np.linalg.norm(fixed - turning)
    # Adding 0 turns -0.00 into 0.00.
    told = [round(float(number), 2) + 0.0 for number in (fixed @ turning, distance, cosine)]
    arrows.set_title("producto escalar {:.2f} · distancia {:.2f} · coseno {:.2f}".format(*told), fontsize=11)
    every = np.linspace(0, 180, 181)
    curve.plot(every, np.cos(np.radians(every)), color=PALETTE[0], marker="")
    curve.plot([degrees], [cosine], color=PALETTE[1], marker="o", markersize=9)
    curve.set(xlabel="ángulo (grados)", ylabel="coseno", xticks=[0, 60, 90, 120, 180])
    return figure


def explore_angle(degrees: float = 60, length: float = 1.5) -> ipywidgets.VBox:
    """Return a widget around `angle_picture`: a slider for the angle and another for the length.

    Raises:
        ValueError: if an argument is out of its range.
    """
    import ipywidgets

    picture = ipywidgets.Image(value=_png(angle_picture(degrees, length)), format="png")
    angle = ipywidgets.IntSlider(value=int(degrees), max=180, step=5, description="Ángulo")
    stretch = ipywidgets.FloatSlider(value=length, min=0.25, max=LONGEST, step=0.25, description="Longitud")

    def redraw(_change: object) -> None:
        picture.value = _png(angle_picture(angle.value, stretch.value))

    for control in (angle, stretch):
        control.observe(redraw, names="value")
    return ipywidgets.VBox([ipywidgets.HBox([angle, stretch]), picture])


def parse_expression(expression: str) -> tuple[list[str], list[str]]:
    """Split "king - man + woman" into the words added and the words subtracted.

    Raises:
        TypeError: if the expression is not a string.
        ValueError: if it does not read as words joined by + and -, or adds none.

    >>> parse_expression("king - man + woman")
    (['king', 'woman'], ['man'])
    """
    if not isinstance(expression, str):
        raise TypeError(f"expression debe ser un texto; ha llegado {type(expression).__name__}")
    text = expression.lower().replace("−", "-")
    if not re.fullmatch(r"\s*[+-]?\s*[^\W\d_]+(\s*[+-]\s*[^\W\d_]+)*\s*", text):
        raise ValueError(f"expression debe ser palabras unidas por + y -; ha llegado {expression!r}")
    terms = [(sign, word) for sign, word in re.findall(r"([+-]?)\s*([^\W\d_]+)", text)]
    added = [word for sign, word in terms if sign != "-"]
    if not added:
        raise ValueError(f"expression debe sumar al menos una palabra; ha llegado {expression!r}")
    return added, [word for sign, word in terms if sign == "-"]


def neighbours_picture(
    expression: str = "king - man + woman",
    exclude_inputs: bool = True,
    vectors: KeyedVectors | None = None,
    count: int = 8,
) -> Figure:
    """Draw the words nearest to a word, or to a sum and difference of words, as bars of cosines.

    Args:
        expression: English words joined by + and -: "cherry", "king - man + woman".
        exclude_inputs: leave out the words of the expression, as gensim's `most_similar` does.
        vectors: those of MiniLM by default; any other `KeyedVectors` will do.
        count: how many neighbours.

    Raises:
        TypeError: if the expression is not a string.
        ValueError: if the expression does not parse, a word is unknown or `count` is below 1.

    >>> neighbours_picture("dog", count=3).axes[0].get_yticklabels()[0].get_text()
    'dogs'
    """
    from matplotlib.figure import Figure

    if count < 1:
        raise ValueError(f"count debe ser al menos 1; ha llegado {count}")
    if vectors is None:
        from course_utils.assets import minilm_word_vectors

        vectors = minilm_word_vectors()
    added, taken = parse_expression(expression)
    unknown = [word for word in (*added, *taken) if word not in vectors]
    if unknown:
        raise ValueError(f"expression contiene palabras fuera del vocabulario: {', '.join(unknown)}")
    # The same sum as gensim's: unit vectors, so that a long one does not rule.
    target = sum(vectors.get_vector(word, norm=True) for word in added)
    target = target - sum(vectors.get_vector(word, norm=True) for word in taken)
    found = vectors.similar_by_vector(target, topn=count + len(added) + len(taken))
    inputs = {*added, *taken}
    kept = [pair for pair in found if not (exclude_inputs and pair[0] in inputs)][:count]
    names, cosines = zip(*kept, strict=True)
    figure = Figure(figsize=(7, 0.7 + 0.32 * len(kept)))
    axes = figure.subplots()
    colours = [PALETTE[1] if name in inputs else PALETTE[0] for name in names]
    bars = axes.barh(range(len(kept)), cosines, color=colours)
    axes.bar_label(bars, fmt="%.2f", padding=3)
    axes.set_yticks(range(len(kept)), names)
    axes.invert_yaxis()
    axes.set(xlabel=f"coseno con «{expression}»", xlim=(min(0.0, *cosines), 1.1))
    return figure


def explore_neighbours(
    expression: str = "king - man + woman", vectors: KeyedVectors | None = None
) -> ipywidgets.VBox:
    """Return a widget around `neighbours_picture`: a box for the expression and a tick for the inputs.

    Raises:
        TypeError: if the expression is not a string.
        ValueError: if the first expression is not valid; later ones only show the message.
    """
    import ipywidgets

    picture = ipywidgets.Image(value=_png(neighbours_picture(expression, True, vectors)), format="png")
    box = ipywidgets.Text(value=expression, description="Cuenta", continuous_update=False)
    tick = ipywidgets.Checkbox(
        value=True,
        indent=False,
        description="No contar las palabras de la cuenta",
        layout=ipywidgets.Layout(width="auto"),
    )
    message = ipywidgets.HTML()

    def redraw(_change: object) -> None:
        try:
            picture.value = _png(neighbours_picture(box.value, tick.value, vectors))
            message.value = ""
        except ValueError as error:
            from html import escape

            message.value = f"<b>{escape(str(error))}</b>"

    for control in (box, tick):
        control.observe(redraw, names="value")
    return ipywidgets.VBox([ipywidgets.HBox([box, tick]), message, picture])


def _png(figure: Figure) -> bytes:
    picture = io.BytesIO()
    figure.savefig(picture, format="png")
    return picture.getvalue()
