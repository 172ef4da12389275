// Reading arguments from JavaScript. Nothing is trusted: each function throws a TypeError or RangeError.
#pragma once

#include <napi.h>

#include <cstdint>
#include <string>

namespace ncbpf {

// Bytes owned by JavaScript, valid for the duration of the call.
struct Bytes {
  uint8_t *data;
  size_t size;
};

// A whole number from 0 to `max` (at most 2^53 - 1).
uint64_t Whole(const Napi::Value &value, const char *name, uint64_t max);

int Descriptor(const Napi::Value &value, const char *name = "fd");
uint32_t Unsigned(const Napi::Value &value, const char *name);

// The index of an interface of this thread's namespace; ENODEV when there is none. What the kernel says differs by call.
int InterfaceIndex(const Napi::Value &value);

bool Flag(const Napi::Value &value, const char *name);
std::string Text(const Napi::Value &value, const char *name);
Bytes Octets(const Napi::Value &value, const char *name);

// A Uint8Array of exactly `size` bytes.
Bytes OctetsOf(const Napi::Value &value, const char *name, size_t size);

bool Absent(const Napi::Value &value);

// The member of an options object, undefined when there is no such object.
Napi::Value Option(const Napi::Value &options, const char *name);

Napi::Value CopyToBuffer(Napi::Env env, const void *data, size_t size);

}  // namespace ncbpf
