PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export OMP_NUM_THREADS ?= 1

.PHONY: help demo test lint bench timeseries-env clean

help:
	@echo "make demo   install, run everything on a simulated market, print the brief, write demo/oilseer-demo.html"
	@echo "make test   install, run the linters and the whole test suite"
	@echo "make bench  time the main steps beside a peer (uses OILSEER_REAL_DATA or ../shared/data where present)"
	@echo "make timeseries-env  install autogluon.timeseries in .venv-timeseries, for oilseer models timeseries"
	@echo "make clean  remove the environment and the demo"

PIP := $(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt

$(BIN)/oilseer: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP) -e .
	@touch $@

# networks, AutoGluon, Ray and all that the tests need: some 3 GB more
$(VENV)/dev: $(BIN)/oilseer
	$(PIP) -e '.[dev]'
	@touch $@

demo: $(BIN)/oilseer
	$(BIN)/oilseer demo

lint: $(VENV)/dev
	$(BIN)/ruff check src tests benchmarks
	$(BIN)/ruff format --check src tests benchmarks
	$(BIN)/lint-imports

test: lint
	$(BIN)/python -m pytest -n 2 --dist loadfile

bench: $(VENV)/dev
	for file in benchmarks/bench_*.py; do $(BIN)/python $$file; done

timeseries-env:
	$(PYTHON) -m venv .venv-timeseries
	.venv-timeseries/bin/pip install --quiet --disable-pip-version-check -r timeseries-requirements.txt
	@echo "export OILSEER_TIMESERIES_PYTHON=$(CURDIR)/.venv-timeseries/bin/python"

clean:
	rm -rf $(VENV) .venv-timeseries demo
