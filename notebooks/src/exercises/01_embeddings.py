# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # Ejercicios 01 · Embeddings
#
# De la palabra suelta al vector con significado, y de la palabra a los trozos de los que está hecha. Vas
# a escribir las piezas que sostienen word2vec, FastText, BPE y WordPiece: son pocas líneas cada una, y
# con ellas en la mano la lección deja de tener magia.
#
# Como siempre: sustituye `raise NotImplementedError` por tu solución, ejecuta la celda y después la de
# `exercises.check`, que te enseñará el caso más pequeño que falle y, si reconoce el error, una pista.

# %%
import math
from collections import Counter
from itertools import pairwise

import numpy as np

from course_utils import exercises

# %% [markdown]
# ## Palabras como vectores
#
# Empezamos por el vector más ingenuo, el que no sabe nada de significado, y por la regla con la que
# compararemos todos los demás. Fíjate, cuando tengas las dos funciones, en qué dice el coseno de dos
# palabras distintas en one-hot: siempre lo mismo.


# %% exercise="01.1"
def one_hot(words: list[str]) -> np.ndarray:
    ### BEGIN SOLUTION
    column: dict[str, int] = {}
    for word in words:
        column.setdefault(word, len(column))
    matrix = np.zeros((len(words), len(column)))
    for row, word in enumerate(words):
        matrix[row, column[word]] = 1
    return matrix
    ### END SOLUTION


# %% exercise="01.2"
def cosine_similarity(a: np.ndarray, b: np.ndarray) -> float:
    ### BEGIN SOLUTION
    dot = sum(x * y for x, y in zip(a, b, strict=True))
    length_a, length_b = math.sqrt(sum(x * x for x in a)), math.sqrt(sum(y * y for y in b))
    if length_a == 0 or length_b == 0:
        return 0.0
    return float(dot / length_a / length_b)
    ### END SOLUTION


# %% [markdown]
# ## El significado está en la compañía
#
# Ahora sí: vectores que saben algo. Basta con contar vecinas y con restar a la cuenta lo que se debe al
# azar; las filas de esa matriz ya son embeddings. Word2vec llega a un sitio parecido por otro camino,
# aprendiendo a distinguir las parejas verdaderas de las inventadas.


# %% exercise="01.3"
def cooccurrences(sentences: list[list[str]], window: int) -> dict[tuple[str, str], int]:
    ### BEGIN SOLUTION
    counts: Counter[tuple[str, str]] = Counter()
    for sentence in sentences:
        for distance in range(1, window + 1):
            for left, right in zip(sentence, sentence[distance:], strict=False):
                counts[left, right] += 1
                counts[right, left] += 1
    return counts
    ### END SOLUTION


# %% exercise="01.4"
def ppmi(counts: np.ndarray) -> np.ndarray:
    ### BEGIN SOLUTION
    result = np.zeros(counts.shape)
    by_word, by_context, total = counts.sum(axis=1), counts.sum(axis=0), counts.sum()
    for word, context in zip(*np.nonzero(counts), strict=True):
        ratio = counts[word, context] * total / (by_word[word] * by_context[context])
        result[word, context] = max(0.0, math.log(ratio))
    return result
    ### END SOLUTION


# %% exercise="01.5"
def negative_sampling_loss(center: np.ndarray, positive: np.ndarray, negatives: np.ndarray) -> float:
    ### BEGIN SOLUTION
    scores = np.append(-(negatives @ center), positive @ center)  # all of them should be high
    # −log σ(x) = log(1 + e^−x): with −x in front, the exponential left inside is never above 1
    losses = np.maximum(-scores, 0) + np.log1p(np.exp(-np.abs(scores)))
    return float(losses.sum())
    ### END SOLUTION


# %% [markdown]
# ## Jugar con los vectores
#
# FastText parte cada palabra en trozos para que también las desconocidas tengan vector. Y con los
# vectores ya entrenados llega el truco más famoso de los embeddings, que tiene más letra pequeña de la
# que parece.


# %% exercise="01.6"
def character_ngrams(word: str, shortest: int, longest: int) -> set[str]:
    ### BEGIN SOLUTION
    marked = "<" + word + ">"
    grams = {marked}
    for start in range(len(marked)):
        for end in range(start + shortest, min(start + longest, len(marked)) + 1):
            grams.add(marked[start:end])
    return grams
    ### END SOLUTION


# %% exercise="01.7"
def analogy(vectors: dict[str, np.ndarray], a: str, b: str, c: str) -> str:
    ### BEGIN SOLUTION
    words = list(vectors)
    matrix = np.array([vectors[word] for word in words])
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    row = {word: i for i, word in enumerate(words)}
    scores = matrix @ (matrix[row[a]] - matrix[row[b]] + matrix[row[c]])
    scores[[row[a], row[b], row[c]]] = -np.inf
    return words[int(scores.argmax())]
    ### END SOLUTION


# %% [markdown]
# ## Dentro de la palabra
#
# Ningún modelo grande trabaja con palabras enteras. BPE *aprende* un vocabulario de trozos uniendo lo que
# se repite; WordPiece, el de BERT, *usa* un vocabulario ya aprendido para partir la palabra que llegue.


# %% exercise="01.8"
def bpe_step(words: dict[tuple[str, ...], int]) -> dict[tuple[str, ...], int]:
    ### BEGIN SOLUTION
    counts: dict[tuple[str, str], int] = {}
    for symbols, times in words.items():
        for left, right in pairwise(symbols):
            counts[left, right] = counts.get((left, right), 0) + times
    best = sorted(counts, key=lambda pair: (-counts[pair], pair))[:1]
    result: dict[tuple[str, ...], int] = {}
    for symbols, times in words.items():
        merged: list[str] = []
        for symbol in symbols:
            if merged and [(merged[-1], symbol)] == best:
                merged[-1] += symbol
            else:
                merged.append(symbol)
        result[tuple(merged)] = times
    return result
    ### END SOLUTION


# %% exercise="01.9"
def wordpiece(word: str, vocabulary: set[str]) -> list[str]:
    ### BEGIN SOLUTION
    pieces: list[str] = []
    rest = word
    while rest:
        marked = "##" + rest if pieces else rest
        fitting = [piece for piece in vocabulary if marked.startswith(piece) and piece.strip("#")]
        if not fitting:
            return ["[UNK]"]
        longest = max(fitting, key=len)
        pieces.append(longest)
        rest = marked[len(longest) :]
    return pieces
    ### END SOLUTION


# %% [markdown]
# ## ¿Cómo vas?
#
# En tu ordenador, lo resuelto se guarda: cuando vuelvas otro día seguirá aquí. En Colab y en Binder dura
# lo que la sesión.

# %%
exercises.progress()
