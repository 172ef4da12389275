#include "errors.h"

#include <bpf/libbpf.h>

#include <cstdarg>
#include <cstdlib>
#include <cstring>

namespace ncbpf {
namespace {

// The kernel's own number for "this map type cannot do that"; it has no name in the C library.
constexpr int kNotSupportedByKernel = 524;

constexpr const char *kLogBegin = "-- BEGIN PROG LOAD LOG --\n";
constexpr const char *kLogEnd = "-- END PROG LOAD LOG --\n";

// libbpf's callback is process-wide and has no argument of ours, hence one buffer a thread.
thread_local std::string printed_text;
thread_local bool capturing = false;

int Print(enum libbpf_print_level level, const char *format, va_list arguments) {
  if (!capturing || level == LIBBPF_DEBUG) return 0;
  va_list measured;
  va_copy(measured, arguments);
  int length = vsnprintf(nullptr, 0, format, measured);
  va_end(measured);
  if (length <= 0) return 0;
  size_t before = printed_text.size();
  printed_text.resize(before + length + 1);
  vsnprintf(&printed_text[before], length + 1, format, arguments);
  printed_text.resize(before + length);
  return length;
}

const char *LibbpfCode(int error) {
  switch (error) {
    case LIBBPF_ERRNO__LIBELF: return "LIBBPF_LIBELF";
    case LIBBPF_ERRNO__FORMAT: return "LIBBPF_FORMAT";
    case LIBBPF_ERRNO__KVERSION: return "LIBBPF_KVERSION";
    case LIBBPF_ERRNO__ENDIAN: return "LIBBPF_ENDIAN";
    case LIBBPF_ERRNO__INTERNAL: return "LIBBPF_INTERNAL";
    case LIBBPF_ERRNO__RELOC: return "LIBBPF_RELOC";
    case LIBBPF_ERRNO__LOAD: return "LIBBPF_LOAD";
    case LIBBPF_ERRNO__VERIFY: return "LIBBPF_VERIFY";
    case LIBBPF_ERRNO__PROG2BIG: return "LIBBPF_PROG2BIG";
    case LIBBPF_ERRNO__PROGTYPE: return "LIBBPF_PROGTYPE";
    default: return "LIBBPF_UNKNOWN";
  }
}

std::string Reason(int error) {
  if (error == kNotSupportedByKernel) return "Operation not supported by this kernel";
  if (error < __LIBBPF_ERRNO__START) return strerror(error);
  char text[128];
  libbpf_strerror(error, text, sizeof text);
  return text;
}

// Moves the verifier's log out of `text`; libbpf prints it between two lines of its own.
std::string TakeVerifierLog(std::string &text) {
  std::string log;
  for (size_t begin = text.find(kLogBegin); begin != std::string::npos; begin = text.find(kLogBegin)) {
    size_t first = begin + strlen(kLogBegin);
    size_t end = text.find(kLogEnd, first);
    size_t last = end == std::string::npos ? text.size() : end;
    log.append(text, first, last - first);
    size_t line = text.rfind('\n', begin);
    size_t cut = line == std::string::npos ? 0 : line + 1;
    text.erase(cut, (end == std::string::npos ? last : end + strlen(kLogEnd)) - cut);
  }
  return log;
}

}  // namespace

PrintCapture::PrintCapture() {
  printed_text.clear();
  capturing = true;
}

PrintCapture::~PrintCapture() {
  capturing = false;
  printed_text.clear();
  printed_text.shrink_to_fit();
}

void PrintCapture::Install() { libbpf_set_print(Print); }

const std::string &PrintCapture::Text() const { return printed_text; }

std::string ErrorCode(int error) {
  int number = std::abs(error);
  if (number == kNotSupportedByKernel) return "ENOTSUPP";
  if (number >= __LIBBPF_ERRNO__START) return LibbpfCode(number);
  const char *name = strerrorname_np(number);
  return name ? name : "E" + std::to_string(number);
}

Napi::Error SystemError(Napi::Env env, int error, const std::string &what) {
  int number = std::abs(error);
  std::string code = ErrorCode(number);
  Napi::Error thrown = Napi::Error::New(env, what + ": " + Reason(number) + " (" + code + ")");
  thrown.Set("errno", Napi::Number::New(env, -number));
  thrown.Set("code", Napi::String::New(env, code));
  return thrown;
}

void ThrowSystemError(Napi::Env env, int error, const std::string &what) { throw SystemError(env, error, what); }

void ThrowLoadError(Napi::Env env, int error, const std::string &what, const PrintCapture &printed) {
  std::string output = printed.Text();
  std::string log = TakeVerifierLog(output);
  Napi::Error thrown = SystemError(env, error, what);
  thrown.Set("log", Napi::String::New(env, log));
  thrown.Set("output", Napi::String::New(env, output));
  throw thrown;
}

void ThrowType(Napi::Env env, const std::string &message) { throw Napi::TypeError::New(env, message); }

void ThrowRange(Napi::Env env, const std::string &message) { throw Napi::RangeError::New(env, message); }

}  // namespace ncbpf
