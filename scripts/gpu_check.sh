#!/usr/bin/env bash
# On a machine with a GPU, Python's torch 2.x, cmake and a C++ compiler: builds the model and the losses alone, compares
# the GPU with the CPU (log-probabilities, gradients, losses, greedy answers), then measures the 3B shape with random
# weights: training against the measured peak of bfloat16 products, generation against the measured memory bandwidth,
# peak memory against the plan. Nothing is installed.
#
#   scripts/gpu_check.sh headers DIR      where the headers are installed: copies them to DIR, to be taken along
#   HEADERS=DIR scripts/gpu_check.sh [job ...] [--shape 3b|7b|tiny] [--device cuda|cpu] ...   (gpu_check --help)
set -euo pipefail
cd "$(dirname "$0")/.."
if [ "${1:-}" = headers ]; then
  mkdir -p "$2"
  cp -r /usr/include/fmt /usr/include/nlohmann /usr/include/tl "$2/"
  exit 0
fi
python=${METASPATIAL_PYTHON:-python3}
torch=$("$python" -c 'import os, torch; print(os.path.dirname(torch.__file__))')
mkdir -p build
cmake -S tools/gpu_check -B build/gpu_check -DCMAKE_BUILD_TYPE=Release -DMETASPATIAL_TORCH_PACKAGE="$torch" \
  -DMETASPATIAL_HEADERS="${HEADERS:-/usr/include}" > build/gpu_check.log 2>&1 || { cat build/gpu_check.log >&2; exit 1; }
cmake --build build/gpu_check -j "$(nproc)"
# The package's CUDA libraries lie beside it.
nvidia=$(dirname "$torch")/nvidia
libraries=$(find "$nvidia" -maxdepth 2 -name lib -type d 2> /dev/null | paste -sd: -)
exec env LD_LIBRARY_PATH="$torch/lib:$libraries:${LD_LIBRARY_PATH:-}" build/gpu_check/gpu_check "$@"
