// The clsact qdisc and its BPF filters.
#include <bpf/libbpf.h>

#include <cerrno>

#include "addon.h"
#include "arguments.h"
#include "errors.h"

namespace ncbpf {
namespace {

struct bpf_tc_hook Hook(const Napi::Value &ifindex, enum bpf_tc_attach_point side) {
  LIBBPF_OPTS(bpf_tc_hook, hook);
  hook.ifindex = InterfaceIndex(ifindex);
  hook.attach_point = side;
  return hook;
}

enum bpf_tc_attach_point Side(const Napi::Value &value) {
  std::string side = Text(value, "side");
  if (side == "ingress") return BPF_TC_INGRESS;
  if (side == "egress") return BPF_TC_EGRESS;
  ThrowRange(value.Env(), "side must be ingress or egress");
}

struct bpf_tc_opts Filter(const Napi::Value &handle, const Napi::Value &priority) {
  LIBBPF_OPTS(bpf_tc_opts, options);
  options.handle = Unsigned(handle, "handle");
  options.priority = static_cast<uint32_t>(Whole(priority, "priority", 0xffff));
  // With 0 the kernel would choose for attach, and mean "all filters" for detach.
  if (options.handle == 0) ThrowRange(handle.Env(), "handle must not be 0");
  if (options.priority == 0) ThrowRange(priority.Env(), "priority must not be 0");
  return options;
}

// For a filter that is not there the kernel says EINVAL when its side has no filter at all, or the interface no clsact.
bool IsMissing(int error) { return error == -ENOENT || error == -EINVAL; }

enum bpf_tc_attach_point BothSides() { return static_cast<enum bpf_tc_attach_point>(BPF_TC_INGRESS | BPF_TC_EGRESS); }

Napi::Value ClsactCreate(const Napi::CallbackInfo &info) {
  struct bpf_tc_hook hook = Hook(info[0], BothSides());
  PrintCapture printed;
  int error = bpf_tc_hook_create(&hook);
  if (error && error != -EEXIST) ThrowSystemError(info.Env(), error, "create clsact");
  return Napi::String::New(info.Env(), error ? "exists" : "created");
}

// Both sides at once delete the qdisc itself, with the filters of others.
void ClsactDestroy(const Napi::CallbackInfo &info) {
  struct bpf_tc_hook hook = Hook(info[0], BothSides());
  PrintCapture printed;
  int error = bpf_tc_hook_destroy(&hook);
  if (error) ThrowSystemError(info.Env(), IsMissing(error) ? ENOENT : error, "delete clsact");
}

void TcAttach(const Napi::CallbackInfo &info) {
  struct bpf_tc_hook hook = Hook(info[0], Side(info[1]));
  int program = Descriptor(info[2]);
  struct bpf_tc_opts options = Filter(info[3], info[4]);
  options.prog_fd = program;
  PrintCapture printed;
  int error = bpf_tc_attach(&hook, &options);
  if (error) ThrowSystemError(info.Env(), error, "attach tc program");
}

void TcDetach(const Napi::CallbackInfo &info) {
  struct bpf_tc_hook hook = Hook(info[0], Side(info[1]));
  struct bpf_tc_opts options = Filter(info[2], info[3]);
  PrintCapture printed;
  int error = bpf_tc_detach(&hook, &options);
  if (error) ThrowSystemError(info.Env(), IsMissing(error) ? ENOENT : error, "detach tc program");
}

Napi::Value TcQuery(const Napi::CallbackInfo &info) {
  struct bpf_tc_hook hook = Hook(info[0], Side(info[1]));
  struct bpf_tc_opts options = Filter(info[2], info[3]);
  PrintCapture printed;
  int error = bpf_tc_query(&hook, &options);
  if (IsMissing(error)) return info.Env().Null();
  if (error) ThrowSystemError(info.Env(), error, "ask for tc program");
  Napi::Object answer = Napi::Object::New(info.Env());
  answer.Set("programId", options.prog_id);
  return answer;
}

}  // namespace

void InitTc(Napi::Env env, Napi::Object exports) {
  exports.Set("clsactCreate", Napi::Function::New<ClsactCreate>(env, "clsactCreate"));
  exports.Set("clsactDestroy", Napi::Function::New<ClsactDestroy>(env, "clsactDestroy"));
  exports.Set("tcAttach", Napi::Function::New<TcAttach>(env, "tcAttach"));
  exports.Set("tcDetach", Napi::Function::New<TcDetach>(env, "tcDetach"));
  exports.Set("tcQuery", Napi::Function::New<TcQuery>(env, "tcQuery"));
}

}  // namespace ncbpf
