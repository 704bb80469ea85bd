"""What pytest runs here are the lessons; learners' copies hold stubs, and the sources are built first."""

import os

# The tests download nothing: what a lesson takes from the Hub is optional.
os.environ.setdefault("HF_HUB_OFFLINE", "1")
# Two notebooks run at once, each kernel on one core.
os.environ.setdefault("OMP_NUM_THREADS", "1")

collect_ignore_glob = ["exercises/*", "src/*"]
