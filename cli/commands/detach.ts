import { detach as detachInterface } from '../../loader/detach.js';
import { rootsFromEnvironment } from '../../loader/roots.js';
import type { Command } from '../command.js';
import { STATUS } from '../failure.js';
import { toJson } from '../json.js';

/** `ncbpf detach` */
export const detach: Command = {
  words: ['detach'],
  summary: 'remove a program from an interface, with every trace of it',
  description: [
    'Removes everything that attach made and restores what was there before. It also removes what an interrupted attach has left, and works ' +
      'when the interface is gone. What it removes is said on standard error.',
  ],
  positionals: [{ name: 'IFACE', kind: 'interface' }],
  options: [],
  examples: [{ line: 'ncbpf detach eth0', what: 'as if nothing had been there' }],
  onSignal: 'finishes',
  async run({ io, out, err, json, positionals }) {
    const [name = ''] = positionals;
    const { removed, warnings } = await detachInterface(name, rootsFromEnvironment(io.env));
    for (const warning of warnings) err.line(`warning: ${warning}`);
    if (json) out.line(toJson({ interface: name, removed, warnings }));
    else for (const thing of removed) err.line(`removed ${thing}`);
    return STATUS.done;
  },
};
