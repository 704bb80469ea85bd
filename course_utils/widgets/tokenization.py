"""Watch BPE merge step by step, on a text of one's own."""

from __future__ import annotations

from collections import Counter
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING

from course_utils.tokenization import WORD, BPETokenizer

if TYPE_CHECKING:
    import ipywidgets

EXAMPLE = (
    "gato gatos gatito gatitos gata gatas gatita gatitas casa casas casita casitas niño niños niñito niñitos"
)
TINTS = ["#cfe6f5", "#fbd9c2", "#c9ecdf", "#f3d9e8", "#faeac2", "#d9d9f3"]
"""Light versions of the course's colours: black text on any of them keeps a contrast above 7 to 1."""
LONGEST_TEXT = 5_000  # characters; each step trains again, and must feel immediate

_CONTROL = {" ": "␣", "\n": "↵", "\t": "⇥"}


def merge_picture(text: str = EXAMPLE, step: int = 12) -> str:
    """Return HTML: a text cut into the tokens that BPE has after so many merges, learnt from that text.

    Each token is a box; single bytes are white, and tokens made by the same merge share a tint. The last
    merge has a thick border, and is told in words above: the pair, what it makes, how often it stood there.

    Args:
        text: any text; only its first 5,000 characters are used.
        step: how many merges; those beyond the last possible one are left out.

    Raises:
        TypeError: if an argument has the wrong type.
        ValueError: if `step` is negative.

    >>> "Fusión 1: <b>a</b> + <b>b</b> → <b>ab</b>; el par aparecía 2 veces." in merge_picture("abab", step=1)
    True
    """
    if not isinstance(step, int):
        raise TypeError(f"step debe ser un entero; ha llegado {type(step).__name__}")
    if step < 0:
        raise ValueError(f"step debe ser 0 o más; ha llegado {step}")
    text = text[:LONGEST_TEXT] if isinstance(text, str) else text
    tokenizer = BPETokenizer.train(text, 256 + step)  # the first merges do not depend on how many follow
    ids = tokenizer.encode(text)
    newest = tokenizer.vocab_size - 1 if tokenizer.merges else None
    boxes = " ".join(_box(tokenizer, token, newest) for token in ids)
    return (
        f"<p>{_last_merge(tokenizer, text)} El texto ocupa ahora <b>{len(ids)}</b> tokens "
        f'({len(set(ids))} distintos).</p><div style="line-height: 2.1">{boxes}</div>'
    )


def explore_merges(text: str = EXAMPLE, step: int = 12) -> ipywidgets.VBox:
    """Return a widget around `merge_picture`: a box for the text and a slider over the merges.

    Raises:
        TypeError: if an argument has the wrong type.
        ValueError: if `step` is negative.
    """
    import ipywidgets

    picture = ipywidgets.HTML(merge_picture(text, step))
    box = ipywidgets.Textarea(
        value=text,
        description="Texto",
        continuous_update=False,
        layout=ipywidgets.Layout(width="98%", height="5em"),
    )
    slider = ipywidgets.IntSlider(
        value=step,
        max=max(step, _possible_merges(text)),
        description="Fusiones",
        layout=ipywidgets.Layout(width="98%"),
    )

    def redraw(_change: object) -> None:
        picture.value = merge_picture(box.value, slider.value)

    def restart(_change: object) -> None:
        slider.max = _possible_merges(box.value)  # also lowers the slider if it stood higher
        redraw(None)

    slider.observe(redraw, names="value")
    box.observe(restart, names="value")
    return ipywidgets.VBox([box, slider, picture])


def _possible_merges(text: str) -> int:
    return len(BPETokenizer.train(text[:LONGEST_TEXT], 256 + LONGEST_TEXT).merges)


def _last_merge(tokenizer: BPETokenizer, text: str) -> str:
    if not tokenizer.merges:
        return "Sin fusiones: cada byte es un token."
    *earlier, (left, right) = tokenizer.merges
    before = BPETokenizer(earlier)
    counts = Counter(pair for word in WORD.findall(text) for pair in pairwise(before.encode(word)))
    parts = [f"<b>{_label(tokenizer.tokens[token])}</b>" for token in (left, right, tokenizer.vocab_size - 1)]
    return (
        f"Fusión {len(tokenizer.merges)}: {parts[0]} + {parts[1]} → {parts[2]}; "
        f"el par aparecía {counts[left, right]} veces."
    )


def _box(tokenizer: BPETokenizer, token: int, newest: int | None) -> str:
    tint = "#ffffff" if token < 256 else TINTS[token % len(TINTS)]
    border = "3px solid #000000" if token == newest else "1px solid #767676"
    style = f"background: {tint}; color: #000000; border: {border}; border-radius: 4px; padding: 1px 4px"
    # <code> keeps the boxes apart where a page (GitHub's, for one) removes the styles.
    return f'<code style="{style}">{_label(tokenizer.tokens[token])}</code>'


def _label(token: bytes) -> str:
    r"""Write a token so that nothing in it is invisible; parts of characters show their bytes.

    >>> _label(b" el"), _label("ñ".encode()), _label("añ".encode()[:2])
    ('␣el', 'ñ', 'a\\xc3')
    """
    text = token.decode("utf-8", "backslashreplace")
    return escape("".join(_CONTROL.get(sign, sign) for sign in text))
