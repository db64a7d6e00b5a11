# On a fresh machine with Python 3.11 and make: `make demo` runs the main job, `make test` passes all tests.
PYTHON ?= python3.11
VENV   := .venv
BIN    := $(VENV)/bin
LEVIER := $(BIN)/levier

.PHONY: help setup demo test lint format pages serve fire bench clean

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
	@echo; echo "Levier ties the aid that Belgium gives to what its strategy notes promise, and says why."
	@echo; echo "== Build: the strategy notes, a small sample of aid, an illustrative plan with two yearly rounds"
	@$(LEVIER) build --illustrative
	@echo; echo "== Check: is it coherent? (the sample keeps the slips of the data it was made from; these are the gravest)"
	@$(LEVIER) check --show violation || test $$? -eq 1
	@for question in money-per-objective objectives-without-activity found-only-by-text \
	  'reports-per-objective --param year=2025 --param objective=M1' lost-partner-status; do \
	  echo; echo "== Ask: levier ask $$question"; $(LEVIER) ask $$question || exit 1; done
	@echo; echo "== Next"
	@echo "$(LEVIER) ask                               the other questions"
	@echo "$(LEVIER) link --explain XM-DAC-2-10-3031   why an activity is linked to an axis of a note"
	@echo "$(LEVIER) build --aid YOUR-IATI.xml         the notes and your own aid data"
	@echo "make serve                                       the same in a browser, on http://127.0.0.1:8000"

test: setup ## run every test, on up to four cores
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile

lint: setup ## style, types, layers, canonical Turtle
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m levier.graph.turtle --check ontology data shapes

format: setup ## bring Python and Turtle into their canonical form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/python -m levier.graph.turtle ontology data shapes

pages: setup ## make the pages of docs/ that are made from the program: the mapping, the rules, the questions
	$(BIN)/python -m levier.iati.mapping_page > docs/mapping.md
	$(BIN)/python -m levier.coherence.catalogue_page > docs/rules.md
	$(LEVIER) build --illustrative --store .levier-pages
	$(BIN)/python -m levier.questions.page .levier-pages > docs/questions.md
	rm -r .levier-pages

serve: setup ## serve the graph (built first where there is none) on http://127.0.0.1:8000
	@test -f .levier/current || $(LEVIER) build --illustrative
	$(LEVIER) serve

fire: setup ## 64 clients against the service for a minute
	LEVIER_FIRE_SECONDS=60 $(BIN)/python -m pytest -q -s tests/fire

bench: setup ## time the main job on ../shared/corpus, or on the sample where it is absent
	$(BIN)/python -m tests.bench

clean: ## remove what the targets made
	rm -rf $(VENV) .levier dist build
