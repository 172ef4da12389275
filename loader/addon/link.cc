// XDP programs on interfaces.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>

#include <cerrno>

#include "addon.h"
#include "arguments.h"
#include "errors.h"

namespace ncbpf {
namespace {

uint32_t XdpMode(const Napi::Value &value) {
  std::string mode = Text(value, "mode");
  if (mode == "native") return XDP_FLAGS_DRV_MODE;
  if (mode == "generic") return XDP_FLAGS_SKB_MODE;
  ThrowRange(value.Env(), "mode must be native or generic");
}

Napi::Value LinkCreateXdp(const Napi::CallbackInfo &info) {
  int program = Descriptor(info[0]);
  int ifindex = InterfaceIndex(info[1]);
  LIBBPF_OPTS(bpf_link_create_opts, options);
  options.flags = XdpMode(info[2]);
  PrintCapture printed;
  int fd = bpf_link_create(program, ifindex, BPF_XDP, &options);
  if (fd < 0) ThrowSystemError(info.Env(), errno, "attach XDP program");
  return Napi::Number::New(info.Env(), fd);
}

void LinkDetach(const Napi::CallbackInfo &info) {
  if (bpf_link_detach(Descriptor(info[0]))) ThrowSystemError(info.Env(), errno, "detach link");
}

Napi::Value XdpQuery(const Napi::CallbackInfo &info) {
  int ifindex = InterfaceIndex(info[0]);
  LIBBPF_OPTS(bpf_xdp_query_opts, found);
  PrintCapture printed;
  int error = bpf_xdp_query(ifindex, 0, &found);
  if (error) ThrowSystemError(info.Env(), error, "ask for XDP program");
  Napi::Object answer = Napi::Object::New(info.Env());
  answer.Set("driverId", found.drv_prog_id);
  answer.Set("skbId", found.skb_prog_id);
  answer.Set("hwId", found.hw_prog_id);
  return answer;
}

}  // namespace

void InitLink(Napi::Env env, Napi::Object exports) {
  exports.Set("linkCreateXdp", Napi::Function::New<LinkCreateXdp>(env, "linkCreateXdp"));
  exports.Set("linkDetach", Napi::Function::New<LinkDetach>(env, "linkDetach"));
  exports.Set("xdpQuery", Napi::Function::New<XdpQuery>(env, "xdpQuery"));
}

}  // namespace ncbpf
