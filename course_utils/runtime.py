"""Where the code runs: device, seed and environment, chosen in one place for every lesson."""

from __future__ import annotations

import os
import random
import sys
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import torch


def get_device(prefer: str | None = None) -> torch.device:
    """Return the device to compute on: CUDA, then MPS, then CPU.

    Args:
        prefer: a torch device name such as "cpu" or "cuda:1"; without it, the environment variable
            `COURSE_DEVICE` decides, and without that, what the machine has.

    Raises:
        ValueError: if the name is not a device, or this machine has no such device.

    >>> get_device("cpu")
    device(type='cpu')
    """
    import torch

    wanted = prefer or os.environ.get("COURSE_DEVICE")
    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if not wanted:
        return torch.device(next(name for name, present in available.items() if present))
    source = "prefer" if prefer else "COURSE_DEVICE"
    expected = "se esperaba «cpu», «cuda», «cuda:N» o «mps»"
    try:
        device = torch.device(wanted)
    except (RuntimeError, TypeError) as error:
        raise ValueError(f"{source}: {wanted!r} no es un dispositivo; {expected}") from error
    if device.type not in available:
        raise ValueError(f"{source}: el curso no usa el dispositivo {wanted!r}; {expected}")
    missing_card = device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count()
    if not available[device.type] or missing_card:
        raise ValueError(f"{source}: este equipo no tiene {wanted!r}; quita esa opción o usa «cpu»")
    return device


def set_seed(seed: int) -> None:
    """Fix the seeds of `random`, NumPy and torch, so that two runs tell the same story.

    Raises:
        ValueError: if the seed is not an integer between 0 and 2**32 - 1 (NumPy's range).

    >>> set_seed(0); first = random.random()
    >>> set_seed(0); random.random() == first
    True
    """
    if not isinstance(seed, int) or isinstance(seed, bool) or not 0 <= seed < 2**32:
        raise ValueError(f"seed debe ser un entero entre 0 y 2**32 - 1; ha llegado {seed!r}")
    import numpy as np
    import torch

    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - libraries that learners use still draw from the global generator
    torch.manual_seed(seed)


def environment() -> Literal["colab", "binder", "local"]:
    """Say where the notebook runs.

    >>> environment() in {"colab", "binder", "local"}
    True
    """
    if "google.colab" in sys.modules or "COLAB_RELEASE_TAG" in os.environ:
        return "colab"
    return "binder" if "BINDER_SERVICE_HOST" in os.environ else "local"
