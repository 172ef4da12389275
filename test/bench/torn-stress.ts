// The stress test of variables: one side writes as fast as it can and is killed at random moments, the other reads and judges.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { attach } from '../../loader/attach.js';
import { detach } from '../../loader/detach.js';
import { isNativeError, native, packageRoot, type BpfObject } from '../../loader/native.js';
import { pinFolder, type Roots } from '../../loader/roots.js';
import { STATE_OFFSETS, STATS_MEMBERS } from '../../maps/state.js';
import { compileBpf } from '../support/compile-bpf.js';
import type { Random } from '../support/random.js';
import { interfaceIndex, run, Scratch } from '../support/scratch.js';
import { built, commandProgram, scratchRoots } from './node.js';
import { judge, readingProgram, VARIABLE, writingProgram } from './torn-programs.js';

export const ROLES = [
  'kernel writes, C reads',
  'kernel writes, Node reads',
  'C writes, kernel reads',
  'Node writes, kernel reads',
] as const;
export type Role = (typeof ROLES)[number];
export const SIZES = [8, 64, 1470] as const;

export interface TornResult {
  readonly role: Role;
  /** Bytes: 8 is a u64, others are bytes[N]. */
  readonly size: number;
  readonly reads: number;
  /** Reads that found another value than the one before: the writer was at work. */
  readonly changes: number;
  readonly torn: number;
  /** Reads that ended without a value: the writer never paused. */
  readonly gave_up: number;
  /** How often the writer was killed. */
  readonly kills: number;
}

interface Judgement {
  readonly reads: number;
  readonly changes: number;
  readonly torn: number;
  readonly gave_up: number;
}

/** Where everything is: an interface `va` whose variable both sides use. */
interface Place {
  readonly scratch: Scratch;
  readonly roots: Roots;
  readonly pins: string;
  /** The compiled torn.c. */
  readonly c: string;
  readonly size: number;
}

const SIDE = join('test', 'bench', 'torn-side.ts');
/** A reader goes on until it has seen so many changes. */
const changesFor = (reads: number) => Math.ceil(reads / 1000);
/** Of a C writer, which starts at once, and of the others. */
const LONGEST_LIFE_MS = { c: 40, node: 500 };
const LONGEST_START_MS = 20_000;
const LONGEST_RUN_MS = 20 * 60_000;
const RUN_DATA = new Uint8Array(1514);
const BLOCKS = 500;
/** The test clock of the machine is this far ahead of its start: so many blocks, one each ns, are due. */
const AHEAD_NS = 10n ** 14n;

function spawnIn(place: Place, command: string, args: readonly string[]): ChildProcess {
  return spawn(command, args, {
    cwd: packageRoot(),
    env: { ...process.env, NCBPF_PIN_ROOT: place.roots.pins, NCBPF_RUN_ROOT: place.roots.run, NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

function nodeSide(...args: readonly string[]): [string, string[]] {
  return [process.execPath, ['--import', './test/bench/typescript.mjs', SIDE, ...args]];
}

function readerCommand(role: Role, place: Place, reads: number): [string, string[]] {
  if (role === 'kernel writes, C reads')
    return [place.c, ['read', 'va', VARIABLE, String(reads), String(changesFor(reads))]];
  return nodeSide('read', 'va', VARIABLE, String(place.size), String(reads), String(changesFor(reads)));
}

function writerCommand(role: Role, place: Place): [string, string[]] {
  if (role === 'C writes, kernel reads') return [place.c, ['write', 'va', VARIABLE, '0']];
  if (role === 'Node writes, kernel reads') return nodeSide('write', 'va', VARIABLE, String(place.size));
  return nodeSide('feed', place.pins, String(place.size));
}

/** Starts writers and kills them at random moments until told to stop; `begun` is called when one is at work. How many were killed. */
async function keepWriting(
  role: Role,
  place: Place,
  random: Random,
  over: AbortSignal,
  begun: () => void,
): Promise<number> {
  const [command, args] = writerCommand(role, place);
  let kills = 0;
  while (!over.aborted) {
    const writer = spawnIn(place, command, args);
    const ended = once(writer, 'exit');
    // A Node process takes long to start, and says when it has.
    if (command !== place.c)
      await Promise.race([once(writer.stdout!, 'data'), ended, sleep(LONGEST_START_MS, undefined, { ref: false })]);
    begun();
    await sleep(1 + random.below(LONGEST_LIFE_MS[command === place.c ? 'c' : 'node']));
    if (writer.exitCode !== null) throw new Error(`the writer ended by itself, with status ${writer.exitCode}`);
    writer.kill('SIGKILL');
    await ended;
    kills++;
  }
  return kills;
}

async function readByProcess(role: Role, place: Place, reads: number, signal: AbortSignal): Promise<Judgement> {
  signal.throwIfAborted();
  const [command, args] = readerCommand(role, place, reads);
  const reader = spawnIn(place, command, args);
  const kill = () => reader.kill('SIGKILL');
  signal.addEventListener('abort', kill);
  let output = '';
  reader.stdout!.on('data', (text: Buffer) => (output += text.toString()));
  await once(reader, 'close');
  signal.removeEventListener('abort', kill);
  const line = output.trim().split('\n').at(-1) ?? '';
  if (!line.startsWith('{')) throw new Error(`the reader ended with status ${reader.exitCode}: ${output}`);
  return JSON.parse(line) as Judgement;
}

/** Hangs the judge on the far end. */
function hangJudge({ scratch, size }: Place): BpfObject {
  const object = scratch.keep(native().openObject(compileBpf(scratch.folder(), judge(size)), 'judge'));
  object.load();
  const link = native().linkCreateXdp(object.programFd('judge'), interfaceIndex('vb'), 'native');
  scratch.onCleanUp(() => native().closeFd(link));
  return object;
}

function gaveUpSoFar({ pins }: Place): number {
  const stats = native().objGet(join(pins, 'nc_stats'));
  try {
    return Number(
      native()
        .mapLookup(stats, new Uint8Array(4))!
        .readBigUInt64LE(8 * STATS_MEMBERS.indexOf('torn_retry')),
    );
  } finally {
    native().closeFd(stats);
  }
}

/** The end of a killed writer may interrupt the run; so many blocks less. */
function runBlocks(machineFd: number): void {
  try {
    native().testRun(machineFd, { data: RUN_DATA, repeat: BLOCKS });
  } catch (error) {
    if (!isNativeError(error, 'EINTR')) throw error;
  }
}

async function readByKernel(place: Place, reads: number, signal: AbortSignal): Promise<Judgement> {
  const object = hangJudge(place);
  const machine = native().objGet(join(place.pins, 'nc_machine'));
  const verdict = () => native().mapLookup(object.mapFd('.data.verdict'), new Uint8Array(4))!;
  const count = (member: number) => Number(verdict().readBigUInt64LE(8 * member));
  try {
    while (count(0) < reads || count(2) < changesFor(reads)) {
      signal.throwIfAborted();
      runBlocks(machine);
      await new Promise(setImmediate);
    }
  } finally {
    native().closeFd(machine);
  }
  return { reads: count(0), changes: count(2), torn: count(1), gave_up: gaveUpSoFar(place) };
}

/** Starts the machine under its test clock, far enough ahead that a block is due whenever it is run. */
function startMachine({ pins }: Place): void {
  const state = native().objGet(join(pins, 'nc_state'));
  const control = native().objGet(join(pins, 'nc_control'));
  try {
    commandProgram(control, 'start', 1n);
    const mapping = native().mapMmap(state, STATE_OFFSETS.test_now + 8, { writable: true });
    new DataView(mapping.buffer).setBigUint64(STATE_OFFSETS.test_now, AHEAD_NS, true);
    mapping.unmap();
  } finally {
    native().closeFd(state);
    native().closeFd(control);
  }
}

async function stressAt(role: Role, place: Place, reads: number, random: Random): Promise<TornResult> {
  startMachine(place);
  const over = new AbortController();
  const failed = new AbortController();
  const signal = AbortSignal.any([failed.signal, AbortSignal.timeout(LONGEST_RUN_MS)]);
  let begun = (): void => undefined;
  const atWork = new Promise<void>((resolve) => (begun = resolve));
  const writing = keepWriting(role, place, random, over.signal, begun).catch((error: unknown) => {
    failed.abort(error);
    begun();
    throw error;
  });
  await atWork;
  const read = role.endsWith('kernel reads')
    ? readByKernel(place, reads, signal)
    : readByProcess(role, place, reads, signal);
  // Whichever fails, both are waited for.
  const [kills, judgement] = await Promise.allSettled([writing, read.finally(() => over.abort())]);
  if (kills.status === 'rejected') throw kills.reason as Error;
  if (judgement.status === 'rejected') throw judgement.reason as Error;
  const { reads: done, changes, torn, gave_up } = judgement.value;
  return { role, size: place.size, reads: done, changes, torn, gave_up, kills: kills.value };
}

/** Stresses one role at one size, in a namespace of its own; at least `reads` reads. */
export async function stressTorn(role: Role, size: number, reads: number, random: Random): Promise<TornResult> {
  const scratch = new Scratch();
  try {
    scratch.vethPair();
    const roots = scratchRoots(scratch);
    const c = join(scratch.folder(), 'torn');
    run('cc', '-O2', '-I', join(packageRoot(), 'include'), join(packageRoot(), 'test', 'bench', 'torn.c'), '-o', c);
    const program = await built(role.startsWith('kernel') ? writingProgram(size) : readingProgram(size));
    await attach({
      interface: 'va',
      ...program,
      pacer: 'thread',
      start: { kind: 'hold' },
      replace: false,
      roots,
      testClock: true,
    });
    try {
      return await stressAt(role, { scratch, roots, pins: pinFolder(roots, 'va'), c, size }, reads, random);
    } finally {
      await detach('va', roots);
    }
  } finally {
    scratch.cleanUp();
  }
}
