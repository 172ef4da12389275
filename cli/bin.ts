#!/usr/bin/env node
// The program `ncbpf`: hands its process to `run`.
import { constants } from 'node:os';
import { Interruption, type Io } from './io.js';
import { run, streamsOf } from './main.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const controller = new AbortController();

function catchSignals(): void {
  for (const name of SIGNALS) {
    const number = constants.signals[name];
    process.on(name, () => {
      // The second one does not wait for anything.
      if (controller.signal.aborted) process.exit(128 + number);
      controller.abort(new Interruption(number));
    });
  }
}

catchSignals();

const io: Io = {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  cwd: process.cwd(),
  signal: controller.signal,
  dieOfSignals: () => {
    for (const name of SIGNALS) process.removeAllListeners(name);
    return catchSignals;
  },
};
const streams = streamsOf(io);
for (const [stream, output] of [
  [process.stdout, streams.out],
  [process.stderr, streams.err],
] as const) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    output.close();
  });
}

/** Exit status where what was asked for did not arrive. */
const OUTPUT_LOST = 3;

const status = await run(process.argv.slice(2), io, streams);
// What is still on its way to a pipe is written first; an answer that was lost is no success.
process.stdout.write('', (error) => {
  const lost = error instanceof Error && (error as NodeJS.ErrnoException).code !== 'EPIPE';
  if (lost) process.stderr.write(`ncbpf: standard output cannot be written: ${error.message}\n`);
  process.exit(lost && status === 0 ? OUTPUT_LOST : status);
});
