// What the repository has of each form, to begin with.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../loader/native.js';

function below(folder: string): string[] {
  const entries = readdirSync(join(packageRoot(), folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** The files below a folder whose names end so, the smallest first. */
export function filesOf(folder: string, ending: string): Uint8Array[] {
  const files = below(folder).filter((path) => path.endsWith(ending));
  return files.map((path) => new Uint8Array(readFileSync(path))).sort((a, b) => a.length - b.length);
}

/** A section of the data cases of a folder (`-- NAME`), the smallest first; none beyond `most` bytes. */
export function sectionsOf(folder: string, name: string, most = 4096): string[] {
  const texts = below(folder)
    .filter((path) => path.endsWith('.case'))
    .map((path) => readFileSync(path, 'utf8'));
  const sections = texts.flatMap((text) => text.split(/^-- /m).slice(1));
  const bodies = sections
    .filter((section) => section.slice(0, section.indexOf('\n')).trim() === name)
    .map((section) => section.slice(section.indexOf('\n') + 1));
  return [...new Set(bodies)].filter(({ length }) => length <= most).sort((a, b) => a.length - b.length);
}

/** Bytes of a section in hex, as the cases of binary formats have them. */
export function hexSections(folder: string, name: string): Uint8Array[] {
  return sectionsOf(folder, name, 40_000).map(
    (text) => new Uint8Array(Buffer.from(text.replaceAll(/#.*|\s/g, ''), 'hex')),
  );
}

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
