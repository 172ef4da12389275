// What this process may do, and the library it does it with.
#include <bpf/libbpf.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <unistd.h>

#include <cerrno>

#include "addon.h"
#include "errors.h"

namespace ncbpf {
namespace {

struct Capability {
  const char *name;
  int bit;
};

const Capability kCapabilities[] = {
    {"CAP_BPF", CAP_BPF},         {"CAP_NET_ADMIN", CAP_NET_ADMIN}, {"CAP_SYS_NICE", CAP_SYS_NICE},
    {"CAP_PERFMON", CAP_PERFMON}, {"CAP_SYS_ADMIN", CAP_SYS_ADMIN}, {"CAP_NET_RAW", CAP_NET_RAW},
};

Napi::Value Capabilities(const Napi::CallbackInfo &info) {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {};
  if (syscall(SYS_capget, &header, sets)) ThrowSystemError(info.Env(), errno, "read capabilities");
  Napi::Array names = Napi::Array::New(info.Env());
  uint32_t count = 0;
  for (const Capability &capability : kCapabilities)
    if (sets[capability.bit / 32].effective >> (capability.bit % 32) & 1) names.Set(count++, capability.name);
  return names;
}

Napi::Value LibbpfVersion(const Napi::CallbackInfo &info) {
  return Napi::String::New(info.Env(), libbpf_version_string());
}

Napi::Value ClockState(const Napi::CallbackInfo &info) {
  struct timex state = {};
  int answer = adjtimex(&state);
  if (answer < 0) ThrowSystemError(info.Env(), errno, "read the state of the clock");
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("taiOffsetSeconds", state.tai);
  result.Set("synchronized", answer != TIME_ERROR);
  return result;
}

}  // namespace

void InitProcess(Napi::Env env, Napi::Object exports) {
  exports.Set("capabilities", Napi::Function::New<Capabilities>(env, "capabilities"));
  exports.Set("libbpfVersion", Napi::Function::New<LibbpfVersion>(env, "libbpfVersion"));
  exports.Set("clockState", Napi::Function::New<ClockState>(env, "clockState"));
}

}  // namespace ncbpf
