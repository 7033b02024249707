#!/usr/bin/env bash
# Prints the path of a Python that has torch and transformers of tools/requirements.txt. $METASPATIAL_PYTHON if that is
# set; else a virtual environment in build/python, made on first use (a few GB from the Python registry).
set -euo pipefail
cd "$(dirname "$0")/.."
if [ -n "${METASPATIAL_PYTHON:-}" ]; then
  echo "$METASPATIAL_PYTHON"
  exit 0
fi
env=build/python
if ! cmp -s tools/requirements.txt "$env/requirements.txt"; then
  python3 -m venv "$env" >&2 || { echo "python_env: needs python3-venv (apt-get install python3-venv)" >&2; exit 1; }
  "$env/bin/pip" install --quiet --disable-pip-version-check -r tools/requirements.txt >&2
  cp tools/requirements.txt "$env/requirements.txt"
fi
echo "$PWD/$env/bin/python"
