// Generated bindings, in each of the three languages, against a real nc_vars.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { bindingOf } from '../../cli/bindings/binding.js';
import { cBindings } from '../../cli/bindings/c.js';
import { pythonBindings } from '../../cli/bindings/python.js';
import { typescriptBindings } from '../../cli/bindings/typescript.js';
import { shapeOf } from '../../codegen/shape.js';
import { native, packageRoot } from '../../loader/native.js';
import { variableIndexPath, writersPath, type Roots } from '../../loader/roots.js';
import { openVariableSpace, type VariableSpace } from '../../loader/variable-space.js';
import type { Manifest } from '../../maps/manifest.js';
import { formatVariableIndex } from '../../maps/variable-index.js';
import { programOf } from '../support/schedule-machine.js';
import { compileBpf } from '../support/compile-bpf.js';
import { run, Scratch } from '../support/scratch.js';

const IFACE = 'test0';

// Names that some language takes for its own: a keyword of Python and C++, a macro of C, a member of every object, what Python's
// properties are made with.
const PROGRAM = programOf(
  'node tx',
  'channel bus from 02:00:00:00:00:01',
  'var temperature : u16 = 7',
  'var drift : i64',
  'var speed : i32',
  'var blob : bytes[200]',
  'var class : u8',
  'var errno : i8',
  'var constructor : u64',
  'var property : u8 = 3',
  'var after_property : u8',
  'queue commands : bytes[5] depth 2',
  'queue replies : u16 depth 2',
  'queue pass : i8 depth 2',
  'message m',
  'start:',
  '    receive bus -> speed',
  '    receive bus -> replies',
  '    create commands -> m',
  '    wait 1ms, start',
);
const binding = bindingOf(PROGRAM);
const { variables, queues, varsSize } = shapeOf(PROGRAM);

const OBJECT = `
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
struct nc_vars { unsigned char bytes[${varsSize}] __attribute__((aligned(8))); };
SEC(".data.nc_vars") struct nc_vars nc_vars = { { 7 } };
SEC("tc") int t_tc(struct __sk_buff *skb) { return nc_vars.bytes[0]; }
char _license[] SEC("license") = "Dual MIT/GPL";
`;

const tools = new Scratch();
const scratch = new Scratch();
let object: Buffer;
let roots: Roots;
let folder: string;
let space: VariableSpace;

beforeAll(() => {
  object = compileBpf(tools.folder(), OBJECT);
});
afterAll(() => tools.cleanUp());

/** A pinned nc_vars with its files, as attach leaves them. */
beforeEach(() => {
  roots = { pins: scratch.bpffs(), run: scratch.folder() };
  folder = scratch.folder();
  const pin = join(roots.pins, IFACE, 'nc_vars');
  mkdirSync(join(roots.pins, IFACE));
  const loaded = native().openObject(object, 't');
  loaded.load();
  loaded.pinMap('.data.nc_vars', pin);
  loaded.close();
  const index = formatVariableIndex(
    { varsSize, variables, queues } as unknown as Manifest,
    pin,
    writersPath(roots, IFACE),
  );
  writeFileSync(variableIndexPath(roots, IFACE), index);
  writeFileSync(writersPath(roots, IFACE), '', { mode: 0o600 });
  space = scratch.keep(openVariableSpace(IFACE, { roots }));
});
afterEach(() => scratch.cleanUp());

function execute(command: string, ...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(command, args, {
    cwd: folder,
    env: { ...process.env, NCBPF_RUN_ROOT: roots.run },
    encoding: 'utf8',
  });
}

/** What each of the programs below writes. */
function expectWritten(): void {
  expect(space.get('temperature')).toBe(65535);
  expect(space.get('drift')).toBe(-5n);
  expect(space.get('class')).toBe(9);
  expect(space.get('errno')).toBe(-128);
  expect(space.get('constructor')).toBe(18446744073709551615n);
  expect(Buffer.from(space.get('blob') as Uint8Array).toString()).toBe('hello');
}

/** Another program on the interface: `blob` is smaller. */
function changeProgram(): void {
  const smaller = variables.map((each) =>
    each.name === 'blob' ? { ...each, type: { kind: 'bytes', size: 100 } as const } : each,
  );
  const pin = join(roots.pins, IFACE, 'nc_vars');
  const manifest = { varsSize, variables: smaller, queues } as unknown as Manifest;
  writeFileSync(variableIndexPath(roots, IFACE), formatVariableIndex(manifest, pin, writersPath(roots, IFACE)));
}

/** Another program on the interface: `commands` is shorter. */
function changeQueue(): void {
  const shorter = queues.map((each) => (each.name === 'commands' ? { ...each, depth: 1 } : each));
  const pin = join(roots.pins, IFACE, 'nc_vars');
  const manifest = { varsSize, variables, queues: shorter } as unknown as Manifest;
  writeFileSync(variableIndexPath(roots, IFACE), formatVariableIndex(manifest, pin, writersPath(roots, IFACE)));
}

/** Puts a value into `replies`, as the kernel does: head at 0, slots of 8 bytes from 16 on. */
function receiveReply(value: number): void {
  const { offset } = queues.find(({ name }) => name === 'replies')!;
  const pin = join(roots.pins, IFACE, 'nc_vars');
  const fd = native().objGet(pin);
  const mapping = native().mapMmap(fd, varsSize, { writable: true });
  closeSync(fd);
  const view = new DataView(mapping.buffer);
  view.setUint16(offset + 16, value, true);
  view.setBigUint64(offset, 1n, true);
  mapping.unmap();
}

/** What each of the programs below leaves in the queues. */
function expectQueued(): void {
  expect(space.look('commands').map((each) => Buffer.from(each as Uint8Array).toString())).toEqual(['start', '']);
  expect(space.look('pass')).toEqual([127]);
  expect(space.look('replies')).toEqual([]);
}

describe('Python', () => {
  const SCRIPT = `
import sys
from bindings import Variables
with Variables("${IFACE}") as v:
    assert v.temperature == 7 and v.speed == 0 and v.blob == b"", (v.temperature, v.speed, v.blob)
    v.property, v.after_property = 4, 5
    assert (v.property, v.after_property) == (4, 5)
    v.temperature, v.drift, v.class_, v.errno, v.constructor = 65535, -5, 9, -128, 2**64 - 1
    v.blob = b"x" * 200
    assert v.blob == b"x" * 200
    v.blob = b"hello"
    assert (v.temperature, v.drift, v.class_, v.errno, v.constructor, v.blob) == (65535, -5, 9, -128, 2**64 - 1, b"hello")
    for name, value, error in [("temperature", 65536, ValueError), ("temperature", -1, ValueError), ("errno", 128, ValueError),
                               ("blob", b"x" * 201, ValueError), ("class_", "9", TypeError), ("speed", 1, AttributeError)]:
        try:
            setattr(v, name, value)
        except error:
            continue
        sys.exit(f"{name} took {value!r}")
`;

  test('reads and writes, refuses what does not fit, and what the network writes', () => {
    writeFileSync(join(folder, 'bindings.py'), pythonBindings(binding));
    expect(execute('python3', '-c', SCRIPT)).toEqual(expect.objectContaining({ status: 0, stderr: '' }));
    expectWritten();
  });

  const QUEUES = `
from bindings import Variables
with Variables("${IFACE}") as v:
    assert v.commands.look() == [] and v.replies.look() == [513] and v.pass_.take() is None
    v.commands.append(b"start")
    v.commands.append(b"")
    assert v.commands.look() == [b"start", b""]
    assert v.replies.take() == 513 and v.replies.take() is None
    v.pass_.append(-128)
    v.pass_.append(127)
    assert v.pass_.look() == [-128, 127] and v.pass_.take() == -128
    for act, error in [(lambda: v.commands.append(b"x"), BufferError), (lambda: v.commands.append(b"longer"), ValueError),
                       (lambda: v.pass_.append(128), ValueError), (lambda: v.pass_.append("1"), TypeError),
                       (lambda: v.commands.take(), AttributeError), (lambda: v.replies.append(1), AttributeError)]:
        try:
            act()
        except error:
            continue
        raise SystemExit(f"no {error}")
`;

  test('appends to queues, takes and looks', () => {
    writeFileSync(join(folder, 'bindings.py'), pythonBindings(binding));
    receiveReply(513);
    expect(execute('python3', '-c', QUEUES)).toEqual(expect.objectContaining({ status: 0, stderr: '' }));
    expectQueued();
  });

  test('a program with another queue is an error', () => {
    writeFileSync(join(folder, 'bindings.py'), pythonBindings(binding));
    changeQueue();
    const { stderr } = execute('python3', '-c', `from bindings import Variables\nVariables("${IFACE}")`);
    expect(stderr).toContain('without such a queue commands: make the bindings again');
  });

  test('a variable that another process has claimed is not written', () => {
    writeFileSync(join(folder, 'bindings.py'), pythonBindings(binding));
    const claim = space.claim('temperature');
    const { status, stderr } = execute(
      'python3',
      '-c',
      `from bindings import Variables\nVariables("${IFACE}").temperature = 8`,
    );
    claim.release();
    expect(status).toBe(1);
    expect(stderr).toContain('variable temperature is written by another process');
    expect(space.get('temperature')).toBe(7);
  });

  test('another program on the interface is an error', () => {
    writeFileSync(join(folder, 'bindings.py'), pythonBindings(binding));
    changeProgram();
    expect(execute('python3', '-c', `from bindings import Variables\nVariables("${IFACE}")`).stderr).toContain(
      'make the bindings again',
    );
  });

  test('imports ctypes, mmap and os only', () => {
    const imports = pythonBindings(binding).match(/^(?:import|from) .*$/gm);
    expect(imports).toEqual(['import ctypes', 'import mmap', 'import os']);
  });
});

describe('C', () => {
  const MAIN = `#include "bindings.h"
int main(void)
{
	struct tx_vars vars;
	char text[200];
	int error = tx_open(&vars, "${IFACE}");

	if (error)
		return -error;
	if (tx_get_temperature(&vars) != 7 || tx_get_speed(&vars) != 0 || tx_get_blob(&vars, text, sizeof(text)) != 0)
		return 200;
	if (tx_set_temperature(&vars, 1) != -EPERM)
		return 201;
	if (tx_claim_temperature(&vars, NULL) || tx_claim_drift(&vars, NULL) || tx_claim_class(&vars, NULL) || tx_claim_errno(&vars, NULL) ||
	    tx_claim_constructor(&vars, NULL) || tx_claim_blob(&vars, NULL))
		return 202;
	if (tx_set_temperature(&vars, 65535) || tx_set_drift(&vars, -5) || tx_set_class(&vars, 9) || tx_set_errno(&vars, -128) ||
	    tx_set_constructor(&vars, UINT64_MAX) || tx_set_blob(&vars, "hello", 5))
		return 203;
	if (tx_get_errno(&vars) != -128 || tx_get_blob(&vars, text, sizeof(text)) != 5)
		return 204;
	tx_close(&vars);
	return 0;
}
`;
  const QUEUES = `#include "bindings.h"
int main(void)
{
	struct tx_vars vars;
	uint64_t position = 0;
	uint16_t reply;
	int8_t own;
	char text[5];

	if (tx_open(&vars, "${IFACE}"))
		return 200;
	if (tx_append_commands(&vars, "x", 1) != -EPERM || tx_take_replies(&vars, &reply) != -EPERM)
		return 201;
	if (tx_appender_commands(&vars, NULL) || tx_taker_replies(&vars, NULL) || tx_appender_pass(&vars, NULL) || tx_taker_pass(&vars, NULL))
		return 202;
	if (tx_append_commands(&vars, "start", 5) || tx_append_commands(&vars, "", 0) || tx_append_commands(&vars, "x", 1) != -ENOSPC)
		return 203;
	if (tx_look_commands(&vars, &position, text, sizeof(text)) != 5 || memcmp(text, "start", 5) != 0)
		return 204;
	if (tx_take_replies(&vars, &reply) != 2 || reply != 513 || tx_take_replies(&vars, &reply) != -ENODATA)
		return 205;
	if (tx_append_pass(&vars, -128) || tx_append_pass(&vars, 127) || tx_take_pass(&vars, &own) != 1 || own != -128)
		return 206;
	tx_close(&vars);
	return 0;
}
`;

  const build = (compiler: string, standard: string, program = MAIN) => {
    writeFileSync(join(folder, 'bindings.h'), cBindings(binding));
    writeFileSync(join(folder, 'main.c'), program);
    const language = compiler === 'g++' ? ['-x', 'c++'] : ['-pedantic'];
    const include = `-I${join(packageRoot(), 'include')}`;
    run(
      compiler,
      ...language,
      standard,
      '-O2',
      '-Wall',
      '-Wextra',
      '-Werror',
      include,
      '-o',
      join(folder, 'main'),
      join(folder, 'main.c'),
    );
  };

  test.each([
    ['gcc', '-std=c11'],
    ['g++', '-std=c++17'],
  ])('%s: reads and writes', (compiler, standard) => {
    build(compiler, standard);
    expect(execute('./main').status).toBe(0);
    expectWritten();
  });

  test.each([
    ['gcc', '-std=c11'],
    ['g++', '-std=c++17'],
  ])('%s: appends to queues, takes and looks', (compiler, standard) => {
    build(compiler, standard, QUEUES);
    receiveReply(513);
    expect(execute('./main').status).toBe(0);
    expectQueued();
  });

  test('a program with another queue is EPROTO', () => {
    build('gcc', '-std=c11');
    changeQueue();
    expect(execute('./main').status).toBe(71);
  });

  test('what the network does with a queue has no function', () => {
    expect(cBindings(binding)).not.toMatch(/tx_(?:take_commands|taker_commands|append_replies|appender_replies)/);
  });

  test('a node may be called like the library', () => {
    const named = bindingOf(programOf('node ncbpf', 'var vars : u8', 'var open : u8', 'end_of_program'));
    writeFileSync(join(folder, 'bindings.h'), cBindings(named));
    writeFileSync(join(folder, 'main.c'), '#include "bindings.h"\nint main(void) { return ncbpf__open == 0; }\n');
    const include = `-I${join(packageRoot(), 'include')}`;
    run('gcc', '-std=c11', '-fsyntax-only', '-Werror', '-Wno-address', include, join(folder, 'main.c'));
  });

  test('another program on the interface is EPROTO', () => {
    build('gcc', '-std=c11');
    changeProgram();
    expect(execute('./main').status).toBe(71);
  });

  test('there is no function that writes what the network writes', () => {
    expect(cBindings(binding)).toContain('tx_get_speed');
    expect(cBindings(binding)).not.toContain('tx_set_speed');
  });
});

describe('TypeScript', () => {
  const USE = `import { openVariables } from './bindings.js';
const { variables, queues, space, close } = openVariables('${IFACE}');
if (variables.temperature !== 7 || variables.speed !== 0 || variables.blob.length !== 0) throw new Error('values');
variables.temperature = 65535;
variables.drift = -5n;
variables.class = 9;
variables.errno = -128;
variables.constructor = 18446744073709551615n;
const claim = space.claim('blob');
claim.set(new TextEncoder().encode('hello'));
queues.commands.append(new TextEncoder().encode('start'));
queues.commands.append(new Uint8Array());
if (queues.commands.look().length !== 2 || queues.replies.take() !== 513 || queues.replies.take() !== null) throw new Error('queues');
queues.pass.append(-128);
queues.pass.append(127);
if (queues.pass.take() !== -128) throw new Error('pass');
close();
`;

  function typeErrors(...lines: string[]): string[] {
    writeFileSync(join(folder, 'bindings.ts'), typescriptBindings(binding));
    writeFileSync(join(folder, 'use.ts'), lines.join('\n'));
    const options: ts.CompilerOptions = {
      strict: true,
      noEmit: true,
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      skipLibCheck: true,
      types: ['node'],
      typeRoots: [join(packageRoot(), 'node_modules', '@types')],
      paths: { ncbpf: [join(packageRoot(), 'index.ts')] },
    };
    const files = [join(folder, 'use.ts'), join(folder, 'bindings.ts')];
    const program = ts.createProgram(files, options);
    const found = files.flatMap((file) => ts.getPreEmitDiagnostics(program, program.getSourceFile(file)));
    return found.map(({ code, file, start = 0 }) => {
      const line = file ? file.getLineAndCharacterOfPosition(start).line + 1 : 0;
      return `${line}: TS${code}`;
    });
  }

  test('right names and types compile, others do not', () => {
    expect(typeErrors(...USE.split('\n'))).toEqual([]);
    expect(
      typeErrors(
        `import { openVariables } from './bindings.js';`,
        `const { variables, queues, space } = openVariables('${IFACE}');`,
        'variables.temprature = 1;',
        `variables.temperature = 'warm';`,
        'variables.drift = 1;',
        'variables.speed = 1;',
        'const text: string = variables.blob;',
        `space.get('nothing');`,
        'queues.commands.take();',
        'queues.replies.append(1);',
        'queues.commands.append(1);',
        'const reply: number = queues.replies.take();',
      ),
    ).toEqual([
      ...['3: TS2551', '4: TS2322', '5: TS2322', '6: TS2540', '7: TS2322', '8: TS2345'],
      ...['9: TS2339', '10: TS2339', '11: TS2345', '12: TS2322'],
    ]);
  });

  function runInNode(): ReturnType<typeof execute> {
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(packageRoot(), join(folder, 'node_modules', 'ncbpf'));
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    for (const [name, text] of [
      ['bindings', typescriptBindings(binding)],
      ['use', USE],
    ] as const) {
      const options = { module: ts.ModuleKind.ES2022, target: ts.ScriptTarget.ES2022 };
      writeFileSync(join(folder, `${name}.js`), ts.transpileModule(text, { compilerOptions: options }).outputText);
    }
    return execute(process.execPath, 'use.js');
  }

  test('reads, writes, appends, takes and looks', () => {
    receiveReply(513);
    expect(runInNode()).toEqual(expect.objectContaining({ status: 0, stderr: '' }));
    expectWritten();
    expectQueued();
  });

  test('a program with another queue is an error', () => {
    changeQueue();
    expect(runInNode().stderr).toContain('without such a queue commands: make the bindings again');
  });

  test('another program on the interface is an error', () => {
    changeProgram();
    expect(runInNode().stderr).toContain('make the bindings again');
  });
});
