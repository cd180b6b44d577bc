// SPDX-FileCopyrightText: The beid-agent authors
// SPDX-License-Identifier: Apache-2.0

/** The helpdesk's decoder: every code that exists, and what it says. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { agentReasons, decodeReference, ownReasons } from '../../../portal/sdk/beid-agent.js';
import { codes, explain } from '../../../portal/sdk/helpdesk.js';

const source = (path) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
const LANGUAGES = ['nl', 'fr', 'de', 'en'];
const of = (kind) => codes.filter((code) => code.kind === kind);

function wholeAnswer(answer, code) {
  assert.equal(answer.explanations.length, 1, code);
  const [found] = answer.explanations;
  assert.equal(found.code, code);
  for (const lang of LANGUAGES) {
    for (const part of ['cause', 'say', 'action']) {
      assert.match(found[lang][part], /^\S.*[.?]$/u, `${code} ${lang} ${part}`);
    }
  }
  const texts = LANGUAGES.map((lang) => found[lang].say);
  assert.equal(new Set(texts).size, 4, `${code} says the same in two languages`);
}

test('every error of the agent, numbered as its own table', () => {
  const rows = [...source('agent/api/errors.c').matchAll(/ROW\([A-Z_]+, "([a-z_]+)"/g)]
    .map(([, code], index) => ({ kind: 'agent', number: index + 1, code }));
  assert.ok(rows.length > 30);
  assert.deepEqual(of('agent'), rows);
  for (const { number, code } of rows) {
    const reference = `E${String(number).padStart(2, '0')}-7K3QX`;
    wholeAnswer(explain(reference), code);
    assert.deepEqual(decodeReference(reference), { reference, reason: code });
  }
});

test('every reason of the SDK, its own and the agent\'s', () => {
  assert.deepEqual(of('sdk').map(({ code }) => code).sort(), Object.keys(ownReasons).sort());
  for (const reason of [...Object.keys(ownReasons), ...Object.keys(agentReasons)]) {
    wholeAnswer(explain(reason), reason);
  }
});

test('every finding of the doctor, by the bits of its manual and its program', () => {
  const manual = [...source('packaging/man/beid-agent-doctor.1')
    .matchAll(/^\.It (\d+) Ta ([a-z-]+)$/gm)]
    .map(([, number, code]) => ({ kind: 'doctor', number: Number(number), code }));
  assert.deepEqual(of('doctor'), manual);
  const numbers = Object.fromEntries([...source('agent/cli/doctor.h')
    .matchAll(/^ {4}DOCTOR_([A-Z_]+) = (\d+),?$/gm)].map(([, name, number]) => [name, number]));
  const words = [...source('agent/cli/doctor_judge.c')
    .matchAll(/\[DOCTOR_([A-Z_]+)\] = "([a-z-]+)"/g)]
    .map(([, name, code]) => ({ kind: 'doctor', number: Number(numbers[name]), code }));
  assert.deepEqual(of('doctor'), words);
  for (const { code } of words.filter((word) => word.code.includes('-'))) {
    assert.equal(explain(code).explanations.length, 1, code);
  }
});

test('codes of the doctor: several findings, none, and those of a newer agent', () => {
  // As doctor_code() writes them.
  const both = explain('D1-10100-DB', 'nl');
  assert.deepEqual(both.explanations.map(({ code }) => code), ['no-card', 'pin-blocked']);
  assert.equal(both.newer, false);
  assert.deepEqual(explain('D1-0-00').explanations.map(({ code }) => code), ['nothing_found']);
  const newer = explain('D1-4000000000000000-40', 'nl');
  assert.deepEqual(newer.explanations, []);
  assert.equal(newer.newer, true);
  for (const wrong of ['D1-100-E2', 'D1-101-E3', 'D2-100-E3', 'D1-100', 'D1--00',
    'D1-00000000000000100-E3']) {
    assert.equal(explain(wrong), null, wrong);
  }
});

test('codes are read as people write them', () => {
  for (const text of ['E13-7K3QX', 'e13-7k3qx', ' E13 7K3QX ', 'E137K3QX', 'EI3-7K3QX',
    'El3-7k3qx']) {
    assert.equal(explain(text)?.reference, 'E13-7K3QX', text);
  }
  assert.equal(explain('d1 - 1oo - e3')?.reference, 'D1-100-E3');
  assert.equal(explain('PIN forgotten'), null);
  assert.equal(explain('pin-forgotten').reference, 'pin_forgotten');
  for (const text of ['', 'E', 'E00-7K3QX', 'E99-7K3QX', 'E13-7K3Q', 'E13-7K3QU', 'E1-7K3QX',
    'constructor', '__proto__', undefined, null, 13]) {
    assert.equal(explain(text), null, String(text));
  }
});

test('one language when it is asked for', () => {
  for (const lang of LANGUAGES) {
    assert.deepEqual(Object.keys(explain('no_card', lang).explanations[0]), ['code', lang]);
  }
});

test('the situations of the helpdesk have a title each', () => {
  const names = of('situation').map(({ code }) => code);
  for (const name of ['pin_forgotten', 'blocker_extension', 'brave', 'vpn_proxy',
    'remote_desktop', 'pinpad_dark']) {
    assert.ok(names.includes(name), name);
  }
  for (const name of names) {
    const [found] = explain(name).explanations;
    assert.ok(LANGUAGES.every((lang) => found[lang].title), name);
  }
});
