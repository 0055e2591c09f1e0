# payload: every door for people. `make help` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

PYTHON   ?= python3
VENV     := .venv
BIN      := $(VENV)/bin
PIP      := $(BIN)/python -m pip --disable-pip-version-check install --quiet -c constraints.txt
PACKAGE  := pyproject.toml constraints.txt
RUN      := $(VENV)/.run-stamp
DEV      := $(VENV)/.dev-stamp
RIG      := firmware_stubs/build/host/rig
MISSION  := builtin:tiangong-payload-expert
SPEED    ?= 1200
FUZZ_SECONDS ?= 600

.PHONY: help demo test lint firmware fuzz fuzz-once bench bench-once docs constraints doctor clean

help: ## List these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F'\t' '{printf "  make %-12s %s\n", $$1, $$2}'

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(RUN): $(BIN)/python $(PACKAGE)
	$(PIP) -e .
	@touch $@

$(DEV): $(BIN)/python $(PACKAGE)
	$(PIP) -e '.[dev,bench]'
	@touch $@ $(RUN)

demo: $(RUN) ## Plan, verify and simulate a week on Tiangong, then fly its day 2 on emulated rigs
	@PATH="$(CURDIR)/$(BIN):$$PATH" SPEED=$(SPEED) bash scripts/demo.sh

test: $(DEV) ## Run the tests (the firmware is built when there is a C compiler)
	$(BIN)/python -m pytest -n 2 --dist loadgroup

lint: $(DEV) ## Style, types and the walls between the rooms
	$(BIN)/ruff format --check src tests bench
	$(BIN)/ruff check src tests bench
	$(BIN)/mypy
	$(BIN)/lint-imports

firmware: ## Build the firmware for this machine, the ATmega328P and the Cortex-M3, test it, hold it against its size
	MAKE="$(MAKE)" bash scripts/firmware.sh

fuzz: ## Fuzz the firmware's core for FUZZ_SECONDS (600)
	$(MAKE) -C firmware_stubs fuzz FUZZ_SECONDS=$(FUZZ_SECONDS)

fuzz-once: ## A short slice of it, and the proof that it finds seeded bugs, as CI does
	$(MAKE) -C firmware_stubs fuzz-short fuzz-prove

bench: $(DEV) ## Run the benchmarks, each beside its floor
	$(BIN)/python -m pytest bench -o python_files='bench_*.py' --benchmark-group-by=group --benchmark-columns=min,median,ops,rounds

bench-once: $(DEV) ## Run each benchmark once, so that none of them rots
	$(BIN)/python -m pytest bench -o python_files='bench_*.py' --benchmark-disable

docs: $(DEV) ## Run the examples that the documentation shows
	$(BIN)/python -m pytest tests/docs

constraints: $(DEV) ## Renew the pinned versions from what is installed
	{ echo "# What CI runs, exactly. Renew with: make constraints"; $(BIN)/python -m pip freeze --exclude-editable --exclude payload; } > constraints.txt

doctor: ## Say what this machine lacks for which job
	@bash scripts/doctor.sh

clean: ## Remove what was built and what the demo left
	rm -rf $(VENV) firmware_stubs/build plan.json run.db run.db-wal run.db-shm report.html
