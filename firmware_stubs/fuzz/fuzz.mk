# Fuzzing, with libFuzzer, AddressSanitizer and UndefinedBehaviorSanitizer (docs/fuzzing.md). Debian: clang libclang-rt-dev
#
#   make fuzz            both targets in both sizes, FUZZ_SECONDS each (60); what they find of interest is kept in build/fuzz/found
#   make fuzz-short      the kept corpora and a few seconds more: what CI runs
#   make fuzz-prove      each seeded bug of fuzz/mutants must be found within FUZZ_PROVE_SECONDS (20)
#   make fuzz-minimise   takes what was found into fuzz/corpus, as little of it as covers the same
#
# fuzz/seeds holds histories written by hand: what chance is slow to find, such as hours of an output's on-time.

FUZZ_SECONDS ?= 60
FUZZ_SHORT_SECONDS ?= 3
FUZZ_PROVE_SECONDS ?= 20
FUZZ_FLAGS := $(STRICT) -Wno-sign-conversion -g -O1 -fno-omit-frame-pointer \
	-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
FUZZ_TARGETS := rig rig-small codec codec-small
FUZZ_ORACLE := $(sort $(wildcard fuzz/oracle*.c)) fuzz/wire.c fuzz/bench.c
FUZZ_SOURCES := $(FUZZ_ORACLE) $(FIRMWARE) $(wildcard fuzz/*.h core/*.h kinds/*.h) fuzz/fuzz.mk
# A history of 256 bytes is some dozens of operations; longer ones find no more, and cost.
FUZZ_RUN := -max_len=256 -len_control=0 -timeout=20 -print_final_stats=0 -verbosity=0

.PHONY: fuzz fuzz-short fuzz-prove fuzz-minimise

build/fuzz/%-small: fuzz/fuzz_%.c $(FUZZ_SOURCES)
	@mkdir -p $(@D)
	$(CLANG) $(FUZZ_FLAGS) $(SMALL) -I. -o $@ $< $(FUZZ_ORACLE) $(FIRMWARE)

build/fuzz/%: fuzz/fuzz_%.c $(FUZZ_SOURCES)
	@mkdir -p $(@D)
	$(CLANG) $(FUZZ_FLAGS) -I. -o $@ $< $(FUZZ_ORACLE) $(FIRMWARE)

fuzz: $(FUZZ_TARGETS:%=build/fuzz/%)
	@for target in $(FUZZ_TARGETS); do \
		mkdir -p build/fuzz/found/$$target fuzz/corpus/$$target; \
		echo "$$target: $(FUZZ_SECONDS) s"; \
		build/fuzz/$$target $(FUZZ_RUN) -max_total_time=$(FUZZ_SECONDS) -artifact_prefix=build/fuzz/ \
			build/fuzz/found/$$target fuzz/corpus/$$target fuzz/seeds/$${target%-small} || exit 1; \
	done

fuzz-short:
	@$(MAKE) --no-print-directory fuzz FUZZ_SECONDS=$(FUZZ_SHORT_SECONDS)

fuzz-minimise: $(FUZZ_TARGETS:%=build/fuzz/%)
	@for target in $(FUZZ_TARGETS); do \
		rm -rf build/fuzz/least && mkdir -p build/fuzz/least fuzz/corpus/$$target build/fuzz/found/$$target; \
		build/fuzz/$$target -merge=1 -use_counters=0 $(FUZZ_RUN) build/fuzz/least fuzz/corpus/$$target build/fuzz/found/$$target fuzz/seeds/$${target%-small} || exit 1; \
		rm -rf fuzz/corpus/$$target && mv build/fuzz/least fuzz/corpus/$$target; \
	done
	@du -sh fuzz/corpus

fuzz-prove:
	@CLANG="$(CLANG)" FLAGS="$(FUZZ_FLAGS)" RUN="$(FUZZ_RUN)" SECONDS_EACH=$(FUZZ_PROVE_SECONDS) sh fuzz/prove.sh
