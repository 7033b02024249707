#include "metaspatial/assets/library.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "metaspatial/assets/parametric.hpp"

namespace metaspatial::assets {

std::string model_key(const scene::SceneObject& object) {
  std::string key = object.kind;
  for (int axis = 0; axis < 3; ++axis) {
    const double size_m = object.size_m[axis];
    const double bounded_m = std::isfinite(size_m) ? std::clamp(size_m, 0.0, 1000.0) : -1.0;
    key += '|' + std::to_string(std::lround(bounded_m * 1000));
  }
  key += '|' + object.style + '|' + object.material + '|' + std::to_string(variation_of(object));
  if (!object.asset.empty()) key += "|@" + object.asset;
  return key;
}

Model ModelCache::make(const scene::SceneObject& object, Detail detail) const {
  if (library_) {
    const auto asset = library_->find(object);
    if (asset && *asset)
      if (auto model = library_->fitted(**asset, object.size_m, detail)) return *std::move(model);
  }
  return make_model(object);
}

std::shared_ptr<const Model> ModelCache::get(const scene::SceneObject& object, Detail detail) {
  std::string key = model_key(object);
  if (library_ && detail == Detail::Preview) key += "|preview";
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = entries_.find(key); found != entries_.end()) {
      order_.splice(order_.begin(), order_, found->second.used);
      return found->second.model;
    }
  }
  // Built without the lock; if another thread was faster, its model is the one that is kept.
  auto model = std::make_shared<const Model>(make(object, detail));
  const std::lock_guard lock(mutex_);
  if (const auto found = entries_.find(key); found != entries_.end()) return found->second.model;
  order_.push_front(key);
  entries_.emplace(std::move(key), Entry{model, order_.begin()});
  while (entries_.size() > capacity_ && order_.size() > 1) {
    entries_.erase(order_.back());
    order_.pop_back();
  }
  return model;
}

std::size_t ModelCache::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

}  // namespace metaspatial::assets
