// Network namespaces and the interfaces in them.
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "addon.h"
#include "arguments.h"
#include "errors.h"

namespace ncbpf {
namespace {

constexpr const char *kOwn = "/proc/thread-self/ns/net";

Napi::Value NetnsIdentity(const Napi::CallbackInfo &info) {
  std::string path = Absent(info[0]) ? kOwn : Text(info[0], "path");
  struct stat found;
  if (stat(path.c_str(), &found)) ThrowSystemError(info.Env(), errno, "find namespace " + path);
  Napi::Object identity = Napi::Object::New(info.Env());
  identity.Set("dev", static_cast<double>(found.st_dev));
  identity.Set("ino", static_cast<double>(found.st_ino));
  return identity;
}

void EnterByPath(Napi::Env env, const std::string &path) {
  int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) ThrowSystemError(env, errno, "open namespace " + path);
  int error = setns(fd, CLONE_NEWNET) ? errno : 0;
  close(fd);
  if (error) ThrowSystemError(env, error, "enter namespace " + path);
}

// Moves the calling thread only: the workers of Node's thread pool stay where they are.
void SetNetns(const Napi::CallbackInfo &info) {
  if (info[0].IsString()) return EnterByPath(info.Env(), Text(info[0], "path"));
  if (setns(Descriptor(info[0]), CLONE_NEWNET)) ThrowSystemError(info.Env(), errno, "enter namespace");
}

// By system call: /sys/class/net shows the namespace in which it was mounted.
Napi::Value InterfaceIndexByName(const Napi::CallbackInfo &info) {
  std::string name = Text(info[0], "name");
  unsigned index = if_nametoindex(name.c_str());
  if (index) return Napi::Number::New(info.Env(), index);
  if (errno != ENODEV) ThrowSystemError(info.Env(), errno, "find interface " + name);
  return info.Env().Null();
}

void SetOffload(Napi::Env env, int fd, struct ifreq *request, uint32_t command, uint32_t on) {
  struct ethtool_value value = {command, on};
  request->ifr_data = reinterpret_cast<char *>(&value);
  if (!ioctl(fd, SIOCETHTOOL, request)) return;
  int error = errno;
  close(fd);
  ThrowSystemError(env, error, std::string("set the offload of ") + request->ifr_name);
}

// A veth takes frames in by NAPI where it has receive offload, and its peer does not make segments (veth_skb_is_eligible_for_gro).
void UseNapi(const Napi::CallbackInfo &info) {
  std::string name = Text(info[0], "name");
  struct ifreq request = {};
  strncpy(request.ifr_name, name.c_str(), IFNAMSIZ - 1);
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) ThrowSystemError(info.Env(), errno, "open a socket");
  SetOffload(info.Env(), fd, &request, ETHTOOL_STSO, 0);
  SetOffload(info.Env(), fd, &request, ETHTOOL_SGRO, 1);
  close(fd);
}

}  // namespace

void InitNamespace(Napi::Env env, Napi::Object exports) {
  exports.Set("netnsIdentity", Napi::Function::New<NetnsIdentity>(env, "netnsIdentity"));
  exports.Set("setNetns", Napi::Function::New<SetNetns>(env, "setNetns"));
  exports.Set("useNapi", Napi::Function::New<UseNapi>(env, "useNapi"));
  exports.Set("interfaceIndex", Napi::Function::New<InterfaceIndexByName>(env, "interfaceIndex"));
}

}  // namespace ncbpf
