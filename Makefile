# Six verbs: setup demo test check bench docs. On a new machine, `make demo` or `make test` is enough.
#   ARGS="..."  is passed on: make demo ARGS="--residents 500 --days 7", make test ARGS="-k refund"
#   LONG=1      runs more rounds of the same: make test LONG=1
#   JOBS=2      test processes at once; each has a PostgreSQL of its own
.PHONY: help setup demo test check bench docs requirements style types imports rules
.DELETE_ON_ERROR:

# Tests start some hundred processes, and none should have to compile the product again.
export PYTHONDONTWRITEBYTECODE :=

ARGS ?=
LONG ?=
JOBS ?= 2
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
PACKAGE := $(PIP) --no-deps --no-build-isolation --editable .
COMPILE := CUSTOM_COMPILE_COMMAND="make requirements" $(BIN)/pip-compile --quiet --generate-hashes \
	--allow-unsafe --strip-extras --all-build-deps --no-emit-options --no-emit-index-url \
	--no-emit-find-links --no-emit-trusted-host

help:
	@sed -n '1,4s/^# *//p' Makefile

setup: .venv/.ready-dev

demo: .venv/.ready-run
	$(BIN)/ichimai demo $(ARGS)

test: export ICHIMAI_TEST_LONG = $(LONG)
test: check .venv/.ready-machine
	$(BIN)/pytest --ignore=tests/tidy --numprocesses=$(JOBS) --dist=loadfile \
		$(if $(LONG),,-m "not long") $(ARGS)

check: .venv/.ready-dev
	$(MAKE) --no-print-directory --jobs=2 types rules style imports

style:
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types:
	$(BIN)/mypy

imports:
	$(BIN)/lint-imports

rules:
	$(BIN)/pytest -q tests/tidy

bench: .venv/.ready-run
	scripts/debian-packages bench
	$(BIN)/ichimai bench $(ARGS)

docs: .venv/.ready-dev
	$(BIN)/python tools/reference.py
	$(BIN)/python tools/gallery_rules.py
	$(BIN)/pytest -q tests/tidy tests/docs

requirements: .venv/.ready-dev
	$(COMPILE) $(ARGS) --output-file requirements/run.txt pyproject.toml
	$(COMPILE) $(ARGS) --extra reader --constraint requirements/run.txt --output-file requirements/reader.txt pyproject.toml
	$(COMPILE) $(ARGS) --extra dev --constraint requirements/run.txt --output-file requirements/dev.txt pyproject.toml

# What has been prepared is remembered by a file in .venv, so that a second run costs nothing.
.venv/bin/python:
	scripts/venv

.venv/.ready-run: .venv/bin/python requirements/run.txt pyproject.toml
	$(PIP) --require-hashes --requirement requirements/run.txt
	$(PACKAGE)
	touch $@

.venv/.ready-dev: .venv/bin/python requirements/dev.txt pyproject.toml
	scripts/debian-packages build
	$(PIP) --require-hashes --requirement requirements/dev.txt
	$(PACKAGE)
	touch $@ .venv/.ready-run

.venv/.ready-machine: scripts/debian-packages .venv/.ready-dev
	scripts/debian-packages test
	touch $@
