// The modules of a program: the entry and everything that it imports, read through the host, parsed, in the order of their
// evaluation.
import { posix } from 'node:path';
import { Project, ts } from 'ts-morph';
import { fileTooLarge } from '../mistakes/limits.js';
import { invalidUtf8 } from '../mistakes/syntax.js';
import { cannotImport, importCycle, tooManyModules, typescriptMistake, unknownGlobal } from '../mistakes/typescript.js';
import type { Span } from '../program.js';
import type { Report } from '../report.js';
import { firstBadLine } from '../source.js';
import { LIBRARY } from './library.js';
import { skipNarrowing } from './narrowing.js';
import { SourceText } from './source-text.js';

/** Where modules come from. Paths are as the user wrote the entry's, joined with those of the imports. */
export interface ModuleHost {
  /** The bytes of a file, or null where there is none that can be read. */
  readonly readFile: (path: string) => string | Uint8Array | null;
  /** The text of `ncbpf/program`, source or declarations. */
  readonly declarations: string;
}

export const PROGRAM_ENTRY = 'ncbpf/program';

/** One module, parsed. `imports` by specifier; null is `ncbpf/program`. */
export interface Module {
  readonly text: SourceText;
  readonly source: ts.SourceFile;
  readonly imports: ReadonlyMap<string, Module | null>;
}

export interface Modules {
  readonly project: Project;
  /** In the order of evaluation: the entry last. */
  readonly list: readonly Module[];
  /** The place of a node of any of the trees. */
  readonly spanOf: (node: ts.Node) => Span;
  /** Where the name or value itself is, in a position of a file of the project; null where it is none of the modules. */
  readonly textOf: (fileName: string) => SourceText | null;
}

/** Of all modules together, in bytes. */
const LARGEST_MODULES = 1024 * 1024;
const MOST_MODULES = 64;

/** Relative paths start here, so that `../` has somewhere to lead to. */
const ROOT = '/0/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15';
const DECLARATIONS_FILE = '/ncbpf/program.ts';

const OPTIONS: ts.CompilerOptions = {
  strict: true,
  noLib: true,
  noEmit: true,
  types: [],
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  allowImportingTsExtensions: true,
  allowUnreachableCode: true,
  skipLibCheck: true,
  paths: { [PROGRAM_ENTRY]: [DECLARATIONS_FILE] },
};

/** Reads a module and what it imports. Null where the entry itself cannot be read; other mistakes go to `report`. */
export function loadModules(entry: string, host: ModuleHost, report: Report): Modules {
  const loader = new Loader(host, report);
  loader.loadEntry(entry);
  return loader.modules();
}

class Loader {
  readonly #host: ModuleHost;
  readonly #report: Report;
  readonly #project = new Project({ useInMemoryFileSystem: true, skipLoadingLibFiles: true, compilerOptions: OPTIONS });
  /** By path; null while its imports are being read, and where it cannot be read. */
  readonly #known = new Map<string, Module | null>();
  readonly #list: Module[] = [];
  readonly #texts = new Map<string, SourceText>();
  #size = 0;

  constructor(host: ModuleHost, report: Report) {
    this.#host = host;
    this.#report = report;
    this.#project.createSourceFile('/ncbpf/library.d.ts', LIBRARY);
    this.#project.createSourceFile(DECLARATIONS_FILE, host.declarations);
  }

  modules(): Modules {
    const textOf = (fileName: string): SourceText | null => this.#texts.get(fileName) ?? null;
    const spanOf = (node: ts.Node): Span => {
      const source = node.getSourceFile();
      const text = textOf(source.fileName);
      if (text === null) throw new Error(`no module: ${source.fileName}`);
      return text.span(node.getStart(source), node.getEnd());
    };
    return { project: this.#project, list: this.#list, spanOf, textOf };
  }

  loadEntry(path: string): void {
    const content = this.#host.readFile(path);
    const place: Span = { file: path, line: 1, column: 1, endLine: 1, endColumn: 1 };
    if (content === null) this.#report.add(cannotImport(place, path, 'it cannot be read', 'give the path of a module'));
    else this.#load(posix.normalize(path), content, [], path);
  }

  /** `shown`: the path in diagnostics. */
  #load(path: string, content: string | Uint8Array, chain: readonly string[], shown = path): Module | null {
    this.#known.set(path, null);
    const decoded = this.#decode(shown, content);
    if (decoded === null) return null;
    const text = new SourceText(shown, decoded);
    const file = this.#project.createSourceFile(posix.resolve(ROOT, path), decoded, { overwrite: true });
    const source = file.compilerNode;
    this.#texts.set(source.fileName, text);
    const imports = this.#readImports(text, source, [...chain, path]);
    const module = { text, source, imports };
    this.#known.set(path, module);
    this.#list.push(module);
    return module;
  }

  #decode(path: string, content: string | Uint8Array): string | null {
    this.#size += content.length;
    if (this.#size > LARGEST_MODULES) {
      this.#report.add(fileTooLarge(path, LARGEST_MODULES));
      return null;
    }
    if (typeof content === 'string') return content.replace(/^\ufeff/, '');
    const bad = firstBadLine(content, path);
    if (bad === null) return new TextDecoder().decode(content);
    this.#report.add(invalidUtf8(bad.span(bad.invalidAt, bad.invalidAt + 1)));
    return null;
  }

  #readImports(text: SourceText, source: ts.SourceFile, chain: readonly string[]): Map<string, Module | null> {
    const imports = new Map<string, Module | null>();
    for (const statement of source.statements) {
      if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) continue;
      const { moduleSpecifier: specifier } = statement;
      if (specifier === undefined || !ts.isStringLiteral(specifier) || imports.has(specifier.text)) continue;
      const span = text.span(specifier.getStart(source), specifier.getEnd());
      const module = specifier.text === PROGRAM_ENTRY ? null : this.#import(specifier.text, span, chain);
      imports.set(specifier.text, module);
    }
    return imports;
  }

  #import(specifier: string, span: Span, chain: readonly string[]): Module | null {
    const importer = chain.at(-1) ?? '';
    if (!/^\.\.?\//.test(specifier)) return this.#refuse(span, specifier, 'it is neither relative nor `ncbpf/program`');
    const path = filePath(posix.join(posix.dirname(importer), specifier));
    if (chain.includes(path)) {
      this.#report.add(importCycle(span, [...chain.slice(chain.indexOf(path)), path]));
      return null;
    }
    const known = this.#known.get(path);
    if (known !== undefined) return known;
    if (this.#known.size === MOST_MODULES) {
      this.#report.add(tooManyModules(span, MOST_MODULES));
      this.#known.set(path, null);
      return null;
    }
    if (this.#known.size > MOST_MODULES) return null;
    const content = this.#host.readFile(path);
    return content === null
      ? this.#refuse(span, specifier, `${path} cannot be read`)
      : this.#load(path, content, chain);
  }

  #refuse(span: Span, specifier: string, why: string): null {
    const hint = "modules import `ncbpf/program` and TypeScript files beside them: './times.js' is times.ts";
    this.#report.add(cannotImport(span, specifier, why, hint));
    return null;
  }
}

/** `./times.js` and `./times` are times.ts. */
function filePath(path: string): string {
  if (path.endsWith('.ts')) return path;
  return path.endsWith('.js') ? `${path.slice(0, -3)}.ts` : `${path}.ts`;
}

const UNKNOWN_NAMES: readonly number[] = [2304, 2318, 2503, 2552, 2580, 2581, 2582, 2583, 2584, 2585, 2591, 2592, 2593];

/** Adds what the TypeScript compiler has to say: about the text or, where it is well-formed, about the types. */
export function reportTypeScript(modules: Modules, report: Report, which: 'syntax' | 'types'): void {
  const program = modules.project.getProgram().compilerObject;
  if (which === 'types') bindModules(program, modules);
  for (const { source, text } of modules.list) {
    const found = which === 'syntax' ? program.getSyntacticDiagnostics(source) : program.getSemanticDiagnostics(source);
    // The first one at a place says why; others there are its consequences.
    const places = new Set<number | undefined>();
    for (const one of found) {
      if (report.full) return;
      if (!places.has(one.start)) reportOne(text, one, report);
      places.add(one.start);
    }
  }
}

function bindModules(program: ts.Program, { list }: Modules): void {
  program.getTypeChecker();
  for (const { source } of list) skipNarrowing(source, PROGRAM_ENTRY);
}

function reportOne(
  text: SourceText,
  { start = 0, length = 0, messageText, code }: ts.Diagnostic,
  report: Report,
): void {
  const span = text.span(start, start + length);
  const name = text.text.slice(start, start + length);
  if (UNKNOWN_NAMES.includes(code)) report.add(unknownGlobal(span, name));
  else
    report.add(typescriptMistake(span, ts.flattenDiagnosticMessageText(messageText, ' ').replace(/\s+/g, ' '), code));
}
