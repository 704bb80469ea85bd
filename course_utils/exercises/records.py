"""What a learner has solved, kept in the user's data folder."""

from __future__ import annotations

import datetime
import html
import json
import os
from dataclasses import dataclass
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
            solved, notice = _read(file)
            solved.setdefault(name, datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"))
            draft = file.with_suffix(".draft")
            draft.write_text(json.dumps({"version": VERSION, "solved": solved}, indent=1), encoding="utf-8")
            draft.replace(file)
    except (OSError, filelock.Timeout) as error:
        return f" (Tu progreso no se ha podido guardar en {file}: {error}.)"
    return notice


def progress() -> Progress:
    """Show what has been solved, lesson by lesson.

    >>> progress().lessons[0].chapter
    '00'
    """
    from course_utils.exercises.engine import CHAPTERS, all_exercises

    try:
        solved, notice = _read(data_folder() / "progress.json")
    except OSError as error:
        solved, notice = {}, f" (Tu progreso no se ha podido leer: {error}.)"
    lessons = []
    for chapter in CHAPTERS:
        exercises = all_exercises(chapter)
        done = [exercise for exercise in exercises if exercise.name in solved]
        lessons.append(
            Lesson(
                chapter,
                solved=[exercise.name for exercise in done],
                pending=[exercise.name for exercise in exercises if exercise not in done],
                points=sum(exercise.points for exercise in done),
                total_points=sum(exercise.points for exercise in exercises),
            )
        )
    return Progress(lessons, notice.strip())


@dataclass(frozen=True)
class Lesson:
    """One lesson's part of the progress."""

    chapter: str
    solved: list[str]
    pending: list[str]
    points: int
    total_points: int


@dataclass(frozen=True)
class Progress:
    """What has been solved; it shows itself in the notebook as a table."""

    lessons: list[Lesson]
    notice: str = ""

    def __repr__(self) -> str:
        rows = [
            f"Lección {lesson.chapter}: {len(lesson.solved)} de {len(lesson.solved) + len(lesson.pending)} "
            f"ejercicios, {lesson.points} de {lesson.total_points} puntos"
            + (f"; faltan {', '.join(lesson.pending)}" if lesson.pending else "; ¡lección completa!")
            for lesson in self.lessons
        ]
        return "\n".join([*rows, self.notice] if self.notice else rows)

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th scope='row'>{lesson.chapter}</th>"
            f"<td>{len(lesson.solved)} de {len(lesson.solved) + len(lesson.pending)}</td>"
            f"<td>{lesson.points} de {lesson.total_points}</td>"
            f"<td>{', '.join(lesson.pending) or '¡lección completa!'}</td></tr>"
            for lesson in self.lessons
        )
        notice = f"<p>{html.escape(self.notice)}</p>" if self.notice else ""
        heads = "".join(
            f"<th scope='col'>{h}</th>" for h in ("Lección", "Ejercicios", "Puntos", "Por resolver")
        )
        return f"<table><caption>Tu progreso</caption><tr>{heads}</tr>{rows}</table>{notice}"


def _read(file: Path) -> tuple[dict[str, str], str]:
    """Read the file; a damaged one is set aside, never overwritten."""
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
