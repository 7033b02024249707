#include "metaspatial/chat/client.hpp"

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cstdlib>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "metaspatial/base/files.hpp"
#include "metaspatial/chat/hostile_server.hpp"

namespace metaspatial::chat {
namespace {

constexpr const char* kKey = "sk-secret-0123456789";
constexpr const char* kKeyVariable = "METASPATIAL_TEST_API_KEY";

ChatRequest question(std::string text = "How many?") {
  ChatRequest request;
  request.messages = {{Role::User, {std::move(text)}}};
  request.max_tokens = 50;
  return request;
}

/// A client of a test's server, quick to give up.
class ClientTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ::setenv(kKeyVariable, kKey, 1);
    folder_ = std::filesystem::temp_directory_path() / ("metaspatial_client_" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
    config_.model = "m";
    config_.api_key_env = kKeyVariable;
    config_.http = {.connect_timeout_s = 2, .timeout_s = 5, .stall_s = 5, .max_body_bytes = 1 << 20};
    config_.max_retries = 2;
    config_.backoff_base_s = 0.001;
    config_.backoff_cap_s = 0.01;
    // Everything that is logged is looked at.
    logger_ = spdlog::default_logger();
    spdlog::set_default_logger(
        std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(log_)));
  }
  void TearDown() override {
    spdlog::set_default_logger(logger_);
    EXPECT_EQ(log_.str().find(kKey), std::string::npos) << log_.str();
    client_.reset();
    std::filesystem::remove_all(folder_);
  }

  void serve(HostileServer::Script script) {
    server_ = std::make_unique<HostileServer>(std::move(script));
    config_.base_url = server_->base_url();
    connect();
  }
  void connect() {
    auto client = Client::create(config_, "judge.");
    ASSERT_TRUE(client) << to_string(client.error());
    client_ = *std::move(client);
  }
  /// The failure of one question; checks that no message tells the key.
  ChatFailure failure(const ChatRequest& request = question()) {
    const ChatOutcome outcome = client_->complete(request);
    EXPECT_FALSE(outcome);
    if (outcome) return {};
    EXPECT_EQ(to_string(outcome.error()).find(kKey), std::string::npos) << to_string(outcome.error());
    EXPECT_FALSE(outcome.error().message.empty());
    return outcome.error();
  }

  std::filesystem::path folder_;
  ClientConfig config_;
  std::unique_ptr<HostileServer> server_;
  std::unique_ptr<Client> client_;
  std::ostringstream log_;
  std::shared_ptr<spdlog::logger> logger_;
};

TEST_F(ClientTest, GetsAReplyWithItsTokensAndCost) {
  config_.prices = {.prompt = 10, .completion = 100};
  serve([](const Received&, Exchange& exchange) { exchange.answer(200, completion_json("four")); });
  const ChatOutcome outcome = client_->complete(question());
  ASSERT_TRUE(outcome) << to_string(outcome.error());
  EXPECT_EQ(outcome->text, "four");
  EXPECT_EQ(outcome->finish_reason, "stop");
  EXPECT_EQ(outcome->tokens.total(), 110);
  EXPECT_DOUBLE_EQ(outcome->cost, 0.002);
  EXPECT_EQ(outcome->attempts, 1);
  const Received request = server_->received().at(0);
  EXPECT_TRUE(request.head.starts_with("POST /v1/chat/completions HTTP/1.1")) << request.head;
  EXPECT_NE(request.head.find(std::string("Authorization: Bearer ") + kKey), std::string::npos);
  EXPECT_EQ((*parse_json(request.body, "body"))["model"], "m");
}

TEST_F(ClientTest, PostsToAnotherPathWithTheSameKey) {
  serve([](const Received& r, Exchange& exchange) {
    exchange.answer(r.index == 0   ? 200
                    : r.index == 1 ? 404
                                   : 500,
                    R"({"error": "no such adapter, sk-secret-0123456789"})");
  });
  const Json body{{"lora_name", "policy"}, {"lora_path", "/weights"}};
  EXPECT_TRUE(client_->post("/load_lora_adapter", body));
  const Received request = server_->received().at(0);
  EXPECT_TRUE(request.head.starts_with("POST /v1/load_lora_adapter HTTP/1.1")) << request.head;
  EXPECT_NE(request.head.find(std::string("Authorization: Bearer ") + kKey), std::string::npos);
  EXPECT_EQ(*parse_json(request.body, "body"), body);
  const auto refused = client_->post("/load_lora_adapter", body);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::InvalidInput);
  EXPECT_NE(refused.error().message.find("no such adapter, ***"), std::string::npos)
      << refused.error().message;
  EXPECT_EQ(client_->post("/load_lora_adapter", body).error().code, ErrorCode::Network);
}

TEST_F(ClientTest, TheSameQuestionIsAskedOnce) {
  config_.cache = (folder_ / "cache.sqlite").string();
  serve([](const Received& r, Exchange& exchange) {
    exchange.answer(200, completion_json("reply " + std::to_string(r.index)));
  });
  EXPECT_EQ(client_->complete(question(), 0)->text, "reply 0");
  EXPECT_EQ(client_->complete(question(), 1)->text, "reply 1") << "another sample is another reply";
  EXPECT_EQ(client_->complete(question("And now?"), 0)->text, "reply 2");
  connect();  // as a later run
  const ChatOutcome again = client_->complete(question(), 1);
  EXPECT_EQ(again->text, "reply 1");
  EXPECT_TRUE(again->cached);
  EXPECT_EQ(again->cost, 0);
  EXPECT_EQ(server_->requests(), 3);
  EXPECT_EQ(client_->usage().cache_hits, 1);
  EXPECT_EQ(client_->usage().spent.requests, 0);
  client_->forget(question(), 1);
  EXPECT_EQ(client_->complete(question(), 1)->text, "reply 3");
}

TEST_F(ClientTest, TheKeyIsNeitherInTheCacheNorInWhatAServerSendsBack) {
  config_.cache = (folder_ / "cache.sqlite").string();
  serve([](const Received& r, Exchange& exchange) {
    if (r.body.find("401") != std::string::npos)
      exchange.answer(401, std::string(R"({"error":{"message":"Incorrect API key: )") + kKey + "\"}}");
    else
      exchange.answer(200, completion_json(std::string("your key is ") + kKey));
  });
  EXPECT_EQ(client_->complete(question())->text, "your key is ***");
  const ChatFailure refused = failure(question("401"));
  EXPECT_EQ(refused.kind, FailureKind::Rejected);
  EXPECT_EQ(refused.http_status, 401);
  EXPECT_EQ(refused.attempts, 1) << "asking again does not help";
  EXPECT_NE(refused.message.find("Incorrect API key: ***"), std::string::npos) << refused.message;
  client_.reset();
  for (const auto& file : std::filesystem::directory_iterator(folder_))
    EXPECT_EQ(read_file(file.path())->find(kKey), std::string::npos) << file.path();
}

TEST_F(ClientTest, ABrokenCacheIsOneWarning) {
  config_.cache = (folder_ / "cache.sqlite").string();
  ASSERT_TRUE(write_file_atomic(config_.cache, std::string(4096, 'x')));
  serve([](const Received&, Exchange& exchange) { exchange.answer(200, completion_json("four")); });
  EXPECT_EQ(client_->complete(question())->text, "four");
  EXPECT_TRUE(client_->complete(question())->cached) << "in memory";
  const std::string log = log_.str();
  EXPECT_NE(log.find("cache.sqlite: the cache cannot be used"), std::string::npos) << log;
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 1) << log;
}

TEST_F(ClientTest, WaitsAsRetryAfterAsks) {
  serve([](const Received& r, Exchange& exchange) {
    if (r.index == 0)
      exchange.answer(429, R"({"error":{"message":"slow down"}})", "Retry-After: 0.2\r\n");
    else
      exchange.answer(200, completion_json("four"));
  });
  const auto begin = std::chrono::steady_clock::now();
  const ChatOutcome outcome = client_->complete(question());
  ASSERT_TRUE(outcome) << to_string(outcome.error());
  EXPECT_EQ(outcome->attempts, 2);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(200));
  EXPECT_EQ(client_->usage().retries, 1);
}

TEST_F(ClientTest, DoesNotWaitForHours) {
  serve([](const Received&, Exchange& exchange) { exchange.answer(429, "", "Retry-After: 7200\r\n"); });
  const ChatFailure limited = failure();
  EXPECT_EQ(limited.kind, FailureKind::RateLimited);
  EXPECT_EQ(limited.attempts, 1);
  EXPECT_NE(limited.message.find("asks to wait 7200 s"), std::string::npos) << limited.message;
}

TEST_F(ClientTest, ServerErrorsAreRetriedSoOftenAndNoMore) {
  serve([](const Received&, Exchange& exchange) { exchange.answer(500, "boom"); });
  const ChatFailure failed = failure();
  EXPECT_EQ(failed.kind, FailureKind::Server);
  EXPECT_EQ(failed.attempts, 3);
  EXPECT_EQ(server_->requests(), 3);
  EXPECT_EQ(to_string(failed), "server error: HTTP 500: boom (after 3 attempts)");
}

TEST_F(ClientTest, BadAnswersAreRetriedThenTold) {
  struct Case {
    const char* what;
    HostileServer::Script script;
    FailureKind kind;
    const char* message;
  };
  const std::string good = completion_json("four");
  const std::vector<Case> cases = {
      {"cut off in the body",
       [&](const Received&, Exchange& exchange) {
         exchange.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(good.size()) + "\r\n\r\n" +
                       good.substr(0, good.size() / 2));
       },
       FailureKind::Connection, "Transferred a partial file"},
      {"Content-Length too large",
       [&](const Received&, Exchange& exchange) {
         exchange.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(good.size() + 1) + "\r\n\r\n" +
                       good);
       },
       FailureKind::Connection, "partial file"},
      {"Content-Length too small",
       [&](const Received&, Exchange& exchange) {
         exchange.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 20\r\n\r\n" + good);
       },
       FailureKind::Malformed, "not valid JSON"},
      {"reset", [](const Received&, Exchange& exchange) { exchange.reset(); }, FailureKind::Connection,
       "http://"},
      {"closed without a word", [](const Received&, Exchange&) {}, FailureKind::Connection, "http://"},
      {"not HTTP", [](const Received&, Exchange& exchange) { exchange.send("220 mail.example ESMTP\r\n"); },
       FailureKind::Malformed, "http://"},
      {"HTML", [](const Received&, Exchange& exchange) { exchange.answer(200, "<html>login</html>"); },
       FailureKind::Malformed, "not valid JSON"},
      {"wrong types",
       [](const Received&, Exchange& exchange) { exchange.answer(200, R"({"choices": {"a": 1}})"); },
       FailureKind::Malformed, "\"choices\" is no list"},
      {"no choices", [](const Received&, Exchange& exchange) { exchange.answer(200, R"({"choices": []})"); },
       FailureKind::Malformed, "\"choices\" is empty"},
      {"no content", [](const Received&, Exchange& exchange) { exchange.answer(204, ""); },
       FailureKind::Malformed, "HTTP 204"},
      {"an error in place of a completion",
       [](const Received&, Exchange& exchange) { exchange.answer(200, R"({"error": {"message": "busy"}})"); },
       FailureKind::Malformed, "busy"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    serve(c.script);
    const ChatFailure failed = failure();
    EXPECT_EQ(failed.kind, c.kind) << to_string(failed);
    EXPECT_TRUE(failed.retryable());
    EXPECT_EQ(failed.attempts, 3) << to_string(failed);
    EXPECT_NE(failed.message.find(c.message), std::string::npos) << failed.message;
  }
}

TEST_F(ClientTest, AFailureThatPassesIsForgiven) {
  serve([](const Received& r, Exchange& exchange) {
    if (r.index == 0) return exchange.reset();
    if (r.index == 1) return exchange.answer(503, "");
    exchange.answer(200, completion_json("four"));
  });
  const ChatOutcome outcome = client_->complete(question());
  ASSERT_TRUE(outcome) << to_string(outcome.error());
  EXPECT_EQ(outcome->attempts, 3);
}

TEST_F(ClientTest, NobodyListens) {
  serve([](const Received&, Exchange&) {});
  server_.reset();
  const ChatFailure failed = failure();
  EXPECT_EQ(failed.kind, FailureKind::Connection);
  EXPECT_EQ(failed.attempts, 3);
  EXPECT_EQ(client_->usage().spent.prompt_tokens, 0) << "nobody charges for that";
}

TEST_F(ClientTest, SlowAnswersTimeOut) {
  config_.max_retries = 0;
  config_.http.timeout_s = 0.15;
  serve([](const Received&, Exchange& exchange) { exchange.wait(5); });
  EXPECT_EQ(failure().kind, FailureKind::TimedOut);
  EXPECT_EQ(client_->usage().spent.estimated, 1) << "the server may have worked for it";

  // A byte now and then keeps no connection alive beyond the whole time.
  serve([](const Received&, Exchange& exchange) {
    exchange.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
    while (exchange.send(" ")) exchange.wait(0.02);
  });
  EXPECT_EQ(failure().kind, FailureKind::TimedOut);
}

TEST_F(ClientTest, AnAnswerThatStallsIsGivenUpBeforeTheWholeTime) {
  config_.max_retries = 0;
  config_.http.timeout_s = 30;
  config_.http.stall_s = 0.1;
  serve([](const Received&, Exchange& exchange) {
    exchange.wait(0.3);  // thinking is no stall
    exchange.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
    exchange.wait(20);
  });
  const ChatFailure failed = failure();
  EXPECT_EQ(failed.kind, FailureKind::TimedOut);
  EXPECT_NE(failed.message.find("stalled"), std::string::npos) << failed.message;
}

TEST_F(ClientTest, HugeBodiesAreNotTaken) {
  for (const bool announced : {true, false}) {
    serve([announced](const Received&, Exchange& exchange) {
      exchange.send(announced ? "HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n"
                              : "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
      const std::string piece(1 << 16, ' ');
      for (int i = 0; i < (1 << 14) && exchange.send(piece); ++i) {
      }
    });
    const ChatFailure failed = failure();
    EXPECT_EQ(failed.kind, FailureKind::TooLarge) << to_string(failed);
    EXPECT_EQ(failed.attempts, 1);
  }
  // Nor are headers without end.
  serve([](const Received&, Exchange& exchange) {
    exchange.send("HTTP/1.1 200 OK\r\n");
    for (int i = 0; i < (1 << 16) && exchange.send("X-Padding: " + std::string(1000, 'x') + "\r\n"); ++i) {
    }
  });
  EXPECT_EQ(failure().kind, FailureKind::TooLarge);
}

TEST_F(ClientTest, RedirectsAreNotFollowed) {
  HostileServer elsewhere(
      [](const Received&, Exchange& exchange) { exchange.answer(200, completion_json("!")); });
  const std::string location = "Location: " + elsewhere.base_url() + "/chat/completions\r\n";
  for (const int status : {301, 302, 307, 308}) {
    serve([&](const Received&, Exchange& exchange) { exchange.answer(status, "", location); });
    const ChatFailure failed = failure();
    EXPECT_EQ(failed.kind, FailureKind::Redirected);
    EXPECT_EQ(failed.attempts, 1);
    EXPECT_NE(failed.message.find(elsewhere.base_url()), std::string::npos) << failed.message;
  }
  EXPECT_EQ(elsewhere.requests(), 0) << "neither key nor pictures went there";
}

TEST_F(ClientTest, ASchemaThatIsRefusedIsNotSentAgain) {
  serve([](const Received& r, Exchange& exchange) {
    if (r.body.find("response_format") != std::string::npos)
      exchange.answer(400, R"({"error":{"message":"Unknown field: response_format"}})");
    else
      exchange.answer(200, completion_json("four"));
  });
  ChatRequest request = question();
  request.schema = Json{{"type", "object"}};
  EXPECT_EQ(client_->complete(request)->attempts, 2);
  EXPECT_EQ(client_->complete(request, 1)->attempts, 1) << "it is remembered";
  EXPECT_EQ(server_->requests(), 3);
}

TEST_F(ClientTest, OtherRefusalsAreNotRetried) {
  serve([](const Received&, Exchange& exchange) {
    exchange.answer(400, R"({"error":{"message":"response_format and everything else is wrong"}})");
  });
  ChatRequest request = question();
  request.schema = Json{{"type", "object"}};
  const ChatFailure failed = failure(request);
  EXPECT_EQ(failed.kind, FailureKind::Rejected);
  EXPECT_EQ(failed.attempts, 2) << "once with the schema, once without";
}

TEST_F(ClientTest, SoManyAtOnceAndNoMore) {
  config_.max_concurrency = 3;
  serve([](const Received&, Exchange& exchange) {
    exchange.wait_for_company(3);
    exchange.answer(200, completion_json("four"));
  });
  const ChatRequest request = question();
  std::vector<ChatSample> samples;
  for (int i = 0; i < 12; ++i) samples.push_back({&request, i});
  for (const ChatOutcome& outcome : client_->complete_all(samples)) EXPECT_TRUE(outcome);
  EXPECT_EQ(server_->requests(), 12);
  EXPECT_EQ(server_->most_at_once(), 3);
  // Threads that come by themselves are held to the same number.
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i)
      threads.emplace_back([&, i] { EXPECT_TRUE(client_->complete(question("other"), i)); });
  }
  EXPECT_LE(server_->most_at_once(), 3);
}

TEST_F(ClientTest, ABudgetStopsFurtherRequests) {
  config_.budget.max_requests = 2;
  serve([](const Received&, Exchange& exchange) { exchange.answer(200, completion_json("four")); });
  EXPECT_TRUE(client_->complete(question(), 0));
  EXPECT_TRUE(client_->complete(question(), 1));
  const ChatFailure failed = failure(question("one more"));
  EXPECT_EQ(failed.kind, FailureKind::Budget);
  EXPECT_EQ(failed.attempts, 0);
  EXPECT_TRUE(client_->complete(question(), 1)) << "what is in the cache costs nothing";
  EXPECT_EQ(server_->requests(), 2);

  config_.budget = {.max_tokens = 250};  // each question takes 110
  connect();
  EXPECT_TRUE(client_->complete(question("a")));
  EXPECT_TRUE(client_->complete(question("b")));
  EXPECT_EQ(failure(question("c")).kind, FailureKind::Budget);
  EXPECT_EQ(server_->requests(), 4);
}

TEST_F(ClientTest, RetriesCountAgainstTheBudget) {
  config_.budget.max_requests = 2;
  config_.max_retries = 10;
  serve([](const Received&, Exchange& exchange) { exchange.answer(500, ""); });
  const ChatFailure failed = failure();
  EXPECT_EQ(failed.kind, FailureKind::Budget);
  EXPECT_EQ(failed.attempts, 2);
}

TEST_F(ClientTest, CanBeCancelledAnywhere) {
  config_.max_concurrency = 1;
  config_.backoff_base_s = config_.backoff_cap_s = 60;
  serve([](const Received& r, Exchange& exchange) {
    if (r.body.find("retry") != std::string::npos) return exchange.answer(500, "");
    exchange.wait(20);
  });
  std::stop_source stop;
  std::vector<ChatOutcome> outcomes(3, tl::unexpected(ChatFailure{}));
  const auto begin = std::chrono::steady_clock::now();
  {
    const ChatRequest hangs = question("hang");
    std::jthread first([&] { outcomes[0] = client_->complete(hangs, 0, stop.get_token()); });
    std::jthread second([&] { outcomes[1] = client_->complete(hangs, 1, stop.get_token()); });
    while (server_->requests() < 1) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    stop.request_stop();
  }
  std::stop_source other;
  {
    std::jthread third([&] { outcomes[2] = client_->complete(question("retry"), 0, other.get_token()); });
    while (server_->requests() < 2) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    other.request_stop();
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
  for (const ChatOutcome& outcome : outcomes) {
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().kind, FailureKind::Cancelled) << to_string(outcome.error());
  }
}

TEST_F(ClientTest, ConfigsThatCannotWorkNameTheirKey) {
  const auto error = [this](auto change) {
    ClientConfig config = config_;
    config.base_url = "http://127.0.0.1:9/v1";
    change(config);
    const auto client = Client::create(config, "judge.");
    EXPECT_FALSE(client);
    return client ? std::string() : to_string(client.error());
  };
  const auto names = [](const std::string& text, const char* key) {
    return text.find(key) != std::string::npos;
  };
  EXPECT_TRUE(names(error([](auto& c) { c.base_url = ""; }), "judge.base_url"));
  EXPECT_TRUE(names(error([](auto& c) { c.base_url = "ftp://host/v1"; }), "judge.base_url"));
  EXPECT_TRUE(names(error([](auto& c) { c.base_url = "http:///v1"; }), "judge.base_url"));
  const std::string secret = error([](auto& c) { c.base_url = "http://me:hunter2@host/v1"; });
  EXPECT_TRUE(names(secret, "judge.api_key_env"));
  EXPECT_FALSE(names(secret, "hunter2"));
  EXPECT_TRUE(names(error([](auto& c) { c.model = ""; }), "judge.model"));
  EXPECT_TRUE(names(error([](auto& c) { c.budget.max_cost = 1; }), "judge.max_cost"));
  EXPECT_TRUE(
      names(error([](auto& c) { c.api_key_env = "METASPATIAL_NO_SUCH_VARIABLE"; }), "judge.api_key_env"));
  ::setenv(kKeyVariable, "key\r\nX-Injected: 1", 1);
  EXPECT_TRUE(names(error([](auto&) {}), "judge.api_key_env"));
}

}  // namespace
}  // namespace metaspatial::chat
