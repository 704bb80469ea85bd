"""Language models: textbook numbers, true distributions, parity with transformers, learning, bad input."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from transformers import TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper

from course_utils.language_model import (
    UNKNOWN,
    NeuralLanguageModel,
    NGramModel,
    apply_all,
    apply_temperature,
    apply_top_k,
    apply_top_p,
    build_vocabulary,
    generate,
    greedy,
    perplexity,
    sample,
)

words = str.split

# Jurafsky and Martin, Speech and Language Processing, section 3.1.2; one token marks both ends of a sentence
SAM = words("</s> I am Sam </s> Sam I am </s> I do not like green eggs and ham </s>")

texts = st.lists(st.sampled_from(["a", "b", "c", "d", "e"]), min_size=1, max_size=40)
distributions = st.lists(st.integers(1, 1000), min_size=1, max_size=12).map(
    lambda weights: np.array(weights) / sum(weights)
)


def small_network(**changes: Any) -> NeuralLanguageModel:
    settings_: dict[str, Any] = {"context_size": 3, "embedding_dim": 8, "hidden_dim": 32, "batch_size": 32}
    return NeuralLanguageModel(**(settings_ | changes))


# ------------------------------------------------------------------------------------------------- n-grams


@pytest.mark.parametrize(
    ("word", "history", "expected"),
    [
        ("I", "</s>", 2 / 3),
        ("Sam", "</s>", 1 / 3),
        ("am", "I", 2 / 3),
        ("</s>", "Sam", 1 / 2),
        ("Sam", "am", 1 / 2),
        ("do", "I", 1 / 3),
    ],
)
def test_textbook_bigram(word: str, history: str, expected: float) -> None:
    assert NGramModel(2, discount=0).fit(SAM).probability(word, [history]) == pytest.approx(expected)


def test_kneser_ney_by_hand() -> None:
    # Text a b a b a c. Bigrams: ab ×2, ba ×2, ac ×1; the first a has no history. With D = 1/2 and V = 4:
    # one-token counts are the kinds of bigram that end in each token (a: ba, and the one at the start = 2;
    # b: 1; c: 1; total 4, of 3 kinds): P(b) = (1 − ½)/4 + ½·3/4 · 1/4 = 0.21875
    # P(b | a) = (2 − ½)/3 + ½·2/3 · 0.21875 = 0.5 + 0.0729167
    model = NGramModel(2, discount=0.5).fit(words("a b a b a c"))
    assert model.probability("b", []) == pytest.approx(0.21875)
    assert model.probability("b", ["a"]) == pytest.approx(0.5 + 0.21875 / 3)
    # c was never a history: the model falls back on the shorter one
    assert model.probability("b", ["c"]) == pytest.approx(0.21875)


def test_kneser_ney_counts_histories_not_occurrences() -> None:
    # "Francisco" is as frequent as "vaso", but always after "San": it must be less likely after a new history
    text = words("San Francisco . San Francisco . San Francisco . un vaso . el vaso . mi vaso . otro")
    model = NGramModel(2).fit(text)
    assert model.probability("Francisco", ["nuevo"]) < model.probability("vaso", ["nuevo"])
    assert NGramModel(1).fit(text).probability("Francisco", []) == NGramModel(1).fit(text).probability(
        "vaso", []
    )


def reference_kneser_ney(tokens: list[str], order: int, discount: float, vocabulary: list[str]) -> Any:
    """Return P(word, history) computed straight from the definition, over strings and with no shared code."""

    def count(gram: tuple[str, ...], level: int) -> int:
        padded = ["<"] * (order - 1) + tokens
        grams = [tuple(padded[i - level + 1 : i + 1]) for i in range(order - 1, len(padded))]
        if level == order:
            return Counter(grams)[gram]
        longer = {tuple(padded[i - level : i + 1]) for i in range(order - 1, len(padded))}
        return sum(1 for longer_gram in longer if longer_gram[1:] == gram)

    def probability(word: str, history: tuple[str, ...]) -> float:
        level = len(history) + 1
        shorter = 1 / len(vocabulary) if level == 1 else probability(word, history[1:])
        counts = {w: count((*history, w), level) for w in vocabulary}
        total, kinds = sum(counts.values()), sum(1 for c in counts.values() if c)
        if not total:
            return shorter
        return max(counts[word] - discount, 0) / total + discount * kinds / total * shorter

    return probability


@settings(deadline=None, max_examples=25)
@given(texts, st.integers(1, 3), st.sampled_from([0.3, 0.75]))
def test_ngram_equals_the_definition(tokens: list[str], order: int, discount: float) -> None:
    # The library writes no padding: the histories at the start are shorter. With a padding symbol of its own,
    # the definition gives the same for every history inside the text.
    model = NGramModel(order, discount).fit(tokens)
    reference = reference_kneser_ney(tokens, order, discount, model.vocabulary)
    for history in itertools.islice(itertools.product("abcx", repeat=order - 1), 20):
        for word in model.vocabulary:
            known = tuple(token if token in model.vocabulary else UNKNOWN for token in history)
            assert model.probability(word, list(history)) == pytest.approx(reference(word, known), abs=1e-12)


@settings(deadline=None, max_examples=60)
@given(texts, st.integers(1, 5), st.floats(0, 1), st.lists(st.sampled_from("abcxyz"), max_size=6))
def test_ngram_is_a_distribution(tokens: list[str], order: int, discount: float, context: list[str]) -> None:
    model = NGramModel(order, discount).fit(tokens)
    distribution = model.next_distribution(context)
    assert distribution.shape == (len(model.vocabulary),)
    assert np.all(distribution >= 0)
    assert distribution.sum() == pytest.approx(1, abs=1e-9)
    one_by_one = [model.probability(token, context) for token in model.vocabulary]
    np.testing.assert_allclose(distribution, one_by_one, atol=1e-12)


@settings(deadline=None, max_examples=30)
@given(texts, st.integers(1, 4), texts)
def test_chain_rule(tokens: list[str], order: int, new: list[str]) -> None:
    model = NGramModel(order).fit(tokens)
    step_by_step = [model.probability(token, new[:position]) for position, token in enumerate(new)]
    np.testing.assert_allclose(model.log_probabilities(new), np.log(step_by_step), atol=1e-12)


def test_probabilities_of_all_texts_of_a_length_add_up_to_one() -> None:
    model = NGramModel(3).fit(list("abacabad"))
    all_texts = itertools.product(model.vocabulary, repeat=3)
    assert sum(math.exp(model.log_probabilities(text).sum()) for text in all_texts) == pytest.approx(1)


def test_unknown_tokens_and_given_vocabulary() -> None:
    model = NGramModel(2).fit(words("a b a c"), vocabulary=[UNKNOWN, "a", "b"])
    assert model.encode(["b", "c", "nunca visto"]) == [2, 0, 0]
    assert (
        model.probability("c", ["a"]) == model.probability("otra", ["a"]) == model.probability(UNKNOWN, ["a"])
    )


def test_without_smoothing_the_unseen_is_impossible() -> None:
    model = NGramModel(2, discount=0).fit(words("a b a b"))
    assert model.log_probabilities(["a", "a"])[1] == -math.inf
    assert perplexity(model.log_probabilities(["a", "a"])) == math.inf


def test_vocabulary_order_and_min_count() -> None:
    assert build_vocabulary(words("b a a c c c <unk>"), min_count=2) == [UNKNOWN, "c", "a"]


# ---------------------------------------------------------------------------------------------- perplexity


@pytest.mark.parametrize("size", [2, 7, 1000])
def test_perplexity_of_the_uniform_is_the_size(size: int) -> None:
    assert perplexity(np.full(13, -math.log(size))) == pytest.approx(size)


def test_perplexity_by_hand_and_bounds() -> None:
    # Probabilities 1/2, 1/4, 1/8: geometric mean 1/4
    assert perplexity(np.log([1 / 2, 1 / 4, 1 / 8])) == pytest.approx(4)
    assert perplexity([0.0, 0.0]) == 1


# ----------------------------------------------------------------------------------------- neural network


def test_neural_forward_pass_is_bengios_equation() -> None:
    model = small_network(epochs=1).fit(list("abcabcabc"))
    weights = {name: value.detach().double().numpy() for name, value in model.network.named_parameters()}
    context = ["a", "x", "b"]
    x = weights["0.weight"][model.encode(context)].reshape(-1)
    hidden = np.tanh(weights["2.bias"] + weights["2.weight"] @ x)
    logits = weights["4.bias"] + weights["4.weight"] @ hidden
    expected = np.exp(logits) / np.exp(logits).sum()
    np.testing.assert_allclose(model.next_distribution(context), expected, atol=1e-6)


def test_neural_is_a_distribution_for_any_context_length() -> None:
    model = small_network(epochs=1).fit(list("abcabcabc"))
    for length in range(6):
        distribution = model.next_distribution(list("abcabc")[:length])
        assert distribution.sum() == pytest.approx(1, abs=1e-9)
        assert np.all(distribution > 0)


def test_neural_scores_agree_step_by_step() -> None:
    model = small_network(epochs=1).fit(list("abcabcabc"))
    text = list("cabba")
    steps = [model.next_distribution(text[:i])[model.encode([c])[0]] for i, c in enumerate(text)]
    np.testing.assert_allclose(model.log_probabilities(text), np.log(steps), atol=1e-6)
    assert model.log_probabilities([]).shape == (0,)


def test_neural_learns_what_the_unigram_cannot() -> None:
    generator = np.random.default_rng(0)
    # Each letter is decided by the two before it, except one time in ten
    text = ["a", "b"]
    for noise in generator.random(3000):
        follows = "abcd"["abcd".index(text[-1]) ^ ("abcd".index(text[-2]) + 1) % 4]
        text.append(str(generator.choice(list("abcd"))) if noise < 0.1 else follows)
    train, test = text[:2500], text[2500:]
    network = small_network(epochs=12, learning_rate=1e-2).fit(train)
    unigram = perplexity(NGramModel(1).fit(train).log_probabilities(test))
    assert perplexity(network.log_probabilities(test)) < 0.6 * unigram
    assert np.mean(network.losses[-20:]) < np.mean(network.losses[:20])


def test_neural_is_reproducible_and_leaves_the_global_seed_alone() -> None:
    torch.manual_seed(7)
    before = torch.random.get_rng_state()
    first = small_network(epochs=2).fit(list("abcabcabc"))
    assert torch.equal(before, torch.random.get_rng_state())
    second = small_network(epochs=2).fit(list("abcabcabc"))
    assert first.losses == second.losses
    assert small_network(epochs=2, seed=1).fit(list("abcabcabc")).losses != first.losses


# ---------------------------------------------------------------------------------------------- sampling


def warped(warper: Callable[..., Any], probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    logits = torch.from_numpy(np.log(probabilities)).unsqueeze(0)
    return np.asarray(warper(None, logits).softmax(dim=-1)[0])


@given(distributions, st.floats(0.05, 10))
def test_temperature_equals_transformers(probabilities: NDArray[np.float64], temperature: float) -> None:
    theirs = warped(TemperatureLogitsWarper(temperature), probabilities)
    np.testing.assert_allclose(apply_temperature(probabilities, temperature), theirs, atol=1e-9)


@given(distributions, st.integers(1, 15))
def test_top_k_equals_transformers(probabilities: NDArray[np.float64], k: int) -> None:
    np.testing.assert_allclose(
        apply_top_k(probabilities, k), warped(TopKLogitsWarper(k), probabilities), atol=1e-9
    )


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=12, unique=True), st.floats(0.01, 0.99))
def test_top_p_equals_transformers(weights: list[int], p: float) -> None:
    probabilities = np.array(weights) / sum(weights)
    cumulative = np.cumsum(np.sort(probabilities)[::-1])
    if np.min(np.abs(cumulative - p)) < 1e-9:
        return  # on the very edge, rounding decides
    np.testing.assert_allclose(
        apply_top_p(probabilities, p), warped(TopPLogitsWarper(p), probabilities), atol=1e-9
    )


def test_all_three_in_the_order_of_transformers() -> None:
    probabilities = np.random.default_rng(0).dirichlet(np.ones(50))
    logits = torch.from_numpy(np.log(probabilities)).unsqueeze(0)
    for warper in (TemperatureLogitsWarper(0.7), TopKLogitsWarper(20), TopPLogitsWarper(0.8)):
        logits = warper(None, logits)
    theirs = logits.softmax(dim=-1)[0].numpy()
    np.testing.assert_allclose(apply_all(probabilities, 0.7, 20, 0.8), theirs, atol=1e-9)
    np.testing.assert_allclose(apply_all(probabilities), probabilities, atol=1e-12)


@given(distributions, st.floats(0.01, 1))
def test_top_p_keeps_the_fewest_that_reach_p(probabilities: NDArray[np.float64], p: float) -> None:
    kept = apply_top_p(probabilities, p) > 0
    inside = probabilities[kept]
    assert inside.sum() >= p - 1e-9
    assert inside.sum() - inside.min() < p + 1e-9
    assert inside.min() >= probabilities[~kept].max(initial=0)


def test_temperature_extremes() -> None:
    probabilities = np.array([0.5, 0.3, 0.2, 0.0])
    np.testing.assert_allclose(apply_temperature(probabilities, 1e-4), [1, 0, 0, 0], atol=1e-12)
    np.testing.assert_allclose(apply_temperature(probabilities, 1e6), [1 / 3, 1 / 3, 1 / 3, 0], atol=1e-5)


def test_top_k_keeps_ties_as_transformers_does() -> None:
    np.testing.assert_allclose(apply_top_k([0.4, 0.2, 0.2, 0.2], 2), [0.4, 0.2, 0.2, 0.2])


def test_sample_follows_the_distribution_and_never_the_impossible() -> None:
    probabilities, generator = [0.0, 0.1, 0.0, 0.6, 0.3, 0.0], np.random.default_rng(0)
    frequencies = np.bincount([sample(probabilities, generator) for _ in range(20_000)], minlength=6) / 20_000
    assert frequencies[[0, 2, 5]].sum() == 0
    np.testing.assert_allclose(frequencies, probabilities, atol=0.015)
    assert greedy(probabilities) == 3


# -------------------------------------------------------------------------------------------- generation


@pytest.fixture(scope="module")
def model() -> NGramModel:
    return NGramModel(2).fit(words("el gato duerme . el gato come . el gato duerme . la casa azul ."))


def test_generate_is_reproducible_and_seed_matters(model: NGramModel) -> None:
    once = generate(model, ["el"], 30, seed=3)
    assert once == generate(model, ["el"], 30, seed=3)
    assert once != generate(model, ["el"], 30, seed=4)
    assert len(once) == 31
    assert once[0] == "el"


def test_generate_with_temperature_zero_is_greedy(model: NGramModel) -> None:
    prompt = ["la"]
    text = generate(model, prompt, 6, temperature=0)
    assert text == generate(model, prompt, 6, top_k=1, seed=9)
    assert text == generate(model, prompt, 6, temperature=0, seed=9)
    assert prompt == ["la"]  # the caller's list is not touched


def test_generate_stops_and_never_writes_unknown(model: NGramModel) -> None:
    assert generate(model, ["el"], 200, seed=0, stop=".").count(".") == 1
    assert UNKNOWN not in generate(model, [], 300, temperature=3, seed=0)


def test_generate_with_a_network() -> None:
    network = small_network(epochs=40, learning_rate=1e-2).fit(list("abc" * 40))
    assert "".join(generate(network, ["a"], 8, temperature=0)) == "abcabcabc"


# --------------------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("action", "error", "message"),
    [
        (lambda: NGramModel(0), ValueError, "order debe ser un entero, al menos 1; ha llegado 0"),
        (lambda: NGramModel(2, discount=1.5), ValueError, "discount debe estar entre 0 y 1; ha llegado 1.5"),
        (lambda: NGramModel(2).fit("una frase"), TypeError, "lista de tokens, no una cadena"),
        (lambda: NGramModel(2).fit([]), ValueError, "tokens está vacío"),
        (lambda: NGramModel(2).fit(["a", 3]), TypeError, "solo cadenas; ha llegado 3"),  # type: ignore[list-item]
        (lambda: NGramModel(2).fit(["a"], vocabulary=["a"]), ValueError, "vocabulary debe contener '<unk>'"),
        (lambda: NGramModel(2).next_distribution(["a"]), ValueError, "no está entrenado"),
        (lambda: NeuralLanguageModel(hidden_dim=0), ValueError, "hidden_dim"),
        (lambda: NeuralLanguageModel(learning_rate=0), ValueError, "learning_rate"),
        (lambda: NeuralLanguageModel().fit([]), ValueError, "tokens está vacío"),
        (lambda: NeuralLanguageModel().next_distribution(["a"]), ValueError, "no está entrenado"),
        (lambda: perplexity([]), ValueError, "no vacía"),
        (lambda: perplexity([0.5]), ValueError, "no positivos"),
        (lambda: perplexity([math.nan]), ValueError, "no positivos"),
        (lambda: apply_temperature([0.5, 0.5], 0), ValueError, "usa greedy"),
        (lambda: apply_temperature([0.5, 0.6], 1), ValueError, "sume 1"),
        (lambda: apply_top_k([1.0], 0), ValueError, "k debe ser"),
        (lambda: apply_top_p([1.0], 0), ValueError, "p debe ser mayor que 0"),
        (lambda: apply_top_p([math.nan], 0.5), ValueError, "sume 1"),
        (lambda: generate(NGramModel(1).fit(["a"]), "a", 3), TypeError, "prompt debe ser una lista"),
        (lambda: generate(NGramModel(1).fit(["a"]), ["a"], -1), ValueError, "max_new_tokens"),
        (lambda: generate(NGramModel(1, 0).fit([UNKNOWN]), [], 1), ValueError, "solo propone"),
    ],
)
def test_bad_input_is_explained(action: Callable[[], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        action()


# --------------------------------------------------------------------------------------------- widgets


def test_sampling_widget_redraws_with_its_controls(model: NGramModel) -> None:
    widgets = pytest.importorskip("course_utils.widgets.language_model")
    box = widgets.explore_sampling(model, "el gato")
    text, first, second, picture = box.children
    before = picture.value
    assert bytes(before).startswith(b"\x89PNG")
    for control, value in ((first.children[0], 0.3), (first.children[1], 1), (text, "la casa")):
        control.value = value
        assert picture.value != before
        before = picture.value
    second.children[0].value = 0.5


def test_sampling_picture_draws_what_the_functions_compute(model: NGramModel) -> None:
    widgets = pytest.importorskip("course_utils.widgets.language_model")
    axes = widgets.sampling_picture(model, "el", temperature=0.5, top_k=3).axes[0]
    widths = np.array([bar.get_width() for bar in axes.containers[1]])
    expected = model.next_distribution(["el"])
    expected[0] = 0
    expected = apply_all(expected / expected.sum(), 0.5, 3)
    np.testing.assert_allclose(np.sort(widths)[::-1], np.sort(expected)[::-1][: len(widths)], atol=1e-12)


def test_backoff_widget_has_a_panel_for_each_length(model: NGramModel) -> None:
    widgets = pytest.importorskip("course_utils.widgets.language_model")
    assert len(widgets.backoff_picture(model, "").axes) == 1
    panels = widgets.backoff_picture(model, "palabra nunca-vista").axes
    assert "retrocede" in panels[1].get_title()
    box = widgets.explore_backoff(model, "el")
    before = box.children[1].value
    box.children[0].value = "la casa"
    assert box.children[1].value != before
    with pytest.raises(TypeError, match="NGramModel"):
        widgets.backoff_picture(small_network(), "el")
