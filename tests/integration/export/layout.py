"""Where a scene file's objects are: what the exported files are held to."""
import json
import math
import re


def read_objects(path):
    """[(id, kind, (x, y, z), yaw_rad, (length, width, height))]: metres, yaw clockwise seen from above. The kind is
    known of ids like "coffee_table_1", else None."""
    with open(path, encoding="utf-8") as file:
        row = json.load(file)
    objects = []
    for entry in row["scene_graph"] if isinstance(row, dict) else row:
        if entry.get("itemType"):
            continue  # a wall, the middle, the ceiling
        identity = entry["new_object_id"]
        known = re.fullmatch(r"([a-z_]+)_\d+", identity)
        size = entry["size_in_meters"]
        objects.append((identity, known.group(1) if known else None,
                        tuple(float(entry["position"][axis]) for axis in "xyz"),
                        math.radians(entry["rotation"]["z_angle"]),
                        (size["length"], size["width"], size["height"])))
    return objects


def box_of(position, yaw_rad, size):
    """The box along the room's axes around a turned object: (low, high)."""
    cosine, sine = abs(math.cos(yaw_rad)), abs(math.sin(yaw_rad))
    half = (0.5 * (cosine * size[0] + sine * size[1]), 0.5 * (sine * size[0] + cosine * size[1]), 0.5 * size[2])
    return (tuple(position[i] - half[i] for i in range(3)), tuple(position[i] + half[i] for i in range(3)))


def distance(a, b):
    return math.sqrt(sum((x - y) ** 2 for x, y in zip(a, b)))
