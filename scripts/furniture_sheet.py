#!/usr/bin/env python3
"""Draws every kind of the catalogue, alone in a small room, on contact sheets: to be looked at.

    scripts/furniture_sheet.py build/release/bin/metaspatial /tmp/sheets
    scripts/furniture_sheet.py PROGRAM OUT --kinds sofa,armchair --looks "modern;rustic|oak;art deco|velvet"

Needs Pillow. A look is a style, and after a bar a material; without a material the kind's usual one is taken.
"""

import argparse
import json
import pathlib
import re
import subprocess

from PIL import Image, ImageDraw

ROOT = pathlib.Path(__file__).resolve().parent.parent
NUMBER = r"\s*([\d.]+)\s*"
TRIPLE = r"\{" + ",".join([NUMBER] * 3) + r"\}"
ROW = re.compile(
    r'\{"(\w+)",\s*((?:"[^"]*"\s*)+),\s*' + TRIPLE + r",\s*" + TRIPLE + r",\s*" + TRIPLE
    + r',\s*(\w+),\s*\w+,\s*\w+,\s*Shape::(\w+),\s*"([^"]*)"\}')


def catalogue():
    text = (ROOT / "src/metaspatial/scene/catalogue.cpp").read_text()
    for match in ROW.finditer(text):
        yield {
            "name": match[1],
            "size": [float(match[i]) for i in (3, 4, 5)],
            "support": match[12],
            "material": match[14],
        }


def scene(kind, style, material):
    """One object at the north wall of a room that is a little larger than it."""
    x, y, z = kind["size"]
    margin = 0.12 + 0.22 * max(x, y, 0.6 * z)
    room = [x + 2 * margin, y + 2 * margin, max(z * 1.12, 0.35)]
    bottom = 0.0
    support = kind["support"]
    centre_y = room[1] - 0.5 * y - 0.3 * margin
    if support == "OnWall":
        room[2] = z + 2 * margin
        bottom = margin
        centre_y = room[1] - 0.5 * y
    elif support == "Ceiling":
        room[2] = z + 0.5 * margin
        bottom = room[2] - z
        centre_y = 0.5 * room[1]
    wall = "ceiling" if support == "Ceiling" else "north_wall"
    return {
        "room_name": "sheet",
        "user_preference": "",
        "size_of_room": dict(zip("xyz", room)),
        "scene_graph": [{
            "new_object_id": kind["name"] + "_1",
            "style": style,
            "material": material or kind["material"],
            "size_in_meters": {"length": x, "width": y, "height": z},
            "is_on_the_floor": support not in ("OnWall", "Ceiling"),
            "facing": "",
            "placement": {
                "room_layout_elements": [{"layout_element_id": wall, "preposition": "on"}],
                "objects_in_room": [],
            },
            "rotation": {"z_angle": 180},
            "position": {"x": 0.5 * room[0], "y": centre_y, "z": bottom + 0.5 * z},
        }],
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--kinds", default="", help="names, separated by commas; all if there are none")
    parser.add_argument("--looks", default="modern", help="style|material, separated by semicolons")
    parser.add_argument("--view", default="corner")
    parser.add_argument("--pixels", type=int, default=256)
    parser.add_argument("--columns", type=int, default=6)
    parser.add_argument("--rows", type=int, default=5)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    kinds = {kind["name"]: kind for kind in catalogue()}
    names = [name for name in arguments.kinds.split(",") if name] or list(kinds)
    pictures = []
    file = arguments.out / "scene.json"
    for name in names:
        for look in arguments.looks.split(";"):
            style, _, material = look.partition("|")
            file.write_text(json.dumps(scene(kinds[name], style, material)))
            picture = arguments.out / "picture.png"
            pixels = str(arguments.pixels)
            subprocess.run([arguments.program, "render", file, "-o", picture, "--view", arguments.view,
                            "--width", pixels, "--height", pixels], check=True, stdout=subprocess.DEVNULL)
            label = name if look == "modern" else f"{name}: {look}"
            pictures.append((label, Image.open(picture).convert("RGB")))
    per_sheet = arguments.columns * arguments.rows
    cell = arguments.pixels + 16
    for first in range(0, len(pictures), per_sheet):
        part = pictures[first:first + per_sheet]
        rows = (len(part) + arguments.columns - 1) // arguments.columns
        sheet = Image.new("RGB", (arguments.columns * arguments.pixels, rows * cell), "white")
        draw = ImageDraw.Draw(sheet)
        for i, (label, picture) in enumerate(part):
            x = i % arguments.columns * arguments.pixels
            y = i // arguments.columns * cell
            sheet.paste(picture, (x, y + 16))
            draw.text((x + 4, y + 2), label, fill="black")
        path = arguments.out / f"sheet_{first // per_sheet:02d}.png"
        sheet.save(path)
        print(path)


if __name__ == "__main__":
    main()
