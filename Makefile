# make demo   scientists on the karate club: installs what is needed, runs a thousand communities, writes a figure
# make test   installs what the tests need and runs them all
# Both make .venv out of $(PYTHON), 3.11 or newer; neither needs the other.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --disable-pip-version-check --quiet --constraint constraints.txt
PYTEST := $(BIN)/python -m pytest -n auto --dist worksteal
DEMO := run epistemic --network karate -p learner.prior_high=0.6 --replications 1000 --seed 2

.PHONY: demo test full lint bench docs clean

demo: $(VENV)/installed
	$(BIN)/socialsim $(DEMO)

# Most tests take less time in plain Python than to compile; those that do not are marked `compiled`.
test: $(VENV)/installed-dev
	NUMBA_DISABLE_JIT=1 $(PYTEST) -m "not compiled"
	$(PYTEST) -m compiled

full: $(VENV)/installed-dev
	NUMBA_DISABLE_JIT=1 $(PYTEST) -m "not compiled" --full
	$(PYTEST) -m compiled --full

lint: $(VENV)/installed-dev
	$(BIN)/ruff check && $(BIN)/ruff format --check && $(BIN)/mypy && $(BIN)/lint-imports

bench: $(VENV)/installed-dev
	$(BIN)/socialsim bench

# everything in docs/ and notebooks/ that a program makes
docs: $(VENV)/installed-dev
	$(BIN)/python docs/make_reference.py
	$(BIN)/jupyter execute --inplace notebooks/*.ipynb
	folder=$$(mktemp -d) && $(BIN)/socialsim $(DEMO) --quiet --out $$folder && cp $$folder/figure.png docs/figures/demo.png

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; name one: make PYTHON=python3.11 ..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) --editable .
	@touch $@

$(VENV)/installed-dev: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) --editable '.[dev]'
	@touch $@
