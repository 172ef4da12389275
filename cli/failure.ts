// What an error means for the user: an exit status and a sentence.
import { BundleError } from '../codegen/bundle.js';
import { ToolMissingError } from '../codegen/clang.js';
import { EnvironmentError, VerifierError } from '../loader/errors.js';
import { AddonUnavailableError, isNativeError } from '../loader/native.js';
import { AttachmentRecordError } from '../maps/attachment.js';
import { ManifestError } from '../maps/manifest.js';
import { VariableIndexError } from '../maps/variable-index.js';
import { VariableBusyError } from '../maps/variable-space.js';
import { VariableValueError } from '../maps/variable-value.js';
import type { Output } from './io.js';

/** Exit statuses (docs: the man page, section EXIT STATUS). */
export const STATUS = { done: 0, programErrors: 1, usage: 2, environment: 3, bug: 70, signal: 128 } as const;

export interface Failure {
  readonly status: number;
  /** Name of the error's class. */
  readonly kind: string;
  /** A sentence; of a bug the stack. */
  readonly message: string;
  /** What only --verbose shows, or null. */
  readonly detail: string | null;
}

const USAGE_ERRORS = [
  BundleError,
  ManifestError,
  AttachmentRecordError,
  VariableIndexError,
  VariableValueError,
] as const;
const ENVIRONMENT_ERRORS = [ToolMissingError, AddonUnavailableError, VariableBusyError] as const;

function statusOf(error: unknown): number {
  if (error instanceof EnvironmentError) return error.exitStatus;
  if (USAGE_ERRORS.some((kind) => error instanceof kind)) return STATUS.usage;
  if (ENVIRONMENT_ERRORS.some((kind) => error instanceof kind)) return STATUS.environment;
  // A system call or libbpf, without words of our own.
  return isNativeError(error) ? STATUS.environment : STATUS.bug;
}

/** Judges an error. */
export function failureOf(error: unknown): Failure {
  const status = statusOf(error);
  const { name, message, stack } =
    error instanceof Error ? error : { name: 'Error', message: String(error), stack: undefined };
  if (status === STATUS.bug) {
    const report = `this is a bug of ncbpf, please report it with what follows:\n${stack ?? message}`;
    return { status, kind: name, message: report, detail: null };
  }
  return { status, kind: name, message, detail: error instanceof VerifierError ? error.log : null };
}

/** Says what failed, on standard error. */
export function sayFailure(err: Output, { message }: Failure): void {
  const word = err.colour ? '\u001b[1;31mncbpf:\u001b[0m' : 'ncbpf:';
  err.line(`${word} ${message}`);
}
