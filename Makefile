# Dibao: what people type. `make help` lists it.

TARGET := $(or $(CARGO_TARGET_DIR),target)
LISTEN := 127.0.0.1:8080
DATA_DIR := .demo

# An option of `dibao demo` that is passed on only when it was given on the command line of make:
# a DATABASE_URL that happens to stand in the environment belongs to another program.
given = $(if $(filter command,$(origin $(1))),$(2) '$($(1))')

.DEFAULT_GOAL := help
.PHONY: help demo build test bench check generate clean

help: ## this list
	@echo "Dibao: every government portal of a country on one platform. Needs the Rust toolchain and a C compiler."
	@echo
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 18
	@echo
	@echo "  make demo takes DOCUMENTS=FILE.jsonl TENANTS=N SCALE=N DATABASE_URL=postgres://... REDIS_URL=redis://..."
	@echo "                  LISTEN=$(LISTEN) DATA_DIR=$(DATA_DIR)"

demo: ## builds and opens the whole country on http://localhost:8080 (Ctrl-C stops it, a second start is quick)
	@echo "1. Compiles the program without link-time optimisation. The first time this takes some minutes"
	@echo "   (about 350 libraries and the program), later only what changed."
	@echo "2. Creates every portal of the division table in $(DATA_DIR)/, with sample documents and one order,"
	@echo "   then prints the addresses to open. A second start uses what is there."
	cargo build --locked --profile demo --workspace --bin dibao
	@exec '$(TARGET)/demo/dibao' demo --data-dir '$(DATA_DIR)' --listen '$(LISTEN)' \
		$(call given,DOCUMENTS,--documents) $(call given,TENANTS,--tenants) $(call given,SCALE,--scale) \
		$(call given,DATABASE_URL,--database-url) $(call given,REDIS_URL,--redis-url)

build: ## the full release in target/release/dibao
	cargo build --locked --release --workspace --bin dibao
	@test target -ef '$(TARGET)' || { mkdir -p target/release && ln -sf "$$(realpath '$(TARGET)')/release/dibao" target/release/dibao; }

test: ## installs what tests need, starts PostgreSQL and Redis of its own, runs all tests
	@tests/env/test.sh

bench: build ## measures against nginx and writes docs/benchmarks.md
	@BIN='$(TARGET)/release/dibao' tests/bench/bench.sh

check: ## format, clippy, licences: what CI asks before the tests
	@CARGO_TARGET_DIR='$(TARGET)' .ci/run static

generate: ## writes the generated documents again; the tests prove them fresh
	DIBAO_GENERATE=1 cargo test --locked --workspace generated

clean: ## removes what was built and the demo's data
	cargo clean
	rm -rf .demo target
