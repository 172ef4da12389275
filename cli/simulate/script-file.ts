// The script of a simulation: a JSON file that says what happens to the nodes, and when (docs/simulate.md).
import { z } from 'zod';
import { mistakeAt, parseJsonFile } from '../json-file.js';

/** Events of a script at most. */
export const MOST_SCRIPT_EVENTS = 100_000;
/** The longest frame in bytes, without check sequence. */
const LONGEST_FRAME = 1514;
const LONGEST_ORDINARY = 65_535;
const SHORTEST_ORDINARY = 14;

const MAC = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i;
const RATE = /^\d+(\.\d+)?(bit|kbit|mbit|gbit)?$/i;
const HEX = /^hex:(?:[0-9a-f]{2})+$/i;

function wholeNumber(least: number, most: number) {
  const error = `needs a whole number from ${least} to ${most}`;
  return z.int({ error }).min(least, { error }).max(most, { error });
}

const NO_INSTANT = 'needs an instant: text such as "1.5ms", or nanoseconds as a whole number that is not negative';
const NO_VALUE = 'needs a value: text as the language writes it, "42", "hex:00ff", or a whole number of less than 2^53';

const instant = z.union([z.string(), z.int({ error: NO_INSTANT }).min(0, { error: NO_INSTANT })], {
  error: NO_INSTANT,
});
const text = z.string({ error: 'needs text' });
const mac = z
  .string({ error: 'needs an address like 02:00:00:00:00:02' })
  .regex(MAC, { error: 'needs an address like 02:00:00:00:00:02' })
  .transform((address) => address.toLowerCase());
const value = z.union([z.string(), z.int({ error: NO_VALUE })], { error: NO_VALUE });
const flag = z.boolean({ error: 'needs true or false' });
const when = { at: instant, node: text.optional() };
const sender = {
  ...when,
  from: mac,
  channel: z.union([z.string(), wholeNumber(0, 65_535)], { error: 'needs the name of a channel, or an id' }).optional(),
  sequence: wholeNumber(0, 2 ** 32 - 1).optional(),
};
const named = { ...when, name: text };
const count = wholeNumber(1, 1_000_000).default(1);

const event = z.discriminatedUnion('event', [
  z.strictObject({
    event: z.literal('frame'),
    ...sender,
    to: mac.optional(),
    payload: text.default('hex:'),
  }),
  z.strictObject({ event: z.literal('sync'), ...sender }),
  z.strictObject({
    event: z.literal('raw'),
    ...when,
    bytes: text
      .regex(HEX, { error: 'needs bytes like "hex:00ff"' })
      .max(4 + 2 * LONGEST_FRAME, { error: `is longer than any frame: ${LONGEST_FRAME} bytes at most` }),
  }),
  z.strictObject({ event: z.literal('write'), ...named, value }),
  z.strictObject({ event: z.literal('append'), ...named, value }),
  z.strictObject({ event: z.literal('take'), ...named }),
  z.strictObject({ event: z.literal('start'), ...when }),
  z.strictObject({ event: z.literal('stop'), ...when }),
  z.strictObject({ event: z.literal('stall'), ...when, for: text }),
  z.strictObject({ event: z.literal('refuse'), ...when, on: flag }),
  z.strictObject({ event: z.literal('lose'), ...when, count }),
  z.strictObject({ event: z.literal('duplicate'), ...when, count }),
  z.strictObject({
    event: z.literal('ordinary'),
    ...when,
    length: wholeNumber(SHORTEST_ORDINARY, LONGEST_ORDINARY),
    ethertype: wholeNumber(0, 65_535).optional(),
  }),
]);

const EVENTS = event.options.map(({ shape }) => shape.event.value);

const schema = z.strictObject({
  delay: text.optional(),
  rate: text.regex(RATE, { error: 'needs the speed of a link: "100mbit", "1gbit"' }).optional(),
  nodes: z.record(z.string(), z.strictObject({ mac: mac.optional(), start: instant.optional() })).optional(),
  events: z
    .array(event, { error: 'needs an array of events' })
    .max(MOST_SCRIPT_EVENTS, { error: `has too many events: ${MOST_SCRIPT_EVENTS} at most` })
    .default([]),
});

/** What a script says, as it is written. */
export type Script = z.infer<typeof schema>;
/** One event of a script. */
export type ScriptEvent = Script['events'][number];

/** Of no script: the nodes start at 0, and nothing happens to them. */
export const NO_SCRIPT: Script = { events: [] };

/**
 * Reads the text of a script; `file` names it in messages.
 * @throws UsageError
 */
export function readScript(file: string, content: string): Script {
  const result = schema.safeParse(parseJsonFile(file, content, 'write it as docs/simulate.md shows'));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw mistakeAt(file, content, issue!.path, sentence(issue!));
}

/** `events.3` for the fourth event, as the path of a JSON value is written. */
function sentence(issue: z.core.$ZodIssue): string {
  const place = issue.path.map(String).join('.') || 'the file';
  if (issue.code === 'unrecognized_keys') {
    const names = issue.keys.map((name) => JSON.stringify(name.slice(0, 60))).join(', ');
    return `${place} does not know ${names}: docs/simulate.md lists what there is`;
  }
  if (issue.code === 'invalid_union' && issue.path.at(-1) === 'event') {
    return `${place} needs to be one of ${EVENTS.join(', ')}`;
  }
  if (issue.code === 'invalid_type' && ['object', 'record'].includes(issue.expected))
    return `${place} needs to be an object`;
  return `${place} ${issue.message}`;
}
