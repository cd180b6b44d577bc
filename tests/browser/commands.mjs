// SPDX-FileCopyrightText: The beid-agent authors
// SPDX-License-Identifier: Apache-2.0

import { createInterface } from "node:readline";

/**
 * Answers commands, one line of JSON each, until there are no more. They run
 * beside each other: a page may wait while another one works.
 * @param {Record<string, (arguments_: any) => Promise<unknown>>} known
 */
export async function serveCommands(known, version) {
  const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);
  say({ id: 0, value: version });
  for await (const line of createInterface({ input: process.stdin })) {
    const { id, do: name, ...rest } = JSON.parse(line);
    Promise.resolve()
      .then(() => known[name](rest))
      .then((value) => say({ id, value }))
      .catch((error) => say({ id, failed: String(error) }));
  }
}
