// Several files that the user named, one after the other.
import { EnvironmentError } from '../loader/errors.js';
import type { Context } from './command.js';
import { failureOf, sayFailure } from './failure.js';

/** What was done with the files. */
export interface EachFile<T> {
  /** Of those with which it could be done, in their order. */
  readonly results: readonly T[];
  /** The exit status of the last one with which it could not, or null. */
  readonly status: number | null;
}

/**
 * Does `work` with each file. One that cannot be read or written is named on standard error, and the others are done.
 * @throws UsageError, PermissionError when it can be done with none
 */
export async function eachFile<T>(
  { err, positionals }: Pick<Context, 'err' | 'positionals'>,
  work: (file: string) => Promise<T>,
): Promise<EachFile<T>> {
  const results: T[] = [];
  let status: number | null = null;
  for (const [index, file] of positionals.entries()) {
    try {
      results.push(await work(file));
    } catch (error) {
      const isLast = index === positionals.length - 1;
      if (!(error instanceof EnvironmentError) || (isLast && results.length === 0)) throw error;
      const failure = failureOf(error);
      sayFailure(err, failure);
      status = failure.status;
    }
  }
  return { results, status };
}
