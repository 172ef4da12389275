import { readInterfaceFacts } from '../../loader/interface-facts.js';
import { readMachineFacts } from '../../loader/machine-facts.js';
import { requireInterface } from '../../loader/preflight.js';
import { rootsFromEnvironment } from '../../loader/roots.js';
import type { Command } from '../command.js';
import { diagnose, type Finding } from '../doctor/checks.js';
import { STATUS } from '../failure.js';
import { toJson } from '../json.js';

const LEVEL_WIDTH = 9;
const CHECK_WIDTH = 17;

function lineOf({ check, level, found, advice }: Finding): string {
  const what = advice === undefined ? found : `${found}; ${advice}`;
  return `${level.padEnd(LEVEL_WIDTH)}${check.padEnd(CHECK_WIDTH)}${what}`;
}

/** `ncbpf doctor` */
export const doctor: Command = {
  words: ['doctor'],
  summary: 'say what keeps frames of an interface from leaving exactly, and what to change',
  description: [
    'Looks at what decides how exactly frames leave: kernel, pacer, isolated CPUs, interrupts of the interface, frequency and sleep states, clocks ' +
      'and their synchronization, XDP, offloads and coalescing. One line each: `ok`, `warn` with what to do, or `unknown`. Changes nothing.',
    'Warnings do not change the exit status: a machine that is good enough for one schedule is not for another. With --json an object ' +
      '{interface, findings}; each finding has check, level, found and, if there is something to do, advice.',
  ],
  positionals: [{ name: 'IFACE', kind: 'interface' }],
  options: [],
  examples: [
    { line: 'ncbpf doctor eth0', what: 'before the first measurement' },
    { line: 'ncbpf doctor eth0 --json', what: 'for other programs' },
  ],
  async run({ io, out, json, positionals }) {
    const [name = ''] = positionals;
    await requireInterface(name);
    const machine = await readMachineFacts();
    const card = await readInterfaceFacts(name, rootsFromEnvironment(io.env));
    const findings = diagnose({ interface: name, machine, card });
    if (json) out.line(toJson({ interface: name, findings }));
    else for (const finding of findings) out.line(lineOf(finding));
    return STATUS.done;
  },
};
