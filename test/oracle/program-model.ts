// Random programs as models. References are plain numbers that the text takes modulo what there is, so that a model stays
// valid while fast-check takes things out of it.
import fc from 'fast-check';
import { ERROR_NAMES, GUARD_WORDS, VARIABLE_TESTS } from '../../lang/vocabulary.js';

/** Senders of the models: two primaries, the backup, one that no channel names. */
export const MACS = ['02:00:00:00:00:02', '02:00:00:00:00:03', '02:00:00:00:00:0b', '02:00:00:00:00:99'] as const;
const BACKUP = MACS[2];

/** Weights of the instructions: what moves data comes often, what stops a machine seldom. */
const OPS = [
  ...['nop', 'create', 'create', 'create', 'create', 'create', 'send', 'send', 'send', 'send', 'send'],
  ...['receive', 'receive', 'receive', 'receive', 'receive', 'wait_next', 'wait_next', 'wait_next', 'wait_next'],
  ...['wait', 'future', 'goto', 'if', 'if', 'if', 'if', 'if', 'if', 'if', 'if', 'if', 'if', 'if', 'if'],
  ...['sync_master', 'sync_slave', 'sync_slave', 'sync_slave'],
  ...['backup_send', 'backup_send', 'backup_receive', 'backup_receive', 'handle', 'handle', 'handle'],
  ...['set_counter', 'add_to_counter', 'sub_from_counter', 'clear_counter', 'destroy'],
  ...['mode', 'xsend', 'halt', 'end_of_program'],
] as const;
/** Some come often, so that there are two to compare. */
const TYPES = [
  ...['u8', 'u16', 'u32', 'u64', 'i8', 'i16', 'i32', 'i64', 'u8', 'i8', 'bytes[8]', 'bytes[2]', 'u8', 'u16'],
  ...['bytes[1]', 'bytes[2]', 'bytes[8]', 'bytes[40]', 'bytes[64]', 'bytes[1470]'],
];
const DELAYS = ['100us', '50us', '250us', '1ms', '1.5ms', '333us', '100001ns', '75', 'pause', '20ms'];
const COUNTS = [0, 1, 2, 3, 1, 2, 1, 7, 0x7fffffff, 0xffffffff];

/** What a line refers to: each number is taken modulo what there is. */
const line = fc.record({
  op: fc.constantFrom(...OPS),
  a: fc.nat(11),
  b: fc.nat(11),
  c: fc.nat(15),
  delay: fc.constantFrom(...DELAYS),
  /** Whether a jump leads back to where time passes; else it leads forward. */
  isBack: fc.boolean(),
  isNot: fc.boolean(),
  guard: fc.constantFrom(...GUARD_WORDS),
  count: fc.constantFrom(...COUNTS),
});

/** A value of whatever type is asked for. */
const seedValue = fc.nat(0xffffffff);

const channel = fc.record({
  from: fc.constantFrom<readonly string[]>([MACS[0]], [MACS[0], MACS[1]], [MACS[0]], [MACS[1]], []),
  hasBackup: fc.boolean(),
  to: fc.constantFrom<string | null>(null, null, MACS[1], '03:00:00:00:00:05'),
  queue: fc.constantFrom<number | null>(null, 1, 2, 3, 256),
  delay: fc.constantFrom<string | null>(null, '0us', '5us', '120us'),
});

/** A program. */
export const programModel = fc.record({
  wire: fc.constantFrom('wire v1', 'wire ncm', 'wire v1 ethertype 0x88b6'),
  tick: fc.constantFrom<string | null>(null, '2us', '999ns'),
  tolerance: fc.constantFrom<string | null>(null, '0us', '1us', '2ms'),
  late: fc.constantFrom<string | null>(null, 'drop', 'send'),
  ingress: fc.constantFrom<string | null>(null, 'open', 'strict', `strict allow ${MACS[3]}`),
  /** Where given ids begin; null: none is given. */
  ids: fc.option(fc.nat(255)),
  channels: fc.array(channel, { minLength: 1, maxLength: 2 }),
  variables: fc.array(fc.record({ type: fc.constantFrom(...TYPES), value: fc.option(seedValue) }), {
    minLength: 1,
    maxLength: 5,
  }),
  queues: fc.array(fc.record({ type: fc.constantFrom(...TYPES), depth: fc.constantFrom(1, 2, 1, 3, 256) }), {
    maxLength: 2,
    size: 'max',
  }),
  messages: fc.constantFrom(1, 1, 2),
  counters: fc.array(fc.constantFrom(0, 0, 0, ...COUNTS), { minLength: 1, maxLength: 2 }),
  /** Whether messages have content before anything else happens. */
  isFilled: fc.constantFrom(true, true, false),
  /** Handlers that are installed before anything else happens. */
  handled: fc.array(fc.record({ error: fc.nat(ERROR_NAMES.length - 1), target: fc.nat(11) }), { maxLength: 3 }),
  lines: fc.array(line, { maxLength: 32, size: 'max' }),
});

export type ProgramModel = typeof programModel extends fc.Arbitrary<infer Model> ? Model : never;
type Line = ProgramModel['lines'][number];

/** A number of an integer type, or a byte string of bytes[N], as programs and scripts write it. */
export function literal(type: string, seed: number): string {
  const size = /^bytes\[(\d+)\]$/.exec(type)?.[1];
  if (size !== undefined) return `hex:${hexBytes(seed, seed % (Math.min(Number(size), 70) + 1))}`;
  const bits = BigInt(type.slice(1));
  const edges = [0n, 1n, (1n << (bits - 1n)) - 1n, 1n << (bits - 1n), (1n << bits) - 1n, BigInt(seed)];
  const chosen = edges[seed % edges.length] ?? 0n;
  return (type.startsWith('i') ? BigInt.asIntN(Number(bits), chosen) : BigInt.asUintN(Number(bits), chosen)).toString();
}

/** Bytes that depend on the seed alone, in hex. */
export function hexBytes(seed: number, length: number): string {
  const bytes = Array.from({ length }, (_, index) => (Math.imul(seed + index, 0x9e3779b1) >>> 24) & 0xff);
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The program in the text form. */
export function programText(model: ProgramModel): string {
  return [...declarations(model), ...new Body(model).lines()].join('\n') + '\n';
}

function declarations(model: ProgramModel): string[] {
  const setting = (name: string, value: string | null) => (value === null ? [] : [`${name} ${value}`]);
  const id = (index: number) => (model.ids === null ? '' : ` = ${(model.ids + 37 * index) % 256}`);
  return [
    model.wire,
    ...setting('tick', model.tick),
    ...setting('tolerance', model.tolerance),
    ...setting('late', model.late),
    ...setting('ingress', model.ingress),
    'const pause = 400us',
    ...model.channels.map((each, index) => `channel c${index}${id(index)}${channelClauses(each)}`),
    ...model.variables.map(
      ({ type, value }, index) =>
        `var v${index}${id(index)} : ${type}${value === null ? '' : ` = ${literal(type, value)}`}`,
    ),
    ...model.queues.map(({ type, depth }, index) => `queue q${index} : ${type} depth ${depth}`),
    ...Array.from({ length: model.messages }, (_, index) => `message m${index}${id(index)}`),
    ...model.counters.map((start, index) => `counter n${index}${id(index)}${start === 0 ? '' : ` start ${start}`}`),
  ];
}

function channelClauses({ from, hasBackup, to, queue, delay }: ProgramModel['channels'][number]): string {
  return [
    to === null ? '' : ` to ${to}`,
    from.length === 0 ? '' : ` from ${from.join(', ')}`,
    hasBackup ? ` backup ${BACKUP}` : '',
    queue === null ? '' : ` queue ${queue}`,
    delay === null ? '' : ` delay ${delay}`,
  ].join('');
}

function pick<T>(list: readonly T[], index: number): T | null {
  return list[index % list.length] ?? null;
}

function names(prefix: string, list: readonly unknown[]): string[] {
  return list.map((_, index) => `${prefix}${index}`);
}

/** Where the values of each channel go, by name: what its frames must fit. */
export function receiversOf(model: ProgramModel): string[][] {
  const body = new Body(model);
  const pairs = model.lines.flatMap((each, index) => {
    const match = /^(?:backup_)?receive c(\d+) -> (\w+)$/.exec(body.instruction(each, index));
    return match === null ? [] : [{ channel: Number(match[1]), name: match[2]! }];
  });
  return model.channels.map((_, index) => pairs.flatMap(({ channel, name }) => (channel === index ? [name] : [])));
}

/** Prints instructions; a line that finds nothing to refer to is a `nop`. */
class Body {
  private readonly listening: readonly string[];
  private readonly backedUp: readonly string[];
  private readonly values: readonly string[];
  /** Where time passes: jumps may lead back there. The last line is one. */
  private readonly timed: readonly number[];
  private readonly targets = new Set<number>();

  constructor(private readonly model: ProgramModel) {
    const { channels, lines } = model;
    this.listening = names('c', channels).filter((_, index) => channels[index]!.from.length > 0);
    this.backedUp = names('c', channels).filter((_, index) => channels[index]!.hasBackup);
    this.values = [...names('v', model.variables), ...names('q', model.queues)];
    const isTimed = ({ op }: Line) => op === 'wait' || op === 'wait_next' || op === 'sync_slave';
    this.timed = [...lines.flatMap((each, index) => (isTimed(each) ? [index] : [])), lines.length];
  }

  lines(): string[] {
    const texts = this.model.lines.map((each, index) => this.instruction(each, index));
    texts.push(`wait 200us, ${this.label(0)}`);
    const { length } = this.model.variables;
    const filling = Array.from({ length: this.model.messages }, (_, index) => `create v${index % length} -> m${index}`);
    const handlers = this.model.handled.map(
      ({ error, target }) => `handle ${pick(ERROR_NAMES, error) ?? ''}, ${this.timedTarget(target)}`,
    );
    return [
      ...(this.model.isFilled ? filling : []),
      ...handlers,
      ...texts.map((text, index) => (this.targets.has(index) ? `l${index}: ${text}` : text)),
    ];
  }

  private label(index: number): string {
    this.targets.add(index);
    return `l${index}`;
  }

  private anywhere(index: number): string {
    return this.label(index % (this.model.lines.length + 1));
  }

  /** Mostly a little further: where control often goes back, what lies behind is never reached. */
  private further({ isBack, a, b, c }: Line, at: number): string {
    if (isBack && c < 6) return this.anywhere(3 * a + b);
    return this.label(Math.min(at + 1 + (a % 3), this.model.lines.length));
  }

  private timedTarget(index: number): string {
    return this.label(pick(this.timed, index) ?? 0);
  }

  /** Where a jump may lead that takes no time. */
  private jump({ isBack, a, c }: Line, at: number): string {
    if (isBack && c % 4 === 0) return this.timedTarget(a);
    const behind = this.model.lines.length - at;
    return this.label(at + 1 + (a % Math.min(behind, 4)));
  }

  instruction(given: Line, at: number): string {
    const { op, a, b, c, delay, count } = given;
    const message = `m${a % this.model.messages}`;
    const counter = `n${a % this.model.counters.length}`;
    const channel = `c${b % this.model.channels.length}`;
    switch (op) {
      case 'nop':
        return op;
      case 'halt':
      case 'end_of_program':
        return c < 3 ? op : 'nop';
      case 'create':
        return `create ${pick(this.values, b) ?? ''} -> ${message}`;
      case 'destroy':
        return `destroy ${message}`;
      case 'send':
        return `send ${channel}, ${message}`;
      case 'backup_send':
        return or(pick(this.listening, b), (from) => `backup_send ${from}, ${message}`);
      case 'receive':
        return or(pick(this.listening, b), (from) => `receive ${from} -> ${this.receiver(given)}`);
      case 'backup_receive':
        return or(pick(this.backedUp, b), (from) => `backup_receive ${from} -> ${this.receiver(given)}`);
      case 'sync_master':
        return `sync master ${channel}`;
      case 'sync_slave':
        return this.syncSlave(given);
      case 'future':
      case 'wait':
        return `${op} ${delay}, ${this.further(given, at)}`;
      case 'wait_next':
        return `wait ${delay}`;
      case 'goto':
        return `goto ${this.jump(given, at)}`;
      case 'if':
        return this.condition(given, at);
      case 'mode':
        return `mode ${given.isNot ? 'hard' : 'soft'}`;
      case 'xsend':
        return `xsend ${delay}`;
      case 'handle':
        return this.handler(given);
      case 'clear_counter':
        return `clear_counter ${counter}`;
      default:
        return `${op} ${counter}, ${count}`;
    }
  }

  private receiver({ isNot, c }: Line): string {
    const { length } = this.model.queues;
    return isNot && length > 0 ? `q${c % length}` : `v${c % this.model.variables.length}`;
  }

  private syncSlave({ b, delay, isNot }: Line): string {
    const from = isNot ? pick(this.listening, b) : null;
    return `sync slave ${delay}${from === null ? '' : ` from ${from}`}`;
  }

  /** Mostly where time passes: other targets often make a cycle in which none does. */
  private handler({ a, b, c, isNot }: Line): string {
    const error = pick(ERROR_NAMES, a) ?? '';
    if (c === 0) return `handle ${error}, none`;
    return `handle ${error}, ${isNot && c < 4 ? this.anywhere(b) : this.timedTarget(b)}`;
  }

  private condition(given: Line, at: number): string {
    const guess = given.count === 7 ? ' probability 0.25' : '';
    return `if ${given.isNot ? 'not ' : ''}${this.guard(given)}${guess} goto ${this.jump(given, at)}`;
  }

  private guard({ guard, a, b, c, count }: Line): string {
    const { channels, counters, variables, queues } = this.model;
    switch (guard) {
      case 'always_true':
      case 'always_false':
      case 'send_buffer_empty':
        return guard;
      case 'channel_rcv_buf_empty':
        return `${guard}(c${b % channels.length})`;
      case 'test_count':
        return `${guard}(n${b % counters.length}, ${c < 4 ? counters[b % counters.length] : count})`;
      case 'status_test':
        return c < 8 ? `${guard}(${ERROR_NAMES[c] ?? ''})` : `${guard}(${[0, 1, 0x8400, 0xffff][c % 4] ?? 0})`;
      case 'test_var':
        return `${guard}(v${b % variables.length}, ${VARIABLE_TESTS[c % 4] ?? ''})`;
      case 'var_queue_empty':
      case 'var_queue_full':
        return queues.length === 0 ? 'always_true' : `${guard}(q${b % queues.length})`;
      default:
        return this.comparison(guard, b, a + c);
    }
  }

  /** Of two that may be compared: both signed, both unsigned, or both byte strings. */
  private comparison(guard: string, first: number, second: number): string {
    const { variables } = this.model;
    const kind = (index: number) => variables[index]?.type[0];
    const one = first % variables.length;
    const others = variables.flatMap((_, index) => (kind(index) === kind(one) ? [index] : []));
    return `${guard}(v${one}, v${pick(others, second) ?? one})`;
  }
}

function or(name: string | null, print: (name: string) => string): string {
  return name === null ? 'nop' : print(name);
}
