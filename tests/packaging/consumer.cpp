// The program that every way of installing has to make possible.
#include <linmem/bytes.hpp>
#include <linmem/config.hpp>
#include <linmem/utf8.hpp>

#include <cstdio>

int main() {
  const auto cut = linmem::as_bytes("one cut \xE2\x82"); // the third byte of a euro sign is to come
  std::printf("linmem %s: %zu of %zu bytes\n", LINMEM_VERSION_STRING,
              linmem::utf8::complete_prefix(cut), cut.size());
}
