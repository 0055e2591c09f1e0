#!/usr/bin/env bash
# What this machine has, and what a missing piece costs. Exit 1: something is missing without which nothing works.
set -u
cd "$(dirname "$0")/.."

missing=0
row() { printf '  %-22s %-9s %s\n' "$1" "$2" "$3"; }
has() { if command -v "$2" >/dev/null 2>&1; then row "$1" ok "$(command -v "$2")"; else row "$1" missing "$3"; missing=1; fi; }

python=${PYTHON:-python3}
if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    row "Python 3.11 or newer" ok "$("$python" --version)"
else
    row "Python 3.11 or newer" missing "install it, or say PYTHON=/path/to/python3.11"; missing=1
fi
if "$python" -c 'import venv, ensurepip' 2>/dev/null; then row "venv" ok ""; else row "venv" missing "apt-get install python3-venv"; missing=1; fi
has "make" make "apt-get install make"
if command -v cc >/dev/null 2>&1; then
    row "C compiler" ok "$(command -v cc)"
else
    row "C compiler" "(none)" "the demo flies Python twins and the firmware tests skip: apt-get install gcc libc6-dev"
fi

if command -v dpkg-query >/dev/null 2>&1; then
    while read -r package; do
        case "$package" in ''|'#'*) continue ;; esac
        if dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed'; then
            row "apt: $package" ok ""
        else
            row "apt: $package" "(none)" "CI has it: apt-get install $package"
        fi
    done <apt.txt
fi
exit $missing
