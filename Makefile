# On a fresh machine with Python 3.11 and make: `make demo` runs the main job, `make test` passes all tests.
PYTHON ?= python3.11
VENV   := .venv
BIN    := $(VENV)/bin
LEVIER := $(BIN)/levier
DEMO   := .levier/demo

.PHONY: help setup demo test lint format serve bench clean

help: ## say what each target does
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

setup: $(VENV)/.installed ## install what is locked into .venv, nothing else

$(VENV)/.installed: requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is needed (make PYTHON=… names another Python from 3.11 on)"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: setup ## build the bundled notes and sample, check them, answer five questions
	@sh docs/demo.sh $(LEVIER) $(DEMO)

test: setup ## run every test
	$(BIN)/python -m pytest

lint: setup ## style, types, layers, canonical Turtle
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m levier.graph.turtle --check ontology data shapes

format: setup ## bring Python and Turtle into their canonical form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/python -m levier.graph.turtle ontology data shapes

serve: setup ## serve the demo's graph on http://127.0.0.1:8000
	@test -f $(DEMO)/current || $(LEVIER) --version >/dev/null && test -f $(DEMO)/current || $(LEVIER) build --illustrative --store $(DEMO)
	$(LEVIER) serve --store $(DEMO)

bench: setup ## time the main job on ../shared/corpus, or on the sample where it is absent
	$(BIN)/python -m tests.bench

clean: ## remove what the targets made
	rm -rf $(VENV) .levier dist build
