// check_ms: from the text of 100 instructions to the checked program, in the process.
import { checkSource } from '../../lang/compile.js';
import { DEFAULT_RATE } from '../../schedule/verify/system.js';
import { withWireTime } from '../../schedule/warn/wire.js';
import { hundredInstructions } from './programs.js';
import { figure, type Figure } from './statistics.js';

const TARGET_MS = 50;

export interface CheckFigure extends Figure {
  /** The first check of a process, before V8 has compiled the checker. */
  readonly first: number;
}

/** Measures a number of checks in a row. */
export function measureCheck(runs: number): CheckFigure {
  const text = hundredInstructions();
  const times: number[] = [];
  for (let i = 0; i <= runs; i++) {
    const before = performance.now();
    const { program, diagnostics } = checkSource(text, 'bench.nc');
    withWireTime(diagnostics, program === null ? [] : [program], ['bench.nc'], DEFAULT_RATE);
    times.push(performance.now() - before);
    if (program?.instructions.length !== 100) throw new Error('the program has not 100 instructions');
  }
  const [first = 0, ...others] = times;
  return { ...figure(others, 'ms', TARGET_MS), first: Number(first.toFixed(2)) };
}
