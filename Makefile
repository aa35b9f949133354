# The only entrance for people and for CI. `make help` lists the targets.
PYTHON ?= python3
PORT ?= 7860
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --disable-pip-version-check --no-input --quiet --require-hashes --no-deps
LOCK := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-annotate --python-version 3.10 --custom-compile-command "make lock"

.PHONY: help demo test check bench screenshots lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: .venv/base.done ## set everything up and run the best example, with reload, on http://127.0.0.1:7860/
	@exec $(BIN)/quickdemo run examples/digits.py --reload --port $(PORT)

test: .venv/dev.done ## set everything up and run the whole test suite, browser included
	@$(BIN)/python -m pytest --durations=10

check: .venv/dev.done ## lint, types, import arrows and the fast tests: under a minute
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports
	@$(BIN)/python -m pytest -q -m "not browser and not slow"

bench: .venv/dev.done ## measure start, throughput, page and flags, beside Gradio
	@$(BIN)/python -m bench

screenshots: .venv/dev.done ## draw docs/images from the examples, in light and dark, narrow and wide
	@$(BIN)/python tools/screenshots.py

lock: .venv/dev.done ## renew requirements/ from pyproject.toml
	@$(LOCK) $(UPGRADE) pyproject.toml --group build -o requirements/base.txt
	@$(LOCK) $(UPGRADE) pyproject.toml --group build --extra examples -c requirements/base.txt -o requirements/examples.txt
	@$(LOCK) $(UPGRADE) pyproject.toml --group build --group dev --extra examples -c requirements/examples.txt -o requirements/dev.txt

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
