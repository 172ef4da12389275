// JSON that a user wrote.
import { mistakeInJson, placeInJson, type JsonPath } from '../lang/json-place.js';
import { UsageError } from '../loader/errors.js';

/**
 * The value in a file of JSON; `file` names it in the message, and `remedy` says what to do.
 * @throws UsageError when the text is no JSON
 */
export function parseJsonFile(file: string, text: string, remedy: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const { line, column } = mistakeInJson(text, file);
    throw new UsageError(`${file} is not JSON at line ${line}, column ${column}: ${remedy}`);
  }
}

/** What is wrong with the value at a path of such a file, as a sentence with its place. */
export function mistakeAt(file: string, text: string, path: readonly PropertyKey[], sentence: string): UsageError {
  const steps: JsonPath = path.map((step) => (typeof step === 'symbol' ? String(step) : step));
  const { line, column } = placeInJson(text, file, steps);
  return new UsageError(`${file}:${line}:${column}: ${sentence}`);
}
