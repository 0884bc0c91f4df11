# `make app` starts the app. `make test` runs all tests but those with a real Ray, which is large and optional:
# `make test-cluster` runs these. `make test-shuffled SEED=1` runs the tests in another order. Each target first sets up all
# that it needs.

PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
CLUSTER ?= .venv-cluster
TOOLS ?= .venv-tools
PIP = -m pip --disable-pip-version-check
LOCKED = install --quiet --no-deps --require-hashes
SEED ?= 1
# On Linux, where torch comes from: without CUDA by default; `make app TORCH_INDEX=` takes PyPI's build with CUDA.
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu
# Tests are handed out one by one, the long ones (stories in a browser) first, so that all workers end together.
PYTEST = $(BIN)/python -m pytest -n auto --maxprocesses 4 --maxschedchunk 1

.PHONY: app test test-shuffled coverage mutation test-cluster lint docs data checkpoints maps experiments chromium lock audit

app: $(VENV)/app-ready
	$(BIN)/python -m cvae app

test: $(VENV)/test-ready chromium
	$(PYTEST)

test-shuffled: $(VENV)/test-ready chromium
	$(PYTEST) --random-order-bucket=global --random-order-seed=$(SEED)

coverage: $(VENV)/test-ready chromium
	$(PYTEST) --cov --cov-fail-under=95

# Puts faults one by one into the modules that [tool.mutmut] names, and counts those that the tests notice.
mutation: $(VENV)/test-ready
	OMP_NUM_THREADS=1 $(BIN)/mutmut run
	$(BIN)/python -m tests.mutation

test-cluster: $(CLUSTER)/ready
	$(CLUSTER)/bin/python -m pytest tests/cluster

lint: $(VENV)/test-ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The reference of the library, from its docstrings: docs/api/index.html.
docs: $(VENV)/test-ready
	$(BIN)/python -W error -m docs.reference

data: $(VENV)/test-ready
	$(BIN)/python -m cvae.data.build

# Trains the shipped models again, from their configs and seeds, on one thread as before: with another number of threads,
# sums are taken in another order. open-vocabulary and its twin start from the weights of `awake`, which is therefore
# trained first; `make -j2 checkpoints` trains two at a time. What was recorded becomes the experiment "The shipped
# models" of the Curves page.
checkpoints: ship-classroom ship-twin ship-open-vocabulary
	$(MAKE) maps

ship-twin ship-open-vocabulary: ship-awake
ship-awake: config = twins/awake
ship-twin: config = twins/open-vocabulary
ship-%: config = $*

ship-%: $(VENV)/test-ready
	$(BIN)/python -m cvae train --config checkpoints/$(config).toml --threads 1 --out runs/$*
	cp runs/$*/model.safetensors checkpoints/$(config).safetensors
	mkdir -p checkpoints/runs/shipped/$*
	cp runs/$*/config.json runs/$*/status.json checkpoints/runs/shipped/$*
	gzip -9nc runs/$*/history.jsonl > checkpoints/runs/shipped/$*/history.jsonl.gz

# The t-SNE maps of the Latent page: a few minutes, needed whenever a shipped model has changed.
maps: $(VENV)/test-ready
	$(BIN)/python -m cvae.cli.tsne checkpoints/*.safetensors

# The recorded runs of the Curves page but those of the shipped models; finished ones are left alone.
experiments: $(VENV)/app-ready
	$(BIN)/python -m cvae sweep $(filter-out experiments/report.toml,$(wildcard experiments/*.toml)) \
	  --out checkpoints/runs --history-only

# Every package is checked against its hash, except torch and CUDA, whose build depends on the index.
$(VENV)/app-ready: requirements.txt locks/app.txt locks/torch.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python $(PIP) $(LOCKED) -r locks/app.txt
	$(BIN)/python $(PIP) install --quiet -r requirements.txt -c locks/torch.txt $$($(PYTHON) deploy/torch_index.py $(TORCH_INDEX))
	touch $@

$(VENV)/test-ready: $(VENV)/app-ready locks/dev.txt
	$(BIN)/python $(PIP) $(LOCKED) -r locks/dev.txt
	touch $@

$(CLUSTER)/ready: requirements.txt locks/app.txt locks/torch.txt locks/dev.txt locks/cluster.txt
	$(PYTHON) -m venv $(CLUSTER)
	$(CLUSTER)/bin/python $(PIP) $(LOCKED) -r locks/app.txt -r locks/dev.txt -r locks/cluster.txt
	$(CLUSTER)/bin/python $(PIP) install --quiet -r requirements.txt -c locks/torch.txt $$($(PYTHON) deploy/torch_index.py $(TORCH_INDEX))
	touch $@

$(TOOLS)/ready: locks/tools.txt
	$(PYTHON) -m venv $(TOOLS)
	$(TOOLS)/bin/python $(PIP) $(LOCKED) -r locks/tools.txt
	touch $@

# Writes the lock files again after a change of requirements*.txt: all versions, for all platforms and Pythons from 3.11.
COMPILE = $(TOOLS)/bin/uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate
LOCK = $(COMPILE) --generate-hashes
WITHOUT = sed -n 's/^\([a-z0-9-]*\)==.*/--no-emit-package \1/p'

lock: $(TOOLS)/ready
	$(COMPILE) requirements.txt | grep -E '^(torch|triton|cuda|nvidia)' > locks/torch.txt
	$(LOCK) requirements.txt $$($(WITHOUT) locks/torch.txt) -o locks/app.txt >/dev/null
	$(LOCK) requirements-dev.txt -c locks/app.txt $$($(WITHOUT) locks/torch.txt locks/app.txt) -o locks/dev.txt >/dev/null
	echo pyinflect==0.5.1 | $(LOCK) --no-deps - >> locks/dev.txt
	$(LOCK) requirements-cluster.txt -c locks/app.txt $$($(WITHOUT) locks/torch.txt locks/app.txt) -o locks/cluster.txt >/dev/null
	$(LOCK) requirements-tools.txt -o locks/tools.txt >/dev/null

# The licences of what is installed, then its known vulnerabilities, for which it asks PyPI.
audit: $(TOOLS)/ready $(VENV)/test-ready
	$(BIN)/python -m tests.supply.licences
	for file in app torch dev tools cluster; do $(TOOLS)/bin/pip-audit --strict --no-deps --disable-pip -r locks/$$file.txt || exit 1; done

chromium:
	@command -v chromium >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
	  && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; } \
	  || { echo "The browser tests need Chromium: sudo apt-get install chromium"; exit 1; }
