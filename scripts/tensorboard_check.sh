#!/usr/bin/env bash
# scripts/tensorboard_check.sh RUN...              TensorBoard reads these runs and every scalar is compared with metrics.jsonl
# scripts/tensorboard_check.sh --train PROGRAM     the same for a short run that is killed and resumed (part of `make test`)
# Needs a Python with TensorBoard: $METASPATIAL_PYTHON, or the environment that this makes once (exit code 77 if there is none):
#     scripts/python_env.sh tools/requirements-tensorboard.txt
set -euo pipefail
cd "$(dirname "$0")/.."
python=
for candidate in "${METASPATIAL_PYTHON:-}" .cache/python/requirements-tensorboard/bin/python python3; do
  if [ -n "$candidate" ] && "$candidate" -c 'import tensorboard, numpy' 2> /dev/null; then
    python=$candidate
    break
  fi
done
if [ -z "$python" ]; then
  echo "tensorboard_check: skipped: no Python with TensorBoard; scripts/python_env.sh tools/requirements-tensorboard.txt makes one"
  exit 77
fi
exec "$python" tools/tensorboard_check.py "$@"
