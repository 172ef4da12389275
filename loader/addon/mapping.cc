// The memory of an mmap-able array map as an ArrayBuffer.
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "addon.h"
#include "arguments.h"
#include "errors.h"
#include "map-shape.h"

namespace ncbpf {
namespace {

// Unmapped by `Unmap`, or at the latest when neither the Mapping nor its ArrayBuffer needs it any more.
class Memory {
 public:
  Memory(void *address, size_t length) : address_(address), length_(length) {}
  ~Memory() { Unmap(); }
  Memory(const Memory &) = delete;
  Memory &operator=(const Memory &) = delete;
  void *Address() const { return address_; }
  void Unmap() {
    if (address_) munmap(address_, length_);
    address_ = nullptr;
  }

 private:
  void *address_;
  size_t length_;
};

size_t RoundedToPages(size_t length) {
  size_t page = sysconf(_SC_PAGESIZE);
  return (length + page - 1) / page * page;
}

std::shared_ptr<Memory> Map(Napi::Env env, int fd, size_t length, bool writable) {
  size_t rounded = RoundedToPages(length);
  void *address = mmap(nullptr, rounded, writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, fd, 0);
  if (address == MAP_FAILED) ThrowSystemError(env, errno, "map memory of map");
  return std::make_shared<Memory>(address, rounded);
}

class Mapping : public Napi::ObjectWrap<Mapping> {
 public:
  explicit Mapping(const Napi::CallbackInfo &info);
  static Napi::Function Define(Napi::Env env);

 private:
  Napi::Value Buffer(const Napi::CallbackInfo &info);
  void Unmap(const Napi::CallbackInfo &info);

  std::shared_ptr<Memory> memory_;
  Napi::Reference<Napi::ArrayBuffer> buffer_;
};

Mapping::Mapping(const Napi::CallbackInfo &info) : Napi::ObjectWrap<Mapping>(info) {
  int fd = Descriptor(info[0]);
  MapShape shape = ShapeOf(info.Env(), fd);
  // Other kinds (ring buffers, arenas) have memory too, of another layout.
  if (shape.type != BPF_MAP_TYPE_ARRAY) ThrowSystemError(info.Env(), EINVAL, "map memory of map: it is no array");
  uint64_t available = static_cast<uint64_t>(shape.element_size) * shape.max_entries;
  uint64_t length = Whole(info[1], "length", available);
  if (length == 0) ThrowRange(info.Env(), "length must not be 0");

  memory_ = Map(info.Env(), fd, length, Flag(info[2], "writable"));
  auto *owner = new std::shared_ptr<Memory>(memory_);
  auto release = [](Napi::Env, void *, std::shared_ptr<Memory> *held) { delete held; };
  Napi::ArrayBuffer buffer = Napi::ArrayBuffer::New(info.Env(), memory_->Address(), length, release, owner);
  buffer_ = Napi::Persistent(buffer);
}

Napi::Function Mapping::Define(Napi::Env env) {
  return DefineClass(env, "Mapping", {InstanceAccessor<&Mapping::Buffer>("buffer"), InstanceMethod<&Mapping::Unmap>("unmap")});
}

Napi::Value Mapping::Buffer(const Napi::CallbackInfo &info) {
  if (buffer_.IsEmpty()) ThrowSystemError(info.Env(), EBADF, "use mapping: it is unmapped");
  return buffer_.Value();
}

// Detached first: a view that is still around then has length 0 instead of a dangling address.
void Mapping::Unmap(const Napi::CallbackInfo &) {
  if (buffer_.IsEmpty()) return;
  buffer_.Value().Detach();
  buffer_.Reset();
  memory_->Unmap();
}

}  // namespace

void InitMapping(Napi::Env env, Napi::Object exports) { exports.Set("Mapping", Mapping::Define(env)); }

}  // namespace ncbpf
