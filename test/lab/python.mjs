import { findProgram, runProgram } from './programs.mjs';

/** What the generated bindings import, with all that this loads. */
const MODULES = ['ctypes', 'mmap', 'os', 'sys', 'traceback'];

/** Prints the interpreter and the files of all modules, compiled ones too, as JSON. */
const LOOK = `
import ${MODULES.join(', ')}, sys, sysconfig, json
modules = list(sys.modules.values())
files = {path for module in modules for path in (getattr(module, "__file__", None), getattr(module, "__cached__", None)) if path}
print(json.dumps({"program": sys.executable, "extensions": sysconfig.get_path("platstdlib") + "/lib-dynload", "files": sorted(files)}))
`;

/**
 * The host's Python, as much of it as the bindings need.
 * @returns {{ program: string, extensions: string, files: string[] } | undefined} path of the interpreter; the folder that
 *   has to exist for it to find its library; modules by path. Undefined: the host has none.
 */
export function hostPython() {
  if (findProgram('python3') === undefined) return undefined;
  const { status, stdout } = runProgram('python3', ['-c', LOOK]);
  if (status !== 0) return undefined;
  return /** @type {{ program: string, extensions: string, files: string[] }} */ (JSON.parse(stdout.toString()));
}
