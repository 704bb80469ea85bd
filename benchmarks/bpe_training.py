"""Training time of the course's BPE against minbpe's algorithm and against Hugging Face `tokenizers`.

1 MB of Wikipedia, vocabulary of 1,000, CPU time of one thread. minbpe is not on PyPI, so that peer is written
here: the algorithm of its `RegexTokenizer.train` (at each merge every pair of every chunk is counted again,
and every chunk rewritten), with the course's cut of words. It takes minutes, so it runs once; the
others run five times.

Run: OMP_NUM_THREADS=1 python benchmarks/bpe_training.py
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from itertools import pairwise

os.environ["TOKENIZERS_PARALLELISM"] = "false"

from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from course_utils import corpora
from course_utils.tokenization import WORD, BPETokenizer, Pair

VOCAB_SIZE = 1000
ROUNDS = 5

Chunks = list[list[int]]


def train_recounting(text: str) -> Chunks:
    """Train as minbpe does, and return the training text cut into the final tokens."""
    chunks = [list(word.encode()) for word in WORD.findall(text)]
    for new_id in range(256, VOCAB_SIZE):
        counts: dict[Pair, int] = {}
        for ids in chunks:
            for pair in pairwise(ids):
                counts[pair] = counts.get(pair, 0) + 1
        best = max(counts, key=lambda pair: counts[pair])
        chunks = [rewritten(ids, best, new_id) for ids in chunks]
    return chunks


def rewritten(ids: list[int], pair: Pair, new_id: int) -> list[int]:
    left, right = pair
    result, position = [], 0
    while position < len(ids):
        if ids[position] == left and position < len(ids) - 1 and ids[position + 1] == right:
            result.append(new_id)
            position += 2
        else:
            result.append(ids[position])
            position += 1
    return result


def train_ours(text: str) -> None:
    BPETokenizer.train(text, VOCAB_SIZE)


def train_hugging_face(text: str) -> None:
    library = Tokenizer(models.BPE())
    library.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=VOCAB_SIZE,
        min_frequency=2,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    library.train_from_iterator([text], trainer)
    assert library.get_vocab_size() == VOCAB_SIZE


def cpu_seconds(train: Callable[[str], None], text: str) -> float:
    start = time.process_time()
    train(text)
    return time.process_time() - start


def report(name: str, seconds: list[float]) -> None:
    low, high = min(seconds), max(seconds)
    print(f"{name:<32} {statistics.median(seconds):8.2f} s   ({low:.2f}–{high:.2f}, n = {len(seconds)})")


def main() -> None:
    text = "\n".join(article.text for article in corpora.wikipedia())
    text = text.encode()[:1_000_000].decode("utf-8", "ignore")
    print(f"{len(text.encode()):,} bytes of Wikipedia, vocabulary of {VOCAB_SIZE}, CPU time")
    ours, library = [], []
    for _ in range(ROUNDS):  # in turn, so that a busy machine slows both
        ours.append(cpu_seconds(train_ours, text))
        library.append(cpu_seconds(train_hugging_face, text))
    start = time.process_time()
    chunks = train_recounting(text)
    slow = time.process_time() - start
    # The peer breaks ties in another way, but must have done the same work: as good a compression.
    tokens, theirs = len(BPETokenizer.train(text, VOCAB_SIZE).encode(text)), sum(map(len, chunks))
    assert abs(tokens - theirs) < 0.001 * theirs, (tokens, theirs)

    report("BPETokenizer (course)", ours)
    report("tokenizers (Hugging Face)", library)
    report("minbpe's algorithm", [slow])
    ratio = statistics.median(ours) / statistics.median(library)
    spread = [mine / other for mine, other in zip(ours, library, strict=True)]
    print(f"\nours / tokenizers = {ratio:.2f} ({min(spread):.2f}–{max(spread):.2f}; claim: at most 5)")
    speed_up = slow / statistics.median(ours)
    print(
        f"minbpe's algorithm / ours = {speed_up:.0f} "
        f"({slow / max(ours):.0f}–{slow / min(ours):.0f}; claim: at least 50)"
    )


if __name__ == "__main__":
    main()
