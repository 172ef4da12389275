// What this process may do, and the library it does it with.
#include <bpf/libbpf.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <unistd.h>

#include <cerrno>

#include "addon.h"
#include "arguments.h"
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

// Of the calling thread.
Napi::Value Affinity(const Napi::CallbackInfo &info) {
  cpu_set_t cpus;
  if (sched_getaffinity(0, sizeof(cpus), &cpus)) ThrowSystemError(info.Env(), errno, "read CPU affinity");
  Napi::Array numbers = Napi::Array::New(info.Env());
  uint32_t count = 0;
  for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
    if (CPU_ISSET(cpu, &cpus)) numbers.Set(count++, cpu);
  return numbers;
}

void SetAffinity(const Napi::CallbackInfo &info) {
  if (!info[0].IsArray()) throw Napi::TypeError::New(info.Env(), "cpus must be an array");
  Napi::Array numbers = info[0].As<Napi::Array>();
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  for (uint32_t i = 0; i < numbers.Length(); i++) CPU_SET(Whole(numbers.Get(i), "cpu", CPU_SETSIZE - 1), &cpus);
  if (sched_setaffinity(0, sizeof(cpus), &cpus)) ThrowSystemError(info.Env(), errno, "set CPU affinity");
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
  exports.Set("affinity", Napi::Function::New<Affinity>(env, "affinity"));
  exports.Set("setAffinity", Napi::Function::New<SetAffinity>(env, "setAffinity"));
  exports.Set("libbpfVersion", Napi::Function::New<LibbpfVersion>(env, "libbpfVersion"));
  exports.Set("clockState", Napi::Function::New<ClockState>(env, "clockState"));
}

}  // namespace ncbpf
