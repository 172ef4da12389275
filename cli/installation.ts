// How ncbpf gets on the PATH and leaves it. Only files that are known as ours are replaced or removed.
import { chmod, lstat, mkdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PermissionError, UsageError } from '../loader/errors.js';
import { isNativeError } from '../loader/native.js';
import { bashCompletion } from './bash-completion.js';
import type { Command } from './command.js';

/** One file of an installation, by its path below the root. */
interface Item {
  readonly path: string;
  readonly what: 'link' | 'file';
  /** Target of a link, content of a file. */
  readonly content: string;
  /** Whether what is there already is ours. */
  readonly isOurs: (content: string) => boolean;
}

const LINK = '/usr/local/bin/ncbpf';
const PROGRAM = join('dist', 'cli', 'bin.js');
const MAN_PAGE = join('man', 'ncbpf.1');
const UNIT_MARK = '# ncbpf@.service: part of ncbpf';
const COMPLETION_MARK = '# bash completion for ncbpf, made by';

/** What `install` puts where. */
async function itemsOf({ commands, source, systemd }: InstallOptions): Promise<Item[]> {
  const unit = await readFile(join(source, 'systemd', 'ncbpf@.service'), 'utf8');
  return [
    { path: LINK, what: 'link', content: join(source, PROGRAM), isOurs: (target) => target.endsWith(`/${PROGRAM}`) },
    {
      path: '/usr/local/share/man/man1/ncbpf.1',
      what: 'link',
      content: join(source, MAN_PAGE),
      isOurs: (target) => target.endsWith(`/${MAN_PAGE}`),
    },
    {
      path: '/usr/local/share/bash-completion/completions/ncbpf',
      what: 'file',
      content: bashCompletion(commands),
      isOurs: (text) => text.startsWith(COMPLETION_MARK),
    },
    ...(systemd
      ? [
          {
            path: '/etc/systemd/system/ncbpf@.service',
            what: 'file',
            content: unit,
            isOurs: (text: string) => text.startsWith(UNIT_MARK),
          } as const,
        ]
      : []),
  ];
}

/** What is at an item's place: nothing, ours, or somebody else's. */
async function stateOf(item: Item, path: string): Promise<'none' | 'ours' | 'foreign'> {
  try {
    const found = await lstat(path);
    if (found.isSymbolicLink()) return item.what === 'link' && item.isOurs(await readlink(path)) ? 'ours' : 'foreign';
    return item.what === 'file' && found.isFile() && item.isOurs(await readFile(path, 'utf8')) ? 'ours' : 'foreign';
  } catch (error) {
    if (isNativeError(error, 'ENOENT') || isNativeError(error, 'ENOTDIR')) return 'none';
    throw error;
  }
}

async function put(item: Item, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await rm(path, { force: true });
  if (item.what === 'link') await symlink(item.content, path);
  else await writeFile(path, item.content, { mode: 0o644 });
}

function explain(error: unknown, path: string): Error {
  const denied = isNativeError(error) && ['EACCES', 'EPERM', 'EROFS'].includes(error.code);
  return denied
    ? new PermissionError(`no permission to change ${path}: run as root`, { cause: error })
    : (error as Error);
}

/** The program must be there and executable: the compiler does not make it so. */
async function makeExecutable(source: string): Promise<void> {
  const program = join(source, PROGRAM);
  try {
    await chmod(program, 0o755);
  } catch (error) {
    if (isNativeError(error, 'ENOENT'))
      throw new UsageError(`${program} is not built yet: \`npm run setup\` does it`, { cause: error });
    throw explain(error, program);
  }
}

export interface InstallOptions {
  readonly commands: readonly Command[];
  /** The folder of this package: links lead there. */
  readonly source: string;
  /** Folder below which everything is put; '' is the machine itself. */
  readonly root: string;
  readonly systemd: boolean;
}

/**
 * Installs; returns the paths. What is ours is replaced.
 * @throws UsageError when something else is at one of the places, before anything is changed; PermissionError
 */
export async function install(options: InstallOptions): Promise<string[]> {
  await makeExecutable(options.source);
  const places = (await itemsOf(options)).map((item) => ({ item, path: options.root + item.path }));
  for (const { item, path } of places) {
    if ((await stateOf(item, path)) === 'foreign')
      throw new UsageError(`${path} is not of ncbpf and is left alone: move it away first`);
  }
  for (const { item, path } of places) {
    try {
      await put(item, path);
    } catch (error) {
      throw explain(error, path);
    }
  }
  return places.map(({ path }) => path);
}

/**
 * Removes what `install` has put there, the unit included, and returns the paths. What is not ours stays.
 * @throws PermissionError
 */
export async function uninstall(options: Omit<InstallOptions, 'systemd'>): Promise<string[]> {
  const removed: string[] = [];
  for (const item of await itemsOf({ ...options, systemd: true })) {
    const path = options.root + item.path;
    if ((await stateOf(item, path)) !== 'ours') continue;
    try {
      await rm(path);
    } catch (error) {
      throw explain(error, path);
    }
    removed.push(path);
  }
  return removed;
}
