"""With usd-core (25.11 or newer): opens a .usda or .usdz, runs USD's validators, and compares every object with the
layout.

    python usd_check.py FILE SCENE.json [FILE SCENE.json ...]
"""
import os
import sys

from pxr import Gf, Kind, Usd, UsdGeom, UsdLux, UsdShade, UsdValidation

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from layout import box_of, distance, read_objects

TOLERANCE_M = 1e-4


def complaints(stage):
    """What usdchecker says: all of USD's own validators."""
    validators = UsdValidation.ValidationRegistry().GetOrLoadAllValidators()
    return [f"{error.GetIdentifier()}: {error.GetMessage()}"
            for error in UsdValidation.ValidationContext(validators).Validate(stage)]


def check(path, scene_path):
    stage = Usd.Stage.Open(path)
    problems = complaints(stage)
    assert not problems, f"{path}: {problems}"
    assert stage.GetDefaultPrim().GetPath() == "/room", path
    assert UsdGeom.GetStageUpAxis(stage) == UsdGeom.Tokens.z and UsdGeom.GetStageMetersPerUnit(stage) == 1, path
    cache = UsdGeom.BBoxCache(Usd.TimeCode.Default(), [UsdGeom.Tokens.default_])
    found = {}
    for prim in stage.GetPrimAtPath("/room/furniture").GetChildren():
        assert Usd.ModelAPI(prim).GetKind() == Kind.Tokens.component, prim
        found[prim.GetCustomData()["id"]] = prim
    worst = 0.0
    objects = read_objects(scene_path)
    for name, kind, position, yaw_rad, size in objects:
        prim = found.pop(name)
        assert kind in (None, prim.GetCustomData()["kind"]), f"{path}: {name} is a {prim.GetCustomData()}"
        assert prim.GetDisplayName() == name, f"{path}: {name} is displayed as {prim.GetDisplayName()}"
        matrix = UsdGeom.Xformable(prim).ComputeLocalToWorldTransform(Usd.TimeCode.Default())
        off = distance(matrix.ExtractTranslation(), position)
        box = cache.ComputeWorldBound(prim).ComputeAlignedRange()
        points = Gf.Range3d()  # of the vertices: the checker's box is one of turned extents
        for child in Usd.PrimRange(prim, Usd.TraverseInstanceProxies()):
            if not child.IsA(UsdGeom.Mesh):
                continue
            mesh = UsdGeom.Mesh(child)
            assert UsdShade.MaterialBindingAPI(child).ComputeBoundMaterial()[0], child.GetPath()
            assert len(mesh.GetNormalsAttr().Get()) == len(mesh.GetPointsAttr().Get()), child.GetPath()
            world = UsdGeom.Xformable(child).ComputeLocalToWorldTransform(Usd.TimeCode.Default())
            for point in mesh.GetPointsAttr().Get():
                points.UnionWith(world.Transform(Gf.Vec3d(point)))
        assert not box.IsEmpty() and not points.IsEmpty(), name
        for got, wanted in zip((points.GetMin(), points.GetMax()), box_of(position, yaw_rad, size)):
            off = max(off, distance(got, wanted))
        assert off < TOLERANCE_M, f"{path}: {name} is off by {off:.6f} m"
        worst = max(worst, off)
    assert not found, f"{path}: not in the layout: {list(found)}"
    lights = [prim for prim in stage.Traverse() if prim.HasAPI(UsdLux.LightAPI)]
    cameras = [prim for prim in stage.Traverse() if prim.IsA(UsdGeom.Camera)]
    textures = 0
    for prim in Usd.PrimRange(stage.GetPseudoRoot(), Usd.PrimAllPrimsPredicate):
        shader = UsdShade.Shader(prim)
        if shader and shader.GetIdAttr().Get() == "UsdUVTexture":
            assert shader.GetInput("file").Get().resolvedPath, f"{path}: {prim.GetPath()} has no picture"
            textures += 1
    assert lights and cameras and textures, f"{path}: lights {lights}, cameras {cameras}, textures {textures}"
    print(f"{path}: {len(objects)} objects, largest deviation {worst:.2e} m, {len(lights)} lights")


for file, scene in zip(sys.argv[1::2], sys.argv[2::2]):
    check(file, scene)
