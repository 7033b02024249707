// Collectives among real processes: this program starts itself again, with the scenario in the environment,
// as fork() alone is not safe behind libtorch's threads.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <csignal>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <sys/wait.h>

#include "metaspatial/rl/adamw.hpp"
#include "metaspatial/rl/data_parallel.hpp"
#include "metaspatial/rl/process_group.hpp"
#include "metaspatial/rl/started_processes.hpp"

namespace metaspatial::rl {
namespace {

using std::chrono::milliseconds;

ProcessPlace place_of(const std::map<std::string, std::string>& variables) {
  const auto place = process_place([&](const char* name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  });
  EXPECT_TRUE(place) << to_string(place.error());
  return place.value_or(ProcessPlace{});
}

TEST(ProcessPlace, IsWhatTorchrunAndMpirunSay) {
  EXPECT_EQ(place_of({}).size, 1);
  const ProcessPlace torchrun = place_of({{"RANK", "3"},
                                          {"WORLD_SIZE", "4"},
                                          {"LOCAL_RANK", "1"},
                                          {"MASTER_ADDR", "10.0.0.7"},
                                          {"MASTER_PORT", "1234"}});
  EXPECT_EQ(torchrun.rank, 3);
  EXPECT_EQ(torchrun.size, 4);
  EXPECT_EQ(torchrun.local_rank, 1);
  EXPECT_EQ(torchrun.master_address, "10.0.0.7");
  EXPECT_EQ(torchrun.master_port, 1234);
  EXPECT_EQ(place_of({{"RANK", "0"},
                      {"WORLD_SIZE", "2"},
                      {"MASTER_PORT", "1234"},
                      {"TORCHELASTIC_USE_AGENT_STORE", "True"}})
                .master_port,
            1235);
  const ProcessPlace open_mpi = place_of({{"OMPI_COMM_WORLD_RANK", "1"},
                                          {"OMPI_COMM_WORLD_SIZE", "2"},
                                          {"OMPI_COMM_WORLD_LOCAL_RANK", "0"},
                                          {"MASTER_ADDR", "host"}});
  EXPECT_EQ(open_mpi.rank, 1);
  EXPECT_EQ(open_mpi.size, 2);
  EXPECT_EQ(open_mpi.local_rank, 0);
  EXPECT_EQ(open_mpi.master_port, 29500);
  EXPECT_EQ(place_of({{"PMI_RANK", "2"}, {"PMI_SIZE", "3"}}).rank, 2);
}

TEST(ProcessPlace, NamesTheVariableThatIsWrong) {
  using Variables = std::map<std::string, std::string>;
  for (const auto& [variables, name] :
       std::vector<std::pair<Variables, std::string>>{{{{"RANK", "0"}}, "WORLD_SIZE"},
                                                      {{{"WORLD_SIZE", "2"}}, "RANK"},
                                                      {{{"RANK", "2"}, {"WORLD_SIZE", "2"}}, "RANK"},
                                                      {{{"RANK", "x"}, {"WORLD_SIZE", "2"}}, "RANK"},
                                                      {{{"RANK", "0"}, {"WORLD_SIZE", "0"}}, "WORLD_SIZE"},
                                                      {{{"MASTER_PORT", "99999"}}, "MASTER_PORT"},
                                                      {{{"OMPI_COMM_WORLD_RANK", "0"},
                                                        {"OMPI_COMM_WORLD_SIZE", "4"},
                                                        {"OMPI_COMM_WORLD_LOCAL_SIZE", "2"}},
                                                       "MASTER_ADDR"}}) {
    const auto place = process_place([&](const char* key) -> std::optional<std::string> {
      const auto found = variables.find(key);
      return found == variables.end() ? std::nullopt : std::optional(found->second);
    });
    ASSERT_FALSE(place) << name;
    EXPECT_EQ(place.error().code, ErrorCode::Usage);
    EXPECT_NE(to_string(place.error()).find(name), std::string::npos) << to_string(place.error());
  }
}

TEST(ProcessGroup, AloneGivesBackItsOwn) {
  ProcessGroup group;
  const at::Tensor x = at::arange(4, at::kFloat);
  EXPECT_EQ(group.all_gather("a", "x")->front(), "a");
  EXPECT_TRUE(group.reduce_scatter_sum(x, "x")->equal(x));
  EXPECT_TRUE(group.gather(x, "x")->equal(x));
  EXPECT_TRUE(group.all_reduce_sum({&x, 1}, "x"));
  EXPECT_TRUE(group.agree({}, "x"));
  EXPECT_FALSE(group.agree(invalid("no"), "x"));
}

// What a started process does, by name. Its checks are EXPECTs, its exit code says whether they held.

ProcessGroup open_group(milliseconds timeout = milliseconds(30000)) {
  const auto place = process_place();
  EXPECT_TRUE(place);
  auto group = ProcessGroup::open(*place, timeout);
  if (!group) {
    ADD_FAILURE() << to_string(group.error());
    return {};
  }
  return *std::move(group);
}

void collectives(ProcessGroup& group) {
  const int rank = group.rank(), size = group.size();
  const auto mine = static_cast<double>(rank + 1);
  const auto texts = group.all_gather(std::string(static_cast<std::size_t>(3 * rank), 'x') + '\0', "texts");
  ASSERT_TRUE(texts);
  for (int r = 0; r < size; ++r)
    EXPECT_EQ((*texts)[static_cast<std::size_t>(r)].size(), static_cast<std::size_t>(3 * r + 1));
  // 1 + 2 + ... + size
  const double sum = size * (size + 1) / 2.0;
  const std::vector<at::Tensor> tensors{at::full({2, 3}, mine, at::kFloat), at::full({1}, mine, at::kDouble)};
  ASSERT_TRUE(group.all_reduce_sum(tensors, "numbers"));
  for (const at::Tensor& tensor : tensors) EXPECT_TRUE(tensor.eq(sum).all().item<bool>()) << tensor;
  const at::Tensor word = at::full({5}, mine, at::kFloat);
  ASSERT_TRUE(group.broadcast(word, "a word"));
  EXPECT_TRUE(word.eq(1.0).all().item<bool>());
  // Part r of process p is 10 p + r: process r gets the sum over p.
  at::Tensor flat = at::empty({2 * size}, at::kFloat);
  for (int r = 0; r < size; ++r) flat.narrow(0, 2 * r, 2).fill_(10.0 * rank + r);
  const auto part = group.reduce_scatter_sum(flat, "gradients");
  ASSERT_TRUE(part);
  EXPECT_EQ(part->numel(), 2);
  EXPECT_TRUE(part->eq(10.0 * size * (size - 1) / 2 + size * rank).all().item<bool>()) << *part;
  const at::Tensor all = at::empty({2 * size}, at::kFloat);
  ASSERT_TRUE(group.all_gather_into(all, at::full({2}, mine, at::kFloat), "weights"));
  const auto gathered = group.gather(at::full({2}, mine, at::kFloat), "moments");
  ASSERT_TRUE(gathered);
  EXPECT_EQ(gathered->defined(), rank == 0);
  for (int r = 0; r < size; ++r) {
    EXPECT_EQ(all[2 * r].item<float>(), static_cast<float>(r + 1));
    if (rank == 0) {
      EXPECT_EQ((*gathered)[2 * r + 1].item<float>(), static_cast<float>(r + 1));
    }
  }
  EXPECT_TRUE(group.barrier("the end"));
  EXPECT_TRUE(group.agree({}, "whether all is well"));
  const Result<void> agreed = group.agree(
      rank == size - 1 ? Result<void>(fail(ErrorCode::Io, "disk full", "/x")) : Result<void>(), "it");
  ASSERT_FALSE(agreed);
  EXPECT_EQ(agreed.error().code, ErrorCode::Io);
  EXPECT_EQ(agreed.error().where, "/x");
  EXPECT_NE(agreed.error().message.find("disk full"), std::string::npos);
  EXPECT_EQ(agreed.error().message.find(fmt::format("process {}", size - 1)) != std::string::npos,
            rank != size - 1);
}

/// The last process is killed, or sleeps on, where the others wait for it.
void lost_process(bool asleep) {
  ProcessGroup group = open_group(milliseconds(asleep ? 5000 : 60000));
  const at::Tensor x = at::ones({4}, at::kFloat);
  ASSERT_TRUE(group.all_reduce_sum({&x, 1}, "the first numbers"));
  if (group.rank() == group.size() - 1) {
    if (!asleep) ::raise(SIGKILL);
    std::this_thread::sleep_for(std::chrono::seconds(7));
    return;
  }
  const auto begin = std::chrono::steady_clock::now();
  const auto lost = group.all_reduce_sum({&x, 1}, "the gradients of step 7");
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, ErrorCode::Network);
  EXPECT_NE(lost.error().message.find("the gradients of step 7"), std::string::npos) << lost.error().message;
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(asleep ? 15 : 20));
}

/// The same random gradients: sharded here, whole beside it.
void sharded_optimiser(ProcessGroup& group) {
  at::manual_seed(3);
  std::vector<vlm::NamedTensor> whole, shared;
  // Sizes that no number of processes divides; one parameter that never gets a gradient.
  for (const auto& shape : std::vector<std::vector<std::int64_t>>{{7, 5}, {3}, {1}, {11, 2, 3}, {4, 4}}) {
    const at::Tensor value = at::randn(shape, at::kFloat);
    whole.push_back({fmt::format("p{}", whole.size()), value});
    shared.push_back({whole.back().name, value.clone()});
  }
  AdamWConfig config;
  config.weight_decay = 0.1;
  config.max_grad_norm = 3;
  AdamW one(whole, config);
  AdamW part(shared, config, {group.rank(), group.size()});
  for (int step = 0; step < 6; ++step) {
    std::vector<at::Tensor> sum(whole.size());
    std::vector<at::Tensor> here(whole.size());
    for (std::size_t p = 0; p < whole.size(); ++p) {
      if (p == 1) continue;
      for (int r = 0; r < group.size(); ++r) {
        const at::Tensor gradient = at::randn(whole[p].tensor.sizes(), at::kFloat) * (step < 3 ? 2.0 : 0.01);
        // One that only some process has.
        if (p == 3 && r != step % group.size()) continue;
        sum[p] = sum[p].defined() ? sum[p] + gradient : gradient;
        if (r == group.rank()) here[p] = gradient;
      }
    }
    const double norm = one.step(sum, 0.01);
    const auto shared_norm = optimizer_step(group, part, here, 0.01, "gradients");
    ASSERT_TRUE(shared_norm) << to_string(shared_norm.error());
    EXPECT_NEAR(*shared_norm, norm, 1e-9 * norm);
    for (std::size_t p = 0; p < whole.size(); ++p)
      EXPECT_LE((whole[p].tensor - shared[p].tensor).abs().max().item<float>(), 1e-6F) << step << " " << p;
  }
  EXPECT_EQ(part.steps(), one.steps());
  const auto state = gather_state(group, part, "moments");
  ASSERT_TRUE(state);
  EXPECT_EQ(state->empty(), group.rank() != 0);
  for (const auto& [name, tensor] : one.state()) {
    if (group.rank() != 0) break;
    ASSERT_TRUE(state->contains(name)) << name;
    EXPECT_EQ(state->at(name).sizes(), tensor.sizes()) << name;
    EXPECT_LE((state->at(name) - tensor).abs().max().item<float>(), 1e-6F) << name;
  }
  // What one process has saved, several go on with.
  ASSERT_TRUE(part.restore(one.state(), one.steps()));
  for (std::size_t p = 0; p < whole.size(); ++p) shared[p].tensor.copy_(whole[p].tensor);
  std::vector<at::Tensor> same;
  for (const auto& parameter : whole) same.push_back(at::ones_like(parameter.tensor));
  std::vector<at::Tensor> share;
  for (const at::Tensor& gradient : same) share.push_back(gradient / group.size());
  one.step(same, 0.1);
  ASSERT_TRUE(optimizer_step(group, part, share, 0.1, "gradients"));
  for (std::size_t p = 0; p < whole.size(); ++p)
    EXPECT_LE((whole[p].tensor - shared[p].tensor).abs().max().item<float>(), 1e-6F) << p;
  // What is not finite on one process changes nothing on any.
  share[0].fill_(group.rank() == 0 ? std::numeric_limits<float>::infinity() : 1.0F);
  const at::Tensor before = shared[0].tensor.clone();
  const auto refused = optimizer_step(group, part, share, 0.1, "gradients");
  ASSERT_TRUE(refused);
  EXPECT_FALSE(std::isfinite(*refused));
  EXPECT_TRUE(shared[0].tensor.equal(before));
}

TEST(Scenario, OfAStartedProcess) {
  const std::string scenario = started().scenario;
  if (scenario.empty()) GTEST_SKIP() << "for processes that these tests start";
  at::set_num_threads(1);
  if (scenario == "together") {
    ProcessGroup group = open_group();
    collectives(group);
    return sharded_optimiser(group);
  }
  if (scenario == "killed") return lost_process(false);
  if (scenario == "asleep") return lost_process(true);
  FAIL() << "no scenario " << scenario;
}

TEST(Processes, ExchangeWhatTheHandComputesAndShardAnOptimiser) {
  for (const int size : {2, 3})
    for (const int state : run_scenario("together", size)) EXPECT_EQ(state, 0) << size;
}

TEST(Processes, AKilledOneIsAnErrorOfTheOthersAndNoHang) {
  const auto states = run_scenario("killed", 3);
  EXPECT_EQ(states[0], 0);
  EXPECT_EQ(states[1], 0);
  EXPECT_TRUE(WIFSIGNALED(states[2]));
}

TEST(ProcessGroup, OneThatDoesNotComeIsAnErrorAtTheTimeOut) {
  for (const int state : run_scenario("asleep", 2)) EXPECT_EQ(state, 0);
}

TEST(ProcessGroup, ThatNobodyJoinsIsAnErrorAtTheTimeOut) {
  ProcessPlace place;
  place.size = 2;
  place.master_port = free_port();
  const auto group = ProcessGroup::open(place, milliseconds(300));
  ASSERT_FALSE(group);
  EXPECT_EQ(group.error().code, ErrorCode::Network);
  EXPECT_NE(to_string(group.error()).find(fmt::format("127.0.0.1:{}", place.master_port)), std::string::npos);
}

}  // namespace
}  // namespace metaspatial::rl
