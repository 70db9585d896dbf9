# What doxygen reads instead of a header, line for line.

# The text at its head describes the file; code in it is indented by four, as Markdown has it.
1s,^// linmem/[^ ]* - ,// @brief ,
1,/^#pragma once/{
  s,^//   ,//     ,
  s,^//,///,
  s,^#pragma once,/// @file,
}

# Programs name neither the inline namespace nor what is there for the library's own classes.
s/^namespace linmem::inline LINMEM_ABI/namespace linmem/
s/^protected:/private:/
s/^#if LINMEM_METRICS/#if 1/
s/^inline constexpr bool std::ranges::enable_view.*/class of_std_;/
