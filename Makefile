# Everything a newcomer types; each target sets itself up first. PYTHON=... chooses the interpreter.
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup browser demo tour test ci format format-check lint types architecture laws oracle mutants mutate coverage bench bench-growth soak privacy fuzz-api docs site lock clean pictures

BIN := .venv/bin
READY := .venv/.ready
SCRIPT := src/tandemgate/web/static/t.js

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

setup: $(READY) browser ## Make .venv with everything that is needed, and the browser script
$(READY): pyproject.toml $(wildcard locks/*.txt) scripts/setup
	@PYTHON="$(PYTHON)" scripts/setup

browser: $(SCRIPT) ## Build the browser script, t.js, with a Node that comes by pip
$(SCRIPT): $(READY) hatch_build.py scripts/browser $(wildcard browser/*.* browser/src/*)
	@scripts/browser

demo: $(READY) browser ## Run a shop's day through the gateway to a simulated TikTok, and open a shop
	@exec $(BIN)/tandemgate demo $(ARGS)

tour: $(READY) browser ## Click through the demo's shop in Chromium and keep pictures; elsewhere: make tour ARGS=FOLDER
	@scripts/chromium
	@$(BIN)/python -m tests.tour $(ARGS)

pictures: $(READY) browser ## Draw what the verbs print, as SVG for the docs; elsewhere: make pictures ARGS=FOLDER
	@$(BIN)/python -m tests.tour.terminal $(ARGS)

test: $(READY) browser ## Run all tests; some of them: make test ARGS="tests/core -k consent"
	@scripts/chromium
	@scripts/faults
	@scripts/systemd
	@scripts/php
	@scripts/clients
	@$(BIN)/pytest -n auto --dist worksteal $(ARGS)

ci: format-check lint types architecture test ## All checks, as on every change

format: $(READY) ## Rewrite the code in the one format
	@$(BIN)/ruff check --quiet --select I --fix
	@$(BIN)/ruff format

format-check: $(READY) ## Is the code in the one format?
	@$(BIN)/ruff format --check

lint: $(READY) ## Look for mistakes with ruff
	@$(BIN)/ruff check

types: $(READY) ## Prove the types with mypy --strict
	@$(BIN)/mypy

architecture: $(READY) ## Do imports point one way?
	@$(BIN)/lint-imports --no-logo

coverage: $(READY) ## Run all tests and list the lines and branches they miss
	@$(BIN)/pytest -n auto --dist worksteal --cov --cov-report=term-missing:skip-covered $(ARGS)

laws: $(READY) ## Search for an order of faults that breaks a promise of the ledger: minutes
	@$(BIN)/pytest tests/laws --hypothesis-profile=search $(ARGS)

oracle: $(READY) ## Hold the decoders of consent strings against what the IAB's own libraries read
	@$(BIN)/python -m tests.oracle

mutants: $(READY) ## Break each named rule on purpose and see a test notice it
	@$(BIN)/python -m tests.laws.mutants $(ARGS)

mutate: $(READY) ## Break src/tandemgate/core on purpose and list what no test noticed
	@$(BIN)/mutmut run
	@$(BIN)/mutmut results

bench: $(READY) ## Measure speed, everything on this machine; shorter: make bench ARGS=--quick
	@$(BIN)/python -m benchmarks $(ARGS)

bench-growth: $(READY) ## Does cost grow with the ledger? To 10 million events: make bench-growth ARGS=--long
	@$(BIN)/python -m benchmarks.growth $(ARGS)

soak: $(READY) ## Let everything break for long, and count what is lost; shorter: make soak ARGS="--scale 1"
	@$(BIN)/python -m tests.faults $(ARGS)

privacy: $(READY) ## Send a canary through everything and search every artefact for it: minutes
	@$(BIN)/python -m tests.privacy

fuzz-api: $(READY) ## Ask a gateway what nobody would think of, from /openapi.json: make fuzz-api ARGS="--max-examples 1000"
	@$(BIN)/python -m tests.fuzz $(ARGS)

docs: $(READY) ## Write docs/reference/ from the tables of the code
	@$(BIN)/python docs/generate.py

site: $(READY) ## Build the documentation as a site, build/site/index.html; a broken link is an error
	@$(BIN)/python -m sphinx --nitpicky --fail-on-warning --quiet -c docs -d build/doctrees . build/site

lock: $(READY) ## Resolve locks/ anew; one package: make lock ARGS="--upgrade-package ruff"
	@scripts/lock $(ARGS)

clean: ## Remove what the tools made; the next make starts from nothing
	@rm -rf .venv .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache \
		build dist htmlcov mutants browser/node_modules tests/clients/node_modules \
		src/tandemgate/web/static
	@find src tests -name __pycache__ -type d -prune -exec rm -rf {} +
