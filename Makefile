.DEFAULT_GOAL := help
.PHONY: help build install-tool man install uninstall bench bench-standard bench-speed bench-images scaling soak gate gate-renew corpus microbench microbench-check microbench-renew docs test prove prove-compare test-full damage fuzz fuzz-seeds format check clean

SWIFT_FILES := Package.swift Sources Examples Tests Benchmarks/Package.swift Benchmarks/Count Benchmarks/HotTypes Benchmarks/Subjects Fuzzing/Package.swift Fuzzing/Sources
TOOL := $(CURDIR)/.build/release/layerlab
SECONDS ?= 60
PREFIX ?= /usr/local
# OPTIMISED=1 tests an optimised build, in a folder of its own: longer to build, and half the time to run.
ifdef OPTIMISED
TEST_BUILD := --configuration release -Xswiftc -enable-testing --scratch-path .build/optimised
endif
DESTDIR ?=

help: ## Show the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{ printf "  make %-17s %s\n", $$1, $$2 }'

build: ## Build the tool for release: .build/release/layerlab
	@scripts/setup build
	swift build --configuration release --static-swift-stdlib --product layerlab

# Who names a program with TOOL has built it already. One that is older than its sources is built again; whoever installs as root
# need not have a compiler where it is not.
install-tool:
ifneq ($(origin TOOL), command line)
	@[ -x '$(TOOL)' ] && [ -z "$$(find Package.swift Sources -newer '$(TOOL)' -print -quit)" ] || $(MAKE) --no-print-directory build
endif

man: install-tool ## Write the manual's pages: .build/man/layerlab.1 and one for each command
	env -u TMPDIR $(TOOL) manual -o .build/man

install: install-tool ## Install tool, manual and completions: PREFIX=/usr/local, DESTDIR=; TOOL=PATH names a program
	@PREFIX='$(PREFIX)' DESTDIR='$(DESTDIR)' scripts/install install '$(TOOL)'

uninstall: ## Take away what make install has installed, with the same PREFIX and DESTDIR
	@PREFIX='$(PREFIX)' DESTDIR='$(DESTDIR)' scripts/install uninstall

bench: ## Measure the quick corpus with the release build
	@scripts/setup bench
	swift build --configuration release --static-swift-stdlib --product layerlab
	$(TOOL) bench quick --budget 6

bench-standard: corpus ## Measure the standard corpus: an hour and 150 GB by its own plan; with less disk it tidies up layer by layer
	$(TOOL) bench standard

bench-speed: corpus ## Measure every speed beside its peer on the standard corpus, against targets: 25 minutes, as many layers as fit
	$(TOOL) bench standard --stage speed --budget 25

bench-images: corpus ## Measure whole images: buildah's of eight layers, umoci's of three compressed by zlib; 15 minutes and 20 GB of disk
	mkdir -p Corpus/cache/images
	[ -d Corpus/cache/images/stack-buildah ] || scripts/corpus-image stack buildah Corpus/cache/images/stack-buildah
	[ -d Corpus/cache/images/umoci-zlib ] || scripts/corpus-image umoci zlib Corpus/cache/images/umoci-zlib
	$(TOOL) bench oci:Corpus/cache/images/stack-buildah:latest oci:Corpus/cache/images/umoci-zlib:latest --stage encodings --stage image

scaling: ## Measure how time and memory grow with generated layers: 10 minutes; see Documentation/speed.md
	@scripts/setup build
	swift build --configuration release --static-swift-stdlib --product layerlab
	$(TOOL) measure scaling

soak: ## Kills and faults at hundreds of calls, and the same up to a million entries and 8 GB: an hour and 60 GB of disk
	@scripts/setup test
	swift build --build-tests
	LAYERLAB_KILLS=240 LAYERLAB_FAULTS=120 swift test --skip-build --filter FaultTests
	swift build --configuration release --static-swift-stdlib --product layerlab
	$(TOOL) measure scaling --files 1000,10000,100000,1000000 --bytes 1000000,10000000,100000000,1000000000,8000000000

gate: install-tool ## Measure sizes and costs per entry, and compare with Reports/baseline.json: fails where one is larger
	@scripts/setup test
	$(TOOL) measure baseline --output .build/baseline.json
	$(TOOL) compare Reports/baseline.json .build/baseline.json

gate-renew: ## Set that baseline anew, after a change that is meant
	@scripts/setup test
	swift build --configuration release --static-swift-stdlib --product layerlab
	$(TOOL) measure baseline --output Reports/baseline.json

prove-compare: ## Show how often bench --against is wrong: 60 runs of the same program, 30 of one with slower rebuilds; an hour
	@scripts/setup corpus
	swift build --configuration release --static-swift-stdlib --product layerlab
	BENCH_OPTIONS="--strategy raw+zstd:3 --max-samples 30 --work-dir /dev/shm" scripts/prove-compare redis

corpus: ## Fetch the standard corpus, 2.1 GB (9.0 GB meanwhile); installs the builders that it needs
	@scripts/setup corpus
	swift build --configuration release --static-swift-stdlib --product layerlab
	$(TOOL) corpus fetch standard

microbench: ## Measure the hot types in memory; a package of its own, see Benchmarks/README.md
	@scripts/setup build
	swift package --package-path Benchmarks benchmark --no-progress

microbench-check: ## Count what the hot types cost, and compare with Benchmarks/hot-types.json
	@scripts/setup test
	swift build --configuration release --static-swift-stdlib --product layerlab
	swift run --package-path Benchmarks --configuration release count-hot-types --write .build/hot-types.json
	$(TOOL) compare Benchmarks/hot-types.json .build/hot-types.json

microbench-renew: ## Count them anew, after a change that is meant
	@scripts/setup test
	swift run --package-path Benchmarks --configuration release count-hot-types --write Benchmarks/hot-types.json

docs: ## Build the library's reference from the comments, by DocC: .build/docs
	@scripts/setup build
	DOCS_BUILD='$(TEST_BUILD)' scripts/docs

test: ## Build and run the tests; OPTIMISED=1 as CI does, from a build that takes longer and tests that take less
	@scripts/setup test
	swift build $(TEST_BUILD) --build-tests
	ulimit -Sn 1024; swift test $(TEST_BUILD) --skip-build

prove: ## Import, fsck, prune and rebuild the quick corpus by every strategy, mode and policy (about an hour)
	@scripts/setup test
	swift build --configuration release --static-swift-stdlib --product layerlab
	LAYERLAB_TOOL=$(TOOL) scripts/prove

test-full: ## Run the tests over the full product of strategies, optimised
	LAYERLAB_FULL=1 $(MAKE) --no-print-directory test OPTIMISED=1

damage: ## Damage stored recipes bit by bit and objects in every way, and count how the rebuilds end
	@scripts/setup test
	swift build --build-tests
	scripts/damage

fuzz: ## Fuzz the splitter, the decoders and the blobs for a minute each, or SECONDS=600; see Fuzzing/README.md
	@scripts/setup build
	scripts/fuzz $(SECONDS)

fuzz-seeds: ## Write the fuzzers' seeds anew, from the tests' samples
	@scripts/setup build
	LAYERLAB_FUZZ_SEEDS=write swift test --filter theCommittedSeedsAreTheGenerators

format: ## Format all Swift files in place
	swift format --in-place --recursive $(SWIFT_FILES)

check: ## Check the format and the house rules; changes nothing
	swift format lint --strict --recursive $(SWIFT_FILES)
	scripts/check-house

clean: ## Remove what was built; the corpus's cache stays
	rm -rf .build Benchmarks/.build Fuzzing/.build
