// The consumer of a BPF ring buffer.
#include <bpf/libbpf.h>
#include <poll.h>

#include <cerrno>
#include <climits>
#include <string>
#include <vector>

#include "addon.h"
#include "arguments.h"
#include "errors.h"
#include "map-shape.h"

namespace ncbpf {
namespace {

class Ring : public Napi::ObjectWrap<Ring> {
 public:
  explicit Ring(const Napi::CallbackInfo &info);
  ~Ring() override { ring_buffer__free(ring_); }
  static Napi::Function Define(Napi::Env env);

 private:
  static int Take(void *self, void *record, size_t size);
  struct ring_buffer *Open(Napi::Env env) const;
  Napi::Value Consume(const Napi::CallbackInfo &info);
  Napi::Value Wait(const Napi::CallbackInfo &info);
  void Close(const Napi::CallbackInfo &info);

  struct ring_buffer *ring_ = nullptr;
  std::vector<std::string> taken_;
  size_t most_ = 0;
};

Ring::Ring(const Napi::CallbackInfo &info) : Napi::ObjectWrap<Ring>(info) {
  int fd = Descriptor(info[0]);
  if (ShapeOf(info.Env(), fd).type != BPF_MAP_TYPE_RINGBUF)
    ThrowSystemError(info.Env(), EINVAL, "open ring buffer: the map is none");
  PrintCapture printed;
  ring_ = ring_buffer__new(fd, Take, this, nullptr);
  if (!ring_) ThrowSystemError(info.Env(), errno, "open ring buffer");
}

Napi::Function Ring::Define(Napi::Env env) {
  return DefineClass(env, "Ring",
                     {InstanceMethod<&Ring::Consume>("consume"), InstanceMethod<&Ring::Wait>("wait"),
                      InstanceMethod<&Ring::Close>("close")});
}

// A record counts as consumed also when its callback ends the round.
int Ring::Take(void *self, void *record, size_t size) {
  Ring *ring = static_cast<Ring *>(self);
  ring->taken_.emplace_back(static_cast<char *>(record), size);
  return ring->taken_.size() < ring->most_ ? 0 : -ECANCELED;
}

struct ring_buffer *Ring::Open(Napi::Env env) const {
  if (!ring_) ThrowSystemError(env, EBADF, "use ring buffer: it is closed");
  return ring_;
}

Napi::Value Ring::Consume(const Napi::CallbackInfo &info) {
  struct ring_buffer *ring = Open(info.Env());
  most_ = Whole(info[0], "most", 1 << 20);
  if (most_ == 0) ThrowRange(info.Env(), "most must not be 0");
  taken_.clear();
  int error = ring_buffer__consume(ring);
  if (error < 0 && error != -ECANCELED) ThrowSystemError(info.Env(), error, "consume ring buffer");
  Napi::Array records = Napi::Array::New(info.Env(), taken_.size());
  for (uint32_t i = 0; i < taken_.size(); i++) records.Set(i, CopyToBuffer(info.Env(), taken_[i].data(), taken_[i].size()));
  taken_.clear();
  return records;
}

Napi::Value Ring::Wait(const Napi::CallbackInfo &info) {
  struct pollfd ready = {ring_buffer__epoll_fd(Open(info.Env())), POLLIN, 0};
  int count = poll(&ready, 1, static_cast<int>(Whole(info[0], "timeoutMs", INT_MAX)));
  if (count < 0 && errno != EINTR) ThrowSystemError(info.Env(), errno, "wait for ring buffer");
  return Napi::Boolean::New(info.Env(), count > 0);
}

void Ring::Close(const Napi::CallbackInfo &) {
  ring_buffer__free(ring_);
  ring_ = nullptr;
}

}  // namespace

void InitRing(Napi::Env env, Napi::Object exports) { exports.Set("Ring", Ring::Define(env)); }

}  // namespace ncbpf
