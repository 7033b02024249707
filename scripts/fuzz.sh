#!/usr/bin/env bash
# scripts/fuzz.sh [seconds-per-target, 60] [target...]   fuzzes with libFuzzer under sanitizers, a line each.
#
# Starts from fuzz/corpus/<target> and from what earlier runs found (build/fuzz/corpus/<target>); the committed
# corpus does not grow. A finding ends the target: its input stays in build/fuzz/findings/<target>.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds="${1:-60}"
shift || true
build=build/fuzz

compiler="${CXX:-}"
if [[ "$compiler" != *clang* ]]; then
  compiler=$(command -v clang++ || compgen -c clang++- | sort -V | tail -n 1 || true)
fi
if [ -z "$compiler" ] || ! echo 'extern "C" int LLVMFuzzerTestOneInput(const char*, unsigned long) { return 0; }' |
  "$compiler" -x c++ -fsanitize=fuzzer,address - -o /dev/null 2> /dev/null; then
  echo "fuzz: clang with libFuzzer is missing. On Debian 12: apt-get install clang libclang-rt-14-dev" >&2
  exit 3
fi

CXX="$compiler" cmake -S . -B "$build" -G Ninja --log-level=WARNING -DCMAKE_BUILD_TYPE=RelWithDebInfo \
  -DMETASPATIAL_FUZZ=ON -DMETASPATIAL_TESTS=OFF -DMETASPATIAL_MODULES="base;chat;scene;physics;reward;curate" > /dev/null
cmake --build "$build" --parallel "${JOBS:-$(scripts/jobs.sh)}" --target fuzzers

targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
  for source in fuzz/*_fuzz.cpp; do
    name=$(basename "$source" _fuzz.cpp)
    if [ -x "$build/bin/fuzz_$name" ]; then targets+=("$name"); fi
  done
fi

findings=0
for target in "${targets[@]}"; do
  mkdir -p "$build/corpus/$target" "$build/findings/$target"
  options=(-max_total_time="$seconds" -timeout=10 -rss_limit_mb=4096 -max_len=4096 -print_final_stats=1
    -artifact_prefix="$build/findings/$target/")
  if [ -f "fuzz/dictionaries/$target.txt" ]; then options+=(-dict="fuzz/dictionaries/$target.txt"); fi
  log="$build/findings/$target.log"
  if "$build/bin/fuzz_$target" "${options[@]}" "$build/corpus/$target" "fuzz/corpus/$target" > "$log" 2>&1; then
    result=ok
  else
    input=$(sed -n 's/.*Test unit written to //p' "$log" | tail -n 1)
    result="FOUND $(grep -hoE '(internal error|runtime error|ERROR): .*' "$log" | head -n 1); input ${input:-unknown}, log $log"
    findings=$((findings + 1))
  fi
  stat() { sed -n "s/^stat::$1: *//p" "$log" | tail -n 1; }
  coverage=$(grep -oE 'cov: [0-9]+' "$log" | tail -n 1 || true)
  echo "$target: $(stat number_of_executed_units) runs, $(stat average_exec_per_sec)/s, ${coverage:-cov: ?}," \
    "$(find "$build/corpus/$target" -type f | wc -l) inputs, $result"
done
exit $((findings > 0 ? 1 : 0))
