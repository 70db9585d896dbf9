// linmem/params_exports.hpp - shared parameters behind a handle: the optional part of the C ABI for
// them.
//
// Opt-in like exports.hpp, and for the same thread. The module keeps the parameters and tells the
// host their handle:
//
//   LINMEM_EXPORT(look_params) std::uint32_t look_params() noexcept {
//     static auto params = linmem::hosted_params<look>::create({.zoom = 1});
//     return params ? params->handle() : linmem::reject(params.error());
//   }
//
// and JavaScript has an object with their names: new SharedParams(memory, module._look_params()).values.zoom.
// What changes they see, and when, is in shared_params.hpp.
#pragma once

#include <linmem/config.hpp>
#include <linmem/error.hpp>
#include <linmem/exports.hpp>
#include <linmem/handle_table.hpp>
#include <linmem/host.hpp>
#include <linmem/layout.hpp>
#include <linmem/result.hpp>
#include <linmem/shared_params.hpp>

#include <cstdint> // std::uint32_t, std::uintptr_t
#include <utility> // std::exchange, std::move, std::swap

namespace linmem::inline LINMEM_ABI {

/// The layout of T, as the host reads it.
template <params_struct T>
inline constexpr block_layout params_values_layout{"values", sizeof(T), params_fields<T>};

/// Parameters that the host finds by a handle, until this object ends.
template <params_struct T>
class hosted_params {
public:
  /// Parameters with the values of `initial`, in the host's table. out_of_memory; limit_exceeded when
  /// no more handles are free.
  [[nodiscard]] static result<hosted_params> create(const T& initial = {}) noexcept {
    auto params = shared_params<T>::create(initial);
    if (!params) { return unexpected{params.error()}; }
    params->block().fields = detail::address_of(&params_values_layout<T>);
    const auto h = detail::objects.insert({detail::object_kind::params, &params->block(), nullptr});
    if (!h) { return unexpected{h.error()}; }
    return hosted_params{std::move(*params), *h};
  }

  hosted_params(const hosted_params&) = delete;
  hosted_params& operator=(const hosted_params&) = delete;
  /// Takes over the parameters of `other`, and their handle.
  hosted_params(hosted_params&& other) noexcept
      : params_{std::move(other.params_)}, handle_{std::exchange(other.handle_, linmem::handle{})} {
  }
  /// Ends the own parameters and takes over those of `other`.
  hosted_params& operator=(hosted_params&& other) noexcept {
    hosted_params taken{std::move(other)};
    std::swap(params_, taken.params_);
    std::swap(handle_, taken.handle_);
    return *this;
  }
  /// Frees them. The handle is stale from then on.
  ~hosted_params() {
    if (handle_ != linmem::handle{}) { static_cast<void>(detail::objects.erase(handle_)); }
  }

  /// What the host calls them.
  [[nodiscard]] std::uint32_t handle() const noexcept {
    return static_cast<std::uint32_t>(handle_);
  }
  /// One more side, for any thread: shared_params::view.
  [[nodiscard]] params_view<T> view(params_options options = {}) noexcept {
    return params_.view(options);
  }

private:
  hosted_params(shared_params<T> params, linmem::handle h) noexcept
      : params_{std::move(params)}, handle_{h} {}

  shared_params<T> params_;
  linmem::handle handle_;
};

} // namespace linmem::inline LINMEM_ABI

/// The address of the layout of a params_block.
LINMEM_EXPORT(linmem_params_layout) std::uintptr_t linmem_params_layout() noexcept {
  return reinterpret_cast<std::uintptr_t>(&linmem::params_block_layout); // NOLINT: read at once
}

/// The address of the parameters' block.
LINMEM_EXPORT(linmem_params_block) std::uintptr_t linmem_params_block(std::uint32_t h) noexcept {
  using linmem::detail::object_kind;
  const linmem::detail::object* found =
      linmem::detail::find_object(h, object_kind::params, "parameters' handle");
  return found == nullptr ? 0 : reinterpret_cast<std::uintptr_t>(found->at); // NOLINT
}
