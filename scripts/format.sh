#!/usr/bin/env bash
# scripts/format.sh          formats our C++ in place
# scripts/format.sh --check  changes nothing; lists what is not formatted and fails if there is any
set -euo pipefail
cd "$(dirname "$0")/.."
mapfile -d '' -t files < <(find src bench fuzz examples tests \( -name '*.cpp' -o -name '*.hpp' \) -print0 2> /dev/null | sort -z)
[ ${#files[@]} -gt 0 ] || exit 0
if [ "${1:-}" != --check ]; then
  exec clang-format -i "${files[@]}"
fi
bad=0
for file in "${files[@]}"; do
  if ! clang-format --dry-run --Werror "$file" > /dev/null 2>&1; then
    echo "not formatted: $file" >&2
    bad=$((bad + 1))
  fi
done
if [ "$bad" -gt 0 ]; then
  echo "format: $bad of ${#files[@]} files differ from .clang-format; 'make format' mends them" >&2
  exit 1
fi
echo "format: ${#files[@]} files are formatted"
