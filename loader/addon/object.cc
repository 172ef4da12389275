// A BPF object file in memory: set up, loaded, and the owner of its maps' and programs' descriptors.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <cerrno>

#include "addon.h"
#include "arguments.h"
#include "errors.h"

namespace ncbpf {
namespace {

class BpfObject : public Napi::ObjectWrap<BpfObject> {
 public:
  explicit BpfObject(const Napi::CallbackInfo &info);
  ~BpfObject() override { bpf_object__close(object_); }
  static Napi::Function Define(Napi::Env env);

 private:
  struct bpf_object *Open(Napi::Env env) const;
  struct bpf_map *Map(const Napi::Value &name) const;
  struct bpf_program *Program(const Napi::Value &name) const;
  int MapDescriptor(const Napi::Value &name) const;
  int ProgramDescriptor(const Napi::Value &name) const;

  void SetInitial(const Napi::CallbackInfo &info);
  Napi::Value Initial(const Napi::CallbackInfo &info);
  void SetMaxEntries(const Napi::CallbackInfo &info);
  void SetAutoload(const Napi::CallbackInfo &info);
  void Load(const Napi::CallbackInfo &info);
  Napi::Value MapNames(const Napi::CallbackInfo &info);
  Napi::Value ProgramNames(const Napi::CallbackInfo &info);
  Napi::Value MapFd(const Napi::CallbackInfo &info);
  Napi::Value ProgramFd(const Napi::CallbackInfo &info);
  void PinMap(const Napi::CallbackInfo &info);
  void PinProgram(const Napi::CallbackInfo &info);
  void Close(const Napi::CallbackInfo &info);

  struct bpf_object *object_ = nullptr;
};

BpfObject::BpfObject(const Napi::CallbackInfo &info) : Napi::ObjectWrap<BpfObject>(info) {
  Bytes file = Octets(info[0], "object");
  std::string name = Text(info[1], "name");
  LIBBPF_OPTS(bpf_object_open_opts, options);
  options.object_name = name.c_str();
  PrintCapture printed;
  object_ = bpf_object__open_mem(file.data, file.size, &options);
  if (!object_) ThrowLoadError(info.Env(), errno, "open object " + name, printed);
}

Napi::Function BpfObject::Define(Napi::Env env) {
  return DefineClass(env, "BpfObject",
                     {InstanceMethod<&BpfObject::SetInitial>("setInitial"),
                      InstanceMethod<&BpfObject::Initial>("initial"),
                      InstanceMethod<&BpfObject::SetMaxEntries>("setMaxEntries"),
                      InstanceMethod<&BpfObject::SetAutoload>("setAutoload"),
                      InstanceMethod<&BpfObject::Load>("load"),
                      InstanceMethod<&BpfObject::MapNames>("mapNames"),
                      InstanceMethod<&BpfObject::ProgramNames>("programNames"),
                      InstanceMethod<&BpfObject::MapFd>("mapFd"),
                      InstanceMethod<&BpfObject::ProgramFd>("programFd"),
                      InstanceMethod<&BpfObject::PinMap>("pinMap"),
                      InstanceMethod<&BpfObject::PinProgram>("pinProgram"),
                      InstanceMethod<&BpfObject::Close>("close")});
}

struct bpf_object *BpfObject::Open(Napi::Env env) const {
  if (!object_) ThrowSystemError(env, EBADF, "use object: it is closed");
  return object_;
}

struct bpf_map *BpfObject::Map(const Napi::Value &value) const {
  std::string name = Text(value, "map name");
  struct bpf_map *map = bpf_object__find_map_by_name(Open(value.Env()), name.c_str());
  if (!map) ThrowSystemError(value.Env(), ENOENT, "find map " + name + " in object");
  return map;
}

struct bpf_program *BpfObject::Program(const Napi::Value &value) const {
  std::string name = Text(value, "program name");
  struct bpf_program *program = bpf_object__find_program_by_name(Open(value.Env()), name.c_str());
  if (!program) ThrowSystemError(value.Env(), ENOENT, "find program " + name + " in object");
  return program;
}

int BpfObject::MapDescriptor(const Napi::Value &name) const {
  int fd = bpf_map__fd(Map(name));
  if (fd < 0) ThrowSystemError(name.Env(), EBADF, "use map " + Text(name, "map name") + ": it is not loaded");
  return fd;
}

int BpfObject::ProgramDescriptor(const Napi::Value &name) const {
  int fd = bpf_program__fd(Program(name));
  if (fd < 0) ThrowSystemError(name.Env(), EBADF, "use program " + Text(name, "program name") + ": it is not loaded");
  return fd;
}

void BpfObject::SetInitial(const Napi::CallbackInfo &info) {
  struct bpf_map *map = Map(info[0]);
  size_t size = 0;
  if (!bpf_map__initial_value(map, &size))
    ThrowSystemError(info.Env(), EINVAL, "set initial value of " + Text(info[0], "map name") + ": it is no data section");
  Bytes value = OctetsOf(info[1], "initial value", size);
  PrintCapture printed;
  int error = bpf_map__set_initial_value(map, value.data, value.size);
  if (error) ThrowSystemError(info.Env(), error, "set initial value of " + Text(info[0], "map name"));
}

Napi::Value BpfObject::Initial(const Napi::CallbackInfo &info) {
  size_t size = 0;
  const void *value = bpf_map__initial_value(Map(info[0]), &size);
  if (!value)
    ThrowSystemError(info.Env(), EINVAL, "read initial value of " + Text(info[0], "map name") + ": it is no data section");
  return CopyToBuffer(info.Env(), value, size);
}

void BpfObject::SetMaxEntries(const Napi::CallbackInfo &info) {
  struct bpf_map *map = Map(info[0]);
  PrintCapture printed;
  int error = bpf_map__set_max_entries(map, Unsigned(info[1], "maxEntries"));
  if (error) ThrowSystemError(info.Env(), error, "set size of map " + Text(info[0], "map name"));
}

void BpfObject::SetAutoload(const Napi::CallbackInfo &info) {
  struct bpf_program *program = Program(info[0]);
  PrintCapture printed;
  int error = bpf_program__set_autoload(program, Flag(info[1], "autoload"));
  if (error) ThrowSystemError(info.Env(), error, "choose program " + Text(info[0], "program name"));
}

// libbpf loads each program without a log first and, when that fails, again with one that grows until it fits.
void BpfObject::Load(const Napi::CallbackInfo &info) {
  struct bpf_object *object = Open(info.Env());
  PrintCapture printed;
  int error = bpf_object__load(object);
  if (error) ThrowLoadError(info.Env(), error, std::string("load object ") + bpf_object__name(object), printed);
}

Napi::Value BpfObject::MapNames(const Napi::CallbackInfo &info) {
  Napi::Array names = Napi::Array::New(info.Env());
  struct bpf_map *map;
  uint32_t count = 0;
  bpf_object__for_each_map(map, Open(info.Env())) names.Set(count++, bpf_map__name(map));
  return names;
}

Napi::Value BpfObject::ProgramNames(const Napi::CallbackInfo &info) {
  Napi::Array names = Napi::Array::New(info.Env());
  struct bpf_program *program;
  uint32_t count = 0;
  bpf_object__for_each_program(program, Open(info.Env())) names.Set(count++, bpf_program__name(program));
  return names;
}

Napi::Value BpfObject::MapFd(const Napi::CallbackInfo &info) {
  return Napi::Number::New(info.Env(), MapDescriptor(info[0]));
}

Napi::Value BpfObject::ProgramFd(const Napi::CallbackInfo &info) {
  return Napi::Number::New(info.Env(), ProgramDescriptor(info[0]));
}

void BpfObject::PinMap(const Napi::CallbackInfo &info) {
  std::string path = Text(info[1], "path");
  if (bpf_obj_pin(MapDescriptor(info[0]), path.c_str())) ThrowSystemError(info.Env(), errno, "pin map at " + path);
}

void BpfObject::PinProgram(const Napi::CallbackInfo &info) {
  std::string path = Text(info[1], "path");
  if (bpf_obj_pin(ProgramDescriptor(info[0]), path.c_str()))
    ThrowSystemError(info.Env(), errno, "pin program at " + path);
}

void BpfObject::Close(const Napi::CallbackInfo &) {
  bpf_object__close(object_);
  object_ = nullptr;
}

}  // namespace

void InitObject(Napi::Env env, Napi::Object exports) { exports.Set("BpfObject", BpfObject::Define(env)); }

}  // namespace ncbpf
