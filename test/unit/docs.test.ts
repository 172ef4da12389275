// What documentation shows must be true: programs compile, commands exist, links lead somewhere.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import ts from 'typescript';
import { findCommand, parseWords } from '../../cli/parse.js';
import { COMMANDS } from '../../cli/table.js';
import { checkSource } from '../../lang/compile.js';
import { packageRoot } from '../../loader/native.js';
import { blocksOf, commandLines, documents, exists, headingsOf, linksOf } from '../support/documents.js';

const ROOT = packageRoot();
/** Shows a mistake in each block; its own test compiles them. */
const OF_MISTAKES = 'docs/diagnostics.md';
const KNOWN_BLOCKS = ['nc', 'nc error', 'ts', 'sh', 'text', 'c'];

const all = documents();
const blocks = all.filter((document) => document !== OF_MISTAKES).flatMap(blocksOf);

test('there are documents with programs and commands', () => {
  expect(all).toEqual(
    expect.arrayContaining(['README.md', 'CONTRIBUTING.md', 'docs/language.md', 'samples/README.md']),
  );
  expect(blocks.filter(({ info }) => info === 'nc').length).toBeGreaterThanOrEqual(3);
});

test('every block says what it is', () => {
  expect(
    blocks.filter(({ info }) => !KNOWN_BLOCKS.includes(info)).map(({ place, info }) => `${place} ${info}`),
  ).toEqual([]);
});

describe('programs', () => {
  const programs = blocks.filter(({ info }) => info === 'nc' || info === 'nc error');

  test.each(programs)('$place ($info)', ({ info, text }) => {
    const { program, diagnostics } = checkSource(text, 'documentation.nc');
    if (info === 'nc error') expect(program).toBeNull();
    else expect(diagnostics.map(({ span, message }) => `${span.line}: ${message}`)).toEqual([]);
  });
});

/** The words behind `ncbpf` in a command line of a shell, or null. */
function ncbpfWords(line: string): string[] | null {
  const [, words] = /(?:^|\s)(?:ncbpf|node dist\/cli\/bin\.js)\s([^|>;&]*)/.exec(line) ?? [];
  if (words === undefined) return null;
  return [...words.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, plain]) => single ?? double ?? plain ?? '',
  );
}

describe('command lines', () => {
  const lines = all.flatMap(commandLines);

  test.each(lines.filter(({ line }) => ncbpfWords(line) !== null))('$place $line', ({ line }) => {
    const { command, rest } = findCommand(COMMANDS, ncbpfWords(line) ?? []);
    expect(command).not.toBeNull();
    // Throws for an option that does not exist, and for words too many or too few.
    parseWords(command, rest);
  });

  test('npm scripts exist', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: object };
    const named = lines.flatMap(({ line }) => /\bnpm (?:run )?([a-z][\w:-]*)/.exec(line)?.[1] ?? []);
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});

describe('links', () => {
  test.each(all.flatMap(linksOf))('$place $target', ({ file, heading }) => {
    expect(exists(file)).toBe(true);
    if (heading !== null) expect(headingsOf(file)).toContain(heading);
  });
});

/** Files of libraries and of the project, parsed. */
const parsed = new Map<string, ts.SourceFile | undefined>();

/** Mistakes in TypeScript texts, as if each were a file in the top folder that imports the package by its name. */
function typeErrors(texts: ReadonlyMap<string, string>): string[] {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as {
    config: object;
  };
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, ROOT);
  Object.assign(options, {
    noUnusedLocals: false,
    paths: { ncbpf: [join(ROOT, 'index.ts')], 'ncbpf/program': [join(ROOT, 'lang/typescript/program.ts')] },
  });
  const host = ts.createCompilerHost(options);
  const read = host.readFile.bind(host);
  const isThere = host.fileExists.bind(host);
  const source = host.getSourceFile.bind(host);
  host.readFile = (path) => texts.get(path) ?? read(path);
  host.fileExists = (path) => texts.has(path) || isThere(path);
  host.getSourceFile = (path, version, ...more) => {
    const text = texts.get(path);
    if (text !== undefined) return ts.createSourceFile(path, text, version);
    if (!parsed.has(path)) parsed.set(path, source(path, version, ...more));
    return parsed.get(path);
  };
  const program = ts.createProgram([...texts.keys()], options, host);
  // Those of the texts; what they import is checked by the type check of the project.
  const ofTexts = [...texts.keys()].flatMap((path) => ts.getPreEmitDiagnostics(program, program.getSourceFile(path)));
  return ofTexts.map(({ file, messageText }) => {
    return `${file?.fileName ?? ''}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
  });
}

test('TypeScript in documents has the right types', () => {
  const typed = blocks.filter(({ info }) => info === 'ts');
  const texts = typed.map(({ place, text }) => [join(ROOT, `${place.replace(/\W/g, '-')}.ts`), text] as const);
  expect(texts.length === 0 ? [] : typeErrors(new Map(texts))).toEqual([]);
});

test('a mistake in a TypeScript block would be found', () => {
  const text = "import { readFileSync } from 'node:fs';\nexport const size: string = readFileSync('x').length;\n";
  expect(typeErrors(new Map([[join(ROOT, 'mistaken-block.ts'), text]]))).toHaveLength(1);
});
