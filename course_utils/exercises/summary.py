"""A learner's progress, lesson by lesson, as the notebook shows it."""

from __future__ import annotations

import html
from dataclasses import dataclass

from course_utils.exercises import records
from course_utils.exercises.engine import CHAPTERS, all_exercises


def progress() -> Progress:
    """Show what has been solved, lesson by lesson.

    >>> progress().lessons[0].chapter
    '00'
    """
    try:
        solved, notice = records.read_solved()
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
