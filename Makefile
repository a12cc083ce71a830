# Every command a newcomer needs. `make help` lists them.
#
# Nothing has to be installed by hand: each target brings what it needs from the package
# registries (crates, npm, PyPI, and Debian's packages for browsers and PostgreSQL).

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help run web test test-full check format generate bench clean

WEB := web-client
SUITE ?= all
CARGO ?= cargo

help: ## This list
	@awk -F':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: web ## Build and start the demo on http://localhost:8080
	@echo "== building the server (the first time takes a few minutes)"
	@$(CARGO) build --package bega
	@target/debug/bega serve --demo

web: $(WEB)/dist/.built ## Build the web client

$(WEB)/node_modules/.installed: $(WEB)/package-lock.json
	@echo "== installing the web client's packages"
	@cd $(WEB) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

WEB_SOURCES := $(shell find $(WEB) -path '*/node_modules' -prune -o -path '*/dist' -prune -o -type f -print 2>/dev/null)

$(WEB)/dist/.built: $(WEB)/node_modules/.installed $(WEB_SOURCES)
	@echo "== building the web client"
	@cd $(WEB) && npm run --silent build
	@touch $@

test: web ## Every test: Rust, web, both databases, real clients, real browsers
	@tests/setup
	@node tests/run.mjs

test-full: web ## The long forms of the tests
	@tests/setup
	@BEGA_TEST_FULL=1 node tests/run.mjs

check: $(WEB)/node_modules/.installed ## Formatting, lints, types, documentation, licences, advisories
	@tests/check

format: $(WEB)/node_modules/.installed ## Format Rust and TypeScript
	@$(CARGO) fmt --all
	@cd $(WEB) && npx biome check --write .

generate: $(WEB)/node_modules/.installed ## Regenerate what is made from the Rust types
	@tests/generate

bench: web ## Benchmarks: a table, and target/bench/<suite>.jsonl. One suite: make bench SUITE=join
	@tests/setup bench
	@tests/bench $(SUITE)

clean: ## Remove everything that was built
	@rm -rf target $(WEB)/dist $(WEB)/node_modules .bega
