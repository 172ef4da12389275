// One node in a namespace of its own, attached by the library's own attach, without a pacer unless asked for.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { buildProgram, type Built } from '../../codegen/build.js';
import { checkSource } from '../../lang/compile.js';
import type { Program } from '../../lang/program.js';
import { attach } from '../../loader/attach.js';
import { detach } from '../../loader/detach.js';
import { native, packageRoot, type BpfObject } from '../../loader/native.js';
import { loadObject } from '../../loader/object.js';
import type { Roots } from '../../loader/roots.js';
import { run, type Scratch } from '../support/scratch.js';

export const NODE_MAC = '02:00:00:00:00:01';
const COMMAND_OFFSET = 16;

/** The checked program of a text that has no errors. */
export function checked(text: string): Program {
  const { program, diagnostics } = checkSource(text, 'bench.nc');
  if (program === null) throw new Error(diagnostics.map(({ span, message }) => `${span.line}: ${message}`).join('; '));
  return program;
}

export async function built(text: string): Promise<Built> {
  return buildProgram(checked(text), Buffer.from(text), {
    runtime: join(packageRoot(), 'bpf'),
    generator: 'bench',
  });
}

/** Roots in a BPF file system and a folder of their own. */
export function scratchRoots(scratch: Scratch): Roots {
  const roots = { pins: join(scratch.bpffs(), 'ncbpf'), run: join(scratch.folder(), 'run') };
  mkdirSync(roots.run);
  return roots;
}

/** Loads a program for an interface without attaching it: for BPF_PROG_TEST_RUN. Filters act at once. */
export function loadFor(scratch: Scratch, { object, manifest }: Built, ifindex: number, testClock = false): BpfObject {
  const loaded = scratch.keep(
    loadObject(object, manifest, {
      pacer: 'thread',
      ifindex,
      paceIfindex: 0,
      watchIfindex: 0,
      spin: { kind: 'off' },
      testClock,
      mac: NODE_MAC,
      gate: null,
    }),
  );
  commandProgram(loaded.programFd('nc_control'), 'live');
  return loaded;
}

/** Starts the machine at an instant of CLOCK_MONOTONIC. */
export function startAt(object: BpfObject, instant: bigint): void {
  commandProgram(object.programFd('nc_control'), 'start', instant);
}

const COMMANDS = { start: 1, live: 3 } as const;

/** Runs nc_control. */
export function commandProgram(controlFd: number, command: keyof typeof COMMANDS, instant = 0n): void {
  const data = Buffer.alloc(64);
  data.writeUInt32LE(COMMANDS[command], COMMAND_OFFSET);
  data.writeBigUInt64LE(instant, COMMAND_OFFSET + 8);
  const { returnValue } = native().testRun(controlFd, { data });
  if (returnValue !== 0) throw new Error(`nc_control answers ${returnValue}`);
}

/** Gives `va` the address that loaded programs take for their own. */
export function setAddress(): void {
  run('ip', 'link', 'set', 'va', 'address', NODE_MAC);
}

/** Attaches to `va` of the namespace that the thread is in, and detaches. Milliseconds that the attach took. */
export async function attachOnce(program: Built, roots: Roots): Promise<number> {
  const before = performance.now();
  await attach({
    interface: 'va',
    ...program,
    pacer: 'auto',
    start: { kind: 'hold' },
    replace: false,
    roots,
  });
  const took = performance.now() - before;
  await detach('va', roots);
  return took;
}
