// The library: `import { attach, variableSpace } from 'ncbpf'`. Checking and building need neither root nor the addon; the addon is
// loaded by the first call that needs it.
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isBundle, writeBundle } from './codegen/bundle.js';
import type { Built } from './codegen/build.js';
import { prepareProgram, type Prepared } from './codegen/prepare.js';
import { checkSource } from './lang/compile.js';
import { diagnosticsToJson, renderDiagnostics, type JsonDiagnostic } from './lang/render.js';
import { attach as attachObject, type AttachReport } from './loader/attach.js';
import { startMachine, stopMachine, type StartMode } from './loader/control.js';
import { detach as detachInterface, type DetachReport } from './loader/detach.js';
import { packageRoot } from './loader/native.js';
import { rootsFromEnvironment, type Roots } from './loader/roots.js';
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

/** A program: the path of its file, or its text (or what `build` returned) with the name that diagnostics show. */
export type Source = string | { readonly content: string | Uint8Array; readonly name: string };

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

/** What was built; errors are thrown. */
function builtOf({ built, diagnostics, text }: Prepared): Built {
  if (built !== null) return built;
  throw new ProgramError(diagnosticsToJson(diagnostics), renderDiagnostics(diagnostics, text));
}

/**
 * Checks a program and returns what is wrong with it, as `ncbpf check --json` does. An empty array: nothing.
 * @throws Error when the file cannot be read
 */
export async function check(source: Source): Promise<JsonDiagnostic[]> {
  const { content, name } = await read(source);
  const { program, diagnostics } = checkSource(content, name);
  return diagnosticsToJson(withWireTime(diagnostics, program === null ? [] : [program], [name], DEFAULT_RATE));
}

/**
 * Compiles a program to a bundle: object and manifest in one, which `attach` takes on hosts without clang.
 * Needs clang 16 or later.
 * @throws ProgramError, ToolMissingError
 */
export async function build(source: Source): Promise<Uint8Array> {
  const file = await read(source);
  if (isBundle(file.content)) return file.content;
  return writeBundle(builtOf(await prepareProgram(file.content, file.name, compilerOptions())));
}

/** Where attachments live; default: NCBPF_PIN_ROOT and NCBPF_RUN_ROOT, or /sys/fs/bpf/ncbpf and /run/ncbpf. */
export interface Place {
  readonly roots?: Roots;
}

export interface AttachSettings extends Place {
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
  return roots ?? rootsFromEnvironment(process.env);
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
  const built = builtOf(await prepareProgram(file.content, file.name, compilerOptions()));
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
