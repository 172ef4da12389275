import { UsageError } from '../../loader/errors.js';
import type { Answer } from '../../schedule/verify/answer.js';
import { verifySystem, type VerifyOptions } from '../../schedule/verify/verify.js';
import { PROPERTIES, type PropertyName } from '../../schedule/verify/violation.js';
import type { Command, Context } from '../command.js';
import { formatDuration, parseDuration } from '../duration.js';
import { STATUS } from '../failure.js';
import { readInput } from '../files.js';
import { toJson } from '../json.js';
import { NODE_OPTION, refuseNodeOption } from '../module-file.js';
import { PARAMS_OPTION } from '../params-file.js';
import { readCosts } from '../verify/costs.js';
import { readSystem } from '../verify/input.js';
import { modelOf, wantsPromela } from '../verify/promela.js';
import { answerToJson, printAnswer } from '../verify/report.js';

const MEBIBYTE = 1024 * 1024;
const DEFAULT_MEMORY_MIB = 1024;
const MOST_LOSSES = 1000;
const MOST_DRIFT_PPM = 100_000;

function wholeNumber(context: Context, name: string, standard: number, least: number, most: number): number {
  const text = context.option(name);
  if (text === undefined) return standard;
  const value = Number(text);
  if (/^\d{1,9}$/.test(text) && value >= least && value <= most) return value;
  throw new UsageError(`--${name} needs a whole number from ${least} to ${most}, not ${text}`);
}

function propertiesOf(context: Context): PropertyName[] {
  const text = context.option('properties');
  if (text === undefined) {
    return PROPERTIES.filter((property) => property !== 'gate' || context.option('gate-share') !== undefined);
  }
  return text.split(',').map((word) => {
    const property = PROPERTIES.find((each) => each === word.trim());
    if (property === undefined) throw new UsageError(`--properties: ${word} is none of ${PROPERTIES.join(', ')}`);
    return property;
  });
}

function shareOf({ option }: Context): VerifyOptions['gateShare'] {
  const text = option('gate-share');
  if (text === undefined) return null;
  const [open = '', within, ...more] = text.split('/');
  if (within === undefined || more.length > 0) {
    throw new UsageError(`--gate-share needs a duration in a duration, like 1ms/10ms, not ${text.slice(0, 60)}`);
  }
  const share = { openNs: parseDuration(open, '--gate-share'), withinNs: parseDuration(within, '--gate-share') };
  if (share.openNs <= share.withinNs) return share;
  throw new UsageError(`--gate-share ${text}: no gate can be open for longer than the time that passes`);
}

async function costsOf({ io, option }: Context): Promise<VerifyOptions['costs']> {
  const file = option('costs');
  return file === undefined ? [{}] : readCosts(file, (await readInput(io.cwd, file)).toString('utf8'));
}

async function optionsOf(context: Context): Promise<VerifyOptions> {
  const bound = context.option('bound');
  const recover = context.option('recover');
  const error = context.option('clock-error');
  const { io, err, json } = context;
  const shows = io.stderr.isTTY === true && !json;
  return {
    properties: propertiesOf(context),
    losses: wholeNumber(context, 'losses', 0, 0, MOST_LOSSES),
    costs: await costsOf(context),
    clockErrorNs: error === undefined ? 0n : parseDuration(error, '--clock-error'),
    driftPpm: wholeNumber(context, 'drift', 0, 0, MOST_DRIFT_PPM),
    gateShare: shareOf(context),
    recoverNs: recover === undefined ? null : parseDuration(recover, '--recover'),
    boundNs: bound === undefined ? null : parseDuration(bound, '--bound'),
    memoryBytes: wholeNumber(context, 'memory', DEFAULT_MEMORY_MIB, 1, 1 << 20) * MEBIBYTE,
    ...(shows
      ? {
          progress: (states: number, untilNs: number) =>
            err.write(`\r${states} states, ${formatDuration(BigInt(untilNs))}\u001b[K`),
        }
      : {}),
  };
}

function fails({ verdicts }: Answer): boolean {
  return PROPERTIES.some((property) => verdicts[property].holds === false);
}

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
    const options = await optionsOf(context);
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
    for (const { file, created, again } of answer.warnings) {
      err.line(
        `${file}:${again}: warning: the snapshot of line ${created} was never sent when this one takes its place`,
      );
    }
    if (json) out.line(toJson(answerToJson(answer)));
    else printAnswer(out, answer);
    return fails(answer) ? STATUS.programErrors : STATUS.done;
  },
};
