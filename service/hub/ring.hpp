#pragma once

#include <boost/circular_buffer.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace lobbyd::hub {

// A queue for what every client has, and which is empty most of the time: then it holds no memory. References do not
// outlast a push.
template <class Element>
class Ring {
 public:
  bool empty() const { return elements_.empty(); }
  std::size_t size() const { return elements_.size(); }
  Element& operator[](std::size_t index) { return elements_[index]; }
  const Element& operator[](std::size_t index) const { return elements_[index]; }
  Element& front() { return elements_.front(); }
  Element& back() { return elements_.back(); }
  auto begin() { return elements_.begin(); }
  auto end() { return elements_.end(); }
  auto begin() const { return elements_.begin(); }
  auto end() const { return elements_.end(); }

  void push_back(Element element) {
    if (elements_.full()) {
      elements_.set_capacity(std::max<std::size_t>(4, 2 * elements_.size()));
    }
    elements_.push_back(std::move(element));
  }
  void pop_front() {
    elements_.pop_front();
    release_if_empty();
  }
  void pop_back() {
    elements_.pop_back();
    release_if_empty();
  }
  template <class Predicate>
  void erase_if(Predicate predicate) {
    elements_.erase(std::remove_if(elements_.begin(), elements_.end(), predicate), elements_.end());
    release_if_empty();
  }

 private:
  void release_if_empty() {
    if (elements_.empty()) {
      elements_.set_capacity(0);
    }
  }

  boost::circular_buffer<Element> elements_;
};

}  // namespace lobbyd::hub
