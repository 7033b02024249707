#include "metaspatial/vlm/kernels.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// Vectors wider than the baseline's registers never cross a call that is not inlined.
#pragma GCC diagnostic ignored "-Wpsabi"

namespace metaspatial::vlm::kernels {

namespace baseline {
constexpr const char* kName = "baseline";
constexpr int kVectorBytes = 16;
constexpr int kMicroRows = 1;
#include "metaspatial/vlm/kernels_body.inc"
}  // namespace baseline

#if defined(__x86_64__)
#pragma GCC push_options
#pragma GCC target("avx2,fma")
namespace avx2 {
constexpr const char* kName = "avx2";
constexpr int kVectorBytes = 32;
constexpr int kMicroRows = 3;
#include "metaspatial/vlm/kernels_body.inc"
}  // namespace avx2
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")
namespace avx512 {
constexpr const char* kName = "avx512";
constexpr int kVectorBytes = 64;
constexpr int kMicroRows = 12;
#include "metaspatial/vlm/kernels_body.inc"
}  // namespace avx512
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq,avx512bw,avx512vl,avx512bf16,avx2,fma")
#define METASPATIAL_PAIRS
namespace avx512_bf16 {
constexpr const char* kName = "avx512_bf16";
constexpr int kVectorBytes = 64;
constexpr int kMicroRows = 12;
#include "metaspatial/vlm/kernels_body.inc"
}  // namespace avx512_bf16
#undef METASPATIAL_PAIRS
#pragma GCC pop_options
#endif

const Table& baseline_table() {
  return baseline::kTable;
}

std::vector<const Table*> supported_tables() {
  std::vector<const Table*> out{&baseline::kTable};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) out.push_back(&avx2::kTable);
  const bool wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                    __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
  if (wide) out.push_back(&avx512::kTable);
  if (wide && __builtin_cpu_supports("avx512bf16")) out.push_back(&avx512_bf16::kTable);
#endif
  return out;
}

const Table& table() {
  static const Table& chosen = *supported_tables().back();
  return chosen;
}

}  // namespace metaspatial::vlm::kernels
