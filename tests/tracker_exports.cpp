#include <linmem/tracker_exports.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <set>
#include <string_view>

TEST_SUITE("tracker_exports") {
  TEST_CASE("the layout names figures of the block, each once") {
    std::set<std::size_t> offsets;
    for (const linmem::field& f : linmem::tracker_fields) {
      CHECK(f.type == linmem::field_type::u64);
      CHECK(offsets.insert(f.offset).second);
      CHECK(f.offset + sizeof(std::uint64_t) <= sizeof(linmem::tracker_block));
    }
    CHECK(linmem_tracker_table() != 0);
    CHECK(std::string_view{linmem::tracker_layout.name} == "tracker");
  }

#if LINMEM_METRICS
  TEST_CASE("the block is the program's, and has been told of the memory") {
    const auto* block = reinterpret_cast<const linmem::tracker_block*>(linmem_tracker_block());
    CHECK(block == &linmem::tracker().block());
    CHECK(block->memory_pages == linmem::linear_memory().pages());
    CHECK(block->memory_maximum_pages == linmem::linear_memory().maximum());
  }

  TEST_CASE("limits, operations and starts of the host; what is no count is 0") {
    CHECK(linmem_tracker_limit(0, 1e6, std::nan(""), -1) == 1);
    const auto& block = linmem::tracker().block();
    CHECK(block.memory_limit_pages == 1'000'000);
    CHECK(block.memory_soft_limit_pages == 0);
    CHECK(linmem_tracker_limit(0, 1e300, 0, 0) == 1);
    CHECK(block.memory_limit_pages == 9007199254740991U);
    CHECK(linmem_tracker_limit(0, 0, 0, 0) == 1);
    const auto before = linmem::tracker().snapshot();
    CHECK(linmem_tracker_operation(5e6, 0) == 1);
    CHECK(linmem_tracker_cold_start(7e6) == 1);
    CHECK(block.operations.count == before.operations.count + 1);
    CHECK(block.operations.sum == before.operations.sum + 5'000'000);
    CHECK(block.operation_errors == before.operation_errors + 1);
    CHECK(block.cold_start_nanoseconds == 7'000'000);
  }

  TEST_CASE("alerts of the program's tracker are bits above the first") {
    CHECK(linmem_tracker_watch(0.05, 1e6, 1, 65, 64, 0.5) == 0);
    CHECK(linmem_tracker_watch(0.05, 1e6, 1, 0, 64, 0.5) == 0);
    CHECK(linmem_tracker_watch(0.05, 1e6, 1, 1, 0, 0.5) == 0);
    CHECK(linmem_tracker_watch(1, 1e6, 1, 1, 64, 1) == 1);
    static_cast<void>(linmem_tracker_alerts()); // what was before
    CHECK(linmem_tracker_cold_start(1e6 + 1) == 1);
    CHECK(linmem_tracker_alerts() == 0b101);
    CHECK(linmem_tracker_cold_start(1e6) == 1);
    CHECK(linmem_tracker_alerts() == 1);
  }

  TEST_CASE("an exported function that ran out of memory names the limit and the demand") {
    const std::uint64_t claimed = linmem::tracker().snapshot().heap_claimed_bytes;
    linmem::tracker().limit({.hard_bytes = claimed + 1000});
    CHECK(linmem_buffer_new(100'000, 0) == 0);
    linmem::tracker().limit({});
    const linmem::error_block& why = linmem::detail::last_error;
    CHECK(why.code == linmem::errc::limit_exceeded);
    CHECK(why.limit == claimed + 1000);
    CHECK(why.actual > claimed + 100'000);
    CHECK(linmem::tracker().snapshot().heap_claimed_bytes == claimed);
  }
#else
  TEST_CASE("without metrics there is no block, and the reason is recorded") {
    CHECK(linmem_tracker_block() == 0);
    CHECK(linmem::detail::last_error.code == linmem::errc::unsupported);
  }
#endif
}
