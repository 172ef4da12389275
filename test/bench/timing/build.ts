// Builds outside what runs in the guest.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findToolchain } from '../../../codegen/clang.js';
import { packageRoot } from '../../../loader/native.js';
import type { Plan } from './senders.js';

const SOURCES = join(packageRoot(), 'test/bench/timing');
const WARNINGS = ['-Wall', '-Wextra', '-Werror'];
const BPF_FLAGS = ['-g', '-O2', '-target', 'bpf', '-mcpu=v3', ...WARNINGS, '-I/usr/include/x86_64-linux-gnu'];

/** Something that the benchmark needs is missing; `message` says what and what to do. */
export class MissingError extends Error {
  override readonly name = 'MissingError';
}

function run(program: string, args: readonly string[], hint: string): void {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  if (error !== undefined) throw new MissingError(`cannot run ${program}: ${hint}`);
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
}

/** The program of ncbpf that sends one frame a period. */
function buildBundle(folder: string, period: number): void {
  const source = join(folder, `timing-${period}.nc`);
  const text = readFileSync(join(SOURCES, 'timing.nc'), 'utf8');
  writeFileSync(source, text.replace('period = 1ms', `period = ${period}ns`));
  const cli = join(packageRoot(), 'dist/cli/bin.js');
  run(process.execPath, [cli, 'build', source, '-o', join(folder, `timing-${period}.ncb`)], 'run `npm run setup`');
}

/**
 * Fills a folder with all that the guest needs beside the project.
 * @throws MissingError, ToolMissingError
 */
export async function buildForGuest(folder: string, plan: Plan): Promise<void> {
  const compiler = 'run `npm run setup`, or install gcc and libbpf-dev';
  for (const name of ['sender', 'load', 'recorder', 'align']) {
    const libraries = name === 'recorder' ? ['-lbpf'] : [];
    const source = join(SOURCES, `${name}.c`);
    run('cc', ['-O2', ...WARNINGS, source, '-o', join(folder, name), ...libraries], compiler);
  }
  const { clang } = await findToolchain();
  run(clang, [...BPF_FLAGS, '-c', join(SOURCES, 'recorder.bpf.c'), '-o', join(folder, 'recorder.bpf.o')], compiler);
  for (const period of plan.periods) buildBundle(folder, period);
  writeFileSync(join(folder, 'plan.json'), JSON.stringify(plan));
}
