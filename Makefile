# `make start` opens the editor, `make test` runs every test: each sets up all it needs on a fresh clone.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
FLOW ?= essay
PORT ?= 8700

.DEFAULT_GOAL := help
.PHONY: help start test check format lint types layers bench bench-peers callgrind clean chromium

help:  ## What can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

start: $(VENV)/.installed  ## Install Weft here and open the editor with the essay template
	@$(BIN)/weft serve --port $(PORT) --open $(FLOW)

test: $(VENV)/.installed-dev chromium  ## Install what the tests need and run the whole suite
	@$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist worksteal

check: $(VENV)/.installed-dev chromium lint types layers  ## Format, lint, types, layers, tests: what a change must pass
	@$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist worksteal

format: $(VENV)/.installed-dev  ## Rewrite the Python files in the house's format
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

lint: $(VENV)/.installed-dev
	@$(BIN)/ruff format --check . && $(BIN)/ruff check .

types: $(VENV)/.installed-dev
	@$(BIN)/pyright

layers: $(VENV)/.installed-dev
	@$(BIN)/lint-imports

bench: $(VENV)/.installed-dev chromium  ## Measure: scheduler against the floor, journal, editing, cold start, canvas
	@for question in scheduler durable store_appends editing cold_start canvas; do $(BIN)/python -m benchmarks.$$question || exit 1; done

bench-peers: $(VENV)/.installed-dev  ## Measure other engines beside Weft, each in an environment under .peers/
	@$(BIN)/python -m benchmarks.peers.build && $(BIN)/python -m benchmarks.peers

callgrind: $(VENV)/.installed-dev  ## Count the instructions a node costs, with valgrind
	@$(BIN)/python -m benchmarks.callgrind

soak: $(VENV)/.installed-dev  ## Test the promises for long (half an hour), and print their figures
	@$(BIN)/python -m tests.soak

clean:  ## Remove the environment and every cache
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis .import_linter_cache dist build

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Weft needs Python 3.11 or newer, and '$(PYTHON)' is older: run 'make $(MAKECMDGOALS) PYTHON=python3.12' with one that is."; exit 2; }
	@echo "Making $(VENV) …"
	@$(PYTHON) -m venv $(VENV) || \
	  { echo "Python's venv module is missing: on Debian and Ubuntu, 'apt install python3-venv' brings it."; exit 2; }
	@$(PIP) install --upgrade 'pip>=25.1'

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml constraints.txt
	@echo "Installing Weft into $(VENV) …"
	@$(PIP) install -c constraints.txt -e '.[openai]'
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	@echo "Installing what the tests need …"
	@$(PIP) install -c constraints.txt -e '.[openai,otel]' --group dev
	@touch $@

# The browser tests drive the system's Chromium; nothing is downloaded outside the package manager.
chromium:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "Installing Chromium for the browser tests …"; \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null; \
	else \
	  echo "The browser tests need Chromium: install it with your package manager (Debian, Ubuntu: 'sudo apt install chromium') and run this again."; exit 2; \
	fi
