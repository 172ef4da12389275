import { UsageError } from '../../loader/errors.js';
import { rootsFromEnvironment } from '../../loader/roots.js';
import { openVariableSpace, type VariableSpace } from '../../loader/variable-space.js';
import { typeName } from '../../maps/layout.js';
import type { VariableValue } from '../../maps/variable-value.js';
import type { Command, Context } from '../command.js';
import { parseDuration } from '../duration.js';
import { STATUS } from '../failure.js';
import { toJson } from '../json.js';
import { formatValue, parseValue } from '../value-text.js';

const IFACE = { name: 'IFACE', kind: 'interface' } as const;
const NAME = { name: 'NAME', kind: 'variable' } as const;
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

/** A value in JSON: integers as numbers, bytes as `get` prints them. */
function jsonValue(value: VariableValue): unknown {
  return value instanceof Uint8Array ? formatValue(value) : value;
}

/** `ncbpf var list` */
export const varList: Command = {
  words: ['var', 'list'],
  summary: 'list the variables of an attachment',
  description: [
    'Prints name, type, value and writer of every variable. A variable of the network is one that the program receives into; all others are ' +
      'written by applications.',
    'With --json: an array of {name, id, kind, type, writer, value}; integers are numbers to their last digit, bytes as `var get` prints them.',
  ],
  positionals: [IFACE],
  options: [],
  examples: [{ line: 'ncbpf var list eth0 --json', what: 'for other programs' }],
  run(context) {
    return withSpace(context, (space) => {
      const rows = space.variables.map(({ name, id, type, writer }) => {
        return { name, id, kind: 'variable', type: typeName(type), writer, value: space.get(name) };
      });
      if (context.json) return context.out.line(toJson(rows.map((row) => ({ ...row, value: jsonValue(row.value) }))));
      const width = Math.max(0, ...rows.map(({ name }) => name.length)) + 2;
      for (const { name, type, writer, value } of rows) {
        context.out.line(`${name.padEnd(width)}${type.padEnd(13)}${writer.padEnd(13)}${formatValue(value)}`);
      }
    });
  },
};

/** `ncbpf var get` */
export const varGet: Command = {
  words: ['var', 'get'],
  summary: 'print the value of a variable',
  description: ['Prints one value so that `ncbpf var set` takes it.', 'With --json: {name, value}.'],
  positionals: [IFACE, NAME],
  options: [],
  examples: [{ line: 'ncbpf var get eth0 temperature', what: 'prints 42' }],
  run(context) {
    return withSpace(context, (space) => {
      const [, name = ''] = context.positionals;
      const value = space.get(name);
      context.out.line(context.json ? toJson({ name, value: jsonValue(value) }) : formatValue(value));
    });
  },
};

/** `ncbpf var set` */
export const varSet: Command = {
  words: ['var', 'set'],
  summary: 'set a variable that applications write',
  description: [
    VALUES,
    'Refused: a variable of the network, and one that another process has claimed (its number is said).',
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
      space.get(name);
      const layout = space.variables.find((variable) => variable.name === name);
      if (layout === undefined) throw new UsageError(`there is no variable ${name}`);
      space.set(name, parseValue(layout, text));
      if (context.json) context.out.line(toJson({ name, value: jsonValue(space.get(name)) }));
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
  const watched = names.length > 0 ? names : space.variables.map(({ name }) => name);
  let printed = 0;
  // One JSON value however long it lasts: an array that is closed at the end.
  if (context.json) context.out.write('[');
  for await (const { name, value } of space.changes(watched, { intervalMs, signal: context.signal })) {
    if (context.json)
      context.out.write(
        `${printed > 0 ? ',' : ''}\n${toJson({ name, value: jsonValue(value) }).replace(/\n\s*/g, ' ')}`,
      );
    else context.out.line(`${name} ${formatValue(value)}`);
    if (++printed >= count) break;
  }
  if (context.json) context.out.line('\n]');
  if (!context.signal.aborted && printed < count && !space.attached)
    context.err.line('the attachment is gone or was replaced');
}

/** `ncbpf var watch` */
export const varWatch: Command = {
  words: ['var', 'watch'],
  summary: 'print variables whenever they change',
  description: [
    'Prints the values of the variables named, or of all, and from then on each change that a look finds: a value that comes and goes between ' +
      'two looks is not seen. Ends with a signal, or when the attachment goes.',
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
