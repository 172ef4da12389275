// Runs SPIN on a model: translated, compiled, searched. A model says what it found by the names in `wire.pml`.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Whether each property holds. */
export interface SpinVerdict {
  readonly collision: boolean;
  readonly stuck: boolean;
}

/** Why SPIN cannot be run here; undefined when it can. */
export function spinMissing(): string | undefined {
  const { error, status } = spawnSync('spin', ['-V']);
  return error === undefined && status === 0 ? undefined : 'spin is not installed: apt-get install spin';
}

const SEARCH_SECONDS = 120;

/** Searches the model in this file; throws Error when SPIN or the compiler refuses it, or the search is not complete. */
export function searchModel(file: string): SpinVerdict {
  const directory = mkdtempSync(join(tmpdir(), 'ncbpf-spin-'));
  try {
    const run = (command: string, ...args: string[]): string =>
      execFileSync(command, args, { cwd: directory, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    run('spin', '-a', file);
    run('cc', '-O0', '-w', '-DVECTORSZ=4096', '-DMEMLIM=1500', '-o', 'pan', 'pan.c');
    const { stdout, error } = spawnSync('./pan', ['-a', '-E', '-c0', '-m1000000'], {
      cwd: directory,
      encoding: 'utf8',
      timeout: SEARCH_SECONDS * 1000,
      maxBuffer: 1 << 28,
    });
    if (error !== undefined) throw error;
    return verdictOf(stdout);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Searches a model given as text. */
export function searchText(text: string): SpinVerdict {
  const directory = mkdtempSync(join(tmpdir(), 'ncbpf-model-'));
  try {
    const file = join(directory, 'model.pml');
    writeFileSync(file, text);
    return searchModel(file);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function verdictOf(output: string): SpinVerdict {
  if (!output.includes('states, stored') || /max search depth too small|Search not completed|aborted/.test(output)) {
    throw new Error(`the search is not complete:\n${output.slice(0, 2000)}`);
  }
  const known = /assertion violated no_collision|assertion violated no_stop|acceptance cycle/;
  const strange = output.split('\n').find((line) => /^pan:\d+:/.test(line) && !known.test(line));
  if (strange !== undefined) throw new Error(`the model has an error of its own: ${strange}`);
  return {
    collision: !output.includes('assertion violated no_collision'),
    stuck: !/assertion violated no_stop|acceptance cycle/.test(output),
  };
}
