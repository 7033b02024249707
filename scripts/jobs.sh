#!/usr/bin/env bash
# Prints how many compilers may run at once: one per core, but 1.5 GiB of free memory for each (a file that
# includes libtorch needs that much), so that a small machine builds slowly instead of running out.
set -euo pipefail
cores=$(nproc)
free_mib=$(awk '/^MemAvailable:/ { print int($2 / 1024) }' /proc/meminfo 2> /dev/null || true)
by_memory=$((${free_mib:-2048} / 1536))
jobs=$((by_memory < cores ? by_memory : cores))
echo $((jobs > 1 ? jobs : 1))
