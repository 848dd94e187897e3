/** Whether the schema still keeps what clients were promised: `graphql/schema.promised.graphql`. */
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { buildSchema, findBreakingChanges } from 'graphql';

/** What of the promised schema (as text) the current one breaks, in words. */
export function broken(promised, current) {
  return findBreakingChanges(buildSchema(promised), buildSchema(current)).map(({ description }) => description);
}

function main() {
  const read = (name) => readFileSync(new URL(`../../graphql/${name}`, import.meta.url), 'utf8');
  const changes = broken(read('schema.promised.graphql'), read('schema.graphql'));
  if (changes.length > 0) {
    console.error(`graphql/schema.graphql breaks clients:\n${changes.join('\n')}`);
    console.error('Deprecate instead; or, where no client is left that minds, renew the promise: make promise');
    process.exit(1);
  }
  console.log('the schema keeps what clients were promised');
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) main();
