#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "metaspatial/base/image.hpp"

namespace metaspatial {

enum class Role { System, User, Assistant };

/// A piece of a chat message: text, or a picture (shared, immutable: a group of rollouts has one empty room).
using MessagePart = std::variant<std::string, std::shared_ptr<const Image>>;

/// One message of a dialogue with a vision-language model.
struct Message {
  Role role = Role::User;
  std::vector<MessagePart> parts;
};

using Conversation = std::vector<Message>;

}  // namespace metaspatial
