# make report  builds everything into build/        make test  runs the tests
# Both make the environment first if it is missing or older than the lock file.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.PHONY: report test lint bench mutate lock clean

report: $(INSTALLED)
	$(BIN)/kzm report --year 2022

test: $(INSTALLED)
	$(BIN)/python -m pytest

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(INSTALLED)
	$(BIN)/python -m tests.benchmarks.build_report
	$(BIN)/python -m tests.benchmarks.figures
	$(BIN)/python -m tests.benchmarks.findings
	$(BIN)/python -m tests.benchmarks.read_files
	$(BIN)/python -m tests.benchmarks.weigh
	$(BIN)/python -m tests.benchmarks.estimate
	$(BIN)/python -m tests.benchmarks.coverage

# Thousands of damaged files of every kind: minutes.
mutate: $(INSTALLED)
	$(BIN)/python -m tests.benchmarks.mutate_files

$(INSTALLED): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "kzm_surveys needs Python 3.11 or newer, this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12 $(MAKECMDGOALS)")'
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

# Maintainers only, needs uv: hashes for every platform and Python >= 3.11, and no addresses.
lock:
	uv pip compile --universal --generate-hashes --no-annotate --no-header --no-emit-index-url \
		--no-emit-find-links --all-extras --python-version 3.11 pyproject.toml -o requirements.lock

clean:
	rm -rf build .mypy_cache .pytest_cache .ruff_cache .hypothesis
