"""Word vectors: exact gradients, the papers' formulas, the library's pieces, corpora with a known answer."""

from __future__ import annotations

import random
from collections import Counter
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from gensim.models import KeyedVectors
from gensim.models.fasttext import FastTextKeyedVectors, compute_ngrams_bytes, ft_hash_bytes
from gensim.models.fasttext_inner import compute_ngrams
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from course_utils import corpora
from course_utils.embeddings import (
    Bags,
    FastText,
    GloVe,
    Vocabulary,
    Word2Vec,
    add_rows,
    character_ngrams,
    cooccurrence,
    fnv1a,
    negative_sampling_step,
    one_hot,
    ppmi,
)

unhurried = settings(deadline=None)  # a first call imports much

texts = st.lists(st.lists(st.sampled_from("abcdef"), max_size=9), max_size=6)
words = st.text(st.characters(min_codepoint=33, max_codepoint=0x2FF), min_size=1, max_size=12)


def planted(sentences: int = 600) -> list[list[str]]:
    """Sentences about one of two topics: words of a topic share contexts, words of both never do."""
    rng = random.Random(0)
    topics = [[f"{letter}{number}" for number in range(8)] for letter in "pq"]
    return [rng.choices(rng.choice(topics), k=8) for _ in range(sentences)]


def separation(vectors: KeyedVectors) -> float:
    """Mean cosine within the planted topics less that between them."""
    names = [f"{letter}{number}" for letter in "pq" for number in range(8)]
    unit = np.stack([vectors.get_vector(name, norm=True) for name in names])
    cosine, same = unit @ unit.T, np.kron(np.eye(2), np.ones((8, 8))) - np.eye(16)
    return float((cosine * same).sum() / same.sum() - cosine[:8, 8:].mean())


# ---------------------------------------------------------------- counting


@unhurried
@given(st.lists(st.sampled_from("abcd"), min_size=1, max_size=8))
def test_one_hot_is_orthonormal_and_recovers_the_word(listed: list[str]) -> None:
    rows, order = one_hot(listed), list(dict.fromkeys(listed))
    assert rows.shape == (len(listed), len(order))
    assert [order[column] for column in rows.argmax(1)] == listed
    products = rows @ rows.T
    np.testing.assert_array_equal(products, [[float(a == b) for b in listed] for a in listed])


@unhurried
@given(texts, st.integers(1, 4), st.booleans())
def test_cooccurrence_equals_a_double_loop(
    sentences: list[list[str]], window: int, by_distance: bool
) -> None:
    expected: Counter[tuple[str, str]] = Counter()
    for sentence in sentences:
        for i, centre in enumerate(sentence):
            for j, context in enumerate(sentence):
                if i != j and abs(i - j) <= window:
                    expected[centre, context] += 1 / abs(i - j) if by_distance else 1  # type: ignore[assignment]
    if not any(sentences):
        with pytest.raises(ValueError, match="ninguna palabra"):
            cooccurrence(sentences, window)
        return
    vocabulary, counts = cooccurrence(sentences, window, by_distance=by_distance)
    dense = counts.toarray()
    for i, a in enumerate(vocabulary):
        for j, b in enumerate(vocabulary):
            assert dense[i, j] == pytest.approx(expected[a, b])


def test_rare_words_are_dropped_before_counting() -> None:
    _, counts = cooccurrence([["a", "raro", "b"], ["a", "b"]], window=1, min_count=2)
    assert counts.toarray().tolist() == [[0, 2], [2, 0]]


@unhurried
@given(texts.filter(lambda sentences: any(len(sentence) > 1 for sentence in sentences)))
def test_ppmi_equals_its_formula(sentences: list[list[str]]) -> None:
    _, counts = cooccurrence(sentences, 2)
    dense, information = counts.toarray(), ppmi(counts).toarray()
    joint = dense / dense.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = np.log(joint / np.outer(joint.sum(1), joint.sum(0)))
    np.testing.assert_allclose(information, np.where(dense > 0, np.maximum(expected, 0), 0), atol=1e-12)


@unhurried
@given(texts.filter(any), st.integers(1, 3))
def test_vocabulary_is_sorted_and_encodes_the_text(sentences: list[list[str]], min_count: int) -> None:
    tally = Counter(word for sentence in sentences for word in sentence)
    if max(tally.values()) < min_count:
        with pytest.raises(ValueError, match="min_count"):
            Vocabulary(sentences, min_count)
        return
    vocabulary = Vocabulary(iter(sentences), min_count)
    assert dict(zip(vocabulary.words, vocabulary.counts.tolist(), strict=True)) == {
        word: count for word, count in tally.items() if count >= min_count
    }
    assert (np.diff(vocabulary.counts) <= 0).all()
    back: list[Any] = [
        (vocabulary.words[t], s) for t, s in zip(vocabulary.tokens, vocabulary.sentence_of, strict=True)
    ]
    assert back == [(w, n) for n, sentence in enumerate(sentences) for w in sentence if tally[w] >= min_count]


# ---------------------------------------------------------------- the step of negative sampling


def paper_loss(
    w_in: Tensor,
    w_out: Tensor,
    inputs: list[list[int]],
    targets: list[list[int]],
    noise: Tensor,
    negative: float,
) -> Tensor:
    """Equation 4 of Mikolov et al. (2013b), pair by pair."""
    loss = torch.zeros((), dtype=w_in.dtype)
    for bag, contexts in zip(inputs, targets, strict=True):
        hidden = w_in[bag].mean(0)
        for context in contexts:
            loss = loss - torch.log(torch.sigmoid(hidden @ w_out[context]))
            loss = loss - negative * torch.log(torch.sigmoid(-w_out[noise] @ hidden)).mean()
    return loss


def bags(groups: list[list[int]]) -> Bags:
    return Bags(
        torch.tensor(list(chain.from_iterable(groups))), torch.tensor([len(group) for group in groups])
    )


@pytest.mark.parametrize(
    ("inputs", "targets"),
    [
        ([[0], [3], [0]], [[1, 2], [2], [2, 4, 4]]),  # skip-gram
        ([[0, 1], [3, 3], [4, 1]], [[1], [2], [2]]),  # CBOW, bags of the same size
        ([[0, 5], [5, 6], [1, 5]], [[1, 1], [2], [3, 0]]),  # FastText
    ],
)
def test_step_is_the_papers_loss_and_its_gradient(inputs: list[list[int]], targets: list[list[int]]) -> None:
    torch.manual_seed(0)
    w_in = torch.randn(7, 4, dtype=torch.float64, requires_grad=True)
    w_out = torch.randn(5, 4, dtype=torch.float64, requires_grad=True)
    noise = torch.tensor([1, 3, 1])
    expected = paper_loss(w_in, w_out, inputs, targets, noise, negative=5)
    expected.backward()  # type: ignore[no-untyped-call]
    assert w_in.grad is not None
    assert w_out.grad is not None
    new_in, new_out = w_in.detach().clone(), w_out.detach().clone()
    loss = negative_sampling_step(new_in, new_out, bags(inputs), bags(targets), noise, 5, learning_rate=0.01)
    assert loss == pytest.approx(expected.item(), rel=1e-12)
    # As in word2vec.c, each row of a bag gets the whole gradient of the mean instead of its share.
    rows_in_bag = len(inputs[0])
    torch.testing.assert_close(new_in, w_in.detach() - 0.01 * rows_in_bag * w_in.grad, rtol=0, atol=1e-12)
    torch.testing.assert_close(new_out, w_out.detach() - 0.01 * w_out.grad, rtol=0, atol=1e-12)


@unhurried
@given(st.lists(st.integers(0, 4), min_size=1, max_size=12))
def test_add_rows_adds_repeated_rows(rows: list[int]) -> None:
    values = torch.arange(2.0 * len(rows)).view(-1, 2)
    matrix, expected = torch.zeros(5, 2), torch.zeros(5, 2)
    add_rows(matrix, torch.tensor(rows), values)
    for row, value in zip(rows, values, strict=True):
        expected[row] += value
    torch.testing.assert_close(matrix, expected)


@given(
    st.lists(st.lists(st.integers(0, 9), min_size=1, max_size=9), min_size=1, max_size=5), st.integers(1, 4)
)
@settings(max_examples=50, deadline=None)
def test_windows_stay_within_sentence_and_width(sentences: list[list[int]], window: int) -> None:
    from course_utils.embeddings import _Text

    sentence_of = torch.tensor([n for n, sentence in enumerate(sentences) for _ in sentence])
    flat = [(n, i) for n, sentence in enumerate(sentences) for i in range(len(sentence))]
    # The words are their own places, so that what comes back can be located.
    text = _Text(torch.arange(len(flat)), sentence_of, window)
    widths = set()
    for seed in range(10):
        context, centre = text.neighbours(torch.arange(len(flat)), torch.Generator().manual_seed(seed))
        for place, found in zip(
            centre.ids.tolist(), torch.split(context.ids, context.sizes.tolist()), strict=True
        ):
            number, position = flat[place]
            first, size = place - position, len(sentences[number])
            reach = max(abs(other - place) for other in found.tolist())
            assert 1 <= reach <= window
            expected = [o for o in range(first, first + size) if o != place and abs(o - place) <= reach]
            assert found.tolist() == expected
            widths.add(reach)
        assert len(centre.ids) == sum(len(sentence) for sentence in sentences if len(sentence) > 1)
    if max(map(len, sentences)) > window + 4:
        assert len(widths) == window


# ---------------------------------------------------------------- whole models

SMALL: dict[str, Any] = {"dim": 16, "min_count": 1, "epochs": 12, "window": 3}
MODELS: dict[str, Any] = {
    "skip-gram": lambda **more: Word2Vec(**{**SMALL, "batch_size": 64, "sample": 0, **more}),
    "cbow": lambda **more: Word2Vec(**{**SMALL, "batch_size": 64, "sample": 0, "sg": False, **more}),
    "fasttext": lambda **more: FastText(**{**SMALL, "batch_size": 64, "sample": 0, "buckets": 500, **more}),
    "glove": lambda **more: GloVe(**{**SMALL, "batch_size": 32, "epochs": 40, **more}),
}


@pytest.mark.parametrize("name", MODELS)
def test_planted_topics_separate_and_loss_falls(name: str) -> None:
    seen: list[tuple[int, float]] = []
    model = MODELS[name]()
    model.fit(planted(), on_epoch=lambda epoch, now: seen.append((epoch, separation(now.wv))))
    assert [epoch for epoch, _ in seen] == list(range(model.epochs + 1))
    assert abs(seen[0][1]) < 0.2
    assert seen[-1][1] > 0.5
    assert len(model.history) == model.epochs
    assert model.history[-1] < model.history[0]
    nearest = [word for word, _ in model.wv.most_similar("p0", topn=7)]
    assert sum(word.startswith("p") for word in nearest) >= 6


@pytest.mark.parametrize("name", MODELS)
def test_same_seed_same_vectors(name: str) -> None:
    text = planted(60)
    first, again, other = (MODELS[name](seed=seed, epochs=2).fit(text).wv for seed in (3, 3, 4))
    np.testing.assert_array_equal(first.vectors, again.vectors)
    assert first.index_to_key == again.index_to_key
    assert not np.allclose(first.vectors, other.vectors)


def test_the_vectors_are_the_librarys_and_survive_saving(tmp_path: Path) -> None:
    vectors = MODELS["skip-gram"](epochs=1).fit(planted(60)).wv
    vectors.save_word2vec_format(str(tmp_path / "vectors.txt"))
    back = KeyedVectors.load_word2vec_format(str(tmp_path / "vectors.txt"))
    assert back.index_to_key == vectors.index_to_key
    np.testing.assert_allclose(back.vectors, vectors.vectors, rtol=1e-5)
    assert vectors.get_vecattr("p0", "count") == sum(sentence.count("p0") for sentence in planted(60))


def test_sample_skips_frequent_words_only() -> None:
    model = Word2Vec(dim=4, min_count=1, epochs=1, sample=0.01)
    model.fit([["el"] * 50 + ["a", "b"]] * 10 + [[f"w{n}", f"v{n}"] for n in range(100)])
    # word2vec.c: sqrt(t/f) + t/f
    frequency = 500 / 720
    assert float(model._keep[0]) == pytest.approx((0.01 / frequency) ** 0.5 + 0.01 / frequency)
    assert float(model._keep[-1]) == 1


# ---------------------------------------------------------------- FastText


@unhurried
@given(words, st.integers(1, 4), st.integers(0, 4))
def test_ngrams_are_gensims(word: str, shortest: int, extra: int) -> None:
    assert Counter(character_ngrams(word, shortest, shortest + extra)) == Counter(
        compute_ngrams(word, shortest, shortest + extra)
    )


@unhurried
@given(words)
def test_hash_is_gensims(word: str) -> None:
    assert fnv1a(word) == ft_hash_bytes(word.encode())
    expected = Counter(ft_hash_bytes(piece) for piece in compute_ngrams_bytes(word, 3, 6))
    assert Counter(fnv1a(piece) for piece in character_ngrams(word)) == expected


def test_fasttext_vectors_are_means_of_pieces_known_and_unseen() -> None:
    model = FastText(dim=8, min_count=1, epochs=2, buckets=50)
    model.fit([["canto", "cantas"], ["cantamos", "año"]])
    assert isinstance(model.wv, FastTextKeyedVectors)
    size = len(model.vocabulary.words)
    for word in ["canto", "año", "cantaban", "ñu"]:
        rows = [size + ft_hash_bytes(piece) % 50 for piece in compute_ngrams_bytes(word, 3, 6)]
        if word in model.vocabulary.index:
            rows.append(model.vocabulary.index[word])
        np.testing.assert_allclose(model.wv[word], model.w_in[rows].mean(0).numpy(), atol=1e-6)
    # gensim, from the same parts, composes the same vectors.
    ours = model.wv.vectors.copy()
    model.wv.adjust_vectors()
    np.testing.assert_allclose(ours, model.wv.vectors, atol=1e-6)


def test_fasttext_saved_by_gensim_still_knows_unseen_words(tmp_path: Path) -> None:
    vectors = FastText(dim=8, min_count=1, epochs=1, buckets=50).fit([["canto", "cantas"]]).wv
    vectors.save(str(tmp_path / "vectors"))
    back = FastTextKeyedVectors.load(str(tmp_path / "vectors"))
    np.testing.assert_allclose(back["cantaban"], vectors["cantaban"], atol=1e-6)
    np.testing.assert_allclose(back["canto"], vectors["canto"], atol=1e-6)


def test_fasttext_cbow_bags_join_the_pieces_of_all_words() -> None:
    model = FastText(dim=8, min_count=1, epochs=1, buckets=50, sg=False)
    model.fit([["uno", "dos", "tres"]])
    index = model.vocabulary.index
    pieces = [
        torch.split(model._pieces.ids, model._pieces.sizes.tolist())[index[word]].tolist()
        for word in ["uno", "tres"]
    ]
    joined = model._inputs(bags([[index["uno"], index["tres"]], [index["tres"]]]))
    assert joined.ids.tolist() == pieces[0] + pieces[1] + pieces[1]
    assert joined.sizes.tolist() == [len(pieces[0]) + len(pieces[1]), len(pieces[1])]


def test_fasttext_gives_unseen_spanish_plurals_their_meaning() -> None:
    """Plurals never seen fall among the nouns of their kind, which spelling alone does not achieve."""
    spanish = corpora.spanish_words()
    kinds = {}
    for topic, column in [("animals", "animal"), ("foods", "food"), ("trades", "man")]:
        kinds.update({row[column].split(" ", 1)[1]: topic for row in corpora.spanish_facts(topic)})
    seen = {word for sentence in spanish for word in sentence}
    kinds = {noun: topic for noun, topic in kinds.items() if noun in seen}
    plurals = {corpora.plural(noun): noun for noun in kinds if corpora.plural(noun) not in kinds}
    assert len(plurals) > 100
    training = [sentence for sentence in spanish if not plurals.keys() & set(sentence)]

    def accuracy(vectors: KeyedVectors) -> float:
        nouns = [noun for noun in kinds if noun in vectors.key_to_index]
        unit = np.stack([vectors.get_vector(noun, norm=True) for noun in nouns])
        right = 0
        for plural, noun in plurals.items():
            assert plural not in vectors.key_to_index
            cosine = unit @ vectors.get_vector(plural, norm=True)
            likeness = {
                topic: np.mean(
                    [c for c, n in zip(cosine, nouns, strict=True) if kinds[n] == topic and n != noun]
                )
                for topic in ("animals", "foods", "trades")
            }
            right += max(likeness, key=lambda topic: likeness[topic]) == kinds[noun]
        return right / len(plurals)

    course: list[float] = []
    model = FastText(dim=50, min_count=1, epochs=3, learning_rate=0.05, buckets=20_000, seed=1)
    model.fit(training, on_epoch=lambda _, now: course.append(accuracy(now.wv)))
    assert course[0] < 0.5  # pieces at random: chance is a third
    assert course[-1] > 0.8


def test_fasttext_puts_unseen_inflections_beside_their_family() -> None:
    spanish = corpora.spanish_words()
    hidden = [
        "cantaban",
        "bailaban",
        "hablaban",
        "trabajaban",
        "caminaban",
        "cocinaban",
        "escuchaban",
        "pintaban",
    ]
    training = [sentence for sentence in spanish if not set(hidden) & set(sentence)]
    vectors = (
        FastText(dim=50, min_count=1, epochs=3, learning_rate=0.05, buckets=20_000, seed=1).fit(training).wv
    )
    for word in hidden:
        assert word not in vectors.key_to_index
    relatives = [
        [near for near, _ in vectors.most_similar(word, topn=5) if near.startswith(word[:-4])]
        for word in hidden
    ]
    assert sum(bool(found) for found in relatives) >= 6, relatives


# ---------------------------------------------------------------- GloVe


def test_glove_step_is_adagrad_on_the_papers_loss() -> None:
    model = GloVe(dim=3, min_count=1, window=2, epochs=1, x_max=1.5, batch_size=10_000, seed=5)
    before: dict[str, Tensor] = {}

    def keep(epoch: int, now: GloVe) -> None:
        if epoch == 0:
            before.update(w=now.w.double().clone(), context=now.w_context.double().clone())

    text = [["a", "b", "c", "a"], ["b", "d"]]
    model.fit(text, on_epoch=keep)
    w, context = (before[name].requires_grad_() for name in ("w", "context"))
    _, counts = cooccurrence(text, 2, by_distance=True)
    loss = torch.zeros((), dtype=torch.float64)
    for i, j in zip(*counts.nonzero(), strict=True):
        x = counts[i, j]
        score = w[i, :3] @ context[j, :3] + w[i, 3] + context[j, 4]  # w · w̃ + b + b̃
        loss = loss + min(1, (x / 1.5) ** 0.75) * (score - np.log(x)) ** 2
    assert model.history == [pytest.approx(loss.item() / counts.nnz, rel=1e-5)]
    (loss / 2).backward()  # type: ignore[no-untyped-call]
    torch.testing.assert_close(model.w[:, 4], torch.ones(4))
    torch.testing.assert_close(model.w_context[:, 3], torch.ones(4))
    _check_adagrad(model.w, w, [0, 1, 2, 3], model, counts.nnz)
    _check_adagrad(model.w_context, context, [0, 1, 2, 4], model, counts.nnz)


def _check_adagrad(after: Tensor, before: Tensor, columns: list[int], model: GloVe, pairs: int) -> None:
    """A move against the gradient of every parameter, no longer than the learning rate times the gradient."""
    assert before.grad is not None
    moved = (after.double() - before.detach())[:, columns]
    gradient = before.grad[:, columns]
    assert (moved * gradient <= 1e-9).all()
    assert (moved.abs() <= model.learning_rate * gradient.abs() + 1e-6).all()
    assert moved.abs().max() > 0


def test_glove_adagrad_by_hand() -> None:
    model = GloVe(dim=1, learning_rate=0.5)
    matrix, squares = torch.zeros(2, 1), torch.ones(2, 1)
    model._adagrad(matrix, squares, torch.tensor([0, 0, 1]), torch.tensor([[1.0], [2.0], [3.0]]))
    assert squares.flatten().tolist() == [6, 10]
    assert matrix.flatten().tolist() == pytest.approx([-0.5 * 3 / 6**0.5, -0.5 * 3 / 10**0.5])


def test_glove_recovers_the_logarithm_of_the_counts() -> None:
    text = planted(40)
    model = GloVe(dim=16, min_count=1, window=2, epochs=400, x_max=1, batch_size=32).fit(text)
    _, counts = cooccurrence(text, 2, by_distance=True)
    fitted = (model.w @ model.w_context.T).numpy()
    rows, columns = counts.nonzero()
    assert np.abs(fitted[rows, columns] - np.log(counts.toarray()[rows, columns])).mean() < 0.05


# ---------------------------------------------------------------- bad input


@pytest.mark.parametrize("model", [Word2Vec, FastText, GloVe])
@pytest.mark.parametrize(
    ("sentences", "error", "message"),
    [
        ("hola mundo", TypeError, "lista de frases"),
        (["hola", "mundo"], TypeError, "sin separar en palabras"),
        ([], ValueError, "ninguna palabra"),
        ([[]], ValueError, "ninguna palabra"),
        ([["a", "b"]], ValueError, "min_count=2"),
        ([["a"], ["a"]], ValueError, "ninguna frase conserva dos palabras"),
    ],
)
def test_bad_sentences(model: Any, sentences: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        model(dim=4, min_count=2).fit(sentences)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Word2Vec(0), "dim debe ser al menos 1; ha llegado 0"),
        (lambda: Word2Vec(window=0), "window"),
        (lambda: Word2Vec(epochs=0), "epochs"),
        (lambda: Word2Vec(negative=0), "negative"),
        (lambda: Word2Vec(sample=-1), "sample"),
        (lambda: Word2Vec(learning_rate=0), "learning_rate debe ser mayor que 0"),
        (lambda: Word2Vec(learning_rate=float("nan")), "learning_rate"),
        (lambda: GloVe(x_max=0), "x_max"),
        (lambda: GloVe(batch_size=0), "batch_size"),
        (lambda: FastText(min_n=4, max_n=3), "max_n debe ser al menos 4; ha llegado 3"),
        (lambda: FastText(buckets=0), "buckets"),
        (lambda: cooccurrence([["a", "b"]], window=0), "window"),
        (lambda: one_hot([]), "words está vacío"),
    ],
)
def test_bad_arguments(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_one_hot_of_a_string() -> None:
    with pytest.raises(TypeError, match="lista de palabras"):
        one_hot("hola")
