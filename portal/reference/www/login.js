// SPDX-FileCopyrightText: The beid-agent authors
// SPDX-License-Identifier: Apache-2.0

import { authenticateWithEvidence, stepUp } from '/sdk/beid-agent.js';

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
      signal: controller.signal,
    });
    answer = await response.json();
  } catch {
    throw new PortalError(controller.signal.aborted ? 'aborted' : 'portal_unreachable');
  }
  if (!response.ok) {
    throw new PortalError(answer.error);
  }
  return answer;
}

function progress(step) {
  const text = step && document.querySelector(`[data-progress="${step}"]`).textContent;
  byId('progress').textContent = text ?? '';
}

function texts(reason) {
  const items = [...document.querySelectorAll('[data-reason]')];
  const named = (word) => items.find((item) => item.dataset.reason.split(' ').includes(word));
  return named(reason) ?? named('other');
}

function showProblem(error) {
  const text = texts(error.reason);
  byId('problem-title').textContent = text.dataset.title;
  byId('problem-advice').textContent = text.textContent;
  byId('problem-reference').hidden = !error.reference;
  byId('problem-reference-code').textContent = error.reference ?? '';
  problem.dataset.code = error.reason ?? 'other';
  problem.hidden = false;
  problem.focus();
}

function working(on) {
  login.disabled = on;
  cancel.hidden = !on;
  login.setAttribute('aria-busy', String(on));
}

// A login: a token over the portal's nonce.
async function authenticateCitizen(options) {
  progress('nonce');
  const { nonce } = await post('/login/nonce', {});
  progress('agent');
  const answer = await authenticateWithEvidence(nonce, options);
  progress('verify');
  const { next } = await post('/login/token', answer);
  return login.dataset.next || next;
}

// A step-up: a token over the request that the portal signed.
async function raiseLevel(options) {
  progress('request');
  const path = encodeURIComponent(login.dataset.for);
  const { request } = await post(`/step-up/request?for=${path}`, {});
  progress('agent');
  const answer = await stepUp(request, { ...options, chain: true });
  progress('verify');
  return (await post('/step-up/token', answer)).next;
}

async function start() {
  controller = new AbortController();
  problem.hidden = true;
  working(true);
  const options = { lang: document.documentElement.lang, signal: controller.signal };
  try {
    const ceremony = login.dataset.ceremony === 'login' ? authenticateCitizen : raiseLevel;
    const next = await ceremony(options);
    progress('done');
    window.location.assign(next);
  } catch (error) {
    progress(null);
    working(false);
    showProblem(error);
  }
}

// Phones and tablets have no agent; it is not even looked for there.
if (navigator.userAgentData?.mobile ?? /Android|iPhone|iPad|Mobile/.test(navigator.userAgent)) {
  login.hidden = true;
  byId('phone').hidden = false;
}

login.addEventListener('click', start);
cancel.addEventListener('click', () => controller.abort());
// Leaving the page closes the citizen's PIN prompt.
window.addEventListener('pagehide', () => controller?.abort());
