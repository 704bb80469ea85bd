r"""Byte-level BPE, the tokenizer of GPT-2 and of most models since, written to be read from top to bottom.

Training repeats one step: find the adjacent pair of tokens that occurs most often, and give it a new id.
Three ideas make that fast, and all three are visible in `BPETokenizer.train`:

1.  The text is cut into words first, and no merge crosses a word's border. Equal words merge equally, so it
    is enough to keep each distinct word once, with its frequency.
2.  A merge changes only the words that contain its pair: only their pairs are counted again.
3.  The most frequent pair comes from a heap. Once a pair exists, its count can only go down, so a count kept
    in the heap is never too low: if it proves outdated when it comes out, it goes back in with the right one.

Simplified with respect to a production tokenizer: there are no special tokens, and text is not normalised.

Sources: Sennrich, Haddow and Birch (2016), "Neural Machine Translation of Rare Words with Subword Units",
algorithm 1; Radford et al. (2019), "Language Models are Unsupervised Multitask Learners", section 2.2.
"""

from __future__ import annotations

import heapq
import json
import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import pairwise
from operator import index as to_int
from pathlib import Path

from tqdm.auto import tqdm

Pair = tuple[int, int]

WORD = re.compile(r"'(?:[sdmt]|ll|ve|re)| ?[^\W\d_]+| ?\d+| ?(?:[^\s\w]|_)+|\s+(?!\S)|\s+")
"""GPT-2's cut: an English contraction, or letters, or digits, or other signs (each with the space before it),
or white space. Every character falls under one alternative, so the pieces joined together are the text again.
`re` has no Unicode classes: `[^\\W\\d_]` stands for GPT-2's `\\p{L}`, and takes in numerals such as «½»."""

FILE_FORMAT = "llm-por-dentro/bpe/1"


def merge_pair(ids: list[int], pair: Pair, new_id: int) -> list[int]:
    """Replace each occurrence of a pair by its new id, from left to right.

    >>> merge_pair([1, 2, 3, 1, 2], pair=(1, 2), new_id=4)
    [4, 3, 4]
    >>> merge_pair([7, 7, 7], pair=(7, 7), new_id=8)
    [8, 7]
    """
    merged, position = [], 0
    while position < len(ids):
        if ids[position] == pair[0] and ids[position + 1 : position + 2] == [pair[1]]:
            merged.append(new_id)
            position += 2
        else:
            merged.append(ids[position])
            position += 1
    return merged


class BPETokenizer:
    """A byte-level BPE tokenizer: ids 0–255 are the bytes, and merge number i makes id 256 + i.

    Attributes:
        merges: the merged pairs of ids, in the order in which they were learnt.
        tokens: the bytes of each id; `tokens[i]` may be a part of a character.

    >>> tokenizer = BPETokenizer.train("low low low lower lowest", vocab_size=260)
    >>> tokenizer.merges
    [(108, 111), (256, 119), (32, 257), (258, 101)]
    >>> [tokenizer.tokens[i] for i in tokenizer.encode("low slower")]
    [b'low', b' ', b's', b'low', b'e', b'r']
    """

    def __init__(self, merges: Iterable[Pair] = ()) -> None:
        """Build the tokenizer from its merges; without any, it gives one token per byte.

        Raises:
            ValueError: if a merge is repeated, or is not a pair of ids that exist before it.
        """
        self.merges: list[Pair] = list(merges)
        self.tokens: list[bytes] = [bytes([value]) for value in range(256)]
        for number, pair in enumerate(self.merges):
            if not _is_pair_below(pair, limit=len(self.tokens)):
                raise ValueError(
                    f"merges[{number}] debe ser un par de enteros entre 0 y {len(self.tokens) - 1}; "
                    f"ha llegado {pair!r:.80}"
                )
            self.tokens.append(self.tokens[pair[0]] + self.tokens[pair[1]])
        self._rank = {pair: number for number, pair in enumerate(self.merges)}
        if len(self._rank) < len(self.merges):
            raise ValueError("merges contiene pares repetidos; cada fusión debe aparecer una sola vez")

    @property
    def vocab_size(self) -> int:
        """The number of ids: 256 bytes and one for each merge."""
        return len(self.tokens)

    @classmethod
    def train(cls, text: str, vocab_size: int) -> BPETokenizer:
        """Learn merges from a text until the vocabulary is full or no pair occurs twice.

        A pair counts as often as it stands in the text within a word ("aaa" holds "aa" twice). Among equally
        frequent pairs the one with the smallest ids wins, so that training always gives the same merges.

        Args:
            text: the training text; an empty one gives a tokenizer of bytes.
            vocab_size: the number of ids wanted, at least 256. A short text may yield fewer.

        Raises:
            TypeError: if an argument has the wrong type.
            ValueError: if the vocabulary has no room for the 256 bytes.
        """
        if not isinstance(vocab_size, int):
            raise TypeError(f"vocab_size debe ser un entero; ha llegado {type(vocab_size).__name__}")
        if vocab_size < 256:
            raise ValueError(f"vocab_size debe ser al menos 256 (los bytes); ha llegado {vocab_size}")

        frequencies = Counter(_split(text))
        words = [list(_to_bytes(word)) for word in frequencies]
        times = list(frequencies.values())

        counts: defaultdict[Pair, int] = defaultdict(int)
        containing: defaultdict[Pair, set[int]] = defaultdict(set)  # pair -> the words in which it stands
        for word, ids in enumerate(words):
            for pair in pairwise(ids):
                counts[pair] += times[word]
                containing[pair].add(word)
        # Python's heap gives the smallest entry: the highest count, and among equals the smallest pair.
        heap = [(-count, pair) for pair, count in counts.items()]
        heapq.heapify(heap)

        merges: list[Pair] = []
        progress = tqdm(total=vocab_size - 256, desc="Fusiones", delay=5, leave=False)
        while len(merges) < vocab_size - 256 and (best := _pop_most_frequent(heap, counts)):
            new_id = 256 + len(merges)
            merges.append(best)
            progress.update()
            born: set[Pair] = set()
            for word in containing.pop(best):
                for pair in pairwise(words[word]):
                    counts[pair] -= times[word]
                words[word] = merge_pair(words[word], best, new_id)
                for pair in pairwise(words[word]):
                    counts[pair] += times[word]
                    if new_id in pair:
                        containing[pair].add(word)
                        born.add(pair)
            for pair in born:
                heapq.heappush(heap, (-counts[pair], pair))
        progress.close()
        return cls(merges)

    def encode(self, text: str) -> list[int]:
        """Return the ids of a text: each word's bytes, merged in the order in which the merges were learnt.

        Any string is accepted, even with lone surrogates (half characters, which UTF-8 forbids).

        Raises:
            TypeError: if `text` is not a string.
        """
        words = _split(text)
        ids_of = {word: self._encode_word(word) for word in set(words)}
        return [token for word in words for token in ids_of[word]]

    def _encode_word(self, word: str) -> list[int]:
        ids = list(_to_bytes(word))
        while known := [pair for pair in pairwise(ids) if pair in self._rank]:
            earliest = min(known, key=self._rank.__getitem__)
            ids = merge_pair(ids, earliest, 256 + self._rank[earliest])
        return ids

    def decode(self, ids: Iterable[int]) -> str:
        """Return the text of some ids; `decode(encode(text)) == text` for any string.

        Ids that do not form whole characters (a model may generate them) show as «�».

        Raises:
            TypeError: if an id is not an integer.
            ValueError: if an id is not in the vocabulary.
        """
        pieces = []
        for position, token in enumerate(ids):
            try:
                number = to_int(token)
            except TypeError as error:
                raise TypeError(f"ids[{position}] debe ser un entero; ha llegado {token!r:.80}") from error
            if not 0 <= number < self.vocab_size:
                raise ValueError(
                    f"ids[{position}] debe estar entre 0 y {self.vocab_size - 1}; ha llegado {number}"
                )
            pieces.append(self.tokens[number])
        data = b"".join(pieces)
        try:
            return data.decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            return data.decode("utf-8", "replace")

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the tokenizer as JSON: `{"format": "llm-por-dentro/bpe/1", "merges": [[108, 111], …]}`.

        The file appears complete or not at all: it is written aside and then renamed.

        Raises:
            FileNotFoundError: if there is no such folder.
        """
        target = Path(path)
        if not target.parent.is_dir():
            raise FileNotFoundError(f"path: no existe la carpeta «{target.parent}»")
        aside = target.with_name(f"{target.name}.{os.getpid()}.tmp")
        try:
            content = {"format": FILE_FORMAT, "merges": self.merges}
            aside.write_text(json.dumps(content), encoding="utf-8")
            aside.replace(target)
        finally:
            aside.unlink(missing_ok=True)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> BPETokenizer:
        """Read a tokenizer written by `save`.

        Raises:
            FileNotFoundError: if there is no such file.
            ValueError: if the file is truncated, or is not one of `save`'s.
        """
        source = Path(path)
        if not source.is_file():
            raise FileNotFoundError(f"path: no existe el fichero «{source}»")
        try:
            content = json.loads(source.read_text(encoding="utf-8"))
        except (ValueError, RecursionError) as error:
            raise ValueError(f"«{source}» no es JSON válido: puede que esté incompleto o dañado") from error
        if not isinstance(content, dict) or content.get("format") != FILE_FORMAT:
            raise ValueError(
                f"«{source}» no es un BPETokenizer guardado por el curso («format» no es «{FILE_FORMAT}»)"
            )
        pairs = content.get("merges")
        if not isinstance(pairs, list):
            raise ValueError(f"«{source}» está dañado: falta la lista «merges»")
        try:
            return cls(tuple(pair) if isinstance(pair, list) else pair for pair in pairs)
        except ValueError as error:
            raise ValueError(f"«{source}» está dañado: {error}") from error


def _split(text: str) -> list[str]:
    if not isinstance(text, str):
        raise TypeError(f"text debe ser una cadena (str); ha llegado {type(text).__name__}")
    return WORD.findall(text)


def _to_bytes(word: str) -> bytes:
    # "surrogatepass" gives a lone surrogate its three bytes instead of an error, so that no string is lost.
    return word.encode("utf-8", "surrogatepass")


def _pop_most_frequent(heap: list[tuple[int, Pair]], counts: dict[Pair, int]) -> Pair | None:
    """Take the most frequent pair out of the heap; None when no pair occurs twice."""
    while heap:
        count, pair = heapq.heappop(heap)
        if -count != counts[pair]:  # outdated since it was pushed: back in with today's count
            heapq.heappush(heap, (-counts[pair], pair))
        elif counts[pair] >= 2:
            return pair
        else:
            return None
    return None


def _is_pair_below(pair: object, limit: int) -> bool:
    return (
        isinstance(pair, tuple)
        and len(pair) == 2
        and all(type(part) is int and 0 <= part < limit for part in pair)
    )
