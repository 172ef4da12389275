// Channels that a node listens to although none of the nodes sends on them: the rest of the system is missing.
import type { Program } from '../../lang/program.js';
import type { System } from '../verify/system.js';

/** A channel without a sender. */
export interface Unheard {
  readonly file: string;
  readonly line: number;
  /** Of the channel. */
  readonly name: string;
}

/** In the order of the nodes. */
export function unheardIn({ nodes }: System): Unheard[] {
  return nodes.flatMap(({ program, file }, index) => {
    const others = nodes.filter((_, other) => other !== index).map(({ mac }) => mac);
    const heard = listenedTo(program);
    return program.channels.flatMap(({ id, name, from, backup, span }): Unheard[] => {
      const senders = backup === null ? from : [...from, backup];
      const isDeaf = heard(id) && senders.length > 0 && !senders.some((mac) => others.includes(mac));
      return isDeaf ? [{ file, line: span.line, name }] : [];
    });
  });
}

/** Whether the program takes frames from a channel: one that waits for any sync frame listens to all. */
function listenedTo({ instructions }: Program): (channel: number) => boolean {
  const waitsForAny = instructions.some((each) => each.op === 'sync_slave' && each.channel === null);
  const ids = new Set(
    instructions.flatMap((each) => {
      const listens = each.op === 'receive' || each.op === 'backup_receive' || each.op === 'sync_slave';
      return listens && each.channel !== null ? [each.channel] : [];
    }),
  );
  return (channel) => waitsForAny || ids.has(channel);
}
