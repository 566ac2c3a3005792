# One word each: setup, demo, test, faults, fuzz, bench, pictures, lock, clean. Every word does its own set-up, and asks nothing.
#
#   make demo                           the story on screen          make demo ARGS="--headless --elders 60 --json"
#   make test                           lint and all eight speeds    make test SPEED=decisions ARGS="-k leave"
#   make faults                         faults, the long form        docs/reliability.md has the figures
#   make fuzz                           every operation, asked what nobody would      docs/fuzzing.md has the figures
#   make bench                          what an elder-month costs    make clean

.DEFAULT_GOAL := help
.PHONY: help setup demo test faults fuzz bench pictures lock clean

PY := .venv/bin/python
ARGS ?=
SPEED ?=

# Any Python from 3.11 on may run set-up, which then chooses the one for .venv. Each is asked, not looked up: a pyenv shim can
# exist for a version that this folder does not select.
ELSEWHERE = /usr/bin/python3 $${PYENV_ROOT:-$$HOME/.pyenv}/versions/3.1*/bin/python3
FIND_PYTHON = for p in $(PYTHON) python3.12 python3.11 python3.13 python3 python3.14 $(ELSEWHERE); do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo "$$p"; break; }; done

help:
	@sed -n 's/^# \{0,1\}//p' Makefile | sed -n '1,7p'

setup:
	@p="$$($(FIND_PYTHON))"; if [ -z "$$p" ]; then \
		printf '\nsetup stopped. Python 3.11 or newer is missing. On Debian or Ubuntu:\n\n    %s\n\n' \
			'sudo apt-get install -y python3 python3-venv' >&2; exit 1; fi; \
	"$$p" tools/setup.py

demo: setup
	@$(PY) starter.py demo $(ARGS)

test: setup
	@$(PY) tools/run_tests.py $(SPEED) -- $(ARGS)

# More rounds, more kills, real waits; writes docs/reliability.md when all of it held.
faults: setup
	@$(PY) -m tests.faults.long_form $(ARGS)

# 200 requests and more for each operation of the OpenAPI; writes docs/fuzzing.md when none was answered with a fault.
fuzz: setup
	@$(PY) -m tests.pages.fuzz $(ARGS)

bench: setup
	@$(PY) -m bench $(ARGS)

# Takes the pictures of docs/pictures anew, from a demo.
pictures: setup
	@$(PY) -m tests.browser.pictures

# After a change of the dependencies in pyproject.toml, or to take newer versions: make lock ARGS=--upgrade
# After a change of package.json: npm install --package-lock-only --ignore-scripts
lock: setup
	@.venv/bin/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --quiet \
		$(ARGS) --output-file requirements.lock
	@.venv/bin/uv pip compile pyproject.toml --extra aliyun --constraints requirements.lock --universal \
		--python-version 3.11 --generate-hashes --no-header --quiet $(ARGS) --output-file requirements-aliyun.lock
	@.venv/bin/uv pip compile pyproject.toml --group dev --constraints requirements-aliyun.lock --universal \
		--python-version 3.11 --generate-hashes --no-header --quiet $(ARGS) --output-file requirements-dev.lock

clean:
	@rm -rf .venv .venv.lock node_modules .pytest_cache .ruff_cache .import_linter_cache .hypothesis .demo
	@find . -path ./.git -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +
