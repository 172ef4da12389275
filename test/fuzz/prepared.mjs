// Where prepare.mjs keeps what it makes of a source: by content, so that nothing is ever out of date.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath, URL } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The prepared form of a source file. */
export function preparedPath(fileName) {
  const hash = createHash('sha256').update(fileName.slice(ROOT.length)).update('\0').update(readFileSync(fileName));
  return `${ROOT}build/fuzz/prepared/${hash.digest('hex').slice(0, 24)}.js`;
}
