import { resolve } from 'node:path';
import { packageRoot } from '../../loader/native.js';
import type { Command, Context, OptionSpec } from '../command.js';
import { STATUS } from '../failure.js';
import * as installation from '../installation.js';
import { toJson } from '../json.js';

const ROOT: OptionSpec = {
  name: 'root',
  argument: 'DIR',
  summary: 'put it below this folder instead of /, for packages and images',
};

function rootOf({ io, option }: Context): string {
  const root = option('root');
  return root === undefined ? '' : resolve(io.cwd, root).replace(/\/$/, '');
}

/** `ncbpf install` */
export const install: Command = {
  words: ['install'],
  summary: 'put ncbpf on the PATH',
  description: [
    'Makes links to this installation: /usr/local/bin/ncbpf and the man page, and puts the completion for bash beside them. With --systemd also ' +
      'the unit ncbpf@.service: `systemctl enable --now ncbpf@eth0` attaches /etc/ncbpf/eth0.nc now and after each boot, with the options in ' +
      'NCBPF_OPTIONS= of /etc/ncbpf/eth0.conf. What is there and not of ncbpf is never replaced.',
  ],
  positionals: [],
  options: [{ name: 'systemd', summary: 'install the unit ncbpf@.service too' }, ROOT],
  examples: [
    { line: 'ncbpf install', what: 'for every user' },
    { line: 'ncbpf install --systemd', what: 'and to attach after boot' },
  ],
  onSignal: 'finishes',
  async run(context) {
    const installed = await installation.install({
      commands: context.commands,
      source: packageRoot(),
      root: rootOf(context),
      systemd: context.flag('systemd'),
    });
    if (context.json) context.out.line(toJson({ installed }));
    else for (const path of installed) context.err.line(`installed ${path}`);
    return STATUS.done;
  },
};

/** `ncbpf uninstall` */
export const uninstall: Command = {
  words: ['uninstall'],
  summary: 'remove what install has put there',
  description: [
    'Removes the links, the completion and the unit. Attachments stay as they are: `ncbpf detach` removes them.',
  ],
  positionals: [],
  options: [ROOT],
  examples: [{ line: 'ncbpf uninstall', what: 'the folder of this installation stays' }],
  onSignal: 'finishes',
  async run(context) {
    const removed = await installation.uninstall({
      commands: context.commands,
      source: packageRoot(),
      root: rootOf(context),
    });
    if (context.json) context.out.line(toJson({ removed }));
    else for (const path of removed) context.err.line(`removed ${path}`);
    if (removed.length === 0 && !context.json) context.err.line('nothing was installed');
    return STATUS.done;
  },
};
