// attach_ms: from the file of 100 instructions to the attachment, clang included; through the command line and through the API.
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../loader/native.js';
import type { Roots } from '../../loader/roots.js';
import { Scratch } from '../support/scratch.js';
import { attachOnce, built, scratchRoots } from './node.js';
import { hundredInstructions } from './programs.js';
import { figure, summarize, type Figure } from './statistics.js';

const TARGET_MS = 1000;

export interface AttachFigure extends Figure {
  readonly what: string;
  /** checkSource, buildProgram and attach in one process. */
  readonly api: Omit<Figure, 'target' | 'met'>;
}

function ncbpf(roots: Roots, ...args: string[]): number {
  const before = performance.now();
  const { status, stderr } = spawnSync(process.execPath, [commandPath(), ...args], {
    encoding: 'utf8',
    env: { ...process.env, NCBPF_PIN_ROOT: roots.pins, NCBPF_RUN_ROOT: roots.run },
  });
  if (status !== 0) throw new Error(`ncbpf ${args.join(' ')}: ${stderr}`);
  return performance.now() - before;
}

function commandPath(): string {
  const path = join(packageRoot(), 'dist', 'cli', 'bin.js');
  if (!existsSync(path)) throw new Error('dist/cli/bin.js is missing: run `npm run setup`');
  return path;
}

/** Attaches a number of times each way, in turn. */
export async function measureAttach(runs: number): Promise<AttachFigure> {
  const scratch = new Scratch();
  try {
    scratch.vethPair();
    const roots = scratchRoots(scratch);
    const file = join(scratch.folder(), 'bench.nc');
    writeFileSync(file, hundredInstructions());
    const command: number[] = [];
    const api: number[] = [];
    for (let i = 0; i < runs; i++) {
      command.push(ncbpf(roots, 'attach', 'va', file));
      ncbpf(roots, 'detach', 'va');
      const before = performance.now();
      const program = await built(hundredInstructions());
      const building = performance.now() - before;
      api.push(building + (await attachOnce(program, roots)));
    }
    return {
      ...figure(command, 'ms', TARGET_MS),
      what: '`ncbpf attach` as a process',
      api: { ...summarize(api), unit: 'ms' },
    };
  } finally {
    scratch.cleanUp();
  }
}
