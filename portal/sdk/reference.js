// SPDX-FileCopyrightText: The beid-agent authors
// SPDX-License-Identifier: Apache-2.0

import { agentReasons } from './errors.js';

// "E", the number of the error in the agent's table, and five signs that tell
// one occurrence from another. People read O, I and L for 0, 1 and 1.
const FORM = /^E(\d\d)-?([\dA-HJKMNP-TV-Z]{5})$/;

/**
 * What a reference that a citizen reads to the helpdesk stands for:
 * { reference, reason }, the reference as the agent wrote it and its error
 * code. null when it is none, or one of a newer agent.
 */
export function decodeReference(text) {
  const match = FORM.exec(String(text).toUpperCase().replace(/\s/g, '')
    .replace(/O/g, '0').replace(/[IL]/g, '1'));
  const reason = match && Object.keys(agentReasons)[Number(match[1]) - 1];
  return reason ? { reference: `E${match[1]}-${match[2]}`, reason } : null;
}
