// SPDX-FileCopyrightText: The beid-agent authors
// SPDX-License-Identifier: Apache-2.0

import { discover, post } from './agent.js';
import { enumOf, errorFor } from './errors.js';

export {
  ActionPendingError, ActionTimeoutError, BeidAgentError, ContextInsecureError, DeveloperError,
  ErrorCode, ExtensionUnavailableError, MissingParameterError, NativeFatalError,
  NativeInvalidArgumentError, NativeUnavailableError, UnknownError, UserCancelledError,
  UserTimeoutError, VersionInvalidError, VersionMismatchError, agentReasons, errorFor, ownReasons,
} from './errors.js';
export { events } from './events.js';
export { permission } from './permission.js';
export { decodeReference } from './reference.js';

/** The version of this package. */
export const version = '0.1.0';

// What web-eid.js exports beside its calls and errors: a page that imports a
// name that is missing here would not load at all.

/** The names of web-eid.js's messages to its extension; none are sent here. */
export const Action = enumOf(
  ['STATUS', 'AUTHENTICATE', 'GET_SIGNING_CERTIFICATE', 'SIGN']
    .flatMap((call) => ['', '_ACK', '_SUCCESS', '_FAILURE'].map((end) => call + end))
    .concat('WARNING'),
  (name) => `web-eid:${name.toLowerCase().replace(/_/g, '-')}`);

/** web-eid.js's settings, in milliseconds: nobody waits for an extension. */
export const config = Object.freeze({
  VERSION: version,
  EXTENSION_HANDSHAKE_TIMEOUT: 0,
  NATIVE_APP_HANDSHAKE_TIMEOUT: 1500,
  DEFAULT_USER_INTERACTION_TIMEOUT: 300_000,
  MAX_EXTENSION_LOAD_DELAY: 0,
});

// What an operation may take at the agent (30 to 900 s, 300 s by itself), and
// how much longer we wait for its answer about that.
const TIMEOUT_MIN_MS = 30_000;
const TIMEOUT_MAX_MS = 900_000;
const GRACE_MS = 10_000;

const NONCE_MIN = 44;
const NONCE_MAX = 128;
const COMPACT_JWS = /^[\w-]+\.[\w-]+\.[\w-]+$/;
const LANGUAGES = ['nl', 'fr', 'de']; // and English, for all others

/**
 * What the agent tells about itself, its readers and this portal, and
 * web-eid.js's three versions. Throws BeidAgentError, as all calls do.
 */
export async function status(options) {
  try {
    const found = (await discover(options)).status;
    // There is no extension: a page that looks for one finds us.
    return { ...found, library: version, extension: version, nativeApp: found.agent.version };
  } catch (error) {
    error.library = version; // as web-eid.js tells it then, too
    throw error;
  }
}

/**
 * A Web eID authentication token over this page's origin and the nonce: the
 * five members that web-eid.js gives. The citizen is asked for card and PIN.
 */
export async function authenticate(challengeNonce, options) {
  const answer = await requestToken(challengeNonce, options);
  return answer.token;
}

/**
 * As authenticate(), with what the portal's backend may want beside the
 * token: { token, unverifiedEvidence: { pinEntry, chain } }. Hand it to the
 * backend as it is.
 */
export async function authenticateWithEvidence(challengeNonce, options) {
  return requestToken(challengeNonce, options, true);
}

/**
 * What a request that the portal's backend signed asks (a compact JWS). For
 * access: as authenticateWithEvidence(). For a statement: { statement,
 * signature, unverifiedEvidence }. Hand it to the backend as it is.
 */
export async function stepUp(request, options) {
  const asked = needed({ request });
  if (!COMPACT_JWS.test(asked.request)) {
    throw errorFor('bad_request', 'request must be a compact JWS');
  }
  const answer = await operation('/v1/step-up', { ...asked, chain: options?.chain }, options);
  return typeof answer?.statement === 'string' ? withText(answer, answer)
    : withText(answer, answer?.token);
}

/**
 * web-eid.js's call: { certificate, supportedSignatureAlgorithms }, after the
 * citizen agreed; with the option chain also the certificates above it.
 */
export async function getSigningCertificate(options) {
  const answer = await operation('/v1/signing-certificate', {}, options);
  if (typeof answer?.certificate !== 'string') {
    throw noAnswer();
  }
  const { certificate, supportedSignatureAlgorithms, chain } = answer;
  return { certificate, supportedSignatureAlgorithms, ...options?.chain && { chain } };
}

/**
 * web-eid.js's call: { signature, signatureAlgorithm } over a hash in base64.
 * The option document, { name }, is shown to the citizen.
 */
export async function sign(certificate, hash, hashFunction, options) {
  const asked = needed({ certificate, hash, hashFunction });
  const answer = await operation('/v1/sign', { ...asked, document: options?.document }, options);
  const { signature, signatureAlgorithm } = withText(answer, answer);
  return { signature, signatureAlgorithm };
}

async function requestToken(challengeNonce, options, chain) {
  const asked = needed({ challengeNonce });
  if (challengeNonce.length < NONCE_MIN || challengeNonce.length > NONCE_MAX) {
    throw errorFor('bad_request', 'challengeNonce has 44 to 128 characters');
  }
  const certificateSha256 = options?.certificateSha256;
  const answer = await operation('/v1/authenticate', { ...asked, certificateSha256, chain },
    options);
  return withText(answer, answer?.token);
}

function needed(parameters) {
  for (const [name, value] of Object.entries(parameters)) {
    if (typeof value !== 'string' || value === '') {
      throw errorFor('missing_parameter', `${name} is needed`);
    }
  }
  return parameters;
}

// Finds the agent and runs one operation: members that are undefined are left
// out, as JSON does.
async function operation(path, members, options) {
  const { lang, waitForCard, signal } = options ??= {}; // null, as web-eid.js
  // userInteractionTimeout is web-eid.js's name for it.
  const asked = options.timeoutMs ?? options.userInteractionTimeout;
  if (asked !== undefined && !Number.isFinite(asked)) {
    throw errorFor('bad_request', 'timeoutMs must be a number');
  }
  const timeoutMs = asked === undefined ? undefined
    : Math.min(Math.max(Math.round(asked), TIMEOUT_MIN_MS), TIMEOUT_MAX_MS);
  const body = { ...members, lang: languageOf(lang), waitForCard, timeoutMs };
  const found = await discover(options);
  // The agent gives at least 30 s; whoever wants less hangs up, and that
  // closes the prompt too.
  const waitMs = asked < TIMEOUT_MIN_MS ? asked : (timeoutMs ?? config.DEFAULT_USER_INTERACTION_TIMEOUT)
    + GRACE_MS;
  return post(found.port, path, body, signal, waitMs);
}

// web-eid.js takes any language; the agent speaks four.
function languageOf(lang) {
  if (lang === undefined) {
    return undefined;
  }
  const short = String(lang).slice(0, 2).toLowerCase();
  return LANGUAGES.includes(short) ? short : 'en';
}

function withText(answer, signed) {
  if (typeof signed?.signature !== 'string') {
    throw noAnswer();
  }
  return answer;
}

function noAnswer() {
  return errorFor('bad_answer', 'an answer without what was asked');
}
