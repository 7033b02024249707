#!/usr/bin/env bash
# Our path tracer beside Blender's Cycles: the same room, light, picture and samples, one after the other on the
# same cores; see bench/render_bench.cpp. Needs `blender` on the PATH (Debian: apt-get install blender) and the
# benchmarks built (make bench). REFERENCE=256 for a quick look instead of 4,096 samples.
set -euo pipefail
cd "$(dirname "$0")/.."
bench=build/release/bin/render_bench
[ -x "$bench" ] || { echo "compare_blender: build the benchmarks first: make bench" >&2; exit 1; }
command -v blender > /dev/null || { echo "compare_blender: blender is not installed" >&2; exit 1; }
reference=${REFERENCE:-4096}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"$bench" --scene "$dir"

cycles() {
  blender --background --factory-startup --python-exit-code 1 --python scripts/compare_blender.py -- "$dir" "$@"
}
seconds_of() {
  local begin
  begin=$(date +%s.%N)
  "$@" > "$dir/log" 2>&1 || { cat "$dir/log" >&2; exit 1; }
  date +%s.%N | awk -v begin="$begin" '{ printf "%.2f", $1 - begin }'
}

echo "seconds, process start and loading included"
for job in "512 8" "800 16"; do
  read -r side samples <<< "$job"
  for round in 1 2 3; do
    ours=$(seconds_of "$bench" --picture "$dir" "$side" "$samples")
    theirs=$(seconds_of cycles picture "$side" "$samples")
    echo "$side x $side, $samples samples, round $round: ours $ours, Cycles $theirs ($(grep -h '"renderer"' "$dir/log"))"
  done
done
echo "error at 192 x 192, 16 samples, each against its own $reference samples"
"$bench" --error "$dir" 192 16 "$reference"
cycles error 192 16 "$reference" | grep '"renderer"'
