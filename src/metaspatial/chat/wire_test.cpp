#include "metaspatial/chat/wire.hpp"

#include <gtest/gtest.h>

#include <set>

#include "metaspatial/chat/budget.hpp"
#include "metaspatial/chat/encoding.hpp"

namespace metaspatial::chat {
namespace {

ChatRequest request_with_picture() {
  ChatRequest request;
  request.model = "m";
  request.messages = {{Role::System, {std::string("Grade.")}},
                      {Role::User, {std::string("wish"), Picture{std::make_shared<std::string>("PNG")}}}};
  request.schema = Json{{"type", "object"}};
  request.seed = 7;
  return request;
}

TEST(Encoding, Base64OfRfc4648) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64(std::string("\xff\xfe\x00", 3)), "//4A");
}

TEST(Encoding, Sha256OfFips180) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256_hex(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(RequestBody, HoldsPicturesAsDataUrlsAndTheSchema) {
  const auto body = parse_json(request_body(request_with_picture(), 2), "body");
  ASSERT_TRUE(body);
  EXPECT_EQ((*body)["model"], "m");
  EXPECT_EQ((*body)["messages"][0]["content"], "Grade.");
  EXPECT_EQ((*body)["messages"][1]["content"][0]["text"], "wish");
  EXPECT_EQ((*body)["messages"][1]["content"][1]["image_url"]["url"], "data:image/png;base64,UE5H");
  EXPECT_EQ((*body)["response_format"]["json_schema"]["schema"]["type"], "object");
  EXPECT_EQ((*body)["seed"], 9);
  EXPECT_EQ((*body)["max_tokens"], 1024);
}

TEST(RequestBody, LeavesOutWhatTheServerRefused) {
  const auto refused = [](const Dialect& tried, const char* message) {
    return learn_from_refusal(tried, 400, message);
  };
  Dialect dialect;
  auto next =
      refused(dialect, R"({"error":{"message":"'response_format' of type json_schema is not supported"}})");
  ASSERT_TRUE(next);
  EXPECT_FALSE(next->schema);
  EXPECT_FALSE(refused(*next, "response_format")) << "it was not sent, so it cannot be the reason";
  next = refused(*next, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.");
  ASSERT_TRUE(next);
  EXPECT_TRUE(next->max_completion_tokens);
  next = refused(*next, "'temperature' does not support 0.2 with this model");
  ASSERT_TRUE(next);
  const auto body = parse_json(request_body(request_with_picture(), 0, *next), "body");
  ASSERT_TRUE(body);
  EXPECT_FALSE(body->contains("response_format"));
  EXPECT_FALSE(body->contains("max_tokens"));
  EXPECT_FALSE(body->contains("temperature"));
  EXPECT_EQ((*body)["max_completion_tokens"], 1024);
  EXPECT_FALSE(refused(dialect, "context length exceeded"));
  EXPECT_FALSE(learn_from_refusal(dialect, 500, "response_format"));
}

TEST(Completion, ContentMayBeTextOrParts) {
  const auto read = [](const char* message) {
    return read_completion(std::string(R"({"choices":[{"message":)") + message + "}]}");
  };
  EXPECT_EQ(read(R"({"content":"a"})")->text, "a");
  EXPECT_EQ(read(R"({"content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]})")->text, "ab");
  EXPECT_EQ(read(R"({"content":null,"refusal":"no"})")->refusal, "no");
  EXPECT_EQ(read(R"({"content":[{"type":"refusal","refusal":"no"}]})")->refusal, "no");
  EXPECT_TRUE(read(R"({"content":"a"})")->tokens.estimated);
}

TEST(Completion, SaysWhatIsWrong) {
  const std::vector<std::pair<const char*, const char*>> bad = {
      {"", "not valid JSON"},
      {"{\"choices\": [{\"mess", "not valid JSON"},
      {"<html>", "not valid JSON"},
      {"[]", "no JSON object"},
      {"{}", "\"choices\" is missing"},
      {R"({"error": {"message": "overloaded"}})", "overloaded"},
      {R"({"choices": 3})", "no list"},
      {R"({"choices": []})", "empty"},
      {R"({"choices": ["x"]})", "message"},
      {R"({"choices": [{"message": "x"}]})", "message"},
      {R"({"choices": [{"message": {}}]})", "content"},
      {R"({"choices": [{"message": {"content": 3}}]})", "neither"},
      {R"({"choices": [{"message": {"content": [3]}}]})", "neither"}};
  for (const auto& [body, expected] : bad) {
    const auto reply = read_completion(body);
    ASSERT_FALSE(reply) << body;
    EXPECT_NE(reply.error().find(expected), std::string::npos) << body << ": " << reply.error();
  }
}

TEST(Completion, TokenCountsMustMakeSense) {
  const auto tokens = [](const char* usage) {
    return read_completion(std::string(R"({"choices":[{"message":{"content":"a"}}],"usage":)") + usage + "}")
        ->tokens;
  };
  EXPECT_EQ(tokens(R"({"prompt_tokens":5,"completion_tokens":2})").total(), 7);
  EXPECT_FALSE(tokens(R"({"prompt_tokens":5,"completion_tokens":2})").estimated);
  for (const char* usage :
       {"null", "3", "{}", R"({"prompt_tokens":-5,"completion_tokens":2})",
        R"({"prompt_tokens":"5","completion_tokens":2})", R"({"prompt_tokens":1e300,"completion_tokens":2})"})
    EXPECT_TRUE(tokens(usage).estimated) << usage;
}

TEST(RequestBody, SamplingIsSentOnlyWhereItIsAskedFor) {
  ChatRequest request;
  request.messages = {{Role::User, {std::string("x")}}};
  Json body = *parse_json(request_body(request, 0), "body");
  for (const char* key : {"top_p", "top_k", "stop", "include_stop_str_in_output", "logprobs", "seed"})
    EXPECT_FALSE(body.contains(key)) << key;
  request.top_p = 0.5;
  request.top_k = 10;
  request.stop = {"</answer>"};
  request.log_probs = true;
  body = *parse_json(request_body(request, 0), "body");
  EXPECT_EQ(body["top_p"], 0.5);
  EXPECT_EQ(body["top_k"], 10);
  EXPECT_EQ(body["stop"][0], "</answer>");
  EXPECT_EQ(body["logprobs"], true);
  // Extras can be done without; a top_k that is refused cannot: answers would be drawn otherwise than asked.
  auto learned = learn_from_refusal({}, 400, "unknown parameter include_stop_str_in_output");
  ASSERT_TRUE(learned);
  EXPECT_FALSE(learned->include_stop);
  learned = learn_from_refusal(*learned, 400, "logprobs are not supported");
  ASSERT_TRUE(learned);
  body = *parse_json(request_body(request, 0, *learned), "body");
  EXPECT_FALSE(body.contains("logprobs"));
  EXPECT_FALSE(body.contains("include_stop_str_in_output"));
  EXPECT_TRUE(body.contains("stop"));
  EXPECT_FALSE(learn_from_refusal({}, 400, "Unrecognized request argument: top_k"));
}

TEST(Completion, LogProbsAreAllOrNone) {
  const auto read = [](const std::string& content) {
    const auto reply = read_completion(
        R"({"choices": [{"message": {"content": "ab"}, "logprobs": {"content": )" + content + "}}]}");
    EXPECT_TRUE(reply) << content;
    return reply ? reply->log_probs : std::vector<TokenLogProb>();
  };
  // The first half of a two-byte character, as vLLM and OpenAI tell it.
  const auto good = read(R"([{"token": "a", "logprob": -0.5, "bytes": null},
      {"token": "\ufffd", "logprob": -1e-3, "bytes": [195], "top_logprobs": []}])");
  ASSERT_EQ(good.size(), 2U);
  EXPECT_EQ(good[0].bytes, "a");
  EXPECT_DOUBLE_EQ(good[0].log_prob, -0.5);
  EXPECT_EQ(good[1].bytes, "\xc3");
  const auto rounded = read(R"([{"token": "a", "logprob": 1e-7}])");
  ASSERT_EQ(rounded.size(), 1U);
  EXPECT_EQ(rounded[0].log_prob, 0);
  for (const char* bad :
       {"null", "7", "[7]", R"([{"token": "a"}])", R"([{"token": "a", "logprob": "-1"}])",
        R"([{"token": "a", "logprob": 3}])", R"([{"token": "a", "logprob": -1, "bytes": [256]}])",
        R"([{"token": "a", "logprob": -1, "bytes": [-1]}])", R"([{"token": "a", "logprob": -1}, null])"})
    EXPECT_TRUE(read(bad).empty()) << bad;
}

TEST(RetryAfter, SecondsOrADate) {
  EXPECT_EQ(retry_after_s("7", 0), 7.0);
  EXPECT_EQ(retry_after_s(" 0.25\r", 0), 0.25);
  EXPECT_EQ(retry_after_s("Sun, 06 Nov 1994 08:49:37 GMT", 784111777 - 30), 30.0);
  EXPECT_EQ(retry_after_s("Sun, 06 Nov 1994 08:49:37 GMT", 784111777 + 30), 0.0) << "it is over";
  for (const char* bad : {"", "-1", "soon", "nan", "inf", "1e999", "7 s"})
    EXPECT_FALSE(retry_after_s(bad, 0)) << bad;
}

TEST(ErrorText, IsOneShortLine) {
  EXPECT_EQ(error_text(R"({"error":{"message":"bad\n key\u0007"}})"), "bad key");
  EXPECT_EQ(error_text(R"({"error":"bad"})"), "bad");
  EXPECT_EQ(error_text(R"({"detail":"bad"})"), "bad");
  EXPECT_EQ(error_text("<html>\n\n  x"), "<html> x");
  EXPECT_LE(error_text(std::string(100000, 'x')).size(), 203U);
}

TEST(Budget, HoldsForRequestsUnderWay) {
  Budget budget({.max_tokens = 1000}, {});
  const TokenCount estimate{300, 100, true};
  EXPECT_FALSE(budget.take(estimate));
  EXPECT_FALSE(budget.take(estimate));
  const auto refused = budget.take(estimate);
  ASSERT_TRUE(refused);
  EXPECT_NE(refused->find("1000 tokens are allowed"), std::string::npos) << *refused;
  budget.settle(estimate, {100, 20, false});
  EXPECT_FALSE(budget.take(estimate)) << "the first was smaller than thought";
  EXPECT_EQ(budget.spent().requests, 3);
  EXPECT_EQ(budget.spent().prompt_tokens, 100);
}

TEST(Budget, CostIsTokensTimesPrices) {
  Budget budget({.max_cost = 0.01}, {.prompt = 2, .completion = 10});
  const TokenCount estimate{1000, 500, true};
  EXPECT_FALSE(budget.take(estimate));  // 0.007
  EXPECT_TRUE(budget.take(estimate));
  EXPECT_DOUBLE_EQ(budget.settle(estimate, {1000, 100, false}), 0.003);
  EXPECT_FALSE(budget.take(estimate));
  EXPECT_DOUBLE_EQ(budget.spent().cost, 0.003);
}

}  // namespace
}  // namespace metaspatial::chat
