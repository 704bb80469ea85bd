"""Word vectors from scratch: one-hot, co-occurrence counts, Word2Vec, GloVe and FastText.

Every model learns from a list of sentences (lists of words) and leaves its result in `.wv`, a gensim
`KeyedVectors`, so that neighbours, analogies, evaluation and saving are the library's.

The order of the file is the order of the ideas: counting, then the part that all models share (vocabulary and
epochs), then predicting words from words (`Word2Vec`), from pieces of words (`FastText`), and finally
factorising the counts (`GloVe`). Gradients are written by hand, in a few matrix products for each batch; the
tests compare them with torch's autograd.

Simplified on purpose: the noise words are shared by a whole batch (word2vec.c draws five for every pair), and
everything runs in one process.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import embedding_bag, logsigmoid

if TYPE_CHECKING:
    from gensim.models import KeyedVectors
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

Sentences = Iterable[Sequence[str]]


# ---------------------------------------------------------------- counting


def one_hot(words: Sequence[str]) -> NDArray[np.float32]:
    """Return one row for each word, with a single 1 in the column of that word.

    Args:
        words: n words; a repeated word gets the same row. Columns follow the order of first appearance.

    Returns:
        Array of shape (n, number of different words).

    Raises:
        TypeError: if a string comes instead of a list of words.
        ValueError: if there are no words.

    >>> one_hot(["gato", "perro", "gato"])
    array([[1., 0.],
           [0., 1.],
           [1., 0.]], dtype=float32)
    """
    if isinstance(words, str):
        raise TypeError(f"words debe ser una lista de palabras; ha llegado el texto {words!r}")
    if not len(words):
        raise ValueError("words está vacío; se esperaba al menos una palabra")
    column = {word: position for position, word in enumerate(dict.fromkeys(words))}
    return np.eye(len(column), dtype=np.float32)[[column[word] for word in words]]


class Vocabulary:
    """The words seen at least `min_count` times, the most frequent first, and the text as their numbers.

    Attributes:
        words: the vocabulary; `words[i]` is the word number i.
        counts: how often each one occurs, shape (vocabulary,).
        tokens: the whole text as word numbers, one sentence after another; rare words are dropped.
        sentence_of: for each token, the number of its sentence.

    Raises:
        TypeError: if `sentences` is a string, or a list of strings.
        ValueError: if nothing is left to learn from.

    >>> Vocabulary([["el", "gato"], ["el", "perro"]]).words
    ['el', 'gato', 'perro']
    """

    def __init__(self, sentences: Sentences, min_count: int = 1) -> None:
        expected = "se esperaba una lista de frases, y cada frase una lista de palabras"
        if isinstance(sentences, str):
            raise TypeError(f"sentences es un texto ({sentences[:30]!r}); {expected}")
        sentences = list(sentences)
        if any(isinstance(sentence, str) for sentence in sentences):
            raise TypeError(f"sentences contiene textos sin separar en palabras; {expected}")
        if not any(len(sentence) for sentence in sentences):
            raise ValueError(f"sentences no contiene ninguna palabra; {expected}")
        ranked = Counter(chain.from_iterable(sentences)).most_common()
        kept = [(word, count) for word, count in ranked if count >= min_count]
        if not kept:
            raise ValueError(
                f"ninguna palabra aparece min_count={min_count} veces o más; "
                f"la más frecuente, {ranked[0][1]}: baja min_count"
            )
        self.words = [word for word, _ in kept]
        self.counts = np.array([count for _, count in kept], dtype=np.int64)
        self.index = {word: number for number, word in enumerate(self.words)}
        known = [[self.index[word] for word in sentence if word in self.index] for sentence in sentences]
        self.tokens = np.fromiter(chain.from_iterable(known), dtype=np.int64)
        self.sentence_of = np.repeat(np.arange(len(known)), [len(sentence) for sentence in known])


def _count_pairs(vocabulary: Vocabulary, window: int, by_distance: bool) -> csr_matrix:
    from scipy.sparse import coo_matrix

    tokens, sentence_of = vocabulary.tokens, vocabulary.sentence_of
    size = len(vocabulary.words)
    total = coo_matrix((size, size)).tocsr()
    for distance in range(1, window + 1):
        left, right = tokens[:-distance], tokens[distance:]
        together = sentence_of[:-distance] == sentence_of[distance:]
        weight = np.full(together.sum(), 1 / distance if by_distance else 1.0)
        # Converting to CSR adds up repeated pairs.
        total = total + coo_matrix((weight, (left[together], right[together])), shape=(size, size)).tocsr()
    return (total + total.T).tocsr()


def cooccurrence(
    sentences: Sentences, window: int = 5, min_count: int = 1, by_distance: bool = False
) -> tuple[list[str], csr_matrix]:
    """Count how often each pair of words occurs within `window` positions in a sentence.

    Args:
        sentences: lists of words.
        window: how far apart two words may be.
        min_count: words seen fewer times are dropped before counting.
        by_distance: a pair d positions apart counts 1/d instead of 1, as in GloVe.

    Returns:
        The words (most frequent first), and the symmetric counts as a sparse matrix (vocabulary, vocabulary).

    Raises:
        TypeError: if `sentences` is not a list of lists of words.
        ValueError: if `window` is below 1, or nothing is left to count.

    >>> words, counts = cooccurrence([["come", "manzana"], ["come", "pera"]])
    >>> words, counts.toarray()[0].tolist()
    (['come', 'manzana', 'pera'], [0.0, 1.0, 1.0])
    """
    _at_least(1, window=window, min_count=min_count)
    vocabulary = Vocabulary(sentences, min_count)
    return vocabulary.words, _count_pairs(vocabulary, window, by_distance)


def ppmi(counts: csr_matrix) -> csr_matrix:
    """Positive pointwise mutual information: how much oftener than by chance two words meet.

    max(0, log(P(a, b) / (P(a) P(b)))), of Church and Hanks (1990). Levy and Goldberg (2014) show that
    Word2Vec factorises it, but for a constant.

    Args:
        counts: symmetric co-occurrence counts, (vocabulary, vocabulary).

    Returns:
        Sparse matrix of the same shape, in nats.

    >>> _, counts = cooccurrence([["a", "b"], ["c", "d"]])
    >>> round(float(ppmi(counts)[0, 1]), 3)  # log(4): a and b meet four times oftener than by chance
    1.386
    """
    pairs = counts.tocoo()
    totals = np.asarray(counts.sum(axis=1), dtype=np.float64).ravel()
    information = np.log(pairs.data * totals.sum() / (totals[pairs.row] * totals[pairs.col]))
    pairs.data = np.maximum(information, 0)
    result = pairs.tocsr()
    result.eliminate_zeros()
    return result


def _at_least(minimum: float, **values: float) -> None:
    for name, value in values.items():
        if not value >= minimum:
            raise ValueError(f"{name} debe ser al menos {minimum}; ha llegado {value}")


# ---------------------------------------------------------------- what all the models share


class _WordVectors:
    """Vocabulary, epochs and result. A model adds `_prepare`, `_run_epoch` and `_publish`."""

    wv: KeyedVectors
    """The vectors, as the library's `KeyedVectors`; brought up to date after each epoch."""
    history: list[float]
    """Mean loss of each epoch."""

    def __init__(
        self, dim: int, *, window: int, min_count: int, epochs: int, seed: int, learning_rate: float
    ) -> None:
        _at_least(1, dim=dim, window=window, min_count=min_count, epochs=epochs)
        if not learning_rate > 0:
            raise ValueError(f"learning_rate debe ser mayor que 0; ha llegado {learning_rate}")
        self.dim, self.window, self.min_count = dim, window, min_count
        self.epochs, self.seed, self.learning_rate = epochs, seed, learning_rate

    def fit(self, sentences: Sentences, on_epoch: Callable[[int, Any], None] | None = None) -> Any:
        """Learn the vectors.

        Args:
            sentences: lists of words.
            on_epoch: called as `on_epoch(epoch, model)` before training (epoch 0) and after each epoch, when
                `model.wv` holds the vectors of that moment.

        Returns:
            The model itself.

        Raises:
            TypeError: if `sentences` is not a list of lists of words.
            ValueError: if no sentence keeps two words.
        """
        from tqdm.auto import tqdm

        self.vocabulary = Vocabulary(sentences, self.min_count)
        if not (np.diff(self.vocabulary.sentence_of) == 0).any():
            raise ValueError(
                f"ninguna frase conserva dos palabras con min_count={self.min_count}: "
                "no hay contextos de los que aprender"
            )
        self._generator = torch.Generator().manual_seed(self.seed)
        self.history = []
        self._prepare()
        self._publish()
        if on_epoch:
            on_epoch(0, self)
        for epoch in tqdm(range(self.epochs), desc=type(self).__name__, leave=False, delay=2):
            self.history.append(self._run_epoch(epoch))
            self._publish()
            if on_epoch:
                on_epoch(epoch + 1, self)
        return self

    def _prepare(self) -> None:
        raise NotImplementedError

    def _run_epoch(self, epoch: int) -> float:
        raise NotImplementedError

    def _publish(self) -> None:
        raise NotImplementedError

    def _uniform(self, rows: int, scale: float) -> Tensor:
        """Random matrix (rows, dim), uniform in (-scale, scale)."""
        return (torch.rand(rows, self.dim, generator=self._generator) * 2 - 1) * scale

    def _fill(self, vectors: KeyedVectors, matrix: Tensor) -> None:
        """Put a matrix, one row for each word of the vocabulary, into gensim's object."""
        words = self.vocabulary.words
        vectors.key_to_index, vectors.index_to_key = dict(self.vocabulary.index), list(words)
        vectors.vectors, vectors.norms = matrix.numpy().copy(), None
        vectors.expandos = {"count": self.vocabulary.counts}
        self.wv = vectors


# ---------------------------------------------------------------- Word2Vec


class Bags(NamedTuple):
    """Groups of numbers of different length, end to end, as `torch.nn.functional.embedding_bag` wants them.

    The groups [[5, 7], [2]] are ids = [5, 7, 2], sizes = [2, 1].
    """

    ids: Tensor
    sizes: Tensor

    @property
    def starts(self) -> Tensor:
        """Where each group begins within `ids`."""
        return self.sizes.cumsum(0) - self.sizes

    @property
    def owner(self) -> Tensor:
        """For each id, the number of its group."""
        return torch.repeat_interleave(self.sizes)


def negative_sampling_step(
    w_in: Tensor,
    w_out: Tensor,
    inputs: Bags,
    targets: Bags,
    noise: Tensor,
    negative: float,
    learning_rate: float,
) -> float:
    """Take one step of gradient descent, in place, and return the loss summed over the pairs.

    For an input vector h (the mean of its bag's rows of `w_in`) and one of its targets o, the loss is

        -log σ(h · v_o) - negative · E_n[log σ(-h · v_n)]

    (Mikolov et al. 2013b, equation 4) with the expectation taken over the `noise` words, shared by the batch.
    As in word2vec.c, each row of a bag receives the whole gradient of h, not its share 1/size: for bags of
    several rows that is a learning rate `size` times larger.

    Args:
        w_in: input vectors, (rows, dim); changed.
        w_out: output vectors, (vocabulary, dim); changed.
        inputs: n bags of rows of `w_in`.
        targets: n bags of words that should score high with the input of the same position.
        noise: words drawn at random, (k,).
        negative: how many noise words each pair stands against.
        learning_rate: size of the step.

    >>> w_in, w_out = torch.ones(1, 2), torch.zeros(2, 2)
    >>> one = Bags(torch.tensor([0]), torch.tensor([1]))
    >>> round(negative_sampling_step(w_in, w_out, one, one, torch.tensor([1]), 1, 0.1), 4)  # 2 log 2
    1.3863
    >>> w_out  # the target comes nearer, the noise goes away
    tensor([[ 0.0500,  0.0500],
            [-0.0500, -0.0500]])
    """
    hidden = embedding_bag(inputs.ids, w_in, inputs.starts, mode="mean")  # (n, dim)
    hidden_of_pair = hidden.index_select(0, targets.owner)  # (pairs, dim)
    v_noise = w_out[noise]  # (k, dim)
    positive_score = (hidden_of_pair * w_out.index_select(0, targets.ids)).sum(1)  # (pairs,)
    noise_score = hidden @ v_noise.T  # (n, k)
    weight = targets.sizes[:, None].to(hidden.dtype) * (negative / len(noise))  # (n, 1)
    loss = -logsigmoid(positive_score).sum() - (weight * logsigmoid(-noise_score)).sum()

    # d loss / d score = σ(score) - label; with the sign turned, so that steps are added.
    pull = learning_rate * torch.sigmoid(-positive_score)
    push = -learning_rate * weight * torch.sigmoid(noise_score)
    step = push @ v_noise + embedding_bag(
        targets.ids, w_out, targets.starts, mode="sum", per_sample_weights=pull
    )  # (n, dim)
    add_rows(w_out, targets.ids, pull[:, None] * hidden_of_pair)
    add_rows(w_out, noise, push.T @ hidden)
    add_rows(w_in, inputs.ids, step.index_select(0, inputs.owner))
    return float(loss)


def add_rows(matrix: Tensor, rows: Tensor, values: Tensor) -> None:
    """Do `matrix[rows] += values`, in place, adding up the rows that come more than once.

    >>> matrix = torch.zeros(2, 1)
    >>> add_rows(matrix, torch.tensor([1, 1]), torch.ones(2, 1))
    >>> matrix.tolist()
    [[0.0], [2.0]]
    """
    matrix.scatter_add_(0, rows[:, None].expand_as(values), values)  # faster than index_add_ on a CPU


class Word2Vec(_WordVectors):
    """Word vectors that predict the neighbours of each word (Mikolov et al. 2013a, 2013b).

    Skip-gram predicts every neighbour from the centre; CBOW, the centre from the mean of its neighbours. Both
    with negative sampling, subsampling of frequent words, a window whose width is drawn for each centre, and
    a learning rate that falls linearly.

    Args:
        dim: numbers in each vector.
        window: largest distance between centre and neighbour.
        min_count: words seen fewer times are dropped.
        epochs: passes over the text.
        seed: fixes every random choice.
        sg: skip-gram if true, CBOW if false (as in gensim).
        negative: noise words for each pair.
        sample: words more frequent than this are partly skipped; 0 keeps all.
        learning_rate: of the first batch; the last one gets almost 0.
        batch_size: centres in each step; 512 for skip-gram and 1024 for CBOW, which has fewer pairs.
        noise_size: noise words drawn for each step, and shared by its pairs.

    Raises:
        ValueError: if an argument is out of range.

    >>> text = [["el", "gato", "duerme"], ["el", "perro", "duerme"]]
    >>> Word2Vec(dim=8, min_count=1, epochs=2).fit(text).wv["gato"].shape
    (8,)
    """

    def __init__(
        self,
        dim: int = 100,
        *,
        window: int = 5,
        min_count: int = 5,
        epochs: int = 5,
        seed: int = 0,
        sg: bool = True,
        negative: int = 5,
        sample: float = 1e-3,
        learning_rate: float = 0.025,
        batch_size: int | None = None,
        noise_size: int = 64,
    ) -> None:
        super().__init__(
            dim, window=window, min_count=min_count, epochs=epochs, seed=seed, learning_rate=learning_rate
        )
        batch_size = (512 if sg else 1024) if batch_size is None else batch_size
        _at_least(1, negative=negative, batch_size=batch_size, noise_size=noise_size)
        _at_least(0, sample=sample)
        self.sg, self.negative, self.sample = sg, negative, sample
        self.batch_size, self.noise_size = batch_size, noise_size

    _spread = 0.5  # of the first vectors, times dim; that of word2vec.c

    def _prepare(self) -> None:
        counts = torch.from_numpy(self.vocabulary.counts).double()
        # The power flattens the frequencies: rare words are drawn somewhat oftener than they occur.
        self._noise_weights = counts**0.75
        excess = self.sample * counts.sum() / counts
        # word2vec.c's formula, kinder to words just above the threshold than the paper's sqrt alone.
        self._keep = (excess.sqrt() + excess).clamp(max=1) if self.sample else torch.ones(len(counts))
        self.w_in = self._uniform(self._input_rows(), self._spread / self.dim)
        self.w_out = torch.zeros(len(counts), self.dim)

    def _input_rows(self) -> int:
        return len(self.vocabulary.words)

    def _inputs(self, words: Bags) -> Bags:
        """Which rows of `w_in` make up the input; each word is its own row here, and many in FastText."""
        return words

    def _run_epoch(self, epoch: int) -> float:
        tokens = torch.from_numpy(self.vocabulary.tokens)
        draws = torch.rand(len(tokens), generator=self._generator)
        kept = draws < self._keep[tokens]
        text = _Text(tokens[kept], torch.from_numpy(self.vocabulary.sentence_of)[kept], self.window)
        order = torch.randperm(len(text.tokens), generator=self._generator)
        batches = order.split(self.batch_size)  # type: ignore[no-untyped-call]
        noise = torch.multinomial(
            self._noise_weights,
            max(1, len(batches)) * self.noise_size,
            replacement=True,
            generator=self._generator,
        ).view(-1, self.noise_size)
        loss, pairs = 0.0, 0
        for number, centres in enumerate(batches):
            progress = (epoch + number / len(batches)) / self.epochs
            context, centre = text.neighbours(centres, self._generator)
            inputs, targets = (centre, context) if self.sg else (context, centre)
            loss += negative_sampling_step(
                self.w_in,
                self.w_out,
                self._inputs(inputs),
                targets,
                noise[number],
                self.negative,
                self.learning_rate * max(1 - progress, 1e-3),
            )
            pairs += len(targets.ids)
        return loss / max(1, pairs)

    def _publish(self) -> None:
        from gensim.models import KeyedVectors

        self._fill(KeyedVectors(self.dim), self.w_in)


class _Text:
    """A text as word numbers that knows, at each position, how much of the sentence lies on either side."""

    def __init__(self, tokens: Tensor, sentence_of: Tensor, window: int) -> None:
        self.tokens, self.window = tokens, window
        _, lengths = sentence_of.unique_consecutive(return_counts=True)  # type: ignore[no-untyped-call]
        starts = lengths.cumsum(0) - lengths
        self._before = torch.arange(len(tokens)) - starts.repeat_interleave(lengths)
        self._after = lengths.repeat_interleave(lengths) - 1 - self._before
        self._offsets = torch.cat([torch.arange(-window, 0), torch.arange(1, window + 1)])

    def neighbours(self, centres: Tensor, generator: torch.Generator) -> tuple[Bags, Bags]:
        """Return, for these positions, the neighbouring words and the word itself, as bags.

        The width of each window is drawn from 1 to `window`: near neighbours are used oftener.
        """
        width = torch.randint(1, self.window + 1, (len(centres),), generator=generator)
        first = -torch.minimum(width, self._before[centres])
        last = torch.minimum(width, self._after[centres])
        inside = (self._offsets >= first[:, None]) & (self._offsets <= last[:, None])
        sizes = inside.sum(1)
        places = (centres[:, None] + self._offsets).masked_select(inside)
        some = sizes > 0  # a word alone in its sentence has nothing to learn from
        context = Bags(self.tokens.index_select(0, places), sizes[some])
        return context, Bags(self.tokens[centres[some]], torch.ones_like(context.sizes))


# ---------------------------------------------------------------- FastText


def character_ngrams(word: str, shortest: int = 3, longest: int = 6) -> list[str]:
    """Return the pieces of `<word>`; the signs < and > tell prefixes and suffixes from the inside.

    >>> character_ngrams("sol", 3, 4)
    ['<so', 'sol', 'ol>', '<sol', 'sol>']
    """
    marked = f"<{word}>"
    return [
        marked[start : start + size]
        for size in range(shortest, longest + 1)
        for start in range(len(marked) - size + 1)
    ]


def fnv1a(text: str) -> int:
    """Hash a text to 32 bits with FNV-1a, as fastText does (bytes above 127 count as negative numbers).

    >>> fnv1a("<so")
    1567685461
    """
    result = 2166136261
    for byte in text.encode():
        result ^= byte if byte < 128 else byte | 0xFFFFFF00
        result = result * 16777619 & 0xFFFFFFFF
    return result


class FastText(Word2Vec):
    """Word2Vec whose input vector is the mean of the word's own vector and those of its character n-grams.

    So "cantaban" shares most of its pieces with "cantaba", and a word never seen gets the mean of its pieces.
    Bojanowski et al. (2017); mean and hashing as in their program.

    Args:
        dim: numbers in each vector.
        min_n: shortest n-gram, in characters, counting the marks < and >.
        max_n: longest n-gram.
        buckets: rows for n-grams; two n-grams with the same hash share a row.
        batch_size: centres in each step. Smaller than in Word2Vec: a piece such as "ción>" belongs to many
            words, and the sum of its gradients over a large batch would throw it too far.
        noise_size: as in Word2Vec; more, for the same reason: shared noise pushes the same pieces again and
            again.
        **options: the others of `Word2Vec`.

    After `fit`, `.wv` is gensim's `FastTextKeyedVectors`, so that `.wv["unseen"]` and
    `.wv.most_similar("unseen")` work.

    Raises:
        ValueError: if an argument is out of range.

    >>> model = FastText(dim=8, min_count=1, epochs=1).fit([["los", "gatos", "duermen"]])
    >>> "gato" in model.wv.key_to_index, model.wv["gato"].shape
    (False, (8,))
    """

    def __init__(
        self,
        dim: int = 100,
        *,
        min_n: int = 3,
        max_n: int = 6,
        buckets: int = 100_000,
        batch_size: int = 256,
        noise_size: int = 128,
        **options: Any,
    ) -> None:
        super().__init__(dim, batch_size=batch_size, noise_size=noise_size, **options)
        _at_least(1, min_n=min_n, buckets=buckets)
        _at_least(min_n, max_n=max_n)
        self.min_n, self.max_n, self.buckets = min_n, max_n, buckets

    _spread = 1.0  # fastText's: a mean of many vectors is shorter than each

    def _buckets_of(self, word: str) -> list[int]:
        return [fnv1a(piece) % self.buckets for piece in character_ngrams(word, self.min_n, self.max_n)]

    def _prepare(self) -> None:
        super()._prepare()
        size = len(self.vocabulary.words)
        self._word_buckets = [self._buckets_of(word) for word in self.vocabulary.words]
        # Rows of w_in: first the words, then the buckets.
        rows = [
            [number] + [size + bucket for bucket in found] for number, found in enumerate(self._word_buckets)
        ]
        self._pieces = Bags(
            torch.tensor(list(chain.from_iterable(rows))), torch.tensor([len(found) for found in rows])
        )

    def _input_rows(self) -> int:
        return super()._input_rows() + self.buckets

    def _inputs(self, words: Bags) -> Bags:
        sizes = self._pieces.sizes[words.ids]  # pieces of each word
        place_in_word = torch.arange(int(sizes.sum())) - (sizes.cumsum(0) - sizes).repeat_interleave(sizes)
        ids = self._pieces.ids[self._pieces.starts[words.ids].repeat_interleave(sizes) + place_in_word]
        of_bag = torch.zeros_like(words.sizes).scatter_add_(0, words.owner, sizes)
        return Bags(ids, of_bag)

    def _publish(self) -> None:
        from gensim.models.fasttext import FastTextKeyedVectors

        vectors = FastTextKeyedVectors(self.dim, self.min_n, self.max_n, self.buckets)
        size = len(self.vocabulary.words)
        matrix = self.w_in.numpy()
        vectors.vectors_vocab, vectors.vectors_ngrams = matrix[:size].copy(), matrix[size:].copy()
        vectors.buckets_word = [np.array(found, dtype=np.uint32) for found in self._word_buckets]
        self._fill(vectors, embedding_bag(self._pieces.ids, self.w_in, self._pieces.starts, mode="mean"))


# ---------------------------------------------------------------- GloVe


class GloVe(_WordVectors):
    """Vectors whose products reproduce the logarithm of the co-occurrence counts (Pennington et al. 2014).

    The loss is their equation 8 with the weight of equation 9, minimised by AdaGrad over the non-zero counts:

        sum_ij f(X_ij) (w_i · w̃_j + b_i + b̃_j - log X_ij)²,   f(x) = min(1, (x / x_max)^alpha)

    Two words d positions apart add 1/d to their count. The result is w + w̃.

    Args:
        dim: numbers in each vector.
        window: largest distance between two words.
        min_count: words seen fewer times are dropped.
        epochs: passes over the counts.
        seed: fixes every random choice.
        x_max: counts above it all weigh 1. The paper's 100 is for billions of words; little text needs less.
        alpha: exponent of the weight.
        learning_rate: AdaGrad's step. The paper's 0.05 is for many more counts in each epoch.
        batch_size: counts in each step.

    Raises:
        ValueError: if an argument is out of range.

    >>> text = [["el", "gato", "duerme"], ["el", "perro", "duerme"]]
    >>> GloVe(dim=8, min_count=1, epochs=2).fit(text).wv["gato"].shape
    (8,)
    """

    def __init__(
        self,
        dim: int = 100,
        *,
        window: int = 10,
        min_count: int = 5,
        epochs: int = 15,
        seed: int = 0,
        x_max: float = 10.0,
        alpha: float = 0.75,
        learning_rate: float = 0.2,
        batch_size: int = 1024,
    ) -> None:
        super().__init__(
            dim, window=window, min_count=min_count, epochs=epochs, seed=seed, learning_rate=learning_rate
        )
        _at_least(1, batch_size=batch_size)
        if not x_max > 0:
            raise ValueError(f"x_max debe ser mayor que 0; ha llegado {x_max}")
        self.x_max, self.alpha, self.batch_size = x_max, alpha, batch_size

    def _prepare(self) -> None:
        pairs = _count_pairs(self.vocabulary, self.window, by_distance=True).tocoo()
        self._row, self._column = torch.from_numpy(pairs.row).long(), torch.from_numpy(pairs.col).long()
        counts = torch.from_numpy(pairs.data).float()
        self._log_count = counts.log()
        self._weight = (counts / self.x_max).pow(self.alpha).clamp(max=1)
        size = len(self.vocabulary.words)
        # The last two columns hold the biases: (w, b, 1) · (w̃, 1, b̃) = w · w̃ + b + b̃.
        self.w, self.w_context = (
            torch.cat([self._uniform(size, 0.5 / self.dim), torch.zeros(size, 2)], dim=1) for _ in range(2)
        )
        self.w[:, -1] = 1
        self.w_context[:, -2] = 1
        # AdaGrad's sums of squared gradients start at 1, as in the authors' program.
        self._squares, self._squares_context = torch.ones_like(self.w), torch.ones_like(self.w)

    def _run_epoch(self, epoch: int) -> float:
        order = torch.randperm(len(self._row), generator=self._generator)
        loss = 0.0
        for batch in order.split(self.batch_size):  # type: ignore[no-untyped-call]
            row, column, weight = self._row[batch], self._column[batch], self._weight[batch]
            w, context = self.w.index_select(0, row), self.w_context.index_select(0, column)  # (n, dim + 2)
            error = (w * context).sum(1) - self._log_count[batch]
            loss += float((weight * error**2).sum())
            # The gradient's factor 2 is left to the learning rate, as the authors do.
            gradient = (weight * error)[:, None]
            step, step_context = gradient * context, gradient * w
            step[:, -1] = 0  # the constant 1 next to each bias does not learn
            step_context[:, -2] = 0
            self._adagrad(self.w, self._squares, row, step)
            self._adagrad(self.w_context, self._squares_context, column, step_context)
        return loss / len(order)

    def _adagrad(self, matrix: Tensor, squares: Tensor, rows: Tensor, gradient: Tensor) -> None:
        add_rows(squares, rows, gradient**2)
        add_rows(matrix, rows, -self.learning_rate * gradient / squares.index_select(0, rows).sqrt())

    def _publish(self) -> None:
        from gensim.models import KeyedVectors

        self._fill(KeyedVectors(self.dim), (self.w + self.w_context)[:, : self.dim])
