// What an application may do to a variable or a queue, and the lock by which it claims that.
import type { QueueLayout, VariableLayout } from '../maps/layout.js';

/** The right to write a variable, to append to a queue, or to take from one. */
export interface Right {
  /** Its place in the file of claims. */
  readonly slot: number;
  /** "variable temperature is being written". */
  readonly underWay: string;
  /** Why applications do not have it; null: they do. */
  readonly refusal: string | null;
}

/** Ids are 0 to 255; the slots of takers lie behind those of writers and appenders. */
const TAKERS = 256;

/** The right to write a variable. */
export function rightToWrite({ name, id, writer }: VariableLayout): Right {
  const refusal = `variable ${name} is written by the network: the program receives into it, applications read it`;
  return {
    slot: id,
    underWay: `variable ${name} is being written`,
    refusal: writer === 'network' ? refusal : null,
  };
}

function programsOwn({ name, writer, taker }: QueueLayout): string | null {
  if (writer !== 'network' || taker !== 'network') return null;
  return `queue ${name} is filled and drained by the program: applications only look`;
}

/** The right to append to a queue. */
export function rightToAppend(layout: QueueLayout): Right {
  const { name, id, writer } = layout;
  const refusal = `queue ${name} is filled by the network: applications only take from it`;
  return {
    slot: id,
    underWay: `queue ${name} is being filled`,
    refusal: programsOwn(layout) ?? (writer === 'network' ? refusal : null),
  };
}

/** The right to take from a queue; its lock is another one, for who appends may be another process. */
export function rightToTake(layout: QueueLayout): Right {
  const { name, id, taker } = layout;
  const refusal = `queue ${name} is drained by the network: applications only append to it`;
  return {
    slot: TAKERS + id,
    underWay: `queue ${name} is being drained`,
    refusal: programsOwn(layout) ?? (taker === 'network' ? refusal : null),
  };
}
