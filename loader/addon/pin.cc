// Descriptors, pins, and what the kernel tells about maps, programs and links.
#include <bpf/bpf.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "addon.h"
#include "arguments.h"
#include "errors.h"
#include "kernel-info.h"

namespace ncbpf {
namespace {

Napi::Value OpenFd(const Napi::CallbackInfo &info) {
  std::string path = Text(info[0], "path");
  int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) ThrowSystemError(info.Env(), errno, "open " + path);
  return Napi::Number::New(info.Env(), fd);
}

void CloseFd(const Napi::CallbackInfo &info) {
  // EINTR: Linux has closed it all the same.
  if (close(Descriptor(info[0])) && errno != EINTR) ThrowSystemError(info.Env(), errno, "close descriptor");
}

Napi::Value ObjGet(const Napi::CallbackInfo &info) {
  std::string path = Text(info[0], "path");
  Napi::Value read_only = Option(info[1], "readOnly");
  LIBBPF_OPTS(bpf_obj_get_opts, options);
  if (!Absent(read_only) && Flag(read_only, "readOnly")) options.file_flags = BPF_F_RDONLY;
  int fd = bpf_obj_get_opts(path.c_str(), &options);
  if (fd < 0) ThrowSystemError(info.Env(), errno, "open pin " + path);
  return Napi::Number::New(info.Env(), fd);
}

void ObjPin(const Napi::CallbackInfo &info) {
  std::string path = Text(info[1], "path");
  if (bpf_obj_pin(Descriptor(info[0]), path.c_str())) ThrowSystemError(info.Env(), errno, "pin at " + path);
}

Napi::Value MapInfo(const Napi::CallbackInfo &info) {
  struct bpf_map_info map = {};
  AskKernel(info.Env(), Descriptor(info[0]), kMapKind, &map);
  Napi::Object answer = Napi::Object::New(info.Env());
  answer.Set("id", map.id);
  answer.Set("type", map.type);
  answer.Set("name", static_cast<const char *>(map.name));
  answer.Set("keySize", map.key_size);
  answer.Set("valueSize", map.value_size);
  answer.Set("maxEntries", map.max_entries);
  answer.Set("flags", map.map_flags);
  return answer;
}

std::string Hex(const uint8_t *bytes, size_t count) {
  static const char digits[] = "0123456789abcdef";
  std::string text;
  for (size_t i = 0; i < count; i++) {
    text += digits[bytes[i] >> 4];
    text += digits[bytes[i] & 15];
  }
  return text;
}

Napi::Value ProgramInfo(const Napi::CallbackInfo &info) {
  int fd = Descriptor(info[0]);
  struct bpf_prog_info program = {};
  AskKernel(info.Env(), fd, kProgramKind, &program);
  // Asked a second time, now with room for the ids of its maps.
  std::vector<__u32> maps(program.nr_map_ids);
  struct bpf_prog_info with_maps = {};
  with_maps.nr_map_ids = maps.size();
  with_maps.map_ids = reinterpret_cast<uintptr_t>(maps.data());
  AskKernel(info.Env(), fd, kProgramKind, &with_maps);

  Napi::Array map_ids = Napi::Array::New(info.Env());
  for (uint32_t i = 0; i < maps.size() && i < with_maps.nr_map_ids; i++) map_ids.Set(i, maps[i]);
  Napi::Object answer = Napi::Object::New(info.Env());
  answer.Set("id", program.id);
  answer.Set("type", program.type);
  answer.Set("name", static_cast<const char *>(program.name));
  answer.Set("tag", Hex(program.tag, sizeof program.tag));
  answer.Set("mapIds", map_ids);
  answer.Set("verifiedInstructions", program.verified_insns);
  return answer;
}

Napi::Value LinkInfo(const Napi::CallbackInfo &info) {
  struct bpf_link_info link = {};
  AskKernel(info.Env(), Descriptor(info[0]), kLinkKind, &link);
  Napi::Object answer = Napi::Object::New(info.Env());
  answer.Set("id", link.id);
  answer.Set("type", link.type);
  answer.Set("programId", link.prog_id);
  // 0 as well for a link whose device is gone.
  answer.Set("ifindex", link.type == BPF_LINK_TYPE_XDP ? link.xdp.ifindex : 0);
  return answer;
}

struct Kind {
  const char *name;
  int (*next)(__u32 id, __u32 *next);
  int (*open)(__u32 id);
};

const Kind kKinds[] = {
    {"map", bpf_map_get_next_id, bpf_map_get_fd_by_id},
    {"program", bpf_prog_get_next_id, bpf_prog_get_fd_by_id},
    {"link", bpf_link_get_next_id, bpf_link_get_fd_by_id},
};

const Kind &KindOf(const Napi::Value &value) {
  std::string name = Text(value, "kind");
  for (const Kind &kind : kKinds)
    if (name == kind.name) return kind;
  ThrowRange(value.Env(), "kind must be map, program or link");
}

Napi::Value NextId(const Napi::CallbackInfo &info) {
  const Kind &kind = KindOf(info[0]);
  __u32 next = 0;
  if (kind.next(Unsigned(info[1], "id"), &next) == 0) return Napi::Number::New(info.Env(), next);
  if (errno != ENOENT) ThrowSystemError(info.Env(), errno, std::string("list ids of kind ") + kind.name);
  return info.Env().Null();
}

Napi::Value FdById(const Napi::CallbackInfo &info) {
  const Kind &kind = KindOf(info[0]);
  uint32_t id = Unsigned(info[1], "id");
  int fd = kind.open(id);
  if (fd < 0) ThrowSystemError(info.Env(), errno, std::string("open ") + kind.name + " with id " + std::to_string(id));
  return Napi::Number::New(info.Env(), fd);
}

}  // namespace

void InitPin(Napi::Env env, Napi::Object exports) {
  exports.Set("openFd", Napi::Function::New<OpenFd>(env, "openFd"));
  exports.Set("closeFd", Napi::Function::New<CloseFd>(env, "closeFd"));
  exports.Set("objGet", Napi::Function::New<ObjGet>(env, "objGet"));
  exports.Set("objPin", Napi::Function::New<ObjPin>(env, "objPin"));
  exports.Set("mapInfo", Napi::Function::New<MapInfo>(env, "mapInfo"));
  exports.Set("programInfo", Napi::Function::New<ProgramInfo>(env, "programInfo"));
  exports.Set("linkInfo", Napi::Function::New<LinkInfo>(env, "linkInfo"));
  exports.Set("nextId", Napi::Function::New<NextId>(env, "nextId"));
  exports.Set("fdById", Napi::Function::New<FdById>(env, "fdById"));
}

}  // namespace ncbpf
