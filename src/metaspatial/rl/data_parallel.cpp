#include "metaspatial/rl/data_parallel.hpp"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <optional>
#include <type_traits>
#include <utility>

#include "metaspatial/rl/gradient_workers.hpp"

namespace metaspatial::rl {

namespace {

// The processes of a group are one program on machines of one kind: values travel as they lie in memory.

void put_bytes(std::string& out, std::string_view bytes) {
  out.append(bytes);
}

template <typename T>
void put(std::string& out, const T& value) {
  static_assert(std::is_trivially_copyable_v<T>);
  put_bytes(out, {reinterpret_cast<const char*>(&value), sizeof value});
}

template <typename T>
void put_all(std::string& out, std::span<const T> values) {
  static_assert(std::is_trivially_copyable_v<T>);
  put(out, static_cast<std::uint64_t>(values.size()));
  if (!values.empty()) put_bytes(out, {reinterpret_cast<const char*>(values.data()), values.size_bytes()});
}

/// Reads what put() wrote; behind the end everything is zero or empty and ok() false.
class Taker {
 public:
  explicit Taker(std::string_view bytes) : rest_(bytes) {}
  template <typename T>
  T take() {
    T value{};
    if (need(sizeof value)) {
      std::memcpy(&value, rest_.data(), sizeof value);
      rest_.remove_prefix(sizeof value);
    }
    return value;
  }
  template <typename T>
  std::vector<T> take_all() {
    const auto count = take<std::uint64_t>();
    if (!need(0) || count > rest_.size() / sizeof(T)) {
      ok_ = false;
      return {};
    }
    std::vector<T> values(count);
    if (count > 0) std::memcpy(values.data(), rest_.data(), count * sizeof(T));
    rest_.remove_prefix(count * sizeof(T));
    return values;
  }
  std::string take_text() {
    const std::vector<char> text = take_all<char>();
    return {text.begin(), text.end()};
  }
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] bool empty() const { return rest_.empty(); }

 private:
  bool need(std::size_t bytes) {
    ok_ = ok_ && bytes <= rest_.size();
    return ok_;
  }
  std::string_view rest_;
  bool ok_ = true;
};

void put_group(std::string& out, const eval::RolloutGroup& group) {
  for (const eval::Rollout& rollout : group.rollouts) {
    put(out, static_cast<std::uint32_t>(rollout.turns.size()));
    for (std::size_t t = 0; t < rollout.turns.size(); ++t) {
      const env::Turn& turn = rollout.episode.turns()[t];
      const vlm::Generation& generation = rollout.turns[t].generation;
      put_all(out, std::span<const char>(turn.response));
      put(out, turn.reward.looks_state);
      put(out, turn.reward.looks.value_or(0.0));
      put(out, turn.reward.total);
      put(out, generation.finished);
      put_all(out, std::span<const vlm::TokenId>(generation.ids));
      put_all(out, std::span<const float>(generation.log_probs));
    }
    put(out, rollout.failure.has_value());
    if (!rollout.failure) continue;
    put(out, rollout.failure->error.code);
    put_all(out, std::span<const char>(rollout.failure->error.message));
    put_all(out, std::span<const char>(rollout.failure->error.where));
    put(out, rollout.failure->rejected);
  }
}

bool same(double a, double b) {
  return a == b || (std::isnan(a) && std::isnan(b));
}

/// What put_group() wrote, played again. False: the bytes are none of it. `otherwise`: scored otherwise
/// there.
bool take_group(Taker& in, eval::RolloutGroup& group, bool& otherwise) {
  for (eval::Rollout& rollout : group.rollouts) {
    const auto turns = in.take<std::uint32_t>();
    for (std::uint32_t t = 0; t < turns && in.ok(); ++t) {
      std::string response = in.take_text();
      const auto state = in.take<reward::LooksState>();
      const auto grade = in.take<double>();
      const auto total = in.take<double>();
      vlm::Generation generation;
      generation.finished = in.take<bool>();
      generation.ids = in.take_all<vlm::TokenId>();
      generation.log_probs = in.take_all<float>();
      if (!in.ok() || rollout.episode.done() || !std::isfinite(grade)) return false;
      rollout.episode.take_answer(std::move(response));
      reward::Looks looks;
      looks.state = state;
      looks.grade = grade;
      otherwise = otherwise || !same(rollout.episode.finish_turn(looks).reward.total, total);
      rollout.turns.push_back({{}, std::move(generation)});
    }
    if (!in.take<bool>()) continue;
    eval::PolicyFailure failure;
    failure.error.code = in.take<ErrorCode>();
    failure.error.message = in.take_text();
    failure.error.where = in.take_text();
    failure.rejected = in.take<bool>();
    rollout.failure = std::move(failure);
  }
  return in.ok();
}

/// All numbers of the parameters, or of their gradients, as one vector, with zeros behind: for as many shards
/// as there are processes.
at::Tensor flat_vector(const AdamW& optimizer, int shards) {
  const at::Tensor& like = optimizer.parameters().front().tensor;
  return at::zeros({optimizer.shard_size() * shards}, like.options().requires_grad(false));
}

}  // namespace

std::vector<int> owners_of_rooms(std::span<const std::shared_ptr<const env::Room>> rooms,
                                 std::size_t rooms_per_update, int processes) {
  std::vector<int> owners(rooms.size(), 0);
  if (processes == 1) return owners;
  for (std::size_t from = 0; from < rooms.size(); from += rooms_per_update) {
    const std::size_t to = std::min(rooms.size(), from + rooms_per_update);
    std::vector<double> costs;
    for (std::size_t i = from; i < to; ++i)
      // The question, the thought and the frame of an answer are about four objects' worth.
      costs.push_back(4.0 + static_cast<double>(rooms[i]->graph->objects.size()));
    const auto shares = balanced(costs, static_cast<std::size_t>(processes));
    for (std::size_t rank = 0; rank < shares.size(); ++rank)
      for (const std::size_t i : shares[rank]) owners[from + i] = static_cast<int>(rank);
  }
  return owners;
}

Result<std::vector<eval::RolloutGroup>> play_together(ProcessGroup& group, std::span<const int> owners,
                                                      eval::Policy& policy,
                                                      std::span<const std::shared_ptr<const env::Room>> rooms,
                                                      const env::EnvConfig& env,
                                                      const eval::PlayOptions& options,
                                                      std::string_view what) {
  if (group.alone()) return eval::play(policy, rooms, env, options);
  METASPATIAL_CHECK(owners.size() == rooms.size(), "one owner per room");
  std::vector<std::shared_ptr<const env::Room>> mine;
  eval::PlayOptions own = options;
  own.room_keys.clear();
  own.answered = nullptr;
  for (std::size_t i = 0; i < rooms.size(); ++i) {
    if (owners[i] != group.rank()) continue;
    mine.push_back(rooms[i]);
    own.room_keys.push_back(options.room_keys.empty() ? i : options.room_keys[i]);
  }
  auto played = mine.empty() ? Result<std::vector<eval::RolloutGroup>>() : eval::play(policy, mine, env, own);
  METASPATIAL_TRY_VOID(group.agree(played ? Result<void>() : tl::unexpected<Error>(played.error()), what));
  std::string bytes;
  for (const eval::RolloutGroup& each : *played) put_group(bytes, each);
  METASPATIAL_TRY(const std::vector<std::string> all, group.all_gather(bytes, what));

  std::vector<eval::RolloutGroup> groups(rooms.size());
  std::vector<Taker> of_rank;
  for (const std::string& each : all) of_rank.emplace_back(each);
  std::size_t next = 0;
  for (std::size_t i = 0; i < rooms.size(); ++i) {
    if (owners[i] == group.rank()) {
      groups[i] = std::move((*played)[next++]);
      continue;
    }
    groups[i].room = rooms[i];
    for (int g = 0; g < options.group_size; ++g)
      groups[i].rollouts.push_back({env::Episode(rooms[i], env), {}, {}});
    bool otherwise = false;
    const bool taken = take_group(of_rank[static_cast<std::size_t>(owners[i])], groups[i], otherwise);
    if (!taken || otherwise)
      return invalid(
          fmt::format("{}: process {} scores the answers in room '{}' otherwise than process {}: "
                      "their builds, CPUs or configs differ",
                      what, owners[i], rooms[i]->graph->room_name, group.rank()));
  }
  if (options.answered) options.answered(groups);
  return groups;
}

Result<void> share_numbers(ProcessGroup& group, const std::vector<bool>& here, TokenNumbers& numbers,
                           std::string_view what) {
  if (group.alone()) return {};
  METASPATIAL_CHECK(here.size() == numbers.size(), "one entry per room");
  std::string bytes;
  for (std::size_t r = 0; r < numbers.size(); ++r) {
    if (!here[r]) continue;
    put(bytes, static_cast<std::uint64_t>(r));
    put(bytes, static_cast<std::uint64_t>(numbers[r].size()));
    for (const std::vector<double>& of_answer : numbers[r])
      put_all(bytes, std::span<const double>(of_answer));
  }
  METASPATIAL_TRY(const std::vector<std::string> all, group.all_gather(bytes, what));
  for (std::size_t rank = 0; rank < all.size(); ++rank) {
    if (static_cast<int>(rank) == group.rank()) continue;
    Taker in(all[rank]);
    while (!in.empty()) {
      const auto room = in.take<std::uint64_t>();
      const auto answers = in.take<std::uint64_t>();
      METASPATIAL_CHECK(in.ok() && room < numbers.size() && !here[room],
                        "the processes of a group are one program");
      numbers[room].clear();
      for (std::uint64_t g = 0; g < answers && in.ok(); ++g) numbers[room].push_back(in.take_all<double>());
      METASPATIAL_CHECK(in.ok(), "the processes of a group are one program");
    }
  }
  return {};
}

Result<double> optimizer_step(ProcessGroup& group, AdamW& optimizer, const std::vector<at::Tensor>& gradients,
                              double learning_rate, std::string_view what) {
  if (group.alone()) return optimizer.step(gradients, learning_rate);
  const c10::AutoGradMode no_grad(false);
  const auto& parameters = optimizer.parameters();
  METASPATIAL_CHECK(gradients.size() == parameters.size(), "one gradient per parameter");
  // A parameter that no process has a gradient of stays as it is.
  std::string defined(gradients.size(), '\0');
  for (std::size_t p = 0; p < gradients.size(); ++p) defined[p] = gradients[p].defined() ? 1 : 0;
  METASPATIAL_TRY(const auto of_rank, group.all_gather(defined, what));
  for (const std::string& each : of_rank) {
    METASPATIAL_CHECK(each.size() == defined.size(), "the same parameters on every process");
    for (std::size_t p = 0; p < defined.size(); ++p) defined[p] = static_cast<char>(defined[p] | each[p]);
  }
  if (defined.find('\1') == std::string::npos) return 0.0;

  const at::Tensor flat = flat_vector(optimizer, group.size());
  const std::int64_t shard_size = optimizer.shard_size();
  std::int64_t place = 0;
  for (std::size_t p = 0; p < gradients.size(); ++p) {
    const std::int64_t numbers = parameters[p].tensor.numel();
    if (gradients[p].defined()) flat.narrow(0, place, numbers).copy_(gradients[p].detach().reshape({-1}));
    place += numbers;
  }
  METASPATIAL_TRY(const at::Tensor sum, group.reduce_scatter_sum(flat, what));
  std::vector<at::Tensor> of_pieces;
  for (const AdamW::Piece& piece : optimizer.pieces())
    of_pieces.push_back(defined[piece.parameter] != 0 ? sum.narrow(0, piece.place, piece.weight.numel())
                                                      : at::Tensor());
  const at::Tensor squares = at::full({1}, optimizer.squares(of_pieces), at::kDouble);
  METASPATIAL_TRY_VOID(group.all_reduce_sum({&squares, 1}, what));
  const double norm = std::sqrt(squares.item<double>());
  if (!std::isfinite(norm)) return norm;
  optimizer.apply(of_pieces, norm, learning_rate);

  const at::Tensor shard = flat.narrow(0, 0, shard_size).clone();
  for (const AdamW::Piece& piece : optimizer.pieces())
    shard.narrow(0, piece.place, piece.weight.numel()).copy_(piece.weight);
  METASPATIAL_TRY_VOID(group.all_gather_into(flat, shard, what));
  place = 0;
  for (const auto& [name, tensor] : parameters) {
    tensor.detach().view({-1}).copy_(flat.narrow(0, place, tensor.numel()));
    place += tensor.numel();
  }
  return norm;
}

Result<std::map<std::string, at::Tensor>> gather_state(ProcessGroup& group, const AdamW& optimizer,
                                                       std::string_view what) {
  if (group.alone()) return optimizer.state();
  std::map<std::string, at::Tensor> state;
  for (const bool second : {false, true}) {
    METASPATIAL_TRY(const at::Tensor flat, group.gather(optimizer.shard_of_moments(second), what));
    std::int64_t place = 0;
    for (const auto& [name, tensor] : optimizer.parameters()) {
      if (flat.defined())
        state[(second ? "exp_avg_sq." : "exp_avg.") + name] =
            flat.narrow(0, place, tensor.numel()).view(tensor.sizes());
      place += tensor.numel();
    }
  }
  return state;
}

}  // namespace metaspatial::rl
