// Finds the variables of an attachment, and maps their memory.
import { closeSync, readFileSync, statSync } from 'node:fs';
import { parseVariableIndex, VariableIndexError, type VariableIndex } from '../maps/variable-index.js';
import { PermissionError, UsageError } from './errors.js';
import { isNativeError, native, type Mapping } from './native.js';
import { variableIndexPath, type Roots } from './roots.js';

/** What tells one pin from another of the same path; null when there is none. */
export function pinIdentity(path: string): string | null {
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return null;
  }
}

/**
 * Reads the index of an attachment's variables.
 * @throws UsageError when nothing is attached, PermissionError
 */
export function readVariableIndex(interfaceName: string, roots: Roots): VariableIndex {
  const path = variableIndexPath(roots, interfaceName);
  try {
    return parseVariableIndex(readFileSync(path, 'utf8'));
  } catch (cause) {
    if (cause instanceof VariableIndexError) throw new UsageError(`${path}: ${cause.message}`, { cause });
    if (isNativeError(cause, 'ENOENT') || isNativeError(cause, 'ENOTDIR')) {
      throw new UsageError(`nothing is attached to ${interfaceName}: \`ncbpf status\` lists what is`, { cause });
    }
    if (isNativeError(cause, 'EACCES')) throw new PermissionError(`no permission to read ${path}`, { cause });
    throw cause;
  }
}

/**
 * Maps nc_vars, for reading and writing.
 * @throws UsageError when its pin is gone, PermissionError, AddonUnavailableError
 */
export function mapVariables(interfaceName: string, { pin, size }: VariableIndex): Mapping {
  try {
    const fd = native().objGet(pin);
    try {
      return native().mapMmap(fd, size, { writable: true });
    } finally {
      closeSync(fd);
    }
  } catch (cause) {
    if (isNativeError(cause, 'ENOENT'))
      throw new UsageError(`the variables of ${interfaceName} are gone: ${pin} is missing`, { cause });
    if (!isNativeError(cause, 'EACCES') && !isNativeError(cause, 'EPERM')) throw cause;
    throw new PermissionError(`no permission to open ${pin}: run as root, or attach with --group`, { cause });
  }
}
