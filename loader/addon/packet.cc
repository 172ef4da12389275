// Raw packet sockets: frames as tests and the demo send and see them.
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <vector>

#include "addon.h"
#include "arguments.h"
#include "errors.h"

namespace ncbpf {
namespace {

constexpr int kReceiveRoom = 32 * 1024 * 1024;

constexpr size_t kLargestFrame = 65536 + 64;
constexpr int64_t kNsPerMs = 1000000;

int64_t MonotonicNs() {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * int64_t{1000000000} + now.tv_nsec;
}

class PacketSocket : public Napi::ObjectWrap<PacketSocket> {
 public:
  explicit PacketSocket(const Napi::CallbackInfo &info);
  ~PacketSocket() override { Release(); }
  static Napi::Function Define(Napi::Env env);

 private:
  void SwitchOn(Napi::Env env, int level, int option, const char *name);
  void Bind(Napi::Env env, int ifindex, uint16_t ethertype);
  void Release();
  int Open(Napi::Env env) const;
  bool WaitUntil(Napi::Env env, int fd, int64_t deadline_ns) const;
  bool Receive(const Napi::CallbackInfo &info, std::vector<uint8_t> *frame, struct timespec *stamp);
  bool TryReceive(Napi::Env env, int fd, std::vector<uint8_t> *frame, struct timespec *stamp) const;

  void Send(const Napi::CallbackInfo &info);
  Napi::Value ReceiveFrame(const Napi::CallbackInfo &info);
  Napi::Value ReceiveStamped(const Napi::CallbackInfo &info);
  Napi::Value Statistics(const Napi::CallbackInfo &info);
  void Close(const Napi::CallbackInfo &info);

  int fd_ = -1;
};

PacketSocket::PacketSocket(const Napi::CallbackInfo &info) : Napi::ObjectWrap<PacketSocket>(info) {
  int ifindex = InterfaceIndex(info[0]);
  uint16_t ethertype = static_cast<uint16_t>(Whole(info[1], "ethertype", 0xffff));
  bool ignore_outgoing = Flag(info[2], "ignoreOutgoing");
  // Protocol 0: nothing arrives before bind has chosen the interface.
  fd_ = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd_ < 0) ThrowSystemError(info.Env(), errno, "open packet socket");
  SwitchOn(info.Env(), SOL_SOCKET, SO_TIMESTAMPNS, "timestamps");
  if (ignore_outgoing) SwitchOn(info.Env(), SOL_PACKET, PACKET_IGNORE_OUTGOING, "ignoreOutgoing");
  // Room for a burst of frames; without the privilege the default remains.
  setsockopt(fd_, SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveRoom, sizeof kReceiveRoom);
  Bind(info.Env(), ifindex, ethertype);
}

Napi::Function PacketSocket::Define(Napi::Env env) {
  return DefineClass(env, "PacketSocket",
                     {InstanceMethod<&PacketSocket::Send>("send"),
                      InstanceMethod<&PacketSocket::ReceiveFrame>("receive"),
                      InstanceMethod<&PacketSocket::ReceiveStamped>("receiveStamped"),
                      InstanceMethod<&PacketSocket::Statistics>("statistics"),
                      InstanceMethod<&PacketSocket::Close>("close")});
}

void PacketSocket::Release() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

// A constructor that throws has no destructor called, so what is open is closed here.
void PacketSocket::SwitchOn(Napi::Env env, int level, int option, const char *name) {
  int on = 1;
  if (setsockopt(fd_, level, option, &on, sizeof on) == 0) return;
  int error = errno;
  Release();
  ThrowSystemError(env, error, std::string("set up packet socket: ") + name);
}

void PacketSocket::Bind(Napi::Env env, int ifindex, uint16_t ethertype) {
  struct sockaddr_ll address = {};
  address.sll_family = AF_PACKET;
  address.sll_ifindex = ifindex;
  address.sll_protocol = htons(ethertype);
  if (bind(fd_, reinterpret_cast<struct sockaddr *>(&address), sizeof address) == 0) return;
  int error = errno;
  Release();
  ThrowSystemError(env, error, "bind packet socket");
}

int PacketSocket::Open(Napi::Env env) const {
  if (fd_ < 0) ThrowSystemError(env, EBADF, "use packet socket: it is closed");
  return fd_;
}

void PacketSocket::Send(const Napi::CallbackInfo &info) {
  int fd = Open(info.Env());
  Bytes frame = Octets(info[0], "frame");
  ssize_t sent;
  do sent = send(fd, frame.data, frame.size, 0);
  while (sent < 0 && errno == EINTR);
  if (sent < 0) ThrowSystemError(info.Env(), errno, "send frame");
}

bool PacketSocket::WaitUntil(Napi::Env env, int fd, int64_t deadline_ns) const {
  int64_t left = deadline_ns - MonotonicNs();
  struct timespec timeout = {left / (1000 * kNsPerMs), left % (1000 * kNsPerMs)};
  if (left <= 0) timeout = {0, 0};
  struct pollfd ready = {fd, POLLIN, 0};
  int count = ppoll(&ready, 1, &timeout, nullptr);
  if (count < 0 && errno != EINTR) ThrowSystemError(env, errno, "wait for frame");
  return count != 0 || left > 0;
}

bool PacketSocket::TryReceive(Napi::Env env, int fd, std::vector<uint8_t> *frame, struct timespec *stamp) const {
  alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(struct timespec))];
  struct iovec part = {frame->data(), frame->size()};
  struct msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  ssize_t length = recvmsg(fd, &message, 0);
  if (length < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  if (length < 0) ThrowSystemError(env, errno, "receive frame");
  frame->resize(length);
  for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c))
    if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS) memcpy(stamp, CMSG_DATA(c), sizeof *stamp);
  return true;
}

bool PacketSocket::Receive(const Napi::CallbackInfo &info, std::vector<uint8_t> *frame, struct timespec *stamp) {
  int fd = Open(info.Env());
  int64_t deadline = MonotonicNs() + static_cast<int64_t>(Whole(info[0], "timeoutMs", INT_MAX)) * kNsPerMs;
  frame->resize(kLargestFrame);
  do {
    if (TryReceive(info.Env(), fd, frame, stamp)) return true;
  } while (WaitUntil(info.Env(), fd, deadline));
  return false;
}

Napi::Value PacketSocket::ReceiveFrame(const Napi::CallbackInfo &info) {
  std::vector<uint8_t> frame;
  struct timespec stamp = {};
  if (!Receive(info, &frame, &stamp)) return info.Env().Null();
  return CopyToBuffer(info.Env(), frame.data(), frame.size());
}

Napi::Value PacketSocket::ReceiveStamped(const Napi::CallbackInfo &info) {
  std::vector<uint8_t> frame;
  struct timespec stamp = {};
  if (!Receive(info, &frame, &stamp)) return info.Env().Null();
  Napi::Object answer = Napi::Object::New(info.Env());
  answer.Set("frame", CopyToBuffer(info.Env(), frame.data(), frame.size()));
  answer.Set("timestamp", Napi::BigInt::New(info.Env(), stamp.tv_sec * int64_t{1000000000} + stamp.tv_nsec));
  return answer;
}

Napi::Value PacketSocket::Statistics(const Napi::CallbackInfo &info) {
  struct tpacket_stats counted = {};
  socklen_t size = sizeof counted;
  if (getsockopt(Open(info.Env()), SOL_PACKET, PACKET_STATISTICS, &counted, &size))
    ThrowSystemError(info.Env(), errno, "read packet statistics");
  Napi::Object answer = Napi::Object::New(info.Env());
  answer.Set("received", counted.tp_packets);
  answer.Set("dropped", counted.tp_drops);
  return answer;
}

void PacketSocket::Close(const Napi::CallbackInfo &) { Release(); }

}  // namespace

void InitPacket(Napi::Env env, Napi::Object exports) { exports.Set("PacketSocket", PacketSocket::Define(env)); }

}  // namespace ncbpf
