"""Move temperature, top-k and top-p and watch the next word; see what each length of context knows."""

from __future__ import annotations

import io
import textwrap
from typing import TYPE_CHECKING

import numpy as np

from course_utils.language_model import UNKNOWN, NGramModel, apply_all, generate
from course_utils.plotting import PALETTE

if TYPE_CHECKING:
    import ipywidgets
    from matplotlib.figure import Figure

    from course_utils.language_model import LanguageModel

NEW_TOKENS = 20


def sampling_picture(
    model: LanguageModel,
    prompt: str,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    seed: int = 0,
    shown: int = 12,
) -> Figure:
    """Draw the most probable next words before and after the three controls, and a text written with them.

    Args:
        model: a language model of words.
        prompt: words separated by spaces.
        temperature: as in `language_model.generate`, above 0.
        top_k: as in `language_model.generate`.
        top_p: as in `language_model.generate`.
        seed: of the text.
        shown: how many words get a pair of bars.

    Raises:
        ValueError: if an argument is out of its range.

    >>> model = NGramModel(2).fit("el gato duerme . el perro come .".split())
    >>> sampling_picture(model, "el", top_k=2).axes[0].get_legend_handles_labels()[1]
    ['lo que da el modelo', 'de lo que se sortea']
    """
    from matplotlib.figure import Figure

    if shown < 1:
        raise ValueError(f"shown debe ser al menos 1; ha llegado {shown}")
    words = prompt.split()
    before = model.next_distribution(words)
    before[model.vocabulary.index(UNKNOWN)] = 0
    before /= before.sum()
    after = apply_all(before, temperature, top_k, top_p)
    rows = np.argsort(-before, kind="stable")[:shown]
    text = " ".join(
        generate(model, words, NEW_TOKENS, temperature=temperature, top_k=top_k, top_p=top_p, seed=seed)
    )
    figure = Figure(figsize=(8, 4.6), layout="constrained")
    axes = figure.subplots()
    places = np.arange(len(rows))
    axes.barh(places - 0.2, before[rows], 0.38, color=PALETTE[5], label="lo que da el modelo")
    axes.barh(places + 0.2, after[rows], 0.38, color=PALETTE[1], hatch="//", label="de lo que se sortea")
    axes.set_yticks(places, [model.vocabulary[row] for row in rows])
    axes.invert_yaxis()
    axes.grid(axis="y", visible=False)
    axes.set_xlabel("probabilidad de ser la palabra siguiente")
    axes.legend(
        loc="lower right", title=f"pueden salir {np.count_nonzero(after):,} palabras".replace(",", " ")
    )
    figure.suptitle(textwrap.fill(f"«{text}»", 88), x=0.02, ha="left", fontsize=10, style="italic")
    return figure


def explore_sampling(model: LanguageModel, prompt: str) -> ipywidgets.VBox:
    """Return a widget around `sampling_picture`: a prompt, three controls and a button that draws again."""
    import ipywidgets

    wide = {"description_width": "initial"}
    text = ipywidgets.Text(value=prompt, description="Prompt", continuous_update=False)
    heat = ipywidgets.FloatSlider(
        value=1, min=0.1, max=3, step=0.1, description="Temperatura", continuous_update=False, style=wide
    )
    kept = ipywidgets.Dropdown(
        options=[("todas", None), *((str(k), k) for k in (1, 2, 5, 10, 50, 200))], description="top-k"
    )
    mass = ipywidgets.FloatSlider(
        value=1, min=0.05, max=1, step=0.05, description="top-p", continuous_update=False
    )
    seed = ipywidgets.BoundedIntText(value=0, min=0, max=9999, description="Semilla")
    picture = ipywidgets.Image(value=_png(sampling_picture(model, prompt)), format="png")

    def redraw(_change: object) -> None:
        figure = sampling_picture(model, text.value, heat.value, kept.value, mass.value, seed.value)
        picture.value = _png(figure)

    for control in (text, heat, kept, mass, seed):
        control.observe(redraw, names="value")
    rows = [text, ipywidgets.HBox([heat, kept]), ipywidgets.HBox([mass, seed]), picture]
    return ipywidgets.VBox(rows)


def backoff_picture(model: NGramModel, context: str, shown: int = 6) -> Figure:
    """Draw what an n-gram model foresees when it reads none, one, two… words of the context.

    Args:
        model: an n-gram model of words.
        context: words separated by spaces.
        shown: how many words in each panel.

    Raises:
        TypeError: if the model does not count n-grams.
        ValueError: if `shown` is below 1.

    >>> model = NGramModel(3).fit("el gato duerme . el gato come . el perro come .".split())
    >>> len(backoff_picture(model, "el gato").axes)
    3
    """
    from matplotlib.figure import Figure

    if not isinstance(model, NGramModel):
        raise TypeError(f"model debe ser un NGramModel; ha llegado {type(model).__name__}")
    if shown < 1:
        raise ValueError(f"shown debe ser al menos 1; ha llegado {shown}")
    words = context.split()
    lengths = range(min(model.order - 1, len(words)) + 1)
    figure = Figure(figsize=(3.1 * len(lengths), 3.1), layout="constrained")
    panels = figure.subplots(1, len(lengths), squeeze=False)[0]
    for axes, length in zip(panels, lengths, strict=True):
        read = words[len(words) - length :]
        seen = len(model.counts.get(tuple(model.encode(read)), {}))
        probabilities = model.next_distribution(read)
        rows = np.argsort(-probabilities, kind="stable")[:shown]
        axes.barh(range(len(rows)), probabilities[rows], color=PALETTE[0] if seen else "0.7")
        axes.set_yticks(range(len(rows)), [model.vocabulary[row] for row in rows])
        axes.invert_yaxis()
        axes.grid(axis="y", visible=False)
        known = (
            "sin leer nada"
            if not read
            else f"detrás, {seen} palabras distintas"
            if seen
            else "nunca visto: retrocede"
        )
        axes.set_title(f"«{' '.join(read) or '…'}»\n{known}", fontsize=10)
    figure.supxlabel("probabilidad de la palabra siguiente", fontsize=10)
    return figure


def explore_backoff(model: NGramModel, context: str) -> ipywidgets.VBox:
    """Return a widget around `backoff_picture`: write a context and see what each length of it knows."""
    import ipywidgets

    text = ipywidgets.Text(value=context, description="Contexto", continuous_update=False)
    picture = ipywidgets.Image(value=_png(backoff_picture(model, context)), format="png")

    def redraw(_change: object) -> None:
        picture.value = _png(backoff_picture(model, text.value.lower()))

    text.observe(redraw, names="value")
    return ipywidgets.VBox([text, picture])


def _png(figure: Figure) -> bytes:
    picture = io.BytesIO()
    figure.savefig(picture, format="png")
    return picture.getvalue()
