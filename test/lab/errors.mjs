/**
 * Something that the lab needs is not there or not as it should be: the caller's options, a tool, the network, space on
 * the disk. The message is one sentence; the lab prints it and exits with status 3.
 */
export class LabError extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = 'LabError';
  }
}

/**
 * Turns the file system's own errors that a user can cure into a LabError; others pass unchanged.
 * @param {unknown} error
 * @returns {unknown}
 */
export function explain(error) {
  if (!(error instanceof Error)) return error;
  const { code, path } = /** @type {NodeJS.ErrnoException} */ (error);
  const place = path === undefined ? 'the disk' : `the disk of ${path}`;
  if (code === 'ENOSPC' || code === 'EDQUOT') return new LabError(`no space left on ${place}.`);
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
    return new LabError(`cannot write to ${path ?? 'the disk'}: ${code}.`);
  return error;
}
