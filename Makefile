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
optimize :=
port :=
args :=
minutes := 5
workloads := ../shared/speed

# A name is a name: `value` takes it as it was given, $(...) in it and all, and `quoted` makes one word of it for the
# shell. To export it, make would read it. A line break would end the line of a recipe.
unexport target model input numeric calibration backend optimize port args minutes workloads locked
define newline


endef
quoted = '$(subst ','\'',$(value $(1)))'
# args= are words, as a shell splits them by quotes, of which it is to run none: they come last, behind the program.
split := import os, shlex, sys; os.execvp(sys.argv[1], sys.argv[1:-1] + shlex.split(sys.argv[-1]))
with_args = $(if $(value args),$(BIN)/python -c '$(split)' )
words = $(if $(value args), $(call quoted,args))
option = $(if $(value $(2)), $(1) $(call quoted,$(2)))
$(foreach each,target model input numeric calibration backend optimize port args minutes workloads,\
	$(if $(findstring $(newline),$(value $(each))),$(error $(each)= takes one line)))

out := out/$(basename $(notdir $(value model)))-$(basename $(notdir $(value target)))
numbers = $(call option,--numeric,numeric)$(if $(value numeric),$(call option,--calibration,calibration))
options = $(call quoted,model) --target $(call quoted,target)$(numbers)$(call option,--backend,backend)$(call option,--optimize,optimize)

# Without a port, a board's program is built for the emulator that stands in for it, and runs there.
emulate := $(if $(value port),,$(if $(filter-out host,$(value target)), --emulate))
reach = $(or $(call option,--port,port),$(emulate))

.DEFAULT_GOAL := $(if $(filter command line,$(origin target) $(origin model)),build,validate)

##@ Use

.PHONY: validate
validate: $(VENV)/.keras ## Compare the target's outputs with Keras's (the default)
	$(GATESMITH) validate $(options)$(reach)$(call option,--input,input)

.PHONY: build
build: $(VENV)/.keras ## Generate, compile and start a model (the default with target= or model=)
	$(GATESMITH) $(if $(value backend),generate $(options),build $(options)$(emulate)) -o $(call quoted,out)
	$(if $(value port),,$(GATESMITH) run $(options)$(reach))

.PHONY: flash
flash: $(VENV)/.keras ## Put a model on a board, through PlatformIO (target=, port=, model=)
	$(GATESMITH) flash $(options)$(call option,--port,port)

.PHONY: monitor
monitor: $(VENV)/.keras ## Show what a board says by itself (target=, port=)
	$(GATESMITH) monitor --target $(call quoted,target)$(or $(call option,--port,port),$(error \
		say where the board is: make monitor port=/dev/ttyUSB0))

.PHONY: toolchains
toolchains: ## Cross compilers and emulators: apt-get where root, else says what to install
	@.ci/toolchains

.PHONY: install
install: $(VENV)/.keras ## Make .venv with Gatesmith and Keras in it

##@ Develop

.PHONY: test
test: $(VENV)/.dev tools ## Everything needed, then all tests; args="-k lstm" for some
	$(with_args)$(BIN)/python -m pytest -n 2 --dist worksteal$(words)

.PHONY: hil
hil: $(VENV)/.dev tools ## Models and layers on a board (target=, port=); without target= on all: hours
	$(with_args)$(BIN)/python -m pytest tests/hil --target \
		$(if $(filter command line,$(origin target)),$(call quoted,target),all-emulated)$(call option,--port,port)$(words)

# Fuzzers are tests that go on for minutes=; what they read or refuse is printed.
fuzzers = GATESMITH_MINUTES=$(call quoted,minutes) $(with_args)nice $(BIN)/python -m pytest -s $(1)$(words)

.PHONY: fuzz
fuzz: $(VENV)/.dev tools ## Random models against Keras (minutes=), what is found into out/fuzz
	$(call fuzzers,tests/fuzz/test_models.py)

.PHONY: fuzz-files
fuzz-files: $(VENV)/.dev ## 20,000 damaged model files, then each reader under atheris (minutes=)
	$(call fuzzers,tests/fuzz/test_files.py tests/fuzz/test_readers.py)

.PHONY: fuzz-link
fuzz-link: $(VENV)/.dev tools ## The link's C: 12 million frames with faults, then libFuzzer (minutes=)
	$(call fuzzers,tests/fuzz/test_link.py)

.PHONY: prove
prove: $(VENV)/.dev ## Proofs by CBMC: planted faults, then every layer case (args="--cases N"): hours
	GATESMITH_EVERYTHING=1 nice $(BIN)/python -m pytest tests/evidence
	PYTHONPATH=tests:tests/backends/c99:tests/run $(with_args)nice $(BIN)/python -m evidence$(words)

.PHONY: lint
lint: $(VENV)/.dev ## Style, types, and who may import whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@mkdir -p $(VENV)/typed && ln -sfn ../../gen $(VENV)/typed/gatesmith
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

.PHONY: format
format: $(VENV)/.dev ## Format the Python and repair what ruff can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: golden
golden: $(VENV)/.dev ## Rewrite the golden files; read the diff before you commit it
	GATESMITH_GOLDEN=write $(with_args)$(BIN)/python -m pytest tests/golden$(words)

.PHONY: bench
bench: out/peers/.made tools ## Peers raced, cores counted, the tool timed (workloads=); writes docs/benchmarks.md
	$(with_args)$(BIN)/python benchmarks/bench.py $(call quoted,workloads)$(words)

.PHONY: bench-diff
bench-diff: $(VENV)/.dev tools ## Cores counted anew: what costs 3 % more than benchmarks/results.json says
	$(with_args)$(BIN)/python benchmarks/bench.py $(call quoted,workloads) --diff benchmarks/results.json$(words)

.PHONY: examples
examples: $(VENV)/.examples ## Train the bundled examples again
	$(BIN)/python examples/train_basic_motions.py
	$(BIN)/python examples/train_japanese_vowels.py
	$(BIN)/python examples/train_motion_stream.py

.PHONY: docs
docs: $(VENV)/.dev ## The documentation as a site, in out/site
	$(BIN)/mkdocs build --strict

.PHONY: tools
tools: ## Compilers and valgrind for tests: apt-get where root, else says what is missing
	@.ci/tools

.PHONY: lock
lock: $(VENV)/.dev ## Versions and hashes of all packages, for continuous integration (requirements.lock)
	$(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --python-version 3.11 \
		--python-platform x86_64-manylinux_2_28 --extra keras --extra boards --extra dev \
		--custom-compile-command 'make lock' --output-file requirements.lock pyproject.toml

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
		/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@printf '\n%s\n%s\n' \
		"Variables: target=NAME model=FILE input=DATA.npz numeric=TYPE calibration=DATA.npz optimize=speed|size port=URL minutes=N" \
		"backend=micropython. Without port= a board is emulated."

# A stamp a set of packages. Each is newer than pyproject.toml, or is made again.

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "make: no Python 3.11 or newer with venv found; set PYTHON=/path/to/python3" >&2; exit 1; }
	"$(PYTHON)" -m venv $(VENV)

# With locked=1, for Python 3.11 on Linux x86-64: the very files whose hashes requirements.lock has, and no others.

locked :=
# What builds the few that have no wheel comes first, so that nothing else is fetched for it.
LOCKED := awk '/^[a-z]/ { on = /^(setuptools|wheel|packaging)==/ } on' requirements.lock >$(VENV)/build.lock \
	&& $(PIP) install --require-hashes --no-deps --requirement $(VENV)/build.lock \
	&& $(PIP) install --require-hashes --no-build-isolation --requirement requirements.lock \
	&& $(PIP) install --no-deps --no-build-isolation --editable .

$(VENV)/.keras: pyproject.toml | $(BIN)/python
	@echo "installing Gatesmith and Keras into $(VENV); the first time takes a few minutes"
	$(if $(value locked),$(LOCKED),$(PIP) install --editable '.[keras,boards,micropython,report]')
	@touch $@

$(VENV)/.dev: $(VENV)/.keras
	$(if $(value locked),,$(PIP) install --editable '.[keras,boards,micropython,report,dev]')
	@touch $@

# The peers have an environment of their own: nothing of theirs may decide what Gatesmith runs with.
out/peers/.made: benchmarks/requirements.txt $(VENV)/.dev
	$(BIN)/python -m venv out/peers
	out/peers/bin/python -m pip --quiet --disable-pip-version-check install --requirement $<
	@touch $@

$(VENV)/.examples: $(VENV)/.keras
	$(PIP) install --editable '.[keras,examples]'
	@touch $@
