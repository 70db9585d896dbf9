// The transform of HTML, by itself: where megabytes go through, it is compiled for speed.
#include "any_transform.hpp"
#include "formats.hpp"
#include "html_text.hpp"

namespace document::detail {

any_transform make_html(wishes wanted) noexcept {
  return any_transform::lossy(any_transform::of(html_text{wanted}));
}

} // namespace document::detail
