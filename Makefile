# Everything runs in .venv, which is made where it is missing.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INDEX := var/sample-index

.PHONY: chat test soak check bench bench-check bench-speed format clean

$(VENV)/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt torch
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[test]'
	touch $@

chat: $(VENV)/installed
	$(BIN)/qa --index $(INDEX) add examples/articles
	$(BIN)/qa --index $(INDEX) chat

# Two at a time, a file each, and one thread for each of them: more would wait for one another.
test: $(VENV)/installed
	OMP_NUM_THREADS=1 $(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder

soak: $(VENV)/installed
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[test,training,ray]'
	$(BIN)/pytest -m soak

check: $(VENV)/installed
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/lint-imports --no-logo
	$(BIN)/deptry .
	$(BIN)/deptry . --extend-exclude '(bench|docs|tests|training)/' --optional-dependencies-dev-groups test,bench,training
	$(BIN)/mypy -n 2

format: $(VENV)/installed
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

bench: $(VENV)/installed
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[test,bench]'
	$(BIN)/python -m bench retrieval
	$(BIN)/python -m bench answers
	$(BIN)/python -m bench conversation
	$(BIN)/python -m bench evidence
	$(BIN)/python -m bench plot
	$(BIN)/python -m bench speed

bench-check: $(VENV)/installed
	$(BIN)/python -m bench check

# Beside other libraries, which go into environments of their own under var/peers.
bench-speed: $(VENV)/installed
	$(BIN)/python -m bench peers

clean:
	rm -rf $(VENV) var .mypy_cache .ruff_cache .pytest_cache
