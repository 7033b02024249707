#include "metaspatial/assets/builder.hpp"

#include <Eigen/Geometry>
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace metaspatial::assets {
namespace {

constexpr float kTau = 2.0F * std::numbers::pi_v<float>;

/// Two unit vectors that complete `axis` to a right-handed frame.
std::pair<Vec3f, Vec3f> frame_of(const Vec3f& axis) {
  const Vec3f helper = std::abs(axis.z()) < 0.9F ? Vec3f::UnitZ() : Vec3f::UnitX();
  const Vec3f u = helper.cross(axis).normalized();
  return {u, axis.cross(u)};
}

}  // namespace

Vec3f linear_from_srgb(std::uint32_t rgb) {
  const auto channel = [rgb](int shift) {
    const float s = static_cast<float>((rgb >> shift) & 255U) / 255.0F;
    return s <= 0.04045F ? s / 12.92F : std::pow((s + 0.055F) / 1.055F, 2.4F);
  };
  return {channel(16), channel(8), channel(0)};
}

int Builder::material(const Material& material) {
  for (std::size_t i = 0; i < model_.materials.size(); ++i)
    if (model_.materials[i].name == material.name) return static_cast<int>(i);
  model_.materials.push_back(material);
  return static_cast<int>(model_.materials.size()) - 1;
}

std::uint32_t Builder::vertex(const Vec3f& p, const Vec3f& n) {
  const Eigen::Affine3f& transform = stack_.back();
  // Inverse transpose: scaled parts keep right normals.
  const Eigen::Matrix3f normal_matrix = transform.linear().inverse().transpose();
  model_.mesh.normals.push_back((normal_matrix * n).normalized());
  model_.mesh.positions_m.push_back(transform * p);
  if (lift_m_ > 0) model_.mesh.positions_m.back() += lift_m_ * model_.mesh.normals.back();
  return static_cast<std::uint32_t>(model_.mesh.positions_m.size() - 1);
}

void Builder::begin_flat_part() {
  constexpr int kMostSteps = 60;  // beyond, thin parts would grow visibly
  lift_m_ = lift_step_m_ * static_cast<float>(std::min(flat_parts_++, kMostSteps));
}

void Builder::triangle(std::uint32_t a, std::uint32_t b, std::uint32_t c, int m) {
  model_.mesh.triangles.push_back({a, b, c});
  model_.mesh.material_of.push_back(static_cast<std::uint16_t>(m));
}

void Builder::quad(const Vec3f& a, const Vec3f& b, const Vec3f& c, const Vec3f& d, int m) {
  Vec3f n = (c - a).cross(d - b);
  const float length = n.norm();
  n = length > 0 ? Vec3f(n / length) : Vec3f(Vec3f::UnitZ());
  const std::uint32_t i = vertex(a, n);
  vertex(b, n);
  vertex(c, n);
  vertex(d, n);
  triangle(i, i + 1, i + 2, m);
  triangle(i, i + 2, i + 3, m);
}

void Builder::box(const Vec3f& lo_in, const Vec3f& hi_in, int m) {
  const Vec3f lo = lo_in.cwiseMin(hi_in);
  const Vec3f hi = lo_in.cwiseMax(hi_in);
  const auto corner = [&](int x, int y, int z) {
    return Vec3f(x ? hi.x() : lo.x(), y ? hi.y() : lo.y(), z ? hi.z() : lo.z());
  };
  begin_flat_part();
  quad(corner(0, 0, 1), corner(1, 0, 1), corner(1, 1, 1), corner(0, 1, 1), m);
  quad(corner(0, 1, 0), corner(1, 1, 0), corner(1, 0, 0), corner(0, 0, 0), m);
  quad(corner(0, 0, 0), corner(1, 0, 0), corner(1, 0, 1), corner(0, 0, 1), m);
  quad(corner(1, 1, 0), corner(0, 1, 0), corner(0, 1, 1), corner(1, 1, 1), m);
  quad(corner(0, 1, 0), corner(0, 0, 0), corner(0, 0, 1), corner(0, 1, 1), m);
  quad(corner(1, 0, 0), corner(1, 1, 0), corner(1, 1, 1), corner(1, 0, 1), m);
  lift_m_ = 0;
}

void Builder::bevel_box(const Vec3f& lo_in, const Vec3f& hi_in, float edge_m, int m) {
  const Vec3f lo = lo_in.cwiseMin(hi_in);
  const Vec3f hi = lo_in.cwiseMax(hi_in);
  const float edge = std::min(edge_m, 0.499F * (hi - lo).minCoeff());
  if (!(edge > 1e-5F)) {
    box(lo, hi, m);
    return;
  }
  begin_flat_part();
  // Every corner of the block once on each of its three faces, with that face's normal; bit i of a corner is
  // its side along axis i.
  const auto first = static_cast<std::uint32_t>(model_.mesh.positions_m.size());
  std::array<Vec3f, 24> points;
  const auto index = [](int axis, int corner) { return static_cast<std::size_t>(8 * axis + corner); };
  for (int axis = 0; axis < 3; ++axis) {
    for (int corner = 0; corner < 8; ++corner) {
      Vec3f p;
      Vec3f n = Vec3f::Zero();
      for (int i = 0; i < 3; ++i) {
        const bool high = (corner >> i & 1) != 0;
        const float in = i == axis ? 0.0F : edge;
        p[i] = high ? hi[i] - in : lo[i] + in;
      }
      n[axis] = (corner >> axis & 1) != 0 ? 1.0F : -1.0F;
      points[index(axis, corner)] = p;
      vertex(p, n);
    }
  }
  const Vec3f centre = 0.5F * (lo + hi);
  const auto outward = [&](std::size_t a, std::size_t b, std::size_t c) {
    const Vec3f n = (points[b] - points[a]).cross(points[c] - points[a]);
    const bool out = n.dot(points[a] + points[b] + points[c] - 3 * centre) > 0;
    triangle(first + static_cast<std::uint32_t>(a), first + static_cast<std::uint32_t>(out ? b : c),
             first + static_cast<std::uint32_t>(out ? c : b), m);
  };
  for (int axis = 0; axis < 3; ++axis) {
    const int u = 1 << (axis + 1) % 3;
    const int v = 1 << (axis + 2) % 3;
    for (const int side : {0, 1 << axis}) {
      outward(index(axis, side), index(axis, side | u), index(axis, side | u | v));
      outward(index(axis, side), index(axis, side | u | v), index(axis, side | v));
    }
    // The four edges along this axis.
    const int a = (axis + 1) % 3;
    const int b = (axis + 2) % 3;
    for (const int at : {0, u, v, u | v}) {
      const int end = at | 1 << axis;
      outward(index(a, at), index(a, end), index(b, end));
      outward(index(a, at), index(b, end), index(b, at));
    }
  }
  for (int corner = 0; corner < 8; ++corner) outward(index(0, corner), index(1, corner), index(2, corner));
  lift_m_ = 0;
}

void Builder::soft_box(const Vec3f& lo_in, const Vec3f& hi_in, float radius, int m, int steps) {
  const Vec3f lo = lo_in.cwiseMin(hi_in);
  const Vec3f hi = lo_in.cwiseMax(hi_in);
  const float r = std::min(radius, 0.499F * (hi - lo).minCoeff());
  if (!(r > 1e-5F)) {
    box(lo, hi, m);
    return;
  }
  if (steps == 1 && r <= 0.0125F) {
    bevel_box(lo, hi, 0.7F * r, m);  // 44 triangles, not 108, and in no picture another edge
    return;
  }
  // Each face is a grid with `steps` loops in each rounded border; a point is pushed out from the inner box.
  begin_flat_part();
  const int n = 2 * steps + 2;
  const auto coordinate = [&](int axis, int i) {
    const float turn = 0.25F * kTau / 2.0F;  // 45 degrees: cube corner directions
    if (i <= steps) {
      const float t = static_cast<float>(steps - i) / static_cast<float>(steps);
      return std::pair(lo[axis] + r, -std::tan(turn * t));
    }
    const float t = static_cast<float>(i - steps - 1) / static_cast<float>(steps);
    return std::pair(hi[axis] - r, std::tan(turn * t));
  };
  for (int axis = 0; axis < 3; ++axis) {
    const int u = (axis + 1) % 3;
    const int v = (axis + 2) % 3;
    for (int side = 0; side < 2; ++side) {
      const auto first = static_cast<std::uint32_t>(model_.mesh.positions_m.size());
      for (int j = 0; j < n; ++j) {
        for (int i = 0; i < n; ++i) {
          const auto [base_u, out_u] = coordinate(u, i);
          const auto [base_v, out_v] = coordinate(v, j);
          Vec3f base;
          Vec3f out;
          base[axis] = side ? hi[axis] - r : lo[axis] + r;
          base[u] = base_u;
          base[v] = base_v;
          out[axis] = side ? 1.0F : -1.0F;
          out[u] = out_u;
          out[v] = out_v;
          out.normalize();
          vertex(base + r * out, out);
        }
      }
      for (int j = 0; j + 1 < n; ++j) {
        for (int i = 0; i + 1 < n; ++i) {
          const std::uint32_t a = first + static_cast<std::uint32_t>(j * n + i);
          const auto row = static_cast<std::uint32_t>(n);
          if (side) {
            triangle(a, a + 1, a + row + 1, m);
            triangle(a, a + row + 1, a + row, m);
          } else {
            triangle(a, a + row + 1, a + 1, m);
            triangle(a, a + row, a + row + 1, m);
          }
        }
      }
    }
  }
  lift_m_ = 0;
}

void Builder::pillow(const Vec3f& lo, const Vec3f& hi, int flat_axis, int m) {
  const Vec3f centre = 0.5F * (lo + hi);
  const Vec3f half = 0.5F * (hi - lo).cwiseAbs();
  const int u = (flat_axis + 1) % 3;
  const int v = (flat_axis + 2) % 3;
  constexpr int n = 9;
  for (int side = 0; side < 2; ++side) {
    const auto first = static_cast<std::uint32_t>(model_.mesh.positions_m.size());
    const auto point = [&](float s, float t) {
      Vec3f p;
      p[u] = centre[u] + half[u] * s * (1 - 0.05F * (1 - t * t));
      p[v] = centre[v] + half[v] * t * (1 - 0.05F * (1 - s * s));
      const float bulge = std::sqrt(std::max(0.0F, (1 - s * s * s * s) * (1 - t * t * t * t)));
      p[flat_axis] = centre[flat_axis] + (side ? 1.0F : -1.0F) * half[flat_axis] * (0.06F + 0.94F * bulge);
      return p;
    };
    for (int j = 0; j < n; ++j) {
      for (int i = 0; i < n; ++i) {
        const float s = 2.0F * static_cast<float>(i) / (n - 1) - 1.0F;
        const float t = 2.0F * static_cast<float>(j) / (n - 1) - 1.0F;
        const float e = 0.02F;
        const float sc = std::clamp(s, -1.0F + e, 1.0F - e);
        const float tc = std::clamp(t, -1.0F + e, 1.0F - e);
        Vec3f normal = (point(sc + e, tc) - point(sc - e, tc)).cross(point(sc, tc + e) - point(sc, tc - e));
        if (!side) normal = -normal;
        const float length = normal.norm();
        Vec3f axis_normal = Vec3f::Zero();
        axis_normal[flat_axis] = side ? 1.0F : -1.0F;
        vertex(point(s, t), length > 1e-12F ? Vec3f(normal / length) : axis_normal);
      }
    }
    for (int j = 0; j + 1 < n; ++j) {
      for (int i = 0; i + 1 < n; ++i) {
        const std::uint32_t a = first + static_cast<std::uint32_t>(j * n + i);
        if (side) {
          triangle(a, a + 1, a + n + 1, m);
          triangle(a, a + n + 1, a + n, m);
        } else {
          triangle(a, a + n + 1, a + 1, m);
          triangle(a, a + n, a + n + 1, m);
        }
      }
    }
  }
}

void Builder::cone(const Vec3f& a, const Vec3f& b, float ra, float rb, int m, int sides) {
  const Vec3f along = b - a;
  const float length = along.norm();
  if (!(length > 1e-6F)) return;
  const Vec3f axis = along / length;
  const auto [u, v] = frame_of(axis);
  const auto first = static_cast<std::uint32_t>(model_.mesh.positions_m.size());
  for (int i = 0; i <= sides; ++i) {
    const float angle = kTau * static_cast<float>(i) / static_cast<float>(sides);
    const Vec3f radial = std::cos(angle) * u + std::sin(angle) * v;
    const Vec3f n = (radial + (ra - rb) / length * axis).normalized();
    vertex(a + ra * radial, n);
    vertex(b + rb * radial, n);
  }
  for (int i = 0; i < sides; ++i) {
    const std::uint32_t s = first + static_cast<std::uint32_t>(2 * i);
    triangle(s, s + 2, s + 3, m);
    triangle(s, s + 3, s + 1, m);
  }
  for (int end = 0; end < 2; ++end) {
    const float r = end ? rb : ra;
    if (!(r > 1e-5F)) continue;
    const Vec3f n = end ? axis : Vec3f(-axis);
    const std::uint32_t centre = vertex(end ? b : a, n);
    for (int i = 0; i < sides; ++i) {
      const float angle = kTau * static_cast<float>(i) / static_cast<float>(sides);
      vertex((end ? b : a) + r * (std::cos(angle) * u + std::sin(angle) * v), n);
    }
    for (int i = 0; i < sides; ++i) {
      const std::uint32_t p = centre + 1 + static_cast<std::uint32_t>(i);
      const std::uint32_t q = centre + 1 + static_cast<std::uint32_t>((i + 1) % sides);
      if (end)
        triangle(centre, p, q, m);
      else
        triangle(centre, q, p, m);
    }
  }
}

void Builder::ellipsoid(const Vec3f& centre, const Vec3f& radii, int m, int sides) {
  const int rings = std::max(3, sides / 2);
  const auto first = static_cast<std::uint32_t>(model_.mesh.positions_m.size());
  for (int j = 0; j <= rings; ++j) {
    const float polar = 0.5F * kTau * static_cast<float>(j) / static_cast<float>(rings);
    for (int i = 0; i <= sides; ++i) {
      const float angle = kTau * static_cast<float>(i) / static_cast<float>(sides);
      const Vec3f d(std::sin(polar) * std::cos(angle), std::sin(polar) * std::sin(angle), -std::cos(polar));
      const Vec3f safe = radii.cwiseMax(1e-4F);
      vertex(centre + radii.cwiseProduct(d), d.cwiseQuotient(safe).normalized());
    }
  }
  for (int j = 0; j < rings; ++j) {
    for (int i = 0; i < sides; ++i) {
      const std::uint32_t a = first + static_cast<std::uint32_t>(j * (sides + 1) + i);
      const auto row = static_cast<std::uint32_t>(sides + 1);
      if (j > 0) triangle(a, a + 1, a + row + 1, m);
      if (j + 1 < rings) triangle(a, a + row + 1, a + row, m);
    }
  }
}

void Builder::lathe(float x, float y, std::span<const std::pair<float, float>> profile, int m, int sides) {
  for (std::size_t k = 0; k + 1 < profile.size(); ++k) {
    const auto [r0, z0] = profile[k];
    const auto [r1, z1] = profile[k + 1];
    const float dr = r1 - r0;
    const float dz = z1 - z0;
    const float length = std::hypot(dr, dz);
    if (!(length > 1e-6F)) continue;
    const auto first = static_cast<std::uint32_t>(model_.mesh.positions_m.size());
    for (int i = 0; i <= sides; ++i) {
      const float angle = kTau * static_cast<float>(i) / static_cast<float>(sides);
      const float c = std::cos(angle);
      const float s = std::sin(angle);
      const Vec3f n = Vec3f(c * dz, s * dz, -dr) / length;
      vertex(Vec3f(x + r0 * c, y + r0 * s, z0), n);
      vertex(Vec3f(x + r1 * c, y + r1 * s, z1), n);
    }
    for (int i = 0; i < sides; ++i) {
      const std::uint32_t s = first + static_cast<std::uint32_t>(2 * i);
      if (r0 > 1e-6F) triangle(s, s + 2, s + 3, m);
      if (r1 > 1e-6F) triangle(s, s + 3, s + 1, m);
    }
  }
}

void Builder::torus(const Vec3f& centre, float radius, float thickness, int axis, int m, int sides) {
  const int u = (axis + 1) % 3;
  const int v = (axis + 2) % 3;
  constexpr int tube_sides = 8;
  const auto first = static_cast<std::uint32_t>(model_.mesh.positions_m.size());
  for (int i = 0; i <= sides; ++i) {
    const float a = kTau * static_cast<float>(i) / static_cast<float>(sides);
    Vec3f radial = Vec3f::Zero();
    radial[u] = std::cos(a);
    radial[v] = std::sin(a);
    for (int j = 0; j <= tube_sides; ++j) {
      const float b = kTau * static_cast<float>(j) / tube_sides;
      Vec3f n = std::cos(b) * radial;
      n[axis] = std::sin(b);
      vertex(centre + radius * radial + thickness * n, n);
    }
  }
  for (int i = 0; i < sides; ++i) {
    for (int j = 0; j < tube_sides; ++j) {
      const std::uint32_t a = first + static_cast<std::uint32_t>(i * (tube_sides + 1) + j);
      constexpr std::uint32_t row = tube_sides + 1;
      triangle(a, a + row, a + row + 1, m);
      triangle(a, a + row + 1, a + 1, m);
    }
  }
}

void Builder::tube(std::span<const Vec3f> points, float r, int m, int sides) {
  for (std::size_t i = 0; i + 1 < points.size(); ++i) {
    cone(points[i], points[i + 1], r, r, m, sides);
    if (i > 0) ellipsoid(points[i], Vec3f::Constant(r), m, sides);
  }
}

void Builder::prism(std::span<const Vec3f> bottom, std::span<const Vec3f> top, int m) {
  const std::size_t n = bottom.size();
  if (n < 3) return;
  Vec3f centre_bottom = Vec3f::Zero();
  Vec3f centre_top = Vec3f::Zero();
  for (std::size_t i = 0; i < n; ++i) {
    centre_bottom += bottom[i];
    centre_top += top[i];
  }
  centre_bottom /= static_cast<float>(n);
  centre_top /= static_cast<float>(n);
  const Vec3f axis = (centre_top - centre_bottom).normalized();
  begin_flat_part();
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t j = (i + 1) % n;
    quad(bottom[i], bottom[j], top[j], top[i], m);
    const std::uint32_t t = vertex(centre_top, axis);
    vertex(top[i], axis);
    vertex(top[j], axis);
    triangle(t, t + 1, t + 2, m);
    const std::uint32_t b = vertex(centre_bottom, -axis);
    vertex(bottom[j], -axis);
    vertex(bottom[i], -axis);
    triangle(b, b + 1, b + 2, m);
  }
  lift_m_ = 0;
}

void Builder::prism_xz(std::span<const std::pair<float, float>> outline, float y_lo, float y_hi, int m) {
  std::vector<Vec3f> bottom;
  std::vector<Vec3f> top;
  for (const auto& [x, z] : outline) {
    bottom.emplace_back(x, y_hi, z);
    top.emplace_back(x, y_lo, z);
  }
  prism(bottom, top, m);
}

void Builder::prism_xy(std::span<const std::pair<float, float>> outline, float z_lo, float z_hi, int m) {
  std::vector<Vec3f> bottom;
  std::vector<Vec3f> top;
  for (const auto& [x, y] : outline) {
    bottom.emplace_back(x, y, z_lo);
    top.emplace_back(x, y, z_hi);
  }
  prism(bottom, top, m);
}

void Builder::prism_yz(std::span<const std::pair<float, float>> outline, float x_lo, float x_hi, int m) {
  std::vector<Vec3f> bottom;
  std::vector<Vec3f> top;
  for (const auto& [y, z] : outline) {
    bottom.emplace_back(x_lo, y, z);
    top.emplace_back(x_hi, y, z);
  }
  prism(bottom, top, m);
}

void Builder::leaf(const Vec3f& root, const Vec3f& direction, const Vec3f& up, float length, float width,
                   int m) {
  // Three cross sections: root, the widest one, the drooping tip.
  const Vec3f d = direction.normalized();
  Vec3f side = d.cross(up);
  if (!(side.norm() > 1e-4F)) side = d.cross(Vec3f::UnitX());
  side.normalize();
  const Vec3f lift = side.cross(d);
  const Vec3f middle = root + 0.55F * length * d + 0.08F * length * lift;
  const Vec3f tip = root + length * d - 0.10F * length * lift;
  const Vec3f left = middle - 0.5F * width * side - 0.06F * length * lift;
  const Vec3f right = middle + 0.5F * width * side - 0.06F * length * lift;
  const auto face = [&](const Vec3f& a, const Vec3f& b, const Vec3f& c) {
    Vec3f n = (b - a).cross(c - a);
    const float size = n.norm();
    if (!(size > 1e-12F)) return;
    n /= size;
    if (n.dot(lift) < 0) n = -n;
    const std::uint32_t i = vertex(a, n);
    vertex(b, n);
    vertex(c, n);
    triangle(i, i + 1, i + 2, m);
  };
  face(root, left, middle);
  face(root, middle, right);
  face(left, tip, middle);
  face(middle, tip, right);
}

Model Builder::finish(const Vec3f& size_m) && {
  Mesh& mesh = model_.mesh;
  Vec3f lo = Vec3f::Constant(1e30F);
  Vec3f hi = -lo;
  for (const Vec3f& p : mesh.positions_m) {
    lo = lo.cwiseMin(p);
    hi = hi.cwiseMax(p);
  }
  const Vec3f centre = 0.5F * (lo + hi);
  const Vec3f extent = (hi - lo).cwiseMax(1e-6F);
  const Vec3f scale = size_m.cwiseQuotient(extent);
  for (std::size_t i = 0; i < mesh.positions_m.size(); ++i) {
    const Vec3f p = (mesh.positions_m[i] - centre).cwiseProduct(scale);
    mesh.positions_m[i] = p.cwiseMax(-0.5F * size_m).cwiseMin(0.5F * size_m);
    mesh.normals[i] = mesh.normals[i].cwiseQuotient(scale).normalized();
  }
  model_.size_m = size_m;
  return std::move(model_);
}

}  // namespace metaspatial::assets
