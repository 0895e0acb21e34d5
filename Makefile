# SPDX-License-Identifier: GPL-2.0-or-later
# make help lists the targets.  Everything is set up in .venv; nothing else is touched.
.DEFAULT_GOAL := help
.PHONY: help demo test test-long check types pythons pytest same-bytes fuzz vm kernel real fmt bench docs lock wheel clean

BIN := .venv/bin
SOURCES := linuxmm tests benchmarks
WORKERS ?= 2

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

demo: ## set up the core from nothing and review the patch that started it all
	@tools/setup core
	@echo '$$ linuxmm review v5.17-coherent..split-v1'
	@$(BIN)/linuxmm review v5.17-coherent..split-v1; status=$$?; echo; \
	case $$status in \
	0) echo 'demo: exit code 0, the review found nothing that split-v1 breaks.';; \
	1) echo 'demo: exit code 1, the review found something that split-v1 changes or breaks: see above.';; \
	*) echo "demo: the review could not be made (exit code $$status)." >&2; exit $$status;; \
	esac; \
	echo 'Try it:  .venv/bin/linuxmm --help     .venv/bin/linuxmm review --help'

test: ## set up the locked development set; ruff, mypy --strict, pytest (WORKERS=2 of them)
	@tools/setup dev
	@$(MAKE) --no-print-directory check

check: # the same without the set-up
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@$(MAKE) --no-print-directory -j2 pythons pytest

types: # mypy needs one core only: beside the tests
	$(BIN)/mypy --strict $(SOURCES)

pythons: types # the core of the tests under each other supported Python that is here
	@tools/pythons

pytest:
	$(BIN)/python -m pytest -n $(WORKERS) --no-loadscope-reorder

test-long: ## what takes longer than the default run: campaigns over both modes, every flip
	@tools/setup dev
	$(BIN)/python -m pytest -m slow

same-bytes: ## does this tree say what BASE (main) says, byte for byte? ARGS=--quick: a minute
	@tools/setup dev
	@tools/same-bytes $(or $(BASE),main) $(ARGS)

fuzz: ## spoilt inputs: SECONDS=60 for each TARGET (all), SEED; failing ones stay in .fuzz/
	@tools/setup dev
	@$(BIN)/python -m tests.fuzz $(TARGET) --seconds $(or $(SECONDS),60) $(addprefix --seed ,$(SEED))

vm: ## install what the virtual machine needs (apt, pip), prove it with one scenario; KERNEL=6.12
	@KERNEL='$(KERNEL)' tools/vm
	@$(BIN)/linuxmm doctor
	@echo '$$ linuxmm validate scenarios/coherent-pages-stay.mm --on vm --kernel-image $(or $(KERNEL),6.1)'
	@$(BIN)/linuxmm validate scenarios/coherent-pages-stay.mm --on vm --kernel-image '$(or $(KERNEL),6.1)'

kernel: ## build our own small 6.1 (DEVICE_PRIVATE, DEBUG_VM, types for drgn) into the cache
	@tools/kernel

real: ## every scenario on a real Debian 6.1, or KERNEL=6.12, in the virtual machine (skips loudly)
	@tools/setup dev
	@KERNEL='$(KERNEL)' tools/real-kernel

fmt: ## format the code and repair what the linter can
	@tools/setup dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: ## run the benchmarks (start-up first); ratios matter, not seconds
	@tools/setup dev
	@for file in benchmarks/*.py; do echo "== $$file"; $(BIN)/python $$file || exit $$?; done

docs: ## the pages of docs/ as a site in build/docs, links checked; needs no network
	@tools/setup dev
	@tools/generated.py
	@$(BIN)/sphinx-build -q -W --keep-going -b html -c docs/site . build/docs
	@echo 'docs: build/docs/docs/README.html'

wheel: ## build the wheel into dist/
	@tools/setup dev
	$(BIN)/python -m build --no-isolation --wheel

lock: ## renew requirements-dev.lock from pyproject.toml (fetches uv)
	@tools/setup dev
	$(BIN)/python -m pip install --quiet uv
	@sed -n '1,/^[^#]/{/^#/p;}' requirements-dev.lock > .lock.new
	$(BIN)/uv pip compile pyproject.toml --group dev --extra fast --extra tree --extra report --extra sweep \
	    --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet >> .lock.new
	@mv .lock.new requirements-dev.lock

clean: ## remove what the other targets made
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage .fuzz
	find linuxmm tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
