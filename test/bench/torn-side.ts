// One side of the stress test in a process of its own. Writers say `ready` and go on until they are killed.
//   torn-side.ts read INTERFACE VARIABLE SIZE COUNT CHANGES   an application in Node; see torn.c
//   torn-side.ts write INTERFACE VARIABLE SIZE
//   torn-side.ts feed PINS SIZE                               the kernel writes: frames into its queues, blocks that receive them
import { join } from 'node:path';
import { native } from '../../loader/native.js';
import { rootsFromEnvironment } from '../../loader/roots.js';
import { openVariableSpace } from '../../loader/variable-space.js';
import { VariableBusyError } from '../../maps/variable-space.js';
import { dataFrame } from './frames.js';
import { FEEDING_CHANNELS, FEEDING_QUEUE } from './torn-programs.js';
import { isTorn, patternBytes, patternValue } from './torn-pattern.js';

const NO_BYTE = 256;
const RUN_DATA = new Uint8Array(1514);

interface Findings {
  reads: number;
  /** Values other than the one read before. */
  changes: number;
  torn: number;
  gave_up: number;
}

function readValues(interfaceName: string, variable: string, size: number, count: number, changes: number): Findings {
  const space = openVariableSpace<Record<string, bigint | Uint8Array>>(interfaceName, {
    roots: rootsFromEnvironment(process.env),
  });
  const findings: Findings = { reads: 0, changes: 0, torn: 0, gave_up: 0 };
  let last = NO_BYTE;
  for (; findings.reads < count || findings.changes < changes; findings.reads++) {
    try {
      const value = space.get(variable);
      const byte = typeof value === 'bigint' ? Number(value & 255n) : (value[0] ?? NO_BYTE);
      if (byte !== last) findings.changes++;
      last = byte;
      if (isTorn(value, size)) findings.torn++;
    } catch (error) {
      if (!(error instanceof VariableBusyError)) throw error;
      findings.gave_up++;
    }
  }
  space.close();
  return findings;
}

function writeValues(interfaceName: string, variable: string, size: number): never {
  const values = Array.from({ length: 256 }, (_, byte) => patternValue(byte, size));
  const claim = openVariableSpace(interfaceName, { roots: rootsFromEnvironment(process.env) }).claim(variable);
  console.log('ready');
  for (let i = 0; ; i++) claim.set(values[i & 255]!);
}

/**
 * Fills the queues with frames through nc_ingress, once; then the machine takes everything in turn without a pause, again and again: what
 * the queues held is put back, because it takes much longer to feed them than to empty them.
 */
function feedKernel(pins: string, size: number): never {
  const ingress = native().objGet(join(pins, 'nc_ingress'));
  const machine = native().objGet(join(pins, 'nc_machine'));
  const queues = native().objGet(join(pins, 'nc_rx'));
  const { buffer } = native().mapMmap(queues, native().mapInfo(queues).valueSize, { writable: true });
  const memory = new Uint8Array(buffer);
  memory.fill(0); // empty, whatever a feeder that was killed has left
  for (let i = 0; i < FEEDING_CHANNELS * FEEDING_QUEUE; i++)
    native().testRun(ingress, { data: dataFrame(0, patternBytes(i & 255, size), 0, i % FEEDING_CHANNELS) });
  const full = memory.slice();
  console.log('ready');
  for (;;) {
    memory.set(full);
    native().testRun(machine, { data: RUN_DATA, repeat: FEEDING_QUEUE });
  }
}

const [mode, target = '', ...rest] = process.argv.slice(2);
const numbers = rest.slice(1).map(Number);
if (mode === 'read') console.log(JSON.stringify(readValues(target, rest[0]!, numbers[0]!, numbers[1]!, numbers[2]!)));
else if (mode === 'write') writeValues(target, rest[0]!, numbers[0]!);
else if (mode === 'feed') feedKernel(target, Number(rest[0]));
else throw new Error(`what is ${mode}?`);
