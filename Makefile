# make app: install and serve the workbench · make test: install and run every test · make screenshots: pictures of every page in docs/
PYTHON ?= python3
HERE := $(dir $(abspath $(lastword $(MAKEFILE_LIST))))
VENV := $(HERE).venv
PORT ?= 8501

.PHONY: app test lint screenshots clean

app: $(VENV)/.app
	cd "$(HERE)" && "$(VENV)/bin/python" -m streamlit run app.py --server.port $(PORT)

test: $(VENV)/.dev
	cd "$(HERE)" && "$(VENV)/bin/python" -m pytest

lint: $(VENV)/.dev
	cd "$(HERE)" && "$(VENV)/bin/python" -m ruff check .

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
