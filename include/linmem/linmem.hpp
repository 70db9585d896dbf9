// linmem/linmem.hpp - every header of the library but those of the boundary.
//
// For those who do not mind compile time; each header can be included alone. growth.hpp, host.hpp,
// host_stream.hpp, embind.hpp and the *exports.hpp are left out: including them adds functions to the
// program.
#pragma once

#include <linmem/alerts.hpp>
#include <linmem/allocator.hpp>
#include <linmem/arena.hpp>
#include <linmem/arena_pool.hpp>
#include <linmem/base64.hpp>
#include <linmem/buffer_block.hpp>
#include <linmem/buffer_pool.hpp>
#include <linmem/bytes.hpp>
#include <linmem/chunk_source.hpp>
#include <linmem/chunk_stream.hpp>
#include <linmem/circuit_breaker.hpp>
#include <linmem/config.hpp>
#include <linmem/counters.hpp>
#include <linmem/environment.hpp>
#include <linmem/error.hpp>
#include <linmem/format_registry.hpp>
#include <linmem/generator.hpp>
#include <linmem/handle_table.hpp>
#include <linmem/histogram.hpp>
#include <linmem/image_view.hpp>
#include <linmem/layout.hpp>
#include <linmem/leak_slope.hpp>
#include <linmem/linear_memory.hpp>
#include <linmem/lock_words.hpp>
#include <linmem/lru_cache.hpp>
#include <linmem/memory_limits.hpp>
#include <linmem/metrics.hpp>
#include <linmem/no_mutex.hpp>
#include <linmem/operation.hpp>
#include <linmem/pages.hpp>
#include <linmem/params_block.hpp>
#include <linmem/piece_source.hpp>
#include <linmem/pipeline.hpp>
#include <linmem/poison.hpp>
#include <linmem/push_source.hpp>
#include <linmem/resource_tracker.hpp>
#include <linmem/result.hpp>
#include <linmem/ring.hpp>
#include <linmem/ring_block.hpp>
#include <linmem/ring_end.hpp>
#include <linmem/shared_buffer.hpp>
#include <linmem/shared_buffer_view.hpp>
#include <linmem/shared_params.hpp>
#include <linmem/size_class.hpp>
#include <linmem/storage.hpp>
#include <linmem/stream_items.hpp>
#include <linmem/transform.hpp>
#include <linmem/transform_source.hpp>
#include <linmem/utf8.hpp>
