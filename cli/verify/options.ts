// What the options of `verify` ask for.
import { UsageError } from '../../loader/errors.js';
import type { VerifyOptions } from '../../schedule/verify/verify.js';
import { PROPERTIES, type PropertyName } from '../../schedule/verify/violation.js';
import type { Context } from '../command.js';
import { formatDuration, parseDuration } from '../duration.js';
import { readInput } from '../files.js';
import { wholeNumber } from '../whole-number.js';
import { readCosts } from './costs.js';

const MEBIBYTE = 1024 * 1024;
/** Memory for states where --memory is not given. */
export const DEFAULT_MEMORY_MIB = 1024;
const MOST_LOSSES = 1000;
const MOST_DRIFT_PPM = 100_000;

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

/**
 * Reads the options; of those that a command does not have the default is taken.
 * @throws UsageError, PermissionError
 */
export async function verifyOptions(context: Context): Promise<VerifyOptions> {
  const bound = context.option('bound');
  const recover = context.option('recover');
  const error = context.option('clock-error');
  const { io, err, json } = context;
  const shows = io.stderr.isTTY === true && !json;
  return {
    properties: propertiesOf(context),
    losses: wholeNumber(context, 'losses', { standard: 0, least: 0, most: MOST_LOSSES }),
    costs: await costsOf(context),
    clockErrorNs: error === undefined ? 0n : parseDuration(error, '--clock-error'),
    driftPpm: wholeNumber(context, 'drift', { standard: 0, least: 0, most: MOST_DRIFT_PPM }),
    gateShare: shareOf(context),
    recoverNs: recover === undefined ? null : parseDuration(recover, '--recover'),
    boundNs: bound === undefined ? null : parseDuration(bound, '--bound'),
    memoryBytes: MEBIBYTE * wholeNumber(context, 'memory', { standard: DEFAULT_MEMORY_MIB, least: 1, most: 1 << 20 }),
    ...(shows
      ? {
          progress: (states: number, untilNs: number) =>
            err.write(`\r${states} states, ${formatDuration(BigInt(untilNs))}\u001b[K`),
        }
      : {}),
  };
}
