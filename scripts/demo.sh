#!/usr/bin/env bash
# What `make demo` runs after the build: one room from a sentence with the shipped weights, then the whole
# loop: train the untrained nano model, evaluate it on rooms it has never seen, write the report.
set -euo pipefail
cd "$(dirname "$0")/.."
metaspatial=build/release/bin/metaspatial

echo "== One room from a sentence =="
"$metaspatial" generate \
  "A cozy reading room with a sofa, a coffee table on a rug, two bookshelves and a floor lamp by the window." \
  --size 5x4x2.8 -o runs/demo/first_room.glb

echo
echo "== Training: the nano model learns to furnish rooms (about 5 minutes on two cores, then 2 of evaluation) =="
"$metaspatial" train --config configs/demo.yaml
