#!/usr/bin/env bash
# Equality with transformers and PEFT, in both directions: checkpoints and adapters that they wrote are read here,
# ours are read there, and the logits are compared (tools/peft_parity.py).
#
#     scripts/peft_parity.sh [TEST]
#
# Python is that of scripts/python_env.sh; TEST is metaspatial_vlm_test, by default that of build/release.
set -euo pipefail
cd "$(dirname "$0")/.."
python=$(scripts/python_env.sh)
test=${1:-build/release/bin/metaspatial_vlm_test}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HF_HUB_OFFLINE=1 TRANSFORMERS_VERBOSITY=error HF_HUB_DISABLE_PROGRESS_BARS=1
"$python" tools/peft_parity.py write "$work/data"
METASPATIAL_PARITY_DATA="$work/data" METASPATIAL_PARITY_OUT="$work/out" "$test" --gtest_filter='LoraParity.*' --gtest_brief=1
"$python" tools/peft_parity.py check "$work/data" "$work/out"
