# `make help` lists what there is. The plain commands behind each are in the README.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed
# Set here and not in code, so that importing the package changes nobody's environment.
export DO_NOT_TRACK := 1
export KEDRO_DISABLE_TELEMETRY := 1
export GRADIO_ANALYTICS_ENABLED := False
export TF_CPP_MIN_LOG_LEVEL := 3
export ORT_DISABLE_TELEMETRY := 1

ENV ?= base
HOST ?= http://127.0.0.1:7860
USERS ?= 50
SECONDS ?= 30
DATA := $(or $(DATA_DIR),data)
# What `kedro viz build` leaves in build/.
VIZ_FILES := 404.html api assets autoreload.html favicon.ico index.html telemetry.html
# Many tests wait for servers and browsers, so two at a time pay even on two cores; a
# module's tests stay together, for what its fixtures started or trained.
WORKERS ?= 2
PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile

.PHONY: help install run retrain app viz viz-build mlflow rollback export-release import-release \
	inference monitoring space space-push ask-retraining replicas load-test lint format test-fast test clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

install: $(INSTALLED) ## create .venv with what requirements.lock pins

$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v <= (3, 13) else f"expected Python 3.11 to 3.13, got {v[0]}.{v[1]}: run make PYTHON=python3.11")'
	@echo "Installing what requirements.lock pins into $(VENV): some minutes, most of them TensorFlow's."
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	@# Where PYTHONDONTWRITEBYTECODE is set, as in many containers, pip compiles nothing,
	@# and every import of TensorFlow takes 16 s instead of 5. Some files are templates.
	@$(BIN)/python -m compileall -qq -j 0 $(VENV)/lib || true
	@touch $@

run: $(INSTALLED) ## data to champion on the embedded digits, offline (ENV=mnist, ENV=sketch)
	$(BIN)/kedro run $(if $(filter-out base,$(ENV)),--env $(ENV))

retrain: $(INSTALLED) ## learn from accepted corrections; the gate decides (ENV as above)
	$(BIN)/kedro run --pipelines retrain $(if $(filter-out base,$(ENV)),--env $(ENV))

app: $(INSTALLED) ## the sketch pad, in the browser
	$(BIN)/python gradio_app/app.py --open --local-key

viz: $(INSTALLED) ## Kedro-Viz: the pipelines as a picture
	@echo "Kedro-Viz: http://127.0.0.1:4141"
	$(BIN)/kedro viz run --port 4141 --no-browser

viz-build: $(INSTALLED) ## Kedro-Viz as a static site in build/viz
	rm -rf build/viz
	mkdir -p build/viz
	$(BIN)/kedro viz build --include-previews
	@# It always writes into build/, where releases may lie; a site is published alone.
	cd build && mv $(VIZ_FILES) viz/
	@echo "The site is in build/viz: python3 -m http.server --directory build/viz 8000"

mlflow: $(INSTALLED) ## MLflow: runs, candidates, registry
	@# At its own first page MLflow shows GenAI; runs are under "Model training".
	@echo "MLflow: http://127.0.0.1:5000/#/experiments?workflowType=machine_learning"
	@# kedro-mlflow starts `mlflow` by its name alone, and that starts four servers: each
	@# takes seconds to import, and one person needs one.
	PATH="$(CURDIR)/$(BIN):$$PATH" MLFLOW_WORKERS=1 $(BIN)/kedro mlflow ui --host 127.0.0.1 --port 5000

rollback: $(INSTALLED) ## put the previous champion back
	$(BIN)/python -m digit_pipeline.releases rollback

export-release: $(INSTALLED) ## pack the served releases into build/release.tar.gz
	$(BIN)/python -m digit_pipeline.releases check
	mkdir -p build
	tar -czf build/release.tar.gz -C $(DATA) 09_serving

import-release: $(INSTALLED) ## unpack build/release.tar.gz and verify every file in it
	@[ -f build/release.tar.gz ] || { echo "expected build/release.tar.gz, found none: put there what make export-release made" >&2; exit 1; }
	mkdir -p $(DATA)
	tar -xzf build/release.tar.gz -C $(DATA)
	$(BIN)/python -m digit_pipeline.releases check

inference: $(INSTALLED) ## read a folder of images with the champion
	$(BIN)/kedro run --pipelines batch_inference

monitoring: $(INSTALLED) ## compare what people draw with what they drew before
	$(BIN)/kedro run --pipelines monitoring

space: $(INSTALLED) ## put together in build/space what Hugging Face hosts
	$(BIN)/python -m deploy.space build

space-push: $(INSTALLED) ## send it: SPACE=owner/name, HF_TOKEN in the environment (DRY_RUN=1 lists)
	$(BIN)/python -m deploy.space push --repo "$(SPACE)" $(if $(DRY_RUN),--dry-run)

ask-retraining: $(INSTALLED) ## let a running app retrain: APP_URL, its API_KEY in the environment (WHEN_DRIFTED=1: only if people draw otherwise)
	$(BIN)/python -m deploy.ask_retraining "$(APP_URL)" $(if $(WHEN_DRIFTED),--when-drifted)

replicas: $(INSTALLED) ## three REST replicas and the pages behind nginx, on port 8080
	$(BIN)/python -m deploy.replicas

load-test: $(INSTALLED) ## Locust against a running app (HOST, USERS, SECONDS): CSV and a plot in build/
	mkdir -p build
	$(BIN)/locust --headless --only-summary -f benchmarks/locustfile.py --host $(HOST) \
		-u $(USERS) -r $(USERS) -t $(SECONDS)s --csv build/load-test
	$(BIN)/python benchmarks/load_plot.py build/load-test_stats_history.csv

lint: $(INSTALLED) ## format, lint, types, workflow files
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/zizmor --offline --quiet .github/workflows
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml

format: $(INSTALLED) ## let ruff put the code in order
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

test-fast: lint ## lint and the tests that take no minutes
	$(PYTEST) -m "not slow"

test: lint ## lint, types and every test, with coverage
	rm -f .coverage .coverage.*
	$(PYTEST) -m "not slow" --cov --cov-report=term-missing:skip-covered
	@# Without coverage: it would slow down every server and browser test.
	$(PYTEST) -m slow

clean: ## remove build/, caches and what runs made; downloads, releases, records stay
	rm -rf build .viz .pytest_cache .mypy_cache .ruff_cache .coverage* htmlcov
	@# By their names: what is not generated lies in other folders, 01_raw among them.
	rm -rf "$(DATA)"/0[2-8]_*
