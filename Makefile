# `make app` starts the app, `make test` runs all tests but those with a real Ray, which `make test-cluster` runs (Ray is
# large, and optional); each sets up everything it needs first.

PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
CLUSTER ?= .venv-cluster

.PHONY: app test test-cluster lint data checkpoints maps experiments chromium

app: $(VENV)/app-ready
	$(BIN)/streamlit run streamlit_app.py

test: $(VENV)/test-ready chromium
	$(BIN)/python -m pytest

test-cluster: $(CLUSTER)/ready
	$(CLUSTER)/bin/python -m pytest tests/cluster

lint: $(VENV)/test-ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

data: $(VENV)/test-ready
	$(BIN)/python -m cvae.data.build

# Train the shipped models again, from their configs and seeds, with as many threads as then: sums are in their order.
checkpoints: $(VENV)/test-ready
	$(BIN)/python -m cvae train --config checkpoints/classroom.toml --threads 1 --out runs/classroom
	cp runs/classroom/model.safetensors checkpoints/classroom.safetensors
	$(BIN)/python -m cvae train --config checkpoints/open-vocabulary.toml --threads 2 --out runs/open-vocabulary
	cp runs/open-vocabulary/model.safetensors checkpoints/open-vocabulary.safetensors
	$(MAKE) maps

# The t-SNE maps of the latent page: a minute, whenever a shipped model has changed.
maps: $(VENV)/test-ready
	$(BIN)/python -m cvae.tsne checkpoints/*.safetensors

# Every recorded run of the curves page; what is there already is left alone.
experiments: $(VENV)/app-ready
	$(BIN)/python -m cvae sweep $(filter-out experiments/small.toml,$(wildcard experiments/*.toml)) \
	  --out checkpoints/runs --history-only

$(CLUSTER)/ready: requirements-cluster.txt requirements-dev.txt
	$(PYTHON) -m venv $(CLUSTER)
	$(CLUSTER)/bin/pip install --quiet --disable-pip-version-check -r requirements-cluster.txt -r requirements-dev.txt
	touch $@

$(VENV)/app-ready: requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

$(VENV)/test-ready: $(VENV)/app-ready requirements-dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps pyinflect==0.5.1
	touch $@

chromium:
	@command -v chromium >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
	  && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; } \
	  || { echo "The browser tests need Chromium: sudo apt-get install chromium"; exit 1; }
