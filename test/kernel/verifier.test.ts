// A program that the verifier refuses: the sentence names the line of the .nc file, the error has the whole log, and nothing is left.
import { afterEach, expect, test } from '@jest/globals';
import { manifestOf } from '../../codegen/build.js';
import { compileC, findToolchain } from '../../codegen/clang.js';
import { emitProgram } from '../../codegen/emit.js';
import { shapeOf } from '../../codegen/shape.js';
import { checkSource } from '../../lang/compile.js';
import { join } from 'node:path';
import { VerifierError } from '../../loader/errors.js';
import { packageRoot } from '../../loader/native.js';
import { detachAll, makePair, type Host } from '../support/hosts.js';
import { Scratch } from '../support/scratch.js';
import { tracesOf } from '../support/traces.js';

const PROGRAM = `# The send is in line 6.
channel bus
var number : u32
message m
create number -> m
send bus, m
end_of_program
`;
/** What takes the place of the send: an address that the verifier knows nothing of. */
const BROKEN = '{ volatile nc_u64 *bad = (nc_u64 *)(long)nc_state.logical; *bad = 1; }';

const scratch = new Scratch();
let hosts: Host[] = [];

afterEach(async () => {
  await detachAll(...hosts).finally(() => scratch.cleanUp());
});

test('a broken object is refused with its line, and nothing is left', async () => {
  const program = checkSource(PROGRAM, 'broken.nc').program!;
  const shape = shapeOf(program);
  const code = emitProgram(program, shape).replace(/nc_send\(skb, 0, 0\);/, BROKEN);
  expect(code).toContain(BROKEN);
  const input = { code, sourceName: 'broken.nc', source: Buffer.from(PROGRAM), runtime: join(packageRoot(), 'bpf') };
  const object = await compileC(input, await findToolchain());
  const { a, b } = await makePair(scratch);
  hosts = [a, b];
  const before = tracesOf(b);
  const refusal: unknown = await b
    .attach('net', { object, manifest: manifestOf(program, shape, 'test') })
    .catch(String);
  expect(refusal).toMatch(/^VerifierError: the kernel's verifier refuses the program: R\d invalid mem access 'scalar'/);
  // Since Linux 6.9 the log names file and line; before it quotes the line.
  expect(refusal).toMatch(/at `send bus, m`( \(broken\.nc:6\))? \(\d+ lines of log/);
  expect(tracesOf(b)).toEqual(before);
  await expect(b.attach('net', { object, manifest: manifestOf(program, shape, 'test') })).rejects.toBeInstanceOf(
    VerifierError,
  );
  await expect(b.attach('net', { object, manifest: manifestOf(program, shape, 'test') })).rejects.toMatchObject({
    exitStatus: 3,
    log: expect.stringContaining('; send bus, m'),
  });
});
