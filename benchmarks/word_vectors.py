"""Claim: our word vectors are as good as gensim's, and no slower than half of its speed.

Trains on the Wikipedia articles with the same settings and one thread, three seeds each, and prints
Spearman's correlation with WordSim-353 and the words read for each second of CPU time. GloVe has no peer in
gensim: beside it stands the classic baseline, a singular value decomposition of the PPMI matrix.

Run: OMP_NUM_THREADS=1 python benchmarks/word_vectors.py   (about five minutes)
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # numpy reads it when imported

import statistics
import time
from collections.abc import Callable
from typing import Any

import gensim.models
import numpy as np
import torch
from gensim.models import KeyedVectors
from scipy.sparse.linalg import svds

from course_utils import corpora
from course_utils.embeddings import FastText, GloVe, Word2Vec, cooccurrence, ppmi

SEEDS = (1, 2, 3)
DIM, WINDOW, MIN_COUNT, EPOCHS, BUCKETS = 100, 5, 5, 5, 100_000
GLOVE_EPOCHS, GLOVE_WINDOW = 15, 10


def ours(
    model: Callable[..., Any], epochs: int = EPOCHS, window: int = WINDOW, **more: Any
) -> Callable[..., Any]:
    return lambda text, seed: (
        model(DIM, window=window, min_count=MIN_COUNT, epochs=epochs, seed=seed, **more).fit(text).wv
    )


def theirs(model: Callable[..., Any], sg: int, **more: Any) -> Callable[..., Any]:
    return lambda text, seed: (
        model(
            text,
            vector_size=DIM,
            window=WINDOW,
            min_count=MIN_COUNT,
            epochs=EPOCHS,
            seed=seed,
            sg=sg,
            negative=5,
            sample=1e-3,
            alpha=0.025,
            workers=1,
            **more,
        ).wv
    )


def svd_of_ppmi(text: list[list[str]], seed: int) -> KeyedVectors:
    words, counts = cooccurrence(text, GLOVE_WINDOW, MIN_COUNT, by_distance=True)
    left, strength, _ = svds(ppmi(counts), DIM, rng=np.random.default_rng(seed))
    vectors = KeyedVectors(DIM)
    vectors.add_vectors(words, (left * np.sqrt(strength)).astype(np.float32))
    return vectors


# (name, trainer, epochs, name of the peer)
RUNS: list[tuple[str, Callable[..., Any], int, str]] = [
    ("gensim skip-gram", theirs(gensim.models.Word2Vec, 1), EPOCHS, ""),
    ("ours skip-gram", ours(Word2Vec), EPOCHS, "gensim skip-gram"),
    ("gensim CBOW", theirs(gensim.models.Word2Vec, 0), EPOCHS, ""),
    ("ours CBOW", ours(Word2Vec, sg=False), EPOCHS, "gensim CBOW"),
    ("gensim FastText", theirs(gensim.models.FastText, 1, bucket=BUCKETS), EPOCHS, ""),
    ("ours FastText", ours(FastText, buckets=BUCKETS), EPOCHS, "gensim FastText"),
    ("SVD of PPMI", svd_of_ppmi, 1, ""),
    ("ours GloVe", ours(GloVe, GLOVE_EPOCHS, GLOVE_WINDOW), GLOVE_EPOCHS, "gensim skip-gram"),
]


def main() -> None:
    torch.set_num_threads(1)
    text = corpora.wikipedia_sentences()
    size = sum(map(len, text))
    pairs = str(corpora.word_pairs_path("wordsim353"))
    print(f"{size:,} words, dim {DIM}, window {WINDOW} (counts: {GLOVE_WINDOW}), min_count {MIN_COUNT}")
    print(
        f"{'':18}{'Spearman, one for each seed':>30}{'mean':>8}{'less peer':>11}"
        f"{'words/s':>12}{'spread':>9}{'/ peer':>8}"
    )
    means: dict[str, tuple[float, float]] = {}
    ours(Word2Vec, 1)(text[:200], 0)  # imports and first-time costs
    for name, train, epochs, peer in RUNS:
        scores, speeds = [], []
        for seed in SEEDS:
            start = time.process_time()
            vectors = train(text, seed)
            speeds.append(epochs * size / (time.process_time() - start))
            scores.append(float(vectors.evaluate_word_pairs(pairs)[1][0]))
        means[name] = statistics.mean(scores), statistics.median(speeds)
        line = f"{name:18}{'  '.join(f'{score:.3f}' for score in scores):>30}{means[name][0]:>8.3f}"
        line += f"{means[name][0] - means[peer][0]:>+11.3f}" if peer else " " * 11
        line += f"{means[name][1]:>12,.0f}{(max(speeds) - min(speeds)) / means[name][1]:>9.0%}"
        print(line + (f"{means[name][1] / means[peer][1]:>8.2f}" if peer else ""), flush=True)


if __name__ == "__main__":
    main()
