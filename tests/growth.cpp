#include <linmem/growth.hpp>

#include <doctest/doctest.h>

#include <cstdlib>

using linmem::errc;

TEST_SUITE("growth") {
  TEST_CASE("no growth happens in the scope, and the error says so; scopes nest") {
    auto& memory = linmem::linear_memory();
    const std::size_t before = memory.pages();
    {
      const linmem::no_grow outer;
      CHECK(memory.grow(1).error().code == errc::limit_exceeded);
      {
        const linmem::no_grow inner;
        CHECK_FALSE(memory.grow(1));
      }
      CHECK_FALSE(memory.grow(1));
      CHECK(memory.is_growth_forbidden());
    }
    CHECK_FALSE(memory.is_growth_forbidden());
    CHECK(memory.pages() == before);
    CHECK(memory.grow(1));
  }

#if defined(__EMSCRIPTEN__)
  TEST_CASE("malloc's growth is seen by the hooks, refused in the scope, and works afterwards") {
    auto& memory = linmem::linear_memory();
    struct seen {
      int grown = 0;
      int failed = 0;
    } counts;
    linmem::growth_hooks hooks;
    hooks.context = &counts;
    hooks.grown = [](void* c, std::size_t, std::size_t) noexcept {
      ++static_cast<seen*>(c)->grown;
    };
    hooks.grow_failed = [](void* c, std::size_t, std::size_t) noexcept {
      ++static_cast<seen*>(c)->failed;
    };
    memory.watch(hooks);
    const std::size_t more = (memory.pages() + 16) * linmem::page_size; // more than there is
    {
      const linmem::no_grow fixed;
      void* volatile p = std::malloc(more);
      const bool refused = p == nullptr;
      CHECK(refused);
      void* volatile small = std::malloc(100); // what is there can still be given
      const bool given = small != nullptr;
      CHECK(given);
      std::free(small);
    }
    CHECK(counts.grown == 0);
    CHECK(counts.failed > 0);
    void* volatile p = std::malloc(more);
    const bool given = p != nullptr;
    CHECK(given);
    CHECK(counts.grown > 0);
    std::free(p);
    memory.watch({});
  }
#endif
}
