// Raw tracepoints, and a program for one that notes an instant.
#include <bpf/bpf.h>
#include <linux/bpf.h>

#include <cerrno>
#include <vector>

#include "addon.h"
#include "arguments.h"
#include "errors.h"

namespace ncbpf {
namespace {

constexpr uint64_t kMaxOffset = 32760;  // an instruction's offset has 16 bits

bpf_insn Instruction(uint8_t code, uint8_t target, uint8_t source, int16_t offset, int32_t value) {
  bpf_insn instruction{};
  instruction.code = code;
  instruction.dst_reg = target;
  instruction.src_reg = source;
  instruction.off = offset;
  instruction.imm = value;
  return instruction;
}

// if (*(u64 *)(value + when) && !*(u64 *)(value + stamp)) *(u64 *)(value + stamp) = bpf_ktime_get_ns();
std::vector<bpf_insn> StampInstructions(int map, int16_t when, int16_t stamp) {
  return {
      Instruction(BPF_LD | BPF_DW | BPF_IMM, BPF_REG_6, BPF_PSEUDO_MAP_VALUE, 0, map),
      Instruction(0, 0, 0, 0, 0),
      Instruction(BPF_LDX | BPF_MEM | BPF_DW, BPF_REG_1, BPF_REG_6, when, 0),
      Instruction(BPF_JMP | BPF_JEQ | BPF_K, BPF_REG_1, 0, 4, 0),
      Instruction(BPF_LDX | BPF_MEM | BPF_DW, BPF_REG_1, BPF_REG_6, stamp, 0),
      Instruction(BPF_JMP | BPF_JNE | BPF_K, BPF_REG_1, 0, 2, 0),
      Instruction(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_ktime_get_ns),
      Instruction(BPF_STX | BPF_MEM | BPF_DW, BPF_REG_6, BPF_REG_0, stamp, 0),
      Instruction(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0),
      Instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
  };
}

Napi::Value LoadStampProgram(const Napi::CallbackInfo &info) {
  int map = Descriptor(info[0]);
  auto when = static_cast<int16_t>(Whole(info[1], "when", kMaxOffset));
  auto stamp = static_cast<int16_t>(Whole(info[2], "stamp", kMaxOffset));
  std::vector<bpf_insn> code = StampInstructions(map, when, stamp);
  PrintCapture printed;
  int fd = bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "nc_stamp", "Dual MIT/GPL", code.data(), code.size(), nullptr);
  if (fd < 0) ThrowSystemError(info.Env(), errno, "load tracepoint program");
  return Napi::Number::New(info.Env(), fd);
}

Napi::Value RawTracepointOpen(const Napi::CallbackInfo &info) {
  std::string name = Text(info[0], "name");
  PrintCapture printed;
  int fd = bpf_raw_tracepoint_open(name.c_str(), Descriptor(info[1]));
  if (fd < 0) ThrowSystemError(info.Env(), errno, "attach tracepoint program");
  return Napi::Number::New(info.Env(), fd);
}

}  // namespace

void InitTrace(Napi::Env env, Napi::Object exports) {
  exports.Set("loadStampProgram", Napi::Function::New<LoadStampProgram>(env, "loadStampProgram"));
  exports.Set("rawTracepointOpen", Napi::Function::New<RawTracepointOpen>(env, "rawTracepointOpen"));
}

}  // namespace ncbpf
