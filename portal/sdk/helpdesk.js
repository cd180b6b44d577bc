// SPDX-FileCopyrightText: The beid-agent authors
// SPDX-License-Identifier: Apache-2.0

// For the helpdesk's own application; pages of citizens do not need it.

import { entries, subjects } from './helpdesk-texts.js';

const KINDS = { E: 'agent', D: 'doctor', S: 'sdk', T: 'situation' };

// The agent's reference and the code of "beid-agent doctor". People read O, I
// and L for 0, 1 and 1.
const REFERENCE = /^E([0-9]{2})-?([0-9A-HJKMNP-TV-Z]{5})$/;
const DOCTOR = /^D1-([0-9A-F]{1,16})-([0-9A-F]{1,2})$/;
const CHECK_MODULUS = 251;

/** What can be looked up: { kind, number, code }. */
export const codes = Object.freeze(subjects.map(([kind, number, code]) =>
  Object.freeze({ kind: KINDS[kind], number, code })));

/**
 * What to say about a code that a citizen reads to the helpdesk: the reference
 * on the page, the code of "beid-agent doctor", or a name (an error code of
 * the agent, a reason of the SDK, a finding, a situation without a code).
 * { kind, reference, newer, explanations: [{ code, nl: { cause, say, action },
 * fr, de, en }] }, with one of the languages when lang names it. null when it
 * is no code that this version knows.
 */
export function explain(text, lang) {
  const tidy = String(text).toUpperCase().replace(/\s/g, '');
  const mended = tidy.slice(0, 1) + tidy.slice(1).replace(/O/g, '0').replace(/[IL]/g, '1');
  const found = ofAgent(mended) ?? ofDoctor(mended) ?? ofName(tidy);
  return found && {
    kind: found.kind, reference: found.reference, newer: found.newer ?? false,
    explanations: found.subjects.map(([, , code, entry]) =>
      ({ code, ...inLanguages(entries[entry], lang) })),
  };
}

function ofAgent(code) {
  const match = REFERENCE.exec(code);
  const subject = match
    && subjects.find(([kind, number]) => kind === 'E' && number === Number(match[1]));
  return subject
    ? { kind: 'agent', reference: `E${match[1]}-${match[2]}`, subjects: [subject] } : null;
}

function ofDoctor(code) {
  const match = DOCTOR.exec(code);
  const mask = match && BigInt(`0x${match[1]}`);
  if (!match || parseInt(match[2], 16) !== checkOf(mask)) {
    return null;
  }
  const has = (number) => (mask >> BigInt(number)) & 1n;
  const found = mask === 0n ? [named('nothing_found')]
    : subjects.filter(([kind, number]) => kind === 'D' && has(number));
  const known = found.reduce((sum, [, number]) => sum | 1n << BigInt(number ?? 0), 0n);
  const check = checkOf(mask).toString(16).toUpperCase().padStart(2, '0');
  return {
    kind: 'doctor', reference: `D1-${mask.toString(16).toUpperCase()}-${check}`,
    newer: mask !== 0n && known !== mask, subjects: found,
  };
}

// As beid-agent-doctor(1) computes it.
function checkOf(mask) {
  let check = 0;
  for (let shift = 0n; shift < 64n; shift += 8n) {
    check = (check * 3 + Number((mask >> shift) & 0xffn)) % CHECK_MODULUS;
  }
  return check;
}

function ofName(text) {
  const subject = named(text);
  return subject ? { kind: 'name', reference: subject[2], subjects: [subject] } : null;
}

// "no_reader" is "no-reader".
function named(text) {
  const plain = (name) => name.toUpperCase().replace(/-/g, '_');
  return subjects.find(([, , name]) => plain(name) === plain(text));
}

function inLanguages(entry, lang) {
  return Object.fromEntries(Object.entries(entry)
    .filter(([name]) => lang === undefined || name === lang)
    .map(([name, [cause, say, action, title]]) =>
      [name, { ...title && { title }, cause, say, action }]));
}
