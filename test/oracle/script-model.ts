// Random scripts: what happens to a node. Instants only go forward; at one instant frames come before writes, and those before blocks.
import fc from 'fast-check';
import { fromHex, toHex } from '../../schedule/bytes.js';
import { encodeData, encodeSync } from '../../schedule/frame.js';
import { hexBytes, literal, MACS, receiversOf, type ProgramModel } from './program-model.js';
import type { Wire } from '../../lang/program.js';

const USUAL_STEPS_NS = [100_000, 50_000, 250_000, 1_000_000, 1, 400_000, 100_001, 12_345];
const STEPS_NS = [
  ...USUAL_STEPS_NS,
  ...USUAL_STEPS_NS,
  ...USUAL_STEPS_NS,
  5_000_000,
  5_000_000,
  20_000_000,
  130_000_000,
];
/** A machine that does not run for so long counts as dead. One that runs would only take time. */
const LONG_NS = 100_000_000;
const INSTEAD_NS = 2_000_000;
const LENGTHS = [60, 100, 1514, 20, 1514];
const SEQUENCES = ['next', 'next', 'next', 'lost', 'repeated', 'earlier', 'zero', 'any'] as const;
const TARGETS = [null, null, null, '02:00:00:00:00:01', MACS[1], '03:00:00:00:00:05'];

const frame = fc.record({
  kind: fc.constantFrom('data', 'data', 'data', 'sync', 'sync'),
  /** Of the channel: one of `from`, the backup; else an index of MACS. */
  source: fc.constantFrom<'from' | 'backup' | number>('from', 'from', 'from', 'from', 'from', 'backup', 0, 1, 2, 3),
  to: fc.constantFrom(...TARGETS),
  /** Beyond the channels: an id that none has. */
  channel: fc.constantFrom(0, 1, 0, 1, 0, 1, 2),
  sequence: fc.constantFrom(...SEQUENCES),
  /** Which receiver of the channel the payload fits; 5: a variable or queue of any kind; 7: of any length. */
  fits: fc.constantFrom(0, 1, 2, 3, 4, 5, 7),
  seed: fc.nat(0xffffffff),
  damage: fc.constantFrom('none', 'none', 'none', 'none', 'none', 'byte', 'cut', 'longer'),
});

const group = fc.record({
  afterNs: fc.constantFrom(...STEPS_NS),
  /** Whether the machine sleeps until then, whatever was due. */
  isStalled: fc.constantFrom(false, false, false, true),
  frames: fc.array(frame, { maxLength: 6, size: 'max' }),
  writes: fc.array(fc.record({ which: fc.nat(7), seed: fc.nat(0xffffffff) }), { maxLength: 3 }),
  takes: fc.array(fc.nat(1), { maxLength: 2 }),
  refuse: fc.constantFrom<boolean | null>(null, null, null, null, null, null, null, null, false, true, false, false),
  wakes: fc.constantFrom(0, 0, 1, 2, 70),
  isRun: fc.boolean(),
  ordinary: fc.array(
    fc.record({ length: fc.constantFrom(...LENGTHS), isForged: fc.constantFrom(false, false, true) }),
    {
      maxLength: 3,
    },
  ),
  /** 1 stops the machine; 2 and 3 start it anew, as even numbers do when it is stopped. */
  control: fc.nat(59),
});

/** A script of so many groups of things that happen at one instant. */
export function scriptModel(mostGroups: number): fc.Arbitrary<ScriptModel> {
  return fc.record({
    startAt: fc.constantFrom(0, 0, 0, 1, 2),
    startNs: fc.constantFrom(0, 0, 1, 777_777),
    groups: fc.array(group, { maxLength: mostGroups, size: 'max' }),
  });
}

export interface ScriptModel {
  /** The group before which the machine is started; frames before that find it held. */
  readonly startAt: number;
  readonly startNs: number;
  readonly groups: readonly Group[];
}

type Group = typeof group extends fc.Arbitrary<infer Model> ? Model : never;
type Frame = Group['frames'][number];

/** The script in the form of data cases. */
export function scriptText(model: ProgramModel, script: ScriptModel): string {
  return new Script(model).lines(script).join('\n') + '\n';
}

class Script {
  private readonly next = new Map<string, number>();
  private readonly types: readonly { name: string; type: string }[];
  private readonly receivers: readonly (readonly string[])[];
  private nowNs = 0;
  private isStopped = false;

  constructor(private readonly model: ProgramModel) {
    const named = (prefix: string, list: readonly { type: string }[]) =>
      list.map(({ type }, index) => ({ name: `${prefix}${index}`, type }));
    this.receivers = receiversOf(model);
    this.types = [...named('v', model.variables), ...named('q', model.queues)];
  }

  lines({ groups, startAt, startNs }: ScriptModel): string[] {
    const startsAt = Math.min(startAt, groups.length);
    const lines: string[] = [];
    for (const [index, each] of groups.entries()) {
      if (index === startsAt) lines.push(this.start(startNs));
      lines.push(...this.group(each), ...(index < startsAt ? [] : this.control(each.control)));
    }
    if (startsAt === groups.length) lines.push(this.start(startNs));
    lines.push(`run until ${this.nowNs + 2_000_000}ns`);
    return lines;
  }

  private start(afterNs: number): string {
    this.nowNs += afterNs;
    return `at ${this.nowNs}ns start`;
  }

  private control(number: number): string[] {
    if (number === 1) {
      this.isStopped = true;
      return [`at ${this.nowNs}ns stop`];
    }
    if (number !== 2 && number !== 3 && !(this.isStopped && number % 2 === 0)) return [];
    this.isStopped = false;
    return [this.start(0)];
  }

  private group(each: Group): string[] {
    this.nowNs += each.afterNs >= LONG_NS && !each.isStalled ? INSTEAD_NS : each.afterNs;
    const at = `at ${this.nowNs}ns`;
    return [
      ...(each.isStalled ? [] : [`run until ${this.nowNs - 1}ns`]),
      ...each.frames.map((one) => `${at} raw hex:${this.frame(one)}`),
      ...(each.refuse === null ? [] : [`${at} refuse ${each.refuse ? 'on' : 'off'}`]),
      ...each.writes.map(({ which, seed }) => `${at} write ${this.write(which, seed)}`),
      ...this.takes(each.takes).map((name) => `${at} take ${name}`),
      ...each.ordinary.map(({ length, isForged }) => `${at} ordinary ${length}${isForged ? this.ethertype() : ''}`),
      ...Array.from({ length: each.wakes }, () => `${at} wake`),
      ...(each.isRun ? [`run until ${this.nowNs}ns`] : []),
    ];
  }

  private ethertype(): string {
    const wire = wireOf(this.model);
    return ` ${wire.format === 'v1' ? wire.ethertype : 0x9009}`;
  }

  private write(which: number, seed: number): string {
    const { name, type } = this.types[which % this.types.length]!;
    return `${name} ${literal(type, seed)}`;
  }

  private takes(list: readonly number[]): string[] {
    const { length } = this.model.queues;
    return length === 0 ? [] : list.map((which) => `q${which % length}`);
  }

  private frame(given: Frame): string {
    const { model } = this;
    const index = given.channel % (model.channels.length + (given.channel === 2 ? 1 : 0));
    const channel = channelId(model, index);
    const source = sourceOf(model, given, index);
    const sequence = this.sequence(`${source} ${channel} ${given.kind}`, given);
    const fields = { source, channel, sequence, programId: 5, taiNs: BigInt(given.seed) };
    const wire = wireOf(model);
    const payload = fromHex(this.payload(given, index));
    const bytes =
      given.kind === 'sync'
        ? encodeSync(wire, fields)
        : encodeData(wire, { ...fields, destination: given.to, payload });
    return toHex(damaged(bytes, given));
  }

  private payload({ fits, seed }: Frame, channel: number): string {
    const type = this.fitting(fits, seed, channel);
    if (type === undefined) return hexBytes(seed, seed % 80);
    const size = /\d+/.exec(type)?.[0] ?? '0';
    return type.startsWith('bytes')
      ? hexBytes(seed, seed % 7 === 0 ? Number(size) : seed % (Number(size) + 1))
      : hexBytes(seed, Number(size) / 8);
  }

  /** Undefined: the payload is of any length. */
  private fitting(fits: number, seed: number, channel: number): string | undefined {
    const receivers = this.receivers[channel] ?? [];
    if (fits === 7) return undefined;
    if (fits === 5 || receivers.length === 0) return this.types[seed % this.types.length]?.type;
    return this.types.find(({ name }) => name === receivers[fits % receivers.length])?.type;
  }

  private sequence(key: string, { sequence, seed }: Frame): number {
    const next = this.next.get(key) ?? seed % 3;
    const chosen = { next, lost: next + 1 + (seed % 4), repeated: next - 1, earlier: next - 3, zero: 0, any: seed };
    const number = chosen[sequence] >>> 0;
    this.next.set(key, number + 1);
    return number;
  }
}

function wireOf({ wire }: ProgramModel): Wire {
  if (wire === 'wire ncm') return { format: 'ncm' };
  return { format: 'v1', ethertype: wire === 'wire v1' ? 0x88b5 : 0x88b6 };
}

function channelId({ ids, channels }: ProgramModel, index: number): number {
  if (index === channels.length) return 300;
  return ids === null ? index : (ids + 37 * index) % 256;
}

function sourceOf({ channels }: ProgramModel, { source, seed }: Frame, index: number): string {
  if (typeof source === 'number') return MACS[source]!;
  const { from = [], hasBackup = false } = channels[index] ?? {};
  if (source === 'backup' && hasBackup) return MACS[2];
  return from[seed % Math.max(1, from.length)] ?? MACS[0];
}

function damaged(bytes: Uint8Array, { damage, seed }: Frame): Uint8Array {
  switch (damage) {
    case 'byte': {
      const copy = bytes.slice();
      // Mostly in the headers, where it matters.
      copy[seed % Math.min(copy.length, 40)] = seed >>> 8;
      return copy;
    }
    case 'cut':
      return bytes.slice(0, 14 + (seed % (bytes.length - 13)));
    case 'longer':
      return Uint8Array.from(
        { length: Math.min(1514, bytes.length + 1 + (seed % 9)) },
        (_, at) => bytes[at] ?? seed >>> 3,
      );
    default:
      return bytes;
  }
}
