#include "arguments.h"

#include <net/if.h>

#include <cerrno>
#include <climits>
#include <cmath>

#include "errors.h"

namespace ncbpf {

uint64_t Whole(const Napi::Value &value, const char *name, uint64_t max) {
  if (!value.IsNumber()) ThrowType(value.Env(), std::string(name) + " must be a number");
  double number = value.As<Napi::Number>().DoubleValue();
  if (!(number >= 0) || std::floor(number) != number || number > static_cast<double>(max) || number > 9007199254740991.0)
    ThrowRange(value.Env(), std::string(name) + " must be a whole number from 0 to " + std::to_string(max));
  return static_cast<uint64_t>(number);
}

int Descriptor(const Napi::Value &value, const char *name) { return static_cast<int>(Whole(value, name, INT_MAX)); }

uint32_t Unsigned(const Napi::Value &value, const char *name) {
  return static_cast<uint32_t>(Whole(value, name, UINT32_MAX));
}

int InterfaceIndex(const Napi::Value &value) {
  int index = static_cast<int>(Whole(value, "ifindex", INT_MAX));
  if (index == 0) ThrowRange(value.Env(), "ifindex must not be 0");
  char name[IF_NAMESIZE];
  if (!if_indextoname(index, name)) ThrowSystemError(value.Env(), ENODEV, "find interface " + std::to_string(index));
  return index;
}

bool Flag(const Napi::Value &value, const char *name) {
  if (!value.IsBoolean()) ThrowType(value.Env(), std::string(name) + " must be true or false");
  return value.As<Napi::Boolean>().Value();
}

std::string Text(const Napi::Value &value, const char *name) {
  if (!value.IsString()) ThrowType(value.Env(), std::string(name) + " must be a string");
  std::string text = value.As<Napi::String>().Utf8Value();
  // The kernel would see only what is before it.
  if (text.find('\0') != std::string::npos) ThrowType(value.Env(), std::string(name) + " must not contain a zero byte");
  return text;
}

Bytes Octets(const Napi::Value &value, const char *name) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array)
    ThrowType(value.Env(), std::string(name) + " must be a Buffer or Uint8Array");
  Napi::Uint8Array array = value.As<Napi::Uint8Array>();
  return {array.Data(), array.ByteLength()};
}

Bytes OctetsOf(const Napi::Value &value, const char *name, size_t size) {
  Bytes bytes = Octets(value, name);
  if (bytes.size != size)
    ThrowRange(value.Env(), std::string(name) + " has " + std::to_string(bytes.size) + " bytes, must have " +
                                std::to_string(size));
  return bytes;
}

bool Absent(const Napi::Value &value) { return value.IsUndefined() || value.IsNull(); }

Napi::Value Option(const Napi::Value &options, const char *name) {
  if (Absent(options)) return options.Env().Undefined();
  if (!options.IsObject()) ThrowType(options.Env(), "options must be an object");
  return options.As<Napi::Object>().Get(name);
}

Napi::Value CopyToBuffer(Napi::Env env, const void *data, size_t size) {
  return Napi::Buffer<uint8_t>::Copy(env, static_cast<const uint8_t *>(data), size);
}

}  // namespace ncbpf
