import { confirmAttachment } from '../../loader/confirm.js';
import { rootsFromEnvironment } from '../../loader/roots.js';
import type { Command } from '../command.js';
import { STATUS } from '../failure.js';
import { toJson } from '../json.js';

/** `ncbpf confirm` */
export const confirm: Command = {
  words: ['confirm'],
  summary: 'keep what was attached with --confirm',
  description: [
    'An attachment made with `ncbpf attach --confirm DURATION` is detached again when that time is over. This keeps it. Run it over the connection ' +
      'that the program might cut: if it does not get through, the attachment goes.',
  ],
  positionals: [{ name: 'IFACE', kind: 'interface' }],
  options: [],
  examples: [{ line: 'ncbpf confirm eth0', what: 'it stays until `ncbpf detach eth0`' }],
  onSignal: 'finishes',
  async run({ io, out, json, positionals }) {
    const [name = ''] = positionals;
    await confirmAttachment(name, rootsFromEnvironment(io.env));
    if (json) out.line(toJson({ interface: name, confirmed: true }));
    return STATUS.done;
  },
};
