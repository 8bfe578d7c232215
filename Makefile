# Windlass. `make` lists what there is; `make demo` and `make test` do all set-up themselves.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
SHELL := /bin/sh
STAGE := sh scripts/stage.sh
SOURCES := $(shell find src -name '*.ts') tsconfig.json scripts/build.mjs scripts/bundling.ts

.DEFAULT_GOAL := help
.PHONY: help demo test lint typecheck format bench charts faults lab-up lab-down clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

node_modules/.package-lock.json: package.json package-lock.json .npmrc
	@$(STAGE) "install packages" npm ci --no-progress
	@touch $@

dist/.built: node_modules/.package-lock.json $(SOURCES)
	@$(STAGE) "build" npm run --silent build
	@touch $@

demo: dist/.built ## Bring the lab up and carry the flagship rollout through, approvals included
	@bin/windlass demo rollouts/254carbon

test: dist/.built ## Run every test: units, workflows, integration on the lab, one seed of each fault, browser
	@$(STAGE) "packages of the real node" sh scripts/node-packages.sh
	@$(STAGE) "packages of monitoring" sh scripts/monitoring-packages.sh
	@$(STAGE) "tools" bin/windlass lab tools --with monitoring logging
	@$(STAGE) "browser" sh scripts/browser.sh
	@$(STAGE) "tests" node scripts/test.mjs

faults: dist/.built ## Run the whole fault matrix (long), or one file: FAULTS=flagship; results as JSON under faults/results/
	@$(STAGE) "faults" node scripts/faults.mjs $(FAULTS)

lint: node_modules/.package-lock.json ## Lint and check formatting; no warning is allowed
	@$(STAGE) "lint" npm run --silent lint

typecheck: node_modules/.package-lock.json ## Check types
	@$(STAGE) "type check" npm run --silent typecheck

format: node_modules/.package-lock.json ## Format all files
	@npm run --silent format

charts: dist/.built ## Try charts that are not ours: make charts CHARTS=DIR (against the lab that is up)
	@CHARTS="$(CHARTS)" node bench/charts/run.ts

bench: dist/.built ## Run the benchmarks; they report and never gate
	@SUITE="$(SUITE)" node bench/run.ts

lab-up: dist/.built ## Start the local lab
	@bin/windlass lab up

lab-down: dist/.built ## Stop the local lab, keep its data
	@bin/windlass lab down

clean: ## Remove what was built here (tools stay in the user's cache)
	@rm -rf dist coverage .windlass node_modules
