// What the benchmark of `verify` looks at: systems of three nodes with twelve guards on data, and what must be quick by itself.
import { join } from 'node:path';
import { packageRoot } from '../../loader/native.js';
import { readSample, sampleNames } from '../support/sample.js';

/** Three programs, whose twelve guards go both ways each time. */
export interface Guarded {
  readonly name: string;
  readonly texts: readonly string[];
}

const NAMES = ['a', 'b', 'c', 'd'];
const DECLARED = `channel bus to 02:00:00:00:00:03\n${NAMES.map((name) => `var ${name} : u8\n`).join('')}message m\n`;
const NODES = [0, 1, 2];

/** The parts that the four guards of a node lead to. */
function parts(part: (name: string, index: number) => string): string {
  return NAMES.map(part).join('');
}

/** A guard says whether a slot is used. */
function slots(node: number): string {
  const slot = (name: string, index: number): string =>
    `s${index}:\n    if test_var(${name}, zero) goto q${index}\n    send bus, m\nq${index}:\n    wait 150us, s${(index + 1) % NAMES.length}\n`;
  return `${DECLARED}    create a -> m\n    wait ${10 + node * 50}us\n${parts(slot)}`;
}

/** A guard says how long a node waits, so that the nodes come into any phase. */
function waits(node: number): string {
  const wait = (name: string, index: number): string => {
    const next = `s${(index + 1) % NAMES.length}`;
    const [long, short] = [200 + 30 * node + 10 * index, 100 + 20 * node + 10 * index];
    return `s${index}:\n    if test_var(${name}, zero) goto q${index}\n    wait ${short}us, ${next}\nq${index}:\n    wait ${long}us, ${next}\n`;
  };
  return `${DECLARED.replace(/channel.*\n/, '').replace('message m\n', '')}${parts(wait)}`;
}

/** A guard says whether a future is armed. */
function futures(node: number): string {
  const future = (name: string, index: number): string =>
    `    if test_var(${name}, zero) goto q${index}\n    future ${20 + node * 300 + index * 70}us, out\nq${index}:\n`;
  return `${DECLARED}    create a -> m\nstart:\n    future 1ms, start\n${parts(future)}    halt\nout:\n    send bus, m\n    halt\n`;
}

/** The systems that SPIN is asked about too. */
export const GUARDED: readonly Guarded[] = [
  { name: 'guarded slots', texts: NODES.map(slots) },
  { name: 'guarded futures', texts: NODES.map(futures) },
  { name: 'guarded waits', texts: NODES.map(waits) },
];

const TDMA_NODES = 16;

/** Sixteen nodes, each with a slot of its own in a round. */
export const TDMA: readonly string[] = Array.from({ length: TDMA_NODES }, (_, node) => {
  const before = node * 100 + 10;
  const after = TDMA_NODES * 100 - before;
  return `channel bus to 02:00:00:00:00:03\nvar v : u16\nmessage m\nround:\n    wait ${before}us\n    create v -> m\n    send bus, m\n    wait ${after}us, round\n`;
});

/** A sample: its programs as files, and the text of a network file with the addresses that they are written for. */
export interface SampleSystem {
  readonly name: string;
  readonly files: readonly string[];
  readonly network: string;
}

/** All samples that have programs. */
export function samples(): SampleSystem[] {
  return sampleNames().map((name) => {
    const { nodes } = readSample(name);
    const described = nodes.map(({ program, mac, startNs }) => {
      return [program.node, { mac, ...(startNs === 0n ? {} : { start: `${startNs}ns` }) }] as const;
    });
    const files = nodes.map(({ program }) => join(packageRoot(), 'samples', name, program.file));
    return { name, files, network: JSON.stringify({ nodes: Object.fromEntries(described) }) };
  });
}
