// SPDX-FileCopyrightText: The beid-agent authors
// SPDX-License-Identifier: Apache-2.0

export type HelpdeskLanguage = 'nl' | 'fr' | 'de' | 'en';

export interface HelpdeskText {
  /** Of a situation without a code. */
  title?: string;
  /** What happened, for the helpdesk. */
  cause: string;
  /** A sentence to say to the citizen. */
  say: string;
  /** What the helpdesk does. */
  action: string;
}

export type HelpdeskExplanation<L extends HelpdeskLanguage = HelpdeskLanguage> =
  { code: string } & Record<L, HelpdeskText>;

export interface HelpdeskAnswer<L extends HelpdeskLanguage = HelpdeskLanguage> {
  kind: 'agent' | 'doctor' | 'name';
  /** As the agent writes it. */
  reference: string;
  /** Findings of a newer agent are left out. */
  newer: boolean;
  explanations: HelpdeskExplanation<L>[];
}

/** null when it is no code that this version knows. */
export function explain(text: string): HelpdeskAnswer | null;
export function explain<L extends HelpdeskLanguage>(
  text: string, lang: L): HelpdeskAnswer<L> | null;

export interface HelpdeskCode {
  readonly kind: 'agent' | 'doctor' | 'sdk' | 'situation';
  /** In the agent's reference, or the bit of the doctor's code. */
  readonly number: number | null;
  readonly code: string;
}

/** What can be looked up. */
export const codes: readonly HelpdeskCode[];
