// var_read_ns: reading a variable of an attachment from Node.
import { attach } from '../../loader/attach.js';
import { detach } from '../../loader/detach.js';
import { openVariableSpace, type VariableSpace } from '../../loader/variable-space.js';
import { Scratch } from '../support/scratch.js';
import { built, scratchRoots } from './node.js';
import { figure, type Figure } from './statistics.js';

const TARGET_NS = 1000;
const READS = 20_000;
const PROGRAM = `var integer : u32 = 42
var wide : u64 = 42
var bytes64 : bytes[64] = "${'0123456789abcdef'.repeat(4)}"
var bytes1470 : bytes[1470] = "${'0123456789'.repeat(147)}"
start: wait 1s, start
`;
const NAMES = ['integer', 'wide', 'bytes64', 'bytes1470'] as const;
type Name = (typeof NAMES)[number];

export interface ReadFigure extends Figure {
  readonly what: string;
  /** The other types. */
  readonly others: Readonly<Record<Exclude<Name, 'integer'>, Figure>>;
}

function timed(space: VariableSpace, name: Name): number {
  const before = process.hrtime.bigint();
  for (let i = 0; i < READS; i++) space.get(name);
  return Number(process.hrtime.bigint() - before) / READS;
}

/** Measures a number of rounds, each of many reads by name of each type. */
export async function measureVariableRead(runs: number): Promise<ReadFigure> {
  const scratch = new Scratch();
  try {
    scratch.vethPair();
    const roots = scratchRoots(scratch);
    const program = await built(PROGRAM);
    await attach({ interface: 'va', ...program, pacer: 'auto', start: { kind: 'hold' }, replace: false, roots });
    try {
      const space = scratch.keep(openVariableSpace('va', { roots }));
      const times: Record<Name, number[]> = { integer: [], wide: [], bytes64: [], bytes1470: [] };
      for (let i = 0; i < runs; i++) for (const name of NAMES) times[name].push(timed(space, name));
      const { integer, ...others } = times;
      const judge = (values: number[]) => figure(values, 'ns', TARGET_NS);
      return {
        ...judge(integer),
        what: 'u32, by VariableSpace.get',
        others: { wide: judge(others.wide), bytes64: judge(others.bytes64), bytes1470: judge(others.bytes1470) },
      };
    } finally {
      await detach('va', roots);
    }
  } finally {
    scratch.cleanUp();
  }
}
