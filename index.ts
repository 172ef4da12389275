// The library: `import { attach, variableSpace } from 'ncbpf'`. Checking and building need neither root nor the addon; the addon is
// loaded by the first call that needs it.
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isBundle, readBundle, writeBundle } from './codegen/bundle.js';
import { buildProgram, type Built } from './codegen/build.js';
import { readSource, type ReadSource } from './codegen/read-source.js';
import { readParams, type ParamsResult } from './lang/bytecode/params.js';
import { binaryFormatOf } from './lang/read-program.js';
import { diagnosticsToJson, renderDiagnostics, type JsonDiagnostic, type Quoted } from './lang/render.js';
import { attach as attachObject, type AttachReport } from './loader/attach.js';
import { startMachine, stopMachine, type StartMode } from './loader/control.js';
import { UsageError } from './loader/errors.js';
import { detach as detachInterface, type DetachReport } from './loader/detach.js';
import { packageRoot } from './loader/native.js';
import { absoluteRoots, rootsFromEnvironment, type Roots } from './loader/roots.js';
import { listAttachments, readStatus, type AttachmentStatus } from './loader/status.js';
import { openVariableSpace, type Values, type VariableSpace } from './loader/variable-space.js';
import type { SpaceValue } from './maps/variable-value.js';
import { DEFAULT_RATE } from './schedule/verify/system.js';
import { withWireTime } from './schedule/warn/wire.js';

export { BundleError } from './codegen/bundle.js';
export { CompileError, ToolMissingError } from './codegen/clang.js';
export {
  EnvironmentError,
  KernelError,
  PermissionError,
  QueueFullError,
  UnsupportedFeatureError,
  UsageError,
  VerifierError,
} from './loader/errors.js';
export { AddonUnavailableError } from './loader/native.js';
export { VariableSpace } from './loader/variable-space.js';
export type {
  OneValue,
  QueueAppender,
  QueueTaker,
  Values,
  VariableChange,
  VariableClaim,
  WatchOptions,
} from './loader/variable-space.js';
export type { AttachReport } from './loader/attach.js';
export type { StartMode } from './loader/control.js';
export type { DetachReport } from './loader/detach.js';
export type { Roots } from './loader/roots.js';
export type { AttachmentStatus, MachineStatus } from './loader/status.js';
export type { JsonDiagnostic } from './lang/render.js';
export type { QueueLayout, VariableLayout, VariableType, Writer } from './maps/layout.js';
export { VariableBusyError } from './maps/variable-space.js';
export { VariableValueError, type SpaceValue, type VariableValue } from './maps/variable-value.js';

/**
 * A program: the path of its file, or its text (or what `build` returned) with the name that diagnostics show. The ending of the name
 * says what it is: a module in TypeScript (`.nc.ts`), bytecode (`.bytecode`, `.ncm`), or else text. What a module imports is read from files.
 */
export type Source = string | { readonly content: string | Uint8Array; readonly name: string };

/** What a program's file does not say itself. */
export interface ProgramSettings {
  /** Of a program in bytecode: the senders of its channels (`.params.json` or `.ncmp`). */
  readonly params?: Source;
  /** Of a module that describes several nodes: the name of the one that is meant. */
  readonly node?: string;
}

/** A program with errors where one without is needed. */
export class ProgramError extends Error {
  override readonly name = 'ProgramError';

  constructor(
    /** Errors and warnings, in the order of the text. */
    readonly diagnostics: readonly JsonDiagnostic[],
    /** The same for people, with lines and markers. */
    readonly report: string,
  ) {
    super(report);
  }
}

interface Read {
  readonly content: Uint8Array;
  readonly name: string;
}

async function read(source: Source): Promise<Read> {
  if (typeof source === 'string') return { content: await readFile(source), name: source };
  const { content, name } = source;
  return { content: typeof content === 'string' ? new TextEncoder().encode(content) : content, name };
}

function compilerOptions(): { runtime: string; generator: string } {
  const root = packageRoot();
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  return { runtime: join(root, 'bpf'), generator: `ncbpf ${version}` };
}

function refuse(diagnostics: ReadSource['diagnostics'], quoted: Quoted): never {
  throw new ProgramError(diagnosticsToJson(diagnostics), renderDiagnostics(diagnostics, quoted));
}

interface ReadParams extends ParamsResult {
  readonly quoted: Quoted;
}

async function paramsOf(name: string, { params }: ProgramSettings): Promise<ReadParams> {
  if (params === undefined) return { params: null, diagnostics: [], quoted: '' };
  if (binaryFormatOf(name) === null)
    throw new UsageError(`params are for programs in bytecode (.bytecode, .ncm), and ${name} is none: leave them out`);
  const file = await read(params);
  return { ...readParams(file.content, file.name), quoted: file.name.endsWith('.ncmp') ? '' : file.content };
}

/** Refuses a node that there is not. */
async function readChecked(file: Read, settings: ProgramSettings, params: ParamsResult): Promise<ReadSource> {
  const { node } = settings;
  const checked = await readSource(file.content, file.name, { params: params.params, node });
  const { nodes } = checked;
  if (node === undefined || nodes?.includes(node) || nodes?.length === 0) return checked;
  const reason = nodes === null ? 'it is no module (.nc.ts)' : `its nodes are ${nodes.join(', ')}`;
  throw new UsageError(`${file.name} describes no node ${node}: ${reason}`);
}

/** Compiles one program. */
async function buildFrom(file: Read, settings: ProgramSettings): Promise<Built> {
  const params = await paramsOf(file.name, settings);
  if (params.diagnostics.length > 0) refuse(params.diagnostics, params.quoted);
  const { programs, nodes, diagnostics, quoted, text } = await readChecked(file, settings, params);
  if (nodes !== null && nodes.length > 1 && settings.node === undefined)
    throw new UsageError(
      `${file.name} describes ${nodes.length} nodes: say with \`node\` which is meant: ${nodes.join(', ')}`,
    );
  const [program] = programs;
  return program === undefined ? refuse(diagnostics, quoted) : buildProgram(program, text, compilerOptions());
}

/**
 * Checks a program and returns what is wrong with it, as `ncbpf check --json` does: of a module all its nodes, unless one is named. An
 * empty array: nothing.
 * @throws Error when a file cannot be read, UsageError when there is no such node, or when params are given for what is no bytecode
 */
export async function check(source: Source, settings: ProgramSettings = {}): Promise<JsonDiagnostic[]> {
  const file = await read(source);
  const params = await paramsOf(file.name, settings);
  if (params.diagnostics.length > 0) return diagnosticsToJson(params.diagnostics);
  const { programs, diagnostics, files } = await readChecked(file, settings, params);
  return diagnosticsToJson(withWireTime(diagnostics, programs, files, DEFAULT_RATE));
}

/**
 * Compiles a program to a bundle: object and manifest in one, which `attach` takes on hosts without clang.
 * Needs clang 16 or later.
 * @throws ProgramError, ToolMissingError, UsageError
 */
export async function build(source: Source, settings: ProgramSettings = {}): Promise<Uint8Array> {
  const file = await read(source);
  return isBundle(file.content) ? file.content : writeBundle(await buildFrom(file, settings));
}

/** Where attachments live; default: NCBPF_PIN_ROOT and NCBPF_RUN_ROOT, or /sys/fs/bpf/ncbpf and /run/ncbpf. */
export interface Place {
  readonly roots?: Roots;
}

export interface AttachSettings extends Place, ProgramSettings {
  /** What makes time pass; default `auto`. */
  readonly pacer?: 'auto' | 'fq' | 'thread';
  /** When the machine starts; default at once. */
  readonly start?: StartMode;
  /** Detach first what ncbpf has attached there. */
  readonly replace?: boolean;
  /** A group whose processes may read and write variables without privilege. */
  readonly group?: string;
  /** For a program with a gate: speed of the link in bits a second, default null: refused where it is not known. */
  readonly rate?: number | null;
  /** What the gate of a dead machine does; default `open`: ordinary traffic passes. */
  readonly fail?: 'open' | 'closed';
  /** Attach a program with a gate although the interface carries traffic. */
  readonly force?: boolean;
  /** Told of each step. */
  readonly onStep?: (step: string) => void;
}

function rootsOf({ roots }: Place): Roots {
  return roots === undefined ? rootsFromEnvironment(process.env) : absoluteRoots(roots);
}

/**
 * Attaches a program, or a bundle, to an interface of this network namespace. From then on the kernel runs it, also when this process has
 * ended. Linux 6.1 or later; CAP_BPF, CAP_NET_ADMIN, and CAP_SYS_NICE for the pacer thread. When it throws, the machine is as it was.
 * @throws ProgramError, ToolMissingError, BundleError
 * @throws UsageError, PermissionError, UnsupportedFeatureError, VerifierError, KernelError, AddonUnavailableError
 */
export async function attach(
  interfaceName: string,
  source: Source,
  settings: AttachSettings = {},
): Promise<AttachReport> {
  const { pacer = 'auto', start: mode = { kind: 'now' }, replace = false, group, onStep } = settings;
  const { rate = null, fail = 'open', force = false } = settings;
  const file = await read(source);
  const built = isBundle(file.content) ? readBundle(file.content) : await buildFrom(file, settings);
  return attachObject({
    interface: interfaceName,
    ...built,
    pacer,
    start: mode,
    replace,
    roots: rootsOf(settings),
    gate: { rate, failClosed: fail === 'closed', force },
    ...(group === undefined ? {} : { group }),
    ...(onStep === undefined ? {} : { onStep }),
  });
}

/**
 * Removes every trace of an attachment, or of the remains of one.
 * @throws UsageError when there is nothing
 */
export function detach(interfaceName: string, place: Place = {}): Promise<DetachReport> {
  return detachInterface(interfaceName, rootsOf(place));
}

/**
 * Starts a machine that is held or stopped, from its first instruction.
 * @throws UsageError, KernelError
 */
export function start(interfaceName: string, mode: StartMode = { kind: 'now' }, place: Place = {}): Promise<void> {
  return startMachine(interfaceName, mode, rootsOf(place));
}

/**
 * Stops a machine; what is attached stays.
 * @throws UsageError, KernelError
 */
export function stop(interfaceName: string, place: Place = {}): Promise<void> {
  return stopMachine(interfaceName, rootsOf(place));
}

/**
 * What an attachment does, and what is wrong with it.
 * @throws UsageError when there is nothing
 */
export function status(interfaceName: string, place: Place = {}): Promise<AttachmentStatus> {
  return readStatus(interfaceName, rootsOf(place));
}

/** Names of the interfaces that have an attachment, or the remains of one. */
export function attachments(place: Place = {}): string[] {
  return listAttachments(rootsOf(place));
}

/**
 * Opens the variables of an attachment; close it when it is not needed any more. The type says which there are:
 * `variableSpace<{ temperature: number; total: bigint; name: Uint8Array }>('eth0')`; integers of up to 32 bits are numbers, those of 64
 * bits bigints, bytes[N] a Uint8Array, and a queue is an array of what it holds (`commands: Uint8Array[]`). It is not compared with the
 * program; an unknown name is a UsageError when it is used.
 * @throws UsageError when nothing is attached, PermissionError, AddonUnavailableError
 */
export function variableSpace<T extends { [Name in keyof T]: SpaceValue } = Values>(
  interfaceName: string,
  place: Place = {},
): VariableSpace<T> {
  return openVariableSpace<T>(interfaceName, { roots: rootsOf(place) });
}
