#!/usr/bin/env bash
# Training and generation beside Hugging Face transformers: the same weights (models/nano with standard positions),
# tokens and pictures, on the same cores, one after the other; answers are checked before anything is printed. Needs
# the benchmarks (make bench) and a Python with torch and transformers (METASPATIAL_PYTHON, or the environment that
# scripts/python_env.sh makes). Nothing else should run meanwhile. THREADS=2 ROUNDS=3.
set -euo pipefail
cd "$(dirname "$0")/.."
ours=build/release/bin/vlm_compare
[ -x "$ours" ] || { echo "compare_transformers: build the benchmarks first: make bench" >&2; exit 1; }
python=$(scripts/python_env.sh)
threads=${THREADS:-2}
rounds=${ROUNDS:-3}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
theirs() { "$python" -W ignore scripts/compare_transformers.py "$@" 2> "$dir/log" || { cat "$dir/log" >&2; exit 1; }; }

"$python" -c 'import torch, transformers; print("torch", torch.__version__, "transformers", transformers.__version__)'
theirs model models/nano "$dir/model"
theirs peak "$threads" > "$dir/peak"
echo "float32 matrix product of 2048 x 2048, $threads threads: $(cat "$dir/peak") with torch's library," \
  "$("$ours" "$dir/model" peak "$threads" 0 0 0 0) with the one that we link"
#            what      sequences prompt suffix group
while read -r job sequences prompt suffix group; do
  echo "$job: $sequences sequences of $prompt + $suffix tokens, $group to a prompt"
  for round in $(seq "$rounds"); do
    "$ours" "$dir/model" "$job" "$threads" "$sequences" "$prompt" "$suffix" "$group" > "$dir/ours"
    theirs "$job" "$dir/model" "$threads" "$sequences" "$prompt" "$suffix" "$group" > "$dir/eager"
    files=("$dir/ours" "$dir/eager")
    if [ "$round" = 1 ] && [ "${COMPILE:-1}" = 1 ]; then  # torch.compile takes minutes: once
      theirs "$job" "$dir/model" "$threads" "$sequences" "$prompt" "$suffix" "$group" compile > "$dir/compiled"
      echo "  with torch.compile: $(cut -d, -f1,2 "$dir/compiled")}"
      files+=("$dir/compiled")
    fi
    echo "  round $round: $(theirs verdict "$dir/model" "$job" "$prompt" "$suffix" "$dir/peak" "${files[@]}")"
  done
done <<'WORK'
train 32 200 150 1
train 32 200 150 8
generate 64 200 150 1
generate 64 200 150 8
WORK
