/** GraphiQL in a real browser, on a laptop and on a phone: look, log in, ask, log out. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { buildClientSchema, getIntrospectionQuery } from 'graphql';
import { chromium } from 'playwright-core';
import { serve } from './service.mjs';

const PICTURES = fileURLToPath(new URL('../../target/pictures/', import.meta.url));
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const SCREENS = [
  { name: 'laptop', locale: 'en-US', viewport: { width: 1366, height: 768 } },
  { name: 'phone', locale: 'zh-CN', viewport: { width: 390, height: 844 } },
];
const TEXTS = {
  'en-US': { password: 'Password', logIn: 'Log in', logOut: 'Log out', name: 'Login name', wrong: /is wrong/ },
  'zh-CN': { password: '密码', logIn: '登录', logOut: '退出', name: '登录名', wrong: /不正确/ },
};

let service;
let browser;

before(async () => {
  mkdirSync(PICTURES, { recursive: true });
  service = await serve();
  const executablePath = execFileSync('which', ['chromium'], { encoding: 'utf8' }).trim();
  browser = await chromium.launch({ executablePath, args: FLAGS });
});

after(async () => {
  await browser?.close();
  await service?.stop();
});

test('the schema can be asked for, so that there are documentation and completion', async () => {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ query: getIntrospectionQuery() });
  const answer = await (await fetch(`${service.origin}/graphql`, { method: 'POST', headers, body })).json();
  assert.equal(answer.errors, undefined, JSON.stringify(answer.errors));
  assert.ok(buildClientSchema(answer.data).getQueryType().getFields().organizations);
});

for (const { name, locale, viewport } of SCREENS) {
  test(`GraphiQL on a ${name}: the public asks, a user logs in, asks and logs out`, async () => {
    const context = await browser.newContext({ locale, viewport });
    const page = await context.newPage();
    const faults = watched(page);
    const text = TEXTS[locale];
    const button = (label) => page.getByRole('button', { name: label, exact: true });
    const picture = (step) => page.screenshot({ path: `${PICTURES}graphiql-${name}-${step}.png` });

    await page.goto(`${service.origin}/graphiql`);
    await asks(page, /南京市/);
    await picture('public');

    const { name: login, password } = service.accounts.ADMIN;
    await page.getByLabel(text.name).fill(login);
    await page.getByLabel(text.password).fill('wrong password');
    await button(text.logIn).click();
    await page.getByRole('alert').filter({ hasText: text.wrong }).waitFor();
    await page.getByLabel(text.password).fill(password);
    await button(text.logIn).click();
    await page.getByTestId('who').filter({ hasText: `${login} · ADMIN` }).waitFor();

    await page.getByRole('tab', { name: 'Me' }).click();
    await asks(page, /管理员/);
    await picture('user');

    await button(text.logOut).click();
    await button(text.logIn).waitFor();
    await asks(page, /"errors"/);
    await button(locale === 'en-US' ? '中文' : 'English').click();
    await button(locale === 'en-US' ? '登录' : 'Log in').waitFor();

    assert.deepEqual(faults, []);
    const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, document.cookie]));
    assert.ok(!kept.includes(password) && !kept.includes('eyJ'), `a secret stays in the browser: ${kept}`);
    await context.close();
  });
}

/** Runs the tab's query until that is in the answer: for a moment after a change of tabs GraphiQL still sends the old name. */
async function asks(page, expected) {
  const answer = page.locator('.graphiql-response').filter({ hasText: expected });
  for (let tries = 0; tries < 5 && !(await answer.isVisible()); tries += 1) {
    await page.getByRole('button', { name: /^Execute query/ }).click();
    await answer.waitFor({ timeout: 3_000 }).catch(() => undefined);
  }
  assert.ok(await answer.isVisible(), `${expected} is not in ${await page.locator('.graphiql-response').innerText()}`);
}

/** Everything that goes wrong on the page, and everything that it asks of another host. */
function watched(page) {
  const faults = [];
  page.on('pageerror', (error) => faults.push(`error: ${error.message}`));
  page.on('requestfailed', (request) => faults.push(`failed: ${request.url()}`));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(`console: ${message.text()}`);
  });
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.origin !== service.origin && !['data:', 'blob:'].includes(url.protocol)) faults.push(`asked: ${url}`);
  });
  return faults;
}
