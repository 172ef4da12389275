// How long the blocks of a program take in this kernel: each run by itself, as a wake-up runs it, on a veth pair that is gone afterwards. No
// frame leaves the pair: nc_ingress drops them at its far end, so the program must say `ingress strict`.
import type { Manifest } from '../maps/manifest.js';
import { decodeStats } from '../maps/state.js';
import { FILTER, qdiscLike } from './calibrate.js';
import { startAt } from './control.js';
import { KernelError } from './errors.js';
import { native, type BpfObject } from './native.js';
import { loadObject } from './object.js';
import { trialPairFor, withTrialPair } from './pacer-fq.js';
import { requireInterface } from './preflight.js';

/** A program whose blocks follow each other at instants 1 ns apart, until it ends; its tolerance is longer than the trial. */
export interface Trial {
  readonly object: Uint8Array;
  readonly manifest: Manifest;
  /** By block, from the second on: frames that arrive before it. The first one is not timed. */
  readonly blocks: readonly (readonly Uint8Array[])[];
  /** How often the program runs from start to end. */
  readonly rounds: number;
}

/** What nc_machine answers when it ran a block. */
const ANSWER_RAN = 1;
const LOOPBACK_IFINDEX = 1;
/** Rounds that find cold caches and are not counted. */
const FIRST_ROUNDS = 16;
const RUN_DATA = new Uint8Array(1514);
const GATE = { rate: 1e9, failClosed: false, hold: false };

/**
 * The times of each block in ns, in the order of the rounds. The pair has the root qdisc that `interfaceName` has; null: none.
 * @throws UsageError for an interface that is not there, PermissionError, UnsupportedFeatureError, KernelError, VerifierError
 */
export async function timeBlocks(trial: Trial, interfaceName: string | null): Promise<number[][]> {
  const link = interfaceName === null ? null : await requireInterface(interfaceName);
  const ifindex = link?.ifindex ?? LOOPBACK_IFINDEX;
  const qdisc = link === null ? null : await qdiscLike(link.name);
  return withTrialPair(ifindex, qdisc, (near) => {
    const far = native().interfaceIndex(trialPairFor(ifindex).far);
    if (far === null) throw new KernelError('the pair for the trial has lost an end: try again');
    return timeOn(trial, near, far);
  });
}

function timeOn(trial: Trial, near: { readonly ifindex: number; readonly mac: string }, far: number): number[][] {
  const { object: bytes, manifest } = trial;
  const object = loadObject(bytes, manifest, {
    ...{ pacer: 'thread', ifindex: near.ifindex, paceIfindex: 0, watchIfindex: 0, mac: near.mac },
    ...{ spin: { kind: 'off' }, testClock: false, gate: manifest.gate === null ? null : GATE },
  });
  try {
    const sink = native().linkCreateXdp(object.programFd('nc_ingress'), far, 'native');
    try {
      native().clsactCreate(near.ifindex);
      native().tcAttach(near.ifindex, 'egress', object.programFd('nc_gate'), FILTER.handle, FILTER.priority);
      const times = runRounds(object, trial);
      requireUndisturbed(object, manifest);
      return times;
    } finally {
      native().closeFd(sink);
    }
  } finally {
    object.close();
  }
}

function runRounds(object: BpfObject, { blocks, rounds }: Trial): number[][] {
  const times = blocks.map((): number[] => []);
  for (let round = 0; round < FIRST_ROUNDS + rounds; round += 1) {
    startAt(object.programFd('nc_control'), process.hrtime.bigint());
    runBlock(object);
    for (const [index, frames] of blocks.entries()) {
      for (const data of frames) native().testRun(object.programFd('nc_ingress'), { data });
      const time = runBlock(object);
      if (round >= FIRST_ROUNDS) times[index]!.push(time);
    }
  }
  return times;
}

/** Frames that the kernel refused, or that came too late, took another way through the program. */
function requireUndisturbed(object: BpfObject, manifest: Manifest): void {
  const stats = decodeStats(native().mapLookup(object.mapFd('.data.nc_stats'), new Uint8Array(4))!, manifest);
  for (const { refused = 0n, suppressed = 0n, queue_full: dropped = 0n } of Object.values(stats.channels)) {
    if (refused + suppressed + dropped === 0n) continue;
    throw new KernelError('the kernel did not take every frame of the trial: try again when the machine is less busy');
  }
}

function runBlock(object: BpfObject): number {
  const { returnValue, durationNs } = native().testRun(object.programFd('nc_machine'), { data: RUN_DATA });
  if (returnValue !== ANSWER_RAN) throw new KernelError(`the machine did not run a block (answer ${returnValue})`);
  return durationNs;
}
