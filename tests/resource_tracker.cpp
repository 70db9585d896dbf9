#include <linmem/resource_tracker.hpp>

#include <doctest/doctest.h>

#include <string_view>

TEST_SUITE("resource_tracker") {
  TEST_CASE("a new ledger has nothing in it, and its layout names every field") {
    const linmem::copy_ledger ledger;
    CHECK(ledger.copied_in + ledger.copied_out + ledger.staged == 0);
    CHECK(ledger.buffers + ledger.streams == 0);
    std::size_t bytes = 0;
    for (const linmem::field& f : linmem::ledger_fields) {
      bytes += f.type == linmem::field_type::u64 ? 8 : 4;
    }
    CHECK(bytes == sizeof(linmem::copy_ledger)); // no field without a name, no hole
    CHECK(std::string_view{linmem::ledger_layout.name} == "ledger");
  }
}
