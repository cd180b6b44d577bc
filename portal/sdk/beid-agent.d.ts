// SPDX-FileCopyrightText: The beid-agent authors
// SPDX-License-Identifier: Apache-2.0

export type CardState = 'none' | 'supported' | 'unsupported' | 'mute' | 'busy';
export type Language = 'nl' | 'fr' | 'de' | 'en';

export interface AgentStatus {
  agent: { version: string; api: unknown[] };
  readers: { pinpad: boolean; card: CardState }[];
  busy: boolean;
  /** An error code of the agent that any operation would now end with. */
  problem?: string;
  portal: { name: string; allow: string[]; environment: 'production' | 'acceptance' | 'test' };
}

/** A Web eID authentication token, format web-eid:1.0. */
export interface AuthToken {
  unverifiedCertificate: string;
  algorithm: 'RS256' | 'ES384';
  signature: string;
  format: string;
  appVersion: string;
}

export interface AuthAnswer {
  token: AuthToken;
  unverifiedEvidence: { pinEntry: 'keyboard' | 'pinpad'; chain?: string[] };
}

export interface CallOptions {
  /** Aborting closes the citizen's PIN prompt; no signature is made. */
  signal?: AbortSignal;
}

export interface AuthenticateOptions extends CallOptions {
  /** Language of the prompt. */
  lang?: Language | string;
  /** Milliseconds, 30 000 to 900 000; other values are brought within. */
  timeoutMs?: number;
  /** web-eid.js's name for timeoutMs. */
  userInteractionTimeout?: number;
  /** false: fail at once when there is no reader or card. */
  waitForCard?: boolean;
  /** Only the card with this certificate: SHA-256 of its DER. */
  certificateSha256?: string;
}

/** Both throw BeidAgentError. Call them from a click. */
export function status(options?: CallOptions): Promise<AgentStatus>;
export function authenticate(
  challengeNonce: string, options?: AuthenticateOptions): Promise<AuthToken>;
/** As authenticate(), and the CA certificates for the portal's backend. */
export function authenticateWithEvidence(
  challengeNonce: string, options?: AuthenticateOptions): Promise<AuthAnswer>;

export interface StepUpOptions extends CallOptions {
  lang?: Language | string;
  timeoutMs?: number;
  waitForCard?: boolean;
  /** With the issuing CA certificates, for the portal's backend. */
  chain?: boolean;
}

/** What the card signed about a request of kind statement. */
export interface StatementAnswer {
  statement: string;
  /** CMS, base64 of DER. */
  signature: string;
  unverifiedEvidence: { pinEntry: 'keyboard' | 'pinpad' };
}

/** request: the compact JWS that the portal's backend signed. */
export function stepUp(
  request: string, options?: StepUpOptions): Promise<AuthAnswer | StatementAnswer>;

export type OwnReason =
  | 'aborted' | 'agent_not_for_this_site' | 'agent_unreachable' | 'bad_answer'
  | 'context_insecure' | 'csp_blocked' | 'missing_parameter' | 'permission_denied'
  | 'permission_dismissed' | 'platform_unsupported' | 'user_gesture_required';

export type WebEidCode =
  | 'ERR_WEBEID_ACTION_PENDING' | 'ERR_WEBEID_ACTION_TIMEOUT'
  | 'ERR_WEBEID_CONTEXT_INSECURE' | 'ERR_WEBEID_MISSING_PARAMETER'
  | 'ERR_WEBEID_NATIVE_FATAL' | 'ERR_WEBEID_NATIVE_INVALID_ARGUMENT'
  | 'ERR_WEBEID_NATIVE_UNAVAILABLE' | 'ERR_WEBEID_UNKNOWN_ERROR'
  | 'ERR_WEBEID_USER_CANCELLED' | 'ERR_WEBEID_USER_TIMEOUT';

export class BeidAgentError extends Error {
  readonly code: WebEidCode;
  /** An OwnReason, or an error code of the agent. */
  readonly reason: OwnReason | string;
  /** What the citizen may tell the helpdesk. */
  readonly reference?: string;
  readonly retryable: boolean;
  readonly retryAfterMs?: number;
}
export class ActionPendingError extends BeidAgentError {}
export class ActionTimeoutError extends BeidAgentError {}
export class ContextInsecureError extends BeidAgentError {}
export class MissingParameterError extends BeidAgentError {}
export class NativeFatalError extends BeidAgentError {}
export class NativeInvalidArgumentError extends BeidAgentError {}
export class NativeUnavailableError extends BeidAgentError {}
export class UnknownError extends BeidAgentError {}
export class UserCancelledError extends BeidAgentError {}
export class UserTimeoutError extends BeidAgentError {}

export const ownReasons: Readonly<Record<OwnReason, WebEidCode>>;
export const agentReasons: Readonly<Record<string, WebEidCode>>;
export function errorFor(
  reason: string, message: string, detail?: object): BeidAgentError;
