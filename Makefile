# Needs Python 3.11 with venv, and make; everything else is installed into .venv.
PYTHON ?= python3
BIN := .venv/bin
WORKERS ?= auto

.PHONY: install run test test-screens screenshots lint bench bench-quick bench-screens clean

install: .venv/.installed .env

.venv/.installed: requirements.txt requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit("Onsite needs Python 3.11 or newer") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

.env:
	@$(BIN)/python -c 'import secrets; print("SECRET_KEY=" + secrets.token_urlsafe(50))' > $@
	@chmod 600 $@

run: install
	DEBUG=1 $(if $(PORT),PORT=$(PORT)) $(BIN)/python -u tools/run_demo.py

# Everything but the screens, on PostgreSQL and on SQLite.
test: install
	$(BIN)/python tools/with_postgres.py $(BIN)/pytest -n $(WORKERS) -m "not browser"
	DATABASE_URL=sqlite:///db.sqlite3 $(BIN)/pytest -n $(WORKERS) -m "not browser"

# The screens in a real browser, on PostgreSQL: they take longer than everything else.
test-screens: install
	@command -v $${CHROMIUM:-chromium} >/dev/null || echo "No Chromium here: the tests of the screens are skipped."
	$(BIN)/python tools/with_postgres.py $(BIN)/pytest -n $(WORKERS) -m browser

# The pictures in docs/img; needs Chromium.
screenshots: install
	$(BIN)/python tools/screenshots.py

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	DATABASE_URL=sqlite:///db.sqlite3 $(BIN)/python manage.py makemigrations --check --dry-run
	DEBUG=0 ALLOWED_HOSTS=onsite.example $(BIN)/python manage.py check --deploy --fail-level WARNING

# About a quarter of an hour; needs wrk. Writes benchmarks/RESULTS.md and throughput.svg.
bench: .venv/.bench .env
	$(BIN)/python -m benchmarks

bench-quick: .venv/.bench .env
	$(BIN)/python -m benchmarks --quick

# About five minutes; needs Chromium. Writes benchmarks/SCREENS.md.
bench-screens: .venv/.bench .env
	$(BIN)/python -m benchmarks.screens

.venv/.bench: .venv/.installed requirements-bench.txt
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-bench.txt
	@touch $@

clean:
	rm -rf .venv .pytest_cache .ruff_cache .hypothesis
