import { expect, test } from '@jest/globals';
import { mistakeInJson, placeInJson, type JsonPath } from '../../../lang/json-place.js';

const TEXT = `{
  "a": [1, "\u{1f600}", { "b": true }],
  "n": -1.5,
  "n": 2
}`;

function place(path: JsonPath, text = TEXT): string {
  const { line, column, endLine, endColumn } = placeInJson(text, 'a.json', path);
  return `${line}:${column}-${endLine}:${endColumn}`;
}

test.each<[string, JsonPath]>([
  ['1:1-1:2', []],
  ['2:8-2:9', ['a']],
  ['2:12-2:15', ['a', 1]],
  // A character beyond the basic plane is one column.
  ['2:24-2:28', ['a', 2, 'b']],
  // Of two members of one name the last counts.
  ['4:8-4:9', ['n']],
  // What is not there is said of what is around it.
  ['2:17-2:18', ['a', 2, 'c']],
  ['2:8-2:9', ['a', 3]],
  ['1:1-1:2', ['x', 'y']],
])('%s: the place of %j', (expected, path) => {
  expect(place(path)).toBe(expected);
});

test.each([
  ['', '1:1'],
  ['{\n  "a": [,]\n}', '2:9'],
  ['{"a": 1,}', '1:9'],
  ['[1] 2', '1:5'],
  ['// why\n{}', '1:1'],
  ['{"a": "b\n"}', '1:7'],
  ['{"\u{1f600}": tru}', '1:7'],
])('%j is not JSON, from %s on', (text, expected) => {
  expect(() => JSON.parse(text) as unknown).toThrow(SyntaxError);
  const { line, column } = mistakeInJson(text, 'a.json');
  expect(`${line}:${column}`).toBe(expected);
});

test('no depth is too deep', () => {
  const deep = '['.repeat(500_000);
  expect(mistakeInJson(deep, 'a.json')).toMatchObject({ line: 1, column: 1 });
  expect(place([0, 0], deep + ']'.repeat(500_000))).toBe('1:1-1:2');
});

test('brackets and quotes in a string are not depth', () => {
  const text = JSON.stringify({ a: '["'.repeat(1000), b: 1 });
  expect(place(['b'], text)).toBe(`1:${text.length - 1}-1:${text.length}`);
});
