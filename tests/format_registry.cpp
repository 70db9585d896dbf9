#include <linmem/format_registry.hpp>

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <string_view>

namespace {

using linmem::errc;
using linmem::format;
using opener = int(int);

int open_html(int n) { return 100 + n; }
int open_plain(int n) { return 200 + n; }
int open_image(int n) { return 300 + n; }
int open_zip(int n) { return 400 + n; }

bool looks_like_html(linmem::byte_view head) noexcept {
  return linmem::as_text(head).starts_with("<!doctype html");
}

constexpr std::array formats{
    format<opener>{.feature = "text",
                   .mime_types = "text/html application/xhtml+xml",
                   .extensions = ".html .htm",
                   .recognises = looks_like_html,
                   .open = open_html},
    format<opener>{.feature = "text",
                   .mime_types = "text/plain",
                   .extensions = ".txt",
                   .magic = {{{"\xEF\xBB\xBF"}}},
                   .open = open_plain},
    format<opener>{.feature = "images",
                   .mime_types = "image/webp",
                   .extensions = ".webp",
                   .magic = {{{"WEBP", 8}, {"RIFX", 0}}},
                   .open = open_image},
};

auto registry() {
  static constinit linmem::format_registry<opener, 2> made{formats};
  auto copy = made; // each test case has its own
  return copy;
}

constexpr format<opener> zip{.feature = "archives",
                             .mime_types = "application/zip",
                             .extensions = ".zip",
                             .magic = {{{"PK\x03\x04"}}},
                             .open = open_zip};

TEST_SUITE("format_registry") {
  TEST_CASE("a format is found by its MIME type, whatever the case and the parameters") {
    auto r = registry();
    for (const std::string_view type :
         {"text/html", "Text/HTML", "text/html; charset=utf-8", " text/html\t;q=1;a=\"b;c\"",
          "application/xhtml+xml", "TEXT/HTML;"}) {
      CAPTURE(type);
      const auto found = r.by_mime_type(type);
      REQUIRE(found);
      CHECK(r[*found].open(7) == 107);
    }
    CHECK(*r.by_mime_type("text/plain") == 1);
  }

  TEST_CASE("an unknown or absent type is an error that lists what is there") {
    auto r = registry();
    for (const auto& [type, says] : {
             std::pair{"text/rtf", "MIME type text/rtf; known: text/html, application/xhtml+xml, "
                                   "text/plain, image/webp"},
             std::pair{"", "no MIME type; known: text/html, application/xhtml+xml, text/plain, "
                           "image/webp"},
             std::pair{" ;charset=utf-8", "no MIME type; known: text/html, application/xhtml+xml, "
                                          "text/plain, image/webp"},
         }) {
      CAPTURE(type);
      const auto found = r.by_mime_type(type);
      REQUIRE_FALSE(found);
      CHECK(found.error().code == errc::unsupported);
      CHECK(std::string_view{found.error().subject} == says);
    }
    // Beginnings and neighbours of names are none.
    for (const char* type : {"text", "text/", "text/htm", "text/htmlx", "text/html application",
                             "text/plain image/webp", "/", "html"}) {
      CAPTURE(type);
      CHECK_FALSE(r.by_mime_type(type));
    }
  }

  TEST_CASE("a name of any length and of any bytes makes an error that can be shown") {
    auto r = registry();
    const std::string type = "\x01\xFF\n" + std::string(5000, 'x');
    const auto found = r.by_mime_type(type);
    REQUIRE_FALSE(found);
    CHECK(std::string_view{found.error().subject}.starts_with("MIME type ???xxxx"));
    CHECK(std::string_view{found.error().subject}.ends_with(
        "xxx...; known: text/html, application/xhtml+xml, text/plain, image/webp"));
  }

  TEST_CASE("a format is found by the extension of a file's name") {
    auto r = registry();
    CHECK(*r.by_file_name("page.html") == 0);
    CHECK(*r.by_file_name("/a.b/C.D.HTM") == 0);
    CHECK(*r.by_file_name(".txt") == 1);
    CHECK(*r.by_file_name("C:\\x\\y.WebP") == 2);
    for (const char* name :
         {"", "html", "page.", "page.htmlx", "a.html/b", "a.html\\b", "a.html "}) {
      CAPTURE(name);
      CHECK_FALSE(r.by_file_name(name));
    }
    CHECK(std::string_view{r.by_file_name("a.doc").error().subject} ==
          "file name extension .doc; known: .html, .htm, .txt, .webp");
    CHECK(std::string_view{r.by_file_name("a").error().subject} ==
          "no file name extension; known: .html, .htm, .txt, .webp");
  }

  TEST_CASE("a format is found by the first bytes of a document") {
    auto r = registry();
    const auto number = [&](std::string_view head) {
      const auto found = r.by_content(linmem::as_bytes(head));
      return found ? static_cast<int>(*found) : -1;
    };
    CHECK(number("<!doctype html><p>") == 0);
    CHECK(number("\xEF\xBB\xBF<p>") == 1);
    CHECK(number("RIFF1234WEBPVP8 ") == 2);
    CHECK(number("RIFX") == 2);
    CHECK(number("\xEF\xBB\xBF+++++WEBP") == 2); // the longer magic
    CHECK(number("RIFF1234WEB") == -1);          // cut within
    CHECK(number("") == -1);
    CHECK(std::string_view{r.by_content({}).error().subject} ==
          "no type that the content shows; known: text/html, application/xhtml+xml, text/plain, "
          "image/webp");
  }

  TEST_CASE("what is supported is said, each feature once") {
    auto r = registry();
    std::array<char, 128> out{};
    CHECK(r.supported_features(out) == "text images");
    CHECK(r.supported_mime_types(out) == "text/html application/xhtml+xml text/plain image/webp");
    CHECK(r.supported_extensions(out) == ".html .htm .txt .webp");
    CHECK(r.supported_mime_types(std::span{out}.first(6)) == "text/h");
    CHECK(r.supported_features({}).empty());
  }

  TEST_CASE("a format can be added while the program runs, its number does not change the others") {
    auto r = registry();
    CHECK_FALSE(r.by_mime_type("application/zip"));
    CHECK(*r.add(zip) == 3);
    CHECK(r[*r.by_mime_type("application/ZIP")].open(1) == 401);
    CHECK(*r.by_file_name("x.zip") == 3);
    CHECK(*r.by_content(linmem::as_bytes("PK\x03\x04")) == 3);
    CHECK(*r.by_mime_type("text/plain") == 1);
    std::array<char, 128> out{};
    CHECK(r.supported_features(out) == "text images archives");
  }

  TEST_CASE("a duplicate, an empty one and one too many are refused, and nothing changes") {
    auto r = registry();
    REQUIRE(r.add(zip));
    const auto refused = [&](const format<opener>& f, errc code, std::string_view says) {
      const auto added = r.add(f);
      REQUIRE_FALSE(added);
      CHECK(added.error().code == code);
      CHECK(std::string_view{added.error().subject} == says);
      CHECK(r.size() == 4);
    };
    auto f = zip;
    refused(f, errc::conflict, "format for application/zip");
    f.mime_types = "application/x-zip TEXT/Plain";
    refused(f, errc::conflict, "format for TEXT/Plain");
    f.mime_types = "application/x-zip";
    refused(f, errc::conflict, "format for .zip");
    f.extensions = "";
    f.open = nullptr;
    refused(f, errc::invalid_argument, "format without a MIME type or a handler");
    f.open = open_zip;
    f.mime_types = "";
    refused(f, errc::invalid_argument, "format without a MIME type or a handler");
    f.mime_types = "application/x-zip";
    CHECK(*r.add(f) == 4);
    f.mime_types = "application/x-other";
    const auto full = r.add(f);
    REQUIRE_FALSE(full);
    CHECK(full.error() == linmem::error{errc::limit_exceeded, "formats added", 2, 3});
    CHECK_FALSE(r.by_mime_type("application/x-other"));
  }

  TEST_CASE("a registry of nothing knows nothing") {
    static constinit linmem::format_registry<opener> empty{std::span<const format<opener>>{}};
    CHECK(empty.size() == 0);
    CHECK(std::string_view{empty.by_mime_type("a/b").error().subject} == "MIME type a/b; known: ");
    CHECK_FALSE(empty.by_content(linmem::as_bytes("x")));
  }

  TEST_CASE("a list in which two formats share a name is told apart when it is compiled") {
    static constexpr std::array twice{formats[0], zip, zip};
    static_assert(linmem::names_are_distinct<opener>(formats));
    static_assert(!linmem::names_are_distinct<opener>(twice));
    CHECK(linmem::names_are_distinct<opener>({}));
  }
}

} // namespace
