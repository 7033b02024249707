#!/usr/bin/env bash
# scripts/hf_parity.sh [seed ...]
# Parity with Hugging Face transformers, both ways. Per seed (1 2 3): tools/hf_parity.py writes six tiny checkpoints
# and what transformers makes of them, our test compares and saves each after a step of training, and transformers
# loads what was saved and compares logits. One line per seed; fails if any of it does.
#
#   METASPATIAL_PYTHON=...        a Python with tools/requirements.txt (default: scripts/python_env.sh makes one)
#   METASPATIAL_HF_REQUIREMENTS=  tools/requirements-4.57.txt for the transformers before 5
#   METASPATIAL_VLM_TEST=...      the test program (default: build/release/bin/metaspatial_vlm_test, built if missing)
#   METASPATIAL_HF_KEEP=...       a folder in which fixtures and logs stay (default: a temporary one)
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
requirements=$(realpath "${METASPATIAL_HF_REQUIREMENTS:-$root/tools/requirements.txt}")
python=$("$root/scripts/python_env.sh" "$requirements")
test=${METASPATIAL_VLM_TEST:-$root/build/release/bin/metaspatial_vlm_test}
if [ ! -x "$test" ]; then
  cmake -S "$root" --preset release > /dev/null
  cmake --build "$root/build/release" --target metaspatial_vlm_test
fi
folder=${METASPATIAL_HF_KEEP:-$(mktemp -d)}
[ -n "${METASPATIAL_HF_KEEP:-}" ] || trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder"
[ $# -gt 0 ] || set -- 1 2 3

failed=0
for seed in "$@"; do
  fixtures=$folder/$seed
  log=$folder/$seed.log
  rm -rf "$fixtures" "$folder/saved_$seed"
  outcome=passed
  {
    "$python" "$root/tools/hf_parity.py" --seed "$seed" --out "$fixtures" &&
      METASPATIAL_HF_FIXTURES=$fixtures METASPATIAL_HF_SAVED=$folder/saved_$seed \
        "$test" --gtest_filter='HfParity.*' &&
      "$python" "$root/tools/hf_parity.py" --out "$fixtures" --saved "$folder/saved_$seed"
  } > "$log" 2>&1 || { outcome=FAILED; failed=1; }
  # The test's lines are "[ parity   ] configuration quantity value"; the worst of each is shown.
  awk -v seed="$seed" -v outcome="$outcome" '
    /^\[ parity/ && /texts with equal/ { texts += $NF }
    /^\[ parity/ && /greedy/ { greedy += $NF }
    /^\[ parity/ && /patches/ && $NF > pixels { pixels = $NF }
    /^\[ parity/ && /float32, (readable|packed)/ && $NF > f32 { f32 = $NF }
    /^\[ parity/ && /score\(\)/ && $NF > scores { scores = $NF }
    /^\[ parity/ && /bfloat16, packed/ && $NF > bf16 { bf16 = $NF }
    /^\[ parity/ && /gradients/ && $NF > grad { grad = $NF }
    /^saved by us/ { back = $NF }
    END {
      printf "seed %s %s: %d texts equal, pixels %.0e/255, logits %.1e (bfloat16 %.1e), log-probs %.1e, ", seed,
             outcome, texts, pixels, f32, bf16, scores
      printf "gradients %.1e, %d greedy tokens equal, ours in transformers %s\n", grad, greedy, back ? back : "-"
    }' "$log"
  if [ "$outcome" = FAILED ]; then tail -n 25 "$log"; fi
done
exit $failed
