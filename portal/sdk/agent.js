// SPDX-FileCopyrightText: The beid-agent authors
// SPDX-License-Identifier: Apache-2.0

import { errorFor, throwIfAborted } from './errors.js';
import { permissionStatus } from './permission.js';

const HOST = 'http://127.0.0.1:';
const FIRST_PORT = 24880;
const LAST_PORT = 24887;
const HEADERS = { 'X-Beid-Agent': '1' };
// What a page has, and Node may not have.
const page = globalThis;
const MEMORY = 'beid-agent.port';

// How long one port may take to say who it is. Somebody else's server there
// may accept a connection and then say nothing for ever.
const PROBE_MS = 1500;
// Chromium asks the citizen once a connection stands: a port without listener
// fails at once and asks nothing, a question takes a person longer than this.
const NOT_ASKED_MS = 500;
// A phone has no card reader and no agent.
const PHONE = /Android|iPhone|iPad|Mobile/;

let rememberedPort = recall();
let turn = Promise.resolve();

/**
 * The port of our agent and its status: the remembered port first. One search
 * at a time, so that the browser asks the citizen once.
 */
export async function discover(options) {
  const { signal, minimumVersion } = options ?? {};
  throwIfAborted(signal);
  const mine = turn.then(() => search(signal));
  turn = mine.catch(() => {});
  const found = await unlessAborted(mine, signal);
  checkVersion(found.status.agent.version, minimumVersion);
  return found;
}

async function search(signal) {
  throwIfAborted(signal);
  checkPlatform();
  const question = await permissionStatus();
  let permission = question.state;
  if (permission === 'denied') {
    throw errorFor('permission_denied', 'the browser keeps it from the agent');
  }
  if (permission !== 'granted' && page.navigator?.userActivation?.hasBeenActive === false) {
    throw errorFor('user_gesture_required', 'call only after a click');
  }
  for (const port of portsInOrder()) {
    const start = Date.now();
    const found = await probe(port, signal, permission === 'prompt' ? question : null);
    if (found !== null) {
      remember(port);
      return { port, status: found };
    }
    if (permission === 'prompt') {
      permission = (await permissionStatus()).state;
      throwIfNotAllowed(permission, Date.now() - start);
    }
  }
  remember(null);
  throw permission === 'prompt' ? nobody() : await whyNobody(signal);
}

function checkPlatform() {
  if (page.isSecureContext === false) {
    throw errorFor('context_insecure', 'only over https');
  }
  const browser = page.navigator;
  if (typeof page.fetch !== 'function' || browser?.userAgentData?.mobile === true
      || PHONE.test(browser?.userAgent ?? '')) {
    throw errorFor('platform_unsupported', 'no agent for this device');
  }
}

function throwIfNotAllowed(permission, tookMs) {
  if (permission === 'denied') {
    throw errorFor('permission_denied', 'the citizen refused');
  }
  if (permission === 'prompt' && tookMs >= NOT_ASKED_MS) {
    throw errorFor('permission_dismissed', 'the browser\'s question was closed',
      { retryable: true });
  }
}

function checkVersion(version, minimum) {
  if (minimum === undefined) {
    return;
  }
  const wanted = numbersOf(minimum);
  if (wanted === null) {
    throw errorFor('bad_request', 'minimumVersion is no 1.2.3');
  }
  const is = numbersOf(version) ?? [0, 0, 0];
  const differs = wanted.findIndex((number, i) => number !== is[i]);
  if (differs >= 0 && is[differs] < wanted[differs]) {
    throw errorFor('agent_too_old', `version ${version} is below ${minimum}`,
      { requiresUpdate: { extension: false, nativeApp: true }, nativeApp: version });
  }
}

function numbersOf(version) {
  const match = /^(\d+)\.(\d+)\.(\d+)/.exec(version);
  return match && match.slice(1).map(Number);
}

// The other pages of the site, in this tab, look there first as well.
function recall() {
  try {
    const port = page.sessionStorage.getItem(MEMORY);
    return /^2488[0-7]$/.test(port) ? Number(port) : null;
  } catch {
    return null;
  }
}

function remember(port) {
  rememberedPort = port;
  try {
    page.sessionStorage.setItem(MEMORY, port ?? '');
  } catch {
    // No storage here: this page alone remembers.
  }
}

function portsInOrder() {
  const ports = rememberedPort === null ? [] : [rememberedPort];
  for (let port = FIRST_PORT; port <= LAST_PORT; port += 1) {
    if (port !== rememberedPort) {
      ports.push(port);
    }
  }
  return ports;
}

// The status of our agent on a port; null when somebody else, or nobody, is
// there. Another user's agent, and one that does not know this site, answer
// 403 without letting the page see it. While the browser asks the citizen, the
// answer takes as long as it takes: the time-out starts with the yes.
async function probe(port, signal, question) {
  const violations = watchPolicy(port);
  let response;
  try {
    response = await call(port, '/v1/status', {}, signal, PROBE_MS, question);
  } catch (error) {
    await violations.settle();
    if (violations.seen()) {
      throw errorFor('csp_blocked',
        `connect-src of the page must allow ports 24880 to 24887 of ${HOST}`);
    }
    if (error.reason === 'aborted') {
      throw error;
    }
    return null;
  } finally {
    violations.stop();
  }
  return statusOf(response);
}

// A status looks like ours, an error of ours is thrown, junk is nobody.
function statusOf(response) {
  const answer = parsed(response);
  if (typeof answer?.error?.code === 'string' && typeof answer.error.reference === 'string') {
    throw agentError(answer.error);
  }
  const ours = response.ok && typeof answer?.agent?.version === 'string'
    && Array.isArray(answer.agent.api);
  return ours ? answer : null;
}

// What the response says in JSON; undefined when it is none.
function parsed(response) {
  try {
    return JSON.parse(response.text);
  } catch {
    return undefined;
  }
}

// Notices when the page's own policy stopped a call to this port.
function watchPolicy(port) {
  let seen = false;
  const stop = listen(page.document, 'securitypolicyviolation', (event) => {
    seen = seen || String(event.blockedURI).startsWith(HOST + port);
  });
  return {
    seen: () => seen,
    // The event comes in a task of its own, about when fetch() fails.
    settle: () => new Promise((resolve) => { setTimeout(resolve, 0); }),
    stop,
  };
}

// Nobody answered as our agent: is anybody there who does not talk to us? That
// may be an agent, another user's or one that does not know this site, or any
// other program: the page may not see which.
async function whyNobody(signal) {
  for (const port of portsInOrder()) {
    try {
      // An answer that the page may not read still tells that one came.
      await call(port, '/v1/status', { mode: 'no-cors', redirect: 'follow', headers: undefined },
        signal, PROBE_MS);
      return errorFor('agent_not_for_this_site',
        'what answers there is not for this site');
    } catch (error) {
      if (error.reason === 'aborted') {
        return error;
      }
    }
  }
  return nobody();
}

function nobody() {
  return errorFor('agent_unreachable', 'no agent answers', { retryable: true });
}

/** Posts a body of the API to the agent and gives its answer. */
export async function post(port, path, body, signal, waitMs) {
  return answerOf(await call(port, path, {
    method: 'POST',
    headers: { ...HEADERS, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  }, signal, waitMs));
}

/** fetch() to the agent, as every call to it is made. */
export function send(port, path, request, signal) {
  return fetch(HOST + port + path, {
    cache: 'no-store',
    credentials: 'omit',
    redirect: 'error',
    referrerPolicy: 'no-referrer',
    headers: HEADERS,
    ...request,
    signal,
  });
}

// The same, body included, with the caller's signal and a time-out that waits
// for the answer to an open permission question.
async function call(port, path, request, signal, waitMs, question = null) {
  const own = new AbortController();
  const stop = () => own.abort();
  let timer;
  const startTimer = () => { timer ??= setTimeout(stop, waitMs); };
  if (question === null) {
    startTimer();
  }
  const ends = [listen(question, 'change', startTimer), listen(signal, 'abort', stop)];
  try {
    throwIfAborted(signal);
    const response = await send(port, path, request, own.signal);
    return { status: response.status, ok: response.ok, text: await response.text() };
  } catch (cause) {
    throwIfAborted(signal);
    if (own.signal.aborted) {
      throw errorFor('user_timeout', 'no answer in time', { cause, retryable: true });
    }
    throw brokenBy(cause);
  } finally {
    clearTimeout(timer);
    ends.forEach((end) => end());
  }
}

/** The error for a connection that ended; one of ours stays as it is. */
export function brokenBy(cause) {
  return cause?.reason === undefined
    ? errorFor('agent_unreachable', 'the connection broke', { cause, retryable: true })
    : cause;
}

/** The answer in a response of { status, ok, text }; the agent's error is thrown. */
export function answerOf(response) {
  const answer = parsed(response);
  if (answer === undefined) {
    throw errorFor(response.status === 403 ? 'agent_not_for_this_site' : 'bad_answer',
      'the answer is not JSON');
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

/** Calls back at each event of what may be missing; gives what ends that. */
export function listen(what, event, callback) {
  what?.addEventListener(event, callback);
  return () => what?.removeEventListener(event, callback);
}

async function unlessAborted(promise, signal) {
  let end;
  const aborted = new Promise((resolve) => { end = listen(signal, 'abort', resolve); });
  try {
    const first = await Promise.race([promise, aborted]);
    throwIfAborted(signal);
    return first;
  } finally {
    end();
  }
}
