// Elements of maps by system call.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <cerrno>
#include <vector>

#include "addon.h"
#include "arguments.h"
#include "errors.h"
#include "kernel-info.h"
#include "map-shape.h"

namespace ncbpf {
namespace {

constexpr int kNotSupportedByKernel = 524;

size_t Padded(size_t size) { return (size + 7) & ~size_t{7}; }

bool IsPerCpu(__u32 type) {
  return type == BPF_MAP_TYPE_PERCPU_HASH || type == BPF_MAP_TYPE_PERCPU_ARRAY ||
         type == BPF_MAP_TYPE_LRU_PERCPU_HASH || type == BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE;
}

// Queues and stacks have no key: they take null.
const void *Key(const Napi::Value &value, const MapShape &shape) {
  if (shape.key_size == 0 && Absent(value)) return nullptr;
  return OctetsOf(value, "key", shape.key_size).data;
}

uint64_t UpdateFlags(const Napi::Value &value) { return Absent(value) ? 0 : Unsigned(value, "flags"); }

Napi::Value MapLookup(const Napi::CallbackInfo &info) {
  int fd = Descriptor(info[0]);
  MapShape shape = ShapeOf(info.Env(), fd);
  const void *key = Key(info[1], shape);
  Napi::Buffer<uint8_t> value = Napi::Buffer<uint8_t>::New(info.Env(), shape.value_size);
  if (bpf_map_lookup_elem(fd, key, value.Data()) == 0) return value;
  if (errno != ENOENT) ThrowSystemError(info.Env(), errno, "look up element");
  return info.Env().Null();
}

void MapUpdate(const Napi::CallbackInfo &info) {
  int fd = Descriptor(info[0]);
  MapShape shape = ShapeOf(info.Env(), fd);
  const void *key = Key(info[1], shape);
  Bytes value = OctetsOf(info[2], "value", shape.value_size);
  if (bpf_map_update_elem(fd, key, value.data, UpdateFlags(info[3]))) ThrowSystemError(info.Env(), errno, "update element");
}

Napi::Value MapDelete(const Napi::CallbackInfo &info) {
  int fd = Descriptor(info[0]);
  MapShape shape = ShapeOf(info.Env(), fd);
  if (bpf_map_delete_elem(fd, Key(info[1], shape)) == 0) return Napi::Boolean::New(info.Env(), true);
  if (errno != ENOENT) ThrowSystemError(info.Env(), errno, "delete element");
  return Napi::Boolean::New(info.Env(), false);
}

Napi::Value MapNextKey(const Napi::CallbackInfo &info) {
  int fd = Descriptor(info[0]);
  MapShape shape = ShapeOf(info.Env(), fd);
  const void *key = Absent(info[1]) ? nullptr : OctetsOf(info[1], "key", shape.key_size).data;
  Napi::Buffer<uint8_t> next = Napi::Buffer<uint8_t>::New(info.Env(), shape.key_size);
  if (bpf_map_get_next_key(fd, key, next.Data()) == 0) return next;
  if (errno != ENOENT) ThrowSystemError(info.Env(), errno, "find next key");
  return info.Env().Null();
}

void UpdateOneByOne(Napi::Env env, int fd, const MapShape &shape, Bytes keys, Bytes values, uint32_t count) {
  for (uint32_t i = 0; i < count; i++)
    if (bpf_map_update_elem(fd, keys.data + i * shape.key_size, values.data + i * shape.value_size, BPF_ANY))
      ThrowSystemError(env, errno, "update element " + std::to_string(i));
}

void MapUpdateBatch(const Napi::CallbackInfo &info) {
  int fd = Descriptor(info[0]);
  MapShape shape = ShapeOf(info.Env(), fd);
  uint32_t count = Unsigned(info[3], "count");
  Bytes keys = OctetsOf(info[1], "keys", shape.key_size * count);
  Bytes values = OctetsOf(info[2], "values", shape.value_size * count);
  if (count == 0) return;
  __u32 done = count;
  LIBBPF_OPTS(bpf_map_batch_opts, options);
  if (bpf_map_update_batch(fd, keys.data, values.data, &done, &options) == 0) return;
  int error = errno;
  // Map types without the batch operation: ENOTSUPP, before 5.19 or so EOPNOTSUPP; kernels without it at all: EINVAL.
  if (error != kNotSupportedByKernel && error != EOPNOTSUPP && error != EINVAL)
    ThrowSystemError(info.Env(), error, "update " + std::to_string(count) + " elements");
  UpdateOneByOne(info.Env(), fd, shape, keys, values, count);
}

}  // namespace

MapShape ShapeOf(Napi::Env env, int fd) {
  struct bpf_map_info map = {};
  AskKernel(env, fd, kMapKind, &map);
  size_t value_size = map.value_size;
  if (IsPerCpu(map.type)) value_size = Padded(value_size) * libbpf_num_possible_cpus();
  return {map.type, map.key_size, value_size, Padded(map.value_size), map.max_entries};
}

void InitMap(Napi::Env env, Napi::Object exports) {
  exports.Set("mapLookup", Napi::Function::New<MapLookup>(env, "mapLookup"));
  exports.Set("mapUpdate", Napi::Function::New<MapUpdate>(env, "mapUpdate"));
  exports.Set("mapDelete", Napi::Function::New<MapDelete>(env, "mapDelete"));
  exports.Set("mapNextKey", Napi::Function::New<MapNextKey>(env, "mapNextKey"));
  exports.Set("mapUpdateBatch", Napi::Function::New<MapUpdateBatch>(env, "mapUpdateBatch"));
}

}  // namespace ncbpf
