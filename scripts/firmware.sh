#!/usr/bin/env bash
# Builds the firmware for every part whose tools are here. A missing tool is told and skipped, in CI (CI=true) it fails.
set -euo pipefail
cd "$(dirname "$0")/../firmware_stubs"

left_out=0
build() { # targets, packages, tools...
    local targets=$1 packages=$2
    shift 2
    for tool in "$@"; do
        if ! command -v "$tool" >/dev/null 2>&1 && [ ! -e "$tool" ]; then
            echo "firmware: $targets not built: no $tool (apt-get install $packages)" >&2
            left_out=1
            return 0
        fi
    done
    # shellcheck disable=SC2086  # several targets in one word
    "${MAKE:-make}" --no-print-directory $targets
}

build "host asan test" "gcc libc6-dev" cc
build "avr firmware" "gcc-avr avr-libc binutils-avr" avr-gcc avr-size
build "runner" "libsimavr-dev libelf-dev" cc /usr/include/simavr/sim_avr.h /usr/include/libelf.h
build "arm" "clang lld" clang ld.lld

if [ "$left_out" = 1 ] && [ "${CI:-}" = true ]; then
    echo "firmware: in CI every part is built" >&2
    exit 1
fi
