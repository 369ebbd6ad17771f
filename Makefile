# Everything is installed into .venv: exactly what requirements/*.txt pin, by their hashes. pip asks
# nobody what else it might need (--no-deps): what is released tomorrow makes no difference.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
PINNED := $(PIP) install --quiet --no-deps --require-hashes
ARGS ?=
# Hundreds of processes run in the tests: what Python compiles, it compiles once.
unexport PYTHONDONTWRITEBYTECODE
SIZE ?= 100000
GROWTH ?= 1000000

.PHONY: help install install-dev install-spark install-dashboard install-browser install-formats install-ftm demo dashboard test test-spark test-deep lint types format check bench coverage \
  lock clean

help:
	@echo "make demo      generate a small register, score it, explain the worst company"
	@echo "make test      run the tests"
	@echo "make test-spark the engine \"spark\" on a cluster of this machine (ten minutes)"
	@echo "make test-deep run them with 5,000 examples of each law (a night)"
	@echo "make dashboard  the dashboard on the sample, at http://127.0.0.1:8050"
	@echo "make install-browser  what the tests of its pages need beside chromium"
	@echo "make install-formats  what the tests of exports need beside"
	@echo "make install-ftm  what the tests of FollowTheMoney need (the headers of ICU, too)"
	@echo "make install-spark  what the engine \"spark\" needs beside Java 17 (400 MB)"
	@echo "make check     lint, types, tests"
	@echo "make bench     benchmarks (SIZE=100000 companies, growth up to GROWTH=1000000; SIZE=nation)"
	@echo "make coverage  the tests with line and branch coverage"
	@echo "make lock      pin requirements/*.txt anew from pyproject.toml"

install: .venv/installed

.venv/installed: requirements/run.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or later is needed: make PYTHON=python3.12 …"; exit 1; }
	$(PYTHON) -m venv .venv
	$(PINNED) -r requirements/run.txt
	$(PIP) install --quiet --no-deps --no-build-isolation -e .
	$(PIP) check
	@touch $@

install-dev: .venv/installed-dev

.venv/installed-dev: requirements/dev.txt .venv/installed-dashboard
	$(PINNED) -r requirements/dev.txt
	$(PIP) check
	@touch $@

install-dashboard: .venv/installed-dashboard

.venv/installed-dashboard: requirements/dashboard.txt requirements/build-source.txt .venv/installed
	$(PINNED) -r requirements/build-source.txt
	$(PINNED) --no-build-isolation -r requirements/dashboard.txt
	$(PIP) check
	@touch $@

install-browser: .venv/installed-browser

.venv/installed-browser: requirements/browser.txt .venv/installed-dev
	$(PINNED) -r requirements/browser.txt
	$(PIP) check
	@touch $@

# The libraries of others that read what is exported, and what draws PNG and PDF.
install-formats: .venv/installed-formats

.venv/installed-formats: requirements/formats.txt .venv/installed-dev
	$(PINNED) -r requirements/formats.txt
	$(PIP) check
	@touch $@

# FollowTheMoney has an environment of its own: .venv-ftm.
install-ftm: .venv-ftm/installed

.venv-ftm/installed: requirements/ftm.txt requirements/build-source.txt
	$(PYTHON) -m venv .venv-ftm
	.venv-ftm/bin/python -m pip --disable-pip-version-check install --quiet --no-deps --require-hashes \
	  -r requirements/build-source.txt
	.venv-ftm/bin/python -m pip --disable-pip-version-check install --quiet --no-deps --require-hashes \
	  --no-build-isolation -r requirements/ftm.txt
	.venv-ftm/bin/python -m pip --disable-pip-version-check check
	@touch $@

# Spark comes as a source archive of 400 MB: nobody gets it who has not asked for it.
install-spark: .venv/installed-spark

.venv/installed-spark: requirements/spark.txt requirements/build-source.txt .venv/installed
	$(PINNED) -r requirements/build-source.txt
	$(PINNED) --no-build-isolation -r requirements/spark.txt
	$(PIP) check
	@touch $@

demo: install
	@$(BIN)/trustgraph demo --out demo-run
	@if [ -n "$(SERVE)" ]; then $(MAKE) --no-print-directory install-dashboard && \
	  $(BIN)/trustgraph serve demo-run/run; else \
	  echo; echo "Look at it in a browser:  make demo SERVE=1"; fi

dashboard: install-dashboard
	$(BIN)/trustgraph serve $(ARGS)

# Tests of one group (a Spark cluster is one) stay on one core, one after the other. How many
# workers there are: tests/conftest.py.
test: install-dev
	$(BIN)/python -m pytest -n auto --dist loadgroup $(ARGS)

test-spark: export TRUSTGRAPH_SPARK = 1
test-spark: install-dev install-spark
	$(BIN)/python -m pytest tests/engines $(ARGS)

test-deep: export HYPOTHESIS_PROFILE = many
test-deep: test

lint: install-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: install-dev
	$(BIN)/mypy

format: install-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

check: lint types test

coverage: install-dev
	$(BIN)/python -m pytest -n auto --dist loadgroup --cov --cov-report=term-missing:skip-covered $(ARGS)

bench: install-dev
	$(BIN)/python tests/benchmarks/run.py --companies $(SIZE) --growth $(GROWTH) $(ARGS)

# Needs the uv tool; the files name no index, so that every machine uses its own.
LOCK := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-header --quiet
lock:
	$(LOCK) --upgrade --group build -o requirements/run.txt
	$(LOCK) --upgrade --group build --group dev --extra dashboard -c requirements/dashboard.txt -o requirements/dev.txt
	$(LOCK) --upgrade --extra dashboard -c requirements/run.txt -o requirements/dashboard.txt
	$(LOCK) --upgrade --group browser -c requirements/dev.txt -o requirements/browser.txt
	$(LOCK) --upgrade --group formats --extra pictures -c requirements/dev.txt -o requirements/formats.txt
	$(LOCK:pyproject.toml=) --upgrade --group ftm -c requirements/build-source.txt -o requirements/ftm.txt
	$(LOCK) --upgrade --extra spark -c requirements/run.txt -o requirements/spark.txt
	$(LOCK:pyproject.toml=) --upgrade --group build-source -c requirements/run.txt -o requirements/build-source.txt

clean:
	rm -rf .venv .venv-ftm demo-run build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
