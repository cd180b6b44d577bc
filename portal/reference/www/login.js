// SPDX-FileCopyrightText: The beid-agent authors
// SPDX-License-Identifier: Apache-2.0

import { authenticateWithEvidence, events, status, stepUp } from '/sdk/beid-agent.js';

// How long our own backend may take to answer.
const PORTAL_MS = 20_000;

const byId = (id) => document.getElementById(id);
const login = byId('login');
const cancel = byId('cancel');
const problem = byId('problem');
let controller = null;

class PortalError extends Error {
  constructor(reason) {
    super(reason);
    this.reason = reason;
  }
}

// Posts to our own backend; its refusals come as {"error": "word"}.
async function post(path, body) {
  const own = new AbortController();
  const stop = () => own.abort();
  const timer = setTimeout(stop, PORTAL_MS);
  controller.signal.addEventListener('abort', stop);
  let response;
  let answer;
  try {
    response = await fetch(path, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        'X-CSRF-Token': document.querySelector('meta[name="csrf"]').content,
      },
      body: JSON.stringify(body),
      signal: own.signal,
    });
    answer = await response.json();
  } catch {
    throw new PortalError(controller.signal.aborted ? 'aborted' : 'portal_unreachable');
  } finally {
    clearTimeout(timer);
    controller.signal.removeEventListener('abort', stop);
  }
  if (!response.ok) {
    throw new PortalError(answer.error);
  }
  return answer;
}

function progress(step) {
  const text = step && document.querySelector(`[data-progress="${step}"]`)?.textContent;
  if (text || !step) {
    byId('progress').textContent = text ?? '';
  }
}

function texts(reason) {
  const items = [...document.querySelectorAll('[data-reason]')];
  const named = (word) => items.find((item) => item.dataset.reason.split(' ').includes(word));
  return named(reason) ?? named('other');
}

// What went wrong, what to do about it, and the other ways on from here.
function showProblem(error) {
  const text = texts(error.reason);
  const parts = byId('problem-parts').content.cloneNode(true);
  const part = (selector) => parts.querySelector(selector);
  part('.problem-title').textContent = text.dataset.title;
  part('.problem-advice').textContent = text.textContent;
  part('.problem-reference').hidden = !error.reference;
  part('code').textContent = error.reference ?? '';
  const retry = part('#retry');
  retry.hidden = text.dataset.retry === 'no';
  if (text.dataset.retry === 'reload') {
    retry.textContent = retry.dataset.reload;
    retry.addEventListener('click', () => window.location.reload());
  } else {
    retry.addEventListener('click', start);
  }
  if (byId('other')) {
    part('#another-way').setAttribute('href', '#other');
  }
  problem.replaceChildren(parts);
  problem.dataset.code = error.reason ?? 'other';
  problem.hidden = false;
  problem.focus();
}

function working(on) {
  login.disabled = on;
  cancel.hidden = !on;
  login.setAttribute('aria-busy', String(on));
}

// Says what the agent is waiting for: a card, the PIN. The agent's own window
// says it too; without these events a ceremony goes on all the same.
async function follow(signal) {
  try {
    for await (const event of events({ signal })) {
      progress(`event-${event}`);
    }
  } catch {
    // The ceremony itself tells what is wrong.
  }
}

// Without a reader, or with only cards that are no identity cards, there is
// nothing to wait for: the citizen learns it at once. Else the agent's window
// waits for the card. And a nonce is not asked for while another page of this
// session may be at work with the one before.
async function findAgent(options) {
  progress('agent');
  const { busy, readers } = await status(options);
  if (busy) {
    throw new PortalError('busy');
  }
  return { ...options, waitForCard: readers?.some(({ card }) => card !== 'unsupported') };
}

async function askAgent(operation, options) {
  progress('agent');
  const following = new AbortController();
  follow(following.signal);
  try {
    return await operation(options);
  } finally {
    following.abort();
  }
}

// A login: a token over the portal's nonce.
async function authenticateCitizen(options) {
  progress('nonce');
  const { nonce } = await post('/login/nonce', {});
  const answer = await askAgent((all) => authenticateWithEvidence(nonce, all), options);
  progress('verify');
  const { next } = await post('/login/token', answer);
  return login.dataset.next || next;
}

// A step-up: a token over the request that the portal signed.
async function raiseLevel(options) {
  progress('request');
  const path = encodeURIComponent(login.dataset.for);
  const { request } = await post(`/step-up/request?for=${path}`, {});
  const answer = await askAgent((all) => stepUp(request, all), { ...options, chain: true });
  progress('verify');
  return (await post('/step-up/token', answer)).next;
}

// What the citizen signed and the portal has not kept yet.
let signed = null;

// Sends it until the portal has it, or refuses it: nobody signs twice.
async function sendStatement(again) {
  progress('verify');
  cancel.hidden = true;
  try {
    const { next } = await post(`/statement/answer?id=${signed.id}`, signed.answer);
    signed = null;
    return next;
  } catch (error) {
    const lost = ['portal_unreachable', 'portal_unavailable', 'revocation_unavailable', 'internal'];
    if (!lost.includes(error.reason)) {
      signed = null;
      // It had come through, and only the portal's answer was lost.
      if (again && error.reason === 'nonce_expired') {
        error.reason = 'statement_sent';
      }
    } else if (error.reason !== 'revocation_unavailable') {
      error.reason = 'statement_waiting';
    }
    throw error;
  }
}

// A statement: the citizen signs what the portal wrote down. Without a
// certificate to sign with the agent says so before any PIN.
async function signStatement(options) {
  progress('request');
  const { request, id } = await post('/statement/request', {});
  const answer = await askAgent(() => stepUp(request, { ...options, chain: true }))
    .catch((error) => {
      if (error.reason === 'certificate_missing') {
        error.reason = 'signature_missing';
      }
      throw error;
    });
  signed = { id, answer };
  return sendStatement(false);
}

const ceremonies = {
  login: authenticateCitizen,
  'step-up': raiseLevel,
  statement: signStatement,
};

async function start() {
  controller = new AbortController();
  problem.hidden = true;
  working(true);
  const options = {
    lang: document.documentElement.lang,
    // How long the citizen has, where the page says so.
    timeoutMs: Number(login.dataset.timeout) || undefined,
    signal: controller.signal,
  };
  try {
    const ceremony = ceremonies[login.dataset.ceremony];
    // The agent first: a nonce is good for minutes, and not for the time that
    // a citizen needs to install something.
    const next = signed ? await sendStatement(true) : await ceremony(await findAgent(options));
    progress('done');
    window.location.assign(next);
  } catch (error) {
    progress(null);
    working(false);
    showProblem(error);
  }
}

// Phones and tablets have no agent; it is not even looked for there. An iPad
// says that it is a Mac, but has a screen to touch.
const phone = navigator.userAgentData?.mobile
  || /Android|iPhone|iPad|Mobile/.test(navigator.userAgent)
  || (/Macintosh/.test(navigator.userAgent) && navigator.maxTouchPoints > 1);
if (phone) {
  login.hidden = true;
  byId('phone').hidden = false;
  login.closest('.columns').classList.add('phone');
}

login.addEventListener('click', start);
login.disabled = false; // until here nobody would have heard a click
cancel.addEventListener('click', () => controller.abort());
// Who leaves now would have to sign again: the browser asks first.
window.addEventListener('beforeunload', (event) => {
  if (signed) {
    event.preventDefault();
  }
});
// Leaving the page closes the citizen's PIN prompt.
window.addEventListener('pagehide', () => controller?.abort());
