# Everything runs from a virtual environment that these rules make themselves:
# a fresh machine needs Python >= 3.11 (with its venv module) and make, nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
OUT ?= out/demo
LANG_REPORT ?= en
DAZHOU := scenarios/dazhou

.PHONY: demo test install lock clean

demo: install
	$(BIN)/transport-sim compare $(DAZHOU)/baseline.yaml \
	  $(DAZHOU)/packages/rail_shift.yaml \
	  $(DAZHOU)/packages/qu_river_class_iii.yaml \
	  $(DAZHOU)/packages/rail_and_river.yaml \
	  -o $(OUT) --lang $(LANG_REPORT) --overwrite

test: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -n 2 --dist loadfile --cov=transport_sim --cov-report=term --cov-fail-under=85

install: $(STAMP)

$(STAMP): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "transport_sim needs Python 3.11 or newer, this is " + sys.version.split()[0])'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-build.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $(STAMP)

# Maintainers only: resolve the pins again from the lower bounds in pyproject.toml (needs uv).
lock:
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --no-header -o requirements.lock
	printf 'hatchling\neditables\n' | uv pip compile - --universal --python-version 3.11 --generate-hashes --no-header -o requirements-build.lock

clean:
	rm -rf $(VENV) out build dist
