// linmem/linmem.hpp - every header of the library but the C ABI.
//
// For those who do not mind compile time; each header can be included alone. exports.hpp is left
// out: including it adds functions to the program.
#pragma once

#include <linmem/bytes.hpp>
#include <linmem/chunk_stream.hpp>
#include <linmem/config.hpp>
#include <linmem/error.hpp>
#include <linmem/handle_table.hpp>
#include <linmem/layout.hpp>
#include <linmem/linear_memory.hpp>
#include <linmem/resource_tracker.hpp>
#include <linmem/result.hpp>
#include <linmem/shared_buffer.hpp>
#include <linmem/storage.hpp>
#include <linmem/transform.hpp>
#include <linmem/utf8.hpp>
