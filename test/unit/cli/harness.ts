import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Interruption, type Io } from '../../../cli/io.js';
import { run } from '../../../cli/main.js';

export interface Result {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Surroundings {
  readonly cwd?: string;
  readonly env?: Io['env'];
  readonly terminal?: boolean;
  readonly signal?: AbortSignal;
  /** What standard output does with a text, in place of keeping it. */
  readonly write?: (text: string) => void;
  /** What standard input holds. */
  readonly input?: string | Uint8Array;
}

/** Runs a command line in this process. */
export async function ncbpf(args: readonly string[], surroundings: Surroundings = {}): Promise<Result> {
  const { cwd = tmpdir(), env = {}, terminal = false, signal = new AbortController().signal } = surroundings;
  let [stdout, stderr] = ['', ''];
  const write = surroundings.write ?? ((text: string) => (stdout += text));
  const { input } = surroundings;
  const status = await run(args, {
    ...(input === undefined ? {} : { stdin: Readable.from([Buffer.from(input)]) }),
    // Bytes are kept as the characters of the same numbers.
    stdout: { isTTY: terminal, write: (data) => write(textOf(data)) },
    stderr: { isTTY: terminal, write: (data) => (stderr += textOf(data)) },
    env,
    cwd,
    signal,
  });
  return { status, stdout, stderr };
}

function textOf(data: string | Uint8Array): string {
  return typeof data === 'string' ? data : Buffer.from(data).toString('latin1');
}

/** A signal that has come already. */
export function interruptedBy(number: number): AbortSignal {
  return AbortSignal.abort(new Interruption(number));
}

/** Folders of a test file, removed by `cleanUp`. */
export class Folders {
  readonly #paths: string[] = [];

  /** A fresh folder with files. */
  make(files: Readonly<Record<string, string | Uint8Array>> = {}): string {
    const path = mkdtempSync(join(tmpdir(), 'ncbpf-cli-'));
    this.#paths.push(path);
    for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content);
    return path;
  }

  cleanUp(): void {
    for (const path of this.#paths.splice(0)) rmSync(path, { recursive: true, force: true });
  }
}

/** What an error says with --json. */
export interface ErrorAnswer {
  readonly error: { readonly kind: string; readonly message: string; readonly status: number };
}
