#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "metaspatial/assets/mesh.hpp"
#include "metaspatial/scene/graph.hpp"

namespace metaspatial::assets {

/// Models of objects, made once per (kind, size, style, material, variation) and shared.
///
/// Threads  safe to call from several threads at once.
class ModelCache {
 public:
  /// Keeps at most `capacity` models; the least recently used one goes first. Models in use stay alive.
  explicit ModelCache(std::size_t capacity = 2048) : capacity_(capacity) {}

  /// The model of this object. Objects that look the same get the same pointer while it is cached.
  ///
  /// Cost     a hash lookup; about 0.1 ms the first time.
  [[nodiscard]] std::shared_ptr<const Model> get(const scene::SceneObject& object);
  [[nodiscard]] std::size_t size() const;

 private:
  struct Entry {
    std::shared_ptr<const Model> model;
    std::list<std::string>::iterator used;
  };
  std::size_t capacity_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Entry> entries_;
  std::list<std::string> order_;  ///< most recently used first
};

/// What tells two models apart: kind, size in millimetres, style, material, variation.
[[nodiscard]] std::string model_key(const scene::SceneObject& object);

}  // namespace metaspatial::assets
