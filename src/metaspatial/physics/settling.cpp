#include "metaspatial/physics/settling.hpp"

#include <btBulletDynamicsCommon.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <memory>
#include <numeric>
#include <optional>
#include <utility>

#include "metaspatial/base/error.hpp"
#include "metaspatial/scene/kinds.hpp"

namespace metaspatial::physics {
namespace {

using scene::ObjectRef;
using scene::Pose;
using scene::Preposition;
using scene::Relation;
using scene::RoomSize;
using scene::SceneObject;

constexpr double kGravity_m_s2 = 9.81;
constexpr double kDensity_kg_m3 = 200;
/// The solver converges slowly when something heavy rests on something light; a book and a wardrobe are
/// within this range, a paper clip is not.
constexpr double kLeastMass_kg = 0.5;
constexpr double kMostMass_kg = 200;
/// Bullet multiplies the coefficients of the two bodies.
const double kFriction = std::sqrt(0.6);
constexpr double kLeastExtent_m = 0.005;
constexpr double kMostExtent_m = 1000;
constexpr double kMostDistance_m = 1e5;
/// Bullet's support points lie this far inside a box; its box against box test uses the full box all the
/// same.
constexpr double kMargin_m = 0.001;
/// A rug and what stands on it touch; deeper than this, the thing stands through it.
constexpr double kTouch_m = 0.001;
/// Contacts rest this deep in each other: with 0 they part and meet again at every step.
constexpr double kSlop_m = 0.0001;
/// The solver's sweeps over the contacts end when none changes a velocity by more than 1e-6 m/s.
constexpr double kResidual_m2_s2 = 1e-12;
/// The room is at rest when nothing has moved by more than this (or turned by as many radians) in this time:
/// a box that rests on an edge 0.1 mm off its centre has moved on by then.
constexpr double kRest_m = 0.0001;
constexpr double kRest_s = 0.25;
/// The floor reaches as far as anything can be. Thick, like the walls: the shallowest way out of them is
/// never through them.
constexpr double kFloorExtent_m = 4e5;
constexpr double kShellThickness_m = 2000;
constexpr double kMostSteps = 10000;

/// The question says that `object` is on or in `other`, so that `other` may carry it.
bool may_be_carried_by(const SceneObject& object, int other) {
  return std::any_of(object.relations.begin(), object.relations.end(), [other](const Relation& relation) {
    const auto* ref = std::get_if<ObjectRef>(&relation.target);
    return ref != nullptr && ref->index == other && relation.preposition != Preposition::Under &&
           (relation.preposition == Preposition::On || relation.preposition == Preposition::InMiddle ||
            relation.preposition == Preposition::InCorner);
  });
}

bool can_take_part(const Vec3& size_m, const Pose& pose) {
  return size_m.allFinite() && pose.position_m.allFinite() && std::isfinite(pose.yaw_rad) &&
         (size_m.array() <= kMostExtent_m).all() && (pose.position_m.array().abs() <= kMostDistance_m).all();
}

/// Whether one of the ways in which the object may hang really holds it: the same gaps as in the rules.
bool hangs(const SceneGraph& graph, const Pose& pose, int i, const Rules& rules) {
  const SupportModes modes = support_modes(graph, i);
  const Vec3& size_m = graph.objects[static_cast<std::size_t>(i)].size_m;
  const RoomSize& room = graph.size;
  const Vec3& p = pose.position_m;
  if (modes.ceiling && std::abs(room.height_m - p.z() - 0.5 * size_m.z()) <= rules.support_slop_m)
    return true;
  if (!modes.wall) return false;
  const Vec2 extent = scene::half_extent_m(size_m, pose.yaw_rad);
  const std::array<double, 4> gaps_m = {p.x() - extent.x(), room.length_m - p.x() - extent.x(),
                                        p.y() - extent.y(), room.width_m - p.y() - extent.y()};
  return std::any_of(gaps_m.begin(), gaps_m.end(),
                     [&](double gap_m) { return std::abs(gap_m) <= rules.wall_gap_m; });
}

btVector3 to_bullet(const Vec3& v) {
  return {v.x(), v.y(), v.z()};
}
Vec3 from_bullet(const btVector3& v) {
  return {v.x(), v.y(), v.z()};
}
btTransform transform_of(const Pose& pose) {
  // Yaw is clockwise from above, Bullet's angles are counter-clockwise.
  return btTransform(btQuaternion(btVector3(0, 0, 1), -pose.yaw_rad), to_bullet(pose.position_m));
}

/// One world per call; members are destroyed from last to first: the world before what it refers to.
class World {
 public:
  explicit World(const SettleOptions& options)
      : configuration_(construction()),
        dispatcher_(&configuration_),
        world_(&dispatcher_, &broadphase_, &solver_, &configuration_) {
    world_.setGravity(btVector3(0, 0, -kGravity_m_s2));
    world_.setForceUpdateAllAabbs(false);
    btContactSolverInfo& info = world_.getSolverInfo();
    info.m_numIterations = options.solver_iterations;
    info.m_restitution = 0;
    info.m_linearSlop = kSlop_m;
    info.m_leastSquaresResidualThreshold = kResidual_m2_s2;
    // Every overlap is undone by moving the bodies, none by giving them speed: deep ones do not explode.
    info.m_splitImpulse = 1;
    info.m_splitImpulsePenetrationThreshold = 0;
  }

  btBoxShape* box(const Vec3& half_m) {
    auto shape = std::make_unique<btBoxShape>(to_bullet(half_m));
    shape->setMargin(std::min(kMargin_m, 0.25 * half_m.minCoeff()));
    btBoxShape* raw = shape.get();
    shapes_.push_back(std::move(shape));
    return raw;
  }
  btCompoundShape* compound() {
    auto shape = std::make_unique<btCompoundShape>();
    btCompoundShape* raw = shape.get();
    shapes_.push_back(std::move(shape));
    return raw;
  }
  /// A mass of 0 makes it static.
  btRigidBody& add(btCollisionShape* shape, const btTransform& room_from_body, double mass_kg,
                   const btVector3& inertia) {
    btRigidBody::btRigidBodyConstructionInfo info(mass_kg, nullptr, shape, inertia);
    info.m_startWorldTransform = room_from_body;
    info.m_friction = kFriction;
    info.m_restitution = 0;
    bodies_.push_back(std::make_unique<btRigidBody>(info));
    btRigidBody& body = *bodies_.back();
    // A sleeping body would not notice that it creeps.
    body.setActivationState(DISABLE_DEACTIVATION);
    world_.addRigidBody(&body);
    return body;
  }
  void step(double step_s) { world_.stepSimulation(step_s, 0); }

 private:
  static btDefaultCollisionConstructionInfo construction() {
    // Pools for a room; Bullet's own (4096) take longer to clear than a room takes to simulate. They grow.
    btDefaultCollisionConstructionInfo info;
    info.m_defaultMaxPersistentManifoldPoolSize = 128;
    info.m_defaultMaxCollisionAlgorithmPoolSize = 128;
    return info;
  }

  std::vector<std::unique_ptr<btCollisionShape>> shapes_;
  std::vector<std::unique_ptr<btRigidBody>> bodies_;
  btDefaultCollisionConfiguration configuration_;
  btCollisionDispatcher dispatcher_;
  btDbvtBroadphase broadphase_;
  btSequentialImpulseConstraintSolver solver_;
  btDiscreteDynamicsWorld world_;
};

void add_static_box(World& world, const Vec3& lo_m, const Vec3& hi_m) {
  btTransform at = btTransform::getIdentity();
  at.setOrigin(to_bullet(0.5 * (lo_m + hi_m)));
  world.add(world.box(0.5 * (hi_m - lo_m)), at, 0, btVector3(0, 0, 0));
}

void add_shell(World& world, const RoomSize& room, bool walls) {
  constexpr double far = kFloorExtent_m;
  constexpr double thick = kShellThickness_m;
  add_static_box(world, Vec3(-far, -far, -thick), Vec3(far, far, 0));
  const Vec3 size(room.length_m, room.width_m, room.height_m);
  if (!walls || !size.allFinite() || (size.array() <= 0).any() || (size.array() > kMostDistance_m).any())
    return;
  add_static_box(world, Vec3(-thick, -thick, size.z()),
                 Vec3(size.x() + thick, size.y() + thick, size.z() + thick));
  add_static_box(world, Vec3(-thick, -thick, 0), Vec3(0, size.y() + thick, size.z()));
  add_static_box(world, Vec3(size.x(), -thick, 0), Vec3(size.x() + thick, size.y() + thick, size.z()));
  add_static_box(world, Vec3(0, -thick, 0), Vec3(size.x(), 0, size.z()));
  add_static_box(world, Vec3(0, size.y(), 0), Vec3(size.x(), size.y() + thick, size.z()));
}

/// Objects that move as one body, by a representative: union-find with the lowest index as root.
class Groups {
 public:
  explicit Groups(std::size_t n) : parent_(n) { std::iota(parent_.begin(), parent_.end(), std::size_t{0}); }
  std::size_t root(std::size_t i) const {
    while (parent_[i] != i) i = parent_[i];
    return i;
  }
  void join(std::size_t i, std::size_t j) {
    const std::size_t a = root(i);
    const std::size_t b = root(j);
    parent_[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<std::size_t> parent_;
};

double mass_of(const Vec3& half_m) {
  return std::clamp(8 * half_m.prod() * kDensity_kg_m3, kLeastMass_kg, kMostMass_kg);
}

struct Body {
  btRigidBody* body = nullptr;
  std::vector<std::size_t> members;
  bool fixed = false;
  std::optional<btTransform> seen;  ///< where it was when `at_rest` last looked
};

/// Whether every body is where it was at the last call; false at the first one if anything can move.
bool at_rest(std::vector<Body>& bodies) {
  bool rest = true;
  for (Body& group : bodies) {
    if (group.body == nullptr || group.fixed) continue;
    const btTransform& now = group.body->getWorldTransform();
    rest = rest && group.seen && (now.getOrigin() - group.seen->getOrigin()).length() <= kRest_m &&
           now.getRotation().angleShortestPath(group.seen->getRotation()) <= kRest_m;
    group.seen = now;
  }
  return rest;
}

/// Where a member is within its body; the body's frame is that of its centre of mass.
struct Seat {
  btTransform body_from_object = btTransform::getIdentity();
};

void add_body(World& world, Body& group, const Layout& layout, const std::vector<Vec3>& half_m,
              std::vector<Seat>& seats) {
  if (group.members.size() == 1) {
    const std::size_t i = group.members.front();
    btBoxShape* shape = world.box(half_m[i]);
    const double mass_kg = group.fixed ? 0 : mass_of(half_m[i]);
    btVector3 inertia(0, 0, 0);
    if (!group.fixed) shape->calculateLocalInertia(mass_kg, inertia);
    group.body = &world.add(shape, transform_of(layout.poses[i]), mass_kg, inertia);
    if (!group.fixed) {
      // What falls by more than half its thickness in a step is swept, as a ball that fits into it.
      const double least_m = half_m[i].minCoeff();
      group.body->setCcdMotionThreshold(least_m);
      group.body->setCcdSweptSphereRadius(0.5 * least_m);
    }
    return;
  }
  btCompoundShape* shape = world.compound();
  std::vector<btScalar> masses;
  double mass_kg = 0;
  for (const std::size_t i : group.members) {
    shape->addChildShape(transform_of(layout.poses[i]), world.box(half_m[i]));
    masses.push_back(mass_of(half_m[i]));
    mass_kg += masses.back();
  }
  // Shift the children so that the body's origin is its centre of mass and its axes are the principal ones.
  btTransform room_from_body;
  btVector3 inertia;
  shape->calculatePrincipalAxisTransform(masses.data(), room_from_body, inertia);
  btCompoundShape* shifted = world.compound();
  for (std::size_t k = 0; k < group.members.size(); ++k) {
    const btTransform body_from_object =
        room_from_body.inverse() * shape->getChildTransform(static_cast<int>(k));
    seats[group.members[k]].body_from_object = body_from_object;
    shifted->addChildShape(body_from_object, shape->getChildShape(static_cast<int>(k)));
  }
  if (group.fixed) inertia = btVector3(0, 0, 0);
  group.body = &world.add(shifted, room_from_body, group.fixed ? 0 : mass_kg, inertia);
}

}  // namespace

double Settlement::unstable_share() const {
  return objects.empty() ? 0 : static_cast<double>(unstable) / static_cast<double>(objects.size());
}

Settlement settle(const SceneGraph& graph, const Layout& layout, const SettleOptions& options) {
  const std::size_t n = graph.objects.size();
  METASPATIAL_CHECK(layout.poses.size() == n, "one pose per object");
  METASPATIAL_CHECK(options.step_s > 0 && options.solver_iterations > 0, "a step and iterations above 0");
  const Rules& rules = options.rules;

  Settlement result;
  result.objects.resize(n);
  std::vector<Vec3> half_m(n, Vec3::Zero());
  std::vector<bool> flat(n);
  for (std::size_t i = 0; i < n; ++i) {
    const SceneObject& object = graph.objects[i];
    const Pose& pose = layout.poses[i];
    SettledObject& settled = result.objects[i];
    settled.simulated = can_take_part(object.size_m, pose);
    if (!settled.simulated) continue;
    half_m[i] = 0.5 * object.size_m.cwiseMax(kLeastExtent_m);
    flat[i] = scene::kind_or_default(object.kind).flat;
    const double bottom_m = pose.position_m.z() - 0.5 * object.size_m.z();
    settled.fixed =
        flat[i] ? std::abs(bottom_m) <= rules.support_slop_m : hangs(graph, pose, static_cast<int>(i), rules);
  }

  // Pairs that overlap and do not push; who is carried by whom.
  Groups groups(n);
  std::vector<std::pair<std::size_t, std::size_t>> ignored;
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = i + 1; j < n; ++j) {
      if (!result.objects[i].simulated || !result.objects[j].simulated) continue;
      const bool share = share_space(graph, static_cast<int>(i), static_cast<int>(j));
      if (!share && !flat[i] && !flat[j]) continue;
      const auto contact =
          box_contact(Box(2 * half_m[i], layout.poses[i]), Box(2 * half_m[j], layout.poses[j]));
      if (!contact) continue;
      const double slop_m = flat[i] || flat[j] ? kTouch_m : rules.support_slop_m;
      if (contact->depth_m <= slop_m) continue;
      ignored.emplace_back(i, j);
      for (const auto& [rider, host] : {std::pair(i, j), std::pair(j, i)}) {
        SettledObject& settled = result.objects[rider];
        if (settled.fixed || settled.carried_by >= 0) continue;
        if (!may_be_carried_by(graph.objects[rider], static_cast<int>(host))) continue;
        const double bottom_m = layout.poses[rider].position_m.z() - half_m[rider].z();
        if (bottom_m <= rules.support_slop_m) continue;  // the floor holds it
        settled.carried_by = static_cast<int>(host);
        groups.join(rider, host);
      }
    }
  }

  World world(options);
  add_shell(world, graph.size, options.walls);
  std::vector<Body> bodies(n);  // by root; the others stay empty
  std::vector<Seat> seats(n);
  for (std::size_t i = 0; i < n; ++i) {
    if (!result.objects[i].simulated) continue;
    Body& group = bodies[groups.root(i)];
    group.members.push_back(i);
    group.fixed = group.fixed || result.objects[i].fixed;
  }
  for (Body& group : bodies)
    if (!group.members.empty()) add_body(world, group, layout, half_m, seats);
  for (const auto& [i, j] : ignored) {
    const std::array<btRigidBody*, 2> pair = {bodies[groups.root(i)].body, bodies[groups.root(j)].body};
    if (pair[0] == pair[1]) continue;
    pair[0]->setIgnoreCollisionCheck(pair[1], true);
    // Bullet's sweeps do not ask for this exception: such bodies go without.
    for (btRigidBody* body : pair) body->setCcdMotionThreshold(0);
  }

  const int steps =
      static_cast<int>(std::clamp(std::round(options.seconds / options.step_s), 0.0, kMostSteps));
  const int steps_to_rest = std::max(1, static_cast<int>(std::min(kRest_s / options.step_s, kMostSteps)));
  for (int step = 0; step < steps; ++step) {
    if (step % steps_to_rest == 0 && at_rest(bodies)) break;
    world.step(options.step_s);
  }

  for (std::size_t i = 0; i < n; ++i) {
    SettledObject& settled = result.objects[i];
    const Body& group = bodies[groups.root(i)];
    if (settled.simulated && !group.fixed) {
      const btTransform end = group.body->getWorldTransform() * seats[i].body_from_object;
      settled.move_m = from_bullet(end.getOrigin()) - layout.poses[i].position_m;
      settled.moved_m = settled.move_m.norm();
      settled.tipped_rad = std::acos(std::clamp(end.getBasis()[2][2], -1.0, 1.0));
    }
    settled.stable = settled.simulated && settled.moved_m <= options.stable_move_m &&
                     settled.tipped_rad <= options.stable_tip_rad;
    if (!settled.stable) ++result.unstable;
  }
  return result;
}

std::string describe(const SceneGraph& graph, const SettledObject& settled, int i) {
  METASPATIAL_CHECK(i >= 0 && i < static_cast<int>(graph.objects.size()), "an object of this graph");
  const std::string& id = graph.objects[static_cast<std::size_t>(i)].id;
  if (!settled.simulated) return fmt::format("{} is too large or too far away to be simulated", id);
  std::vector<std::string> parts;
  const double up_m = settled.move_m.z();
  const double aside_m = std::hypot(settled.move_m.x(), settled.move_m.y());
  const double tipped_deg = scene::deg_from_rad(settled.tipped_rad);
  constexpr double least_m = 0.005;  // prints as 0.00
  constexpr double least_deg = 0.5;
  constexpr double over_deg = 45;
  if (up_m <= -least_m) parts.push_back(fmt::format("falls {:.2f} m", -up_m));
  if (up_m >= least_m) parts.push_back(fmt::format("is pushed up {:.2f} m", up_m));
  // The centre of what tips over moves aside with it.
  if (aside_m >= least_m && tipped_deg < over_deg) parts.push_back(fmt::format("slides {:.2f} m", aside_m));
  if (tipped_deg >= least_deg)
    parts.push_back(
        fmt::format("{} by {:.0f} degrees", tipped_deg < over_deg ? "tilts" : "tips over", tipped_deg));
  switch (parts.size()) {
    case 0:
      return fmt::format("{} stays where it is", id);
    case 1:
      return fmt::format("{} {}", id, parts[0]);
    case 2:
      return fmt::format("{} {} and {}", id, parts[0], parts[1]);
    default:
      return fmt::format("{} {}, {} and {}", id, parts[0], parts[1], parts[2]);
  }
}

}  // namespace metaspatial::physics
