// Attaching nc_ingress by a pinned link: it refuses to replace others' programs and cannot be replaced.
import { closeSync } from 'node:fs';
import { KernelError, UnsupportedFeatureError, UsageError } from './errors.js';
import { isNativeError, native, type XdpMode } from './native.js';

/** Whether a program has the name of ours. */
function isIngress(id: number): boolean {
  try {
    const program = native().fdById('program', id);
    try {
      return native().programInfo(program).name === 'nc_ingress';
    } finally {
      closeSync(program);
    }
  } catch (error) {
    if (!isNativeError(error)) throw error;
    return false; // it has gone meanwhile
  }
}

function occupied(interfaceName: string, ifindex: number): UsageError {
  const { driverId, skbId, hwId } = native().xdpQuery(ifindex);
  const id = driverId || skbId || hwId;
  if (isIngress(id))
    return new UsageError(
      `${interfaceName} has the nc_ingress (id ${id}) of an attachment that is not recorded here: detach it with the NCBPF_PIN_ROOT and NCBPF_RUN_ROOT ` +
        'with which it was made',
    );
  return new UsageError(
    `${interfaceName} has an XDP program of someone else (id ${id}); it is not replaced: see \`bpftool net show dev ${interfaceName}\`, ` +
      'and detach it first if it is not needed',
  );
}

function create(programFd: number, interfaceName: string, ifindex: number, mode: XdpMode): number {
  try {
    return native().linkCreateXdp(programFd, ifindex, mode);
  } catch (error) {
    if (isNativeError(error, 'EBUSY') || isNativeError(error, 'EEXIST')) throw occupied(interfaceName, ifindex);
    throw error;
  }
}

/**
 * Attaches in native mode, else in generic mode, and pins the link.
 * @returns the mode, and why native mode was refused
 * @throws UsageError when another program is there, UnsupportedFeatureError, KernelError
 */
export function attachXdp(
  programFd: number,
  interfaceName: string,
  ifindex: number,
  pin: string,
): { mode: XdpMode; nativeRefused: string | null } {
  let mode: XdpMode = 'native';
  let nativeRefused: string | null = null;
  let link: number;
  try {
    link = create(programFd, interfaceName, ifindex, mode);
  } catch (error) {
    if (!isNativeError(error)) throw error;
    nativeRefused = error.message;
    mode = 'generic';
    link = createGeneric(programFd, interfaceName, ifindex);
  }
  try {
    native().objPin(link, pin);
  } catch (error) {
    throw new KernelError(
      `cannot pin the XDP link at ${pin}: ${error instanceof Error ? error.message : String(error)}`,
    );
  } finally {
    closeSync(link);
  }
  return { mode, nativeRefused };
}

function createGeneric(programFd: number, interfaceName: string, ifindex: number): number {
  try {
    return create(programFd, interfaceName, ifindex, 'generic');
  } catch (error) {
    if (!isNativeError(error)) throw error;
    throw new UnsupportedFeatureError(
      'XDP',
      `${interfaceName} takes no XDP program, neither native nor generic: ${error.message}`,
      { cause: error },
    );
  }
}
