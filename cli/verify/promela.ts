// `ncbpf verify --emit promela`
import { UsageError } from '../../loader/errors.js';
import { emitPromela } from '../../schedule/promela/emit.js';
import { PromelaError } from '../../schedule/promela/wire.js';
import type { System } from '../../schedule/verify/system.js';
import type { Context } from '../command.js';

/** Options of `verify` that the model does not follow. */
const NOT_IN_MODEL = ['costs', 'clock-error', 'drift', 'bound', 'properties', 'gate-share', 'recover'];

/**
 * Whether a model is asked for.
 * @throws UsageError for another format, and for options that the model does not follow
 */
export function wantsPromela({ option }: Context): boolean {
  const format = option('emit');
  if (format === undefined) return false;
  if (format !== 'promela') throw new UsageError(`--emit: verify writes promela, not ${format.slice(0, 60)}`);
  const other = NOT_IN_MODEL.find((name) => option(name) !== undefined);
  if (other !== undefined) throw new UsageError(`--emit promela: the model does not follow --${other}: leave it out`);
  return true;
}

/**
 * The model of a system.
 * @throws UsageError for a system that has what the model has not
 */
export function modelOf(system: System, losses: number): string {
  try {
    return emitPromela(system, losses);
  } catch (error) {
    if (error instanceof PromelaError) throw new UsageError(`--emit promela: ${error.message}`);
    throw error;
  }
}
