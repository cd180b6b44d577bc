// SPDX-FileCopyrightText: The beid-agent authors
// SPDX-License-Identifier: Apache-2.0

// Whatever goes wrong, the portal's page has something to say about it, in
// every language.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { agentReasons, ownReasons } from '../../../portal/sdk/errors.js';

const reference = new URL('../../../portal/reference/', import.meta.url);
const read = (name) => readFileSync(new URL(name, reference), 'utf8');
const languages = ['nl', 'fr', 'de', 'en'];
const texts = Object.fromEntries(languages.map((language) => [language,
  new Map(read(`www/text/${language}.txt`).split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(/ = (.*)/s)))]));

// Words of login.js itself, and of the C files that refuse something.
function portalWords() {
  const words = new Set(['portal_unreachable', 'signature_missing',
    'statement_waiting', 'statement_sent', 'other']);
  for (const name of readdirSync(reference).filter((file) => file.endsWith('.c'))) {
    const text = read(name);
    const calls = text.match(/answer_error\([^;]*;/g) ?? [];
    const tables = text.match(/^refusal_word\(.*?^}/gms) ?? [];
    for (const [, word] of [...calls, ...tables].join('\n').matchAll(/"([a-z_]+)"/g)) {
      words.add(word);
    }
  }
  return words;
}

const explained = new Map();
for (const [, codes, title, advice] of read('www/layout.html').matchAll(
  /<li data-reason="([^"]*)"[^>]* data-title="{{(\w+)}}">{{(\w+)}}<\/li>/g)) {
  for (const code of codes.split(' ')) {
    assert.ok(!explained.has(code), `${code} is explained twice`);
    explained.set(code, [title, advice]);
  }
}

test('every error has a title and an advice in each language', () => {
  const portal = portalWords();
  assert.ok(portal.has('nonce_expired') && portal.has('card_not_accepted'));
  const codes = new Set([...Object.keys(agentReasons), ...Object.keys(ownReasons), ...portal]);
  assert.ok(codes.size > 40, `only ${codes.size} codes found`);
  for (const code of codes) {
    assert.ok(explained.has(code), `nothing to say about ${code}`);
    for (const key of explained.get(code)) {
      for (const language of languages) {
        assert.ok(texts[language].get(key)?.trim(), `${language} has no ${key}`);
      }
      const different = new Set(languages.map((language) => texts[language].get(key)));
      assert.equal(different.size, languages.length, `${key} is not translated`);
    }
  }
});

test('nothing is explained that cannot happen', () => {
  const codes = new Set([...Object.keys(agentReasons), ...Object.keys(ownReasons),
    ...portalWords()]);
  for (const code of explained.keys()) {
    assert.ok(codes.has(code), `${code} never happens`);
  }
});

test('the languages have the same texts', () => {
  const keys = [...texts.nl.keys()].sort();
  for (const language of languages) {
    assert.deepEqual([...texts[language].keys()].sort(), keys);
  }
});

test('every text is used', () => {
  const sources = [...readdirSync(new URL('www/', reference)).filter((name) =>
    /\.(html|js)$/.test(name)).map((name) => read(`www/${name}`)),
  ...readdirSync(reference).filter((name) => name.endsWith('.c')).map(read)].join('\n');
  const used = new Set(sources.match(/[a-z][a-z0-9_]+/g));
  const unused = [...texts.nl.keys()].filter((key) => !used.has(key));
  assert.deepEqual(unused, []);
});
