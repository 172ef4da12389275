import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LabError } from './errors.mjs';
import { runProgram } from './programs.mjs';

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/**
 * A Debian package as apt's signed index has it.
 * @typedef {object} Package
 * @property {string} name
 * @property {string} version
 * @property {string} sha256 of the package file; apt has checked it when `download` returns
 */

/**
 * apt with directories of its own: nothing of the machine's apt changes, and suites that the machine does not use can
 * be searched. The mirror is the machine's own, or NCBPF_LAB_MIRROR.
 */
export class Apt {
  #env;

  /**
   * Prepares the directories and fetches the package lists.
   * @param {string} folder belongs to this object
   * @param {readonly string[]} suites
   * @throws {LabError} no Debian mirror is known, or the lists could not be fetched
   */
  constructor(folder, suites) {
    const sources = join(folder, 'sources.list');
    for (const name of ['lists/partial', 'cache/archives/partial']) mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, 'status'), '');
    writeFileSync(sources, suites.map((suite) => sourceLine(suite)).join(''));
    const configuration = join(folder, 'apt.conf');
    writeFileSync(configuration, aptConfiguration(folder, sources), { mode: 0o600 });
    this.#env = { APT_CONFIG: configuration };
    this.#run('apt-get', ['update'], 'fetch the package lists');
  }

  /**
   * Names of packages that match.
   * @param {string} pattern regular expression
   * @returns {string[]}
   */
  search(pattern) {
    const found = this.#run('apt-cache', ['search', '--names-only', pattern], 'search the package lists');
    return found.split('\n').flatMap((line) => line.split(' ')[0] || []);
  }

  /**
   * Downloads packages into a folder; apt checks them against the signed index.
   * @param {readonly string[]} names
   * @param {string} folder
   * @returns {Package[]}
   * @throws {LabError} the download failed
   */
  download(names, folder) {
    const packages = names.map((name) => this.#describe(name));
    this.#run(
      'apt-get',
      ['download', ...packages.map(({ name, version }) => `${name}=${version}`)],
      'download',
      folder,
    );
    return packages;
  }

  /** @param {string} name @returns {Package} the newest version */
  #describe(name) {
    const text = this.#run('apt-cache', ['show', '--no-all-versions', name], `describe ${name}`);
    /** @param {string} field */
    const field = (field) => new RegExp(`^${field}: (.*)$`, 'm').exec(text)?.[1] ?? '';
    return { name, version: field('Version'), sha256: field('SHA256') };
  }

  /** @param {string} program @param {string[]} args @param {string} purpose @param {string} [folder] */
  #run(program, args, purpose, folder = '/') {
    const { status, stdout, stderr } = runProgram(program, ['-q', ...args], { cwd: folder, env: this.#env });
    if (status === 0) return stdout.toString();
    throw new LabError(`apt could not ${purpose}: ${firstError(stderr)}.`);
  }
}

/**
 * The machine's own settings (a proxy, say) without the commands that it runs after an update, and then ours.
 * @param {string} folder
 * @param {string} sources
 */
function aptConfiguration(folder, sources) {
  const settings = {
    'Dir::Etc::SourceList': sources,
    'Dir::Etc::SourceParts': '/dev/null',
    'Dir::Etc::Preferences': '/dev/null',
    'Dir::Etc::PreferencesParts': '/dev/null',
    'Dir::Etc::Main': '/dev/null',
    'Dir::Etc::Parts': '/dev/null',
    'Dir::State::Lists': join(folder, 'lists'),
    'Dir::State::Status': join(folder, 'status'),
    'Dir::Cache': join(folder, 'cache'),
    'APT::Architecture': 'amd64',
    'APT::Default-Release': '',
    'APT::Sandbox::User': 'root', // apt's own user may not write into a home folder
    'APT::Update::Error-Mode': 'any', // otherwise a list that could not be fetched is only a warning
    'Acquire::Languages': 'none',
    'Acquire::Retries': '2',
    'Acquire::http::Timeout': '20',
    'Acquire::https::Timeout': '20',
  };
  const theirs = ['/etc/apt/apt.conf.d/', '/etc/apt/apt.conf', process.env['APT_CONFIG'] ?? ''].filter((path) =>
    existsSync(path),
  );
  return [
    ...theirs.map((path) => `#include "${path}";`),
    '#clear APT::Update; #clear APT::Architectures; #clear DPkg;',
    ...Object.entries(settings).map(([name, value]) => `${name} "${value}";`),
  ]
    .map((line) => `${line}\n`)
    .join('');
}

/** @param {string} suite @returns {string} its line of sources.list */
function sourceLine(suite) {
  if (!existsSync(KEYRING)) throw new LabError(`${KEYRING} is missing: install debian-archive-keyring.`);
  return `deb [signed-by=${KEYRING}] ${mirrorOf(suite)} ${suite} main\n`;
}

/**
 * Where the machine itself gets Debian's archive from, or Debian's security archive for a suite of that.
 * @param {string} suite
 */
function mirrorOf(suite) {
  const label = suite.endsWith('-security') ? 'Debian-Security' : 'Debian';
  const chosen = process.env['NCBPF_LAB_MIRROR'];
  if (chosen) return label === 'Debian' ? chosen : `${chosen.replace(/\/$/, '')}-security`;
  const { stdout } = runProgram('apt-get', [
    'indextargets',
    '--format',
    '$(LABEL) $(REPO_URI)',
    'Created-By: Packages',
  ]);
  const lines = stdout
    .toString()
    .split('\n')
    .map((line) => line.split(' '));
  const mirror = lines.find(([theirs]) => theirs === label)?.[1];
  if (mirror !== undefined) return mirror;
  throw new LabError(`apt knows no mirror of the ${label} archive: run apt-get update, or set NCBPF_LAB_MIRROR.`);
}

/** @param {string} stderr */
function firstError(stderr) {
  const lines = stderr.split('\n').filter((line) => /^[EW]: /.test(line));
  const line = lines.find((text) => text.startsWith('E: Failed')) ?? lines[0] ?? stderr.trim().split('\n').at(-1) ?? '';
  return line.replace(/^[EW]: /, '').replace(/[.\s]+$/, '');
}
