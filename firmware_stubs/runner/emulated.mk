# The firmware for other processors, and what runs it on this machine.
#
#   make avr     build/avr/KIND.elf      for the ATmega328P, .eep beside it: the EEPROM of a new part
#   make arm     build/arm/KIND.elf      for the Cortex-M3 (LM3S6965)
#   make runner  build/simavr/           libavrrig.so and avr_pty, over libsimavr (GPL-3)
#
# Debian: gcc-avr avr-libc | clang lld qemu-system-arm | libsimavr-dev libelf-dev

AVR_CC ?= avr-gcc
ARM_CC ?= clang
ARM_KINDS := $(subst _,-,$(patsubst kinds/%_tables.h,%,$(wildcard kinds/*_tables.h)))
AVR_KINDS := $(filter-out recorder,$(ARM_KINDS))
# The recorder's ten streams are more than the ATmega328P's 2 KiB.
EMULATED_WARNINGS ?= -Wall -Wextra -Wpedantic -Werror

# What a part with one kind only needs: the flags that stand in the header of the kind's tables.
ROOM = $(shell sed -n 's,^/\* Room for it: \(.*\) \*/$$,\1,p' $(1))

KIND_NAME = $(shell echo $* | tr a-z- A-Z_)
KIND_SOURCE = kinds/$(subst -,_,$*).c
EMULATED_HEADERS := $(wildcard core/*.h kinds/*.h ports/avr/*.h)
CORE := $(wildcard core/*.c)

# What comes after -Os was found by trying: each of them makes the image shorter.
AVR_FLAGS := -std=gnu11 -mmcu=atmega328p -DF_CPU=16000000UL -DRIG_SMALL -DRIG_ONE -DNDEBUG \
	-ffunction-sections -fdata-sections -Wl,--gc-sections -Os -flto -mrelax -mcall-prologues -mstrict-X -fshort-enums \
	-fno-inline-small-functions -fno-tree-forwprop -fno-gcse -fno-ipa-sra -fno-move-loop-invariants \
	-fira-algorithm=priority
ARM_FLAGS := --target=thumbv7m-none-eabi -mcpu=cortex-m3 -std=c11 -Os -DNDEBUG -ffreestanding -fno-builtin -nostdlib \
	-isystem ports/cortexm/include -ffunction-sections -fdata-sections -fuse-ld=lld -Wl,--gc-sections \
	-Wl,-Tports/cortexm/link.ld

.PHONY: avr arm runner

avr: $(AVR_KINDS:%=build/avr/%.elf)
arm: $(ARM_KINDS:%=build/arm/%.elf)
runner: build/simavr/libavrrig.so build/simavr/avr_pty

build/avr/%.elf: $(CORE) $(wildcard kinds/*.c ports/avr/*.c) $(EMULATED_HEADERS) runner/emulated.mk
	@mkdir -p $(@D)
	$(AVR_CC) $(EMULATED_WARNINGS) $(AVR_FLAGS) $(call ROOM,kinds/$(subst -,_,$*)_tables.h) -DRIG_KIND=$(KIND_NAME) -o $@ $(CORE) $(KIND_SOURCE) \
		$(wildcard ports/avr/*.c)
	avr-objcopy -O ihex -j .eeprom --change-section-lma .eeprom=0 $@ build/avr/$*.eep

build/arm/%.elf: $(CORE) $(wildcard kinds/*.c ports/cortexm/*) $(EMULATED_HEADERS) runner/emulated.mk
	@mkdir -p $(@D)
	$(ARM_CC) $(EMULATED_WARNINGS) $(ARM_FLAGS) $(call ROOM,kinds/$(subst -,_,$*)_tables.h) -DRIG_KIND=$(KIND_NAME) -o $@ $(CORE) $(KIND_SOURCE) \
		$(wildcard ports/cortexm/*.c)

# libsimavr's headers are not ours to warn about.
RUNNER_FLAGS := $(STRICT) -D_GNU_SOURCE -O2 -isystem /usr/include/simavr
SIMAVR ?= -lsimavr -lelf

SHIM := runner/avr_rig.c runner/avr_line.c runner/avr_pins.c

build/simavr/libavrrig.so: $(SHIM) $(wildcard runner/*.h) runner/emulated.mk
	@mkdir -p $(@D)
	$(CC) $(RUNNER_FLAGS) -fPIC -shared -o $@ $(SHIM) $(SIMAVR)

build/simavr/avr_pty: $(wildcard runner/*.[ch]) ports/host/pty.c ports/host/pty.h ports/avr/stored.h runner/emulated.mk
	@mkdir -p $(@D)
	$(CC) $(RUNNER_FLAGS) -o $@ $(wildcard runner/*.c) ports/host/pty.c $(SIMAVR)
