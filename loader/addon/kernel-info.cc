#include "kernel-info.h"

#include <unistd.h>

namespace ncbpf {

void CheckKind(Napi::Env env, int fd, const char *kind) {
  std::string path = "/proc/self/fd/" + std::to_string(fd);
  char target[128];
  ssize_t length = readlink(path.c_str(), target, sizeof target);
  if (length < 0) ThrowSystemError(env, EBADF, std::string("use descriptor as ") + kind);
  std::string found(target, length);
  // A link's descriptor has one name when it is made and another when it comes from a pin.
  for (char &c : found) if (c == '_') c = '-';
  // With or without brackets, by kernel version.
  if (found == std::string("anon-inode:") + kind || found == std::string("anon-inode:[") + kind + "]") return;
  ThrowSystemError(env, EINVAL, std::string("use descriptor as ") + kind + ": it is " + found);
}

}  // namespace ncbpf
