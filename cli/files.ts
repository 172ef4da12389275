// Files that the user names.
import type { Stats } from 'node:fs';
import { chmod, chown, mkdtemp, open, realpath, rename, rm, stat, writeFile, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { isBundle, LARGEST_BUNDLE } from '../codegen/bundle.js';
import { PermissionError, UsageError } from '../loader/errors.js';
import { isNativeError } from '../loader/native.js';
import type { Io } from './io.js';

const BLOCK = 1024 * 1024;

function explain(error: unknown, doing: string, path: string): Error {
  if (!isNativeError(error)) return error as Error;
  const sentences: Record<string, string> = {
    ENOENT: doing === 'read' ? `${path} does not exist` : `the folder for ${path} does not exist`,
    ENOTDIR: `${path} does not exist: what stands before the last / is no folder`,
    EISDIR: `${path} is a directory`,
    ELOOP: `${path} is a symbolic link that leads to itself`,
    ENAMETOOLONG: `${path.slice(0, 60)}... is longer than a file's name can be`,
    ENXIO: `${path} is a socket, or a pipe without a writer`,
  };
  if (['EACCES', 'EPERM', 'EROFS'].includes(error.code))
    return new PermissionError(`no permission to ${doing} ${path}`, { cause: error });
  const sentence = sentences[error.code];
  return sentence === undefined ? error : new UsageError(sentence, { cause: error });
}

/** Reads until the end or until there is more than anything that ncbpf takes: a device may have no end. */
async function readWhole(file: FileHandle, path: string): Promise<Buffer> {
  const blocks: Buffer[] = [];
  let total = 0;
  for (;;) {
    const block = Buffer.alloc(BLOCK);
    const { bytesRead } = await file.read(block, 0, BLOCK, null);
    if (bytesRead === 0) return Buffer.concat(blocks);
    blocks.push(block.subarray(0, bytesRead));
    total += bytesRead;
    if (total > LARGEST_BUNDLE)
      throw new UsageError(`${path} is larger than any program: ${LARGEST_BUNDLE} bytes at most`);
  }
}

/**
 * Reads a file that the user named.
 * @throws UsageError, PermissionError
 */
export async function readInput(cwd: string, path: string): Promise<Buffer> {
  if (path === '') throw new UsageError('the name of a file is empty: give the path of one');
  try {
    const file = await open(resolve(cwd, path), 'r');
    try {
      return await readWhole(file, path);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw explain(error, 'read', path);
  }
}

/**
 * Reads a file that the user named, or standard input where that is `-`.
 * @throws UsageError, PermissionError
 */
export async function readInputOrStandard({ cwd, stdin }: Pick<Io, 'cwd' | 'stdin'>, path: string): Promise<Buffer> {
  if (path !== '-') return readInput(cwd, path);
  if (stdin === undefined) throw new UsageError('there is no standard input to read');
  const blocks: Uint8Array[] = [];
  let total = 0;
  for await (const block of stdin) {
    blocks.push(block);
    total += block.length;
    if (total > LARGEST_BUNDLE)
      throw new UsageError(`standard input is larger than any program: ${LARGEST_BUNDLE} bytes at most`);
  }
  return Buffer.concat(blocks);
}

/** How messages name a file that may be `-`. */
export function shownName(path: string): string {
  return path === '-' ? 'standard input' : path;
}

/**
 * What `ncbpf build` wrote is no text that could be checked or formatted.
 * @throws UsageError
 */
export function refuseBundle(source: Uint8Array, path: string): void {
  if (!isBundle(source)) return;
  throw new UsageError(`${path} was written by \`ncbpf build\` and has no text: name the program that it was made of`);
}

/** The regular file behind a path, which need not exist; null for what is none. */
async function regularTarget(path: string): Promise<string | null> {
  let state: Stats;
  try {
    state = await stat(path);
  } catch (error) {
    if (isNativeError(error, 'ENOENT')) return path;
    throw error;
  }
  if (state.isFile()) return realpath(path);
  // A directory too: writing to it says what is wrong.
  return null;
}

/** What a file is to its owner and to others stays when its content changes. */
async function keepOwnership(draft: string, target: string): Promise<void> {
  try {
    const { mode, uid, gid } = await stat(target);
    await chown(draft, uid, gid).catch((error: unknown) => {
      if (!isNativeError(error, 'EPERM')) throw error;
    });
    await chmod(draft, mode & 0o7777);
  } catch (error) {
    if (!isNativeError(error, 'ENOENT')) throw error;
  }
}

async function replaceFile(target: string, content: Uint8Array | string): Promise<void> {
  const folder = await mkdtemp(join(dirname(target), '.ncbpf-'));
  try {
    const draft = join(folder, basename(target));
    await writeFile(draft, content);
    await keepOwnership(draft, target);
    await rename(draft, target);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Writes a file that the user named, whole or not at all; what is there already is replaced.
 * @throws UsageError, PermissionError
 */
export async function writeOutput(cwd: string, path: string, content: Uint8Array | string): Promise<void> {
  try {
    const named = resolve(cwd, path);
    const target = await regularTarget(named);
    // A device or a pipe is written to, never replaced.
    if (target === null) await writeFile(named, content);
    else await replaceFile(target, content);
  } catch (error) {
    throw explain(error, 'write', path);
  }
}
