// SPDX-FileCopyrightText: The beid-agent authors
// SPDX-License-Identifier: Apache-2.0

import { errorFor } from './errors.js';

export * from './errors.js';

const HOST = 'http://127.0.0.1:';
const FIRST_PORT = 24880;
const LAST_PORT = 24887;
const HEADERS = Object.freeze({ 'X-Beid-Agent': '1' });

// How long one port may take to say who it is. Somebody else's server there
// may accept a connection and then say nothing for ever.
const PROBE_MS = 1500;
// Chromium asks the citizen once a connection stands: a port without listener
// fails at once and asks nothing, a question takes a person longer than this.
const NOT_ASKED_MS = 500;
// What an operation may take at the agent (30 to 900 s, 300 s by itself), and
// how much longer we wait for its answer about that.
const TIMEOUT_MIN_MS = 30_000;
const TIMEOUT_MAX_MS = 900_000;
const TIMEOUT_DEFAULT_MS = 300_000;
const GRACE_MS = 10_000;

const NONCE_MIN = 44;
const NONCE_MAX = 128;

let rememberedPort = null;

/**
 * What the agent tells about itself, its readers and this portal. Throws
 * BeidAgentError.
 */
export async function status(options = {}) {
  throwIfAborted(options.signal);
  return (await discover(options.signal)).status;
}

/**
 * A Web eID authentication token over this page's origin and the nonce: the
 * five members that web-eid.js gives. The citizen is asked for card and PIN.
 */
export async function authenticate(challengeNonce, options = {}) {
  const answer = await requestToken(challengeNonce, options, false);
  return answer.token;
}

/**
 * As authenticate(), with what the portal's backend may want beside the
 * token: { token, unverifiedEvidence: { pinEntry, chain } }. Hand it to the
 * backend as it is.
 */
export async function authenticateWithEvidence(challengeNonce, options = {}) {
  return requestToken(challengeNonce, options, true);
}

/**
 * A step-up: the citizen reads and confirms what the portal's backend signed
 * (a compact JWS). For a request of kind access the answer is that of
 * authenticateWithEvidence(), over the request instead of a nonce.
 */
export async function stepUp(request, options = {}) {
  if (typeof request !== 'string' || request === '') {
    throw errorFor('missing_parameter', 'request is needed');
  }
  const body = { request };
  addOptions(body, options, ['lang', 'waitForCard', 'chain']);
  const answer = await operate('/v1/step-up', body, options.signal);
  if (typeof (answer?.token?.signature ?? answer?.signature) !== 'string') {
    throw errorFor('bad_answer', 'the agent answered without a signature');
  }
  return answer;
}

async function requestToken(challengeNonce, options, chain) {
  const body = requestBody(challengeNonce, options, chain);
  const answer = await operate('/v1/authenticate', body, options.signal);
  if (typeof answer?.token?.signature !== 'string') {
    throw errorFor('bad_answer', 'the agent answered without a token');
  }
  return answer;
}

async function operate(path, body, signal) {
  throwIfAborted(signal);
  const found = await discover(signal);
  const waitMs = (body.timeoutMs ?? TIMEOUT_DEFAULT_MS) + GRACE_MS;
  return answerOf(await call(found.port, path, {
    method: 'POST',
    headers: { ...HEADERS, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  }, signal, waitMs));
}

function requestBody(challengeNonce, options, chain) {
  if (typeof challengeNonce !== 'string' || challengeNonce === '') {
    throw errorFor('missing_parameter', 'challengeNonce is needed');
  }
  if (challengeNonce.length < NONCE_MIN || challengeNonce.length > NONCE_MAX) {
    throw errorFor('bad_request', 'challengeNonce must have 44 to 128 characters: 32 random '
      + 'bytes in padded base64 are 44');
  }
  const body = { challengeNonce };
  addOptions(body, options, ['lang', 'certificateSha256', 'waitForCard']);
  if (chain) {
    body.chain = true;
  }
  return body;
}

function addOptions(body, options, names) {
  for (const name of names) {
    if (options[name] !== undefined) {
      body[name] = options[name];
    }
  }
  // userInteractionTimeout is web-eid.js's name for it.
  const asked = options.timeoutMs ?? options.userInteractionTimeout;
  if (asked !== undefined) {
    if (!Number.isFinite(asked)) {
      throw errorFor('bad_request', 'timeoutMs must be a number of milliseconds');
    }
    body.timeoutMs = Math.min(Math.max(Math.round(asked), TIMEOUT_MIN_MS), TIMEOUT_MAX_MS);
  }
}

// The port of our agent and its status: the remembered port first.
async function discover(signal) {
  checkPlatform();
  const question = await permissionStatus();
  let permission = question.state;
  if (permission === 'denied') {
    throw errorFor('permission_denied', 'the browser does not let this site call the agent');
  }
  if (permission !== 'granted' && globalThis.navigator?.userActivation?.hasBeenActive === false) {
    throw errorFor('user_gesture_required', 'call the agent only after the citizen clicked');
  }
  for (const port of portsInOrder()) {
    const start = Date.now();
    const found = await probe(port, signal, permission === 'prompt' ? question : null);
    if (found !== null) {
      rememberedPort = port;
      return { port, status: found };
    }
    if (permission === 'prompt') {
      permission = (await permissionStatus()).state;
      throwIfNotAllowed(permission, Date.now() - start);
    }
  }
  rememberedPort = null;
  throw permission === 'prompt' ? nobody() : await whyNobody(signal);
}

function checkPlatform() {
  if (globalThis.isSecureContext === false) {
    throw errorFor('context_insecure', 'the page must be served over https');
  }
  if (typeof globalThis.fetch !== 'function') {
    throw errorFor('platform_unsupported', 'this browser cannot call the agent');
  }
}

function throwIfNotAllowed(permission, tookMs) {
  if (permission === 'denied') {
    throw errorFor('permission_denied', 'the citizen refused access to the agent');
  }
  if (permission === 'prompt' && tookMs >= NOT_ASKED_MS) {
    throw errorFor('permission_dismissed', 'the browser\'s question was not answered',
      { retryable: true });
  }
}

// The browser's PermissionStatus: granted, denied or prompt; unknown where the
// browser has no such question.
async function permissionStatus() {
  const permissions = globalThis.navigator?.permissions;
  for (const name of ['loopback-network', 'local-network-access']) {
    try {
      return await permissions.query({ name });
    } catch {
      // The name is not known here; the older one may be.
    }
  }
  return { state: 'unknown' };
}

function portsInOrder() {
  const ports = [];
  for (let port = FIRST_PORT; port <= LAST_PORT; port += 1) {
    ports.push(port);
  }
  if (rememberedPort === null) {
    return ports;
  }
  return [rememberedPort, ...ports.filter((port) => port !== rememberedPort)];
}

// The status of our agent on a port; null when somebody else, or nobody, is
// there. Another user's agent, and one that does not know this site, answer
// 403 without letting the page see it. While the browser asks the citizen, the
// answer takes as long as it takes: the time-out starts with the yes.
async function probe(port, signal, question) {
  const violations = watchPolicy(port);
  let response;
  try {
    response = await call(port, '/v1/status', { headers: HEADERS }, signal, PROBE_MS, question);
  } catch (error) {
    await violations.settle();
    if (error.reason === 'aborted' || violations.seen()) {
      throw violations.seen() ? policyError() : error;
    }
    return null;
  } finally {
    violations.stop();
  }
  return statusOf(response);
}

// A status looks like ours, an error of ours is thrown, junk is nobody.
function statusOf(response) {
  let answer;
  try {
    answer = JSON.parse(response.text);
  } catch {
    return null;
  }
  if (typeof answer?.error?.code === 'string' && typeof answer.error.reference === 'string') {
    throw agentError(answer.error);
  }
  const ours = response.ok && typeof answer?.agent?.version === 'string'
    && Array.isArray(answer.agent.api);
  return ours ? answer : null;
}

function policyError() {
  return errorFor('csp_blocked', 'the page\'s Content-Security-Policy must allow connect-src '
    + 'http://127.0.0.1:24880 to http://127.0.0.1:24887');
}

// Notices when the page's own policy stopped a call to this port.
function watchPolicy(port) {
  let seen = false;
  const listener = (event) => {
    seen = seen || String(event.blockedURI).startsWith(HOST + port);
  };
  globalThis.document?.addEventListener('securitypolicyviolation', listener);
  return {
    seen: () => seen,
    // The event comes in a task of its own, about when fetch() fails.
    settle: () => new Promise((resolve) => { setTimeout(resolve, 0); }),
    stop: () => globalThis.document?.removeEventListener('securitypolicyviolation', listener),
  };
}

// Nobody answered as our agent: is anybody there who does not talk to us?
async function whyNobody(signal) {
  for (const port of portsInOrder()) {
    try {
      // An answer that the page may not read still tells that one came.
      await call(port, '/v1/status', { mode: 'no-cors', redirect: 'follow' }, signal, PROBE_MS);
      return errorFor('agent_not_for_this_site', 'an agent runs, but it does not serve this site '
        + 'or belongs to another user');
    } catch (error) {
      if (error.reason === 'aborted') {
        return error;
      }
    }
  }
  return nobody();
}

function nobody() {
  return errorFor('agent_unreachable', 'no agent answers on this computer', { retryable: true });
}

// fetch() to the agent, body included, with the caller's signal and a time-out
// that waits for the answer to an open permission question.
async function call(port, path, request, signal, waitMs, question = null) {
  const own = new AbortController();
  const stop = () => own.abort();
  let timer;
  const startTimer = () => { timer ??= setTimeout(stop, waitMs); };
  if (question === null) {
    startTimer();
  } else {
    question.addEventListener('change', startTimer);
  }
  signal?.addEventListener('abort', stop, { once: true });
  try {
    throwIfAborted(signal);
    const response = await fetch(HOST + port + path, {
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'error',
      referrerPolicy: 'no-referrer',
      ...request,
      signal: own.signal,
    });
    return { status: response.status, ok: response.ok, text: await response.text() };
  } catch (cause) {
    throwIfAborted(signal);
    if (own.signal.aborted) {
      throw errorFor('user_timeout', 'the agent did not answer in time', { cause, retryable: true });
    }
    throw cause.reason === undefined
      ? errorFor('agent_unreachable', 'the connection to the agent broke', { cause, retryable: true })
      : cause;
  } finally {
    clearTimeout(timer);
    question?.removeEventListener('change', startTimer);
    signal?.removeEventListener('abort', stop);
  }
}

function answerOf(response) {
  let answer;
  try {
    answer = JSON.parse(response.text);
  } catch (cause) {
    throw errorFor(response.status === 403 ? 'agent_not_for_this_site' : 'bad_answer',
      'the agent\'s answer is not JSON', { cause });
  }
  if (!response.ok) {
    throw agentError(answer?.error);
  }
  return answer;
}

function agentError(error) {
  return errorFor(String(error?.code ?? 'bad_answer'), String(error?.message ?? 'no message'), {
    reference: error?.reference,
    retryable: error?.retryable,
    retryAfterMs: error?.retryAfterMs,
  });
}

function throwIfAborted(signal) {
  if (signal?.aborted) {
    throw errorFor('aborted', 'the page withdrew the request', { cause: signal.reason });
  }
}
