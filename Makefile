# What a person does here by hand. `make` alone lists it.

# PORT, DATA and PYTHON may be given on the command line or in the environment, as may PLUGHUB_DATABASE_URL.
VENV := .venv
READY := $(VENV)/.installed
HUB := $(VENV)/bin/plughub
OPTIONS = $(if $(DATA),--data "$(DATA)")
# A process for each core, at most four, each with a PostgreSQL of its own.
TESTS := $(VENV)/bin/python -m pytest -n auto --maxprocesses 4 --dist loadfile
# AGAIN=1: what failed while several processes shared the machine is asked once more by itself; twice is a failure.
OR_AGAIN = $(if $(AGAIN),|| $(VENV)/bin/python -m pytest --last-failed --last-failed-no-failures none -n 0)

.PHONY: help setup serve work test test-heavy matrix fix check db
.DEFAULT_GOAL := help

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' Makefile

setup: $(READY) ## install into .venv whatever is missing

serve: $(READY) ## run the hub on http://127.0.0.1:8000 (PORT=9000 DATA=folder)
	@exec $(HUB) serve $(if $(PORT),--port "$(PORT)") $(OPTIONS)

work: $(READY) ## run a worker alone (DATA=folder)
	@exec $(HUB) work $(OPTIONS)

test: $(READY) ## run the tests, or some of them (T=tests/core/stock)
	@$(TESTS) $(T) $(OR_AGAIN)

test-heavy: $(READY) ## run the long tests
	@$(VENV)/bin/python -m pytest -m heavy -s $(T) || [ $$? -eq 5 ] # 5: there is none

matrix: $(READY) ## ask every dialect what it carries to the others; writes docs/conformance.md
	@$(VENV)/bin/python -m tests.matrix

fix: $(READY) ## format the code and repair what can be repaired
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .

check: $(READY) ## everything that must hold before a commit
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(VENV)/bin/python -m tests.matrix --check
	$(TESTS) $(OR_AGAIN)

db: $(READY) ## begin again with a fresh database and the sample shop (DATA=folder YES=1)
	@$(VENV)/bin/python scripts/fresh_database.py $(OPTIONS) $(if $(YES),--yes)

$(READY): pyproject.toml constraints.txt plughub/console/package-lock.json
	@PYTHON="$(PYTHON)" sh scripts/setup $(VENV)
	@touch $@
