# Two commands do everything: `make run` and `make test`. They need Python 3.11, 3.12 or 3.13 and make; the rest they set up themselves.
SHELL := /bin/sh
.DEFAULT_GOAL := help
SCALE ?= small
# The first one that is here runs everything, and counts what ran: on 3.12 that costs next to nothing.
VERSIONS := 3.12 3.11 3.13

# A Python of the version $(1) that this user can execute and that can make virtual environments.
find = for python in "python$(1)" "$$(pyenv root 2>/dev/null)"/versions/$(1).*/bin/python$(1) /usr/bin/python$(1) /usr/local/bin/python$(1); do \
	"$$python" -c 'import ensurepip, sys, venv; sys.exit("%d.%d" % sys.version_info[:2] != "$(1)")' 2>/dev/null && { echo "$$python"; break; }; done

.PHONY: help run test check interop bench setup clean
help:  ## what can be done
	@echo "make run      database, made-up nation, population register, import and the SOAP service; Ctrl-C ends it"
	@echo "make test     the tests, on each of Python $(VERSIONS) that is here"
	@echo "make check    style, types, architecture, coverage of what make test ran"
	@echo "make interop  foreign client stacks against the service (PHP, node and what else can be installed), LibreOffice on the workbook"
	@echo "make bench    speed beside a hand-written floor: SCALE=small|nation ONLY=name"

run: setup
	@exec .venv/bin/python -m adapters.cli run

# What is not about Python runs on the first one only (tests/conftest.py says which).
test:
	@ran=; for version in $(VERSIONS); do \
		$(MAKE) --no-print-directory -s .venv-$$version/ready || exit 1; \
		[ -e .venv-$$version/bin/python ] || { echo "Python $$version is not here: not tested on it."; continue; }; \
		echo "Tests on Python $$version:"; \
		if [ -z "$$ran" ]; then rm -f .coverage .coverage.*; .venv-$$version/bin/python -m coverage run -m pytest -q -n 2 || exit 1; \
			.venv-$$version/bin/python -m coverage combine -q; \
		else .venv-$$version/bin/python -m pytest -q -n 2 -m "not once" || exit 1; fi; \
		ran="$$ran $$version"; \
	done; [ -n "$$ran" ] || { echo "Python 3.11, 3.12 or 3.13 with venv is needed and was not found (on Debian: apt-get install python3-venv)." >&2; exit 1; }

check: setup
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	@if [ -e .coverage ]; then .venv/bin/coverage report --format=total | sed 's/^/coverage of what make test ran, in percent: /' && .venv/bin/coverage report -m --skip-covered --fail-under=90 >/dev/null || \
		{ .venv/bin/coverage report --skip-covered; exit 1; }; else echo "No coverage yet: make test measures it."; fi

interop: setup
	.venv/bin/python -m tests.interop

bench: setup
	.venv/bin/python -m tests.bench --scale $(SCALE) $(if $(ONLY),--only $(ONLY))

setup:
	@for version in $(VERSIONS); do $(MAKE) --no-print-directory -s .venv-$$version/ready || exit 1; \
		[ -e .venv-$$version/bin/python ] && { [ -L .venv ] || rm -rf .venv; ln -sfn .venv-$$version .venv; exit 0; }; done; \
	echo "Python 3.11, 3.12 or 3.13 with venv is needed and was not found (on Debian: apt-get install python3-venv)." >&2; exit 1

# One environment a version; when that Python is not here, nothing is made and that is no error.
.venv-%/ready: constraints.txt setup.cfg
	@python=$$($(call find,$*)); [ -n "$$python" ] || exit 0; \
	echo "Setting up Python $* (once, about a minute)"; \
	rm -rf .venv-$*; "$$python" -m venv .venv-$* && \
	.venv-$*/bin/python -m pip install -qq --disable-pip-version-check --require-hashes -r constraints.txt && \
	.venv-$*/bin/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e . && touch $@

clean:  ## remove environments and what tests left; var/ stays
	rm -rf .venv .venv-* .coverage .coverage.* .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache *.egg-info build
