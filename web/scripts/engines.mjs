/** Every package that the pages need has to run on the oldest Node that the project promises, not only on the one at hand. */
import { readFileSync } from 'node:fs';
import { minVersion, satisfies } from 'semver';

const read = (name) => JSON.parse(readFileSync(new URL(`../${name}`, import.meta.url)));
const oldest = minVersion(read('package.json').engines.node);
const strangers = Object.entries(read('package-lock.json').packages)
  .filter(([, { engines }]) => engines?.node && !satisfies(oldest, engines.node))
  .map(([path, { version, engines }]) => `${path} ${version} needs node ${engines.node}`);

if (strangers.length > 0) {
  console.error(`not for node ${oldest}:\n${strangers.join('\n')}`);
  process.exit(1);
}
console.log(`every package runs on node ${oldest}`);
