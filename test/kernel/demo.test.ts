import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { run } from '../../cli/main.js';
import { Interruption, type Io, type TextSink } from '../../cli/io.js';

/** Everything on the machine that has the demo's name on it. */
function traces(): string[] {
  const named = (folder: string) => {
    try {
      return readdirSync(folder).filter((name) => name.startsWith('ncbpf-demo-'));
    } catch {
      return [];
    }
  };
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  const processes = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && commandOf(pid).includes('ncbpf-demo-'));
  return [
    ...named('/run/netns'),
    ...named(tmpdir()),
    ...mounts.filter((line) => line.includes('ncbpf-demo')),
    ...processes,
  ].sort();
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

class Sink implements TextSink {
  text = '';

  constructor(private readonly onText: (all: string) => void = () => undefined) {}

  write(text: string): void {
    this.text += text;
    this.onText(this.text);
  }
}

function ioOf(stdout: Sink, stderr: Sink, signal: AbortSignal = new AbortController().signal): Io {
  return { stdout, stderr, env: process.env, cwd: process.cwd(), signal };
}

let before: string[];
beforeEach(() => {
  before = traces();
});
afterEach(() => {
  expect(traces()).toEqual(before);
});

test('with --json prints one object', async () => {
  const [out, err] = [new Sink(), new Sink()];
  expect(await run(['demo', '--for', '500ms', '--json'], ioOf(out, err))).toBe(0);
  const summary = JSON.parse(out.text) as Record<string, unknown>;
  expect(summary).toMatchObject({ lost: 0, pacer: expect.stringMatching(/^(fq|thread)$/) });
  expect(summary.sent).toBeGreaterThan(0);
  expect(summary.received).toBe(summary.sent);
});

test('shows values arriving and what the standard tools see', async () => {
  const [out, err] = [new Sink(), new Sink()];
  expect(await run(['demo', '--for', '500ms'], ioOf(out, err))).toBe(0);
  expect(out.text).toMatch(/left +sets temperature = \d+ +right +sees it/);
  expect(out.text).toMatch(/right +sets heater = \d+ +left +sees it/);
  expect(out.text).toMatch(/left# tc filter show dev eth0 egress\n[^]*nc_gate/);
  expect(out.text).toMatch(/right# bpftool map dump pinned [^]*"temperature": \d+/);
});

test('is ended by a signal, and then everything is removed too', async () => {
  const interrupt = new AbortController();
  const out = new Sink((all) => {
    if (all.includes('sets temperature')) interrupt.abort(new Interruption(2));
  });
  expect(await run(['demo', '--for', '1000s'], ioOf(out, new Sink(), interrupt.signal))).toBe(130);
});

test('removes everything when it cannot go on', async () => {
  const clang = process.env.NCBPF_CLANG;
  process.env.NCBPF_CLANG = '/nonexistent/clang';
  try {
    expect(await run(['demo', '--for', '1s'], ioOf(new Sink(), new Sink()))).toBe(3);
  } finally {
    if (clang === undefined) delete process.env.NCBPF_CLANG;
    else process.env.NCBPF_CLANG = clang;
  }
});
