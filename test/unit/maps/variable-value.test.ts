import { expect, test } from '@jest/globals';
import { placeAndType } from '../../../maps/variable-value.js';

test('what a place takes, in words', () => {
  const words = (signed: boolean) => placeAndType({ name: 'v' }, { kind: 'integer', signed, size: 4 });
  expect([words(false), words(true)]).toEqual(['variable v is a u32', 'variable v is an i32']);
  expect(placeAndType({ name: 'b' }, { kind: 'bytes', size: 8 })).toBe('variable b is bytes[8]');
  expect(placeAndType({ name: 'q', depth: 3 }, { kind: 'bytes', size: 8 })).toBe('queue q holds bytes[8]');
});
