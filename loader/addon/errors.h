// Turning results of libbpf and the kernel into JavaScript errors.
#pragma once

#include <napi.h>

#include <string>

namespace ncbpf {

// Collects what libbpf prints on this thread while it lives; libbpf would write it to stderr otherwise.
class PrintCapture {
 public:
  PrintCapture();
  ~PrintCapture();
  PrintCapture(const PrintCapture &) = delete;
  PrintCapture &operator=(const PrintCapture &) = delete;
  static void Install();
  // Everything printed since the capture began.
  const std::string &Text() const;
};

// "EEXIST" for 17; libbpf's own numbers give "LIBBPF_..." names. `error` may have either sign.
std::string ErrorCode(int error);

// An Error with `errno` (negative, as Node's system errors have it), `code`, and a message "what: reason (CODE)".
Napi::Error SystemError(Napi::Env env, int error, const std::string &what);

[[noreturn]] void ThrowSystemError(Napi::Env env, int error, const std::string &what);

// As above, for a failed load: `log` holds the verifier's log and `output` what else libbpf said.
[[noreturn]] void ThrowLoadError(Napi::Env env, int error, const std::string &what, const PrintCapture &printed);

[[noreturn]] void ThrowType(Napi::Env env, const std::string &message);
[[noreturn]] void ThrowRange(Napi::Env env, const std::string &message);

}  // namespace ncbpf
