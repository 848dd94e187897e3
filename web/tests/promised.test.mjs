/** Which changes of the schema break a client. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { broken } from '../scripts/promised.mjs';

const PROMISED = `
  enum Level { NATION PROVINCE }
  type Region { code: String! level: Level! name(short: Boolean): String! }
  input Filter { level: Level }
  type Query { region(code: String!): Region regions(filter: Filter): [Region!]! }
`;
const changed = (from, to) => {
  assert.ok(PROMISED.includes(from));
  return broken(PROMISED, PROMISED.replace(from, to));
};

test('what a client relies on may not go', () => {
  const table = [
    ['code: String! level', 'level', /Region\.code was removed/],
    ['NATION PROVINCE', 'NATION', /PROVINCE was removed from enum type Level/],
    ['region(code: String!): Region', 'region(code: String!, year: Int!): Region', /required arg year/i],
    ['level: Level }', 'level: Level! }', /Filter\.level changed type from Level to Level!/],
    ['name(short: Boolean): String!', 'name(short: Boolean): String', /Region\.name changed type from String! to String/],
    ['filter: Filter', 'by: Filter', /arg filter was removed/],
  ];
  for (const [from, to, told] of table) assert.match(changed(from, to).join('\n'), told, to);
});

test('what is added or deprecated breaks nobody', () => {
  assert.deepEqual(broken(PROMISED, PROMISED), []);
  assert.deepEqual(changed('code: String! level', 'code: String! @deprecated(reason: "x") since: Int level'), []);
  assert.deepEqual(changed('region(code: String!)', 'region(code: String!, year: Int)'), []);
});
