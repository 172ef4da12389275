// kill -9 of any ncbpf process at any moment: what is left is a running machine, or remains that never block traffic, that `status`
// lists, and that `detach` and the next `attach` remove.
import { afterEach, expect, test } from '@jest/globals';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeBundle } from '../../codegen/bundle.js';
import type { PacketSocket } from '../../loader/native.js';
import { lockPath } from '../../loader/roots.js';
import { listAttachments } from '../../loader/status.js';
import { compileText, detachAll, MAC_A, makePair, until, type Host } from '../support/hosts.js';
import { ncbpf, startNcbpf } from '../support/ncbpf.js';
import { amount, chooseSeed, Random } from '../support/random.js';
import { Scratch } from '../support/scratch.js';
import { tracesOf, type Traces } from '../support/traces.js';

const KILLS = amount(10);
const STRANGER = '02:00:00:00:00:ee';
const ORDINARY = '9999';

const scratch = new Scratch();
let hosts: Host[] = [];

afterEach(async () => {
  await detachAll(...hosts).finally(() => scratch.cleanUp());
});

/** A machine whose filters act on all that comes in, so that a frame that passes shows that they do not act. */
const PROGRAM = `
ingress strict
late send
channel bus = 0 from ${MAC_A}
var number : u32
message m
counter rounds
start:
    create number -> m
    send bus, m
    add_to_counter rounds, 1
    wait 1ms, start
`;

/** What is killed. Those that need an attachment find a running one. */
const VICTIMS = ['attach', 'attach text', 'replace', 'detach', 'start', 'stop', 'var', 'pacer'] as const;
type Victim = (typeof VICTIMS)[number];

/** The network, and the files of the program. */
interface Bench {
  readonly a: Host;
  readonly b: Host;
  readonly toB: PacketSocket;
  readonly atB: PacketSocket;
  readonly bundle: string;
  readonly text: string;
  /** How it is before anything is attached. */
  readonly clean: Traces;
  readonly random: Random;
}

async function makeBench(random: Random): Promise<Bench> {
  const { a, b } = await makePair(scratch);
  hosts = [a, b];
  const folder = scratch.folder();
  const [bundle, text] = [join(folder, 'program.ncb'), join(folder, 'program.nc')];
  writeFileSync(text, PROGRAM);
  writeFileSync(bundle, writeBundle(await compileText(PROGRAM, 'program.nc')));
  const [toB, atB] = [scratch.keep(await a.socket('net')), scratch.keep(await b.socket('net'))];
  return { a, b, toB, atB, bundle, text, clean: tracesOf(b), random };
}

function commandOf(victim: Exclude<Victim, 'pacer'>, { bundle, text, random }: Bench): string[] {
  const pacer = ['--pacer', random.pick(['auto', 'thread'])];
  switch (victim) {
    case 'attach':
      return ['attach', 'net', bundle, ...pacer];
    case 'attach text':
      return ['attach', 'net', text, ...pacer];
    case 'replace':
      return ['attach', 'net', bundle, '--replace', ...pacer];
    case 'var':
      return ['var', 'set', 'net', 'number', '5'];
    default:
      return [victim, 'net'];
  }
}

/** How long each command takes, ms: as a whole, and from its lock on. */
type Durations = ReadonlyMap<Victim, { whole: number; locked: number }>;

async function measure(bench: Bench): Promise<Durations> {
  const durations = new Map<Victim, { whole: number; locked: number }>();
  for (const victim of ['attach', 'replace', 'stop', 'start', 'var', 'detach', 'attach text'] as const) {
    const start = performance.now();
    const command = startNcbpf(bench.b, commandOf(victim, bench));
    let lockedAt = start;
    const lookout = setInterval(() => {
      if (lockedAt === start && existsSync(lockPath(bench.b.roots, 'net'))) lockedAt = performance.now();
    }, 1);
    expect(await command.ended).toMatchObject({ status: 0 });
    clearInterval(lookout);
    durations.set(victim, { whole: performance.now() - start, locked: performance.now() - lockedAt });
  }
  await bench.b.detach('net');
  return durations;
}

/** Starts a command and kills it at a random moment: of its whole life, or of the part in which it changes the machine. */
async function killCommand(victim: Exclude<Victim, 'pacer'>, bench: Bench, durations: Durations): Promise<string> {
  const { whole, locked } = durations.get(victim)!;
  const waitsForLock = victim !== 'var' && bench.random.below(3) > 0;
  const delay = bench.random.below(Math.ceil((waitsForLock ? locked : whole) * 1000)) / 1000;
  const command = startNcbpf(bench.b, commandOf(victim, bench));
  const life = { isOver: false };
  void command.ended.then(() => (life.isOver = true));
  while (waitsForLock && !life.isOver && !existsSync(lockPath(bench.b.roots, 'net'))) await sleep(1);
  const deadline = performance.now() + delay;
  while (!life.isOver && performance.now() < deadline) await new Promise(setImmediate);
  if (!life.isOver) command.kill('SIGKILL');
  const { signal } = await command.ended;
  return `${victim}, ${delay.toFixed(3)} ms after its ${waitsForLock ? 'lock' : 'start'} (${signal ?? 'it had ended'})`;
}

async function killPacer({ b }: Bench): Promise<string> {
  const { attachment } = await b.status('net');
  process.kill(attachment!.record.process!.pid, 'SIGKILL');
  await until(async () => (await b.status('net')).problems.some((problem) => problem.includes('pacer thread')));
  return 'pacer';
}

let serial = 0;

/** Whether an ordinary frame arrives; `forged`: one of the program's own ethertype. */
function arrives(from: PacketSocket, to: PacketSocket, source: string, ethertype: string): boolean {
  const head = `ffffffffffff${source.replaceAll(':', '')}${ethertype}`;
  const frame = Buffer.concat([Buffer.from(head, 'hex'), Buffer.alloc(46)]);
  frame.writeUInt32BE((serial += 1), 20);
  from.send(frame);
  for (let got = to.receive(1000); got !== null; got = to.receive(1000)) if (frame.equals(got)) return true;
  return false;
}

/** What must hold whatever was killed. */
async function checkWhatIsLeft(
  { b, toB, atB, clean }: Bench,
  victim: Victim,
): Promise<'nothing' | 'remains' | 'attached'> {
  const listed = listAttachments(b.roots);
  if (listed.length === 0) {
    expect(arrives(toB, atB, STRANGER, ORDINARY)).toBe(true);
    expect(arrives(atB, toB, STRANGER, '88b5')).toBe(true);
    await expectTraces(b, clean, withoutRoots);
    return 'nothing';
  }
  expect(listed).toEqual(['net']);
  const { phase, machine, problems } = await b.status('net');
  // Strict or not: a frame of a known sender always passes.
  expect(arrives(toB, atB, MAC_A, ORDINARY)).toBe(true);
  if (phase === 'remains') {
    expect(problems).toContainEqual(expect.stringContaining('interrupted'));
    expect(arrives(toB, atB, STRANGER, ORDINARY)).toBe(true);
    expect(arrives(atB, toB, STRANGER, '88b5')).toBe(true);
    return phase;
  }
  if (victim === 'pacer') return phase;
  expect({ problems, run: machine!.run }).toEqual({
    problems: [],
    run: victim === 'stop' ? expect.anything() : 'running',
  });
  if (machine!.run === 'stopped') return phase;
  const rounds = machine!.counters.rounds!;
  await until(async () => (await b.status('net')).machine!.counters.rounds! > rounds);
  return phase;
}

/** What counts: not the folder of a compiler that was killed, which is no part of an attachment. */
function withoutCompiler(traces: Traces): Traces {
  return { ...traces, files: (traces.files as string[]).filter((file) => !file.startsWith('ncbpf-')) };
}

/**
 * Not the empty roots and a lock file either, which a command makes before its first step: such a lock protects nothing, and the next
 * command takes them over.
 */
function withoutRoots(traces: Traces): Traces {
  const files = (traces.files as string[]).filter((file) => !/^run(\/\.net\.lock)?$/.test(file));
  return { ...traces, files, pins: (traces.pins as string[]).filter((pin) => pin !== 'pins') };
}

/** Waits until a host is as it was: processes that a killed one had started may still be ending. */
async function expectTraces(host: Host, expected: Traces, view: (traces: Traces) => Traces): Promise<void> {
  const look = () => view(withoutCompiler(tracesOf(host)));
  const wanted = view(withoutCompiler(expected));
  await until(() => JSON.stringify(look()) === JSON.stringify(wanted), 10_000).catch(() =>
    expect(look()).toEqual(wanted),
  );
}

/** The next command finds its way, whatever it finds. */
async function goOn(bench: Bench, left: 'nothing' | 'remains' | 'attached'): Promise<void> {
  const { b, bundle, random } = bench;
  if (left === 'nothing' || random.below(2) === 0) {
    const replace = left === 'attached' ? ['--replace'] : [];
    expect(await ncbpf(b, ['attach', 'net', bundle, ...replace])).toMatchObject({ status: 0 });
    const { phase, problems, machine } = await b.status('net');
    expect({ phase, problems, run: machine?.run }).toEqual({ phase: 'attached', problems: [], run: 'running' });
  }
  expect(await ncbpf(b, ['detach', 'net'])).toMatchObject({ status: 0 });
}

test(
  `${KILLS} kills of any process`,
  async () => {
    const bench = await makeBench(new Random(chooseSeed('kills', 1)));
    const durations = await measure(bench);
    const tally: Record<string, number> = {};
    for (let index = 0; index < KILLS; index++) {
      const victim = bench.random.pick(VICTIMS);
      if (!victim.startsWith('attach')) await bench.b.attach('net', await compileText(PROGRAM, 'program.nc'));
      const what = victim === 'pacer' ? await killPacer(bench) : await killCommand(victim, bench, durations);
      try {
        const left = await checkWhatIsLeft(bench, victim);
        tally[left] = (tally[left] ?? 0) + 1;
        await goOn(bench, left);
        await expectTraces(bench.b, bench.clean, (traces) => traces);
      } catch (error) {
        throw new Error(`kill ${index}: ${what}`, { cause: error });
      }
    }
    process.stderr.write(`kills: ${KILLS}, of which left ${JSON.stringify(tally)}\n`);
  },
  60_000 + 6_000 * KILLS,
);
