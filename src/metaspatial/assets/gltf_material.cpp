#include "metaspatial/assets/gltf_material.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "metaspatial/assets/image_reader.hpp"

namespace metaspatial::assets {
namespace {

/// Up to `N` numbers of an array, each within its range.
template <int N>
Eigen::Matrix<float, N, 1> vector_of(const Json* json, const Eigen::Matrix<float, N, 1>& otherwise, float low,
                                     float high) {
  Eigen::Matrix<float, N, 1> result = otherwise;
  if (json == nullptr || !json->is_array()) return result;
  for (int i = 0; i < N && static_cast<std::size_t>(i) < json->size(); ++i)
    result[i] = std::clamp(static_cast<float>(gltf_number(&(*json)[static_cast<std::size_t>(i)],
                                                          static_cast<double>(otherwise[i]))),
                           low, high);
  return result;
}

float factor(const Json* json, float otherwise) {
  return std::clamp(static_cast<float>(gltf_number(json, static_cast<double>(otherwise))), 0.0F, 1.0F);
}

Texture::Wrap wrap_of(const Json* sampler, const char* key) {
  switch (gltf_whole(gltf_member(sampler, key)).value_or(10497)) {
    case 33071:
      return Texture::Wrap::Clamp;
    case 33648:
      return Texture::Wrap::Mirror;
    default:
      return Texture::Wrap::Repeat;
  }
}

TexturePlacement placement_of(const Json* info) {
  constexpr float kFar = 1e4F;
  TexturePlacement result;
  result.set = gltf_whole(gltf_member(info, "texCoord")).value_or(0);
  const Json* transform = gltf_member(gltf_member(info, "extensions"), "KHR_texture_transform");
  if (!transform) return result;
  result.set = gltf_whole(gltf_member(transform, "texCoord")).value_or(result.set);
  result.offset = vector_of<2>(gltf_member(transform, "offset"), result.offset, -kFar, kFar);
  result.scale = vector_of<2>(gltf_member(transform, "scale"), result.scale, -kFar, kFar);
  result.rotation_rad =
      std::clamp(static_cast<float>(gltf_number(gltf_member(transform, "rotation"), 0)), -kFar, kFar);
  return result;
}

/// Specular and glossiness as metal and roughness: a strong specular colour over a dark diffuse one is a
/// metal's, anything else a dielectric's, whose specular colour hardly matters.
void read_specular_glossiness(const Json& json, Material& m) {
  const Eigen::Vector4f diffuse =
      vector_of<4>(gltf_member(&json, "diffuseFactor"), Eigen::Vector4f::Ones(), 0, 1);
  const Vec3f specular = vector_of<3>(gltf_member(&json, "specularFactor"), Vec3f(Vec3f::Ones()), 0, 1);
  m.base_color = diffuse.head<3>();
  m.opacity = diffuse.w();
  m.roughness = 1 - factor(gltf_member(&json, "glossinessFactor"), 1);
  m.metallic = 0;
  if (gltf_member(&json, "diffuseTexture") == nullptr && specular.maxCoeff() > 0.3F &&
      m.base_color.maxCoeff() < 0.2F) {
    m.base_color = specular;
    m.metallic = 1;
  }
}

bool has_alpha(const Texture* texture) {
  if (texture == nullptr) return false;
  for (std::size_t i = 3; i < texture->rgba.size(); i += 4)
    if (texture->rgba[i] != 255) return true;
  return false;
}

/// Whether a picture's alpha is hardly ever anything but all or nothing.
bool is_cut_out(const Texture* texture) {
  if (!has_alpha(texture)) return false;
  constexpr std::uint8_t kNothing = 16;
  constexpr std::uint8_t kAll = 239;
  std::size_t between = 0;
  for (std::size_t i = 3; i < texture->rgba.size(); i += 4)
    between += texture->rgba[i] > kNothing && texture->rgba[i] < kAll ? 1 : 0;
  return between * 10 < texture->rgba.size() / 4;
}

}  // namespace

std::shared_ptr<const Texture> GltfMaterials::opaque(const std::shared_ptr<const Texture>& texture) {
  auto& known = opaque_[texture.get()];
  if (!known) {
    auto copy = std::make_shared<Texture>(*texture);
    for (std::size_t i = 3; i < copy->rgba.size(); i += 4) copy->rgba[i] = 255;
    known = std::move(copy);
  }
  return known;
}

Result<std::shared_ptr<const Texture>> GltfMaterials::texture(const Json* info, GltfMaterial& material) {
  if (info == nullptr) return nullptr;
  const auto index = gltf_whole(gltf_member(info, "index"));
  if (!index) return source_.bad("a material names a texture without an index");
  const TexturePlacement placement = placement_of(info);
  if (!material.textured) {
    material.placement = placement;
    material.textured = true;
  } else if (placement != material.placement) {
    notes_.insert("textures of one material lie on different coordinates; all take those of the first");
  }
  if (const auto found = textures_.find(*index); found != textures_.end()) return found->second;
  METASPATIAL_TRY(const Json* json, source_.element("textures", *index));
  const auto image = gltf_whole(gltf_member(json, "source"));
  if (!image) {
    for (const char* name :
         {"KHR_texture_basisu", "EXT_texture_webp", "EXT_texture_avif", "MSFT_texture_dds"})
      if (gltf_member(gltf_member(json, "extensions"), name) != nullptr)
        return source_.bad("texture " + std::to_string(*index) + " needs the extension '" + name +
                           "', which is not read; save it with PNG or JPEG textures");
    textures_.emplace(*index, nullptr);  // a texture without a source is legal, and white
    return nullptr;
  }
  const Json* sampler = nullptr;
  if (const auto which = gltf_whole(gltf_member(json, "sampler"))) {
    METASPATIAL_TRY(sampler, source_.element("samplers", *which));
  }
  const Texture::Wrap wrap_u = wrap_of(sampler, "wrapS");
  const Texture::Wrap wrap_v = wrap_of(sampler, "wrapT");
  std::shared_ptr<const Texture> picture;
  if (const auto known = images_.find(*image); known != images_.end()) {
    picture = known->second;
    if (picture->wrap_u != wrap_u || picture->wrap_v != wrap_v) {
      const std::size_t pixels = picture->rgba.size() / 4;
      if (pixels > source_.limits().max_texture_pixels - pixels_)
        return source_.bad("has textures of more than " +
                           std::to_string(source_.limits().max_texture_pixels) + " pixels");
      pixels_ += pixels;
      auto copy = std::make_shared<Texture>(*picture);
      copy->wrap_u = wrap_u;
      copy->wrap_v = wrap_v;
      picture = std::move(copy);
    }
  } else {
    METASPATIAL_TRY(const std::string bytes, source_.image_bytes(*image));
    Result<Texture> read = read_texture(bytes, source_.limits().max_texture_pixels - pixels_,
                                        source_.limits().max_texture_side_px);
    if (!read) return source_.bad("image " + std::to_string(*image) + " " + read.error().message);
    read->wrap_u = wrap_u;
    read->wrap_v = wrap_v;
    pixels_ += read->rgba.size() / 4;
    picture = std::make_shared<const Texture>(*std::move(read));
    images_.emplace(*image, picture);
  }
  textures_.emplace(*index, picture);
  return picture;
}

Result<GltfMaterial> GltfMaterials::read(std::optional<std::size_t> index) {
  GltfMaterial result;
  Material& m = result.material;
  m.base_color = Vec3f::Ones();
  m.metallic = 1;
  m.roughness = 1;
  if (!index) {
    m.name = "default";
    m.metallic = 0;  // glTF says 1, and a black mirror is never meant
    return result;
  }
  METASPATIAL_TRY(const Json* json, source_.element("materials", *index));
  m.name = gltf_text(gltf_member(json, "name")).substr(0, 200);
  if (m.name.empty()) m.name = "material_" + std::to_string(*index);
  const Json* extensions = gltf_member(json, "extensions");
  const Json* glossy = gltf_member(extensions, "KHR_materials_pbrSpecularGlossiness");
  if (glossy != nullptr) {
    read_specular_glossiness(*glossy, m);
    METASPATIAL_TRY(m.base_color_texture, texture(gltf_member(glossy, "diffuseTexture"), result));
    notes_.insert("specular-glossiness materials are read as metal and roughness, approximately");
  } else {
    const Json* pbr = gltf_member(json, "pbrMetallicRoughness");
    const Eigen::Vector4f base =
        vector_of<4>(gltf_member(pbr, "baseColorFactor"), Eigen::Vector4f::Ones(), 0, 1);
    m.base_color = base.head<3>();
    m.opacity = base.w();
    m.metallic = factor(gltf_member(pbr, "metallicFactor"), 1);
    m.roughness = factor(gltf_member(pbr, "roughnessFactor"), 1);
    METASPATIAL_TRY(m.base_color_texture, texture(gltf_member(pbr, "baseColorTexture"), result));
    METASPATIAL_TRY(m.metallic_roughness_texture,
                    texture(gltf_member(pbr, "metallicRoughnessTexture"), result));
  }
  const Json* normal = gltf_member(json, "normalTexture");
  METASPATIAL_TRY(m.normal_texture, texture(normal, result));
  m.normal_scale =
      std::clamp(static_cast<float>(gltf_number(gltf_member(normal, "scale"), 1)), -10.0F, 10.0F);
  METASPATIAL_TRY(m.emission_texture, texture(gltf_member(json, "emissiveTexture"), result));
  constexpr double kBrightest = 1e4;
  const auto strength = static_cast<float>(std::clamp(
      gltf_number(gltf_member(gltf_member(extensions, "KHR_materials_emissive_strength"), "emissiveStrength"),
                  1),
      0.0, kBrightest));
  m.emission = strength * vector_of<3>(gltf_member(json, "emissiveFactor"), Vec3f(Vec3f::Zero()), 0, 1);
  const std::string alpha = gltf_text(gltf_member(json, "alphaMode"));
  if (alpha == "MASK") {
    m.opacity = 1;
    if (has_alpha(m.base_color_texture.get()))
      m.alpha_cutoff =
          std::clamp(static_cast<float>(gltf_number(gltf_member(json, "alphaCutoff"), 0.5)), 1e-3F, 1.0F);
  } else if (alpha == "BLEND") {
    // Leaves and lace are often said to blend where they only have holes.
    if (is_cut_out(m.base_color_texture.get()) && m.opacity > 0.9F) {
      m.opacity = 1;
      m.alpha_cutoff = 0.5F;
    } else if (has_alpha(m.base_color_texture.get())) {
      m.opacity = std::min(m.opacity, 0.99F);
    }
  } else {
    m.opacity = 1;
    if (has_alpha(m.base_color_texture.get())) m.base_color_texture = opaque(m.base_color_texture);
  }
  if (const Json* glass = gltf_member(extensions, "KHR_materials_transmission")) {
    const float through = factor(gltf_member(glass, "transmissionFactor"), 0);
    m.opacity = std::min(m.opacity, std::max(0.15F, 1 - through));
    notes_.insert("transmission is read as opacity");
  }
  if (const Json* sheen = gltf_member(extensions, "KHR_materials_sheen")) {
    // Velvet is a dark base under a bright sheen. From all sides together it gives back about a third of its
    // colour.
    constexpr float kSheenShare = 0.3F;
    const Vec3f color = vector_of<3>(gltf_member(sheen, "sheenColorFactor"), Vec3f(Vec3f::Zero()), 0, 1);
    if (color.maxCoeff() > 0) {
      m.base_color = (1 - kSheenShare * color.maxCoeff()) * m.base_color + kSheenShare * color;
      notes_.insert("sheen is read as part of the base colour");
    }
  }
  if (gltf_member(extensions, "KHR_materials_unlit") != nullptr) {
    m.metallic = 0;
    m.roughness = 1;
  }
  return result;
}

}  // namespace metaspatial::assets
