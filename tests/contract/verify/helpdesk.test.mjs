// SPDX-FileCopyrightText: The beid-agent authors
// SPDX-License-Identifier: Apache-2.0

/**
 * One table, three readers: beid-verify reference, the SDK's decoder and
 * HELPDESK.md say the same. BEID_VERIFY names the program.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';

import { codes, explain } from '../../../portal/sdk/helpdesk.js';

const MODULUS = 251;

function reference(...args) {
  const { status, stdout, stderr } = spawnSync(process.env.BEID_VERIFY,
    ['reference', ...args], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

// Both know it, or neither does, and they say the same.
function same(text) {
  const { status, stdout } = reference('--json', '--', text);
  const ours = explain(text);
  assert.equal(status, ours === null ? 2 : 0, `${text}: exit ${status}`);
  assert.deepEqual(stdout === '' ? null : JSON.parse(stdout), ours, text);
  return ours;
}

function doctorCode(mask) {
  let check = 0;
  for (let shift = 0n; shift < 64n; shift += 8n) {
    check = (check * 3 + Number((mask >> shift) & 0xffn)) % MODULUS;
  }
  return `D1-${mask.toString(16)}-${check.toString(16).padStart(2, '0')}`;
}

test('what is made of helpdesk.txt is as it would be made now', () => {
  const { status, stderr } = spawnSync('python3',
    [fileURLToPath(new URL('../../../portal/verify/helpdesk.py', import.meta.url)), '--check'],
    { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
});

test('every code and every name', () => {
  for (const { kind, number, code } of codes) {
    assert.notEqual(same(code), null, code);
    if (kind === 'agent') {
      assert.equal(same(`E${String(number).padStart(2, '0')}-7K3QX`).explanations[0].code, code);
    } else if (kind === 'doctor') {
      assert.equal(same(doctorCode(1n << BigInt(number))).explanations[0].code, code);
    }
  }
});

test('many findings at once, none, and some of a newer agent', () => {
  for (const mask of [0n, (1n << 29n) - 1n, (1n << 64n) - 1n, 1n << 63n, 0x4000000100n]) {
    assert.notEqual(same(doctorCode(mask)), null);
  }
});

test('as people write them, and what is none', () => {
  for (const text of ['e13-7k3qx', ' E13 7K3QX ', 'El3-7k3qX', 'EO1-OOOOO', 'd1-1oo-e3', 'No-Reader',
    'PIN_FORGOTTEN', '', ' ', 'E', 'E1', 'E13', 'E13-', 'E13-7K3Q', 'E13-7K3QXX', 'E13--7K3QX',
    'E99-7K3QX', 'E00-7K3QX', 'E13-7K3QU', 'EAA-7K3QX', 'D1-', 'D1-100', 'D1-100-', 'D1-100-E2',
    'D1-G-00', 'D1-00000000000000100-E3', 'D2-100-E3', 'labels', 'constructor', 'no_readers',
    'x'.repeat(100)]) {
    same(text);
  }
});

test('for people: the language that was asked for, or all four', () => {
  const four = reference('E13-7K3QX');
  assert.equal(four.status, 0);
  const one = reference('--lang', 'fr', 'E13-7K3QX');
  const said = explain('E13-7K3QX').explanations[0];
  for (const lang of ['nl', 'fr', 'de', 'en']) {
    assert.ok(four.stdout.includes(`: ${said[lang].say}\n`), lang);
    assert.equal(one.stdout.includes(said[lang].say), lang === 'fr', lang);
  }
  assert.match(one.stdout, /^E13-7K3QX: no_card\n/);
  assert.equal(reference('--lang', 'it', 'E13-7K3QX').status, 2);
  assert.equal(reference().status, 2);
  assert.equal(reference('a', 'b').status, 2);
});
