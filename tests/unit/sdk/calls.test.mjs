// SPDX-FileCopyrightText: The beid-agent authors
// SPDX-License-Identifier: Apache-2.0

import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';

import { agent, freshSdk, goodAnswer, goodVersions, Ports, reply } from './agent.mjs';

const nonce = 'MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=';
const jws = 'eyJ0.eyJp-_.c2ln';
const algorithm = { cryptoAlgorithm: 'ECC', hashFunction: 'SHA-384', paddingScheme: 'NONE' };
const globals = ['navigator', 'sessionStorage'];
const real = globals.map((name) => Object.getOwnPropertyDescriptor(globalThis, name));
let ports;
let sdk;

beforeEach(async () => {
  ports = new Ports();
  sdk = await freshSdk();
});

afterEach(async () => {
  await ports.close();
  globals.forEach((name, i) => {
    delete globalThis[name];
    if (real[i] !== undefined) {
      Object.defineProperty(globalThis, name, real[i]);
    }
  });
});

function replace(name, value) {
  Object.defineProperty(globalThis, name, { configurable: true, value });
}

// An agent that gives this answer to the operation.
async function serve(answer, status = 200) {
  const handler = agent((request, response) => reply(response, status, answer));
  await ports.serve(24880, handler);
  return () => ({ ...handler.seen.at(-1), body: JSON.parse(handler.seen.at(-1).body) });
}

async function failure(promise) {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof sdk.BeidAgentError, `not an SDK error: ${error}`);
    assert.ok(Object.hasOwn(sdk.ErrorCode, error.code), error.code);
    return error;
  }
  return assert.fail('no error was thrown');
}

test('step-up for access gives the token, for a statement the text and its signature', async () => {
  const last = await serve(goodAnswer);
  assert.deepEqual(await sdk.stepUp(jws, { lang: 'de', timeoutMs: 60000, waitForCard: false }),
    goodAnswer);
  assert.equal(last().url, '/v1/step-up');
  assert.deepEqual(last().body,
    { request: jws, lang: 'de', timeoutMs: 60000, waitForCard: false });
  const statement = { statement: 'Verklaring\n', signature: 'Qg==', unverifiedEvidence: {} };
  const lastStatement = await serve(statement);
  assert.deepEqual(await sdk.stepUp(jws, { chain: true }), statement);
  assert.deepEqual(lastStatement().body, { request: jws, chain: true });
});

test('step-up refuses what is no compact JWS before anybody is called', async () => {
  for (const wrong of [undefined, '', 7, {}]) {
    assert.equal((await failure(sdk.stepUp(wrong))).code, 'ERR_WEBEID_MISSING_PARAMETER');
  }
  for (const wrong of ['a.b', 'a.b.c.d', 'a..c', 'a.b=.c', ' a.b.c', 'a.b.c\n']) {
    assert.equal((await failure(sdk.stepUp(wrong))).reason, 'bad_request', wrong);
  }
  assert.deepEqual(ports.asked, []);
});

test('null in place of options is none, as in web-eid.js', async () => {
  const last = await serve({ ...goodAnswer, certificate: 'QQ==', signature: 'Qg==',
    signatureAlgorithm: algorithm, supportedSignatureAlgorithms: [algorithm] });
  for (const [call, body] of [
    [() => sdk.authenticate(nonce, null), { challengeNonce: nonce }],
    [() => sdk.authenticateWithEvidence(nonce, null), { challengeNonce: nonce, chain: true }],
    [() => sdk.stepUp(jws, null), { request: jws }],
    [() => sdk.getSigningCertificate(null), {}],
    [() => sdk.sign('QQ==', 'aGFzaA==', 'SHA-384', null),
      { certificate: 'QQ==', hash: 'aGFzaA==', hashFunction: 'SHA-384' }],
  ]) {
    await call();
    assert.deepEqual(last().body, body);
  }
  assert.ok((await sdk.status(null)).agent.version);
  assert.ok((await sdk.permission(null)).state);
  assert.equal((await sdk.events(null).next()).done, true);
});

test('getSigningCertificate gives web-eid.js\'s two members, the chain when asked', async () => {
  const answer = { certificate: 'QQ==', supportedSignatureAlgorithms: [algorithm], chain: ['Qw=='] };
  const last = await serve(answer);
  const { chain, ...two } = answer;
  assert.deepEqual(await sdk.getSigningCertificate({ lang: 'fr' }), two);
  assert.equal(last().url, '/v1/signing-certificate');
  assert.deepEqual(last().body, { lang: 'fr' });
  assert.deepEqual(await sdk.getSigningCertificate({ chain: true }), { ...two, chain });
});

test('sign takes web-eid.js\'s arguments and gives its two members', async () => {
  const last = await serve({ signature: 'Qg==', signatureAlgorithm: algorithm });
  assert.deepEqual(await sdk.sign('QQ==', 'aGFzaA==', 'SHA-384', { userInteractionTimeout: 40000 }),
    { signature: 'Qg==', signatureAlgorithm: algorithm });
  assert.equal(last().url, '/v1/sign');
  assert.deepEqual(last().body,
    { certificate: 'QQ==', hash: 'aGFzaA==', hashFunction: 'SHA-384', timeoutMs: 40000 });
  await sdk.sign('QQ==', 'aGFzaA==', 'SHA-384', { document: { name: 'a.pdf' } });
  assert.deepEqual(last().body.document, { name: 'a.pdf' });
  ports.asked.length = 0;
  for (const args of [[], ['QQ=='], ['QQ==', 'aGFzaA=='], ['', 'aGFzaA==', 'SHA-384']]) {
    assert.ok(await failure(sdk.sign(...args)) instanceof sdk.MissingParameterError);
  }
  assert.deepEqual(ports.asked, []);
});

test('answers without what was asked are told', async () => {
  await serve({});
  for (const call of [sdk.stepUp(jws), sdk.getSigningCertificate(), sdk.sign('a', 'b', 'c'),
    sdk.authenticate(nonce)]) {
    assert.equal((await failure(call)).reason, 'bad_answer');
  }
});

test('languages of web-eid.js become the four of the agent', async () => {
  const last = await serve(goodAnswer);
  for (const [lang, sent] of [['nl-BE', 'nl'], ['FR', 'fr'], ['et', 'en'], ['de', 'de']]) {
    await sdk.authenticate(nonce, { lang });
    assert.equal(last().body.lang, sent);
  }
});

test('a time-out below the agent\'s least closes the connection, and so the prompt', async () => {
  let closed;
  const gone = new Promise((resolve) => { closed = resolve; });
  await ports.serve(24880, agent((request, response) => { response.on('close', closed); }));
  const error = await failure(sdk.authenticate(nonce, { userInteractionTimeout: 300 }));
  assert.equal(error.code, 'ERR_WEBEID_USER_TIMEOUT');
  await gone;
});

test('minimumVersion: an older agent is refused as web-eid.js refuses one', async () => {
  const last = await serve(goodAnswer);
  for (const minimumVersion of ['0.0.9', '0.1.0']) {
    await sdk.authenticate(nonce, { minimumVersion });
    assert.deepEqual(last().body, { challengeNonce: nonce });
  }
  for (const minimumVersion of ['0.1.1', '0.2.0', '1.0.0', '0.10.0']) {
    const error = await failure(sdk.authenticate(nonce, { minimumVersion }));
    assert.ok(error instanceof sdk.VersionMismatchError);
    assert.equal(error.reason, 'agent_too_old');
    assert.deepEqual(error.requiresUpdate, { extension: false, nativeApp: true });
    assert.equal(error.nativeApp, '0.1.0');
  }
  assert.equal((await failure(sdk.status({ minimumVersion: 'new' }))).reason, 'bad_request');
});

test('phones and tablets never call anybody', async () => {
  await serve(goodAnswer);
  for (const browser of [{ userAgentData: { mobile: true } },
    { userAgent: 'Mozilla/5.0 (Linux; Android 16; K) AppleWebKit/537.36' },
    { userAgent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X)' }]) {
    replace('navigator', browser);
    assert.equal((await failure(sdk.status())).reason, 'platform_unsupported');
  }
  assert.deepEqual(ports.asked, []);
  replace('navigator', { userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Firefox/153.0' });
  assert.deepEqual(await sdk.status(), goodVersions);
});

test('the next page of the tab looks at the same port first', async () => {
  const kept = new Map();
  replace('sessionStorage', {
    getItem: (name) => kept.get(name) ?? null,
    setItem: (name, value) => kept.set(name, String(value)),
  });
  await ports.serve(24885, agent());
  await sdk.status();
  ports.asked.length = 0;
  const next = await freshSdk();
  await next.status();
  assert.deepEqual(ports.asked.map((call) => call.port), [24885]);
  // What another script of the page wrote there leads nowhere else.
  for (const wrong of ['80', '24888', '24880.5', 'https://x', '']) {
    kept.forEach((value, name) => kept.set(name, wrong));
    ports.asked.length = 0;
    const other = await freshSdk();
    await other.status();
    assert.equal(ports.asked[0].port, 24880, wrong);
  }
});

test('two calls at once search once, one after the other', async () => {
  await ports.serve(24883, agent());
  const [first, second] = await Promise.all([sdk.status(), sdk.status()]);
  assert.deepEqual(first, second);
  assert.deepEqual(ports.asked.map((call) => call.port), [24880, 24881, 24882, 24883, 24883]);
});

test('a call that waits for another\'s search can be aborted; the other goes on', async () => {
  let answer;
  await ports.serve(24880, (request, response) => { answer = response; });
  const first = sdk.status();
  const controller = new AbortController();
  const second = failure(sdk.status({ signal: controller.signal }));
  while (answer === undefined) {
    await new Promise((resolve) => { setTimeout(resolve, 5); });
  }
  controller.abort();
  assert.equal((await second).reason, 'aborted');
  const { library, extension, nativeApp, ...plain } = goodVersions;
  reply(answer, 200, plain);
  assert.deepEqual(await first, { ...plain, library, extension, nativeApp });
});

// An agent whose event stream is written piece by piece.
async function stream(pieces, end = true) {
  let closed;
  const gone = new Promise((resolve) => { closed = resolve; });
  await ports.serve(24880, agent(async (request, response) => {
    response.on('close', closed);
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    for (const piece of pieces) {
      response.write(piece);
      await new Promise((next) => { setTimeout(next, 20); });
    }
    if (end) {
      response.end();
    }
  }));
  return { gone };
}

async function all(iterator) {
  const names = [];
  for await (const name of iterator) {
    names.push(name);
  }
  return names;
}

test('events, however they are cut, until done', async () => {
  const { gone } = await stream([':\n\n', 'event: window-op', 'ened\ndata: {"event":"window-opened"}\n',
    '\nevent: pin-entry\ndata: {}\n\nevent: do', 'ne\ndata: {}\n\nevent: late\n\n'], false);
  assert.deepEqual(await all(sdk.events()), ['window-opened', 'pin-entry', 'done']);
  await gone;
});

test('a stream that ends early just ends, one that breaks is told', async () => {
  await stream([':\n\n', 'event: signing\n\n']);
  assert.deepEqual(await all(sdk.events()), ['signing']);
  await ports.serve(24880, agent((request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.write(':\n\n', () => response.destroy());
  }));
  assert.equal((await failure(all(sdk.events()))).reason, 'agent_unreachable');
});

test('leaving the loop or aborting closes the stream', async () => {
  const { gone } = await stream(['event: pin-entry\n\n'], false);
  for await (const name of sdk.events()) {
    assert.equal(name, 'pin-entry');
    break;
  }
  await gone;
  const other = await stream(['event: pin-entry\n\n'], false);
  const controller = new AbortController();
  const events = sdk.events({ signal: controller.signal });
  assert.deepEqual(await events.next(), { done: false, value: 'pin-entry' });
  controller.abort();
  assert.equal((await failure(events.next())).reason, 'aborted');
  await other.gone;
});

test('events: refusals of the agent, and endless junk', async () => {
  await serve({ error: { code: 'busy', message: 'm', reference: 'E10-00000', retryable: true } }, 409);
  assert.equal((await failure(all(sdk.events()))).reason, 'busy');
  await stream(['x'.repeat(70000)], false);
  assert.equal((await failure(all(sdk.events()))).reason, 'bad_answer');
});

test('permission tells the state, and what to do in four languages', async () => {
  const asked = [];
  const query = (known, state) => replace('navigator', {
    permissions: {
      query: async ({ name }) => {
        asked.push(name);
        if (!known.includes(name)) {
          throw new TypeError(name);
        }
        return { state };
      },
    },
  });
  for (const state of ['prompt', 'denied']) {
    query(['loopback-network'], state);
    const answer = await sdk.permission();
    assert.equal(answer.state, state);
    assert.deepEqual(Object.keys(answer.text), ['nl', 'fr', 'de', 'en']);
    assert.equal(new Set(Object.values(answer.text)).size, 4);
  }
  query(['local-network-access'], 'granted');
  asked.length = 0;
  assert.deepEqual(await sdk.permission(), { state: 'granted', text: null });
  assert.deepEqual(asked, ['loopback-network', 'local-network-access']);
  query([], 'granted');
  assert.deepEqual(await sdk.permission(), { state: 'unsupported', text: null });
  replace('navigator', {});
  assert.equal((await sdk.permission()).state, 'unsupported');
  assert.deepEqual(ports.asked, []);
});

test('references are read as people write them', () => {
  const codes = Object.keys(sdk.agentReasons);
  codes.forEach((reason, i) => {
    const reference = `E${String(i + 1).padStart(2, '0')}-7K3QX`;
    assert.deepEqual(sdk.decodeReference(reference), { reference, reason });
  });
  assert.deepEqual(sdk.decodeReference(' e13 - 7kOil '),
    { reference: 'E13-7K011', reason: 'no_card' });
  assert.equal(sdk.decodeReference('E137K3QX').reason, 'no_card');
  for (const wrong of ['', null, undefined, 'E00-7K3QX', 'E99-7K3QX', 'E13-7K3Q', 'E13-7K3QXX',
    'F13-7K3QX', 'E13-7K3QU']) {
    assert.equal(sdk.decodeReference(wrong), null, wrong);
  }
});

test('web-eid.js\'s names are all there', () => {
  for (const name of ['ActionTimeout', 'ContextInsecure', 'Developer', 'ExtensionUnavailable',
    'NativeFatal', 'NativeUnavailable', 'Unknown', 'UserCancelled', 'UserTimeout', 'VersionInvalid',
    'VersionMismatch']) {
    assert.ok(sdk[`${name}Error`].prototype instanceof Error, name);
  }
  assert.equal(sdk.ErrorCode.ERR_WEBEID_USER_CANCELLED, 'ERR_WEBEID_USER_CANCELLED');
  assert.equal(Object.keys(sdk.ErrorCode).length, 13);
  assert.equal(Object.keys(sdk.Action).length, 17);
  assert.equal(sdk.Action.WARNING, 'web-eid:warning');
  assert.equal(sdk.Action.GET_SIGNING_CERTIFICATE_ACK, 'web-eid:get-signing-certificate-ack');
  assert.deepEqual(Object.keys(sdk.config).sort(), ['DEFAULT_USER_INTERACTION_TIMEOUT',
    'EXTENSION_HANDSHAKE_TIMEOUT', 'MAX_EXTENSION_LOAD_DELAY', 'NATIVE_APP_HANDSHAKE_TIMEOUT',
    'VERSION']);
  assert.equal(sdk.config.VERSION, sdk.version);
});

test('a status that fails tells the library, as web-eid.js does', async () => {
  assert.equal((await failure(sdk.status())).library, sdk.version);
});
