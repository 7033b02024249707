#!/usr/bin/env bash
# Builds vlm, eval and rl against a current libtorch, that of the Python package torch, and runs their tests: the
# sources are for Debian's libtorch 1.13 and for 2.x. Takes the package of scripts/python_env.sh's Python, or only what
# is needed of it (libtorch without a GPU's libraries) into build/torch2-package.
set -euo pipefail
cd "$(dirname "$0")/.."
version=2.11.0
package=build/torch2-package
if [ -n "${METASPATIAL_PYTHON:-}" ]; then
  torch=$("$METASPATIAL_PYTHON" -c 'import os, torch; print(os.path.dirname(torch.__file__))')
else
  torch=$PWD/$package/torch
  if [ ! -e "$torch/lib/libtorch_cpu.so" ]; then
    # Its CPU half needs two small libraries of CUDA's to be loaded, no more.
    python3 -m pip install --quiet --disable-pip-version-check --no-deps --target "$package" \
      "torch==$version" nvidia-cuda-runtime nvidia-cuda-cupti
  fi
fi
cmake -S . -B build/torch2 -G Ninja -DCMAKE_BUILD_TYPE=Release -DMETASPATIAL_TORCH_PACKAGE="$torch" \
  "-DMETASPATIAL_MODULES=base;chat;scene;physics;assets;render;judge;reward;curate;env;vlm;eval;rl"
cmake --build build/torch2 --target metaspatial_vlm_test metaspatial_eval_test metaspatial_rl_test \
  metaspatial_rl_slow_test
ctest --test-dir build/torch2 --output-on-failure -R '^(vlm|eval|rl)\.'
