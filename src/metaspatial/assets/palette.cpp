#include "metaspatial/assets/palette.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <string>
#include <vector>

#include "metaspatial/base/rng.hpp"

namespace metaspatial::assets {
namespace {

struct Known {
  std::string_view word;
  MaterialClass kind;
  float roughness;
  std::array<std::uint32_t, 3> srgb;  ///< a few plausible tones; 0: the style's
};

using enum MaterialClass;

// Usual tones and finishes of materials, picked by eye under the renderer's light. Of words at the same place
// of a text the first one of the table counts: the particular before the general.
constexpr std::array kMaterials = std::to_array<Known>({
    {"rosewood", Wood, 0.4F, {0x5e2f22, 0x54291e, 0x693628}},
    {"driftwood", Wood, 0.8F, {0xa89a86, 0x9c8f7c, 0xb3a592}},
    {"plywood", Wood, 0.6F, {0xd6b583, 0xcdaa77, 0xdec08f}},
    {"redwood", Wood, 0.55F, {0x8f4a30, 0x84432b, 0x9a5236}},
    {"walnut", Wood, 0.45F, {0x6b4630, 0x5d3d2a, 0x74503a}},
    {"mahogany", Wood, 0.35F, {0x6e3524, 0x62301f, 0x7a3b28}},
    {"cherry", Wood, 0.4F, {0x8a4b2f, 0x7f4329, 0x955437}},
    {"ebony", Wood, 0.35F, {0x2f2723, 0x352b26, 0x2b2420}},
    {"wenge", Wood, 0.45F, {0x3a2c25, 0x41322a, 0x342721}},
    {"teak", Wood, 0.5F, {0x9a6a3e, 0x8d6038, 0xa57547}},
    {"acacia", Wood, 0.5F, {0x8f5d38, 0x845431, 0x9a6740}},
    {"mango", Wood, 0.5F, {0xa0744a, 0x946a42, 0xab7e53}},
    {"sheesham", Wood, 0.45F, {0x75482d, 0x6a4028, 0x805033}},
    {"hickory", Wood, 0.5F, {0xb08254, 0xa4784b, 0xbc8d5e}},
    {"chestnut", Wood, 0.5F, {0x8f5f3b, 0x845634, 0x9a6843}},
    {"spruce", Wood, 0.6F, {0xdcbd8b, 0xd3b280, 0xe3c797}},
    {"pine", Wood, 0.55F, {0xd8b078, 0xcfa66d, 0xdfba86}},
    {"beech", Wood, 0.5F, {0xd4a878, 0xca9d6d, 0xdcb284}},
    {"birch", Wood, 0.5F, {0xe2cba3, 0xdac198, 0xe8d3ae}},
    {"maple", Wood, 0.45F, {0xdcb987, 0xd3ae7a, 0xe2c294}},
    {"larch", Wood, 0.6F, {0xc08a58, 0xb57f4e, 0xcb9562}},
    {"ash", Wood, 0.5F, {0xd6c19c, 0xcbb58f, 0xdecba9}},
    {"elm", Wood, 0.5F, {0xa97c50, 0x9d7147, 0xb4875a}},
    {"oak", Wood, 0.5F, {0xc0955f, 0xb48a56, 0xcaa06c}},
    {"bamboo", Wood, 0.5F, {0xd9bd7c, 0xcfb272, 0xe0c689}},
    {"cedar", Wood, 0.6F, {0xa8663f, 0x9c5d39, 0xb27049}},
    {"reclaimed", Wood, 0.75F, {0x8b6b4d, 0x7f6146, 0x967556}},
    {"cork", Wood, 0.9F, {0xb98c5c, 0xad8153, 0xc49767}},
    {"laminate", Wood, 0.4F, {0, 0, 0}},
    {"veneer", Wood, 0.4F, {0, 0, 0}},
    {"hardwood", Wood, 0.45F, {0, 0, 0}},
    {"wood", Wood, 0.5F, {0, 0, 0}},
    {"velvet", Textile, 0.9F, {0x2f5d54, 0x2c3e63, 0x7a2f3f}},
    {"leather", Leather, 0.45F, {0x7a4a2c, 0x5a3826, 0x8f5a36}},
    {"suede", Textile, 0.95F, {0x9a7b5e, 0x8a6d53, 0xa88a6d}},
    {"boucl", Textile, 0.95F, {0xe3dccf, 0xdbd3c5, 0xe8e2d7}},
    {"sheepskin", Textile, 0.95F, {0xe6dfd2, 0xddd5c6, 0xebe6dc}},
    {"faux fur", Textile, 0.95F, {0xd8cfc4, 0xcabfb2, 0xe2dad0}},
    {"tweed", Textile, 0.95F, {0x8a8473, 0x7d786a, 0x978f7e}},
    {"corduroy", Textile, 0.95F, {0x9a6f45, 0x6f7a55, 0xa88055}},
    {"denim", Textile, 0.95F, {0x4a6285, 0x425878, 0x546d92}},
    {"chenille", Textile, 0.95F, {0xb5a794, 0xa89986, 0xc0b3a2}},
    {"microfib", Textile, 0.9F, {0xa39b90, 0x96908a, 0xb0a79b}},
    {"satin", Textile, 0.45F, {0xc9b3bf, 0xbfb0cc, 0xdccdb0}},
    {"wool", Textile, 0.95F, {0xb7a896, 0x8e8a86, 0xc8bba8}},
    {"linen", Textile, 0.95F, {0xd6cbb8, 0xcabfab, 0xe0d7c6}},
    {"cotton", Textile, 0.95F, {0xc9d0d4, 0xd9d2c6, 0xb7c3cb}},
    {"silk", Textile, 0.45F, {0xc2a7b8, 0xb9a6cf, 0xd9c7a0}},
    {"jute", Woven, 0.9F, {0xc3a26c, 0xb6965f, 0xcdae7b}},
    {"sisal", Woven, 0.9F, {0xc7ae80, 0xbba273, 0xd1b98d}},
    {"seagrass", Woven, 0.9F, {0xb3a56f, 0xa79963, 0xbeb07c}},
    {"hemp", Woven, 0.9F, {0xbfae8a, 0xb3a27d, 0xc9b996}},
    {"burlap", Woven, 0.95F, {0xb5986a, 0xa98c5f, 0xc0a476}},
    {"canvas", Textile, 0.95F, {0xcfc3aa, 0xc3b69b, 0xd8cdb7}},
    {"felt", Textile, 0.95F, {0x2e7d4f, 0x3a6ea5, 0x7d7f86}},
    {"polyester", Textile, 0.9F, {0, 0, 0}},
    {"nylon", Textile, 0.8F, {0, 0, 0}},
    {"fabric", Textile, 0.95F, {0, 0, 0}},
    {"upholster", Textile, 0.95F, {0, 0, 0}},
    {"cloth", Textile, 0.95F, {0, 0, 0}},
    {"textile", Textile, 0.95F, {0, 0, 0}},
    {"plush", Textile, 0.95F, {0, 0, 0}},
    {"rattan", Woven, 0.8F, {0xc29a62, 0xb48c55, 0xcda771}},
    {"wicker", Woven, 0.8F, {0xb98f58, 0xab824d, 0xc69d67}},
    {"cane", Woven, 0.8F, {0xcfae78, 0xc3a26c, 0xd9b985}},
    {"straw", Woven, 0.9F, {0xd6b974, 0xc9ac68, 0xdfc484}},
    {"rope", Woven, 0.95F, {0xc9b58a, 0xbda97e, 0xd3c097}},
    {"gold", Metal, 0.25F, {0xd9a93f, 0xd1a038, 0xe0b24a}},
    {"gilt", Metal, 0.3F, {0xd9a93f, 0xd1a038, 0xe0b24a}},
    {"brass", Metal, 0.28F, {0xd0a556, 0xc79a4a, 0xd8ae62}},
    {"copper", Metal, 0.28F, {0xcf7d58, 0xc4734f, 0xd98863}},
    {"bronze", Metal, 0.4F, {0xa67c4a, 0x9a7042, 0xb08654}},
    {"chrome", Metal, 0.12F, {0xc9ced3, 0xc1c6cb, 0xd0d5da}},
    {"nickel", Metal, 0.25F, {0xb9b5ac, 0xb0aca3, 0xc2beb5}},
    {"pewter", Metal, 0.45F, {0xa5a6a4, 0x9b9c9a, 0xafb0ae}},
    {"silver", Metal, 0.2F, {0xc9cacb, 0xc0c2c4, 0xd1d2d3}},
    {"stainless", Metal, 0.3F, {0xb4b9be, 0xacb1b6, 0xbcc1c6}},
    {"galvani", Metal, 0.5F, {0xaeb3b6, 0xa5aaad, 0xb7bcbf}},
    {"zinc", Metal, 0.5F, {0xa8adb0, 0x9fa4a7, 0xb1b6b9}},
    {"alumin", Metal, 0.35F, {0xbcc0c4, 0xb4b8bc, 0xc4c8cc}},
    {"steel", Metal, 0.35F, {0x9fa5ab, 0x969ca2, 0xa8aeb4}},
    {"iron", Metal, 0.6F, {0x3d3f43, 0x35373b, 0x45474c}},
    {"metal", Metal, 0.45F, {0x6f757c, 0x5d6268, 0x858b92}},
    {"glass", Glass, 0.05F, {0xbfe0e6, 0xbfe0e6, 0xbfe0e6}},
    {"crystal", Glass, 0.03F, {0xd6eaf2, 0xd6eaf2, 0xd6eaf2}},
    {"mirror", Glass, 0.03F, {0xcfe3ea, 0xcfe3ea, 0xcfe3ea}},
    {"marble", Stone, 0.15F, {0xe3e0da, 0xdedad4, 0xe8e5df}},
    {"travertine", Stone, 0.45F, {0xd3c3a6, 0xc9b899, 0xdbccb1}},
    {"limestone", Stone, 0.6F, {0xcfc6b3, 0xc5bba7, 0xd7cfbd}},
    {"sandstone", Stone, 0.75F, {0xc9a878, 0xbe9d6d, 0xd3b385}},
    {"terrazzo", Stone, 0.25F, {0xd5cfc6, 0xcbc5bc, 0xddd8d0}},
    {"granite", Stone, 0.3F, {0x6d6a68, 0x5f5d5c, 0x7b7876}},
    {"quartz", Stone, 0.2F, {0xe0dcd5, 0xd8d3cb, 0xe6e2dc}},
    {"slate", Stone, 0.6F, {0x555b60, 0x4c5257, 0x5f656a}},
    {"onyx", Stone, 0.12F, {0x2f3033, 0x38393d, 0x2a2b2e}},
    {"concrete", Stone, 0.85F, {0xa5a39f, 0x999793, 0xb0aeaa}},
    {"cement", Stone, 0.85F, {0xa5a39f, 0x999793, 0xb0aeaa}},
    {"stone", Stone, 0.65F, {0x9c948a, 0x8f877d, 0xa89f95}},
    {"brick", Stone, 0.9F, {0x9c4f3a, 0x8f4733, 0xa85a45}},
    {"plaster", Plain, 0.9F, {0xe3ded3, 0xdad4c8, 0xe8e4da}},
    {"ceramic", Plain, 0.25F, {0xe8e4dd, 0x6f9aa8, 0xd9b38c}},
    {"porcelain", Plain, 0.15F, {0xebe9e5, 0xe6e2dc, 0xedebe7}},
    {"enamel", Plain, 0.2F, {0xe8e6e0, 0x3f6f8f, 0xb5423a}},
    {"terracotta", Plain, 0.8F, {0xb5613e, 0xa95838, 0xc06d49}},
    {"clay", Plain, 0.85F, {0xb0714f, 0xa46847, 0xbb7d5b}},
    {"plastic", Plain, 0.4F, {0xe4e2dd, 0x4f8fb8, 0xe0a43a}},
    {"fiberglass", Plain, 0.35F, {0xe4e2dd, 0xd8dadb, 0xe8e6e2}},
    {"melamine", Plain, 0.4F, {0xe4e2dd, 0xdcd9d2, 0xe8e6e2}},
    {"resin", Plain, 0.2F, {0xd9cdb8, 0x4f8f9a, 0xb5754a}},
    {"acrylic", Plain, 0.1F, {0xe4edf0, 0xdbe6ea, 0xe6ecee}},
    {"lacquer", Plain, 0.12F, {0x8c2b2b, 0x2a2d31, 0xe8e5e0}},
    {"rubber", Plain, 0.9F, {0x34363a, 0x3b3d41, 0x2f3135}},
    {"foam", Textile, 0.95F, {0x4f8fb8, 0x7ab0a0, 0xb87a8f}},
    {"vinyl", Leather, 0.4F, {0xa33a3a, 0x2f5d7a, 0x36393b}},
    {"paper", Plain, 0.95F, {0xe8e2d2, 0xe3dccb, 0xebe6da}},
    {"cardboard", Plain, 0.95F, {0xb98f60, 0xad8456, 0xc49b6d}},
});

struct Style {
  std::string_view word;
  std::uint32_t wood;
  std::array<std::uint32_t, 3> textile;
  std::uint32_t accent;
  std::uint32_t metal;
};

// Metals: brass b98f4a, gold d1a63f, chrome c4c7ca and dark paint, which is no bare metal.
constexpr std::array kStyles = std::to_array<Style>({
    {"mid century", 0x8f5c36, {0xc9822f, 0x4d7270, 0x9c5b3f}, 0xd9a441, 0xb98f4a},
    {"midcentury", 0x8f5c36, {0xc9822f, 0x4d7270, 0x9c5b3f}, 0xd9a441, 0xb98f4a},
    {"scandi", 0xd9bd92, {0xb9c0c4, 0xa8b5a2, 0xd8cfc2}, 0xe0b8a0, 0xc4c7ca},
    {"nordic", 0xd9bd92, {0xb9c0c4, 0xa8b5a2, 0xd8cfc2}, 0xe0b8a0, 0xc4c7ca},
    {"hygge", 0xd2b083, {0xd8cfc2, 0xb7a896, 0xa8b5a2}, 0xc98f6a, 0x6b5a45},
    {"japandi", 0xbf9a6c, {0xd5cab8, 0x9a9c8c, 0xb8a892}, 0x7d6a58, 0x3a3835},
    {"wabi", 0xa88660, {0xc4b8a4, 0x9c9484, 0xb0a08a}, 0x8a6a52, 0x4a443e},
    {"rustic", 0x8a5f3a, {0x9b7b5a, 0x7d6a55, 0xa65f44}, 0xb5482f, 0x4a453f},
    {"lodge", 0x855a36, {0x8c4a3a, 0x6f6a4f, 0x9b7b5a}, 0xb5482f, 0x4a453f},
    {"cabin", 0x9a6a40, {0x8c4a3a, 0x5f6f55, 0xb09878}, 0xb5482f, 0x4a453f},
    {"farmhouse", 0xb58d5f, {0xd9d0bf, 0x9fb0b5, 0xc4b7a0}, 0x7f9a8c, 0x3f4043},
    {"shabby", 0xe0d8ca, {0xe0c9c6, 0xcfd6cc, 0xe3ddd0}, 0xd3a0a0, 0xb9a98c},
    {"country", 0xb0855a, {0x9fae9a, 0xd6c6a8, 0xa8b4c4}, 0xb5604a, 0x4a453f},
    {"cottage", 0xcbb08a, {0xb9c6b0, 0xe0cfc4, 0xc0cbd4}, 0xc98a80, 0x8a8070},
    {"provenc", 0xcdb894, {0xc4b8d6, 0xd9cfae, 0xb5c0a5}, 0x8f7ab5, 0x6b6458},
    {"french", 0xcbb894, {0xd6cbb8, 0xb5bfc9, 0xe0d0cc}, 0xb98f6a, 0xb98f4a},
    {"art deco", 0x4a3028, {0x1f5a57, 0x2b3a67, 0x7a2f4a}, 0xd1a63f, 0xd1a63f},
    {"hollywood", 0x3f2a24, {0x2f6f6a, 0xb0446a, 0xd8cdbb}, 0xd1a63f, 0xd1a63f},
    {"glam", 0x54403a, {0xcfc3c8, 0x6f6078, 0xb8a8b8}, 0xd1a63f, 0xd1a63f},
    {"industrial", 0x8a6546, {0x6b6f73, 0x7d5a41, 0x54585c}, 0xb5652f, 0x3a3c40},
    {"steampunk", 0x5f4029, {0x6e3f2a, 0x4a3a30, 0x7a5a3a}, 0xb98f4a, 0xb98f4a},
    {"victorian", 0x5f3522, {0x7a2b35, 0x3f5a45, 0x5a3a66}, 0xc9a24a, 0xb98f4a},
    {"edwardian", 0x6b4229, {0x5f7a6a, 0x8c5a4a, 0xb5a888}, 0xc9a24a, 0xb98f4a},
    {"georgian", 0x6e3f28, {0x5f7380, 0x8c3f3a, 0xc4b48c}, 0xc9a24a, 0xb98f4a},
    {"baroque", 0x5a3522, {0x8c2b35, 0x2f4a3f, 0xb08a3f}, 0xd1a63f, 0xd1a63f},
    {"rococo", 0xd6c9b0, {0xc9d6d0, 0xe3c4c4, 0xd6cbb0}, 0xd1a63f, 0xd1a63f},
    {"renaissance", 0x65402a, {0x7a2b2b, 0x2f4a5a, 0x8a6a2f}, 0xc9a24a, 0xb98f4a},
    {"colonial", 0x754a2e, {0xcfc3a8, 0x5f6f80, 0x8c4a3a}, 0xb5803f, 0xb98f4a},
    {"craftsman", 0x8a5630, {0x6f7a4f, 0xa8743f, 0x7a4a35}, 0xb5803f, 0x8a6a3f},
    {"coastal", 0xd2bd9c, {0x8fb3c4, 0xe2ddd0, 0x5f8fa8}, 0x2f6f96, 0xc4c7ca},
    {"nautical", 0xc9ab7f, {0x2f4a73, 0xe2ddd0, 0x5f8fa8}, 0xb5362f, 0xb98f4a},
    {"beach", 0xd2bd9c, {0x8fb3c4, 0xe2ddd0, 0x5f8fa8}, 0x2f6f96, 0xc4c7ca},
    {"mediterran", 0xa6754a, {0x3f6f9a, 0xe3d6bb, 0xc98a4f}, 0xc96a3f, 0x4a453f},
    {"tuscan", 0x8a5a36, {0xc98a4f, 0x8a8a4f, 0xa8553a}, 0xb5482f, 0x4a453f},
    {"spanish", 0x75472a, {0xb5522f, 0xd6b878, 0x2f5f7a}, 0xd0923a, 0x3a3835},
    {"morocc", 0x8a5532, {0xb5433a, 0x2f6a8c, 0xc9822f}, 0x8a3f7a, 0xb98f4a},
    {"southwest", 0xa86f42, {0xb5613e, 0x3f8a86, 0xd0a868}, 0x8c2f2f, 0x4a453f},
    {"african", 0x6a4428, {0xb56a2f, 0x7a4a2a, 0xc9a24a}, 0x8c2f2f, 0x4a453f},
    {"indian", 0x754426, {0xb53a5a, 0xd9822f, 0x2f7a7a}, 0xd1a63f, 0xb98f4a},
    {"traditional", 0x7a4a2c, {0x8c5a4a, 0x5d6f5a, 0xb09a78}, 0x8c3b3b, 0xb98f4a},
    {"transitional", 0x8a6a4c, {0xa8a096, 0x8a93a0, 0xc4b8a6}, 0x6f7f8a, 0x8a8680},
    {"classic", 0x7a4a2c, {0x8c5a4a, 0x5d6f5a, 0xb09a78}, 0x8c3b3b, 0xb98f4a},
    {"bohemian", 0xa06d3f, {0xb5613e, 0x2f7d7a, 0xc98a2f}, 0xa83f6b, 0xb98f4a},
    {"boho", 0xa06d3f, {0xb5613e, 0x2f7d7a, 0xc98a2f}, 0xa83f6b, 0xb98f4a},
    {"eclectic", 0x9a6238, {0x3f7a8c, 0xc9642f, 0x7a4a7a}, 0xd9b03f, 0xb98f4a},
    {"minimal", 0xcdb592, {0xc9c7c3, 0xa9acae, 0xe3e0da}, 0x6f7a80, 0x4a4d50},
    {"japanese", 0xb89367, {0xd8cdb8, 0x7d8a6f, 0xa89a86}, 0x8c3b32, 0x3a3835},
    {"asian", 0x7a3f2a, {0x8c2f2f, 0xd6c79a, 0x3f5f4a}, 0xd1a63f, 0xb98f4a},
    {"chinese", 0x6a2f22, {0xa32f2f, 0xd6c79a, 0x2f5a4a}, 0xd1a63f, 0xb98f4a},
    {"oriental", 0x6a3524, {0xa32f2f, 0x2f4a6a, 0xd6c79a}, 0xd1a63f, 0xb98f4a},
    {"zen", 0xb89367, {0xd8cdb8, 0x7d8a6f, 0xa89a86}, 0x6f8a5a, 0x3a3835},
    {"spa", 0xbf9a6c, {0xdcd8cc, 0x9fb5a8, 0xc4d0cc}, 0x7aa396, 0xc4c7ca},
    {"bauhaus", 0xb98a58, {0x3a5fa0, 0xb5362f, 0xd9b03f}, 0xe0b52f, 0xc4c7ca},
    {"memphis", 0xd6b583, {0x3fb5b0, 0xe88aa0, 0xe5c13f}, 0x5a4fb0, 0xe0b52f},
    {"brutalis", 0x75624f, {0x7d7c78, 0x5f5e5b, 0x9a968f}, 0xb5652f, 0x3a3c40},
    {"contemporary", 0x9a7655, {0x8b9299, 0x5f7280, 0xb9aea0}, 0x2f7f8c, 0x55595e},
    {"modern", 0x9d7650, {0x8a9096, 0x4f6d86, 0xb3aa9d}, 0xd08a2f, 0x4f5358},
    {"urban", 0x7d5c42, {0x63676c, 0x3f4a55, 0x8f867a}, 0xb5652f, 0x3a3c40},
    {"luxur", 0x5a3826, {0xd8cdbb, 0x3f4a6b, 0x6b2f45}, 0xd1a63f, 0xd1a63f},
    {"elegant", 0x6b4630, {0xcfc3b4, 0x6f6078, 0x4f6070}, 0xc9a24a, 0xd1a63f},
    {"sophisticat", 0x5f4230, {0x54606b, 0xb9aea0, 0x4a4452}, 0xc9a24a, 0xb98f4a},
    {"romantic", 0xd6c3a8, {0xe0bfc0, 0xd9cfe0, 0xe6dccf}, 0xc97a8a, 0xb98f4a},
    {"vintage", 0x8a5a36, {0x7d8f7a, 0xb5896a, 0x8f6f7a}, 0xc26a4a, 0xb08a4f},
    {"antique", 0x6e452b, {0x7a5a4a, 0x6f7358, 0xa89070}, 0x8c4a3a, 0xb98f4a},
    {"retro", 0x9c6237, {0x2f8f8c, 0xd97b2f, 0xc9a52f}, 0xd94f3f, 0xc4c7ca},
    {"tropical", 0xb0824f, {0x3f8f6b, 0xe0d2b0, 0x2f9aa0}, 0xe07a4f, 0xb98f4a},
    {"jungle", 0x8f6a40, {0x3f7a4f, 0x6f8a4a, 0xcdbd94}, 0xd9a03f, 0x8a6a3f},
    {"kid", 0xdcb987, {0x6fb3d9, 0xf0b84a, 0x8fcf8a}, 0xef7d7d, 0xe8e6e1},
    {"child", 0xdcb987, {0x6fb3d9, 0xf0b84a, 0x8fcf8a}, 0xef7d7d, 0xe8e6e1},
    {"playful", 0xdcb987, {0x6fb3d9, 0xf0b84a, 0x8fcf8a}, 0xef7d7d, 0xe8e6e1},
    {"whimsical", 0xdfc69c, {0xb9a3d9, 0x8fcfc4, 0xf0c4cf}, 0xf0b84a, 0xe8e6e1},
    {"pastel", 0xe2cfae, {0xcfe0d6, 0xe8cfd3, 0xcfd8ea}, 0xf0d9a0, 0xe8e6e1},
    {"gothic", 0x352722, {0x4a1f2b, 0x2f2b3a, 0x3a3a3f}, 0x8c1f2f, 0x2f3033},
    {"futur", 0xb9bdc2, {0x5a6fd9, 0xd9dde2, 0x3f444b}, 0x2fd0d9, 0xc9ced3},
    {"cyber", 0x3f4249, {0x3f2f6b, 0x2f3a4f, 0x6b2f6b}, 0xe03fa8, 0x3a3c40},
    {"sci fi", 0xb9bdc2, {0x5a6fd9, 0xd9dde2, 0x3f444b}, 0x2fd0d9, 0xc9ced3},
    {"high tech", 0xa9adb2, {0x5f6f80, 0xd0d4d8, 0x3f444b}, 0x2fa8d9, 0xc9ced3},
    {"medieval", 0x5f4029, {0x7a2b2b, 0x3f4f3a, 0x8a6f4a}, 0xc9a24a, 0x3d3f43},
    {"clinical", 0xd9cdb8, {0x9fc4c9, 0xd6dfe0, 0x8fb0c4}, 0x4fa0a8, 0xc4c7ca},
    {"medical", 0xd9cdb8, {0x9fc4c9, 0xd6dfe0, 0x8fb0c4}, 0x4fa0a8, 0xc4c7ca},
    {"cozy", 0x9a6a40, {0xb98a6a, 0x8f9a80, 0xc9b08a}, 0xc26a4a, 0x6b5a45},
    {"cosy", 0x9a6a40, {0xb98a6a, 0x8f9a80, 0xc9b08a}, 0xc26a4a, 0x6b5a45},
    {"warm", 0xa06f44, {0xc08f6a, 0xb0a07a, 0xcdb48f}, 0xc26a4a, 0x6b5a45},
});
constexpr Style kPlainStyle = {"", 0xa87848, {0x8f979c, 0x7d8f86, 0xb09f8a}, 0xc98a3a, 0x6f757c};

struct Color {
  std::string_view word;
  std::uint32_t srgb;
};
constexpr std::array kColors = std::to_array<Color>({
    {"off white", 0xe8e3d8}, {"navy", 0x27365c},      {"teal", 0x2a7f80},     {"turquoise", 0x3fb5b0},
    {"aqua", 0x6fc4c9},      {"emerald", 0x1f7a55},   {"burgundy", 0x6e2335}, {"crimson", 0xa3263a},
    {"mustard", 0xcf9a2b},   {"ochre", 0xc08a3a},     {"beige", 0xd6c7ab},    {"cream", 0xe9dfca},
    {"ivory", 0xe9e3d5},     {"charcoal", 0x3c4046},  {"graphite", 0x484c52}, {"lavender", 0xb3a3d1},
    {"lilac", 0xc4b0d6},     {"mauve", 0xa88a9f},     {"plum", 0x5f3050},     {"purple", 0x6b4a8f},
    {"violet", 0x7a5aa8},    {"indigo", 0x3a3f7a},    {"magenta", 0xb53a80},  {"pink", 0xe3a3b3},
    {"blush", 0xe3b8b0},     {"peach", 0xebbf9c},     {"apricot", 0xe6ad7a},  {"salmon", 0xe59a80},
    {"rust", 0xa8522f},      {"orange", 0xdd7a2f},    {"yellow", 0xe5c13f},   {"lemon", 0xe8d860},
    {"olive", 0x73763f},     {"sage", 0x9aab8b},      {"mint", 0xa9d6bf},     {"lime", 0xa3c94a},
    {"forest", 0x2f5a40},    {"moss", 0x6f7a45},      {"hunter", 0x355a42},   {"green", 0x4a8058},
    {"cobalt", 0x2a4fa0},    {"azure", 0x4f90d0},     {"sky", 0x9cc6e0},      {"blue", 0x3f6ea8},
    {"maroon", 0x6b2430},    {"wine", 0x6b2438},      {"scarlet", 0xb52a2a},  {"ruby", 0x94243a},
    {"espresso", 0x3f2b22},  {"chocolate", 0x54382a}, {"caramel", 0xb07a45},  {"camel", 0xbf9562},
    {"cognac", 0x98562e},    {"honey", 0xcf9a4f},     {"taupe", 0x9c8e80},    {"sand", 0xd6c09a},
    {"khaki", 0xb3a678},     {"champagne", 0xe0cfae}, {"brown", 0x76502f},    {"black", 0x2a2c2f},
    {"white", 0xeae8e3},     {"grey", 0x8f9499},      {"gray", 0x8f9499},     {"tan", 0xc7a276},
    {"coral", 0xe8785f},     {"red", 0xb03a35},
});

/// Lower case, words parted by single marks; no more of a hostile text than its beginning.
std::string plain(std::string_view text) {
  std::string result(text.substr(0, 400));
  for (char& c : result) {
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (c == '-' || c == '_') c = ' ';
  }
  return result;
}

bool is_letter(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0;
}

/// Whether the word at `at` is `word`, maybe longer: "wooden" is wood, but "tanned" is not tan, nor
/// "furniture" fur.
bool is_word(std::string_view text, std::size_t at, std::string_view word) {
  if (!text.substr(at).starts_with(word)) return false;
  if (word.size() > 4) return true;
  std::size_t end = at + word.size();
  while (end < text.size() && is_letter(text[end])) ++end;
  const std::string_view rest = text.substr(at + word.size(), end - at - word.size());
  for (const std::string_view ending : {"", "s", "en", "y", "ed", "len", "ren", "ish"})
    if (rest == ending) return true;
  return false;
}

template <typename Table>
auto entry_at(const Table& table, std::string_view text, std::size_t at) -> decltype(&table[0]) {
  for (const auto& entry : table)
    if (is_word(text, at, entry.word)) return &entry;
  return nullptr;
}

bool starts_word(std::string_view text, std::size_t at) {
  return is_letter(text[at]) && (at == 0 || !is_letter(text[at - 1]));
}

/// How a text wants a colour changed: "dark oak", "pale blue".
struct Shade {
  float darker = 1;
  float whiter = 0;

  [[nodiscard]] Vec3f of(const Vec3f& color) const {
    const Vec3f dark = darker * color;
    return dark + whiter * (Vec3f(0.8F, 0.79F, 0.76F) - dark);
  }
  [[nodiscard]] bool none() const { return darker == 1 && whiter == 0; }
};

bool read_shade(std::string_view text, std::size_t at, Shade& shade) {
  for (const std::string_view word : {"dark", "deep", "smoked", "stained"})
    if (is_word(text, at, word)) {
      shade = {word == "stained" ? 0.75F : 0.5F, 0};
      return true;
    }
  for (const std::string_view word : {"light", "pale", "soft", "bleached", "whitewash", "washed", "pastel"})
    if (is_word(text, at, word)) {
      shade = {1, word == "light" || word == "soft" ? 0.3F : 0.5F};
      return true;
    }
  return false;
}

/// A material in a text, with the colour that is said of it.
struct Mention {
  const Known* known = nullptr;
  std::optional<Vec3f> color;
  Shade shade;
};

struct Reading {
  std::vector<Mention> materials;
  std::optional<Vec3f> color;  ///< of a text that names no material
};

Reading read(std::string_view text) {
  Reading reading;
  const Color* color = nullptr;
  Shade shade;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!starts_word(text, at)) continue;
    if (const Known* known = entry_at(kMaterials, text, at)) {
      // "Oak wood" is oak, and so is "wood (oak)".
      Mention* same = nullptr;
      for (Mention& other : reading.materials)
        if (other.known->kind == known->kind) same = &other;
      if (same == nullptr) same = &reading.materials.emplace_back();
      if (same->known == nullptr || same->known->srgb[0] == 0) same->known = known;
      if (color != nullptr) same->color = shade.of(linear_from_srgb(color->srgb));
      if (!shade.none()) same->shade = shade;
      color = nullptr;
      shade = {};
    } else if (const Color* named = entry_at(kColors, text, at)) {
      color = named;
    } else {
      read_shade(text, at, shade);
    }
  }
  if (color != nullptr) {
    // "Oak, painted white": what is said last is said of the last.
    if (!reading.materials.empty())
      reading.materials.back().color = shade.of(linear_from_srgb(color->srgb));
    else
      reading.color = shade.of(linear_from_srgb(color->srgb));
  }
  return reading;
}

Vec3f tone_of(const Mention& mention, std::size_t tone, std::uint32_t style_srgb) {
  const std::uint32_t srgb = mention.known->srgb[tone];
  const Vec3f natural = mention.shade.of(linear_from_srgb(srgb ? srgb : style_srgb));
  if (!mention.color) return natural;
  // "White oak" is a pale oak, "white wood" is painted.
  if (mention.known->kind == Wood && srgb != 0) return 0.7F * natural + 0.3F * *mention.color;
  return *mention.color;
}

Material with_color(std::string_view name, const Vec3f& color, float roughness, Pattern pattern) {
  Material material = colored(name, 0, roughness);
  material.base_color = plausible(color);
  material.pattern = pattern;
  return material;
}

/// What is darker than any bare metal is painted.
Material metal_material(std::string_view name, const Vec3f& color, float roughness) {
  Material material = with_color(name, color, roughness, Pattern::None);
  if (luminance(color) > 0.2F)
    material.metallic = 1;
  else
    material.roughness = std::max(0.45F, roughness);
  return material;
}

Material make(std::string_view name, const Mention& mention, std::size_t tone, std::uint32_t wood_srgb,
              std::uint32_t textile_srgb) {
  const Known& known = *mention.known;
  switch (known.kind) {
    case Wood:
      return with_color(name, tone_of(mention, tone, wood_srgb), known.roughness, Pattern::Wood);
    case Textile:
    case Woven:
      return with_color(name, tone_of(mention, tone, textile_srgb), known.roughness, Pattern::Weave);
    case Metal: {
      if (!mention.color) return metal_material(name, tone_of(mention, tone, 0), known.roughness);
      return with_color(name, *mention.color, std::max(0.4F, known.roughness), Pattern::None);
    }
    case Glass: {
      Material glass = with_color(name, tone_of(mention, tone, 0), known.roughness, Pattern::None);
      glass.opacity = 0.4F;
      return glass;
    }
    case Stone: {
      const bool veined = known.word == "marble" || known.word == "granite" || known.word == "onyx" ||
                          known.word == "quartz" || known.word == "travertine" || known.word == "stone" ||
                          known.word == "terrazzo";
      return with_color(name, tone_of(mention, tone, 0), known.roughness,
                        known.word == "brick" ? Pattern::Brick : (veined ? Pattern::Marble : Pattern::None));
    }
    case Leather:
    case Plain:
      break;
  }
  return with_color(name, tone_of(mention, tone, 0), known.roughness, Pattern::None);
}

bool upholstery(MaterialClass kind) {
  return kind == Textile || kind == Leather;
}

}  // namespace

Vec3f plausible(const Vec3f& color) {
  constexpr float kLightest = 0.85F;  // fresh white paint; whiter walls would light a room for ever
  constexpr float kDarkest = 0.012F;  // soot
  const float most = color.maxCoeff();
  const Vec3f kept = most > kLightest ? Vec3f(color * (kLightest / most)) : color;
  return kept.cwiseMax(kDarkest);
}

Material colored(std::string_view name, std::uint32_t srgb, float roughness, float metallic) {
  Material material;
  material.name = name;
  material.base_color = plausible(linear_from_srgb(srgb));
  material.roughness = roughness;
  material.metallic = metallic;
  return material;
}

Material glowing(std::string_view name, std::uint32_t srgb, float strength) {
  Material material = colored(name, srgb, 0.9F);
  material.emission = strength * linear_from_srgb(srgb);
  return material;
}

std::optional<Vec3f> color_in(std::string_view text) {
  const std::string words = plain(text);
  Shade shade;
  for (std::size_t at = 0; at < words.size(); ++at) {
    if (!starts_word(words, at)) continue;
    if (const Color* named = entry_at(kColors, words, at)) return shade.of(linear_from_srgb(named->srgb));
    read_shade(words, at, shade);
  }
  return std::nullopt;
}

std::optional<NamedMaterial> material_in(std::string_view text) {
  const Reading reading = read(plain(text));
  if (reading.materials.empty()) return std::nullopt;
  const Mention& mention = reading.materials.front();
  constexpr std::uint32_t kTimber = 0xb08a5c;
  constexpr std::uint32_t kCloth = 0xb9b2a6;
  return NamedMaterial{make(mention.known->word, mention, 0, kTimber, kCloth), mention.known->kind,
                       mention.known->word, mention.color.has_value()};
}

Palette palette_of(const scene::SceneObject& object, std::string_view default_material) {
  const std::string material_text = plain(object.material);
  const std::string style_text = plain(object.style);
  // The same words give the same tone, so that six chairs of a set look alike; other kinds of the same
  // material may get a neighbouring tone.
  const std::string key = object.kind + '|' + style_text + '|' + material_text;
  const std::uint64_t hash = Rng{hash_bytes(key)}.next();
  const std::size_t tone = hash % 3;

  const Style* style = nullptr;
  for (std::size_t at = 0; at < style_text.size() && style == nullptr; ++at)
    if (starts_word(style_text, at)) style = entry_at(kStyles, style_text, at);
  // "Warm modern" and "cozy farmhouse": what names an epoch or a region says more than a mood.
  for (std::size_t at = 0; at < style_text.size(); ++at)
    if (starts_word(style_text, at))
      if (const Style* other = entry_at(kStyles, style_text, at);
          other != nullptr && (style->word == "warm" || style->word == "cozy" || style->word == "cosy" ||
                               style->word == "modern" || style->word == "contemporary"))
        style = other;
  if (style == nullptr) style = &kPlainStyle;

  const Reading usual = read(plain(default_material));
  Reading said = read(material_text);
  const std::optional<Vec3f> color = said.color ? said.color : color_in(style_text);
  const std::optional<MaterialClass> usual_kind =
      usual.materials.empty() ? std::nullopt : std::optional(usual.materials.front().known->kind);
  if (said.materials.empty()) said.materials = usual.materials;
  // What a kind is usually made of it is made of, if that is said; the others are its parts.
  const Mention* main = said.materials.empty() ? nullptr : said.materials.data();
  for (const Mention& mention : said.materials)
    if (mention.known->kind == Glass && main != nullptr && main->known->kind == Metal) main = &mention;
  for (const Mention& mention : said.materials) {
    const MaterialClass kind = mention.known->kind;
    if (usual_kind && (kind == *usual_kind || (upholstery(kind) && upholstery(*usual_kind)))) {
      main = &mention;
      break;
    }
  }

  Palette palette;
  const std::uint32_t style_textile = style->textile[(hash >> 8) % 3];
  const auto made = [&](std::string_view name, const Mention& mention) {
    return make(name, mention, tone, style->wood, style_textile);
  };
  palette.wood = with_color("wood", linear_from_srgb(style->wood), 0.5F, Pattern::Wood);
  palette.textile = with_color("textile", linear_from_srgb(style_textile), 0.95F, Pattern::Weave);
  palette.accent = with_color("accent", linear_from_srgb(style->accent), 0.95F, Pattern::Weave);
  palette.linen = with_color("linen", linear_from_srgb(0xe9e4da), 0.95F, Pattern::Weave);
  palette.metal = metal_material("metal", linear_from_srgb(style->metal), 0.3F);
  palette.black = colored("black", 0x26282b, 0.4F);
  palette.white = colored("white", 0xebeae6, 0.25F);
  palette.glass = colored("glass", 0xbfe0e6, 0.05F);
  palette.glass.opacity = 0.35F;

  for (const Mention& mention : said.materials) {
    if (&mention == main) continue;
    if (mention.known->kind == Wood) palette.wood = made("wood", mention);
    if (upholstery(mention.known->kind)) palette.textile = made("textile", mention);
    if (mention.known->kind == Metal) {
      palette.metal = made("metal", mention);
      palette.metal_is_named = true;
    }
  }
  if (main == nullptr) {
    palette.main = palette.wood;
    palette.main.name = "main";
    if (color) palette.main.base_color = plausible(*color);
    palette.main_is_wood = true;
  } else {
    Mention chosen = *main;
    // A colour alone is that of what the kind is usually made of.
    if (color && !chosen.color) chosen.color = color;
    palette.main = made("main", chosen);
    palette.main_is_named =
        chosen.color.has_value() || (chosen.known->srgb[0] != 0 && chosen.known->word != "metal");
    switch (chosen.known->kind) {
      case Wood:
        palette.wood = palette.main;
        palette.wood.name = "wood";
        palette.main_is_wood = true;
        break;
      case Textile:
      case Leather:
        palette.textile = palette.main;
        palette.textile.name = "textile";
        palette.main_is_textile = true;
        break;
      case Metal:
        palette.metal = palette.main;
        palette.metal.name = "metal";
        palette.main_is_metal = true;
        break;
      case Glass:
        palette.main_is_glass = true;
        break;
      case Woven:
        palette.wood = palette.main;
        palette.wood.name = "wood";
        break;
      case Stone:
      case Plain:
        break;
    }
  }
  palette.dark_wood = palette.wood;
  palette.dark_wood.name = "dark wood";
  palette.dark_wood.base_color = plausible(0.45F * palette.wood.base_color);
  return palette;
}

}  // namespace metaspatial::assets
