// Prints every skipped test and the last line of `npm test`. Usage: sum-results.mjs FOLDER, with a JSON file for each part.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder] = process.argv.slice(2);
const parts = readdirSync(folder).map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')));
const sum = (values) => values.reduce((total, value) => total + value, 0);
const skipped = parts.flatMap((part) => part.skipped);
// See test/support/skip.ts; a skip that does not say why hides something.
const unexplained = skipped.filter((name) => !name.includes('(skipped: '));

for (const name of skipped) console.log(`skipped: ${name}`);
for (const name of unexplained) console.log(`failed: skipped without a reason: ${name}`);

const passed = sum(parts.map((part) => part.passed));
const failed = sum(parts.map((part) => part.failed)) + unexplained.length;
console.log(`${passed} passed, ${failed} failed, ${skipped.length - unexplained.length} skipped`);
process.exitCode = failed > 0 ? 1 : 0;
