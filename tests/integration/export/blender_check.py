"""Inside Blender: imports room.glb or runs room.blend.py, and compares every object with the layout.

    blender --background --python-exit-code 1 --python blender_check.py -- FILE SCENE.json

FILE is what `metaspatial export` or `generate` wrote, SCENE.json a row with positions. Prints the largest
deviation in metres; fails if an object is missing or anything is off by more than 0.1 mm.
"""
import os
import runpy
import sys

import bpy
from mathutils import Vector

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from layout import box_of, distance, read_objects

TOLERANCE_M = 1e-4


def world_box(thing):
    corners = [thing.matrix_world @ vertex.co for vertex in thing.data.vertices]
    low = Vector([min(corner[axis] for corner in corners) for axis in range(3)])
    high = Vector([max(corner[axis] for corner in corners) for axis in range(3)])
    return low, high


def main():
    path, scene_path = sys.argv[sys.argv.index("--") + 1:]
    objects = read_objects(scene_path)
    if path.endswith(".glb"):
        bpy.ops.wm.read_factory_settings(use_empty=True)
        bpy.ops.import_scene.gltf(filepath=path)
    else:
        sys.argv = [path]
        runpy.run_path(path, run_name="__main__")
    bpy.context.view_layer.update()
    # By the id they carry: Blender shortens long names, and numbers those that are taken.
    things = {thing["id"]: thing for thing in bpy.data.objects if "id" in thing and "kind" in thing}
    worst = 0.0
    for name, kind, position, yaw_rad, size in objects:
        thing = things.get(name)
        assert thing is not None, f"{path}: no object {name}"
        off = distance(thing.matrix_world.translation, position)
        for got, wanted in zip(world_box(thing), box_of(position, yaw_rad, size)):
            off = max(off, distance(got, wanted))
        assert off < TOLERANCE_M, f"{path}: {name} is off by {off:.6f} m"
        worst = max(worst, off)
        assert kind in (None, thing["kind"]), f"{path}: {name} is a {thing['kind']}, not a {kind}"
        if len(name.encode()) < 60 and name not in ("floor", "room"):
            assert thing.name == name, f"{path}: {name} is called {thing.name}"
        for slot in thing.material_slots:
            assert slot.material is not None and slot.material.use_nodes, f"{path}: {name} has no material"
    for name in ("floor", "south_wall", "north_wall", "east_wall", "west_wall", "overview"):
        assert name in bpy.data.objects, f"{path}: no {name}"
    pictures = [image for image in bpy.data.images if image.type == "IMAGE"]
    assert pictures, f"{path}: no textures"
    for image in pictures:
        assert image.packed_file is not None, f"{path}: {image.name} is not packed"
        assert image.size[0] > 0 and len(image.pixels) > 0, f"{path}: {image.name} cannot be read"
    assert any(thing.type == "LIGHT" for thing in bpy.data.objects), f"{path}: no lights"
    assert any(thing.type == "CAMERA" for thing in bpy.data.objects), f"{path}: no camera"
    print(f"{path}: {len(objects)} objects, largest deviation {worst:.2e} m, {len(pictures)} textures")


main()
