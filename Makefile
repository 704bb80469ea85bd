# The two commands that matter: `make lab` opens the course, `make test` checks all of it.
PYTHON ?= $(or $(firstword $(foreach name,python3 python python3.13 python3.12 python3.11,$(shell command -v $(name) 2>/dev/null))),python3)
BIN := .venv/$(if $(filter Windows_NT,$(OS)),Scripts,bin)

# A machine without a screen: print the address, and do not start a text browser.
HEADLESS := $(if $(filter Linux,$(shell uname -s)),$(if $(DISPLAY)$(WAYLAND_DISPLAY),,--no-browser))

.PHONY: lab test setup lint notebooks fork

lab: setup  ## open the course in JupyterLab
	$(BIN)/jupyter lab --allow-root $(HEADLESS) notebooks/00_modelos_de_lenguaje.ipynb

test: setup lint  ## types and style, unit tests, doctests and every notebook
	$(BIN)/python -m pytest -n 2

setup:  ## make .venv with everything
	@$(PYTHON) tools/setup_environment.py

lint: setup  ## ruff and mypy over the package, the tools and the notebooks' sources
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy course_utils tools tests benchmarks
	$(BIN)/mypy notebooks/src/*.py
	$(BIN)/mypy notebooks/src/exercises/*.py

notebooks: setup  ## bring the notebooks up to date with notebooks/src
	$(BIN)/python tools/build_notebooks.py

fork: setup  ## make fork URL=https://github.com/you/your-fork: rewrite the address everywhere
	$(BIN)/python tools/build_notebooks.py --repository $(URL)
