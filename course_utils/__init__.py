"""The tested library behind the course; importing it loads nothing heavy.

Each chapter of the course has a module here with the same name: open it and read it.
"""

__version__ = "0.1.0"
