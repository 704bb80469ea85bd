"""Exercises that check themselves: `check` looks at an answer, `progress` shows what has been solved.

Each chapter's exercises are defined in the module here that has the chapter's name; `engine` says what an
exercise is and how an answer is checked.
"""

from course_utils.exercises.engine import check
from course_utils.exercises.summary import progress

__all__ = ["check", "progress"]
