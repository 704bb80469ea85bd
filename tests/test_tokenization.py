from __future__ import annotations

import json
import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from course_utils.tokenization import WORD, BPETokenizer, Pair, merge_pair
from course_utils.widgets.tokenization import TINTS, explore_merges, merge_picture

ENGLISH = (
    "A tokenizer never sees words. It sees bytes, and it has learnt which bytes like to stand together: the, "
    "then, there, these, other, mother, another. Low, lower, lowest; new, newer, newest; wide, widest.\n"
    "It's what we've got in 1984, 1985 and 1986; they'll say it isn't, but it's.\n\n"
    "    def f(x_1): return x_1 ** 2\n"
)
SPANISH = (
    "El tokenizador no ve palabras: ve bytes, y ha aprendido cuáles suelen ir juntos. La niña soñó que el "
    "pingüino volvía mañana; ¿y quién no soñaría? Gatos, gatitos, casas, casitas, canción, canciones.\n"
)
OTHER = (
    "안녕하세요 세계 안녕 😄😄 👩\u200d👩\u200d👧 नमस्ते दुनिया नमस्ते 機械学習と機械翻訳 "
    "e\u0301e\u0301 \u202eשלום שלום\u202c ½ ⅷ ٣٤ \x00\x1c\t\r\n"
)
TEXT = (ENGLISH + SPANISH) * 2

# Few letters make many ties and runs such as "aaaa", where a careless count goes wrong.
crowded = st.text(alphabet="ab é1'\n", max_size=60)
any_text = st.text(st.characters(exclude_categories=()))  # surrogates too


def naive_train(text: str, vocab_size: int) -> list[Pair]:
    """Count everything again at each step."""
    words = [list(word.encode("utf-8", "surrogatepass")) for word in WORD.findall(text)]
    merges: list[Pair] = []
    while len(merges) < vocab_size - 256:
        counts = Counter(pair for word in words for pair in pairwise(word))
        best = min(counts, key=lambda pair: (-counts[pair], pair), default=None)
        if best is None or counts[best] < 2:
            break
        words = [naive_merge(word, best, 256 + len(merges)) for word in words]
        merges.append(best)
    return merges


def naive_merge(ids: list[int], pair: Pair, new_id: int) -> list[int]:
    if len(ids) < 2:
        return ids
    if (ids[0], ids[1]) == pair:
        return [new_id, *naive_merge(ids[2:], pair, new_id)]
    return [ids[0], *naive_merge(ids[1:], pair, new_id)]


def naive_encode(text: str, merges: list[Pair]) -> list[int]:
    """Apply every merge, in order, to every word."""
    encoded = []
    for word in WORD.findall(text):
        ids = list(word.encode("utf-8", "surrogatepass"))
        for number, pair in enumerate(merges):
            ids = naive_merge(ids, pair, 256 + number)
        encoded += ids
    return encoded


def in_hugging_face(tokenizer: BPETokenizer) -> Tokenizer:
    """The library's BPE, given our merges; it writes each byte as a printable character."""
    hidden = [value for value in range(256) if chr(value) == " " or not chr(value).isprintable()]
    letter = {
        value: chr(256 + hidden.index(value)) if value in hidden else chr(value) for value in range(256)
    }
    assert set(letter.values()) == set(pre_tokenizers.ByteLevel.alphabet())
    names = ["".join(letter[byte] for byte in token) for token in tokenizer.tokens]
    assert len(set(names)) == len(names)  # the library tells tokens apart by their spelling
    model = models.BPE(
        vocab={name: number for number, name in enumerate(names)},
        merges=[(names[left], names[right]) for left, right in tokenizer.merges],
    )
    library = Tokenizer(model)
    library.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    library.decoder = decoders.ByteLevel()
    return library


@pytest.fixture(scope="module")
def trained() -> BPETokenizer:
    return BPETokenizer.train(TEXT, 420)


# --- training ---


def test_textbook_example() -> None:
    # Wikipedia, "Byte-pair encoding": aaabdaaabac -> ZabdZabac -> ZYdZYac -> XdXac
    tokenizer = BPETokenizer.train("aaabdaaabac", 259)
    assert tokenizer.merges == [(97, 97), (97, 98), (256, 257)]
    assert tokenizer.tokens[256:] == [b"aa", b"ab", b"aaab"]
    assert tokenizer.encode("aaabdaaabac") == [258, 100, 258, 97, 99]


@pytest.mark.parametrize(
    "text", [ENGLISH, SPANISH, OTHER, ENGLISH + SPANISH + OTHER, "a" * 100, "ab" * 50 + " " * 9]
)
def test_merges_are_those_of_the_naive_trainer(text: str) -> None:
    merges = BPETokenizer.train(text, 356).merges
    assert merges == naive_train(text, 356)
    assert len(merges) > 2


@given(crowded, st.integers(256, 290))
@example("aaa aaa aaaa", 270)
@settings(deadline=None)
def test_merges_are_those_of_the_naive_trainer_on_crowded_text(text: str, vocab_size: int) -> None:
    assert BPETokenizer.train(text, vocab_size).merges == naive_train(text, vocab_size)


@given(any_text)
@settings(deadline=None)
def test_merges_are_those_of_the_naive_trainer_on_any_text(text: str) -> None:
    assert BPETokenizer.train(text * 2, 270).merges == naive_train(text * 2, 270)


def test_a_smaller_vocabulary_is_a_prefix_of_a_larger_one(trained: BPETokenizer) -> None:
    assert BPETokenizer.train(TEXT, 300).merges == trained.merges[:44]


def test_training_stops_when_nothing_repeats() -> None:
    assert BPETokenizer.train("", 1000).merges == []
    assert BPETokenizer.train("abcdef", 1000).merges == []
    assert BPETokenizer.train("abab", 1000).merges == [(97, 98)]
    assert BPETokenizer.train(ENGLISH, 256).merges == []
    assert BPETokenizer.train(ENGLISH, 10**9).vocab_size < 600


def test_no_merge_crosses_a_word(trained: BPETokenizer) -> None:
    words = {word.encode() for word in WORD.findall(TEXT)}
    assert all(any(token in word for word in words) for token in trained.tokens[256:])


# --- cutting into words, encoding, decoding ---


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Hola, mundo", ["Hola", ",", " mundo"]),
        ("we've  got 12_345", ["we", "'ve", " ", " got", " 12", "_", "345"]),
        ("¿Qué? ¡Ñu!\n\n x", ["¿", "Qué", "?", " ¡", "Ñu", "!", "\n\n", " x"]),
        ("a \n", ["a", " \n"]),
    ],
)
def test_cut_of_gpt2(text: str, words: list[str]) -> None:
    assert WORD.findall(text) == words


@given(any_text)
def test_the_cut_loses_nothing(text: str) -> None:
    assert "".join(WORD.findall(text)) == text


@given(any_text)
@example(ENGLISH)
@example(SPANISH)
@example(OTHER)
@example("\ud83d\ude00 \udfff")  # lone surrogates, also two in a row
def test_any_text_survives(trained: BPETokenizer, text: str) -> None:
    assert trained.decode(trained.encode(text)) == text
    assert BPETokenizer().decode(BPETokenizer().encode(text)) == text


@given(any_text)
@settings(deadline=None)
def test_any_text_survives_a_tokenizer_trained_on_it(text: str) -> None:
    tokenizer = BPETokenizer.train(text * 2, 300)
    assert tokenizer.decode(tokenizer.encode(text)) == text


@given(st.one_of(crowded, st.text(alphabet="thenrsdlow 'ñóé", max_size=40), any_text))
@example(ENGLISH)
@example(SPANISH)
@settings(deadline=None)
def test_encode_equals_applying_each_merge(trained: BPETokenizer, text: str) -> None:
    assert trained.encode(text) == naive_encode(text, trained.merges)


@given(crowded)
@settings(deadline=None)
def test_encode_equals_applying_each_merge_on_crowded_text(text: str) -> None:
    tokenizer = BPETokenizer.train(text, 290)
    assert tokenizer.encode(text[::-1]) == naive_encode(text[::-1], tokenizer.merges)


# Where the two cuts agree: not in numerals that are no digits («½»), nor in the separators U+001C–U+001F, and
# only in characters that both Unicode tables know.
comparable = st.text(
    st.characters(
        exclude_categories=["Cs", "Cn", "No", "Nl"],
        exclude_characters="\x1c\x1d\x1e\x1f",
        max_codepoint=0x2FFF,
    )
)


@given(comparable)
@example(ENGLISH)
@example(SPANISH)
@settings(deadline=None)
def test_same_ids_as_hugging_face(trained: BPETokenizer, text: str) -> None:
    library = in_hugging_face(trained)
    assert library.encode(text).ids == trained.encode(text)
    assert library.decode(trained.encode(text)) == text


def test_merge_pair_goes_from_left_to_right() -> None:
    assert merge_pair([1, 1, 1, 1, 1], (1, 1), 2) == [2, 2, 1]
    assert merge_pair([1, 2, 1], (1, 2), 3) == [3, 1]
    assert merge_pair([], (1, 2), 3) == []


def test_bytes_that_are_no_text_are_shown(trained: BPETokenizer) -> None:
    assert trained.decode([0xC3]) == "�"
    assert trained.decode([0xFF, ord("a")]) == "�a"
    assert trained.decode([]) == ""


# --- files ---


def test_save_and_load(trained: BPETokenizer, tmp_path: Path) -> None:
    path = tmp_path / "vocabulario ñ.json"
    trained.save(path)
    again = BPETokenizer.load(str(path))
    assert again.merges == trained.merges
    assert again.tokens == trained.tokens
    assert again.encode(OTHER) == trained.encode(OTHER)
    assert list(tmp_path.iterdir()) == [path]


def test_a_truncated_file_is_rejected(tmp_path: Path) -> None:
    path = tmp_path / "bpe.json"
    BPETokenizer.train(ENGLISH, 260).save(path)
    whole = path.read_bytes()
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        with pytest.raises(ValueError, match="no es JSON válido"):
            BPETokenizer.load(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff\xfe\x00", "no es JSON válido"),
        (b"[" * 100_000, "no es JSON válido"),
        (b"[]", "no es un BPETokenizer"),
        (b'{"model": {"type": "BPE", "merges": []}}', "no es un BPETokenizer"),
        (b'{"format": "llm-por-dentro/bpe/2", "merges": []}', "no es un BPETokenizer"),
        (b'{"format": "llm-por-dentro/bpe/1"}', "falta la lista"),
        (b'{"format": "llm-por-dentro/bpe/1", "merges": {"a": 1}}', "falta la lista"),
    ],
)
def test_a_foreign_file_is_rejected(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "bpe.json"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message):
        BPETokenizer.load(path)


@pytest.mark.parametrize(
    ("merges", "message"),
    [
        ([[97, 98], [97, 98]], "pares repetidos"),
        ([[97, 98], [257, 97]], r"merges\[1\] debe ser un par de enteros entre 0 y 256"),
        ([[-1, 98]], r"merges\[0\]"),
        ([[1, 2, 3]], r"merges\[0\]"),
        ([[1.0, 2]], r"merges\[0\]"),
        ([[True, 2]], r"merges\[0\]"),
        (["ab"], r"merges\[0\]"),
        ([None], r"merges\[0\]"),
    ],
)
def test_damaged_merges_are_rejected(tmp_path: Path, merges: list[object], message: str) -> None:
    path = tmp_path / "bpe.json"
    path.write_text(json.dumps({"format": "llm-por-dentro/bpe/1", "merges": merges}), encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        BPETokenizer.load(path)


def test_missing_places(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no existe el fichero"):
        BPETokenizer.load(tmp_path / "nada.json")
    with pytest.raises(FileNotFoundError, match="no existe la carpeta"):
        BPETokenizer().save(tmp_path / "nada" / "bpe.json")


def test_an_interrupted_save_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "bpe.json"
    BPETokenizer([(97, 98)]).save(path)
    write = Path.write_text

    def half_then_fail(self: Path, data: str, encoding: str) -> int:
        write(self, data[: len(data) // 2], encoding=encoding)
        raise OSError("disk full")

    monkeypatch.setattr(Path, "write_text", half_then_fail)
    with pytest.raises(OSError, match="disk full"):
        BPETokenizer([(99, 100)]).save(path)
    assert BPETokenizer.load(path).merges == [(97, 98)]
    assert list(tmp_path.iterdir()) == [path]


# --- bad input ---


def test_bad_input_is_told_in_spanish(trained: BPETokenizer) -> None:
    with pytest.raises(ValueError, match=r"vocab_size debe ser al menos 256.*ha llegado 10"):
        BPETokenizer.train("hola", 10)
    with pytest.raises(TypeError, match="vocab_size debe ser un entero; ha llegado float"):
        BPETokenizer.train("hola", 300.0)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"text debe ser una cadena.*bytes"):
        BPETokenizer.train(b"hola", 300)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"text debe ser una cadena.*list"):
        trained.encode(["hola"])  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", [-1, 420, 10**30])
def test_an_id_outside_the_vocabulary(trained: BPETokenizer, wrong: int) -> None:
    with pytest.raises(ValueError, match=rf"ids\[1\] debe estar entre 0 y 419; ha llegado {wrong}"):
        trained.decode([97, wrong])


@pytest.mark.parametrize("wrong", ["a", 1.5, None])
def test_an_id_that_is_no_integer(trained: BPETokenizer, wrong: object) -> None:
    with pytest.raises(TypeError, match=r"ids\[0\] debe ser un entero"):
        trained.decode([wrong])  # type: ignore[list-item]


def test_arrays_of_ids_are_welcome(trained: BPETokenizer) -> None:
    import numpy as np

    assert trained.decode(np.array(trained.encode("¿mañana?"))) == "¿mañana?"


# --- the widget ---


def boxes(html: str) -> list[str]:
    return re.findall(r"<code[^>]*>(.*?)</code>", html)


def test_picture_tells_the_merge_and_its_count() -> None:
    # In each "aaab" the pair (a, a) stands twice. Then (a, b) and (aa, a) tie at two; (a, b) has smaller ids.
    assert boxes(merge_picture("aaab aaab", step=0)) == [*"aaab", "␣", *"aaab"]
    first, second = (merge_picture("aaab aaab", step) for step in (1, 2))
    assert "Fusión 1: <b>a</b> + <b>a</b> → <b>aa</b>; el par aparecía 4 veces" in first
    assert boxes(first) == ["aa", "a", "b", "␣", "aa", "a", "b"]
    assert "Fusión 2: <b>a</b> + <b>b</b> → <b>ab</b>; el par aparecía 2 veces" in second
    assert "<b>5</b> tokens (3 distintos)" in second
    assert merge_picture("aaab aaab", step=1000) == merge_picture("aaab aaab", step=3)


def test_picture_of_odd_texts() -> None:
    assert "<b>0</b> tokens" in merge_picture("", step=5)
    assert boxes(merge_picture("ñ", step=0)) == [r"\xc3", r"\xb1"]
    assert boxes(merge_picture("<b>&\n", step=0)) == ["&lt;", "b", "&gt;", "&amp;", "↵"]
    assert len(boxes(merge_picture("x" * 10_000, step=0))) == 5_000
    with pytest.raises(ValueError, match="step debe ser 0 o más"):
        merge_picture("a", -1)
    with pytest.raises(TypeError, match="step debe ser un entero"):
        merge_picture("a", 1.5)  # type: ignore[arg-type]


@pytest.mark.parametrize("tint", TINTS)
def test_black_on_each_tint_is_legible(tint: str) -> None:
    parts = [int(tint[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    assert (luminance + 0.05) / 0.05 >= 7  # WCAG 2.2, level AAA


def test_widget_redraws() -> None:
    box, slider, picture = explore_merges().children
    assert picture.value == merge_picture()
    slider.value = 3
    assert picture.value == merge_picture(step=3)
    slider.value = slider.max
    box.value = "abab"
    assert (slider.max, slider.value) == (1, 1)
    assert picture.value == merge_picture("abab", step=1)
    box.value = ""
    assert picture.value == merge_picture("", step=0)
