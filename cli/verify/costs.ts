// How long instructions take: a JSON file of durations or pairs of durations by instruction.
import { z } from 'zod';
import type { Instruction } from '../../lang/program.js';
import { UsageError } from '../../loader/errors.js';
import type { Costs } from '../../schedule/verify/compiled-node.js';
import { parseJsonFile } from '../json-file.js';
import { networkDuration } from './network.js';

const OPERATIONS: Record<Instruction['op'], true> = {
  nop: true,
  halt: true,
  end_of_program: true,
  create: true,
  destroy: true,
  send: true,
  backup_send: true,
  receive: true,
  backup_receive: true,
  sync_master: true,
  sync_slave: true,
  future: true,
  wait: true,
  goto: true,
  if: true,
  mode: true,
  xsend: true,
  handle: true,
  set_counter: true,
  add_to_counter: true,
  sub_from_counter: true,
  clear_counter: true,
};

const schema = z.record(z.string(), z.union([z.string(), z.tuple([z.string(), z.string()])]));

/**
 * Reads the text of a file of costs: the least of every instruction, then the greatest; once where they are the same.
 * `file` names it in messages.
 * @throws UsageError
 */
export function readCosts(file: string, text: string): Costs[] {
  const result = schema.safeParse(parseJsonFile(file, text, 'write it as docs/verify.md shows'));
  if (!result.success) {
    throw new UsageError(`${file}: each instruction needs a duration like "2us", or two like ["1us", "3us"]`);
  }
  const entries = Object.entries(result.data).map(([name, cost]) => {
    const [least, most] = typeof cost === 'string' ? [cost, cost] : cost;
    const what = `${file}: ${name}`;
    const pair = [networkDuration(least, what), networkDuration(most, what)] as const;
    if (pair[0] > pair[1]) throw new UsageError(`${what}: the first duration must not be longer than the second`);
    return [operationOf(file, name), pair] as const;
  });
  const costs = [0, 1].map((side): Costs => Object.fromEntries(entries.map(([op, pair]) => [op, pair[side]!])));
  return entries.every(([, [least, most]]) => least === most) ? costs.slice(1) : costs;
}

/** `sync master` and `sync_master` are the same. */
function operationOf(file: string, name: string): Instruction['op'] {
  const op = name.replaceAll(' ', '_');
  if (op in OPERATIONS) return op as Instruction['op'];
  throw new UsageError(`${file}: there is no instruction ${name}: it is one of ${Object.keys(OPERATIONS).join(', ')}`);
}
