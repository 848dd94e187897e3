/** What was built loads nothing from another host, and fits its names. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const DIST = new URL('../dist/', import.meta.url);
const files = (folder) => readdirSync(new URL(folder, DIST), { withFileTypes: true }).filter((entry) => entry.isFile());
const read = (name) => readFileSync(new URL(name, DIST), 'utf8');

/** How each kind of file would load from elsewhere. */
const ELSEWHERE = {
  html: /(?:src|href|action)\s*=\s*["']?(?!\/assets\/)[^"'\s>]+/gi,
  css: /(?:url\(\s*["']?|@import\s+["'])(?:https?:)?\/\/[^)"']+/gi,
  js: /(?:\bimport\s*\(?|\bfrom|\bnew\s+(?:Shared)?Worker\s*\(|\bimportScripts\s*\(|\bfetch\s*\()\s*["'`](?:https?:)?\/\/[^"'`]+/gi,
};

test('no page, style sheet or script loads from another host', () => {
  const names = [...files('.'), ...files('assets')].map(({ name }) => name);
  assert.ok(names.filter((name) => name.endsWith('.js')).length > 3, 'run make web first');
  for (const [folder, entries] of [['', files('.')], ['assets/', files('assets')]]) {
    for (const { name } of entries) {
      const pattern = ELSEWHERE[name.split('.').pop()];
      if (pattern) assert.deepEqual(read(folder + name).match(pattern), null, name);
    }
  }
});

test('an asset that is kept for ever has a digest in its name', () => {
  for (const { name } of files('assets')) assert.match(name, /-[\w-]{8}\.\w+$/);
});

test('a page holds no script of its own, which the security policy would refuse', () => {
  for (const { name } of files('.').filter((entry) => entry.name.endsWith('.html'))) {
    assert.doesNotMatch(read(name), /<script(?![^>]*\bsrc=)|\son\w+\s*=|<style/i, name);
  }
});
