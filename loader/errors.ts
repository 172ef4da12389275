// What can go wrong outside of a program. Each message is a sentence that says what is wrong and what to do.

/** What the command line makes of an error (docs: exit status). */
export type ExitStatus = 2 | 3;

/** Base of all errors of the environment. */
export class EnvironmentError extends Error {
  override readonly name: string = 'EnvironmentError';

  constructor(
    message: string,
    readonly exitStatus: ExitStatus,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** What the user named does not exist, exists already, or cannot be used for this. Exit status 2. */
export class UsageError extends EnvironmentError {
  override readonly name: string = 'UsageError';

  constructor(message: string, options?: ErrorOptions) {
    super(message, 2, options);
  }
}

/** A value for a queue that is full. Exit status 2. */
export class QueueFullError extends UsageError {
  override readonly name = 'QueueFullError';
}

/** A permission is missing. Exit status 3. */
export class PermissionError extends EnvironmentError {
  override readonly name = 'PermissionError';

  constructor(message: string, options?: ErrorOptions) {
    super(message, 3, options);
  }
}

/** The kernel, a driver or a tool lacks something. Exit status 3. */
export class UnsupportedFeatureError extends EnvironmentError {
  override readonly name = 'UnsupportedFeatureError';

  constructor(
    readonly feature: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, 3, options);
  }
}

/** A system call failed in a way that has no better explanation. Exit status 3. */
export class KernelError extends EnvironmentError {
  override readonly name = 'KernelError';

  constructor(message: string, options?: ErrorOptions) {
    super(message, 3, options);
  }
}

/** The kernel's verifier refused a program; `log` is all that it said. Exit status 3. */
export class VerifierError extends EnvironmentError {
  override readonly name = 'VerifierError';

  constructor(
    message: string,
    readonly log: string,
    options?: ErrorOptions,
  ) {
    super(message, 3, options);
  }
}
