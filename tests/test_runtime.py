import os
import random
import subprocess
import sys

import numpy as np
import pytest
import torch

from course_utils import runtime


def test_the_device_is_what_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_DEVICE", "cpu")
    assert runtime.get_device() == torch.device("cpu")


def test_without_a_preference_accelerators_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COURSE_DEVICE", raising=False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert runtime.get_device().type == "cuda"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert runtime.get_device().type == "mps"
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert runtime.get_device().type == "cpu"


@pytest.mark.parametrize("name", ["gpu", "cuda:x", "meta"])
def test_a_device_that_does_not_exist_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match=f"prefer: .*'{name}'"):
        runtime.get_device(name)
    monkeypatch.setenv("COURSE_DEVICE", name)
    with pytest.raises(ValueError, match="COURSE_DEVICE"):
        runtime.get_device()


def test_a_device_that_is_not_here_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ValueError, match="este equipo no tiene 'cuda:3'"):
        runtime.get_device("cuda:3")


def test_a_seed_fixes_every_generator() -> None:
    def draw() -> tuple[float, float, float]:
        runtime.set_seed(7)
        return random.random(), float(np.random.random()), float(torch.rand(()))  # noqa: NPY002

    assert draw() == draw()


@pytest.mark.parametrize("seed", [-1, 2**32, 1.5, "0", True, None])
def test_a_wrong_seed_is_refused(seed: object) -> None:
    with pytest.raises(ValueError, match="seed"):
        runtime.set_seed(seed)  # type: ignore[arg-type]


def test_the_environment_is_recognised(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("COLAB_RELEASE_TAG", "BINDER_SERVICE_HOST"):
        monkeypatch.delenv(name, raising=False)
    assert runtime.environment() == "local"
    monkeypatch.setenv("BINDER_SERVICE_HOST", "x")
    assert runtime.environment() == "binder"
    monkeypatch.setenv("COLAB_RELEASE_TAG", "x")
    assert runtime.environment() == "colab"


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = (
        "import sys, course_utils, course_utils.runtime, course_utils.corpora, course_utils.assets\n"
        "heavy = {'torch', 'transformers', 'gensim', 'sklearn', 'matplotlib', 'pandas'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env=os.environ | {"PYTHONWARNINGS": "ignore"})
