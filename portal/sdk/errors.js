// SPDX-FileCopyrightText: The beid-agent authors
// SPDX-License-Identifier: Apache-2.0

/**
 * Every failure of this SDK. `code` is one of web-eid.js's codes, so that a
 * page that handles those needs no change; `reason` is finer: an error code
 * of the agent, or one of the SDK's own (see ownReasons).
 */
export class BeidAgentError extends Error {
  constructor(code, reason, message, detail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.name = this.constructor.name;
    this.code = code;
    this.reason = reason;
    this.reference = detail.reference;
    this.retryable = detail.retryable === true;
    this.retryAfterMs = detail.retryAfterMs;
    if (detail.requiresUpdate !== undefined) {
      this.requiresUpdate = detail.requiresUpdate;
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
  ERR_WEBEID_ACTION_TIMEOUT: ActionTimeoutError,
  ERR_WEBEID_USER_TIMEOUT: UserTimeoutError,
  ERR_WEBEID_VERSION_MISMATCH: VersionMismatchError,
  ERR_WEBEID_VERSION_INVALID: VersionInvalidError,
  ERR_WEBEID_EXTENSION_UNAVAILABLE: ExtensionUnavailableError,
  ERR_WEBEID_NATIVE_UNAVAILABLE: NativeUnavailableError,
  ERR_WEBEID_UNKNOWN_ERROR: UnknownError,
  ERR_WEBEID_CONTEXT_INSECURE: ContextInsecureError,
  ERR_WEBEID_USER_CANCELLED: UserCancelledError,
  ERR_WEBEID_NATIVE_INVALID_ARGUMENT: NativeInvalidArgumentError,
  ERR_WEBEID_NATIVE_FATAL: NativeFatalError,
  ERR_WEBEID_ACTION_PENDING: ActionPendingError,
  ERR_WEBEID_MISSING_PARAMETER: MissingParameterError,
};

/** web-eid.js's codes by their own names. */
export const ErrorCode = Object.freeze(
  Object.fromEntries(Object.keys(classes).map((code) => [code, code])));

/** The SDK's own reasons and what web-eid.js would call them. */
export const ownReasons = Object.freeze({
  aborted: 'ERR_WEBEID_USER_CANCELLED',
  agent_not_for_this_site: 'ERR_WEBEID_NATIVE_UNAVAILABLE',
  agent_too_old: 'ERR_WEBEID_VERSION_MISMATCH',
  agent_unreachable: 'ERR_WEBEID_NATIVE_UNAVAILABLE',
  bad_answer: 'ERR_WEBEID_UNKNOWN_ERROR',
  context_insecure: 'ERR_WEBEID_CONTEXT_INSECURE',
  csp_blocked: 'ERR_WEBEID_NATIVE_UNAVAILABLE',
  missing_parameter: 'ERR_WEBEID_MISSING_PARAMETER',
  permission_denied: 'ERR_WEBEID_NATIVE_UNAVAILABLE',
  permission_dismissed: 'ERR_WEBEID_NATIVE_UNAVAILABLE',
  platform_unsupported: 'ERR_WEBEID_NATIVE_UNAVAILABLE',
  user_gesture_required: 'ERR_WEBEID_NATIVE_INVALID_ARGUMENT',
  version_invalid: 'ERR_WEBEID_VERSION_INVALID',
});

/**
 * The agent's error codes and what web-eid.js would call them. In the order of
 * the agent's own table: references count along it.
 */
export const agentReasons = Object.freeze({
  bad_request: 'ERR_WEBEID_NATIVE_INVALID_ARGUMENT',
  not_found: 'ERR_WEBEID_NATIVE_INVALID_ARGUMENT',
  method_not_allowed: 'ERR_WEBEID_NATIVE_INVALID_ARGUMENT',
  unsupported_media_type: 'ERR_WEBEID_NATIVE_INVALID_ARGUMENT',
  payload_too_large: 'ERR_WEBEID_NATIVE_INVALID_ARGUMENT',
  headers_too_large: 'ERR_WEBEID_NATIVE_INVALID_ARGUMENT',
  operation_not_allowed: 'ERR_WEBEID_NATIVE_FATAL',
  portal_blocked: 'ERR_WEBEID_NATIVE_FATAL',
  rate_limited: 'ERR_WEBEID_ACTION_PENDING',
  busy: 'ERR_WEBEID_ACTION_PENDING',
  pcscd_unavailable: 'ERR_WEBEID_NATIVE_FATAL',
  no_reader: 'ERR_WEBEID_NATIVE_FATAL',
  no_card: 'ERR_WEBEID_NATIVE_FATAL',
  reader_in_use: 'ERR_WEBEID_NATIVE_FATAL',
  unsupported_card: 'ERR_WEBEID_NATIVE_FATAL',
  card_too_old: 'ERR_WEBEID_NATIVE_FATAL',
  card_mute: 'ERR_WEBEID_NATIVE_FATAL',
  card_removed: 'ERR_WEBEID_NATIVE_FATAL',
  card_mismatch: 'ERR_WEBEID_NATIVE_FATAL',
  card_error: 'ERR_WEBEID_NATIVE_FATAL',
  certificate_missing: 'ERR_WEBEID_NATIVE_FATAL',
  certificate_expired: 'ERR_WEBEID_NATIVE_FATAL',
  clock_skew: 'ERR_WEBEID_NATIVE_FATAL',
  pin_incorrect: 'ERR_WEBEID_NATIVE_FATAL',
  pin_blocked: 'ERR_WEBEID_NATIVE_FATAL',
  user_cancelled: 'ERR_WEBEID_USER_CANCELLED',
  user_timeout: 'ERR_WEBEID_USER_TIMEOUT',
  prompt_unavailable: 'ERR_WEBEID_NATIVE_FATAL',
  request_expired: 'ERR_WEBEID_NATIVE_INVALID_ARGUMENT',
  request_replayed: 'ERR_WEBEID_NATIVE_INVALID_ARGUMENT',
  request_key_unknown: 'ERR_WEBEID_NATIVE_INVALID_ARGUMENT',
  request_signature_invalid: 'ERR_WEBEID_NATIVE_INVALID_ARGUMENT',
  internal: 'ERR_WEBEID_NATIVE_FATAL',
});

/** The error for a reason, of the class that its code has. */
export function errorFor(reason, message, detail) {
  const code =
    lookUp(ownReasons, reason) ?? lookUp(agentReasons, reason) ?? 'ERR_WEBEID_UNKNOWN_ERROR';
  return new classes[code](code, reason, message, detail);
}

function lookUp(table, name) {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
