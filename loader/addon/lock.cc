// Locks that belong to an open file description and die with it.
#include <fcntl.h>

#include <cerrno>

#include "addon.h"
#include "arguments.h"
#include "errors.h"

namespace ncbpf {
namespace {

constexpr uint64_t kMost = 9007199254740991;

Napi::Value OpenLockFile(const Napi::CallbackInfo &info) {
  std::string path = Text(info[0], "path");
  mode_t mode = static_cast<mode_t>(Whole(info[1], "mode", 07777));
  int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, mode);
  if (fd < 0) ThrowSystemError(info.Env(), errno, "open lock file " + path);
  return Napi::Number::New(info.Env(), fd);
}

struct flock Range(const Napi::CallbackInfo &info, short type) {
  struct flock range = {};
  range.l_type = type;
  range.l_whence = SEEK_SET;
  range.l_start = static_cast<off_t>(Whole(info[1], "offset", kMost));
  range.l_len = static_cast<off_t>(Whole(info[2], "length", kMost));
  return range;
}

Napi::Value OfdLock(const Napi::CallbackInfo &info) {
  int fd = Descriptor(info[0]);
  struct flock range = Range(info, Flag(info[3], "exclusive") ? F_WRLCK : F_RDLCK);
  if (fcntl(fd, F_OFD_SETLK, &range) == 0) return Napi::Boolean::New(info.Env(), true);
  if (errno != EAGAIN && errno != EACCES) ThrowSystemError(info.Env(), errno, "lock file");
  return Napi::Boolean::New(info.Env(), false);
}

void OfdUnlock(const Napi::CallbackInfo &info) {
  int fd = Descriptor(info[0]);
  struct flock range = Range(info, F_UNLCK);
  if (fcntl(fd, F_OFD_SETLK, &range)) ThrowSystemError(info.Env(), errno, "unlock file");
}

}  // namespace

void InitLock(Napi::Env env, Napi::Object exports) {
  exports.Set("openLockFile", Napi::Function::New<OpenLockFile>(env, "openLockFile"));
  exports.Set("ofdLock", Napi::Function::New<OfdLock>(env, "ofdLock"));
  exports.Set("ofdUnlock", Napi::Function::New<OfdUnlock>(env, "ofdUnlock"));
}

}  // namespace ncbpf
