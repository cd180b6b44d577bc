// SPDX-FileCopyrightText: The beid-agent authors
// SPDX-License-Identifier: Apache-2.0

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, test } from 'node:test';

import { agent, freshSdk, goodAnswer, goodVersions, Ports, reply } from './agent.mjs';

const nonce = 'MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=';
const realNavigator = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
let ports;
let sdk;

beforeEach(async () => {
  ports = new Ports();
  sdk = await freshSdk();
});

afterEach(async () => {
  await ports.close();
  if (realNavigator === undefined) {
    delete globalThis.navigator;
  } else {
    Object.defineProperty(globalThis, 'navigator', realNavigator);
  }
  delete globalThis.isSecureContext;
});

// A browser whose permission is what next() says at each question; dispatch
// 'change' on answered when the citizen answered.
const answered = new EventTarget();
function browser(next, { clicked = true, names = ['loopback-network'] } = {}) {
  Object.defineProperty(globalThis, 'navigator', {
    configurable: true,
    value: {
      userActivation: { hasBeenActive: clicked },
      permissions: {
        query: async ({ name }) => {
          if (!names.includes(name)) {
            throw new TypeError(name);
          }
          return Object.assign(answered, { state: next() });
        },
      },
    },
  });
}

// Node 18 may forget to abort a fetch once its garbage collector ran, which no
// browser does: after a while the stranger hangs up, so that a run ends.
function hangUpLater(request) {
  setTimeout(() => request.socket.destroy(), 8000).unref();
}

async function failure(promise) {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof sdk.BeidAgentError, `not an SDK error: ${error}`);
    assert.ok(error instanceof Error);
    assert.match(error.code, /^ERR_WEBEID_/);
    return error;
  }
  return assert.fail('no error was thrown');
}

test('importing calls nobody', () => {
  assert.deepEqual(ports.asked, []);
});

test('status of an agent on the first port, with the header', async () => {
  const handler = agent();
  await ports.serve(24880, handler);
  assert.deepEqual(await sdk.status(), goodVersions);
  assert.equal(handler.seen.length, 1);
  assert.equal(handler.seen[0].method, 'GET');
  assert.equal(handler.seen[0].headers['x-beid-agent'], '1');
  assert.equal(handler.seen[0].headers.cookie, undefined);
});

test('authenticate gives the five members of web-eid.js', async () => {
  const handler = agent();
  await ports.serve(24880, handler);
  const token = await sdk.authenticate(nonce, { lang: 'fr', userInteractionTimeout: 45000 });
  assert.deepEqual(token, goodAnswer.token);
  const post = handler.seen.at(-1);
  assert.equal(post.method, 'POST');
  assert.equal(post.url, '/v1/authenticate');
  assert.equal(post.headers['content-type'], 'application/json');
  assert.equal(post.headers['x-beid-agent'], '1');
  assert.deepEqual(JSON.parse(post.body), { challengeNonce: nonce, lang: 'fr', timeoutMs: 45000 });
});

test('authenticateWithEvidence asks for the chain and gives the whole answer', async () => {
  const handler = agent();
  await ports.serve(24880, handler);
  const options = { certificateSha256: 'ab'.repeat(32), waitForCard: false };
  assert.deepEqual(await sdk.authenticateWithEvidence(nonce, options), goodAnswer);
  assert.deepEqual(JSON.parse(handler.seen.at(-1).body),
    { challengeNonce: nonce, chain: true, ...options });
});

test('stepUp posts the request and gives the whole answer', async () => {
  const handler = agent();
  await ports.serve(24880, handler);
  const answer = await sdk.stepUp('a.b.c', { lang: 'fr', chain: true });
  assert.deepEqual(answer, goodAnswer);
  assert.equal(handler.seen.at(-1).url, '/v1/step-up');
  assert.deepEqual(JSON.parse(handler.seen.at(-1).body),
    { request: 'a.b.c', lang: 'fr', chain: true });
  const error = await failure(sdk.stepUp(''));
  assert.equal(error.reason, 'missing_parameter');
});

test('time-outs are brought within what the agent takes', async () => {
  const handler = agent();
  await ports.serve(24880, handler);
  for (const [asked, sent] of [[29999, 30000], [1e9, 900000], [31000.4, 31000]]) {
    await sdk.authenticate(nonce, { timeoutMs: asked });
    assert.equal(JSON.parse(handler.seen.at(-1).body).timeoutMs, sent);
  }
});

test('a time-out that is no number is refused before anybody is called', async () => {
  for (const wrong of [NaN, Infinity, '60000', 'soon', {}, true]) {
    for (const name of ['timeoutMs', 'userInteractionTimeout']) {
      const error = await failure(sdk.authenticate(nonce, { [name]: wrong }));
      assert.equal(error.code, 'ERR_WEBEID_NATIVE_INVALID_ARGUMENT');
      assert.equal(error.reason, 'bad_request');
    }
  }
  assert.deepEqual(ports.asked, []);
});

test('wrong nonces are refused before anybody is called', async () => {
  for (const wrong of [undefined, null, '', 42]) {
    const error = await failure(sdk.authenticate(wrong));
    assert.equal(error.code, 'ERR_WEBEID_MISSING_PARAMETER');
    assert.ok(error instanceof sdk.MissingParameterError);
  }
  for (const wrong of ['a'.repeat(43), 'a'.repeat(129)]) {
    const error = await failure(sdk.authenticate(wrong));
    assert.equal(error.code, 'ERR_WEBEID_NATIVE_INVALID_ARGUMENT');
  }
  assert.deepEqual(ports.asked, []);
});

test('strangers on earlier ports are passed over', async () => {
  await ports.serve(24880, (request, response) => reply(response, 403, ''));
  await ports.serve(24881, (request, response) => reply(response, 200, '<html>'));
  await ports.serve(24882, (request, response) => reply(response, 200, { hello: 'world' }));
  await ports.serve(24883, (request, response) => reply(response, 404, {}));
  await ports.serve(24884, (request) => request.socket.destroy());
  await ports.serve(24885, (request, response) => {
    response.writeHead(302, { Location: 'http://127.0.0.1:1/' });
    response.end();
  });
  await ports.serve(24887, agent());
  assert.deepEqual(await sdk.status(), goodVersions);
  assert.deepEqual(ports.asked.map((call) => call.port),
    [24880, 24881, 24882, 24883, 24884, 24885, 24886, 24887]);
});

test('a stranger who never answers costs a moment, not for ever', async () => {
  await ports.serve(24880, hangUpLater);
  await ports.serve(24881, (request, response) => {
    hangUpLater(request);
    response.writeHead(200);
    response.write('{'); // and the rest never comes
  });
  await ports.serve(24882, agent());
  assert.deepEqual(await sdk.status(), goodVersions);
});

test('the port is remembered, and forgotten when nobody is there any more', async () => {
  const handler = agent();
  const server = await ports.serve(24883, handler);
  await sdk.status();
  ports.asked.length = 0;
  await sdk.authenticate(nonce);
  assert.deepEqual(ports.asked.map((call) => call.port), [24883, 24883]);

  // The agent is started anew on another port.
  ports.map.delete(24883);
  server.close();
  await ports.serve(24880, agent());
  ports.asked.length = 0;
  await sdk.status();
  assert.deepEqual(ports.asked.map((call) => call.port), [24883, 24880]);
});

test('nobody there', async () => {
  const error = await failure(sdk.status());
  assert.equal(error.reason, 'agent_unreachable');
  assert.equal(error.code, 'ERR_WEBEID_NATIVE_UNAVAILABLE');
  assert.ok(error.retryable);
});

test('only agents that do not serve us', async () => {
  await ports.serve(24881, (request, response) => reply(response, 403, ''));
  const error = await failure(sdk.authenticate(nonce));
  assert.equal(error.reason, 'agent_not_for_this_site');
  assert.ok(error instanceof sdk.NativeUnavailableError);
  // What browsers demand of a request whose answer the page may not read.
  for (const { init } of ports.asked.filter((call) => call.init.mode === 'no-cors')) {
    assert.equal(init.redirect, 'follow');
    assert.equal(init.headers, undefined);
  }
});

test('any program that answers there: the page does not say that an agent runs', async () => {
  await ports.serve(24883, (request, response) => reply(response, 200, '<html>'));
  const error = await failure(sdk.status());
  assert.equal(error.reason, 'agent_not_for_this_site');
  assert.doesNotMatch(error.message, /agent/);
  const { explain } = await import('../../../portal/sdk/helpdesk.js');
  const other = { nl: /ander programma/, fr: /autre programme/, de: /anderes Programm/,
    en: /another program/ };
  for (const [lang, words] of Object.entries(other)) {
    assert.match(explain(error.reason).explanations[0][lang].cause, words);
  }
});

test('errors of the agent keep code, reference and retry advice', async () => {
  const classes = {
    user_cancelled: ['ERR_WEBEID_USER_CANCELLED', 'UserCancelledError'],
    user_timeout: ['ERR_WEBEID_USER_TIMEOUT', 'UserTimeoutError'],
    busy: ['ERR_WEBEID_ACTION_PENDING', 'ActionPendingError'],
    pin_blocked: ['ERR_WEBEID_NATIVE_FATAL', 'NativeFatalError'],
    bad_request: ['ERR_WEBEID_NATIVE_INVALID_ARGUMENT', 'NativeInvalidArgumentError'],
    of_the_future: ['ERR_WEBEID_UNKNOWN_ERROR', 'UnknownError'],
    constructor: ['ERR_WEBEID_UNKNOWN_ERROR', 'UnknownError'],
  };
  let code;
  await ports.serve(24880, agent((request, response) => reply(response, 409, {
    error: { code, message: 'text', reference: 'K7-Q2', retryable: true, retryAfterMs: 500 },
  })));
  for (code of Object.keys(classes)) {
    const error = await failure(sdk.authenticate(nonce));
    assert.equal(error.reason, code);
    assert.equal(error.code, classes[code][0]);
    assert.equal(error.name, classes[code][1]);
    assert.ok(error instanceof sdk[classes[code][1]]);
    assert.deepEqual([error.message, error.reference, error.retryable, error.retryAfterMs],
      ['text', 'K7-Q2', true, 500]);
  }
});

test('an error of our agent at status is told, not passed over', async () => {
  await ports.serve(24880, (request, response) => reply(response, 400, {
    error: { code: 'bad_request', message: 'header', reference: 'A', retryable: false },
  }));
  assert.equal((await failure(sdk.status())).reason, 'bad_request');
  await ports.serve(24880, (request, response) => reply(response, 403, {
    error: { code: 'portal_blocked', message: 'user', reference: 'B', retryable: false },
  }));
  assert.equal((await failure(sdk.status())).reason, 'portal_blocked');
});

test('answers that are none', async () => {
  let body;
  await ports.serve(24880, agent((request, response) => reply(response, 200, body)));
  for (body of ['', 'no json', '{}', '[]', 'null', '{"token":{}}']) {
    assert.equal((await failure(sdk.authenticate(nonce))).reason, 'bad_answer');
  }
});

// What asks the agent for more than its status, and all that takes a signal.
const operations = {
  authenticate: (options) => sdk.authenticate(nonce, options),
  authenticateWithEvidence: (options) => sdk.authenticateWithEvidence(nonce, options),
  stepUp: (options) => sdk.stepUp('a.b.c', options),
  getSigningCertificate: (options) => sdk.getSigningCertificate(options),
  sign: (options) => sdk.sign('QQ==', 'Qg==', 'SHA-384', options),
  events: (options) => sdk.events(options).next(),
};
const searching = { status: (options) => sdk.status(options), ...operations };
const calls = { permission: (options) => sdk.permission(options), ...searching };

test('no call is missing in the lists for signals', () => {
  const takeNone = ['decodeReference', 'errorFor'];
  assert.deepEqual(Object.keys(sdk).filter((name) => typeof sdk[name] === 'function'
    && !name.endsWith('Error') && !takeNone.includes(name)).sort(), Object.keys(calls).sort());
});

test('aborting closes the connection and says so', async () => {
  let controller;
  let closed;
  const handler = agent((request, response) => {
    response.on('close', closed);
    controller.abort();
  });
  await ports.serve(24880, handler);
  for (const [name, call] of Object.entries(operations)) {
    controller = new AbortController();
    const gone = new Promise((resolve) => { closed = resolve; });
    const error = await failure(call({ signal: controller.signal }));
    assert.equal(error.reason, 'aborted', name);
    assert.equal(error.code, 'ERR_WEBEID_USER_CANCELLED');
    await gone;
    assert.notEqual(handler.seen.at(-1).url, '/v1/status', name);
  }
  assert.equal(handler.seen.length, 2 * Object.keys(operations).length);
});

test('a signal that is aborted already calls nobody', async () => {
  const signal = AbortSignal.abort();
  for (const [name, call] of Object.entries(calls)) {
    assert.equal((await failure(call({ signal }))).reason, 'aborted', name);
  }
  assert.deepEqual(ports.asked, []);
});

test('aborting while ports are searched', async () => {
  let controller;
  await ports.serve(24880, () => controller.abort());
  for (const [name, call] of Object.entries(searching)) {
    controller = new AbortController();
    ports.asked.length = 0;
    assert.equal((await failure(call({ signal: controller.signal }))).reason, 'aborted', name);
    assert.deepEqual(ports.asked.map((one) => one.port), [24880], name);
  }
});

test('aborting while the browser looks its permission up', async () => {
  for (const [name, call] of Object.entries(calls)) {
    const controller = new AbortController();
    browser(() => {
      controller.abort();
      return 'granted';
    });
    assert.equal((await failure(call({ signal: controller.signal }))).reason, 'aborted', name);
  }
});

test('a connection that breaks during the PIN', async () => {
  await ports.serve(24880, agent((request) => request.socket.destroy()));
  const error = await failure(sdk.authenticate(nonce));
  assert.equal(error.reason, 'agent_unreachable');
  assert.ok(error.cause);
});

test('permission denied: nobody is called', async () => {
  browser(() => 'denied');
  await ports.serve(24880, agent());
  assert.equal((await failure(sdk.status())).reason, 'permission_denied');
  assert.deepEqual(ports.asked, []);
});

test('before a click nobody is called, unless permission was given', async () => {
  await ports.serve(24880, agent());
  browser(() => 'prompt', { clicked: false });
  assert.equal((await failure(sdk.status())).reason, 'user_gesture_required');
  assert.deepEqual(ports.asked, []);
  browser(() => 'granted', { clicked: false });
  assert.deepEqual(await sdk.status(), goodVersions);
});

test('question dismissed or refused: no other port is asked', async () => {
  await ports.serve(24880, (request) => {
    setTimeout(() => request.socket.destroy(), 700); // a person closes the question
  });
  browser(() => 'prompt');
  let error = await failure(sdk.status());
  assert.equal(error.reason, 'permission_dismissed');
  assert.ok(error.retryable);
  const answers = ['prompt', 'denied'];
  browser(() => answers.shift());
  error = await failure(sdk.status());
  assert.equal(error.reason, 'permission_denied');
  assert.deepEqual(ports.asked.map((call) => call.port), [24880, 24880]);
});

test('ports without listener ask nobody: the search goes on', async () => {
  browser(() => 'prompt');
  assert.equal((await failure(sdk.status())).reason, 'agent_unreachable');
  assert.deepEqual(ports.asked.map((call) => call.port),
    [24880, 24881, 24882, 24883, 24884, 24885, 24886, 24887]);
  await ports.serve(24886, agent());
  assert.deepEqual(await sdk.status(), goodVersions);
});

test('question answered with yes: the search goes on', async () => {
  const answers = ['prompt', 'granted'];
  browser(() => answers.shift() ?? 'granted');
  await ports.serve(24882, agent());
  assert.deepEqual(await sdk.status(), goodVersions);
});

test('question open for long, then a stranger who never answers', async () => {
  const answers = ['prompt', 'granted'];
  browser(() => answers.shift() ?? 'granted');
  await ports.serve(24880, (request) => {
    hangUpLater(request);
    // Longer than a silent port may take.
    setTimeout(() => answered.dispatchEvent(new Event('change')), 2000);
  });
  await ports.serve(24881, agent());
  const start = Date.now();
  assert.deepEqual(await sdk.status(), goodVersions);
  assert.ok(Date.now() - start > 3000, 'the time-out ran while the question was open');
});

test('the older name of the permission', async () => {
  browser(() => 'denied', { names: ['local-network-access'] });
  assert.equal((await failure(sdk.status())).reason, 'permission_denied');
});

test('a page without https', async () => {
  globalThis.isSecureContext = false;
  const error = await failure(sdk.status());
  assert.equal(error.reason, 'context_insecure');
  assert.equal(error.code, 'ERR_WEBEID_CONTEXT_INSECURE');
  assert.deepEqual(ports.asked, []);
});

test('the agent\'s own table of errors is known, all of it and nothing else', async () => {
  const table = await readFile(new URL('../../../agent/api/errors.c', import.meta.url), 'utf8');
  const codes = [...table.matchAll(/ROW\(\w+,\s*"(\w+)"/g)].map((match) => match[1]);
  // The order counts: references name an error by its place.
  assert.deepEqual(Object.keys(sdk.agentReasons), codes);
  const retry = await readFile(new URL('../../../agent/api/errors.h', import.meta.url), 'utf8');
  const places = [...retry.matchAll(/^ {4}API_(\w+),$/gm)].map((match) => match[1].toLowerCase());
  assert.deepEqual(codes, places);
});

test('the OpenAPI description names the same errors', async () => {
  const yaml = await readFile(new URL('../../../agent/api/openapi.yaml', import.meta.url), 'utf8');
  const listed = yaml.split(/^ {4}ErrorCode:\n {6}enum:\n/m)[1].split('\n  x-errors:\n')[0];
  const codes = Object.keys(sdk.agentReasons);
  assert.deepEqual([...listed.matchAll(/^ {8}- (\w+)$/gm)].map((match) => match[1]), codes);
  assert.deepEqual([...yaml.matchAll(/^ {4}- \{code: (\w+),/gm)].map((match) => match[1]), codes);
});

test('every reason has a class, and the types name them all', async () => {
  const types = await readFile(new URL('../../../portal/sdk/beid-agent.d.ts', import.meta.url),
    'utf8');
  for (const reason of [...Object.keys(sdk.ownReasons), ...Object.keys(sdk.agentReasons)]) {
    const error = sdk.errorFor(reason, 'text');
    assert.ok(types.includes(`class ${error.name} `), error.name);
    assert.ok(types.includes(`'${error.code}'`), error.code);
  }
  for (const reason of Object.keys(sdk.ownReasons)) {
    assert.ok(types.includes(`'${reason}'`), reason);
  }
  for (const name of Object.keys(sdk)) {
    assert.match(types, new RegExp(`export (function|class|const) ${name}\\b`), name);
  }
});
