#!/usr/bin/env bash
# scripts/check_export.sh [folder]
# Makes rooms of different kinds with the built program, exports each as GLB, USD and a script for Blender, and has
# others' programs read them: Khronos' glTF validator, usd-core's validators, Blender. Installs nothing; says what is
# missing and goes on without it. Fails if any of them complains.
#
#   METASPATIAL=...    the program (build/release/bin/metaspatial)
#   GLTF_VALIDATOR=... a folder in which `npm install gltf-validator` was run
#   USD_PYTHON=...     a Python with usd-core (python3)
#   BLENDER_ROOMS=...  how many rooms Blender opens, for it takes seconds (4)
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
program=${METASPATIAL:-$root/build/release/bin/metaspatial}
program=$(realpath "$program")
validator=${GLTF_VALIDATOR:-$root}
usd_python=${USD_PYTHON:-python3}
blender_rooms=${BLENDER_ROOMS:-4}
folder=${1:-$(mktemp -d)}
mkdir -p "$folder"
cd "$folder"

wishes=(
  "a cozy bedroom with a bed, two nightstands and a wardrobe"
  "a bathroom with a bathtub, a sink, a toilet and a brick shelf"
  "a living room with a velvet sofa, a marble coffee table, a rug, a floor lamp and a tv"
  "a music room with a grand piano, two armchairs and a bookshelf"
  "a kitchen with an oven, a fridge, a sink and a dining table"
  "a home gym with a treadmill, a weight bench and a mirror"
  "a kids room with a bunk bed, toys and a small desk"
  "a gothic library with six bookshelves and a reading chair"
  "a garage workshop with a workbench and a tool cabinet"
  "a hospital room with a bed and a monitor"
  "a laundry room with a washing machine and a dryer"
  "an office with a glass desk, a leather chair and a filing cabinet"
  "a dining room with a table, six chairs and a chandelier"
  "a nursery with a crib, a rocking chair and a mobile"
  "a game room with a pool table and a dart board"
  "a greenhouse with plants and a bench"
  "a sauna with benches"
  "a server room with racks"
  "a yoga studio with mats and candles"
  "a classroom with desks and a blackboard"
  "a bar with stools and a jukebox"
  "an art studio with an easel and paintings"
  "a photo studio with lamps"
  "a waiting room with chairs and a water cooler"
  "a hotel suite with a king bed, an armchair, a mini fridge and curtains"
  "a bohemian lounge with rattan chairs and a jute rug"
  "a zen tea room with a low table and cushions"
  "a laboratory with a microscope and cabinets"
  "a walk-in closet with shelves and a mirror"
  "an entrance hall with a bench and coats"
)
rooms=()
for i in "${!wishes[@]}"; do
  "$program" generate "${wishes[$i]}" --size $((3 + i % 5))x$((3 + i % 4))x2.8 --solver --samples 2 --seed "$i" \
    -o "room_$i.glb" > /dev/null
  rooms+=("room_$i")
done
cp "$root/data/rooms/l_shaped.json" polygon.json
python3 "$root/tests/integration/export/odd_rooms.py" "room_2.json"
rooms+=(polygon names single empty)
for room in "${rooms[@]}"; do
  for ending in glb usda usdz blend.py; do
    "$program" export "$room.json" -o "$room.$ending" > /dev/null
  done
done
echo "check_export: ${#rooms[@]} rooms in $folder"

failed=0
if [ -d "$validator/node_modules/gltf-validator" ] && command -v node > /dev/null; then
  NODE_PATH=$validator/node_modules node "$root/tests/integration/export/validate_glb.js" \
    "${rooms[@]/%/.glb}" || failed=1
else
  echo "check_export: no gltf-validator (npm install gltf-validator; GLTF_VALIDATOR names the folder)"
fi

if "$usd_python" -c "import pxr.UsdValidation" 2> /dev/null; then
  files=()
  for room in "${rooms[@]}"; do files+=("$room.usda" "$room.json" "$room.usdz" "$room.json"); done
  "$usd_python" "$root/tests/integration/export/usd_check.py" "${files[@]}" || failed=1
else
  echo "check_export: no usd-core with validators (pip install usd-core; USD_PYTHON names the Python)"
fi

if command -v blender > /dev/null; then
  for room in "${rooms[@]: -3}" "${rooms[@]:0:$blender_rooms}"; do
    for ending in glb blend.py; do
      if ! blender --background --python-use-system-env --python-exit-code 1 \
        --python "$root/tests/integration/export/blender_check.py" -- "$room.$ending" "$room.json" \
        > blender.log 2>&1; then
        cat blender.log
        failed=1
      fi
      grep "^$room" blender.log || true
    done
  done
else
  echo "check_export: no blender"
fi
exit $failed
