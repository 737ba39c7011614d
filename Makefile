# The verbs of this project; CI calls the same ones. `make demo` and `make test` do all their own set-up.
.PHONY: help setup parts demo test leaks check soak bench bench-leaks build lock schema clean
.DEFAULT_GOAL := help
BIN := .venv/bin

help: ## what there is
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

setup:
	@sh scripts/setup.sh

parts:
	@sh scripts/parts.sh

demo: setup ## audit a leaky little company on loopback from both sides and write demo/report.html
	@$(BIN)/auditor demo

check: setup ## lint, formatting, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: setup parts check ## everything that CI runs: check, then every test, on real servers where there are some
	@sh scripts/parts.sh leaks
	$(BIN)/pytest -q -m "not soak" -n 2 --dist loadgroup

leaks: setup ## the corpus of leaky and confusing gateways alone: six products, three applications
	@sh scripts/parts.sh leaks
	$(BIN)/pytest -q -m "not soak" tests/leaks

soak: setup parts ## the long forms of the fault and crash runs
	$(BIN)/pytest -q -m soak --timeout 3600

bench: setup ## how fast, beside its peers, as ratios measured in one run
	@sh scripts/parts.sh bench
	$(BIN)/python -m bench.transport
	$(BIN)/python -m bench.audit

bench-leaks: setup ## what is found of the corpus, beside ffuf and blackbox_exporter
	@sh scripts/parts.sh leaks
	@sh scripts/parts.sh bench
	$(BIN)/python -m bench.leaks

build: setup ## the wheel, in dist/
	$(BIN)/python -m build --wheel --no-isolation

schema: setup ## probes.schema.json from the models
	$(BIN)/auditor schema --out probes.schema.json

lock: setup ## lock the dependencies again, with hashes
	$(BIN)/python -m pip install --quiet pip-tools
	$(BIN)/pip-compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate --strip-extras --extra postgres --extra fast -o requirements.lock pyproject.toml
	$(BIN)/pip-compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate --strip-extras --allow-unsafe --all-extras -o requirements-dev.lock pyproject.toml

clean: ## forget everything that was made
	rm -rf .venv build dist demo .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
