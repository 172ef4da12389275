import { afterEach, expect, test } from '@jest/globals';
import { runCommand, type SystemCommand } from '../../../loader/commands.js';
import { UnsupportedFeatureError } from '../../../loader/errors.js';

const { PATH } = process.env;

afterEach(() => {
  process.env.PATH = PATH;
});

test.each<[SystemCommand, string]>([
  ['ip', 'iproute2'],
  ['tc', 'iproute2'],
  ['ss', 'iproute2'],
  ['getent', 'libc-bin'],
  ['mount', 'mount'],
  ['ethtool', 'ethtool'],
])('without %s the package %s is named', async (command, name) => {
  process.env.PATH = '/nonexistent';
  const refused = runCommand(command, []);
  await expect(refused).rejects.toThrow(UnsupportedFeatureError);
  await expect(refused).rejects.toThrow(new RegExp(`^the command ${command} is missing: .*package ${name}\\)$`));
});
