#!/usr/bin/env bash
# The whole way once: a payload expert's week is planned, verified, simulated, and its day 2 flown on emulated rigs.
set -euo pipefail
cd "$(dirname "$0")/.."

mission=builtin:tiangong-payload-expert
speed=${SPEED:-1200}
say() { printf '\n\033[1m%s\033[0m\n' "$*"; }

rm -f plan.json run.db run.db-wal run.db-shm report.html

if command -v cc >/dev/null && command -v make >/dev/null; then
    make --no-print-directory -s -C firmware_stubs host
    rigs=host:
    say "Rigs: the C firmware, built for this machine, one process a rig, over pseudo-terminals."
else
    rigs=pty:
    say "Rigs: no C compiler here, so the Python twins answer, over pseudo-terminals."
fi

say "1. The mission"
payload check "$mission"
say "2. The plan"
payload plan "$mission" -o plan.json --budget 5s
say "3. The independent checker"
payload verify "$mission" plan.json
say "4. How it holds when things go wrong"
payload simulate "$mission" plan.json --runs 300 --jobs 2
echo "  A plan that is worth most is packed tightly; what this says is where a planner should leave room (docs/simulation.md)."
say "5. Mission day 2 in the timeline"
payload show plan.json --day 2
say "6. Mission day 2, flown at ×$speed (about $((109800 / speed)) s)"
left=0 # 1: flown, but something was skipped or failed, which the report then shows
payload run "$mission" plan.json -o run.db --day 2 --speed "$speed" --rigs "$rigs" || left=$?
[ "$left" -le 1 ] || exit "$left"
say "7. Planned against actual"
payload report run.db -o report.html
say "Left here: plan.json  run.db  report.html"
exit "$left"
