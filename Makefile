# Each target works by itself on a fresh machine with cargo, a C++ compiler, python3 and pip; `make` alone lists them.

TARGET := $(or $(CARGO_TARGET_DIR),target)
BIN := $(TARGET)/release/ssl4rl
CARGO ?= cargo
PYTHON ?= python3

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help tools setup build demo mixture test test-setup torture conformance fuzz lint docs bench bench-graph parity ci

help: ## list these targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

# What cannot be compiled around is asked for at once, by the name a Debian or Ubuntu user can install.
tools:
	@missing=; \
	command -v $(CARGO) >/dev/null || missing="$$missing\n  cargo: install Rust with rustup (https://rustup.rs)"; \
	command -v $${CC:-cc} >/dev/null || missing="$$missing\n  a C compiler ($${CC:-cc}): sudo apt-get install build-essential"; \
	command -v $${CXX:-c++} >/dev/null || missing="$$missing\n  a C++ compiler ($${CXX:-c++}): sudo apt-get install build-essential"; \
	command -v $(PYTHON) >/dev/null || missing="$$missing\n  python3: sudo apt-get install python3 python3-pip"; \
	if [ -n "$$missing" ]; then printf "missing on this machine:$$missing\n" >&2; exit 1; fi

setup: tools ## fetch libtorch once for this user (531 MB) and link it as .libtorch
	@$(PYTHON) scripts/setup-libtorch

build: setup ## the release build: target/release/ssl4rl, and its plugin ssl4rl-vision beside it
	$(CARGO) build --release --locked --package ssl4rl --package ssl4rl-vision

demo: build ## train a small model to count in a built-in graph, on the CPU
	$(BIN) graph --task graph/subgraph-counting

mixture: build ## single tasks, a naive and a controlled mixture of them, and their comparison (runs/mixture)
	scripts/mixture $(abspath $(BIN)) runs/mixture

# What is built once more, for a few tests that wait for none of it.
UNOPTIMISED := $(foreach package,tasks graph,--config profile.dev.package.ssl4rl-$(package).opt-level=0)

# What the user has imported and made is none of the tests' business.
CACHE_OF_TESTS := SSL4RL_CACHE=$(CURDIR)/target/test-cache

test: setup test-setup ## every test, and those of the command line without libtorch too
	$(CACHE_OF_TESTS) $(CARGO) test --workspace --locked
	$(CACHE_OF_TESTS) LIBTORCH=/nonexistent CARGO_PROFILE_DEV_OPT_LEVEL=0 $(CARGO) test $(UNOPTIMISED) --package ssl4rl --locked --no-default-features --test it

test-setup:
	$(PYTHON) tests/setup/test_setup_libtorch.py

torture: build ## ten kills at random moments, ten resumes, and a comparison with an uninterrupted run
	$(PYTHON) scripts/torture $(BIN) --kills 10

conformance: build ## every task held to the laws at full length, over every dataset on this machine
	$(BIN) tasks check --all-datasets
	$(BIN)-vision tasks check --modality vision

fuzz: build ## ten million random and mutated completions for every verifier
	$(BIN) tasks fuzz --completions 10000000

lint: setup ## formatting, and clippy with warnings denied
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	$(CARGO) clippy --package ssl4rl --all-targets --locked --no-default-features -- -D warnings

docs: setup ## the API documentation, with warnings denied
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --locked

bench: setup ## the benchmarks
	$(CARGO) bench --workspace --locked

bench-graph: tools $(TARGET)/bench-graph/ready ## graph counts and measures, timed here and in networkx, igraph and orca-graphlets
	$(CARGO) build --release --locked --no-default-features --example graph_work
	$(TARGET)/bench-graph/bin/python benches/graph_peers.py --binary $(TARGET)/release/examples/graph_work

$(TARGET)/bench-graph/ready: benches/graph-requirements.txt
	$(PYTHON) -m venv $(TARGET)/bench-graph
	$(TARGET)/bench-graph/bin/python -m pip install --quiet --requirement $<
	@touch $@

# The models are so small that threads would only wait for one another.
parity: build $(TARGET)/parity/ready ## random checkpoints and adapters, computed here and by transformers and PEFT (2 GB of Python packages)
	$(CARGO) build --release --locked --example parity
	$(CARGO) build --release --locked --package ssl4rl-vision --example vision_parity
	OMP_NUM_THREADS=1 $(TARGET)/parity/bin/python tests/parity/parity.py --bin $(TARGET)/release
	OMP_NUM_THREADS=1 $(TARGET)/parity/bin/python tests/parity/warm_start.py --bin $(TARGET)/release
	OMP_NUM_THREADS=1 $(TARGET)/parity/bin/python tests/parity/vision.py --bin $(TARGET)/release

$(TARGET)/parity/ready: tests/parity/requirements.txt
	$(PYTHON) -m venv $(TARGET)/parity
	$(TARGET)/parity/bin/python -m pip install --quiet --requirement $<
	@touch $@

ci: ## what CI runs
	.ci/run
