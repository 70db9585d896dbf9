// linmem/linmem.hpp - every header of the library but those of the boundary.
//
// For those who do not mind compile time; each header can be included alone. growth.hpp, host.hpp,
// exports.hpp and pool_exports.hpp are left out: including them adds functions to the program.
#pragma once

#include <linmem/allocator.hpp>
#include <linmem/arena.hpp>
#include <linmem/arena_pool.hpp>
#include <linmem/buffer_block.hpp>
#include <linmem/buffer_pool.hpp>
#include <linmem/bytes.hpp>
#include <linmem/chunk_stream.hpp>
#include <linmem/config.hpp>
#include <linmem/error.hpp>
#include <linmem/format_registry.hpp>
#include <linmem/handle_table.hpp>
#include <linmem/image_view.hpp>
#include <linmem/layout.hpp>
#include <linmem/linear_memory.hpp>
#include <linmem/lock_words.hpp>
#include <linmem/no_mutex.hpp>
#include <linmem/poison.hpp>
#include <linmem/resource_tracker.hpp>
#include <linmem/result.hpp>
#include <linmem/shared_buffer.hpp>
#include <linmem/shared_buffer_view.hpp>
#include <linmem/size_class.hpp>
#include <linmem/storage.hpp>
#include <linmem/transform.hpp>
#include <linmem/utf8.hpp>
