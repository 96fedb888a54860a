# Isocenter: every target sets up what it needs by itself.
#   make run              set up, start the department, open it        (RAW=scan.h5 reconstructs a raw file too)
#   make test             set up, prove it
#   make bench bench-ct            side by side with peers
#   make bench-viewer     the reading room beside OHIF in one browser
#   make crash            kill the server two hundred times while it stores
#   make fuzz             throw damaged bytes at every parser for MINUTES=10
#   make bench-ct         CT beside ASTRA, RTK and scikit-image (installed apart, never a dependency)
#   make bench-ultrasound beamforming beside ultraspy, PyMUST, vbeam and zea (installed apart, never a dependency)
#   make bench-mri        MRI beside SigPy, BART and MRpro (installed apart, never a dependency)
#   make docs             build the documentation into docs/_site
PYTHON ?= python3
PORT ?= 8080
DICOM_PORT ?= 11112
RAW ?=
MINUTES ?= 10

VENV := .venv
BIN := $(VENV)/bin
STATIC := src/isocenter/server/web/static
VIEWER_SOURCES := $(shell find viewer -type f -not -path '*/node_modules/*' -not -path '*/coverage/*' 2>/dev/null)

.DEFAULT_GOAL := help
.PHONY: help run test bench bench-ct bench-mri bench-ultrasound bench-viewer crash fuzz docs viewer check python-tests viewer-tests lock clean

help:
	@sed -n '2,11s/^# \{0,1\}//p' Makefile

run: $(VENV)/.run $(STATIC)/index.html
	$(BIN)/isocenter serve --open --examples --port $(PORT) --dicom-port $(DICOM_PORT) $(if $(RAW),--raw "$(RAW)")

test: check python-tests viewer-tests

check: $(VENV)/.dev viewer/node_modules/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	cd viewer && npm run --silent check

python-tests: $(VENV)/.dev $(STATIC)/index.html
	$(BIN)/python -m pytest -n 2

viewer-tests: viewer/node_modules/.installed
	cd viewer && npm test --silent

crash: $(VENV)/.dev
	ISOCENTER_CRASH_ROUNDS=200 $(BIN)/python -m pytest -q -s tests/contracts/test_crash.py

fuzz: $(VENV)/.dev
	ISOCENTER_FUZZ_MINUTES=$(MINUTES) $(BIN)/python -m pytest -q -s tests/fuzz

bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks

bench-viewer: $(VENV)/.dev $(STATIC)/index.html
	$(BIN)/python -m benchmarks.viewer

bench-ct: $(VENV)/.ct-peers
	$(BIN)/python -m benchmarks.ct

# GPL programs and others to compare with: in a folder of their own, behind the project's packages.
$(VENV)/.ct-peers: $(VENV)/.dev
	$(BIN)/pip install --quiet --target $(VENV)/ct-peers astra-toolbox itk-rtk
	@touch $@

bench-ultrasound: $(VENV)/.us-peers
	$(BIN)/python -m benchmarks.ultrasound

$(VENV)/.us-peers: $(VENV)/.dev
	$(BIN)/pip install --quiet --no-deps --target $(VENV)/us-peers ultraspy==1.2.7 pymust==0.1.9 easydict==1.13
	$(PYTHON) -m venv $(VENV)/vbeam-peer
	$(VENV)/vbeam-peer/bin/pip install --quiet vbeam==1.0.10 jax==0.10.2
	$(PYTHON) -m venv $(VENV)/zea-peer
	$(VENV)/zea-peer/bin/pip install --quiet zea==0.1.8 keras==3.15.1 jax==0.10.2 torch==2.13.0
	@touch $@

bench-mri: $(VENV)/.mri-peers
	$(BIN)/python -m benchmarks.mri

# In an environment of their own: their versions of torch and numba are not ours. BART comes from the system's packages.
$(VENV)/.mri-peers: $(VENV)/.dev
	$(PYTHON) -m venv $(VENV)/mri-peers
	$(VENV)/mri-peers/bin/pip install --quiet torch==2.14.1 torchvision==0.29.1 mrpro==0.261015 sigpy==0.1.27
	@touch $@

docs: $(VENV)/.docs
	$(BIN)/python docs/make_pictures.py
	$(BIN)/sphinx-build -q -W -b html docs docs/_site
	@echo "docs/_site/index.html"

viewer: $(STATIC)/index.html

lock: $(VENV)/.dev
	$(BIN)/python locks/compile.py

clean:
	rm -rf $(VENV) $(STATIC) viewer/node_modules docs/_site .mypy_cache .ruff_cache .pytest_cache

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Isocenter needs Python 3.11 or newer; try: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.run: $(VENV)/.python locks/run.txt pyproject.toml
	$(BIN)/pip install --quiet --require-hashes -r locks/run.txt
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run locks/dev.txt
	$(BIN)/pip install --quiet --require-hashes -r locks/dev.txt
	@touch $@

$(VENV)/.docs: $(VENV)/.dev locks/docs.txt
	$(BIN)/pip install --quiet --require-hashes -r locks/docs.txt
	@touch $@

viewer/node_modules/.installed: viewer/package.json viewer/package-lock.json
	@node -e 'process.exit(process.versions.node.split(".")[0] < 20 ? 1 : 0)' || { echo "The viewer needs Node 20 or newer."; exit 1; }
	cd viewer && npm ci --no-fund --no-audit --loglevel=error
	@touch $@

$(STATIC)/index.html: viewer/node_modules/.installed $(VIEWER_SOURCES)
	cd viewer && npm run --silent build
	@touch $@
