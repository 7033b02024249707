#!/usr/bin/env bash
# Trains the demo's run with several seeds and prints the table of docs/RESULTS.md. A seed that is done is not run again; one
# that was interrupted goes on from its checkpoint.
#     scripts/reproduce.sh 1 2 3
set -euo pipefail
cd "$(dirname "$0")/.."
metaspatial=build/release/bin/metaspatial
seeds=("${@:-1}")
for seed in "${seeds[@]}"; do
  out=runs/seed-$seed
  [ -f "$out/summary.json" ] && continue
  "$metaspatial" train --config configs/demo.yaml data.seed="$seed" trainer.default_local_dir="$out"
done
python3 scripts/results_table.py "${seeds[@]/#/runs/seed-}"
