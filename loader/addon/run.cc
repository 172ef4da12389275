// BPF_PROG_TEST_RUN.
#include <bpf/bpf.h>

#include <cerrno>
#include <climits>
#include <vector>

#include "addon.h"
#include "arguments.h"
#include "errors.h"

namespace ncbpf {
namespace {

Bytes OptionalOctets(const Napi::Value &options, const char *name) {
  Napi::Value value = Option(options, name);
  return Absent(value) ? Bytes{nullptr, 0} : Octets(value, name);
}

uint32_t OptionalNumber(const Napi::Value &options, const char *name, uint64_t max) {
  Napi::Value value = Option(options, name);
  return Absent(value) ? 0 : static_cast<uint32_t>(Whole(value, name, max));
}

Napi::Value TestRun(const Napi::CallbackInfo &info) {
  int program = Descriptor(info[0]);
  Bytes data = OptionalOctets(info[1], "data");
  Bytes context = OptionalOctets(info[1], "context");
  std::vector<uint8_t> data_out(OptionalNumber(info[1], "dataOutSize", 1 << 24));
  std::vector<uint8_t> context_out(OptionalNumber(info[1], "contextOutSize", 1 << 16));

  // Set up anew for each call: the kernel writes the sizes back.
  LIBBPF_OPTS(bpf_test_run_opts, run);
  run.data_in = data.data;
  run.data_size_in = data.size;
  run.data_out = data_out.empty() ? nullptr : data_out.data();
  run.data_size_out = data_out.size();
  run.ctx_in = context.data;
  run.ctx_size_in = context.size;
  run.ctx_out = context_out.empty() ? nullptr : context_out.data();
  run.ctx_size_out = context_out.size();
  run.repeat = OptionalNumber(info[1], "repeat", INT_MAX);
  if (bpf_prog_test_run_opts(program, &run)) ThrowSystemError(info.Env(), errno, "run program");

  Napi::Object answer = Napi::Object::New(info.Env());
  answer.Set("returnValue", run.retval);
  answer.Set("durationNs", run.duration);
  answer.Set("dataOut", CopyToBuffer(info.Env(), data_out.data(), std::min<size_t>(run.data_size_out, data_out.size())));
  answer.Set("contextOut",
             CopyToBuffer(info.Env(), context_out.data(), std::min<size_t>(run.ctx_size_out, context_out.size())));
  return answer;
}

}  // namespace

void InitRun(Napi::Env env, Napi::Object exports) {
  exports.Set("testRun", Napi::Function::New<TestRun>(env, "testRun"));
}

}  // namespace ncbpf
