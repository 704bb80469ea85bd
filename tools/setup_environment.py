"""Make `.venv` with everything the course needs; `make lab` and `make test` call this first.

Runs on a bare Python (standard library only, no syntax newer than 3.6, so that an old Python can still read
the message that it is too old). The second time it does nothing: a stamp in `.venv` says what was installed.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "course-setup.sha256"
LOG = VENV / "course-setup.log"
SUPPORTED = [(3, 13), (3, 12), (3, 11)]
TORCH_CPU = "https://download.pytorch.org/whl/cpu"

CAUSES = [
    (
        ("No space left",),
        "No queda espacio en el disco: hacen falta unos 3 GB libres.",
    ),
    (
        ("Failed building wheel", "Failed to build", "Microsoft Visual C++", "directory: 'cc'"),
        "Uno de los paquetes no trae una versión ya compilada para tu sistema y aquí no hay compilador. "
        "Instala uno (en Debian o Ubuntu: sudo apt install build-essential; en macOS: xcode-select "
        "--install; en Windows: «Build Tools for Visual Studio») y repite, o usa la forma con conda del "
        "README.",
    ),
    (
        ("NewConnectionError", "Failed to establish", "Timeout", "No matching distribution"),
        "No se ha podido descargar un paquete: ¿hay conexión a internet? Solo hace falta la primera vez; "
        "después el curso funciona sin red.",
    ),
]


def stop(message):
    # type: (str) -> None
    """Print a message for the learner and stop."""
    sys.exit("\n✘ " + message + "\n")


def find_python():
    # type: () -> str
    """Return a supported Python: this one, or another one of this machine."""
    if sys.version_info[:2] in SUPPORTED:
        return sys.executable
    for major, minor in SUPPORTED:
        other = shutil.which("python{}.{}".format(major, minor))
        if other and subprocess.call([other, "-c", "import venv"], stderr=subprocess.DEVNULL) == 0:
            return other
    stop(
        "El curso necesita Python 3.11, 3.12 o 3.13, y este es el {}.{}. Instala uno de ellos "
        "(https://www.python.org/downloads/) y repite así: make lab PYTHON=python3.13. "
        "Si usas conda, el README dice cómo.".format(*sys.version_info[:2])
    )
    raise AssertionError  # stop() does not come back


def fingerprint():
    # type: () -> str
    """Return a hash of all that decides what is installed, and where."""
    parts = [(ROOT / name).read_bytes() for name in ("pyproject.toml", "constraints.txt")]
    return hashlib.sha256(b"\0".join([*parts, str(ROOT).encode()])).hexdigest()


def is_done():
    # type: () -> bool
    """Whether `.venv` already holds what is needed."""
    return VENV_PYTHON.exists() and STAMP.exists() and STAMP.read_text() == fingerprint()


def wants_cpu_torch():
    # type: () -> bool
    """Whether to take PyTorch's CPU build: on Linux the usual one brings gigabytes of CUDA."""
    if not sys.platform.startswith("linux") or shutil.which("nvidia-smi"):
        return False
    try:
        urllib.request.urlopen(TORCH_CPU + "/torch/", timeout=4).close()
    except OSError:
        return False
    return True


def pip_install(*arguments):
    # type: (*str) -> None
    """Run pip in `.venv`; if it fails, say in Spanish what may have happened and where its log is."""
    command = [str(VENV_PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    with LOG.open("w", encoding="utf-8") as log:
        code = subprocess.call(command + list(arguments), stdout=log, stderr=log, cwd=str(ROOT))
    if code == 0:
        return
    text = LOG.read_text(encoding="utf-8", errors="replace")
    cause = next((message for signs, message in CAUSES if any(sign in text for sign in signs)), "")
    last = "\n".join(line for line in text.splitlines() if "ERROR" in line)[-600:]
    stop("La instalación no ha terminado. {}\n\n{}\n\nTodo lo que dijo pip: {}".format(cause, last, LOG))


def main():
    # type: () -> None
    """Set the environment up, unless it is."""
    if is_done():
        return
    python = find_python()
    print("Preparando el curso en {} (la primera vez tarda unos minutos)…".format(VENV), flush=True)
    works = VENV_PYTHON.exists() and subprocess.call([str(VENV_PYTHON), "-c", "import pip"]) == 0
    if not works and subprocess.call([python, "-m", "venv", "--clear", str(VENV)]) != 0:
        stop("Python no ha podido crear el entorno. En Debian o Ubuntu: sudo apt install python3-venv.")
    if STAMP.exists():
        STAMP.unlink()
    constraints = ["--constraint", str(ROOT / "constraints.txt")]
    if wants_cpu_torch():
        pip_install(*constraints, "--index-url", TORCH_CPU, "torch")
    pip_install(*constraints, "--editable", ".[lab,test]")
    STAMP.write_text(fingerprint())
    print("Listo.", flush=True)


if __name__ == "__main__":
    main()
