// The sizes of a map as the kernel has them, so that no buffer from JavaScript is read or written beyond its end.
#pragma once

#include <linux/bpf.h>
#include <napi.h>

namespace ncbpf {

struct MapShape {
  __u32 type;
  size_t key_size;
  size_t value_size;  // what a lookup copies: for per-CPU maps the values of all CPUs, each padded to 8 bytes
  size_t element_size;  // of one value inside an array's memory
  __u32 max_entries;
};

// Throws when `fd` is no map.
MapShape ShapeOf(Napi::Env env, int fd);

}  // namespace ncbpf
