import { bashCompletion } from '../bash-completion.js';
import type { Command } from '../command.js';
import { STATUS } from '../failure.js';
import { toJson } from '../json.js';

/** `ncbpf completion bash` */
export const completion: Command = {
  words: ['completion', 'bash'],
  summary: 'print the completion script for bash',
  description: ['Prints a script for bash. `ncbpf install` puts it where bash looks for it.'],
  positionals: [],
  options: [],
  examples: [{ line: 'source <(ncbpf completion bash)', what: 'for this shell' }],
  run({ out, json, commands }) {
    const script = bashCompletion(commands);
    out.write(json ? `${toJson({ script })}\n` : script);
    return Promise.resolve(STATUS.done);
  },
};
