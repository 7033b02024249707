"""Renders the scene of bench/render_bench in Blender's Cycles; run by scripts/compare_blender.sh.

    blender --background --python compare_blender.py -- DIR picture SIDE SAMPLES
    blender --background --python compare_blender.py -- DIR error SIDE SAMPLES REFERENCE_SAMPLES
"""
import json
import math
import sys
import time

import bpy
import numpy as np
from mathutils import Matrix, Vector

started = time.time()
directory, mode, *numbers = sys.argv[sys.argv.index("--") + 1 :]
side, samples, *reference = map(int, numbers)
scene_json = json.load(open(f"{directory}/scene.json"))

bpy.ops.wm.read_factory_settings(use_empty=True)
scene = bpy.context.scene
world = bpy.data.worlds.new("dark")
world.color = (0, 0, 0)
scene.world = world


def material(name):
    m = bpy.data.materials.new(name)
    m.use_nodes = True
    shader = m.node_tree.nodes["Principled BSDF"]
    shader.inputs["Base Color"].default_value = (*scene_json[name]["base_color"], 1)
    shader.inputs["Roughness"].default_value = scene_json[name]["roughness"]
    return m


bpy.ops.wm.obj_import(filepath=f"{directory}/knot.obj", forward_axis="Y", up_axis="Z")
knot = bpy.context.selected_objects[0]
knot.data.materials.clear()
knot.data.materials.append(material("clay"))
for number, instance in enumerate(scene_json["instances"]):
    obj = knot if number == 0 else bpy.data.objects.new(f"knot_{number + 1}", knot.data)
    if number > 0:
        scene.collection.objects.link(obj)
    obj.matrix_world = Matrix.Translation(instance["position_m"]) @ Matrix.Rotation(-instance["yaw_rad"], 4, "Z")

paint = material("walls")
length, width, height = scene_json["size_m"]
t = 0.1
for lo, hi in [
    ((-t, -t, -t), (length + t, width + t, 0)),
    ((-t, -t, height), (length + t, width + t, height + t)),
    ((-t, -t, 0), (0, width + t, height)),
    ((length, -t, 0), (length + t, width + t, height)),
    ((0, -t, 0), (length, 0, height)),
    ((0, width, 0), (length, width + t, height)),
]:
    bpy.ops.mesh.primitive_cube_add(size=1)
    box = bpy.context.object
    box.location = [(a + b) / 2 for a, b in zip(lo, hi)]
    box.scale = [b - a for a, b in zip(lo, hi)]
    box.data.materials.append(paint)

for light in scene_json["lights"]:
    u, v = Vector(light["half_u_m"]), Vector(light["half_v_m"])
    lamp = bpy.data.lights.new("light", "AREA")
    lamp.shape = "RECTANGLE"
    lamp.size, lamp.size_y = 2 * u.length, 2 * v.length
    radiance = light["radiance"]
    strongest = max(radiance)
    lamp.color = [c / strongest for c in radiance]
    lamp.energy = strongest * math.pi * lamp.size * lamp.size_y  # an area light's power in W: pi * radiance * area
    obj = bpy.data.objects.new("light", lamp)
    scene.collection.objects.link(obj)
    z = -u.cross(v).normalized()  # a lamp shines along its own -z
    x = u.normalized()
    obj.matrix_world = Matrix.Translation(light["centre_m"]) @ Matrix((x, z.cross(x), z)).transposed().to_4x4()

eye = scene_json["camera"]
camera = bpy.data.cameras.new("camera")
camera.angle = math.radians(eye["fov_deg"])
obj = bpy.data.objects.new("camera", camera)
obj.location = eye["origin_m"]
obj.rotation_euler = Vector(eye["forward"]).to_track_quat("-Z", "Y").to_euler()
scene.collection.objects.link(obj)
scene.camera = obj

scene.render.engine = "CYCLES"
cycles = scene.cycles
cycles.device = "CPU"
cycles.use_adaptive_sampling = False
cycles.use_denoising = False
cycles.max_bounces = cycles.diffuse_bounces = cycles.glossy_bounces = 4
cycles.sample_clamp_indirect = 0
cycles.caustics_reflective = True
scene.render.resolution_x = scene.render.resolution_y = side
scene.render.resolution_percentage = 100
scene.render.image_settings.file_format = "OPEN_EXR"
scene.render.image_settings.color_depth = "32"
scene.render.threads_mode = "AUTO"


def render(count, seed, name):
    cycles.samples = count
    cycles.seed = seed
    scene.render.filepath = f"{directory}/{name}.exr"
    begin = time.time()
    bpy.ops.render.render(write_still=True)
    seconds = time.time() - begin
    image = bpy.data.images.load(scene.render.filepath)
    image.colorspace_settings.name = "Non-Color"
    pixels = np.empty(4 * side * side, np.float32)
    image.pixels.foreach_get(pixels)
    return pixels.reshape(-1, 4)[:, :3].astype(np.float64), seconds


pixels, seconds = render(samples, 0, "cycles")
result = {"renderer": "cycles", "blender": bpy.app.version_string, "side_px": side, "samples": samples}
if mode == "error":
    truth, _ = render(reference[0], 1, "cycles_reference")
    error = math.sqrt(((pixels - truth) ** 2).mean()) / truth.mean()
    result.update(reference=reference[0], mean=round(truth.mean(), 4), relative_rms=round(error, 4))
result.update(seconds=round(seconds, 3))
print(json.dumps(result))
