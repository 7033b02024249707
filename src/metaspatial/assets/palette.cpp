#include "metaspatial/assets/palette.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <string>

#include "metaspatial/base/rng.hpp"

namespace metaspatial::assets {
namespace {

enum class Class { Wood, Textile, Metal, Glass, Stone, Leather, Woven, Plain };

struct Known {
  std::string_view word;
  Class kind;
  std::array<std::uint32_t, 3> srgb;  ///< a few plausible tones
};

// Usual tones of materials, picked by eye under the renderer's light. First match wins: the particular before
// the general.
constexpr std::array kMaterials = std::to_array<Known>({
    {"walnut", Class::Wood, {0x6b4630, 0x5d3d2a, 0x74503a}},
    {"mahogany", Class::Wood, {0x6e3524, 0x62301f, 0x7a3b28}},
    {"cherry", Class::Wood, {0x8a4b2f, 0x7f4329, 0x955437}},
    {"ebony", Class::Wood, {0x2f2723, 0x352b26, 0x29221f}},
    {"teak", Class::Wood, {0x9a6a3e, 0x8d6038, 0xa57547}},
    {"pine", Class::Wood, {0xd8b078, 0xcfa66d, 0xdfba86}},
    {"birch", Class::Wood, {0xe2cba3, 0xdac198, 0xe8d3ae}},
    {"maple", Class::Wood, {0xdcb987, 0xd3ae7a, 0xe2c294}},
    {"ash", Class::Wood, {0xd6c19c, 0xcbb58f, 0xdecba9}},
    {"oak", Class::Wood, {0xc0955f, 0xb48a56, 0xcaa06c}},
    {"bamboo", Class::Wood, {0xd9bd7c, 0xcfb272, 0xe0c689}},
    {"cedar", Class::Wood, {0xa8663f, 0x9c5d39, 0xb27049}},
    {"reclaimed", Class::Wood, {0x8b6b4d, 0x7f6146, 0x967556}},
    {"wood", Class::Wood, {0xa87848, 0x9a6c40, 0xb58553}},
    {"velvet", Class::Textile, {0x2f5d54, 0x2c3e63, 0x7a2f3f}},
    {"leather", Class::Leather, {0x7a4a2c, 0x5a3826, 0x8f5a36}},
    {"suede", Class::Textile, {0x9a7b5e, 0x8a6d53, 0xa88a6d}},
    {"wool", Class::Textile, {0xb7a896, 0x8e8a86, 0xc8bba8}},
    {"linen", Class::Textile, {0xd6cbb8, 0xcabfab, 0xe0d7c6}},
    {"cotton", Class::Textile, {0xc9d0d4, 0xd9d2c6, 0xb7c3cb}},
    {"silk", Class::Textile, {0xc2a7b8, 0xb9a6cf, 0xd9c7a0}},
    {"jute", Class::Woven, {0xc3a26c, 0xb6965f, 0xcdae7b}},
    {"canvas", Class::Textile, {0xcfc3aa, 0xc3b69b, 0xd8cdb7}},
    {"fabric", Class::Textile, {0, 0, 0}},
    {"upholster", Class::Textile, {0, 0, 0}},
    {"cloth", Class::Textile, {0, 0, 0}},
    {"textile", Class::Textile, {0, 0, 0}},
    {"felt", Class::Textile, {0x2e7d4f, 0x3a6ea5, 0x7d7f86}},
    {"rattan", Class::Woven, {0xc29a62, 0xb48c55, 0xcda771}},
    {"wicker", Class::Woven, {0xb98f58, 0xab824d, 0xc69d67}},
    {"straw", Class::Woven, {0xd6b974, 0xc9ac68, 0xdfc484}},
    {"gold", Class::Metal, {0xd9a93f, 0xd1a038, 0xe0b24a}},
    {"brass", Class::Metal, {0xc79a4a, 0xbd9142, 0xd0a556}},
    {"copper", Class::Metal, {0xc0714a, 0xb56842, 0xca7c56}},
    {"bronze", Class::Metal, {0x8f6a3e, 0x856238, 0x997447}},
    {"chrome", Class::Metal, {0xc9ced3, 0xc1c6cb, 0xd0d5da}},
    {"stainless", Class::Metal, {0xb4b9be, 0xacb1b6, 0xbcc1c6}},
    {"alumin", Class::Metal, {0xb9bdc2, 0xb1b5ba, 0xc1c5ca}},
    {"steel", Class::Metal, {0x9aa1a8, 0x8f969d, 0xa5acb3}},
    {"iron", Class::Metal, {0x3d3f43, 0x35373b, 0x45474c}},
    {"metal", Class::Metal, {0x6f757c, 0x5d6268, 0x858b92}},
    {"glass", Class::Glass, {0xbfe0e6, 0xbfe0e6, 0xbfe0e6}},
    {"crystal", Class::Glass, {0xd6eaf2, 0xd6eaf2, 0xd6eaf2}},
    {"mirror", Class::Glass, {0xcfe3ea, 0xcfe3ea, 0xcfe3ea}},
    {"marble", Class::Stone, {0xe9e6e1, 0xdedad4, 0xf0eeea}},
    {"granite", Class::Stone, {0x6d6a68, 0x5f5d5c, 0x7b7876}},
    {"quartz", Class::Stone, {0xe3dfd8, 0xd8d3cb, 0xeae7e1}},
    {"concrete", Class::Stone, {0xa5a39f, 0x999793, 0xb0aeaa}},
    {"stone", Class::Stone, {0x9c948a, 0x8f877d, 0xa89f95}},
    {"brick", Class::Stone, {0x9c4f3a, 0x8f4733, 0xa85a45}},
    {"ceramic", Class::Plain, {0xf0ece5, 0x6f9aa8, 0xd9b38c}},
    {"porcelain", Class::Plain, {0xf4f2ee, 0xeeeae4, 0xf7f5f2}},
    {"terracotta", Class::Plain, {0xb5613e, 0xa95838, 0xc06d49}},
    {"clay", Class::Plain, {0xb0714f, 0xa46847, 0xbb7d5b}},
    {"plastic", Class::Plain, {0xe8e6e1, 0x4f8fb8, 0xe0a43a}},
    {"acrylic", Class::Plain, {0xe4edf0, 0xdbe6ea, 0xecf3f5}},
    {"lacquer", Class::Plain, {0x8c2b2b, 0x22262b, 0xf0ede8}},
    {"rubber", Class::Plain, {0x2b2d30, 0x34363a, 0x25272a}},
    {"foam", Class::Textile, {0x4f8fb8, 0x7ab0a0, 0xb87a8f}},
    {"vinyl", Class::Leather, {0xa33a3a, 0x2f5d7a, 0x333638}},
    {"paper", Class::Plain, {0xf3eddd, 0xece5d3, 0xf7f2e6}},
    {"cardboard", Class::Plain, {0xb98f60, 0xad8456, 0xc49b6d}},
});

struct Style {
  std::string_view word;
  std::uint32_t wood;
  std::array<std::uint32_t, 3> textile;
  std::uint32_t accent;
  std::uint32_t metal;
};

constexpr std::array kStyles = std::to_array<Style>({
    {"mid-century", 0x8f5c36, {0xc9822f, 0x4d7270, 0x9c5b3f}, 0xd9a441, 0xb98f4a},
    {"scandinavian", 0xd9bd92, {0xb9c0c4, 0xa8b5a2, 0xd8cfc2}, 0xe0b8a0, 0xc4c7ca},
    {"nordic", 0xd9bd92, {0xb9c0c4, 0xa8b5a2, 0xd8cfc2}, 0xe0b8a0, 0xc4c7ca},
    {"rustic", 0x8a5f3a, {0x9b7b5a, 0x7d6a55, 0xa65f44}, 0xb5482f, 0x4a453f},
    {"farmhouse", 0xb58d5f, {0xd9d0bf, 0x9fb0b5, 0xc4b7a0}, 0x7f9a8c, 0x3f4043},
    {"art deco", 0x4a3028, {0x1f5a57, 0x2b3a67, 0x7a2f4a}, 0xd1a63f, 0xd1a63f},
    {"industrial", 0x8a6546, {0x6b6f73, 0x7d5a41, 0x54585c}, 0xb5652f, 0x3a3c40},
    {"victorian", 0x5f3522, {0x7a2b35, 0x3f5a45, 0x5a3a66}, 0xc9a24a, 0xb98f4a},
    {"coastal", 0xd2bd9c, {0x8fb3c4, 0xe2ddd0, 0x5f8fa8}, 0x2f6f96, 0xc4c7ca},
    {"beach", 0xd2bd9c, {0x8fb3c4, 0xe2ddd0, 0x5f8fa8}, 0x2f6f96, 0xc4c7ca},
    {"traditional", 0x7a4a2c, {0x8c5a4a, 0x5d6f5a, 0xb09a78}, 0x8c3b3b, 0xb98f4a},
    {"classic", 0x7a4a2c, {0x8c5a4a, 0x5d6f5a, 0xb09a78}, 0x8c3b3b, 0xb98f4a},
    {"bohemian", 0xa06d3f, {0xb5613e, 0x2f7d7a, 0xc98a2f}, 0xa83f6b, 0xb98f4a},
    {"boho", 0xa06d3f, {0xb5613e, 0x2f7d7a, 0xc98a2f}, 0xa83f6b, 0xb98f4a},
    {"minimalist", 0xcdb592, {0xc9c7c3, 0xa9acae, 0xe3e0da}, 0x6f7a80, 0x4a4d50},
    {"japanese", 0xb89367, {0xd8cdb8, 0x7d8a6f, 0xa89a86}, 0x8c3b32, 0x3a3835},
    {"zen", 0xb89367, {0xd8cdb8, 0x7d8a6f, 0xa89a86}, 0x6f8a5a, 0x3a3835},
    {"contemporary", 0x9a7655, {0x8b9299, 0x5f7280, 0xb9aea0}, 0x2f7f8c, 0x55595e},
    {"modern", 0x9d7650, {0x8a9096, 0x4f6d86, 0xb3aa9d}, 0xd08a2f, 0x4f5358},
    {"luxur", 0x5a3826, {0xd8cdbb, 0x3f4a6b, 0x6b2f45}, 0xd1a63f, 0xd1a63f},
    {"elegant", 0x6b4630, {0xcfc3b4, 0x6f6078, 0x4f6070}, 0xc9a24a, 0xd1a63f},
    {"vintage", 0x8a5a36, {0x7d8f7a, 0xb5896a, 0x8f6f7a}, 0xc26a4a, 0xb08a4f},
    {"retro", 0x9c6237, {0x2f8f8c, 0xd97b2f, 0xc9a52f}, 0xd94f3f, 0xc4c7ca},
    {"tropical", 0xb0824f, {0x3f8f6b, 0xe0d2b0, 0x2f9aa0}, 0xe07a4f, 0xb98f4a},
    {"kid", 0xdcb987, {0x6fb3d9, 0xf0b84a, 0x8fcf8a}, 0xef7d7d, 0xe8e6e1},
    {"child", 0xdcb987, {0x6fb3d9, 0xf0b84a, 0x8fcf8a}, 0xef7d7d, 0xe8e6e1},
    {"playful", 0xdcb987, {0x6fb3d9, 0xf0b84a, 0x8fcf8a}, 0xef7d7d, 0xe8e6e1},
    {"gothic", 0x352722, {0x4a1f2b, 0x2f2b3a, 0x3a3a3f}, 0x8c1f2f, 0x2f3033},
    {"futur", 0xb9bdc2, {0x5a6fd9, 0xd9dde2, 0x3f444b}, 0x2fd0d9, 0xc9ced3},
    {"medieval", 0x5f4029, {0x7a2b2b, 0x3f4f3a, 0x8a6f4a}, 0xc9a24a, 0x3d3f43},
    {"cozy", 0x9a6a40, {0xb98a6a, 0x8f9a80, 0xc9b08a}, 0xc26a4a, 0x6b5a45},
});
constexpr Style kPlainStyle = {"", 0xa87848, {0x8f979c, 0x7d8f86, 0xb09f8a}, 0xc98a3a, 0x6f757c};

struct Color {
  std::string_view word;
  std::uint32_t srgb;
};
constexpr std::array kColors = std::to_array<Color>({
    {"navy", 0x27365c},     {"teal", 0x2a7f80},    {"turquoise", 0x3fb5b0}, {"emerald", 0x1f7a55},
    {"burgundy", 0x6e2335}, {"crimson", 0xa3263a}, {"mustard", 0xcf9a2b},   {"beige", 0xd6c7ab},
    {"cream", 0xeee4cf},    {"ivory", 0xf0eadb},   {"charcoal", 0x3c4046},  {"lavender", 0xb3a3d1},
    {"purple", 0x6b4a8f},   {"violet", 0x7a5aa8},  {"pink", 0xe3a3b3},      {"blush", 0xe3b8b0},
    {"orange", 0xdd7a2f},   {"yellow", 0xe5c13f},  {"olive", 0x73763f},     {"sage", 0x9aab8b},
    {"green", 0x4a8058},    {"blue", 0x3f6ea8},    {"maroon", 0x6b2430},    {"scarlet", 0xb52a2a},
    {"brown", 0x76502f},    {"black", 0x26282b},   {"white", 0xf1efea},     {"grey", 0x8f9499},
    {"gray", 0x8f9499},     {"silver", 0xb9bfc5},  {"tan", 0xc7a276},       {"coral", 0xe8785f},
});

std::string lower(std::string_view text) {
  std::string result(text.substr(0, 200));
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

/// Whether `word` starts a word of `text`: "ash" is in "ash wood" and not in "washed".
bool has_word(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1))
    if (at == 0 || !std::isalpha(static_cast<unsigned char>(text[at - 1]))) return true;
  return false;
}

const Known* find_material(std::string_view text) {
  for (const Known& known : kMaterials)
    if (has_word(text, known.word)) return &known;
  return nullptr;
}

std::optional<std::uint32_t> find_color(std::string_view text) {
  for (const Color& color : kColors)
    if (has_word(text, color.word)) {
      // "red" would also start "reddish" and "red oak": kept out of the table and tested last.
      return color.srgb;
    }
  if (has_word(text, "red")) return 0xb03a35;
  return std::nullopt;
}

Material wood_material(std::string_view name, std::uint32_t srgb) {
  Material material = colored(name, srgb, 0.55F);
  material.pattern = Pattern::Wood;
  return material;
}

Material textile_material(std::string_view name, std::uint32_t srgb) {
  Material material = colored(name, srgb, 0.95F);
  material.pattern = Pattern::Weave;
  return material;
}

}  // namespace

Material colored(std::string_view name, std::uint32_t srgb, float roughness, float metallic) {
  Material material;
  material.name = name;
  material.base_color = linear_from_srgb(srgb);
  material.roughness = roughness;
  material.metallic = metallic;
  return material;
}

Material glowing(std::string_view name, std::uint32_t srgb, float strength) {
  Material material = colored(name, srgb, 0.9F);
  material.emission = strength * material.base_color;
  return material;
}

Palette palette_of(const scene::SceneObject& object, std::string_view default_material) {
  const std::string material_text = lower(object.material);
  const std::string style_text = lower(object.style);
  // The same words give the same tone, so that six chairs of a set look alike; other kinds of the same
  // material may get a neighbouring tone.
  const std::string key = object.kind + '|' + style_text + '|' + material_text;
  const std::uint64_t hash = Rng{hash_bytes(key)}.next();
  const std::size_t tone = hash % 3;

  const Style* style = &kPlainStyle;
  for (const Style& candidate : kStyles)
    if (has_word(style_text, candidate.word)) {
      style = &candidate;
      break;
    }
  const Known* known = find_material(material_text);
  if (!known) known = find_material(default_material);
  std::optional<std::uint32_t> color = find_color(material_text);
  if (!color) color = find_color(style_text);

  Palette palette;
  const std::uint32_t style_textile = style->textile[(hash >> 8) % 3];
  palette.wood = wood_material("wood", style->wood);
  palette.textile = textile_material("textile", style_textile);
  palette.accent = textile_material("accent", style->accent);
  palette.linen = textile_material("linen", 0xf1ece2);
  const bool shiny = style->metal == 0xd1a63f || style->metal == 0xb98f4a || style->metal == 0xc4c7ca;
  palette.metal = colored("metal", style->metal, shiny ? 0.3F : 0.5F, 1);
  palette.black = colored("black", 0x1d1f22, 0.4F);
  palette.white = colored("white", 0xf3f2ee, 0.25F);
  palette.glass = colored("glass", 0xbfe0e6, 0.05F);
  palette.glass.opacity = 0.35F;

  if (known == nullptr) {
    palette.main = palette.wood;
    palette.main.name = "main";
    palette.main_is_wood = true;
  } else {
    const std::uint32_t srgb = known->srgb[tone];
    switch (known->kind) {
      case Class::Wood:
        // Plain "wood" takes the style's tone; a named wood is what it says.
        palette.main = wood_material("main", known->word == "wood" ? style->wood : srgb);
        if (color) palette.main.base_color = linear_from_srgb(*color);
        palette.wood = palette.main;
        palette.wood.name = "wood";
        palette.main_is_wood = true;
        break;
      case Class::Textile:
        palette.main = textile_material("main", color ? *color : (srgb ? srgb : style_textile));
        palette.textile = palette.main;
        palette.textile.name = "textile";
        palette.main_is_textile = true;
        break;
      case Class::Leather:
        palette.main = colored("main", color ? *color : srgb, 0.45F);
        palette.textile = palette.main;
        palette.textile.name = "textile";
        palette.main_is_textile = true;
        break;
      case Class::Metal:
        palette.main = colored("main", color ? *color : srgb, 0.35F, color ? 0.0F : 1.0F);
        palette.metal = palette.main;
        palette.metal.name = "metal";
        palette.main_is_metal = true;
        break;
      case Class::Glass:
        palette.main = colored("main", srgb, 0.05F);
        palette.main.opacity = 0.4F;
        palette.main_is_glass = true;
        break;
      case Class::Stone:
        palette.main = colored("main", color ? *color : srgb, 0.3F);
        palette.main.pattern = known->word == "brick" ? Pattern::Brick : Pattern::Marble;
        break;
      case Class::Woven:
        palette.main = textile_material("main", color ? *color : srgb);
        palette.main.roughness = 0.85F;
        palette.wood = palette.main;
        palette.wood.name = "wood";
        break;
      case Class::Plain:
        palette.main = colored("main", color ? *color : srgb, 0.35F);
        break;
    }
  }
  palette.dark_wood = palette.wood;
  palette.dark_wood.name = "dark wood";
  palette.dark_wood.base_color *= 0.45F;
  return palette;
}

}  // namespace metaspatial::assets
