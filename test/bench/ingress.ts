// ingress_ns: what a frame costs in nc_ingress, beside what one that is denied costs in xdp-filter.
import { native, type BpfObject } from '../../loader/native.js';
import { Scratch } from '../support/scratch.js';
import { dataFrame, macAt } from './frames.js';
import { built, loadFor, setAddress } from './node.js';
import { figure, median, summarize, type Figure } from './statistics.js';
import { loadXdpFilter, xdpFilterMissing, type XdpFilter } from './xdp-filter.js';

const REPEAT = 4000;
/** The queue is filled but never full, then emptied: a full one is another, dearer case. */
const QUEUE = 256;
const PAYLOAD = 64;
const ACCEPTED_FACTOR = 2;

interface Peer {
  readonly value: number;
  readonly spread: Figure['spread'];
  readonly unit: string;
  readonly what: string;
}

export interface IngressFigure extends Figure {
  readonly what: string;
  /** A frame with 64 bytes of payload, accepted and queued. */
  readonly accepted: Figure;
  /** The same when the queue is full, so that the oldest frame goes: no target. */
  readonly accepted_full: Omit<Figure, 'target' | 'met'>;
  readonly peer: Peer | { readonly missing: string };
}

function programText(peers: number): string {
  const from = Array.from({ length: peers }, (_, i) => macAt(i)).join(', ');
  return [
    `channel bus = 0 from ${from} queue ${QUEUE}`,
    `var v : bytes[${PAYLOAD}]`,
    'start: receive bus -> v',
    'wait 1s, start',
    '',
  ].join('\n');
}

function cost(programFd: number, frame: Uint8Array, repeat: number, verdict: number): number {
  const { durationNs, returnValue } = native().testRun(programFd, { data: frame, repeat });
  if (returnValue !== verdict) throw new Error(`XDP program answers ${returnValue} instead of ${verdict}`);
  return durationNs;
}

/** Empties every queue: all zero is how an object is loaded. */
function emptyQueues(object: BpfObject): void {
  const fd = object.mapFd('nc.bss');
  native().mapUpdate(fd, new Uint8Array(4), new Uint8Array(native().mapInfo(fd).valueSize));
}

interface Samples {
  readonly unknown: number[];
  readonly accepted: number[];
  readonly full: number[];
  readonly peers: number[][];
}

const DROP = 1;
const PASS = 2;

function measureRound(object: BpfObject, peers: number, filters: readonly XdpFilter[], samples: Samples): void {
  const ingress = object.programFd('nc_ingress');
  const stranger = dataFrame(60_000, new Uint8Array(PAYLOAD));
  const known = dataFrame(peers >> 1, new Uint8Array(PAYLOAD));
  filters.forEach(({ programFd }, index) => {
    samples.peers[index]!.push(cost(programFd, known, REPEAT, DROP));
  });
  samples.unknown.push(cost(ingress, stranger, REPEAT, PASS));
  samples.full.push(cost(ingress, known, REPEAT, DROP));
  emptyQueues(object);
  cost(ingress, known, QUEUE, DROP); // warms what the emptying has cooled
  emptyQueues(object);
  samples.accepted.push(cost(ingress, known, QUEUE, DROP));
}

/** Measures with `peers` accepted senders, over a number of rounds in which everything has its turn. */
export async function measureIngress(peers: number, runs: number): Promise<IngressFigure> {
  const scratch = new Scratch();
  try {
    const { a } = scratch.vethPair();
    setAddress();
    const object = loadFor(scratch, await built(programText(peers)), a);
    const missing = xdpFilterMissing();
    const filters = missing === undefined ? [loadXdpFilter(scratch, 'allow', peers)] : [];
    const samples: Samples = { unknown: [], accepted: [], full: [], peers: filters.map(() => []) };
    for (let i = 0; i < runs; i++) measureRound(object, peers, filters, samples);
    return report(samples, filters, missing);
  } finally {
    scratch.cleanUp();
  }
}

function report(samples: Samples, filters: readonly XdpFilter[], missing: string | undefined): IngressFigure {
  const denied = samples.peers[0] ?? [];
  const limit = denied.length > 0 ? median(denied) : Number.POSITIVE_INFINITY;
  const unknown = figure(samples.unknown, 'ns', limit);
  const accepted = figure(samples.accepted, 'ns', ACCEPTED_FACTOR * limit);
  return {
    ...unknown,
    // Nothing is met that could not be compared.
    met: unknown.met && accepted.met && missing === undefined,
    what: 'frame of our ethertype from an unknown address',
    accepted: { ...accepted, met: accepted.met && missing === undefined },
    accepted_full: { ...summarize(samples.full), unit: 'ns' },
    peer: missing === undefined ? { ...summarize(denied), unit: 'ns', what: filters[0]!.what } : { missing },
  };
}
