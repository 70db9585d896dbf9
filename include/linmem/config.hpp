// linmem/config.hpp - version, configuration and the names that depend on them.
//
// Every other header includes this one. It defines no function and includes only `<cassert>`.
// Not for users' own settings: the switches below are read once, here, and become part of the
// name of everything linmem defines, so that translation units which disagree still link and each
// gets what it compiled (see LINMEM_ABI).
#pragma once

/// Raised by what breaks a program; while it is 0, the minor is.
#define LINMEM_VERSION_MAJOR 0
/// Raised by something new.
#define LINMEM_VERSION_MINOR 1
/// Raised by anything else.
#define LINMEM_VERSION_PATCH 0
/// The three.
#define LINMEM_VERSION_STRING "0.1.0"

/// LINMEM_CHECKED: 1 checks preconditions, 0 trusts them. Follows NDEBUG unless defined.
/// Errors that the outside world can cause are values in either case, never assertions.
#ifndef LINMEM_CHECKED
#ifdef NDEBUG
#define LINMEM_CHECKED 0
#else
#define LINMEM_CHECKED 1
#endif
#endif

/// LINMEM_ASSERT(condition): define it before the first include to report elsewhere.
#ifndef LINMEM_ASSERT
#if LINMEM_CHECKED
#include <cassert>
#define LINMEM_ASSERT(condition) assert(condition)
#else
#define LINMEM_ASSERT(condition) static_cast<void>(0)
#endif
#endif

/// LINMEM_METRICS: 1 counts and limits what the program uses, 0 leaves no code of that. See
/// resource_tracker.hpp.
#ifndef LINMEM_METRICS
#define LINMEM_METRICS 1
#endif

/// LINMEM_STANDALONE: 1 in a program that Emscripten links with -sSTANDALONE_WASM, which no macro of
/// its own tells. See growth.hpp.
#ifndef LINMEM_STANDALONE
#define LINMEM_STANDALONE 0
#endif

// What else changes the layout or the behaviour of a definition.
#if defined(__cpp_exceptions) || defined(__EXCEPTIONS)
#define LINMEM_DETAIL_EXCEPTIONS x
#else
#define LINMEM_DETAIL_EXCEPTIONS
#endif

/// LINMEM_THREADS: 1 where threads may share the memory, which atomic instructions say: with -pthread,
/// under Emscripten and WASI, and with Wasm Workers, which have neither pthreads nor _REENTRANT.
#if !defined(__wasm__) || defined(__wasm_atomics__)
#define LINMEM_THREADS 1
#define LINMEM_DETAIL_THREADS t
#else
#define LINMEM_THREADS 0
#define LINMEM_DETAIL_THREADS
#endif

#if LINMEM_CHECKED
#define LINMEM_DETAIL_CHECKED c
#else
#define LINMEM_DETAIL_CHECKED
#endif

#if LINMEM_METRICS
#define LINMEM_DETAIL_METRICS m
#else
#define LINMEM_DETAIL_METRICS
#endif

#if __cplusplus > 202002L
#define LINMEM_DETAIL_STANDARD 23
#else
#define LINMEM_DETAIL_STANDARD 20
#endif

#define LINMEM_DETAIL_ABI_(major, minor, patch, standard, threads, checked, exceptions, metrics)   \
  v##major##_##minor##_##patch##_##standard##threads##checked##exceptions##metrics
#define LINMEM_DETAIL_ABI(...) LINMEM_DETAIL_ABI_(__VA_ARGS__)

/// LINMEM_ABI: the inline namespace that holds the library, for example `v0_1_0_20tcxm`. Two versions
/// or two configurations in one program are two sets of names, not an ODR violation.
#define LINMEM_ABI                                                                                 \
  LINMEM_DETAIL_ABI(LINMEM_VERSION_MAJOR, LINMEM_VERSION_MINOR, LINMEM_VERSION_PATCH,              \
                    LINMEM_DETAIL_STANDARD, LINMEM_DETAIL_THREADS, LINMEM_DETAIL_CHECKED,          \
                    LINMEM_DETAIL_EXCEPTIONS, LINMEM_DETAIL_METRICS)

/// The library. Everything public lives here, in an inline namespace that carries the version.
namespace linmem::inline LINMEM_ABI {}
