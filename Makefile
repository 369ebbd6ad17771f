# Everything is installed into .venv, from the hashes pinned in requirements.txt.
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=
SIZE ?= 100000
GROWTH ?= 1000000

.PHONY: help install demo test lint types format check bench coverage lock clean

help:
	@echo "make demo      generate a small register, score it, explain the worst company"
	@echo "make test      run the tests"
	@echo "make check     lint, types, tests"
	@echo "make bench     benchmarks (SIZE=100000 companies, growth up to GROWTH=1000000; SIZE=nation)"
	@echo "make coverage  the tests with line and branch coverage"
	@echo "make lock      pin requirements.txt anew from pyproject.toml"

install: .venv/installed

.venv/installed: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or later is needed: make PYTHON=python3.12 …"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: install
	@$(BIN)/trustgraph demo --out demo-run

test: install
	$(BIN)/python -m pytest -n auto $(ARGS)

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: install
	$(BIN)/mypy

format: install
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

check: lint types test

coverage: install
	$(BIN)/python -m pytest -n auto --cov --cov-report=term-missing:skip-covered $(ARGS)

bench: install
	$(BIN)/python tests/benchmarks/run.py --companies $(SIZE) --growth $(GROWTH) $(ARGS)

# Needs the uv tool; the file names no index, so that every machine uses its own.
lock: install
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header --quiet -o requirements.txt

clean:
	rm -rf .venv demo-run build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
