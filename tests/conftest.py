"""Fixtures shared by the tests: a local Hub with tiny random models of the real classes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # pytest's importlib mode does not; needed for local_hub

from local_hub import LocalHub


@pytest.fixture(scope="session")
def tiny_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Save tiny random models as transformers does; return the folder with `owner/name` folders."""
    import torch
    import transformers
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace

    root = tmp_path_factory.mktemp("hub")
    torch.manual_seed(0)
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "el", "la", "gato", "casa", "duerme", "##s", "."]
    vocabulary = {word: number for number, word in enumerate(words)}
    size: dict[str, Any] = {
        "hidden_size": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": 16,
    }

    bert = root / "curso" / "bert"
    transformers.BertTokenizer(vocab=vocabulary).save_pretrained(bert)
    bert_config = transformers.BertConfig(vocab_size=len(words), max_position_embeddings=32, **size)
    transformers.BertForMaskedLM(bert_config).save_pretrained(bert)
    (bert / "README.md").write_text("# Un BERT diminuto\n", encoding="utf-8")
    (bert / "pytorch_model.bin").write_bytes(b"a pickle that nobody should fetch")
    (bert / "modeling.py").write_text("raise SystemExit('never run')\n", encoding="utf-8")
    (bert / "onnx").mkdir()
    (bert / "onnx" / "config.json").write_text("{}", encoding="utf-8")

    gpt2 = root / "curso" / "gpt2"
    splitter = Tokenizer(WordLevel(vocabulary, unk_token="[UNK]"))
    splitter.pre_tokenizer = Whitespace()
    fast = transformers.PreTrainedTokenizerFast(tokenizer_object=splitter, eos_token="[SEP]")  # type: ignore[no-untyped-call]
    fast.save_pretrained(gpt2)
    gpt2_config = transformers.GPT2Config(
        vocab_size=len(words), n_embd=16, n_layer=1, n_head=2, n_positions=32, eos_token_id=3, bos_token_id=2
    )
    transformers.GPT2LMHeadModel(gpt2_config).save_pretrained(gpt2, max_shard_size="8KB")  # in several files

    vit = root / "curso" / "vit"
    transformers.ViTImageProcessor(size={"height": 16, "width": 16}).save_pretrained(vit)
    size["num_labels"] = 3
    vit_config = transformers.ViTConfig(image_size=16, patch_size=8, **size)
    transformers.ViTForImageClassification(vit_config).save_pretrained(vit)

    pickled = root / "curso" / "pickled"
    bert_config.save_pretrained(pickled)
    (pickled / "pytorch_model.bin").write_bytes(b"only a pickle")
    return root


@pytest.fixture
def local_hub(tiny_models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalHub]:
    """Start a local Hub and point huggingface_hub to it, in this process, with an empty cache of its own."""
    from huggingface_hub import constants

    from course_utils import assets

    with LocalHub(tiny_models) as hub:
        point_to(hub.endpoint, monkeypatch)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(assets, "_last_probe", None)
        yield hub


def point_to(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make huggingface_hub, already imported, use another endpoint: it read HF_ENDPOINT when imported."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "ENDPOINT", endpoint)
    template = endpoint + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
