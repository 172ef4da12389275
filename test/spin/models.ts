// The systems with models written by hand: test/spin/models/NAME/{a.nc,b.nc,...,model.pml}.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SpinVerdict } from './spin.js';

const DIRECTORY = join(import.meta.dirname, 'models');

/** A system, what it was written to show, and its model. */
export interface HandWritten {
  readonly name: string;
  readonly texts: readonly string[];
  readonly expected: SpinVerdict;
  readonly losses: number;
  readonly model: string;
}

/** All of them; throws Error for a model whose first line does not say what is expected. */
export function handWritten(): HandWritten[] {
  const directories = readdirSync(DIRECTORY, { withFileTypes: true }).filter((each) => each.isDirectory());
  return directories.map(({ name }) => readHandWritten(name)).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function readHandWritten(name: string): HandWritten {
  const directory = join(DIRECTORY, name);
  const model = join(directory, 'model.pml');
  const files = readdirSync(directory)
    .filter((file) => file.endsWith('.nc'))
    .sort();
  const head = /^\/\* expect: collision (ok|fails), stuck (ok|fails)(?:; verify: --losses (\d+))? \*\//.exec(
    readFileSync(model, 'utf8'),
  );
  if (head === null) throw new Error(`${model}: the first line does not say what is expected`);
  return {
    name,
    texts: files.map((file) => readFileSync(join(directory, file), 'utf8')),
    expected: { collision: head[1] === 'ok', stuck: head[2] === 'ok' },
    losses: Number(head[3] ?? 0),
    model,
  };
}
