"""Interactive figures, a module for each chapter: a plain function draws, a widget moves its arguments."""
