"""Interactive figures, one module for each chapter: a plain function draws, and a widget moves its arguments."""
