import type { Command } from '../command.js';
import { runDemo } from '../demo/demo.js';
import { parseDuration } from '../duration.js';

const DEFAULT_FOR_NS = 10_000_000_000n;

/** `ncbpf demo` */
export const demo: Command = {
  words: ['demo'],
  summary: 'show two hosts on this machine, live',
  description: [
    'Makes two hosts (network namespaces, joined by a veth pair), attaches a program on each, and shows values set on one side arriving at the ' +
      'other, and what the standard tools see. Then everything is removed. Needs root.',
    'With --json: one object at the end, with sent, received, lost and pacer.',
  ],
  positionals: [],
  options: [{ name: 'for', argument: 'DURATION', summary: 'how long; default 10s' }],
  examples: [
    { line: 'ncbpf demo', what: 'ten seconds' },
    { line: 'ncbpf demo --for 2s --json', what: 'a summary at the end' },
  ],
  onSignal: 'handled',
  run(context) {
    const text = context.option('for');
    return runDemo({ ...context, durationNs: text === undefined ? DEFAULT_FOR_NS : parseDuration(text, '--for') });
  },
};
