#!/usr/bin/env bash
# parity.sh check|score DIR: compares `metaspatial KIND --rules reference` with the vectors in DIR, by DIR's own
# parity.py. Exits with 77 (skipped) where the vectors are not there. METASPATIAL names the program.
set -euo pipefail
kind=$1
dir=$2
if [ ! -f "$dir/parity.py" ]; then
  echo "skipped: no golden vectors at $dir"
  exit 77
fi
PYTHONDONTWRITEBYTECODE=1 exec python3 "$dir/parity.py" "$kind" "$dir"
