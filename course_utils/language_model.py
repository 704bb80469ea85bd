"""Language models: assign a probability to the next token, and by the chain rule to a whole text.

Two families behind one interface, `next_distribution(context)`:

* `NGramModel` counts what followed the last few tokens (interpolated Kneser–Ney smoothing).
* `NeuralLanguageModel` turns the last few tokens into vectors and computes (Bengio et al., 2003).

What is simplified: a text is one flat list of tokens, already split by the caller, and both models look at a
fixed number of past tokens. Chapter 02 removes that limit with memory, and chapter 03 with attention.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from torch import Tensor, nn

UNKNOWN = "<unk>"
"""The one token that stands for every token outside the vocabulary."""

Probabilities = NDArray[np.float64]


class LanguageModel(Protocol):
    """What the rest of the course asks of a language model."""

    vocabulary: list[str]

    def next_distribution(self, context: Sequence[str]) -> Probabilities:
        """Return P(token | context) for every token of `vocabulary`, shape (V,)."""

    def log_probabilities(self, tokens: Sequence[str]) -> Probabilities:
        """Return log P(token | all the tokens before it) for each token, shape (len(tokens),)."""


# ---------------------------------------------------------------------------------------------- vocabulary


def build_vocabulary(tokens: Iterable[str], min_count: int = 1) -> list[str]:
    """Return the tokens seen at least `min_count` times, most frequent first, after `<unk>`.

    >>> build_vocabulary("la casa de la abuela".split())
    ['<unk>', 'la', 'casa', 'de', 'abuela']
    """
    counts = Counter(_check_tokens("tokens", tokens))
    counts.pop(UNKNOWN, None)
    return [UNKNOWN, *(token for token, count in counts.most_common() if count >= min_count)]


class _Encoder:
    """What both models share: the table from tokens to row numbers, with one row for the unknown."""

    vocabulary: list[str]
    _index: dict[str, int]

    def _set_vocabulary(self, vocabulary: Sequence[str]) -> None:
        self.vocabulary = list(vocabulary)
        self._index = {token: row for row, token in enumerate(self.vocabulary)}
        if UNKNOWN not in self._index or len(self._index) != len(self.vocabulary):
            raise ValueError(f"vocabulary debe contener {UNKNOWN!r} y no repetir ningún token")

    def _read(self, tokens: Iterable[str], vocabulary: Sequence[str] | None) -> list[int]:
        """Take the vocabulary given, or else the text's own, and return the text as row numbers."""
        tokens = _check_tokens("tokens", tokens)
        if not tokens:
            raise ValueError("tokens está vacío: hace falta algún texto del que aprender")
        self._set_vocabulary(build_vocabulary(tokens) if vocabulary is None else vocabulary)
        return self.encode(tokens)

    def encode(self, tokens: Iterable[str]) -> list[int]:
        """Return the row of each token in `vocabulary`; an unseen token gets the row of `<unk>`."""
        if not hasattr(self, "vocabulary"):
            raise ValueError("el modelo no está entrenado: llama antes a fit(tokens)")
        unknown = self._index[UNKNOWN]
        return [self._index.get(token, unknown) for token in _check_tokens("tokens", tokens)]


def _check_tokens(name: str, tokens: Iterable[str]) -> list[str]:
    """Return the tokens as a list; a bare string would silently be read letter by letter."""
    if isinstance(tokens, str):
        raise TypeError(
            f"{name} debe ser una lista de tokens, no una cadena: usa texto.split() o list(texto)"
        )
    tokens = list(tokens)
    wrong = next((token for token in tokens if not isinstance(token, str)), None)
    if wrong is not None:
        raise TypeError(f"{name} debe contener solo cadenas; ha llegado {wrong!r}")
    return tokens


def _check_at_least(name: str, value: int, minimum: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < minimum:
        raise ValueError(f"{name} debe ser un entero, al menos {minimum}; ha llegado {value!r}")


# ------------------------------------------------------------------------------------------- counting model


class NGramModel(_Encoder):
    """A model of order n: the next token depends only on the n − 1 tokens before it.

    Interpolated Kneser–Ney smoothing (Kneser and Ney, 1995; Chen and Goodman, 1999, equation 17). From the
    shortest history to the longest, each count gives up `discount`, and what is saved is dealt out in the
    proportions of the history one token shorter; the shortest of all rests on the uniform distribution:

        P(w | h) = max(c(hw) − D, 0) / c(h)  +  D · N(h) / c(h) · P(w | h without its first token)

    where N(h) is how many different tokens followed h. Only the longest histories use plain counts. A shorter
    one counts in how many different histories it was found ("Francisco" is frequent, but only after "San").

    Args:
        order: tokens in an n-gram: 1 is a unigram model, which ignores the context.
        discount: D, between 0 and 1. With 0 nothing is saved for what was not seen: the plain relative
            frequencies of maximum likelihood, wherever the history was seen.

    Raises:
        ValueError: if an argument is out of range.

    >>> text = "el gato duerme . el perro duerme . el gato come ."
    >>> model = NGramModel(order=2, discount=0).fit(text.split())
    >>> round(model.probability("gato", ["el"]), 3)
    0.667
    """

    def __init__(self, order: int, discount: float = 0.75) -> None:
        _check_at_least("order", order, 1)
        if not 0 <= discount <= 1:
            raise ValueError(f"discount debe estar entre 0 y 1; ha llegado {discount!r}")
        self.order = order
        self.discount = discount

    def fit(self, tokens: Iterable[str], vocabulary: Sequence[str] | None = None) -> NGramModel:
        """Count the n-grams of a text.

        Args:
            tokens: the training text, already split.
            vocabulary: the tokens to tell apart (with `<unk>`); all those of the text unless given.

        Raises:
            ValueError: if there are no tokens, or the vocabulary lacks `<unk>` or repeats a token.
        """
        ids = self._read(tokens, vocabulary)

        # history (a tuple of 0 to order − 1 rows) -> {row of the next token: count}
        self.counts: dict[tuple[int, ...], dict[int, int]] = {}
        for position, token in enumerate(ids):
            history = tuple(ids[max(0, position - self.order + 1) : position])
            followers = self.counts.setdefault(history, {})
            followers[token] = followers.get(token, 0) + 1

        # Kneser–Ney: a shorter history counts once for each different n-gram that ends with it
        for length in range(self.order - 1, 0, -1):
            for history in [h for h in self.counts if len(h) == length]:
                shorter = self.counts.setdefault(history[1:], {})
                for token in self.counts[history]:
                    shorter[token] = shorter.get(token, 0) + 1
        self.totals = {history: sum(followers.values()) for history, followers in self.counts.items()}
        return self

    def probability(self, token: str, context: Sequence[str]) -> float:
        """Return P(token | context), reading only the last order − 1 tokens of the context."""
        (row,) = self.encode([token])
        return self._probability(row, tuple(self.encode(context)))

    def _probability(self, token: int, context: tuple[int, ...]) -> float:
        probability = 1 / len(self.vocabulary)
        for history in self._histories(context):
            followers, total = self.counts[history], self.totals[history]
            saved = self.discount * len(followers) / total
            probability = max(followers.get(token, 0) - self.discount, 0) / total + saved * probability
        return probability

    def _histories(self, context: tuple[int, ...]) -> list[tuple[int, ...]]:
        """Return the ends of the context that were seen in training, shortest first."""
        longest = min(self.order - 1, len(context))
        ends = [context[len(context) - length :] for length in range(longest + 1)]
        return [end for end in ends if end in self.counts]

    def next_distribution(self, context: Sequence[str]) -> Probabilities:
        """Return P(token | context) for every token of `vocabulary`, shape (V,); it adds up to 1."""
        histories = self._histories(tuple(self.encode(context)))
        probabilities = np.full(len(self.vocabulary), 1 / len(self.vocabulary))
        for history in histories:
            followers, total = self.counts[history], self.totals[history]
            probabilities *= self.discount * len(followers) / total
            counts = np.fromiter(followers.values(), dtype=np.float64)
            probabilities[list(followers)] += (counts - self.discount) / total
        return probabilities

    def log_probabilities(self, tokens: Sequence[str]) -> Probabilities:
        """Return log P(token | tokens before it) for each token, natural logarithm, shape (len(tokens),).

        A probability of 0 (possible only when `discount` is 0) gives −inf.
        """
        ids = self.encode(tokens)
        starts = (max(0, position - self.order + 1) for position in range(len(ids)))
        histories = (tuple(ids[start:position]) for position, start in enumerate(starts))
        probabilities = [self._probability(token, h) for token, h in zip(ids, histories, strict=True)]
        with np.errstate(divide="ignore"):
            return np.log(np.array(probabilities, dtype=np.float64))


# --------------------------------------------------------------------------------------------- neural model


class NeuralLanguageModel(_Encoder):
    """A model that computes with vectors of the last tokens, instead of looking them up in a table of counts.

    Bengio, Ducharme, Vincent and Jauvin (2003), equations 1 and 2 without the direct connections:

        P(w | context) = softmax(b + U · tanh(d + H · x)),   x = the embeddings of the context, side by side

    Args:
        context_size: how many past tokens it reads.
        embedding_dim: numbers in the vector of a token.
        hidden_dim: units of the tanh layer.
        epochs: passes over the training text.
        batch_size: positions in each step of the optimiser.
        learning_rate: the largest one of the one-cycle schedule (Smith and Topin, 2019) of Adam.
        seed: fixes the initial weights and the order of the batches.

    Raises:
        ValueError: if an argument is out of range.
    """

    def __init__(
        self,
        context_size: int = 8,
        embedding_dim: int = 24,
        hidden_dim: int = 256,
        *,
        epochs: int = 3,
        batch_size: int = 256,
        learning_rate: float = 1e-2,
        seed: int = 0,
    ) -> None:
        _check_at_least("context_size", context_size, 1)
        _check_at_least("embedding_dim", embedding_dim, 1)
        _check_at_least("hidden_dim", hidden_dim, 1)
        _check_at_least("epochs", epochs, 1)
        _check_at_least("batch_size", batch_size, 1)
        if not learning_rate > 0:
            raise ValueError(f"learning_rate debe ser mayor que 0; ha llegado {learning_rate!r}")
        self.context_size, self.embedding_dim, self.hidden_dim = context_size, embedding_dim, hidden_dim
        self.epochs, self.batch_size, self.learning_rate = epochs, batch_size, learning_rate
        self.seed = seed

    def fit(self, tokens: Iterable[str], vocabulary: Sequence[str] | None = None) -> NeuralLanguageModel:
        """Train on a text, adjusting the weights so that each token becomes less of a surprise.

        After it, `losses` holds the mean surprise (in nats) of each batch, and `network` the torch module.

        Args:
            tokens: the training text, already split.
            vocabulary: the tokens to tell apart (with `<unk>`); all those of the text unless given.

        Raises:
            ValueError: if there are no tokens, or the vocabulary lacks `<unk>` or repeats a token.
        """
        import torch
        from torch import nn

        ids = self._read(tokens, vocabulary)
        size = len(self.vocabulary)
        threads = torch.get_num_threads()
        torch.set_num_threads(1)  # matrices this small lose time on more, and the result would depend on them
        try:
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(self.seed)
                self.network: nn.Sequential = nn.Sequential(
                    nn.Embedding(size + 1, self.embedding_dim),  # one more row: "before the text began"
                    nn.Flatten(),
                    nn.Linear(self.context_size * self.embedding_dim, self.hidden_dim),
                    nn.Tanh(),
                    nn.Linear(self.hidden_dim, size),
                )
                self._train(*self._windows(ids))
        finally:
            torch.set_num_threads(threads)
        self.network.eval()
        return self

    def _train(self, contexts: Tensor, targets: Tensor) -> None:
        """Minimise the cross-entropy: the mean of − log P(the token that came)."""
        import torch
        from torch import nn
        from tqdm.auto import tqdm

        steps = self.epochs * math.ceil(len(targets) / self.batch_size)
        optimiser = torch.optim.Adam(self.network.parameters(), lr=self.learning_rate)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, self.learning_rate, total_steps=steps + 1)
        self.losses: list[float] = []
        with tqdm(total=steps, desc="Entrenando la red", leave=False) as progress:
            for _ in range(self.epochs):
                for batch in torch.split(torch.randperm(len(targets)), self.batch_size):
                    loss = nn.functional.cross_entropy(self.network(contexts[batch]), targets[batch])
                    optimiser.zero_grad()
                    loss.backward()  # type: ignore[no-untyped-call]
                    optimiser.step()
                    schedule.step()
                    self.losses.append(loss.item())
                    progress.update()

    def _windows(self, ids: list[int]) -> tuple[Tensor, Tensor]:
        """Return each position's context, shape (positions, context_size), and token, shape (positions,)."""
        import torch

        padded = torch.tensor([len(self.vocabulary)] * self.context_size + ids)
        return padded.unfold(0, self.context_size, 1)[:-1], padded[self.context_size :]

    def next_distribution(self, context: Sequence[str]) -> Probabilities:
        """Return P(token | context) for every token of `vocabulary`, shape (V,); it adds up to 1."""
        # A dummy last token, so that the window before it is the context
        return np.asarray(
            np.exp(self._log_distributions([*self.encode(context)[-self.context_size :], 0])[-1])
        )

    def log_probabilities(self, tokens: Sequence[str]) -> Probabilities:
        """Return log P(token | tokens before it) for each token, natural logarithm, shape (len(tokens),)."""
        ids = self.encode(tokens)
        if not ids:
            return np.zeros(0)
        return self._log_distributions(ids)[np.arange(len(ids)), ids]

    def _log_distributions(self, ids: list[int]) -> Probabilities:
        """Return log P(every token | tokens before) at each position, shape (len(ids), V)."""
        import torch

        contexts, _ = self._windows(ids)
        with torch.no_grad():
            logits = [self.network(part) for part in torch.split(contexts, 8192)]
            return np.asarray(torch.cat(logits).double().log_softmax(dim=-1))


# ------------------------------------------------------------------------------------------------- measures


def perplexity(log_probabilities: ArrayLike) -> float:
    """Return the perplexity of a text: how many equally likely options the model hesitates between.

        PP = exp(− mean of log P)

    Args:
        log_probabilities: the natural logarithm of the probability of each token, shape (tokens,).

    Raises:
        ValueError: if there is none, or one is NaN or greater than 0 (not the logarithm of a probability).

    >>> round(perplexity([math.log(1 / 6)] * 10), 6)  # a fair die
    6.0
    """
    values = np.asarray(log_probabilities, dtype=np.float64)
    if values.ndim != 1 or not values.size:
        raise ValueError(f"log_probabilities debe ser una lista no vacía; ha llegado la forma {values.shape}")
    if not np.all(values <= 1e-9):
        raise ValueError("log_probabilities debe contener logaritmos de probabilidades: números no positivos")
    return float(np.exp(-values.mean()))


# ------------------------------------------------------------------------------------ choosing the next token


def _check_distribution(probabilities: ArrayLike) -> Probabilities:
    values = np.asarray(probabilities, dtype=np.float64)
    if values.ndim != 1 or not values.size or not np.all(values >= 0) or abs(values.sum() - 1) > 1e-6:
        raise ValueError("probabilities debe ser un vector de números no negativos que sume 1")
    return values


def apply_temperature(probabilities: ArrayLike, temperature: float) -> Probabilities:
    """Sharpen (temperature below 1) or flatten (above 1) a distribution: P(w) becomes ∝ P(w)^(1 / T).

    The same as dividing the logits by T before the softmax (Ackley, Hinton and Sejnowski, 1985).

    Raises:
        ValueError: if the temperature is not positive, or the vector is not a distribution.

    >>> apply_temperature([0.8, 0.2], temperature=0.5).round(3)
    array([0.941, 0.059])
    """
    values = _check_distribution(probabilities)
    if not 0 < temperature < math.inf:
        raise ValueError(f"temperature debe ser mayor que 0; ha llegado {temperature!r}. Para 0, usa greedy")
    # Dividing by the largest first keeps the powers away from 0 when the temperature is low
    powers = (values / values.max()) ** (1 / temperature)
    return np.asarray(powers / powers.sum())


def apply_top_k(probabilities: ArrayLike, k: int) -> Probabilities:
    """Keep the k most probable tokens (and those tied with the last), and rescale (Fan et al., 2018).

    Raises:
        ValueError: if k is below 1, or the vector is not a distribution.

    >>> apply_top_k([0.5, 0.3, 0.2], k=2)
    array([0.625, 0.375, 0.   ])
    """
    values = _check_distribution(probabilities)
    _check_at_least("k", k, 1)
    smallest_kept = np.sort(values)[-min(k, len(values))]
    kept = np.where(values >= smallest_kept, values, 0)
    return np.asarray(kept / kept.sum())


def apply_top_p(probabilities: ArrayLike, p: float) -> Probabilities:
    """Keep the fewest most probable tokens that together reach p, and rescale (Holtzman et al., 2020).

    Raises:
        ValueError: if p is not in (0, 1], or the vector is not a distribution.

    >>> apply_top_p([0.5, 0.3, 0.2], p=0.7)
    array([0.625, 0.375, 0.   ])
    """
    values = _check_distribution(probabilities)
    if not 0 < p <= 1:
        raise ValueError(f"p debe ser mayor que 0 y como mucho 1; ha llegado {p!r}")
    order = np.argsort(-values, kind="stable")
    mass_before = np.cumsum(values[order]) - values[order]
    kept = np.zeros_like(values)
    chosen = order[mass_before < p]  # the first is always in: nothing comes before it
    kept[chosen] = values[chosen]
    return np.asarray(kept / kept.sum())


def apply_all(
    probabilities: ArrayLike, temperature: float = 1.0, top_k: int | None = None, top_p: float | None = None
) -> Probabilities:
    """Apply temperature, then top-k, then top-p: the order of transformers' `generate`.

    >>> apply_all([0.5, 0.3, 0.2], top_k=2, top_p=0.6)
    array([1., 0., 0.])
    """
    values = apply_temperature(probabilities, temperature)
    values = values if top_k is None else apply_top_k(values, top_k)
    return values if top_p is None else apply_top_p(values, top_p)


def greedy(probabilities: ArrayLike) -> int:
    """Return the row of the most probable token; the first of them if tied.

    >>> greedy([0.2, 0.5, 0.3])
    1
    """
    return int(np.argmax(_check_distribution(probabilities)))


def sample(probabilities: ArrayLike, generator: np.random.Generator) -> int:
    """Draw a row at random, each with its probability.

    It walks along the distribution until it has passed a random number between 0 and 1.

    >>> sample([0.0, 1.0, 0.0], np.random.default_rng(0))
    1
    """
    cumulative = np.cumsum(_check_distribution(probabilities))
    return int(np.searchsorted(cumulative, generator.random() * cumulative[-1], side="right"))


def generate(
    model: LanguageModel,
    prompt: Sequence[str],
    max_new_tokens: int,
    *,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    seed: int = 0,
    stop: str | None = None,
) -> list[str]:
    """Continue a prompt: predict, choose, append, and again.

    Args:
        model: anything with `vocabulary` and `next_distribution`.
        prompt: the tokens to begin with; it may be empty.
        max_new_tokens: how many to add at most.
        temperature: see `apply_temperature`; 0 means always the most probable token (greedy).
        top_k: see `apply_top_k`; without it, no limit.
        top_p: see `apply_top_p`; without it, no limit.
        seed: fixes the random choices.
        stop: a token that ends the text (it is included).

    Returns:
        The prompt and what was added. `<unk>` is never chosen: it is not a word that can be written.

    Raises:
        ValueError: if an argument is out of range, or only `<unk>` could be chosen.
        TypeError: if the prompt is a string instead of a list of tokens.
    """
    tokens = _check_tokens("prompt", prompt)
    _check_at_least("max_new_tokens", max_new_tokens, 0)
    generator = np.random.default_rng(seed)
    writable = np.array([token != UNKNOWN for token in model.vocabulary])
    for _ in range(max_new_tokens):
        probabilities = model.next_distribution(tokens) * writable
        if not probabilities.sum() > 0:
            raise ValueError(f"el modelo solo propone {UNKNOWN!r}: no hay ninguna palabra que escribir")
        probabilities /= probabilities.sum()
        if temperature == 0:
            row = greedy(probabilities)
        else:
            row = sample(apply_all(probabilities, temperature, top_k, top_p), generator)
        tokens.append(model.vocabulary[row])
        if tokens[-1] == stop:
            break
    return tokens
