import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../loader/native.js';

const COMPILERS = ['clang-19', 'clang-18', 'clang-17', 'clang-16', 'clang'];
const FLAGS = ['-g', '-O2', '-target', 'bpf', '-mcpu=v3', '-Wall', '-Werror'];

/** Compiles BPF C, which may include what is in bpf/, and returns the object file. `folder` is for intermediate files. */
export function compileBpf(folder: string, source: string): Buffer {
  const input = join(folder, 'program.bpf.c');
  const output = join(folder, 'program.bpf.o');
  writeFileSync(input, source);
  const system = `-I/usr/include/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`;
  const own = `-I${join(packageRoot(), 'bpf')}`;
  for (const compiler of COMPILERS) {
    const done = spawnSync(compiler, [...FLAGS, system, own, '-c', input, '-o', output], { encoding: 'utf8' });
    if (done.error !== undefined) continue;
    if (done.status !== 0) throw new Error(`${compiler}: ${done.stderr}`);
    return readFileSync(output);
  }
  throw new Error(`none of ${COMPILERS.join(', ')} is installed`);
}
