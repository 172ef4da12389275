import { describe, expect, test } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** Which folder may import from which others; `index.ts` at the top, tests and scripts may import everything. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  lang: [],
  maps: [],
  bpf: [],
  schedule: ['lang', 'maps'],
  codegen: ['lang', 'maps'],
  loader: ['maps'],
  cli: ['lang', 'maps', 'schedule', 'codegen', 'loader'],
};

/** These take values and return values: the same bytes on every machine. */
const WITHOUT_MACHINE = ['lang', 'maps', 'schedule'];
const MACHINE_MODULES =
  /^(node:)?(fs|fs\/promises|child_process|os|net|dgram|http|https|worker_threads|cluster|v8|module)$/;

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

interface Import {
  file: string;
  /** As it is written. */
  specifier: string;
  /** Of a relative import: the file, from the top folder. */
  target: string | undefined;
}

function filesBelow(folder: string, endings: readonly string[]): string[] {
  const path = join(ROOT, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && endings.some((ending) => entry.name.endsWith(ending)))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
    .sort();
}

function importsOf(file: string): Import[] {
  // Type imports, re-exports and import() included.
  const { importedFiles } = ts.preProcessFile(readFileSync(join(ROOT, file), 'utf8'), true, true);
  return importedFiles.map(({ fileName: specifier }) => {
    const target = specifier.startsWith('.') ? normalize(join(dirname(file), specifier)) : undefined;
    return { file, specifier, target: target?.replace(/\.js$/, '.ts') };
  });
}

function folderOf(file: string): string {
  return file.split(sep)[0] ?? '';
}

function isAllowed(from: string, to: string): boolean {
  return from === to || (MAY_IMPORT[from] ?? []).includes(to);
}

/** A cycle of imports as the files on it, or undefined. */
function findCycle(graph: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>();
  const visit = (file: string, path: string[]): string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const next of graph.get(file) ?? []) {
      const cycle = visit(next, [...path, file]);
      if (cycle !== undefined) return cycle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of graph.keys()) {
    const cycle = visit(file, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

const files = Object.keys(MAY_IMPORT).flatMap((folder) => filesBelow(folder, ['.ts']));
const imports = files.flatMap(importsOf);

function describeImport({ file, specifier }: Import): string {
  return `${file} imports ${specifier}`;
}

describe('imports', () => {
  test('are found', () => {
    expect(files).toContain(join('loader', 'native.ts'));
    expect(importsOf(join('loader', 'owned-fd.ts'))).toEqual([
      { file: join('loader', 'owned-fd.ts'), specifier: './native.js', target: join('loader', 'native.ts') },
    ]);
  });

  test.each(Object.keys(MAY_IMPORT))('of %s stay within what it may import', (folder) => {
    const wrong = imports.filter(
      ({ file, target }) => folderOf(file) === folder && target !== undefined && !isAllowed(folder, folderOf(target)),
    );
    expect(wrong.map(describeImport)).toEqual([]);
  });

  test('end in .js and name a file that is there', () => {
    const wrong = imports.filter(
      ({ specifier, target }) => target !== undefined && !(specifier.endsWith('.js') && existsSync(join(ROOT, target))),
    );
    expect(wrong.map(describeImport)).toEqual([]);
  });

  test('go round in no circle', () => {
    const graph = new Map(files.map((file) => [file, importsOf(file).flatMap(({ target }) => target ?? [])]));
    expect(findCycle(graph)).toBeUndefined();
  });

  test('of what is the same on every machine never reach for the machine', () => {
    const wrong = imports.filter(
      ({ file, specifier }) => WITHOUT_MACHINE.includes(folderOf(file)) && MACHINE_MODULES.test(specifier),
    );
    expect(wrong.map(describeImport)).toEqual([]);
  });

  test('a cycle is found', () => {
    const graph = new Map([
      ['a', ['b']],
      ['b', ['c', 'd']],
      ['c', []],
      ['d', ['b']],
    ]);
    expect(findCycle(graph)).toEqual(['b', 'd', 'b']);
  });
});

// Whoever imports a barrel imports everything behind it.
test('no file passes on what another exports', () => {
  const passesOn = (file: string): boolean => {
    const source = ts.createSourceFile(file, readFileSync(join(ROOT, file), 'utf8'), ts.ScriptTarget.ES2022);
    return source.statements.some((node) => ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined);
  };
  expect(files.filter(passesOn)).toEqual([]);
});

test('bpf includes only its own headers and those of the system', () => {
  const wrong = filesBelow('bpf', ['.h', '.c']).flatMap((file) => {
    const text = readFileSync(join(ROOT, file), 'utf8');
    const included = [...text.matchAll(/^\s*#\s*include\s+"([^"]+)"/gm)].map((match) => match[1] ?? '');
    return included.filter((name) => !existsSync(join(ROOT, 'bpf', name))).map((name) => `${file} includes ${name}`);
  });
  expect(wrong).toEqual([]);
});
