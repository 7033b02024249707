// YAML configs: any text is a config or an error in one line.
//
// Input    the file.

#include <string>

#include "bytes.hpp"
#include "metaspatial/app/yaml_config.hpp"
#include "metaspatial/base/config.hpp"
#include "metaspatial/base/error.hpp"
#include "metaspatial/base/json.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace metaspatial;
  const Result<Json> config = app::parse_config(std::string(fuzz::text_of(data, size)), "file");
  if (!config) {
    METASPATIAL_CHECK(!config.error().message.empty(), "an error has words");
    return 0;
  }
  METASPATIAL_CHECK(config->is_object() && json_depth(dump_json(*config)) <= 34,
                    "keys and values, not too deep");
  double rate = 0.5;
  int steps = 1;
  ConfigReader reader(*config, "file");
  reader.read("optim.lr", rate, 0, 1);
  reader.read("trainer.steps", steps, 1, 100);
  METASPATIAL_CHECK(rate >= 0 && rate <= 1 && steps >= 1 && steps <= 100, "numbers within their range");
  return 0;
}
