// SPDX-FileCopyrightText: The beid-agent authors
// SPDX-License-Identifier: Apache-2.0

// web-eid.js's codes.
const [PENDING, ACTION_TIMEOUT, INSECURE, NO_EXTENSION, MISSING, FATAL, ARGUMENT, UNAVAILABLE,
  UNKNOWN, CANCELLED, TIMEOUT, INVALID_VERSION, MISMATCH] = ('ACTION_PENDING ACTION_TIMEOUT CONTEXT_INSECURE '
    + 'EXTENSION_UNAVAILABLE MISSING_PARAMETER NATIVE_FATAL NATIVE_INVALID_ARGUMENT '
    + 'NATIVE_UNAVAILABLE UNKNOWN_ERROR USER_CANCELLED USER_TIMEOUT VERSION_INVALID '
    + 'VERSION_MISMATCH').split(' ').map((name) => `ERR_WEBEID_${name}`);

/**
 * Every failure of this SDK. `code` is one of web-eid.js's codes, so that a
 * page that handles those needs no change; `reason` is finer: an error code
 * of the agent, or one of the SDK's own (see ownReasons).
 */
export class BeidAgentError extends Error {
  constructor(code, reason, message, detail = {}) {
    super(message, detail); // of which it takes the cause
    this.name = nameOf(code);
    this.code = code;
    this.reason = reason;
    this.reference = detail.reference;
    this.retryable = detail.retryable === true;
    this.retryAfterMs = detail.retryAfterMs;
    if (detail.requiresUpdate !== undefined) {
      this.requiresUpdate = detail.requiresUpdate;
      this.nativeApp = detail.nativeApp;
    }
  }
}

// web-eid.js's classes. The agent has no extension and no separate developer
// errors, but a page that imports these classes must find them.
export class ActionPendingError extends BeidAgentError {}
export class ActionTimeoutError extends BeidAgentError {}
export class ContextInsecureError extends BeidAgentError {}
export class DeveloperError extends BeidAgentError {}
export class ExtensionUnavailableError extends BeidAgentError {}
export class MissingParameterError extends DeveloperError {}
export class NativeFatalError extends BeidAgentError {}
export class NativeInvalidArgumentError extends BeidAgentError {}
export class NativeUnavailableError extends BeidAgentError {}
export class UnknownError extends BeidAgentError {}
export class UserCancelledError extends BeidAgentError {}
export class UserTimeoutError extends BeidAgentError {}
export class VersionInvalidError extends BeidAgentError {}
export class VersionMismatchError extends BeidAgentError {}

const classes = {
  [ACTION_TIMEOUT]: ActionTimeoutError,
  [TIMEOUT]: UserTimeoutError,
  [MISMATCH]: VersionMismatchError,
  [INVALID_VERSION]: VersionInvalidError,
  [NO_EXTENSION]: ExtensionUnavailableError,
  [UNAVAILABLE]: NativeUnavailableError,
  [UNKNOWN]: UnknownError,
  [INSECURE]: ContextInsecureError,
  [CANCELLED]: UserCancelledError,
  [ARGUMENT]: NativeInvalidArgumentError,
  [FATAL]: NativeFatalError,
  [PENDING]: ActionPendingError,
  [MISSING]: MissingParameterError,
};

/** web-eid.js's codes by their own names. */
export const ErrorCode = enumOf(Object.keys(classes), (code) => code);

/** The SDK's own reasons and what web-eid.js would call them. */
export const ownReasons = Object.freeze({
  aborted: CANCELLED,
  agent_not_for_this_site: UNAVAILABLE,
  agent_too_old: MISMATCH,
  agent_unreachable: UNAVAILABLE,
  bad_answer: UNKNOWN,
  context_insecure: INSECURE,
  csp_blocked: UNAVAILABLE,
  missing_parameter: MISSING,
  permission_denied: UNAVAILABLE,
  permission_dismissed: UNAVAILABLE,
  platform_unsupported: UNAVAILABLE,
  user_gesture_required: ARGUMENT,
});

/**
 * The agent's error codes and what web-eid.js would call them. In the order of
 * the agent's own table: references count along it.
 */
export const agentReasons = Object.freeze({
  bad_request: ARGUMENT,
  not_found: ARGUMENT,
  method_not_allowed: ARGUMENT,
  unsupported_media_type: ARGUMENT,
  payload_too_large: ARGUMENT,
  headers_too_large: ARGUMENT,
  operation_not_allowed: FATAL,
  portal_blocked: FATAL,
  rate_limited: PENDING,
  busy: PENDING,
  pcscd_unavailable: FATAL,
  no_reader: FATAL,
  no_card: FATAL,
  reader_in_use: FATAL,
  unsupported_card: FATAL,
  card_too_old: FATAL,
  card_mute: FATAL,
  card_removed: FATAL,
  card_mismatch: FATAL,
  card_error: FATAL,
  certificate_missing: FATAL,
  certificate_expired: FATAL,
  clock_skew: FATAL,
  pin_incorrect: FATAL,
  pin_blocked: FATAL,
  user_cancelled: CANCELLED,
  user_timeout: TIMEOUT,
  prompt_unavailable: FATAL,
  request_expired: ARGUMENT,
  request_replayed: ARGUMENT,
  request_key_unknown: ARGUMENT,
  request_signature_invalid: ARGUMENT,
  internal: FATAL,
  session_not_local: FATAL,
});

/** The error for a reason, of the class that its code has. */
export function errorFor(reason, message, detail) {
  const code =
    lookUp(ownReasons, reason) ?? lookUp(agentReasons, reason) ?? UNKNOWN;
  return new classes[code](code, reason, message, detail);
}

export function throwIfAborted(signal) {
  if (signal?.aborted) {
    throw errorFor('aborted', 'withdrawn by the page', { cause: signal.reason });
  }
}

// ERR_WEBEID_USER_CANCELLED: UserCancelledError, also where a minifier renamed
// the class.
function nameOf(code) {
  return code.toLowerCase().replace(/^err_webeid|_error$/g, '')
    .replace(/_(.)/g, (match, letter) => letter.toUpperCase()) + 'Error';
}

/** Names and their values, as TypeScript's enums are. */
export function enumOf(names, valueOf) {
  return Object.freeze(Object.fromEntries(names.map((name) => [name, valueOf(name)])));
}

function lookUp(table, name) {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
