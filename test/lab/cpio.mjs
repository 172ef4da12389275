import { Buffer } from 'node:buffer';
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { posix } from 'node:path';

/**
 * One file of the guest: a copy of a file of the host (`from`), a text (`text`) or bytes (`bytes`), or a symbolic link (`link`).
 * @typedef {object} GuestFile
 * @property {string} [from]
 * @property {string} [text]
 * @property {Buffer} [bytes]
 * @property {string} [link]
 * @property {boolean} [executable]
 */

/** File type bits of a cpio (newc) header's mode. */
const TYPE = { directory: 0o040000, file: 0o100000, link: 0o120000, character: 0o020000 };

/**
 * Writes files as an uncompressed initramfs (cpio, newc), as the kernel unpacks it: emulation makes inflating dearer than
 * loading. Folders are added as needed, everything belongs to root.
 * @param {string} path the archive to write
 * @param {ReadonlyMap<string, GuestFile>} files by absolute path in the guest
 * @returns {number} size of the archive in bytes
 * @throws {Error} the file system's own, ENOSPC among them
 */
export function writeArchive(path, files) {
  const archive = new Archive(path);
  try {
    for (const folder of folders(files.keys())) archive.add(folder, TYPE.directory | 0o755, Buffer.alloc(0));
    // The kernel opens it for init's output before init can mount /dev.
    archive.add('/dev/console', TYPE.character | 0o600, Buffer.alloc(0), [5, 1]);
    for (const [name, file] of files) archive.add(name, modeOf(file), contentOf(file));
    archive.add('TRAILER!!!', 0, Buffer.alloc(0));
  } finally {
    archive.close();
  }
  return archive.size;
}

/** @param {GuestFile} file */
function modeOf(file) {
  if (file.link !== undefined) return TYPE.link | 0o777;
  return TYPE.file | (file.executable === true ? 0o755 : 0o644);
}

/** @param {GuestFile} file */
function contentOf(file) {
  if (file.from !== undefined) return readFileSync(file.from);
  return file.bytes ?? Buffer.from(file.link ?? file.text ?? '');
}

/** @param {Iterable<string>} paths @returns {string[]} all folders above the paths, parents first */
function folders(paths) {
  const found = new Set(['/dev', '/root', '/out', '/proc', '/sys', '/run', '/tmp']);
  for (const path of paths) {
    for (let folder = posix.dirname(path); folder !== '/'; folder = posix.dirname(folder)) found.add(folder);
  }
  return [...found].sort();
}

class Archive {
  size = 0;
  #inode = 0;
  #descriptor;

  /** @param {string} path */
  constructor(path) {
    this.#descriptor = openSync(path, 'w', 0o600);
  }

  /** @param {string} name @param {number} mode @param {Buffer} content @param {[number, number]} device */
  add(name, mode, content, device = [0, 0]) {
    const stored = Buffer.from(`${name.replace(/^\//, '')}\0`);
    const fields = [++this.#inode, mode, 0, 0, 1, 0, content.length, 0, 0, ...device, stored.length, 0];
    const header = fields.map((field) => field.toString(16).padStart(8, '0')).join('');
    this.#write(Buffer.concat([Buffer.from(`070701${header}`), stored]));
    this.#write(content);
  }

  /** @param {Buffer} bytes written whole and padded to four bytes */
  #write(bytes) {
    for (let done = 0; done < bytes.length;) done += writeSync(this.#descriptor, bytes, done);
    this.size += bytes.length;
    const padding = -this.size & 3;
    if (padding > 0) this.size += writeSync(this.#descriptor, Buffer.alloc(padding));
  }

  close() {
    closeSync(this.#descriptor);
  }
}
