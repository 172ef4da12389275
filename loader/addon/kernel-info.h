// BPF_OBJ_GET_INFO_BY_FD for a descriptor that is known to be of the right kind.
#pragma once

#include <bpf/bpf.h>
#include <napi.h>

#include <cerrno>
#include <string>

#include "errors.h"

namespace ncbpf {

// As /proc/self/fd names them, with dashes for underscores.
constexpr const char *kMapKind = "bpf-map";
constexpr const char *kProgramKind = "bpf-prog";
constexpr const char *kLinkKind = "bpf-link";

void CheckKind(Napi::Env env, int fd, const char *kind);

// The kernel answers for every kind of BPF descriptor with a struct of that kind, so the kind is checked first.
template <typename Info>
void AskKernel(Napi::Env env, int fd, const char *kind, Info *answer) {
  CheckKind(env, fd, kind);
  __u32 size = sizeof *answer;
  if (bpf_obj_get_info_by_fd(fd, answer, &size)) ThrowSystemError(env, errno, std::string("ask about ") + kind);
}

}  // namespace ncbpf
