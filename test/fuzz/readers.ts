// The readers by name, each loaded only when it is fuzzed: the TypeScript one brings a compiler.
import type { Reader } from './reader.js';

const LOADERS = {
  text: async () => (await import('./readers/text.js')).TEXT,
  typescript: async () => (await import('./readers/typescript.js')).TYPESCRIPT,
  bytecode: async () => (await import('./readers/bytecode.js')).BYTECODE,
  ncm: async () => (await import('./readers/bytecode.js')).NCM,
  ncmp: async () => (await import('./readers/params.js')).NCMP,
  params: async () => (await import('./readers/params.js')).PARAMS_JSON,
  manifest: async () => (await import('./readers/manifest.js')).MANIFEST,
} as const satisfies Record<string, () => Promise<Reader>>;

export type ReaderName = keyof typeof LOADERS;

export const READER_NAMES = Object.keys(LOADERS) as ReaderName[];

export function loadReader(name: ReaderName): Promise<Reader> {
  return LOADERS[name]();
}

export function isReaderName(name: string): name is ReaderName {
  return Object.hasOwn(LOADERS, name);
}
