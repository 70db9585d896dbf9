// What one version or configuration of linmem says of itself in parts.cpp.
#pragma once

struct part {
  int major_version;
  bool checked;
  const void* memory;      // its linear_memory()
  unsigned bytes_read;     // of a buffer it made
  unsigned chunks;         // of a stream it made
  unsigned arena_is_empty; // after a reset
};

part checked();
part unchecked();
part next_version();
