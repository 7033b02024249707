#!/usr/bin/env bash
# scripts/python_env.sh [REQUIREMENTS]
# Prints the path of a Python for the checks beside transformers: $METASPATIAL_PYTHON if that is set, else that of a
# virtual environment with tools/requirements.txt (or REQUIREMENTS) in .cache/python, made on first use; a few GB.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ -n "${METASPATIAL_PYTHON:-}" ]; then
  echo "$METASPATIAL_PYTHON"
  exit 0
fi
requirements=${1:-tools/requirements.txt}
env=$PWD/.cache/python/$(basename "$requirements" .txt)
if ! cmp -s "$requirements" "$env/installed.txt"; then
  python3 -m venv "$env" >&2 || { echo "python_env: needs venv (apt-get install python3-venv)" >&2; exit 1; }
  "$env/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$requirements" >&2
  cp "$requirements" "$env/installed.txt"
fi
echo "$env/bin/python"
