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
  /** web-eid.js's versions: this package twice, and the agent. */
  library: string;
  extension: string;
  nativeApp: string;
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

export interface StatementAnswer {
  /** The text that the citizen saw and signed. */
  statement: string;
  /** CAdES B-B over it: detached, DER in base64. */
  signature: string;
  unverifiedEvidence: { pinEntry: 'keyboard' | 'pinpad'; chain?: string[] };
}

export interface SignatureAlgorithm {
  cryptoAlgorithm: 'ECC' | 'RSA';
  hashFunction: string;
  paddingScheme: 'NONE' | 'PKCS1.5' | 'PSS';
}

export interface SigningCertificate {
  certificate: string;
  supportedSignatureAlgorithms: SignatureAlgorithm[];
  /** With the option chain: the certificates above it. */
  chain?: string[];
}

export interface Signature {
  signature: string;
  signatureAlgorithm: SignatureAlgorithm;
}

export interface CallOptions {
  /** Aborting closes the citizen's PIN prompt; no signature is made. */
  signal?: AbortSignal;
  /** Like 1.2.3: an older agent is refused, agent_too_old. */
  minimumVersion?: string;
}

export interface OperationOptions extends CallOptions {
  /** Language of the prompt; English for others than the four. */
  lang?: Language | string;
  /**
   * Milliseconds for the citizen, at most 900 000; then the prompt closes and
   * the call ends with user_timeout. 300 000 by itself.
   */
  timeoutMs?: number;
  /** web-eid.js's name for timeoutMs. */
  userInteractionTimeout?: number;
  /** false: fail at once when there is no reader or card. */
  waitForCard?: boolean;
}

export interface AuthenticateOptions extends OperationOptions {
  /** Only the card with this certificate: SHA-256 of its DER. */
  certificateSha256?: string;
}

export interface ChainOptions extends OperationOptions {
  /** Ask for the certificates above the citizen's as well. */
  chain?: boolean;
}

export interface SignOptions extends OperationOptions {
  /** The name that the prompt shows. */
  document?: { name: string };
}

/** The version of this package. */
export const version: string;

/** web-eid.js's names for these types. */
export type ActionOptions = OperationOptions;
export type LibraryStatusResponse = AgentStatus;
export type LibraryAuthenticateResponse = AuthToken;
export type LibraryGetSigningCertificateResponse = SigningCertificate;
export type LibrarySignResponse = Signature;

/** web-eid.js's settings, in milliseconds, as they are here. */
export const config: Readonly<{
  VERSION: string;
  EXTENSION_HANDSHAKE_TIMEOUT: number;
  NATIVE_APP_HANDSHAKE_TIMEOUT: number;
  DEFAULT_USER_INTERACTION_TIMEOUT: number;
  MAX_EXTENSION_LOAD_DELAY: number;
}>;

/** The names of web-eid.js's messages; the SDK sends none. */
export const Action: Readonly<Record<
  'WARNING'
  | `${'STATUS' | 'AUTHENTICATE' | 'GET_SIGNING_CERTIFICATE' | 'SIGN'}${
    '' | '_ACK' | '_SUCCESS' | '_FAILURE'}`, string>>;

/** All of these throw BeidAgentError. Call them from a click. */
export function status(options?: CallOptions): Promise<AgentStatus>;
export function authenticate(
  challengeNonce: string, options?: AuthenticateOptions): Promise<AuthToken>;
/** As authenticate(), and the CA certificates for the portal's backend. */
export function authenticateWithEvidence(
  challengeNonce: string, options?: AuthenticateOptions): Promise<AuthAnswer>;

export type StepUpOptions = ChainOptions;

/** For a compact JWS that the portal's backend signed. */
export function stepUp(
  request: string, options?: ChainOptions): Promise<AuthAnswer | StatementAnswer>;
export function getSigningCertificate(options?: ChainOptions): Promise<SigningCertificate>;
export function sign(
  certificate: string, hash: string, hashFunction: string,
  options?: SignOptions): Promise<Signature>;

export type AgentEvent =
  | 'window-opened' | 'waiting-for-card' | 'card-removed' | 'pin-entry' | 'signing' | 'done';

/** Of this site's operations; ends after done. */
export function events(options?: CallOptions): AsyncGenerator<AgentEvent, void, undefined>;

export interface Permission {
  state: 'prompt' | 'granted' | 'denied' | 'unsupported';
  /** What the citizen can do, when there is something to do. */
  text: Record<Language, string> | null;
}

/** Asks the citizen nothing and calls nobody. */
export function permission(options?: Pick<CallOptions, 'signal'>): Promise<Permission>;

/** What a reference of the agent stands for; null when it is none. */
export function decodeReference(
  text: string): { reference: string; reason: string } | null;

export type OwnReason =
  | 'aborted' | 'agent_not_for_this_site' | 'agent_too_old' | 'agent_unreachable' | 'bad_answer'
  | 'context_insecure' | 'csp_blocked' | 'missing_parameter' | 'permission_denied'
  | 'permission_dismissed' | 'platform_unsupported' | 'user_gesture_required';

export type WebEidCode =
  | 'ERR_WEBEID_ACTION_PENDING' | 'ERR_WEBEID_ACTION_TIMEOUT'
  | 'ERR_WEBEID_CONTEXT_INSECURE' | 'ERR_WEBEID_EXTENSION_UNAVAILABLE'
  | 'ERR_WEBEID_MISSING_PARAMETER'
  | 'ERR_WEBEID_NATIVE_FATAL' | 'ERR_WEBEID_NATIVE_INVALID_ARGUMENT'
  | 'ERR_WEBEID_NATIVE_UNAVAILABLE' | 'ERR_WEBEID_UNKNOWN_ERROR'
  | 'ERR_WEBEID_USER_CANCELLED' | 'ERR_WEBEID_USER_TIMEOUT'
  | 'ERR_WEBEID_VERSION_INVALID' | 'ERR_WEBEID_VERSION_MISMATCH';
export const ErrorCode: Readonly<{ [Code in WebEidCode]: Code }>;

export class BeidAgentError extends Error {
  readonly code: WebEidCode;
  /** An OwnReason, or an error code of the agent. */
  readonly reason: OwnReason | string;
  /** What the citizen may tell the helpdesk. */
  readonly reference?: string;
  readonly retryable: boolean;
  readonly retryAfterMs?: number;
  /** Of agent_too_old, as web-eid.js tells it. */
  readonly requiresUpdate?: { extension: boolean; nativeApp: boolean };
  /** Of agent_too_old: the agent's version. */
  readonly nativeApp?: string;
  /** The version of this package, when status() failed. */
  readonly library?: string;
}
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

export const ownReasons: Readonly<Record<OwnReason, WebEidCode>>;
export const agentReasons: Readonly<Record<string, WebEidCode>>;
export function errorFor(
  reason: string, message: string, detail?: object): BeidAgentError;
