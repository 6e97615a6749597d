# SPDX-License-Identifier: GPL-2.0-only
# The one entry. Everything is built below out/; `make help` lists the targets.

VERSION	:= 0.1.0
O	?= out
PREFIX	?= /usr/local
DESTDIR	?=
CROSS_COMPILE ?=
ifeq ($(origin CC),default)
CC	:= $(CROSS_COMPILE)gcc
endif
OBJCOPY	?= $(CROSS_COMPILE)objcopy
STRIP	?= $(CROSS_COMPILE)strip
PYTHON	?= /usr/bin/python3
BUSYBOX	?= /bin/busybox

WARN	:= -Wall -Wextra -Wshadow -Wmissing-prototypes -Wformat=2 -Werror
CPPFLAGS += -D_GNU_SOURCE -DSW_VERSION='"$(VERSION)"' -DSW_DATADIR='"$(PREFIX)/share/seaworthy"' \
	-I. -Ilib -Iprobe -Iruntime -Isuites -I$(O)/kselftest
CFLAGS	?= -O2 -g
STD	:= -std=gnu11 -fno-strict-aliasing -ffunction-sections -fdata-sections
LDFLAGS	+= -Wl,--gc-sections
LIBS	:= -lz -llzma -lzstd -lbz2 -llz4 -llzo2 -lfdt -ljansson -lseccomp

LIB_SRC		:= $(wildcard lib/*.c)
PROBE_SRC	:= $(wildcard probe/*.c probe/*/*.c)
RUNTIME_SRC	:= $(wildcard runtime/*.c runtime/*/*.c)
GUEST_SRC	:= $(wildcard guest/*.c)
RUNNER_SRC	:= $(wildcard suites/*.c)
# Each file here is one suite with a kselftest harness of its own: see suites/suite.h.
SUITE_SRC	:= $(sort $(wildcard suites/kernel/*.c suites/kernel/*/*.c suites/runtime/*.c))
CORE_SRC	:= $(LIB_SRC) $(PROBE_SRC) $(RUNTIME_SRC) $(GUEST_SRC) $(RUNNER_SRC) harness.c
TEST_SRC	:= $(wildcard tests/c/*.c)

LXC_VERBS	:= create ls execute start info stop destroy attach kill wait freeze unfreeze \
		   console monitor checkpoint copy clone snapshot device \
		   cgroup restart autostart ps netstat top unshare usernsexec checkconfig update-config setcap setuid \
		   version config

# Build one flavour below $(1): "" is the product, "-san" carries the sanitizers.
define flavour
$(O)/obj$(1)/%.o: %.c $(O)/.deps
	@mkdir -p $$(@D)
	@echo "  CC      $$@"
	@$$(CC) $$(STD) $$(WARN) $$(CFLAGS) $$(CFLAGS$(1)) $$(CPPFLAGS) -MMD -MP -c -o $$@ $$<

# The harness header defines a few symbols with external linkage; one copy a suite, so hide them.
$(O)/obj$(1)/suites/kernel/%.o $(O)/obj$(1)/suites/runtime/%.o: HIDE = yes
$(patsubst %.c,$(O)/obj$(1)/%.o,$(SUITE_SRC)): $(O)/obj$(1)/%.o: %.c $(O)/kselftest/kselftest_harness.h
	@mkdir -p $$(@D)
	@echo "  CC      $$@ (suite)"
	@$$(CC) $$(STD) $$(WARN) -Wno-missing-prototypes -Wno-shadow -Wno-sign-compare -Wno-unused-function \
		-Wno-format-nonliteral $$(CFLAGS) $$(CFLAGS$(1)) $$(CPPFLAGS) -MMD -MP -MT $$@ -MF $$(@:.o=.d) -c -o $$@.tmp.o $$<
	@$$(OBJCOPY) -w --localize-symbol=_fixture_global --localize-symbol=__active_test \
		'--localize-symbol=__odr_asan.*' \
		--localize-symbol=__wait_for_test --localize-symbol=__run_test $$@.tmp.o $$@
	@rm -f $$@.tmp.o
endef

all: $(O)/seaworthy links ## build the executable and its links (default)

$(eval $(call flavour,))
CFLAGS-san := -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
$(eval $(call flavour,-san))

OBJ	:= $(patsubst %.c,$(O)/obj/%.o,$(CORE_SRC) $(SUITE_SRC))
OBJ-san	:= $(patsubst %.c,$(O)/obj-san/%.o,$(CORE_SRC) $(SUITE_SRC))

$(O)/seaworthy: $(O)/obj/seaworthy.o $(OBJ)
	@echo "  LINK    $@"
	@$(CC) -static $(CFLAGS) $(LDFLAGS) -o $@.debug $^ $(LIBS)
	@$(STRIP) -o $@ $@.debug

# The fuzzing targets: what reads files and expressions, by clang, since gcc has no libFuzzer.
FUZZ	:= $(patsubst tests/fuzz/%.c,$(O)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_SRC := $(LIB_SRC) $(wildcard probe/kconfig/*.c probe/symbols/*.c)
FUZZ_CC	:= clang $(STD) $(WARN) -g -O1 -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=undefined
$(O)/obj-fuzz/%.o: %.c $(O)/.deps
	@mkdir -p $(@D)
	@echo "  CC      $@"
	@$(FUZZ_CC) -fsanitize=fuzzer-no-link $(CPPFLAGS) '-DIMAGE_UNPACKED_MAX=((uint64_t)8<<20)' -Wno-missing-prototypes \
		-MMD -MP -c -o $@ $<

$(O)/fuzz/%: $(O)/obj-fuzz/tests/fuzz/%.o $(patsubst %.c,$(O)/obj-fuzz/%.o,$(FUZZ_SRC))
	@mkdir -p $(@D)
	@echo "  LINK    $@"
	@$(FUZZ_CC) -fsanitize=fuzzer -o $@ $^ $(LIBS)

links: $(O)/seaworthy
	@cd $(O) && for n in berth $(addprefix lxc-,$(LXC_VERBS)); do ln -sf seaworthy $$n; done

$(O)/seaworthy-san: $(O)/obj-san/seaworthy.o $(OBJ-san)
	@echo "  LINK    $@"
	@$(CC) $(CFLAGS-san) $(LDFLAGS) -o $@ $^ $(LIBS)

$(O)/unit-tests: $(patsubst %.c,$(O)/obj-san/%.o,$(TEST_SRC)) $(OBJ-san)
	@echo "  LINK    $@"
	@$(CC) $(CFLAGS-san) $(LDFLAGS) -o $@ $^ $(LIBS)

# The kernel's own test harness: out of Debian's linux-source package, once.
$(O)/kselftest/kselftest_harness.h: | $(O)/.deps
	@tests/tools/extract-kselftest $(@D)

# What a build needs and the machine lacks. The stamp lies in out/, so a fresh clone looks again.
$(O)/.deps: tests/tools/install-deps
	@mkdir -p $(O)
	@tests/tools/install-deps build
	@touch $@

deps-%: ## install what a use lacks: deps-build, deps-matrix, deps-check
	@tests/tools/install-deps $*

matrix: deps-matrix all ## boot the kernels of the catalogue, probe and test each, write the reports
	@$(O)/seaworthy matrix $(MATRIX_ARGS)

check: deps-check all check-c check-clang check-fuzz check-py check-suites ## every test: C units, pytest, suites here, one kernel in QEMU

check-c: $(O)/unit-tests $(O)/seaworthy-san ## C unit tests under ASan and UBSan
	@$(O)/unit-tests

check-clang: deps-check ## the same sources, as errors, by clang
	@$(MAKE) --no-print-directory O=$(O)/clang CC=clang $(O)/clang/seaworthy

check-py: deps-check all $(O)/seaworthy-san ## pytest: the tools, the harness, one kernel in QEMU
	@$(PYTHON) -m pytest -q tests/py $(PYTEST_ARGS)

check-suites: all ## the conformance suites on the running kernel
	@$(O)/seaworthy test --summary

check-mutants: deps-check all ## proof that suites can fail: each perturbation of tests/mutants, the tests that must notice, and no other
	@$(PYTHON) tests/tools/check_mutants.py $(O)/seaworthy $(MUTANTS)

check-repeat: deps-check all ## run all suites REPEAT (20) times, and compare the machine with what it was
	@$(PYTHON) tests/tools/check_repeat.py $(O)/seaworthy --times $(or $(REPEAT),20)

symbols-refresh: deps-check ## derive the declarations of Kconfig symbols anew, and show what changed
	@SEAWORTHY_EXECUTABLE=$(abspath $(O))/seaworthy tests/tools/symbols-refresh $(REFRESH_ARGS)

fuzz-smoke: deps-check all $(FUZZ) ## fuzz parsers and readers, each for FUZZ_SECONDS (60)
	@$(PYTHON) tests/fuzz/run.py $(O)/fuzz

check-fuzz: deps-check all $(FUZZ) ## the fuzzing targets on their seeds and a few mutations
	@$(PYTHON) tests/fuzz/run.py --brief $(O)/fuzz

bench: all ## CPU time and sizes, beside others', in one run (SEAWORTHY_DATA: configurations)
	@tests/tools/install-deps bench
	@$(PYTHON) tests/bench/bench.py --json $(O)/bench.json $(BENCH_ARGS)
# DATA holds configurations of real kernels, and what other checkers print for them.
DATA	?= ../shared/data
differences: all ## write docs/differences.md anew: where our verdicts differ from other checkers'
	@$(PYTHON) tests/tools/corpus_differences.py $(DATA) $(O)/seaworthy >$(O)/differences.md
	@mv $(O)/differences.md docs/differences.md

install: all ## install into $(DESTDIR)$(PREFIX)
	install -D -m 755 $(O)/seaworthy $(DESTDIR)$(PREFIX)/bin/seaworthy
	for n in berth $(addprefix lxc-,$(LXC_VERBS)); do ln -sf seaworthy $(DESTDIR)$(PREFIX)/bin/$$n; done
	for m in docs/man/*.[1-8]; do install -D -m 644 $$m $(DESTDIR)$(PREFIX)/share/man/man$${m##*.}/$${m##*/}; done
	cd harness && find seaworthy -type f ! -name '*.pyc' -exec install -D -m 644 {} $(DESTDIR)$(PREFIX)/share/seaworthy/harness/{} \;

clean: ## remove out/, but keep fetched kernels (distclean removes those too)
	rm -rf $(filter-out $(O)/cache,$(wildcard $(O)/* $(O)/.deps))

distclean: ## remove out/ with everything in it
	rm -rf $(O)

help: ## this list
	@sed -n 's/^\([a-z%-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-22s %s\n", $$1, $$2 }'

.PHONY: all links matrix check fuzz-smoke check-fuzz check-c check-clang check-py check-suites check-mutants check-repeat bench install clean distclean help
.DELETE_ON_ERROR:
.SECONDARY:

-include $(shell find $(O)/obj $(O)/obj-san $(O)/obj-fuzz -name '*.d' 2>/dev/null)
