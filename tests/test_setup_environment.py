import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import setup_environment as setup


@pytest.fixture(autouse=True)
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("pyproject.toml", "constraints.txt"):
        (tmp_path / name).write_text("x", encoding="utf-8")
    venv = tmp_path / ".venv"
    python = venv / "bin" / "python"
    monkeypatch.setattr(setup, "ROOT", tmp_path)
    monkeypatch.setattr(setup, "VENV", venv)
    monkeypatch.setattr(setup, "VENV_PYTHON", python)
    monkeypatch.setattr(setup, "STAMP", venv / "stamp")
    monkeypatch.setattr(setup, "LOG", venv / "log")
    monkeypatch.setattr(setup, "wants_cpu_torch", lambda: False)
    return tmp_path


def fake_pip(monkeypatch: pytest.MonkeyPatch, says: str = "") -> list[list[str]]:
    """Let every command succeed, but pip fail if it has something to say."""
    commands: list[list[str]] = []

    def call(command: list[str], stdout: Any = None, stderr: Any = None, cwd: Any = None) -> int:
        commands.append(command)
        if "venv" in command:
            setup.VENV_PYTHON.parent.mkdir(parents=True)
            setup.VENV_PYTHON.touch()
        if "pip" in command and says:
            stdout.write(says)
            return 1
        return 0

    monkeypatch.setattr(subprocess, "call", call)
    return commands


def test_the_second_time_nothing_is_run(monkeypatch: pytest.MonkeyPatch, course: Path) -> None:
    commands = fake_pip(monkeypatch)
    setup.main()
    assert [command[2] for command in commands] == ["venv", "pip"]
    assert commands[1][-2:] == ["--editable", ".[lab,test]"]
    setup.main()
    assert len(commands) == 2
    (course / "constraints.txt").write_text("y", encoding="utf-8")
    setup.main()
    assert len(commands) > 2


@pytest.mark.parametrize(
    ("says", "cause"),
    [
        ("ERROR: NewConnectionError: name resolution", "¿hay conexión a internet?"),
        (
            "error: [Errno 2] No such file or directory: 'cc'\nERROR: Failed building wheel",
            "no hay compilador",
        ),
        ("ERROR: [Errno 28] No space left on device", "No queda espacio"),
        ("ERROR: something else", "something else"),
    ],
)
def test_a_failed_installation_is_explained(monkeypatch: pytest.MonkeyPatch, says: str, cause: str) -> None:
    fake_pip(monkeypatch, says)
    with pytest.raises(SystemExit, match="La instalación no ha terminado") as stopped:
        setup.main()
    assert cause in str(stopped.value)
    assert not setup.STAMP.exists()


def test_an_unsupported_python_gets_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 18))
    monkeypatch.setattr("shutil.which", lambda _: None)
    with pytest.raises(SystemExit, match=r"necesita Python 3\.11, 3\.12 o 3\.13, y este es el 3\.9"):
        setup.main()


def test_a_supported_python_elsewhere_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 14, 0))
    monkeypatch.setattr("shutil.which", lambda name: f"/x/{name}" if name == "python3.12" else None)
    monkeypatch.setattr(subprocess, "call", lambda *_, **__: 0)
    assert setup.find_python() == "/x/python3.12"


def test_an_old_python_can_read_the_script() -> None:
    """It says that the Python is too old: so nothing in it may be newer than 3.6."""
    import ast

    text = (Path(setup.__file__)).read_text(encoding="utf-8")
    ast.parse(text, feature_version=(3, 7))
    assert 'f"' not in text
