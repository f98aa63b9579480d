PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PEERS := tests/plugins/amazon/test_public_client.py tests/plugins/jd/test_sdk.py

# Tests start many processes: what one of them compiled, the next one loads.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help docs demo test test-long test-all test-peers check format soak soak-kills mutation bench lock clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

$(BIN)/.ready: pyproject.toml requirements-dev.lock
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --requirement requirements-dev.lock
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	@touch $@

demo: $(BIN)/.ready ## the whole story on five simulated shops, under a minute
	$(BIN)/mercer demo

test: $(BIN)/.ready ## every test but the long ones
	$(BIN)/python -m pytest -n auto -m "not long and not seeds"

test-long: $(BIN)/.ready ## every test but 940 of the 1,000 histories of the laboratory
	$(BIN)/python -m pytest -n auto -m "not seeds"

test-all: $(BIN)/.ready ## every test
	$(BIN)/python -m pytest -n auto

$(VENV)-peers/.ready: pyproject.toml requirements-dev.lock
	$(PYTHON) -m venv $(VENV)-peers
	$(VENV)-peers/bin/python -m pip install --quiet --upgrade "pip>=25.1"
	$(VENV)-peers/bin/python -m pip install --quiet --requirement requirements-dev.lock --group peers
	$(VENV)-peers/bin/python -m pip install --quiet --no-deps --editable .
	@touch $@

test-peers: $(VENV)-peers/.ready ## client libraries that others wrote talk to the simulators
	$(VENV)-peers/bin/python -m pytest $(PEERS)

check: $(BIN)/.ready ## lint, format, types, import directions
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(BIN)/.ready ## put the code into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

soak: $(BIN)/.ready ## SEEDS=5000 whole histories of the laboratory; LARGE=1 for large worlds
	$(BIN)/python -m tests.simulation.soak $(or $(SEEDS),5000) --from $(or $(FROM),0) $(if $(LARGE),--large)

soak-kills: $(BIN)/.ready ## KILLS=200 times SIGKILL for a real `mercer sync`
	$(BIN)/python -m tests.simulation.kills $(or $(KILLS),200)

mutation: $(BIN)/.ready ## how many planted faults in money, merge, guard and plan the tests notice
	rm -rf mutants
	$(BIN)/mutmut run
	$(BIN)/mutmut results

bench: $(BIN)/.ready ## speed and memory as ratios to a floor in the same run
	$(BIN)/python -m benchmarks

docs: $(BIN)/.ready ## renew the tables and transcripts in the pages that are made from the code
	$(BIN)/python docs/statuses.py
	$(BIN)/python docs/transcripts.py

lock: ## pin what development installs
	$(PYTHON) -m venv $(VENV)-lock
	$(VENV)-lock/bin/pip install --quiet --upgrade "pip>=25.1"
	$(VENV)-lock/bin/pip install --quiet . --group dev
	$(VENV)-lock/bin/pip freeze --exclude mercer > requirements-dev.lock

clean: ## remove what make made
	rm -rf $(VENV) $(VENV)-peers .mypy_cache .ruff_cache .hypothesis mutants
