#pragma once

// What a JSON text holds, as `JsonReader` has read it: values in one row, each before what is within it.

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <variant>

namespace lobbyd::api {

class JsonElements;

// Views are into what the reader holds. An array and an object have their elements right behind them in memory, so a
// value is not to be copied from where it is.
struct JsonValue {
  struct Array {
    bool operator==(const Array&) const = default;
  };
  struct Object {
    bool operator==(const Object&) const = default;
  };
  // A whole number has the first type of integers that it fits in. One that fits in none is a double.
  using Content =
      std::variant<std::nullptr_t, bool, std::int64_t, std::uint64_t, double, std::string_view, Array, Object>;

  std::string_view name;  // of a member of an object
  Content content;
  std::uint32_t extent = 1;  // the number of values that this one consists of, with itself

  template <typename Type>
  bool is() const {
    return std::holds_alternative<Type>(content);
  }
  template <typename Type>
  const Type* get_if() const {
    return std::get_if<Type>(&content);
  }

  // Those of an array, or the members of an object.
  JsonElements elements() const;
};

class JsonElements {
 public:
  class Iterator {
   public:
    using value_type = JsonValue;
    using difference_type = std::ptrdiff_t;

    Iterator() = default;
    explicit Iterator(const JsonValue* value) : value_(value) {}
    const JsonValue& operator*() const { return *value_; }
    const JsonValue* operator->() const { return value_; }
    Iterator& operator++() {
      value_ += value_->extent;
      return *this;
    }
    Iterator operator++(int) {
      Iterator before = *this;
      ++*this;
      return before;
    }
    bool operator==(const Iterator&) const = default;

   private:
    const JsonValue* value_ = nullptr;
  };

  explicit JsonElements(const JsonValue& container) : begin_(&container + 1), end_(&container + container.extent) {}
  Iterator begin() const { return begin_; }
  Iterator end() const { return end_; }
  bool empty() const { return begin_ == end_; }
  std::size_t size() const { return static_cast<std::size_t>(std::distance(begin_, end_)); }

 private:
  Iterator begin_;
  Iterator end_;
};

inline JsonElements JsonValue::elements() const {
  return JsonElements(*this);
}

// The member of this name, or nullptr; of several the last. `object` is an object.
const JsonValue* find_member(const JsonValue& object, std::string_view name);

// Appends compact JSON text. Floating-point numbers have the fewest digits that stand for them.
void append_json(std::string& out, const JsonValue& value);

}  // namespace lobbyd::api
