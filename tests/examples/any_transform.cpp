// A transform of any kind, behind one type: the same as the transform itself.
#include "../../examples/document/any_transform.hpp"

#include "../../examples/document/html_text.hpp"
#include "../../examples/document/json_text.hpp"

#include "failing_malloc.hpp"
#include "run_transform.hpp"

#include <linmem/bytes.hpp>
#include <linmem/transform.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using document::any_transform;
using html = linmem::utf8_lossy<document::html_text>;

static_assert(linmem::transform<any_transform>);
static_assert(linmem::publishes_items<any_transform>);

TEST_CASE("any_transform: does what the transform within does") {
  const std::string_view page = "<p>caf&eacute;<p>b\xFF";
  any_transform t = any_transform::of(html{});
  REQUIRE(t);
  html alone;
  const std::string expected = run_transform::in_pieces(alone, page, {}, 64);
  CHECK(run_transform::in_pieces(t, page, {3, 9}, 5) == expected);
  CHECK(t.replaced() == 1);
  CHECK(t.items().size() == 0);
  t.reset();
  CHECK(t.replaced() == 0);
  any_transform moved = std::move(t);
  CHECK_FALSE(t);
  CHECK(run_transform::in_pieces(moved, page, {1}, 7) == expected);
  moved = any_transform::of(linmem::copy_transform{});
  CHECK(run_transform::in_pieces(moved, "a", {}, 7) == "a");
}

TEST_CASE("any_transform: behind utf8_lossy it is what the transform within would be") {
  const std::string_view page = "<p>caf&eacute;<p>b\xFF<img alt=\"\xC3\xA9\xC3\">";
  html alone;
  const std::string expected = run_transform::in_pieces(alone, page, {}, 64);
  any_transform t = any_transform::lossy(any_transform::of(document::html_text{}));
  REQUIRE(t);
  CHECK(run_transform::in_pieces(t, page, {3, 20, 34}, 5) == expected);
  CHECK(t.replaced() == alone.replaced());
  t.reset();
  CHECK(t.replaced() == 0);
  CHECK(run_transform::in_pieces(t, page, {}, 64) == expected);

  any_transform failing = any_transform::lossy(any_transform::of(document::json_text{}));
  std::vector<std::byte> out(64);
  CHECK(failing.step(linmem::as_bytes("[1,"), out, true).status == linmem::step_status::failed);
  CHECK(failing.failure().code == linmem::errc::invalid_data);
}

TEST_CASE("any_transform: the failure and the items are those of the transform within") {
  any_transform t = any_transform::of(document::json_text{});
  std::vector<std::byte> out(64);
  CHECK(t.step(linmem::as_bytes("[1,"), out, true).status == linmem::step_status::failed);
  CHECK(t.failure().code == linmem::errc::invalid_data);
  CHECK(std::string_view{t.failure().subject}.starts_with("JSON, line 1, column "));
  CHECK(t.items().metadata().empty());
}

TEST_CASE("any_transform: is empty when there is no memory for it") {
  failing_malloc::fail_after(0);
  const any_transform t = any_transform::of(html{});
  CHECK(failing_malloc::grant());
  CHECK_FALSE(t);
  for (const std::size_t granted : {0U, 1U}) { // for the transform, and for what is around it
    failing_malloc::fail_after(granted);
    const any_transform lossy = any_transform::lossy(any_transform::of(document::html_text{}));
    CHECK(failing_malloc::grant());
    CHECK_FALSE(lossy);
  }
}

} // namespace
