# A rig of your own, for an ATmega328P (an Arduino Uno): docs/make-your-own-rig.md.
#
#   make own OWN=FOLDER KIND=grow-lamp [UNIT=128]
#
# FOLDER holds grow_lamp.c, with the struct kind GROW_LAMP, and grow_lamp_tables.h ('payload rig describe FILE --c'). The
# image comes to FOLDER/grow-lamp.elf, with .hex and .eep for avrdude beside it. UNIT is the last byte of the device's own
# number: give each board another one.

UNIT ?= 128
OWN_FILE := $(subst -,_,$(KIND))
OWN_NAME := $(shell echo $(OWN_FILE) | tr a-z A-Z)

.PHONY: own
own:
	@test -n "$(OWN)" -a -n "$(KIND)" || { echo "make own OWN=FOLDER KIND=NAME [UNIT=N]" >&2; exit 2; }
	@mkdir -p build/own
	@printf '#include "core/kind.h"\nextern const struct kind %s;\n' $(OWN_NAME) > build/own/$(OWN_FILE).h
	$(AVR_CC) $(EMULATED_WARNINGS) $(AVR_FLAGS) -I. -Ikinds -include build/own/$(OWN_FILE).h -DRIG_KIND=$(OWN_NAME) \
		$(call ROOM,$(OWN)/$(OWN_FILE)_tables.h) '-DRIG_UNIT=(UINT64_C(0x5249470000000000) + $(UNIT))' \
		-o $(OWN)/$(KIND).elf $(CORE) $(OWN)/$(OWN_FILE).c $(wildcard ports/avr/*.c)
	avr-objcopy -O ihex -R .eeprom $(OWN)/$(KIND).elf $(OWN)/$(KIND).hex
	avr-objcopy -O ihex -j .eeprom --change-section-lma .eeprom=0 $(OWN)/$(KIND).elf $(OWN)/$(KIND).eep
	@avr-size $(OWN)/$(KIND).elf
