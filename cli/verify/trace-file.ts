// The traces in what `ncbpf verify --json` printed, or one of them alone.
import { z } from 'zod';
import { UsageError } from '../../loader/errors.js';
import { PROPERTIES } from '../../schedule/verify/violation.js';
import type { Trace } from '../../schedule/verify/trace.js';
import { parseJsonFile } from '../json-file.js';

const instant = z.number();
const event = z.object({
  at: instant,
  node: z.string(),
  event: z.enum([
    'block',
    'guard',
    'queue',
    'send',
    'suppressed',
    'receive',
    'wait_for_sync',
    'sync',
    'timeout',
    'arrival',
    'lost',
    'unawaited',
    'gate',
    'stop',
  ]),
  file: z.string(),
  line: z.int(),
  instruction: z.int().min(0),
  value: z.boolean().exactOptional(),
  channel: z.string().exactOptional(),
  type: z.enum(['data', 'sync']).exactOptional(),
  bytes: z.int().min(0).max(65_535).exactOptional(),
  starts: instant.exactOptional(),
  ends: instant.exactOptional(),
  from: z.string().exactOptional(),
  reason: z.string().exactOptional(),
  late: z.boolean().exactOptional(),
});

const schema = z.object({
  property: z.enum(PROPERTIES),
  at: instant,
  what: z.string(),
  nodes: z.array(z.object({ node: z.string(), file: z.string(), mac: z.string(), start: z.int() })).min(1),
  media: z.array(
    z.object({
      nodes: z.array(z.string()),
      rate: z.number().positive(),
      propagation: z.int(),
      switch: z.int().nullable(),
    }),
  ),
  events: z.array(event),
  costs: z.literal(true).exactOptional(),
  loop: z.object({ from: instant, period: instant }).exactOptional(),
});

const answer = z.record(z.string(), z.object({ trace: z.unknown() }));

/**
 * Reads a trace: of `property`, or the first there is. `file` names it in messages.
 * @throws UsageError
 */
export function readTrace(file: string, text: string, property: string | undefined): Trace {
  const value = parseJsonFile(file, text, 'give what `ncbpf verify --json` printed');
  const whole = answer.safeParse(value);
  const traces = whole.success ? Object.values(whole.data).flatMap(({ trace }) => (trace ? [trace] : [])) : [value];
  const read = traces.map((each) => schema.safeParse(each));
  const wrong = read.find(({ success }) => !success);
  if (wrong !== undefined) throw new UsageError(`${file} holds no trace: give what \`ncbpf verify --json\` printed`);
  const found = read.flatMap(({ data }) => (data === undefined ? [] : [data]));
  const chosen = found.find((each) => property === undefined || each.property === property);
  if (chosen === undefined)
    throw new UsageError(`${file} holds no trace${property === undefined ? ': nothing fails' : ` of ${property}`}`);
  return chosen;
}
