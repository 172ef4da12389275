/**
 * Fulfilled when the user wants an end, or whoever reads the output has gone (`| head`).
 * @returns {Promise<void>}
 */
export function interruption() {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => resolve());
    process.stdout.once('error', () => resolve());
  });
}
