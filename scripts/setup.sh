#!/usr/bin/env bash
# Installs the Debian 12 packages that the build and the tests need; does nothing, quickly, if all are there.
# With root it installs them; without root it prints the one line to run and stops.
set -euo pipefail

packages=(
  # tools
  g++ make cmake ninja-build ccache clang-format pkg-config git ca-certificates python3
  # base
  libeigen3-dev libexpected-dev libfmt-dev libspdlog-dev libtbb-dev nlohmann-json3-dev
  # chat
  libcurl4-openssl-dev libsqlite3-dev
  # physics
  libbullet-dev
  # assets, render
  libtinygltf-dev libmeshoptimizer-dev libstb-dev libembree-dev
  # vlm, rl
  libtorch-dev libgloo-dev libopenblas-dev libpcre2-dev libutf8proc-dev
  # app
  libcli11-dev libyaml-cpp-dev
  # tests, benchmarks
  libgtest-dev libbenchmark-dev
)

if ! command -v dpkg-query > /dev/null; then
  echo "setup: not a Debian system; going on with what is installed (Debian's names: ${packages[*]})" >&2
  exit 0
fi

missing() {
  comm -23 <(printf '%s\n' "${packages[@]}" | LC_ALL=C sort) \
    <(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "${packages[@]}" 2> /dev/null |
      sed -n 's/ installed$//p' | LC_ALL=C sort -u)
}

mapfile -t todo < <(LC_ALL=C missing)
if [ ${#todo[@]} -eq 0 ]; then
  exit 0
fi

if [ "$(id -u)" -ne 0 ]; then
  echo "setup: ${#todo[@]} packages are missing. Run this line, then the command again:" >&2
  echo "sudo apt-get update && sudo apt-get install -y --no-install-recommends ${todo[*]}" >&2
  exit 1
fi

echo "setup: installing ${todo[*]}"
export DEBIAN_FRONTEND=noninteractive
for attempt in 1 2 3; do
  if apt-get update -qq -o DPkg::Lock::Timeout=300 &&
    apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 \
      -o Dpkg::Use-Pty=0 "${todo[@]}" > /tmp/metaspatial-setup.$$.log 2>&1; then
    rm -f /tmp/metaspatial-setup.$$.log
    exit 0
  fi
  echo "setup: attempt $attempt failed" >&2
  tail -n 5 /tmp/metaspatial-setup.$$.log >&2 || true
  if [ "$attempt" -lt 3 ]; then sleep $((5 * attempt)); fi
done
rm -f /tmp/metaspatial-setup.$$.log
echo "setup: apt-get could not install: ${todo[*]}" >&2
exit 3
