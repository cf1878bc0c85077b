// The methods of `docs/api.md`, "High scores".

#include "protocol/api/params.hpp"
#include "protocol/api/service_fields.hpp"

#include <cmath>
#include <limits>

namespace lobbyd::api {
namespace {

std::optional<double> number_of(const JsonValue& value) {
  if (const auto* integer = value.get_if<std::int64_t>()) {
    return static_cast<double>(*integer);
  }
  const auto* real = value.get_if<double>();
  return real == nullptr ? std::nullopt : std::optional(*real);
}

double read_score(FieldReader& fields) {
  const JsonValue* value = fields.any("score");
  const auto score = value == nullptr ? std::nullopt : number_of(*value);
  if (score && std::abs(*score) <= max_score) {
    // Adding zero makes 0 of -0.
    return *score + 0.0;
  }
  std::string got = "nothing";
  if (value != nullptr) {
    got.clear();
    append_json(got, *value);
  }
  fields.fail({Reason::bad_score,
               R"("score" must be a number from -9007199254740991 to 9007199254740991 (2^53-1), not )" + excerpt(got),
               {{"field", "score"}}});
  return 0;
}

std::string read_period(FieldReader& fields) {
  return fields.string("period").value_or("");
}

}  // namespace

std::expected<ServiceParams, Error> parse_score_submit(const JsonValue& params) {
  FieldReader fields(params);
  ScoreSubmitParams submit;
  submit.board = required_name(fields, "board");
  submit.score = read_score(fields);
  submit.player = optional_name(fields, "player");
  submit.data = json_text(fields, "data", max_data_bytes, "");
  submit.key = fields.string("key", max_key_bytes).value_or("");
  return finish(fields, std::move(submit));
}

std::expected<ServiceParams, Error> parse_score_top(const JsonValue& params) {
  FieldReader fields(params);
  ScoreTopParams top;
  top.board = required_name(fields, "board");
  top.limit = page_limit(fields, top.limit);
  top.offset = static_cast<std::uint32_t>(
      fields.integer("offset", {0, std::numeric_limits<std::uint32_t>::max()}).value_or(top.offset));
  top.cursor = fields.string("cursor");
  top.period = read_period(fields);
  return finish(fields, std::move(top));
}

std::expected<ServiceParams, Error> parse_score_around(const JsonValue& params) {
  FieldReader fields(params);
  ScoreAroundParams around;
  around.board = required_name(fields, "board");
  around.player = optional_name(fields, "player");
  around.limit = page_limit(fields, around.limit);
  around.period = read_period(fields);
  return finish(fields, std::move(around));
}

std::expected<ServiceParams, Error> parse_score_get(const JsonValue& params) {
  FieldReader fields(params);
  ScoreGetParams get;
  get.board = required_name(fields, "board");
  get.player = optional_name(fields, "player");
  get.period = read_period(fields);
  return finish(fields, std::move(get));
}

std::expected<ServiceParams, Error> parse_score_remove(const JsonValue& params) {
  FieldReader fields(params);
  ScoreRemoveParams remove;
  remove.board = required_name(fields, "board");
  remove.player = optional_name(fields, "player");
  return finish(fields, std::move(remove));
}

std::expected<ServiceParams, Error> parse_score_watch(const JsonValue& params) {
  FieldReader fields(params);
  ScoreWatchParams watch;
  watch.board = required_name(fields, "board");
  watch.limit = page_limit(fields, watch.limit);
  return finish(fields, std::move(watch));
}

std::expected<ServiceParams, Error> parse_score_unwatch(const JsonValue& params) {
  FieldReader fields(params);
  return finish(fields, ScoreUnwatchParams{required_name(fields, "board")});
}

}  // namespace lobbyd::api
