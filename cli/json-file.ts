// JSON that a user wrote.
import { UsageError } from '../loader/errors.js';

/**
 * The value in a file of JSON; `file` names it in the message, and `remedy` says what to do.
 * @throws UsageError when the text is no JSON
 */
export function parseJsonFile(file: string, text: string, remedy: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError(`${file} is not JSON: ${remedy}`);
  }
}
