import { existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

/** Dependencies that only `npm run build:addon` needs; the guest gets what they build. */
const BUILD_ONLY = new Set(['cmake-js', 'node-addon-api']);

/**
 * @typedef {object} Manifest
 * @property {Record<string, string>} [dependencies]
 * @property {Record<string, string>} [optionalDependencies]
 * @property {Record<string, string>} [peerDependencies]
 */

/**
 * The installed packages that the project needs when it runs, and those asked for, each with what it depends on.
 * @param {string} project folder of package.json
 * @param {readonly string[]} extra names
 * @returns {{ folders: string[], missing: string[] }} folders relative to the project; missing: wanted, not installed
 */
export function packageFolders(project, extra) {
  /** @type {Set<string>} */
  const folders = new Set();
  /** @type {string[]} */
  const missing = [];
  /** @param {string} name @param {string} from @param {boolean} needed */
  const visit = (name, from, needed) => {
    const folder = resolve(project, name, from);
    if (folder === undefined && needed) missing.push(`node_modules/${name}`);
    if (folder === undefined || folders.has(folder)) return;
    folders.add(folder);
    const manifest = readManifest(join(project, folder));
    for (const dependency of Object.keys(manifest.dependencies ?? {})) visit(dependency, folder, true);
    const optional = { ...manifest.optionalDependencies, ...manifest.peerDependencies };
    for (const dependency of Object.keys(optional)) visit(dependency, folder, false);
  };
  const direct = Object.keys(readManifest(project).dependencies ?? {}).filter((name) => !BUILD_ONLY.has(name));
  for (const name of [...direct, ...extra]) visit(name, '', true);
  return { folders: [...folders], missing };
}

/**
 * Where node finds a package: in the node_modules of the folder that asks or of one above it.
 * @param {string} project
 * @param {string} name
 * @param {string} from
 * @returns {string | undefined}
 */
function resolve(project, name, from) {
  for (let folder = from; ; folder = posix.dirname(folder)) {
    const candidate = posix.join(folder, 'node_modules', name);
    if (existsSync(join(project, candidate, 'package.json'))) return candidate;
    if (folder === '' || folder === '.') return undefined;
  }
}

/** @param {string} folder @returns {Manifest} */
function readManifest(folder) {
  return /** @type {Manifest} */ (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')));
}
