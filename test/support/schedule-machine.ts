// Machines from program texts, for the unit tests of schedule/.
import { checkSource } from '../../lang/compile.js';
import { Machine } from '../../schedule/machine.js';
import type { Mac, Program } from '../../lang/program.js';
import type { MachineOptions } from '../../schedule/machine-state.js';

/** Addresses of the tests: the node, and one that its channels hear. */
export const OWN: Mac = '02:00:00:00:00:01';
export const PEER: Mac = '02:00:00:00:00:02';

/** The checked program of a text; throws Error with its diagnostics where there are errors. */
export function programOf(...lines: string[]): Program {
  const { program, diagnostics } = checkSource(`${lines.join('\n')}\n`, 'test.nc');
  if (program === null) throw new Error(diagnostics.map((each) => `${each.span.line}: ${each.message}`).join('; '));
  return program;
}

/** A machine that starts at 0, with CLOCK_TAI equal to CLOCK_MONOTONIC. */
export function machineOf(lines: readonly string[], options: Partial<MachineOptions> = {}): Machine {
  return new Machine(programOf(...lines), { mac: OWN, startNs: 0n, taiOffsetNs: 0n, ...options });
}

/** Runs every block that is due at or before `untilNs`, each at its instant. */
export function runUntil(machine: Machine, untilNs: bigint): void {
  for (let next = machine.nextInstant(); next !== null && next <= untilNs; next = machine.nextInstant()) {
    machine.run(next);
  }
}
