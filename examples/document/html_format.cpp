// HTML is what is read most: its transform alone is compiled for speed, the rest of pipeline.cpp for size.
#include "formats.hpp"

document::any_transform document::html_transform(wishes wanted) noexcept {
  return any_transform::of(linmem::utf8_lossy{html_text{wanted}});
}
