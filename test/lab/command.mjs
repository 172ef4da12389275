// What the lab's commands have in common: what they say, and how they end.
import { explain, LabError } from './errors.mjs';

const ENVIRONMENT_MISSING = 3;

/** @param {string} line */
export function say(line) {
  process.stderr.write(`lab: ${line}\n`);
}

/**
 * Runs a command and leaves its exit status. What is missing is said in one sentence; its status is 3.
 * @param {(args: readonly string[]) => Promise<number>} main
 */
export async function runMain(main) {
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    const explained = explain(error);
    if (!(explained instanceof LabError)) throw explained;
    say(explained.message);
    process.exitCode = ENVIRONMENT_MISSING;
  }
}
