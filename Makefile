# Downbeat. `make demo` to see and hear it, `make test` before you change it.
.DEFAULT_GOAL := help
.PHONY: packages images sbom repository web web-test bench-web shots help demo test test-long simulate lint build describe notices \
	bench-library bench-load setup clean bench

help: ## Say what can be made
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST)

demo: ## Build, start a coordinator and speakers, play, show how well they keep step (MUSIC=DIR: your own music)
	@scripts/demo.sh

test: ## Formatting, lints, all tests
	@scripts/setup.sh tests
	@scripts/test.sh

test-long: ## What is too long for make test: fuzz, REST at random, many kills (some 70 minutes)
	@scripts/test-long.sh

simulate: setup ## Every scenario in virtual time: what it measures, and its limits
	@scripts/cargo run --locked --quiet -p downbeat-simulation --example table

lint: setup ## Formatting and lints only
	@scripts/lint.sh

build: setup ## The programs as they are shipped, with the page in them, in target/ship
	@DOWNBEAT_LEAVE_OUT=1 scripts/web.sh build
	@scripts/build.sh
	@scripts/check-binaries.sh

# The date that the programs and the packages bear: the last commit's.
build packages images: export SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null)

packages: build ## Debian packages of the programs, in target/packages
	@scripts/packages.sh

images: packages ## OCI images of the coordinator and of the speaker, from the packages, in target/images
	@scripts/images.sh

repository: ## A folder that apt can install from, of target/packages, signed by KEY=your gpg key, in target/repository
	@scripts/repository.sh

describe: setup ## Write what follows from the handlers: the description of the interface, and the types of its client
	@scripts/describe.sh

sbom: setup ## The bill of materials of the programs (CycloneDX), from the lock files, in target/downbeat.cdx.json
	@DOWNBEAT_BILL=$(CURDIR)/target/downbeat.cdx.json scripts/cargo test --locked --quiet -p downbeat-tests --test house bill_of_materials

notices: setup ## Write THIRD-PARTY-NOTICES, from the lock file
	@DOWNBEAT_NOTICES=1 scripts/cargo test --locked --quiet -p downbeat-tests --test house third_party_notices

bench: ## Every measurement; RIG=folder of the rig, as root: how well speakers keep step, too (two hours)
	@scripts/bench.sh

bench-library: ## A library of 100,000 real files, beside mpd, measured (some forty minutes, 5 GB)
	@scripts/bench-library.sh

bench-load: ## How the coordinator carries thousands of speakers, measured (some ten minutes)
	@scripts/bench-load.sh

bench-web: ## The page: frames and memory with 2,000 speakers, and two browsers as speakers (after make build; some ten minutes)
	@DOWNBEAT_BINARIES=$${DOWNBEAT_BINARIES:-target/ship} scripts/web.sh bench

shots: ## Pictures of every screen of the page, wide and narrow, light and dark, in server/web/shots
	@scripts/web.sh shots

web: ## The page that people control the system with; a coordinator that is built next has it (needs npm)
	@scripts/web.sh build

web-test: ## The page: types, unit tests, weight, end to end in a browser (after make build or cargo build)
	@scripts/web.sh test

setup: ## Install what a build needs, or say how
	@scripts/setup.sh

clean: ## Remove all that was built or made
	@scripts/cargo clean
