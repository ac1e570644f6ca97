# Everything a contributor runs. Needs git, gnupg, make and Python 3.11 or newer.
#   make test PYTHON=python3.12   uses that interpreter for a new .venv

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: help demo test lint fix bench faults soak fuzz
.DELETE_ON_ERROR:

help: ## show the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "%-6s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: $(STAMP) ## play the guided tour in a scratch folder
	@PATH="$(CURDIR)/$(BIN):$$PATH" bash examples/demo.sh

test: lint ## lint, then every test with coverage
	@$(BIN)/python -m pytest -n auto --dist worksteal --cov --cov-report term \
	  --require-full-coverage=gitprov/guard --require-full-coverage=gitprov/codec

lint: $(STAMP) ## formatting, lint rules, types and import contracts
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@report=$$($(BIN)/lint-imports) || { echo "$$report"; exit 1; }

fix: $(STAMP) ## repair formatting and whatever ruff can repair
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format --quiet .

bench: $(STAMP) ## measure, and write docs/benchmarks.md
	@$(BIN)/python -m tests.benchmarks

faults: $(STAMP) ## the tests of faults, with a kill at every single call
	@FAULTS=all $(BIN)/python -m pytest -n auto --dist worksteal tests/faults

SECONDS ?= 60
SEED ?=

soak: $(STAMP) ## mix writers, kills and every trouble: make soak SECONDS=600 [SEED=n]
	@$(BIN)/python -m tests.soak --seconds $(SECONDS) $(if $(SEED),--seed $(SEED))

RUNS ?=
TARGET ?=

fuzz: $(STAMP) ## feed the parsers any bytes: make fuzz SECONDS=600 [RUNS=n] [SEED=n] [TARGET=name]
	@$(BIN)/python -m tests.fuzz $(if $(RUNS),--runs $(RUNS),--seconds $(SECONDS)) \
	  $(if $(SEED),--seed $(SEED)) $(TARGET)

# Installs anew when pyproject.toml changes, and when the environment no longer runs.
$(STAMP): pyproject.toml $(shell { $(BIN)/python -c ""; } >/dev/null 2>&1 || echo broken)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and \
	  "gitprov needs Python 3.11 or newer, and $(PYTHON) is " + sys.version.split()[0] + \
	  "; name another one: make PYTHON=python3.12")'
	@rm -f $@
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

.PHONY: broken
