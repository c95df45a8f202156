# Each target works on a clean clone; the first one that needs it makes .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: help demo test check fuzz format docs page gallery site bench accuracy causes examples lock sbom clean

help: ## Show the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(READY): pyproject.toml requirements/dev.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(READY) ## Judge a bundled run
	$(BIN)/curvewise check examples/azure-sft-overfit --fail-on never

test: $(READY) ## Run the tests
	$(BIN)/python -m pytest --numprocesses 2 --dist worksteal

check: $(READY) ## Run every check: style, types, layers, generated files, tests
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python scripts/generate_docs.py --check
	$(MAKE) test

MINUTES ?= 60
SEED ?= $(shell date +%s)
fuzz: $(READY) ## Damage what every reader reads, for MINUTES=60; each fault is shown with its seed
	$(BIN)/python -m tests.fuzz --minutes $(MINUTES) --seed $(SEED)

format: $(READY) ## Format the code and mend what can be mended
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

docs: $(READY) ## Write schema/ and parts of the README from the code
	$(BIN)/python scripts/generate_docs.py

page: ## Build the HTML page of the reports from web/ (needs Node.js)
	npm --prefix web ci
	npm --prefix web run check
	npm --prefix web run build

gallery: $(READY) ## Show every finding on a run of its own, in build/gallery
	$(BIN)/python -m gallery

site: $(READY) $(VENV)/.site-ready ## Build the documentation site in site/
	$(BIN)/python scripts/build_site.py

$(VENV)/.site-ready: requirements/docs.txt $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements/docs.txt
	@touch $@

bench: $(READY) ## Measure speed as ratios against named yardsticks
	PYTHONPATH=. $(BIN)/python benchmarks/run.py

accuracy: $(READY) ## Measure the verdicts on runs with known truth, and write docs/accuracy.md
	$(BIN)/python scripts/calibrate.py overfitting rises odds
	$(BIN)/python benchmarks/causes --seeds 128 129 130 131 --write
	$(BIN)/python benchmarks/accuracy/run.py

causes: $(READY) ## See whether the one cause of trouble in small real trainings is named
	$(BIN)/python benchmarks/causes

examples: $(READY) ## Train the example runs anew
	$(BIN)/python examples/make.py

LOCK = $(BIN)/uv pip compile --quiet --upgrade --generate-hashes --no-header --no-annotate --python $(BIN)/python
lock: $(READY) ## Pin the newest versions of everything, with the hashes of their files
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(LOCK) requirements/dev.in --output-file requirements/dev.txt
	$(LOCK) requirements/docs.in --constraint requirements/dev.txt --output-file requirements/docs.txt
	@rm -f $(READY)

sbom: $(READY) ## Write the software bill of materials, CycloneDX, to build/sbom.json
	@mkdir -p build
	$(BIN)/python scripts/sbom.py > build/sbom.json

clean: ## Remove what was built
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .cache dist build site
