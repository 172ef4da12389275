import { startMachine, stopMachine } from '../../loader/control.js';
import { UsageError } from '../../loader/errors.js';
import { rootsFromEnvironment } from '../../loader/roots.js';
import type { Command } from '../command.js';
import { STATUS } from '../failure.js';
import { toJson } from '../json.js';
import { parseStart } from '../start-mode.js';

/** `ncbpf start` */
export const start: Command = {
  words: ['start'],
  summary: 'start the machine of an attachment from its first instruction',
  description: ['Starts a machine that is held or stopped. One that runs starts anew.'],
  positionals: [{ name: 'IFACE', kind: 'interface' }],
  options: [
    {
      name: 'start',
      argument: 'now|aligned:DURATION',
      summary: 'at once (default), or at the next multiple of DURATION of CLOCK_TAI',
    },
  ],
  examples: [
    { line: 'ncbpf start eth0', what: 'now' },
    { line: 'ncbpf start eth0 --start aligned:1s', what: 'at the next full second' },
  ],
  onSignal: 'finishes',
  async run({ io, out, json, positionals, option }) {
    const [name = ''] = positionals;
    const mode = parseStart(option('start'));
    if (mode.kind === 'hold')
      throw new UsageError('--start hold belongs to attach: a machine that is started is not held');
    await startMachine(name, mode, rootsFromEnvironment(io.env));
    if (json) out.line(toJson({ interface: name, started: mode.kind }));
    return STATUS.done;
  },
};

/** `ncbpf stop` */
export const stop: Command = {
  words: ['stop'],
  summary: 'stop the machine of an attachment',
  description: [
    'Stops the machine after the block that it may be running. What is attached stays, frames are received as ever.',
  ],
  positionals: [{ name: 'IFACE', kind: 'interface' }],
  options: [],
  examples: [{ line: 'ncbpf stop eth0', what: 'until `ncbpf start eth0`' }],
  onSignal: 'finishes',
  async run({ io, out, json, positionals }) {
    const [name = ''] = positionals;
    await stopMachine(name, rootsFromEnvironment(io.env));
    if (json) out.line(toJson({ interface: name, stopped: true }));
    return STATUS.done;
  },
};
