#include "addon.h"

#include "errors.h"

namespace {

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  ncbpf::PrintCapture::Install();
  ncbpf::InitLink(env, exports);
  ncbpf::InitLock(env, exports);
  ncbpf::InitMap(env, exports);
  ncbpf::InitMapping(env, exports);
  ncbpf::InitNamespace(env, exports);
  ncbpf::InitObject(env, exports);
  ncbpf::InitPacket(env, exports);
  ncbpf::InitPin(env, exports);
  ncbpf::InitProcess(env, exports);
  ncbpf::InitRing(env, exports);
  ncbpf::InitRun(env, exports);
  ncbpf::InitTc(env, exports);
  ncbpf::InitTrace(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(ncbpf_addon, Init)
