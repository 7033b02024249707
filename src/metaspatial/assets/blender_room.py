"""A furnished room for Blender 3.0 and newer, written by MetaSpatial.

    blender --python room.blend.py                                  opens it
    blender --background --python room.blend.py -- room.blend       saves it
    blender --background --python room.blend.py -- room.png         renders its picture with Cycles

Nothing else is needed: meshes and pictures are at the end of this file. Metres, Z up; the room's south-west
floor corner is the origin, x runs along its south wall. Objects carry id, kind, style, material and size_m as
custom properties. The walls between the camera and the room are not rendered: to see them in the view of
`eye`, turn on the camera beside their names.
"""
import array
import base64
import json
import math
import os
import sys
import zlib

import bpy
from mathutils import Matrix

CAMERA_WIDTH_MM = 36.0
PICTURE_PX = 1024
SAMPLES = 128
AMBIENT = 0.3  # what an open room gets from around it, where ours are white under 1


def socket(node, *names):
    """The first of these inputs that this Blender's node has: names changed with Blender 4."""
    for name in names:
        if name in node.inputs:
            return node.inputs[name]
    return None


def put(node, value, *names):
    found = socket(node, *names)
    if found is not None:
        found.default_value = value


def make_image(entry, blob):
    image = bpy.data.images.new(entry["name"], 1, 1)
    data = blob[entry["at"]:entry["at"] + entry["size"]]
    image.source = "FILE"
    image.pack(data=data, data_len=len(data))
    return image


def make_material(entry, images, room_images):
    material = bpy.data.materials.new(entry["name"])
    material.use_nodes = True
    nodes, links = material.node_tree.nodes, material.node_tree.links
    surface = next(node for node in nodes if node.type == "BSDF_PRINCIPLED")
    red, green, blue = entry["base_color"]
    put(surface, (red, green, blue, 1), "Base Color")
    put(surface, entry["roughness"], "Roughness")
    put(surface, entry["metallic"], "Metallic")
    put(surface, entry["opacity"], "Alpha")
    material.diffuse_color = (red, green, blue, entry["opacity"])
    material.roughness, material.metallic = entry["roughness"], entry["metallic"]

    def picture(key, color_space, row):
        index = entry.get(key, -1)
        if index < 0:
            return None
        node = nodes.new("ShaderNodeTexImage")
        node.image = images[index]
        node.image.colorspace_settings.name = color_space
        node.location = (-700, -300 * row)
        try:
            node.extension = {"clamp": "EXTEND", "mirror": "MIRROR"}.get(room_images[index]["wrap"], "REPEAT")
        except TypeError:
            node.extension = "REPEAT"  # Blender before 3.5 cannot mirror
        return node

    def times(output, factor, row):
        node = nodes.new("ShaderNodeVectorMath")
        node.operation = "MULTIPLY"
        node.location = (-350, -300 * row)
        links.new(output, node.inputs[0])
        node.inputs[1].default_value = factor
        return node.outputs[0]

    color = picture("base_color_image", "sRGB", 0)
    if color is not None:
        links.new(times(color.outputs["Color"], (red, green, blue), 0), surface.inputs["Base Color"])
    elif entry["vertex_colors"]:
        node = nodes.new("ShaderNodeVertexColor")
        node.layer_name = "Color"
        links.new(times(node.outputs["Color"], (red, green, blue), 0), surface.inputs["Base Color"])
    if color is not None and (entry["blend"] or entry["alpha_cutoff"] > 0):
        node = nodes.new("ShaderNodeMath")
        node.operation = "GREATER_THAN" if entry["alpha_cutoff"] > 0 else "MULTIPLY"
        links.new(color.outputs["Alpha"], node.inputs[0])
        node.inputs[1].default_value = entry["alpha_cutoff"] if entry["alpha_cutoff"] > 0 else entry["opacity"]
        links.new(node.outputs[0], surface.inputs["Alpha"])
    if entry["blend"] or entry["alpha_cutoff"] > 0:
        if hasattr(material, "surface_render_method"):
            material.surface_render_method = "BLENDED" if entry["blend"] else "DITHERED"
        elif hasattr(material, "blend_method"):
            material.blend_method = "BLEND" if entry["blend"] else "CLIP"
            material.alpha_threshold = entry["alpha_cutoff"]

    numbers = picture("metallic_roughness_image", "Non-Color", 1)
    if numbers is not None:
        split = times(numbers.outputs["Color"], (1, entry["roughness"], entry["metallic"]), 1)
        node = nodes.new("ShaderNodeSeparateXYZ")
        node.location = (-150, -300)
        links.new(split, node.inputs[0])
        links.new(node.outputs["Y"], surface.inputs["Roughness"])
        links.new(node.outputs["Z"], surface.inputs["Metallic"])
    bumps = picture("normal_image", "Non-Color", 2)
    if bumps is not None:
        node = nodes.new("ShaderNodeNormalMap")
        node.location = (-350, -600)
        node.inputs["Strength"].default_value = entry["normal_scale"]
        links.new(bumps.outputs["Color"], node.inputs["Color"])
        links.new(node.outputs["Normal"], surface.inputs["Normal"])
    if max(entry["emission"]) > 0:
        strength = max(1.0, max(entry["emission"]))
        tint = [value / strength for value in entry["emission"]]
        put(surface, (*tint, 1), "Emission Color", "Emission")
        put(surface, strength, "Emission Strength")
        glow = picture("emission_image", "sRGB", 3)
        if glow is not None:
            links.new(times(glow.outputs["Color"], tint, 3), socket(surface, "Emission Color", "Emission"))
    return material


def make_mesh(entry, blob, materials):
    """Arrays lie one after the other from entry["at"]: positions, normals, uvs, colours, corners, materials."""
    at = entry["at"]

    def read(code, count):
        nonlocal at
        values = array.array(code)
        values.frombytes(blob[at:at + count * values.itemsize])
        if sys.byteorder == "big":
            values.byteswap()
        at += count * values.itemsize
        return values

    vertices, triangles = entry["vertices"], entry["triangles"]
    positions = read("f", 3 * vertices)
    normals = read("f", 3 * vertices)
    uvs = read("f", 2 * vertices) if entry["uvs"] else None
    colors = read("f", 3 * vertices) if entry["colors"] else None
    corners = read("i", 3 * triangles)
    looks = read("H", triangles)
    mesh = bpy.data.meshes.new(entry["name"])
    for index in entry["materials"]:
        mesh.materials.append(materials[index])
    mesh.vertices.add(vertices)
    mesh.vertices.foreach_set("co", positions)
    mesh.loops.add(3 * triangles)
    mesh.loops.foreach_set("vertex_index", corners)
    mesh.polygons.add(triangles)
    mesh.polygons.foreach_set("loop_start", array.array("i", range(0, 3 * triangles, 3)))
    try:
        mesh.polygons.foreach_set("loop_total", array.array("i", [3]) * triangles)
    except (AttributeError, RuntimeError, TypeError):
        pass  # known from loop_start since Blender 4
    mesh.polygons.foreach_set("material_index", array.array("i", looks))
    mesh.polygons.foreach_set("use_smooth", array.array("b", [1]) * triangles)
    if uvs is not None:
        layer = mesh.uv_layers.new(name="UVMap")
        flat = array.array("f")
        for corner in corners:
            flat.append(uvs[2 * corner])
            flat.append(1 - uvs[2 * corner + 1])
        layer.data.foreach_set("uv", flat)
    if colors is not None:
        layer = mesh.color_attributes.new(name="Color", type="FLOAT_COLOR", domain="POINT")
        flat = array.array("f")
        for i in range(vertices):
            flat.extend(colors[3 * i:3 * i + 3])
            flat.append(1)
        layer.data.foreach_set("color", flat)
    mesh.update(calc_edges=True)
    mesh.validate(clean_customdata=False)
    if hasattr(mesh, "use_auto_smooth"):
        mesh.use_auto_smooth = True  # before Blender 4.1 custom normals need it
    mesh.normals_split_custom_set_from_vertices(
        [normals[3 * i:3 * i + 3] for i in range(vertices)])
    return mesh


def placed(matrix, x, y, z, origin):
    for column, axis in enumerate((x, y, z, origin)):
        for row in range(3):
            matrix[row][column] = axis[row]
    return matrix


def make_light(entry):
    data = bpy.data.lights.new(entry["name"], "AREA" if entry["area"] else "POINT")
    strength = max(entry["radiance"])
    data.color = [value / strength for value in entry["radiance"]]
    if entry["area"]:
        data.shape = "RECTANGLE"
        data.size, data.size_y = entry["size_m"]
        # A glowing rectangle sends pi times its radiance and area; a lamp of even intensity 4 pi times that.
        data.energy = math.pi * strength * data.size * data.size_y
    else:
        data.energy = 4 * math.pi * strength
        data.shadow_soft_size = 0.05
    thing = bpy.data.objects.new(entry["name"], data)
    thing.matrix_world = placed(Matrix.Identity(4), *entry["axes"], entry["position_m"])
    if hasattr(thing, "visible_camera"):
        thing.visible_camera = False  # the daylight would stand before its window
    return thing


def make_camera(entry):
    data = bpy.data.cameras.new(entry["name"])
    data.sensor_fit = "HORIZONTAL"
    data.sensor_width = CAMERA_WIDTH_MM
    data.lens = 0.5 * CAMERA_WIDTH_MM / entry["half_width"]
    data.clip_start, data.clip_end = 0.05, 10000
    thing = bpy.data.objects.new(entry["name"], data)
    thing.matrix_world = placed(Matrix.Identity(4), *entry["axes"], entry["position_m"])
    return thing


def forget_default_scene():
    """Removes the cube that a new file begins with, and nothing of anybody's own."""
    if {thing.name for thing in bpy.data.objects} == {"Cube", "Light", "Camera"} and not bpy.data.filepath:
        for thing in list(bpy.data.objects):
            bpy.data.objects.remove(thing)


def build(room, blob):
    forget_default_scene()
    scene = bpy.context.scene
    scene.unit_settings.system = "METRIC"
    scene.unit_settings.scale_length = 1
    scene.unit_settings.length_unit = "METERS"
    top = bpy.data.collections.new(room["room"]["name"] or "Room")
    scene.collection.children.link(top)
    collections = {}
    for name in ("Room", "Furniture", "Lights", "Cameras"):
        collections[name] = bpy.data.collections.new(name)
        top.children.link(collections[name])

    images = [make_image(entry, blob) for entry in room["images"]]
    materials = [make_material(entry, images, room["images"]) for entry in room["materials"]]
    meshes = [make_mesh(entry, blob, materials) for entry in room["meshes"]]
    cut_away = {name for entry in room["cameras"] for name in entry["cut_away"]}
    for entry in room["nodes"]:
        mesh = meshes[entry["mesh"]] if entry["mesh"] >= 0 else None
        thing = bpy.data.objects.new(entry["name"], mesh)
        thing.location = entry["position_m"]
        thing.rotation_euler = (0, 0, -entry["yaw_rad"])
        thing["id"] = entry["name"]
        for key, value in entry.get("properties", {}).items():
            thing[key] = value
        if entry.get("lamp") and hasattr(thing, "visible_shadow"):
            thing.visible_shadow = False  # or its shade would keep its light in
        thing.hide_render = entry["role"] == "shell" and entry["name"] in cut_away
        collections["Furniture" if entry["role"] == "object" else "Room"].objects.link(thing)
    for entry in room["lights"]:
        collections["Lights"].objects.link(make_light(entry))
    for entry in room["cameras"]:
        camera = make_camera(entry)
        collections["Cameras"].objects.link(camera)
        if scene.camera is None or entry["name"] == "corner":
            scene.camera = camera
            scene.render.resolution_x = PICTURE_PX
            scene.render.resolution_y = max(1, round(PICTURE_PX * entry["half_height"] / entry["half_width"]))

    if scene.world is None:
        scene.world = bpy.data.worlds.new("World")
    scene.world.use_nodes = True
    for node in scene.world.node_tree.nodes:
        if node.type == "BACKGROUND":
            node.inputs["Color"].default_value = (1, 1, 1, 1)
            node.inputs["Strength"].default_value = AMBIENT
    scene.view_settings.view_transform = "Standard"  # the nearest to MetaSpatial's own pictures
    scene.render.engine = "CYCLES"
    scene.cycles.samples = SAMPLES
    scene.cycles.max_bounces = 8
    try:
        scene.cycles.denoiser = "OPENIMAGEDENOISE"
    except TypeError:
        scene.cycles.use_denoising = False
    return scene


def main(room, arrays):
    scene = build(room, zlib.decompress(base64.b64decode(arrays)))
    bpy.context.view_layer.update()
    for path in sys.argv[sys.argv.index("--") + 1:] if "--" in sys.argv else []:
        path = os.path.abspath(path)
        if path.endswith(".blend"):
            bpy.ops.wm.save_as_mainfile(filepath=path)
        else:
            scene.render.filepath = path
            bpy.ops.render.render(write_still=True)


