# Gatesmith. `make help` lists the rules.
#
#   make                                the bundled example, proven against Keras on this machine
#   make target=host model=swing.keras  your model: generated, built, started once
#   make target=uno model=swing.keras   the same for a board, without port= on what stands in for it
#   make test                           all tests

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
GATESMITH := $(BIN)/gatesmith

# Any Python from 3.11 on; a name that only exists as a shim is passed over.
PYTHON ?= $(shell for name in python3.11 python3.12 python3.13 python3; do \
	"$$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 \
	&& { command -v "$$name"; break; }; done)

# What the rules work on: set on the command line, never taken from the environment.
target := host
model := examples/basic_motions.keras
input := $(if $(filter command line,$(origin model)),,examples/basic_motions_test.npz)
numeric :=
calibration := $(if $(filter command line,$(origin model)),,examples/basic_motions_calibration.npz)
backend :=
port :=
args :=

name := $(basename $(notdir $(model)))
out := out/$(name)-$(basename $(notdir $(target)))
options := --target '$(target)' $(if $(numeric),--numeric $(numeric)) \
	$(if $(and $(numeric),$(calibration)),--calibration '$(calibration)') \
	$(if $(backend),--backend $(backend))

# Without a port, a board's program is built for the emulator that stands in for it, and runs there.
emulate := $(if $(port),,$(if $(filter-out host,$(target)),--emulate))
reach := $(if $(port),--port '$(port)',$(emulate))

.DEFAULT_GOAL := $(if $(filter command line,$(origin target) $(origin model)),build,validate)

##@ Use

.PHONY: validate
validate: $(VENV)/.keras ## Compare the target's outputs with Keras's (the default)
	$(GATESMITH) validate '$(model)' $(strip $(options) $(reach) $(if $(input),--input '$(input)'))

.PHONY: build
build: $(VENV)/.keras ## Generate, compile and start a model (the default with target= or model=)
	$(GATESMITH) $(if $(backend),generate,build) '$(model)' $(strip $(options) $(if $(backend),,$(emulate))) -o '$(out)'
	$(if $(port),,$(GATESMITH) run '$(model)' $(strip $(options) $(reach)))

.PHONY: flash
flash: $(VENV)/.keras ## Put a model on a board, through PlatformIO (target=, port=, model=)
	$(GATESMITH) flash '$(model)' $(strip $(options) $(if $(port),--port '$(port)'))

.PHONY: monitor
monitor: $(VENV)/.keras ## Show what a board says by itself (target=, port=)
	$(GATESMITH) monitor --target '$(target)' --port $(or $(port),$(error say where the board is: make monitor port=/dev/ttyUSB0))

.PHONY: toolchains
toolchains: ## Cross compilers and emulators: apt-get where root, else says what to install
	@.ci/toolchains

.PHONY: install
install: $(VENV)/.keras ## Make .venv with Gatesmith and Keras in it

##@ Develop

.PHONY: test
test: $(VENV)/.dev tools ## Everything needed, then all tests; args="-k lstm" for some
	$(BIN)/python -m pytest -n 2 $(args)

.PHONY: hil
hil: $(VENV)/.dev tools ## Models and layers on a board (target=, port=); without target= on all: hours
	$(BIN)/python -m pytest tests/hil --target $(if $(filter command line,$(origin target)),$(target),all-emulated) \
		$(if $(port),--port $(port)) $(args)

.PHONY: lint
lint: $(VENV)/.dev ## Style, types, and who may import whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

.PHONY: format
format: $(VENV)/.dev ## Format the Python and repair what ruff can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: golden
golden: $(VENV)/.dev ## Rewrite the golden files; read the diff before you commit it
	GATESMITH_GOLDEN=write $(BIN)/python -m pytest tests/golden $(args)

.PHONY: bench
bench: $(VENV)/.dev tools ## Instructions and bytes of the benchmark models
	$(BIN)/python benchmarks/bench.py $(args)

.PHONY: examples
examples: $(VENV)/.examples ## Train the bundled examples again
	$(BIN)/python examples/train_basic_motions.py
	$(BIN)/python examples/train_japanese_vowels.py

.PHONY: tools
tools: ## Compilers and valgrind for tests: apt-get where root, else says what is missing
	@.ci/tools

.PHONY: dist
dist: $(VENV)/.dev ## Source archive and wheel in dist/
	rm -rf build dist
	$(BIN)/python -m build --outdir dist

.PHONY: clean
clean: ## Remove everything that make made, .venv too
	rm -rf $(VENV) build dist out .gatesmith .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help
help: ## This page
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@/ { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@printf '\n%s\n%s\n' \
		"Variables: target=NAME model=FILE input=DATA.npz numeric=TYPE calibration=DATA.npz port=URL" \
		"backend=micropython. Without port= a board is emulated."

# A stamp a set of packages. Each is newer than pyproject.toml, or is made again.

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "make: no Python 3.11 or newer with venv found; set PYTHON=/path/to/python3" >&2; exit 1; }
	"$(PYTHON)" -m venv $(VENV)

$(VENV)/.keras: pyproject.toml | $(BIN)/python
	@echo "installing Gatesmith and Keras into $(VENV); the first time takes a few minutes"
	$(PIP) install --editable '.[keras,boards]'
	@touch $@

$(VENV)/.dev: $(VENV)/.keras
	$(PIP) install --editable '.[keras,boards,dev]'
	@touch $@

$(VENV)/.examples: $(VENV)/.keras
	$(PIP) install --editable '.[keras,examples]'
	@touch $@
