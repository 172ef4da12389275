// The folders of the roots. Those that ncbpf makes bear the sticky bit, from the same system call on that makes them, and go with the last
// attachment; a folder of the same name that somebody else has made stays.
import { mkdirSync, rmdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

const STICKY = 0o1000;
const OTHERS_WRITE = 0o022;

/** Makes a folder, and those above it, where they are missing. */
export function makeRootFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: STICKY | 0o755 });
}

/** People set the sticky bit where several may write. */
function isOurs(folder: string): boolean {
  const { mode } = statSync(folder);
  return (mode & STICKY) !== 0 && (mode & OTHERS_WRITE) === 0;
}

/** Removes a folder and those above it as far as ncbpf has made them and nothing is in them. */
export function removeRootFolder(folder: string): void {
  try {
    for (let at = resolve(folder); isOurs(at); at = dirname(at)) rmdirSync(at);
  } catch {
    // Something is in it, or it is gone.
  }
}
