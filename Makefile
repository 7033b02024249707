# The commands of the README. Each installs what is missing, builds what is old, and runs.
SHELL := /bin/bash
JOBS ?= $(shell scripts/jobs.sh)
BUILD := build/release

.PHONY: help setup configure build test demo bench fuzz format lint clean
.DEFAULT_GOAL := help

help:
	@echo "make demo    furnish a room, then train the nano model and show the report"
	@echo "make test    build everything and run all tests"
	@echo "make build   build $(BUILD)/bin/metaspatial"
	@echo "make bench   build and run the benchmarks"
	@echo "make fuzz    fuzz every parser for a minute each (needs clang); SECONDS_EACH=600 for longer"
	@echo "make setup   install missing Debian packages"
	@echo "make format  format the C++ in place        make lint  check the format, run clang-tidy if present"
	@echo "make clean   remove the release build"

setup:
	@scripts/setup.sh

configure: setup
	@cmake --preset release --log-level=WARNING

build: configure
	@cmake --build --preset release --parallel $(JOBS) --target programs

test: configure
	@cmake --build --preset release --parallel $(JOBS)
	@ctest --preset release --parallel $(JOBS) --no-label-summary

demo: build
	@scripts/demo.sh

bench: setup
	@cmake --preset release --log-level=WARNING -DMETASPATIAL_BENCH=ON
	@cmake --build --preset release --parallel $(JOBS) --target benchmarks
	@for program in $(BUILD)/bin/*_bench; do echo "== $$program"; "$$program" || exit 1; done

fuzz: setup
	@scripts/fuzz.sh $(or $(SECONDS_EACH),60)

format: setup
	@scripts/format.sh

lint: configure
	@scripts/format.sh --check
	@if command -v run-clang-tidy > /dev/null; then \
	  run-clang-tidy -quiet -p $(BUILD) -j $(JOBS) "$(CURDIR)/src/.*"; \
	else echo "lint: clang-tidy is not installed; only the format was checked"; fi

clean:
	@rm -rf $(BUILD)
