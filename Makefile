# make app          install and serve the workbench
# make test         install and run every test
# make test-fast    unit tests only: no browser, no real encoder, at most 90 seconds
# make lint         ruff (rules and format) and mypy
# make wheel-check  build the wheel, install it with its dependencies in a new environment and use it in an empty folder
# make sbom         a software bill of materials of the installed environment (CycloneDX, sbom.json)
# make audit       known vulnerabilities of the pinned packages, where a database can be reached
# make image        a container image that serves the app
# make screenshots  pictures of every page in docs/
PYTHON ?= python3
HERE := $(dir $(abspath $(lastword $(MAKEFILE_LIST))))
VENV := $(HERE).venv
PORT ?= 8501

.PHONY: app test test-fast lint wheel-check sbom audit image screenshots clean

app: $(VENV)/.app
	cd "$(HERE)" && "$(VENV)/bin/python" -m lraln_core app --port $(PORT)

test: $(VENV)/.dev
	cd "$(HERE)" && "$(VENV)/bin/python" -m pytest

test-fast: $(VENV)/.dev
	cd "$(HERE)" && "$(VENV)/bin/python" -m pytest -m "not slow"

lint: $(VENV)/.dev
	cd "$(HERE)" && "$(VENV)/bin/python" -m ruff check .
	cd "$(HERE)" && "$(VENV)/bin/python" -m ruff format --check .
	cd "$(HERE)" && "$(VENV)/bin/python" -m mypy

wheel-check: $(VENV)/.dev
	cd "$(HERE)" && "$(VENV)/bin/python" -m benchmarks.wheel_check

sbom: $(VENV)/.dev
	cd "$(HERE)" && "$(VENV)/bin/python" -m cyclonedx_py environment --output-reproducible --of JSON -o sbom.json "$(VENV)/bin/python"

audit: $(VENV)/.dev
	cd "$(HERE)" && "$(VENV)/bin/python" -m benchmarks.audit

image:
	docker build --tag lraln "$(HERE)"

$(VENV)/.app: $(HERE)requirements.txt
	test -x "$(VENV)/bin/python" || "$(PYTHON)" -m venv "$(VENV)"
	"$(VENV)/bin/python" -m pip install --quiet -r "$(HERE)requirements.txt"
	touch "$@"

$(VENV)/.dev: $(HERE)requirements-dev.txt $(VENV)/.app
	"$(VENV)/bin/python" -m pip install --quiet -r "$(HERE)requirements-dev.txt"
	touch "$@"

screenshots: $(VENV)/.dev
	cd "$(HERE)" && "$(VENV)/bin/python" -m docs.screenshots $(if $(WORKSPACE),--workspace "$(WORKSPACE)")

clean:
	rm -rf "$(VENV)"
