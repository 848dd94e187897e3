/** The program as a user starts it, with a data directory of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The program to test, as `make test` built it. */
const PROGRAM = process.env.JICAI ?? fileURLToPath(new URL('../../target/debug/jicai', import.meta.url));

/** Starts a demonstration; where it answers, its accounts by role, and how to stop it. */
export async function serve() {
  const home = await mkdtemp(join(tmpdir(), 'jicai-web-'));
  // Started as root, Postgres runs as another user, who has to pass.
  await chmod(home, 0o755);
  const env = { PATH: process.env.PATH, JICAI_HOME: home, JICAI_LISTEN: '127.0.0.1:0' };
  const child = spawn(PROGRAM, ['serve', '--demo'], { env, stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = once(child, 'exit');
  const accounts = {};
  let origin;
  for await (const line of createInterface({ input: child.stdout })) {
    origin = line.match(/^Jicai answers on (http:.*)\/graphql$/)?.[1];
    if (origin) break;
    const [role, name, , password] = line.split(/\s+/);
    accounts[role] = { name, password };
  }
  if (!origin) throw new Error('the service ended before it answered');
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
    await rm(home, { recursive: true });
  };
  return { origin, accounts, stop };
}
