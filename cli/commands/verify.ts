import { verifySystem } from '../../schedule/verify/verify.js';
import type { Command } from '../command.js';
import { STATUS } from '../failure.js';
import { toJson } from '../json.js';
import { NODE_OPTION, refuseNodeOption } from '../module-file.js';
import { PARAMS_OPTION } from '../params-file.js';
import { readSystem } from '../verify/input.js';
import { DEFAULT_MEMORY_MIB, verifyOptions } from '../verify/options.js';
import { modelOf, wantsPromela } from '../verify/promela.js';
import { answerToJson, fails, printAnswer, printWarnings } from '../verify/report.js';

/** `ncbpf verify` */
export const verify: Command = {
  words: ['verify'],
  summary: 'prove that programs fit together, or show the shortest run in which they do not',
  onSignal: 'dies',
  description: [
    'Explores everything that the programs can do together: every guard on data both ways, every length of a byte string, every loss that is ' +
      'allowed. Files get the addresses 02:00:00:00:00:01, :02, ... in their order; --network gives others. Needs no privilege.',
    'Properties: collision (no two frames overlap), schedulable (each block is done before the next instant), received (each frame is taken by those ' +
      'who wait for it), stuck (no machine stops or waits for ever), recovers (after a lost frame or a late start everything is as before), gate ' +
      '(ordinary traffic gets its share). docs/verify.md says what each means.',
    'With --json: {property: {holds, at, places, trace}}; holds is null where a property is not judged. The exit status is 1 when a judged property fails.',
  ],
  positionals: [{ name: 'FILE', kind: 'file', many: true }],
  options: [
    { name: 'properties', argument: 'LIST', summary: 'only these, separated by commas' },
    { name: 'losses', argument: 'N', summary: 'at most N frames are lost in each hyperperiod (0)' },
    { name: 'clock-error', argument: 'DURATION', summary: 'any two clocks differ by at most this (0)' },
    { name: 'drift', argument: 'PPM', summary: 'the rates of any two clocks differ by at most this (0)' },
    { name: 'rate', argument: 'RATE', summary: 'speed of the links: 100mbit (default), 1gbit, ...' },
    { name: 'costs', argument: 'FILE', summary: 'how long instructions take, as JSON (no time)' },
    {
      name: 'gate-share',
      argument: 'OPEN/TIME',
      summary: 'judge gate: open for so long in any stretch of time (1ms/10ms)',
    },
    {
      name: 'recover',
      argument: 'DURATION',
      summary: 'how soon everything must be as before (four rounds)',
    },
    { name: 'network', argument: 'FILE', summary: 'addresses, starts, links, switch and propagation, as JSON' },
    { name: 'bound', argument: 'DURATION', summary: 'look no further than this' },
    { name: 'memory', argument: 'MIB', summary: `memory for states (${DEFAULT_MEMORY_MIB})` },
    { name: 'emit', argument: 'FORMAT', summary: 'promela: a model for SPIN in place of the answer' },
    PARAMS_OPTION,
    NODE_OPTION,
  ],
  examples: [
    { line: 'ncbpf verify tx.nc rx.nc', what: 'two nodes on one wire' },
    { line: 'ncbpf verify system.nc.ts --network network.json', what: 'all nodes of a module, with their addresses' },
    { line: 'ncbpf verify tx.nc rx.nc --losses 1 --json', what: 'for other programs' },
  ],
  async run(context) {
    const { out, err, json, positionals } = context;
    const options = await verifyOptions(context);
    const emits = wantsPromela(context);
    refuseNodeOption(context, positionals);
    const system = await readSystem(context);
    if (system === null) return STATUS.programErrors;
    if (emits) {
      out.write(modelOf(system, options.losses));
      return STATUS.done;
    }
    const answer = verifySystem(system, options);
    if (options.progress !== undefined) err.write('\r\u001b[K');
    printWarnings(err, answer);
    if (json) out.line(toJson(answerToJson(answer)));
    else printAnswer(out, answer);
    return fails(answer) ? STATUS.programErrors : STATUS.done;
  },
};
