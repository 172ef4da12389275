import { UsageError } from '../../loader/errors.js';
import { rootsFromEnvironment } from '../../loader/roots.js';
import { openVariableSpace, type VariableSpace } from '../../loader/variable-space.js';
import { typeName } from '../../maps/layout.js';
import type { SpaceValue } from '../../maps/variable-value.js';
import type { Command, Context } from '../command.js';
import { parseDuration } from '../duration.js';
import { STATUS } from '../failure.js';
import { toJson } from '../json.js';
import { formatValue, parseValue } from '../value-text.js';

const IFACE = { name: 'IFACE', kind: 'interface' } as const;
const NAME = { name: 'NAME', kind: 'variable' } as const;
const LEAST_TYPE_WIDTH = 11;
const WRITER_WIDTH = 13;
const VALUES = 'Values are written as in the language: 42, -3, 0x1f, "text" (for the shell: \'"text"\'), hex:00ff.';

async function withSpace(context: Context, work: (space: VariableSpace) => Promise<void> | void): Promise<number> {
  const space = openVariableSpace(context.positionals[0] ?? '', { roots: rootsFromEnvironment(context.io.env) });
  try {
    await work(space);
  } finally {
    space.close();
  }
  return STATUS.done;
}

/** In JSON: integers as numbers, bytes as `get` prints them, what a queue holds as an array. */
function jsonValue(value: SpaceValue): unknown {
  if (Array.isArray(value)) return value.map(jsonValue);
  return value instanceof Uint8Array ? formatValue(value) : value;
}

/** On one line, among other words: a queue's values side by side. */
function inLine(value: SpaceValue): string {
  if (!Array.isArray(value)) return formatValue(value);
  return value.length === 0 ? 'empty' : value.map(formatValue).join(' ');
}

/** Prints the answer of a command for one name: of a queue a line for each value. */
function answer({ json, out }: Context, name: string, value: SpaceValue): void {
  if (json) return out.line(toJson({ name, value: jsonValue(value) }));
  for (const each of Array.isArray(value) ? value : [value]) out.line(formatValue(each));
}

/** Variables and queues by their ids, which they share. */
function placesOf(space: VariableSpace) {
  const variables = space.variables.map((each) => ({ ...each, kind: 'variable', type: typeName(each.type) }));
  const queues = space.queues.map((each) => {
    return { ...each, kind: 'queue', type: `${typeName(each.type)} depth ${each.depth}` };
  });
  return [...variables, ...queues].sort((a, b) => a.id - b.id);
}

/** `ncbpf var list` */
export const varList: Command = {
  words: ['var', 'list'],
  summary: 'list the variables and queues of an attachment',
  description: [
    'Prints name, type, writer and value of every variable. A variable of the network is one that the program receives into; all others are ' +
      'written by applications. Of a queue, which the network or applications fill: all that it holds, oldest first, or `empty`.',
    'With --json: an array of {name, id, kind, type, writer, value}; kind is `variable` or `queue`, integers are numbers to their last digit, ' +
      'bytes as `var get` prints them, the value of a queue is an array.',
  ],
  positionals: [IFACE],
  options: [],
  examples: [{ line: 'ncbpf var list eth0 --json', what: 'for other programs' }],
  run(context) {
    return withSpace(context, (space) => {
      const rows = placesOf(space).map(({ name, id, kind, type, writer }) => {
        return { name, id, kind, type, writer, value: space.get(name) };
      });
      if (context.json) return context.out.line(toJson(rows.map((row) => ({ ...row, value: jsonValue(row.value) }))));
      const nameWidth = Math.max(0, ...rows.map(({ name }) => name.length)) + 2;
      const typeWidth = Math.max(LEAST_TYPE_WIDTH, ...rows.map(({ type }) => type.length)) + 2;
      for (const { name, type, writer, value } of rows) {
        context.out.line(
          `${name.padEnd(nameWidth)}${type.padEnd(typeWidth)}${writer.padEnd(WRITER_WIDTH)}${inLine(value)}`,
        );
      }
    });
  },
};

/** `ncbpf var get` */
export const varGet: Command = {
  words: ['var', 'get'],
  summary: 'print the value of a variable',
  description: [
    'Prints one value so that `ncbpf var set` takes it. On a queue it takes a look: a line for each value, oldest first, and nothing is taken.',
    'With --json: {name, value}; the value of a queue is an array.',
  ],
  positionals: [IFACE, NAME],
  options: [],
  examples: [
    { line: 'ncbpf var get eth0 temperature', what: 'prints 42' },
    { line: 'ncbpf var get eth0 commands', what: 'all that the queue holds' },
  ],
  run(context) {
    return withSpace(context, (space) => {
      const [, name = ''] = context.positionals;
      answer(context, name, space.get(name));
    });
  },
};

/** `ncbpf var set` */
export const varSet: Command = {
  words: ['var', 'set'],
  summary: 'set a variable, or append to a queue, that applications write',
  description: [
    VALUES,
    'On a queue it appends; a full one is refused.',
    'Refused: a variable or a queue of the network, and one that another process has claimed (its number is said).',
    'With --json: {name, value}, as `var get` answers afterwards.',
  ],
  positionals: [IFACE, NAME, { name: 'VALUE', kind: 'text' }],
  options: [],
  examples: [
    { line: 'ncbpf var set eth0 temperature 42', what: 'an integer' },
    { line: 'ncbpf var set eth0 blob \'"text"\'', what: 'bytes, with the quotes for the shell' },
    { line: 'ncbpf var set eth0 blob hex:00ff', what: 'bytes' },
  ],
  run(context) {
    return withSpace(context, (space) => {
      const [, name = '', text = ''] = context.positionals;
      const queue = space.queues.find((each) => each.name === name);
      const layout = queue ?? space.variables.find((each) => each.name === name);
      // An unknown name: the space says which there are.
      if (layout === undefined) space.get(name);
      else if (queue !== undefined) space.append(name, parseValue(layout, text));
      else space.set(name, parseValue(layout, text));
      if (context.json) answer(context, name, space.get(name));
    });
  },
};

/** `ncbpf var take` */
export const varTake: Command = {
  words: ['var', 'take'],
  summary: 'take the oldest value of a queue',
  description: [
    'Prints the oldest value of a queue that applications drain, and removes it. From an empty queue it prints nothing; an empty byte string is "".',
    'Refused: a queue that the program drains, and one that another process drains (its number is said).',
    'With --json: {name, value}; the value is null when the queue is empty.',
  ],
  positionals: [IFACE, NAME],
  options: [],
  examples: [{ line: 'ncbpf var take eth0 replies', what: 'prints "done", once' }],
  run(context) {
    return withSpace(context, (space) => {
      const [, name = ''] = context.positionals;
      const value = space.take(name);
      if (value !== null) answer(context, name, value);
      else if (context.json) context.out.line(toJson({ name, value }));
      else context.err.line(`queue ${name} is empty`);
    });
  },
};

const DEFAULT_INTERVAL_NS = 10_000_000n;
const NS_PER_MS = 1e6;

function parseCount(text: string | undefined): number {
  if (text === undefined) return Infinity;
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new UsageError(`--count needs a number from 1 on, not ${JSON.stringify(text.slice(0, 60))}`);
}

async function watchSpace(context: Context, space: VariableSpace, count: number, intervalMs: number): Promise<void> {
  const [, ...names] = context.positionals;
  const watched = names.length > 0 ? names : placesOf(space).map(({ name }) => name);
  let printed = 0;
  // One JSON value however long it lasts: an array that is closed at the end, and not begun where a name is refused.
  const lead = () => (printed > 0 ? ',' : '[');
  for await (const { name, value } of space.changes(watched, { intervalMs, signal: context.signal })) {
    if (context.json)
      context.out.write(`${lead()}\n${toJson({ name, value: jsonValue(value) }).replace(/\n\s*/g, ' ')}`);
    else context.out.line(`${name} ${inLine(value)}`);
    if (++printed >= count) break;
  }
  if (context.json) context.out.line(`${printed > 0 ? '' : '['}\n]`);
  if (!context.signal.aborted && printed < count && !space.attached)
    context.err.line('the attachment is gone or was replaced');
}

/** `ncbpf var watch` */
export const varWatch: Command = {
  words: ['var', 'watch'],
  summary: 'print variables and queues whenever they change',
  description: [
    'Prints the values of the variables and queues named, or of all, and from then on each change that a look finds: a value that comes and goes between ' +
      'two looks is not seen. Ends with a signal, or when the attachment goes.',
    'A line is a name and its value; of a queue all that it holds, oldest first, or `empty`.',
    'With --json: one array of {name, value}, closed at the end.',
  ],
  positionals: [IFACE, { ...NAME, optional: true, many: true }],
  options: [
    { name: 'interval', argument: 'DURATION', summary: 'how often to look; default 10ms' },
    { name: 'count', argument: 'N', summary: 'end after so many lines' },
  ],
  examples: [
    { line: 'ncbpf var watch eth0', what: 'all of them' },
    { line: 'ncbpf var watch eth0 speed --interval 1ms', what: 'one, every millisecond' },
  ],
  onSignal: 'handled',
  run(context) {
    const count = parseCount(context.option('count'));
    const interval = context.option('interval');
    const intervalNs = interval === undefined ? DEFAULT_INTERVAL_NS : parseDuration(interval, '--interval');
    return withSpace(context, (space) =>
      watchSpace(context, space, count, Math.max(1, Number(intervalNs) / NS_PER_MS)),
    );
  },
};
