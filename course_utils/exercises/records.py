"""What a learner has solved, kept in the user's data folder."""

from __future__ import annotations

import datetime
import json
import os
from pathlib import Path

VERSION = 1


def data_folder() -> Path:
    """Return the folder of the learner's data: `COURSE_DATA_DIR`, or the system's usual place."""
    import platformdirs

    chosen = os.environ.get("COURSE_DATA_DIR")
    return Path(chosen) if chosen else Path(platformdirs.user_data_dir("llm-por-dentro", appauthor=False))


def record(name: str) -> str:
    """Note that an exercise is solved; safe when two kernels do it at once.

    Returns:
        What the learner should know about it, in Spanish: nothing, if all went well.
    """
    import filelock

    file = data_folder() / "progress.json"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(f"{file}.lock", timeout=10):
            solved, notice = read_solved()
            solved.setdefault(name, datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"))
            draft = file.with_suffix(".draft")
            draft.write_text(json.dumps({"version": VERSION, "solved": solved}, indent=1), encoding="utf-8")
            draft.replace(file)
    except (OSError, filelock.Timeout) as error:
        return f" (Tu progreso no se ha podido guardar en {file}: {error}.)"
    return notice


def read_solved() -> tuple[dict[str, str], str]:
    """Return when each exercise was solved, and a notice for the learner (empty if all is well).

    A damaged file is set aside, never overwritten.
    """
    file = data_folder() / "progress.json"
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        solved = {str(name): str(date) for name, date in content["solved"].items()}
        if content["version"] != VERSION:
            raise ValueError(content["version"])
    except FileNotFoundError:
        return {}, ""
    except (ValueError, KeyError, TypeError, AttributeError):
        moment = datetime.datetime.now(datetime.UTC).strftime("%Y%m%d-%H%M%S-%f")
        aside = file.with_name(f"progress-dañado-{moment}.json")
        file.replace(aside)
        return {}, f" (El archivo de progreso estaba dañado: lo he apartado en {aside} y empiezo uno nuevo.)"
    return solved, ""
