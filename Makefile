# Everything runs in .venv, which is made where it is missing.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INDEX := var/sample-index

TOOLS := var/tools/bin

.PHONY: chat test soak check bench bench-check bench-speed format lock sbom audit clean

$(VENV)/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt torch
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	touch $@

# What the tests and the checks need besides, which the chat does not.
$(VENV)/tested: $(VENV)/installed
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[test]'
	touch $@

chat: $(VENV)/installed
	$(BIN)/qa --index $(INDEX) add examples/articles
	$(BIN)/qa --index $(INDEX) chat

# Two at a time, a file each, and one thread for each of them: more would wait for one another. What Python compiles is
# kept, also where the environment says otherwise: both compile all tests, and each process that they start all code.
test: $(VENV)/tested
	PYTHONDONTWRITEBYTECODE= OMP_NUM_THREADS=1 $(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder

soak: $(VENV)/tested
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[test,training,ray]'
	$(BIN)/pytest -m soak

check: $(VENV)/tested
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/lint-imports --no-logo
	$(BIN)/deptry .
	$(BIN)/deptry . --extend-exclude '(bench|docs|tests|training)/' --optional-dependencies-dev-groups test,bench,training
	$(BIN)/mypy -n 2

format: $(VENV)/tested
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

bench: $(VENV)/tested
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[test,bench]'
	$(BIN)/python -m bench retrieval
	$(BIN)/python -m bench answers
	$(BIN)/python -m bench conversation
	$(BIN)/python -m bench evidence
	$(BIN)/python -m bench plot
	$(BIN)/python -m bench speed

bench-check: $(VENV)/tested
	$(BIN)/python -m bench check

# Beside other libraries, which go into environments of their own under var/peers.
bench-speed: $(VENV)/tested
	$(BIN)/python -m bench peers

# For a release. In an environment of their own, so that they are not among what they list.
var/tools/installed:
	$(PYTHON) -m venv var/tools
	$(TOOLS)/pip install --quiet --disable-pip-version-check cyclonedx-bom==7.5.0 pip-audit==2.10.1 uv==0.13.9
	touch $@

# What the chat needs in the versions of constraints.txt, on every system, with the SHA-256 of each file that pypi.org has
# of them; asks pypi.org. PyTorch is left out, as its build for CPUs is another file in another place, and what its usual
# build brings for GPUs.
NOT_LOCKED := torch triton cuda-bindings cuda-pathfinder cuda-toolkit $(addprefix nvidia-,cublas cuda-cupti cuda-nvrtc \
    cuda-runtime cudnn-cu13 cufft cufile curand cusolver cusparse cusparselt-cu13 nccl-cu13 nvjitlink nvshmem-cu13 nvtx)

lock: var/tools/installed
	$(TOOLS)/uv pip compile --no-config --quiet pyproject.toml --constraint constraints.txt --universal \
	    --python-version 3.11 --generate-hashes --no-header --no-annotate $(addprefix --no-emit-package ,$(NOT_LOCKED)) \
	    --output-file requirements.lock

# What is installed in .venv, as CycloneDX 1.6: after `make clean chat` that is what the chat needs, and nothing else.
sbom: $(VENV)/installed var/tools/installed
	$(TOOLS)/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible --sv 1.6 \
	    --output-file var/sbom.json $(BIN)/python

# Known advisories of every version in constraints.txt; asks pypi.org.
audit: var/tools/installed
	$(TOOLS)/pip-audit --no-deps --disable-pip --requirement constraints.txt

clean:
	rm -rf $(VENV) var .mypy_cache .ruff_cache .pytest_cache
