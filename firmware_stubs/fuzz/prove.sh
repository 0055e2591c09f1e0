#!/bin/sh
# Proves that the fuzzer finds bugs: each patch in fuzz/mutants puts one into a copy of the core, and is to be found
# within $SECONDS_EACH, from the kept corpus. Run by `make fuzz-prove`, in firmware_stubs/.
set -u
place=build/fuzz/mutants
missed=0
found=0
for patch in fuzz/mutants/*.patch; do
	name=$(basename "$patch" .patch)
	rm -rf "$place" && mkdir -p "$place/none"
	cp -r core kinds fuzz "$place/"
	if ! patch -s -p1 -d "$place" <"$patch" >"$place/log" 2>&1; then
		echo "$name: the patch does not fit the core any more: renew it"
		missed=$((missed + 1))
		continue
	fi
	target=$(sed -n 's/^target: //p' "$patch")
	# shellcheck disable=SC2086 # flags are words
	if ! (cd "$place" && $CLANG $FLAGS -I. -o fuzzer "fuzz/fuzz_$target.c" fuzz/oracle*.c fuzz/wire.c fuzz/bench.c core/*.c kinds/*.c) >"$place/log" 2>&1; then
		echo "$name: does not compile"
		cat "$place/log"
		missed=$((missed + 1))
		continue
	fi
	from="fuzz/corpus/$target fuzz/seeds/$target"
	[ "${CORPUS:-kept}" = none ] && from=$place/none
	begun=$(date +%s%N)
	# shellcheck disable=SC2086
	if "$place/fuzzer" $RUN -seed=1 -max_total_time="$SECONDS_EACH" -artifact_prefix="$place/" "$place/none" $from >"$place/log" 2>&1; then
		echo "$name: NOT FOUND in $SECONDS_EACH s"
		missed=$((missed + 1))
	else
		took=$((($(date +%s%N) - begun) / 1000000))
		how=$(sed -n 's/.*property broken: //p; s/^SUMMARY: \(AddressSanitizer: [a-z-]*\).*/\1/p; s/.*runtime error: \(.*\)/\1/p' "$place/log" | head -n 1)
		echo "$name: found in $took ms: $how"
		found=$((found + 1))
	fi
done
echo "$found found, $missed missed"
[ "$missed" = 0 ]
