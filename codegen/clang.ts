// The compiler: finding it, running it in a folder of its own, judging what it made.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { elfFunctions } from './elf.js';
import { withWorkFolder } from './work-folder.js';

const run = promisify(execFile);

/** Older ones wrap 16 bit branch offsets without an error (clang 14), or lose type tags. */
export const OLDEST_CLANG = 16;
const NEWEST_CLANG_TRIED = 30;
/** The reach of a BPF jump is 32767 instructions of 8 bytes. */
const MAX_FUNCTION_INSTRUCTIONS = 30000;
const INSTRUCTION_BYTES = 8;
const MAX_OUTPUT = 64 * 1024 * 1024;

/** No clang, or one that is too old; `message` says what to install. */
export class ToolMissingError extends Error {
  override readonly name = 'ToolMissingError';
}

/** clang refused what ncbpf generated, or made something unusable: a bug of ncbpf, or of the toolchain. */
export class CompileError extends Error {
  override readonly name = 'CompileError';
}

export interface Toolchain {
  readonly clang: string;
  readonly strip: string;
  /** Major version. */
  readonly version: number;
}

async function clangVersion(command: string): Promise<number | null> {
  try {
    const { stdout } = await run(command, ['--version']);
    const match = /clang version (\d+)\./.exec(stdout);
    return match === null ? null : Number(match[1]);
  } catch {
    return null;
  }
}

function onPath(command: string): boolean {
  if (command.includes('/')) return existsSync(command);
  return (process.env.PATH ?? '').split(':').some((folder) => folder !== '' && existsSync(join(folder, command)));
}

function candidates(): string[] {
  const named = process.env.NCBPF_CLANG;
  if (named !== undefined && named !== '') return [named];
  const numbered = Array.from(
    { length: NEWEST_CLANG_TRIED - OLDEST_CLANG + 1 },
    (_, i) => `clang-${NEWEST_CLANG_TRIED - i}`,
  );
  return [...numbered, 'clang'];
}

/** The llvm-strip that belongs to a clang: `clang-19` has `llvm-strip-19`. */
function stripFor(clang: string, version: number): string | null {
  const beside = clang.replace(/clang(-\d+)?$/, 'llvm-strip$1');
  return [beside, `llvm-strip-${version}`, 'llvm-strip'].find(onPath) ?? null;
}

/**
 * Finds clang (16 or later; NCBPF_CLANG names one) and its llvm-strip.
 * @throws ToolMissingError
 */
export async function findToolchain(): Promise<Toolchain> {
  let old: string | null = null;
  for (const clang of candidates().filter(onPath)) {
    const version = await clangVersion(clang);
    if (version === null) continue;
    if (version < OLDEST_CLANG) {
      old ??= `${clang} is version ${version}`;
      continue;
    }
    const strip = stripFor(clang, version);
    if (strip === null)
      throw new ToolMissingError(`${clang} is here but llvm-strip is not: install the package llvm-${version}`);
    return { clang, strip, version };
  }
  const found =
    old ?? (process.env.NCBPF_CLANG ? `NCBPF_CLANG=${process.env.NCBPF_CLANG} cannot be run` : 'none is on the PATH');
  throw new ToolMissingError(
    `clang ${OLDEST_CLANG} or later is needed, and ${found}: install clang-19 and llvm-19, or build on another host and attach what \`ncbpf build\` wrote`,
  );
}

/** Folder of the kernel's asm headers, which clang does not look for when the target is bpf. */
function systemIncludes(): string[] {
  const folder = `/usr/include/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`;
  return existsSync(`${folder}/asm/types.h`) ? ['-isystem', folder] : [];
}

const FLAGS = [
  ...[
    '-target',
    'bpf',
    '-mcpu=v3',
    '-O2',
    '-g',
    '-std=c11',
    '-Dasm=__asm__',
    '-Dtypeof=__typeof__',
    '-fno-trigraphs',
    '-ffreestanding',
  ],
  ...[
    '-Wall',
    '-Werror',
    '-Wno-unused-function',
    '-Wno-unused-label',
    '-Wno-unused-const-variable',
    '-Wno-invalid-source-encoding',
  ],
  ...['-Ulinux', '-Uunix', '-fdebug-compilation-dir=.', '-I../runtime'],
];

async function runTool(command: string, args: string[], folder: string): Promise<void> {
  const running = run(command, args, { cwd: folder, maxBuffer: MAX_OUTPUT });
  const kill = (): void => void running.child.kill('SIGKILL');
  // Before its folder goes.
  process.prependOnceListener('exit', kill);
  try {
    await running;
  } catch (error) {
    const text = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
    throw new CompileError(`${command} refused the generated C:\n${text.slice(0, 4000)}`);
  } finally {
    process.off('exit', kill);
  }
}

function checkFunctions(object: Uint8Array): void {
  for (const { name, size } of elfFunctions(object)) {
    const instructions = size / INSTRUCTION_BYTES;
    if (instructions > MAX_FUNCTION_INSTRUCTIONS) {
      throw new CompileError(`function ${name} has ${instructions} BPF instructions: its jumps would not reach`);
    }
  }
}

export interface CompileInput {
  /** The generated C. */
  readonly code: string;
  /** Base name and bytes of the program's source, which verifier messages quote. */
  readonly sourceName: string;
  readonly source: Uint8Array;
  /** Folder of the runtime's headers. */
  readonly runtime: string;
}

async function compileIn(folder: string, input: CompileInput, toolchain: Toolchain): Promise<Uint8Array> {
  // Apart from each other: a program may have the name of a header.
  const [runtime, source] = [join(folder, 'runtime'), join(folder, 'source')];
  const object = join(folder, 'nc_program.bpf.o');
  await mkdir(runtime);
  await mkdir(source);
  for (const name of (await readdir(input.runtime)).filter((file) => file.endsWith('.h'))) {
    await copyFile(join(input.runtime, name), join(runtime, name));
  }
  await writeFile(join(source, input.sourceName), input.source);
  await writeFile(join(runtime, 'nc_program.bpf.c'), input.code);
  const files = ['-c', '../runtime/nc_program.bpf.c', '-o', '../nc_program.bpf.o'];
  await runTool(toolchain.clang, [...FLAGS, ...systemIncludes(), ...files], source);
  await runTool(toolchain.strip, ['-g', object], folder);
  const bytes = await readFile(object);
  checkFunctions(bytes);
  return bytes;
}

/**
 * Compiles in a temporary folder of its own, removed in every case; the same bytes from any folder.
 * @throws ToolMissingError, CompileError
 */
export function compileC(input: CompileInput, toolchain: Toolchain): Promise<Uint8Array> {
  return withWorkFolder((folder) => compileIn(folder, input, toolchain));
}
