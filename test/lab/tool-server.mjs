import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { findProgram } from './programs.mjs';
import { MessageStream, parseRequest, writeAnswer } from './tool-messages.mjs';

/** @typedef {import('./tool-messages.mjs').ToolRequest} ToolRequest */
/** @typedef {import('./tool-messages.mjs').ToolAnswer} ToolAnswer */

const LONGEST_MS = 120_000;
const MOST_OUTPUT_BYTES = 64 << 20;
const NOT_RUN = 126;
/** The part of a temporary folder's name that mkdtemp makes up, for folders of this project. */
const MADE_UP = /(?<=\/ncbpf-(?:[a-z]+-)*)[A-Za-z0-9]{6}(?=\/|$)/g;
/** Options whose value is a path and may be written without a space before it. */
const PATH_OPTION = /^(-I|-L|-o|-isystem|-iquote|-include)(\/.*)$/;

/**
 * Runs compilers on the host for guests, and remembers what they made as long as it lives: what one kernel's tests had
 * compiled, the next one's get without another run, byte for byte the same. See remote-tool.c for the guest's side.
 */
export class ToolServer {
  /** Requests, and how many of them a compiler has been run for. */
  counts = { requests: 0, runs: 0 };
  /** @type {Map<string, Promise<ToolAnswer>>} by what the request says, with names of temporary folders left out */
  #known = new Map();
  #project;
  #names;
  #scratch;

  /**
   * @param {string} project what guests see as /project
   * @param {readonly string[]} names of the programs that guests may run
   * @param {string} scratch folder for temporary files
   */
  constructor(project, names, scratch) {
    this.#project = project;
    this.#names = new Set(names);
    this.#scratch = scratch;
  }

  /**
   * Answers what comes from a guest.
   * @param {import('node:stream').Duplex} port
   * @param {() => () => void} [hold] called while a guest waits for a compiler, and what it returns afterwards
   */
  serve(port, hold = () => () => undefined) {
    const stream = new MessageStream((message) => {
      const request = parseRequest(message);
      const release = hold();
      void this.answer(request).then((answer) => {
        release();
        port.write(writeAnswer(request.id, answer));
      });
    });
    port.on('data', (/** @type {Buffer} */ chunk) => stream.push(chunk));
    // The guest was ended while it waited for an answer.
    port.on('error', () => undefined);
  }

  /** @param {ToolRequest} request @returns {Promise<ToolAnswer>} */
  async answer(request) {
    this.counts.requests += 1;
    const { plain, restore } = withoutMadeUpNames(request);
    const key = keyOf(plain);
    const known = this.#known.get(key) ?? this.#run(plain);
    this.#known.set(key, known);
    return restore(await known);
  }

  /** @param {ToolRequest} request @returns {Promise<ToolAnswer>} */
  async #run({ folder, words: [name = '', ...args], files }) {
    this.counts.runs += 1;
    const program = this.#names.has(name) ? findProgram(name) : undefined;
    if (program === undefined) return refusal(`lab: ${name} is not among the programs that the host runs for guests\n`);
    const root = await mkdtemp(join(this.#scratch, 'tool-'));
    try {
      await mkdir(join(root, folder), { recursive: true });
      for (const [path, { mode, content }] of files) {
        await mkdir(join(root, dirname(path)), { recursive: true });
        await writeFile(join(root, path), content, { mode });
      }
      const placed = args.map((arg) => this.#place(root, arg));
      // Where it may write; whether the guest has the folder shows when the guest writes the file.
      for (const path of placed.filter((arg) => arg.startsWith(root))) await mkdir(dirname(path), { recursive: true });
      const done = await execute(program, placed, join(root, folder));
      const made = await changedFiles(root, files);
      return { ...done, stderr: done.stderr.replaceAll(root, ''), files: made };
    } catch (error) {
      return refusal(`lab: ${error instanceof Error ? error.message : String(error)}\n`);
    } finally {
      await rm(root, { recursive: true, force: true });
    }
  }

  /** @param {string} root @param {string} arg @returns {string} with the host's path in place of the guest's */
  #place(root, arg) {
    const [, option = '', path = arg] = PATH_OPTION.exec(arg) ?? [];
    if (!path.startsWith('/') || path.startsWith('/usr/')) return arg;
    if (path === '/project' || path.startsWith('/project/'))
      return option + join(this.#project, path.slice('/project'.length));
    return option + join(root, path);
  }
}

/** @param {string} stderr @returns {ToolAnswer} */
function refusal(stderr) {
  return { status: NOT_RUN, stdout: '', stderr, files: new Map() };
}

/**
 * Temporary folders have names of their own in each run. What is remembered has the same names always.
 * @param {ToolRequest} request
 * @returns {{ plain: ToolRequest, restore: (answer: ToolAnswer) => ToolAnswer }}
 */
function withoutMadeUpNames({ folder, words, files, ...rest }) {
  /** @type {Map<string, string>} */
  const plainNames = new Map();
  /** @type {Map<string, string>} */
  const ownNames = new Map();
  /** @param {string} text */
  const plain = (text) =>
    text.replace(MADE_UP, (own) => {
      const name = plainNames.get(own) ?? String(plainNames.size).padStart(6, '0');
      plainNames.set(own, name);
      ownNames.set(name, own);
      return name;
    });
  /** @param {string} text */
  const own = (text) => text.replace(MADE_UP, (name) => ownNames.get(name) ?? name);
  const [plainFolder, plainWords] = [plain(folder), words.map(plain)];
  const plainFiles = new Map([...files].map(([path, file]) => [plain(path), file]));
  return {
    plain: { ...rest, folder: plainFolder, words: plainWords, files: plainFiles },
    restore: ({ stderr, files: made, ...answer }) => ({
      ...answer,
      stderr: own(stderr),
      files: new Map([...made].map(([path, file]) => [own(path), file])),
    }),
  };
}

/** @param {ToolRequest} request */
function keyOf({ folder, words, files }) {
  const hash = createHash('sha256').update(JSON.stringify([folder, words]));
  for (const [path, { mode, content }] of [...files].sort(([a], [b]) => (a < b ? -1 : 1)))
    hash.update(JSON.stringify([path, mode, content.length])).update(content);
  return hash.digest('hex');
}

/**
 * @param {string} program
 * @param {string[]} args
 * @param {string} cwd
 * @returns {Promise<{ status: number, stdout: string, stderr: string }>}
 */
function execute(program, args, cwd) {
  const settings = { cwd, timeout: LONGEST_MS, maxBuffer: MOST_OUTPUT_BYTES, env: { ...process.env, LC_ALL: 'C' } };
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, settings, (error, stdout, stderr) => {
      if (error !== null && child.exitCode === null) reject(error);
      else resolve({ status: child.exitCode ?? 0, stdout, stderr });
    });
  });
}

/**
 * @param {string} root
 * @param {ReadonlyMap<string, import('./tool-messages.mjs').SentFile>} before by path below root
 * @returns {Promise<ToolAnswer['files']>} what is new or another than before
 */
async function changedFiles(root, before) {
  /** @type {ToolAnswer['files']} */
  const changed = new Map();
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const [content, { mode }] = [await readFile(file), await stat(file)];
    const path = file.slice(root.length);
    if (before.get(path)?.content.equals(content) !== true) changed.set(path, { mode: mode & 0o777, content });
  }
  return changed;
}
