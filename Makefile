# The only entrance for people and for CI. `make help` lists the targets.
PYTHON ?= python3
PORT ?= 7860
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --disable-pip-version-check --no-input --quiet --require-hashes --no-deps
LOCK := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-annotate --python-version 3.10 --custom-compile-command "make lock"

.PHONY: help demo cluster-demo test test-faults test-spaces check bench bench-stream bench-reload bench-interpret bench-interpret-gradio bench-interpret-large bench-queue bench-cluster bench-hub test-reload-libraries test-reload-random test-reload-soak screenshots component-pages recording lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-22s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: .venv/base.done ## set everything up and run the best example, with reload, on http://127.0.0.1:7860/
	@exec $(BIN)/quickdemo run examples/digits.py --reload --port $(PORT)

cluster-demo: .venv/dev.done ## two fronts, three workers and a broker on this machine, until Ctrl-C
	@PORT=$(PORT) PYTHON=$(BIN)/python tools/cluster_demo.sh examples/calculator.py

test: .venv/dev.done ## set everything up and run the whole test suite, browser included
	@$(BIN)/python -m pytest -q -m alone
	@$(BIN)/python -m pytest -q -s tests/faults/test_random_faults.py
	@$(BIN)/python -m pytest -n 2 --dist loadfile --durations=10 -m "not alone and not faults"

check: .venv/dev.done ## lint, types, import arrows and the fast tests: under a minute
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports
	@$(BIN)/python -m pytest -q -n auto -m "not browser and not slow and not faults"

bench: .venv/dev.done ## measure start, throughput, page and flags, beside Gradio
	@$(BIN)/python -m bench

bench-stream: .venv/dev.done ## measure 2,000 tokens as they come, alone and a hundred times at once, beside Gradio (five minutes)
	@$(BIN)/python -m bench.stream

bench-reload: .venv/base.done ## measure a save to its first answer, beside a clean restart and Gradio (half an hour; QUICK=1: less)
	@$(BIN)/python -m bench.reloads $(if $(QUICK),--quick)

bench-queue: .venv/dev.done ## measure the queue, beside Gradio's and a bare echo (ten minutes; QUICK=1: two)
	@$(BIN)/python -m bench.queue $(if $(QUICK),--quick)

bench-cluster: .venv/dev.done ## measure jobs a second through a broker, with two fronts and three workers (a minute)
	@$(BIN)/python -m bench.cluster

bench-hub: .venv/dev.done ## measure loaded Spaces beside gradio_client on real Gradio servers, and a reload with loads (five minutes; QUICK=1: one)
	@$(BIN)/python -m bench.hub $(if $(QUICK),--quick)

bench-interpret: .venv/base.done ## measure how near our explanations come to exact ones, beside shap and shapiq (two minutes)
	@python=$$(bench/interpret/env.sh) && PYTHONPATH=$(CURDIR) "$$python" -m bench.interpret

bench-interpret-gradio: .venv/dev.done ## measure explanations of the same demos here and on Gradio 3.50.2 (five minutes)
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m bench.interpret.beside_gradio

bench-interpret-large: .venv/dev.done ## measure explanations of large inputs on a real server: first colours, memory, others' waiting (a minute)
	@$(BIN)/python -m bench.interpret.large

test-reload-libraries: build/libraries/made.done ## every reload case, over torch, pandas, OpenCV and others (a quarter of an hour)
	@build/libraries/bin/python -m pytest -q -m "libraries or not libraries" tests/reload
	@build/libraries/bin/python -m tests.reload.table

test-reload-random: .venv/dev.done ## 2,000 random edits: what a reload shows is what a restart shows (a quarter of an hour)
	@QUICKDEMO_RANDOM_EDITS=2000 $(BIN)/python -m pytest -q -s tests/test_reload_random.py

test-reload-soak: .venv/dev.done ## 1,000 reloads, and 100 saves under 55 users (a quarter of an hour)
	@QUICKDEMO_SOAK=full $(BIN)/python -m pytest -q -s tests/test_reload_soak.py

test-faults: .venv/dev.done ## a minute of clients and random faults: what was accepted ends once and rightly (QUICKDEMO_FAULTS_SEED repeats one)
	@QUICKDEMO_FAULTS_S=$${QUICKDEMO_FAULTS_S:-60} $(BIN)/python -m pytest -q -s -m faults

test-spaces: .venv/dev.done ## ten apps on real Gradio 3.16, 3.50, 4.44, 5.49 and 6.31 servers, from the package index, as Spaces (ten minutes)
	@$(BIN)/python -m pytest -q tests/spaces_real/ten_apps.py

recording: .venv/dev.done ## record docs/images/reload.gif
	@$(BIN)/python tools/record_reload.py

screenshots: .venv/dev.done ## draw docs/images from the examples, in light and dark, narrow and wide
	@$(BIN)/python tools/screenshots.py

component-pages: .venv/dev.done ## run each component's example and write docs/components from it
	@$(BIN)/python -m tools.component_pages

lock: .venv/dev.done ## renew requirements/ from pyproject.toml
	@$(LOCK) $(UPGRADE) pyproject.toml --group build -o requirements/base.txt
	@$(LOCK) $(UPGRADE) pyproject.toml --group build --extra examples -c requirements/base.txt -o requirements/examples.txt
	@$(LOCK) $(UPGRADE) pyproject.toml --group build --group dev --extra examples -c requirements/examples.txt -o requirements/dev.txt
	@$(LOCK) $(UPGRADE) pyproject.toml --group build --group libraries -c requirements/dev.txt -o requirements/libraries.txt
	@$(subst 3.10,3.12,$(subst --generate-hashes,,$(LOCK))) $(UPGRADE) bench/interpret/requirements.in -c requirements/base.txt -o bench/interpret/requirements.txt
	@$(subst --universal,,$(subst 3.10,3.11,$(subst --generate-hashes,,$(LOCK)))) bench/interpret/gradio.in -o bench/interpret/gradio.txt

clean: ## remove what make made: the virtual environment, caches, builds
	@rm -rf .venv build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .quickdemo

# ---- stamps: done once, done again when what they were made from changes

.venv/made.done: tools/setup.sh
	@PYTHON=$(PYTHON) tools/setup.sh venv
	@touch $@

.venv/base.done: .venv/made.done requirements/base.txt pyproject.toml
	@echo "setup: installing the locked packages of requirements/base.txt and quickdemo itself into .venv"
	@$(INSTALL) -r requirements/base.txt
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation --no-index --config-settings editable_mode=compat -e .
	@touch $@

.venv/dev.done: .venv/base.done requirements/dev.txt
	@tools/setup.sh browser
	@echo "setup: installing the locked packages of requirements/dev.txt into .venv"
	@$(INSTALL) -r requirements/dev.txt
	@touch $@

# torch's build without CUDA comes from PyTorch's own index: tell pip of it with PIP_EXTRA_INDEX_URL
build/libraries/made.done: requirements/libraries.txt pyproject.toml
	@echo "setup: installing the locked packages of requirements/libraries.txt (3 GB) into build/libraries"
	@$(PYTHON) -m venv --clear build/libraries
	@build/libraries/bin/python -m pip install --disable-pip-version-check --no-input --quiet --require-hashes --no-deps -r requirements/libraries.txt
	@build/libraries/bin/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation --no-index --config-settings editable_mode=compat -e .
	@touch $@
