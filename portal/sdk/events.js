// SPDX-FileCopyrightText: The beid-agent authors
// SPDX-License-Identifier: Apache-2.0

import { answerOf, brokenBy, discover, listen, send } from './agent.js';
import { errorFor, throwIfAborted } from './errors.js';

// Far more than the agent ever sends at once.
const TEXT_MAX = 65536;

/**
 * What happens with this site's operations, for `for await`: window-opened,
 * waiting-for-card, card-removed, pin-entry, signing; it ends after done.
 * Aborting the signal, or leaving the loop, closes the connection.
 */
export async function* events(options) {
  const signal = options?.signal;
  const { port } = await discover(options);
  const own = new AbortController();
  const end = listen(signal, 'abort', () => own.abort());
  try {
    throwIfAborted(signal);
    const response = await send(port, '/v1/events', {}, own.signal);
    if (!response.ok) {
      answerOf({ status: response.status, ok: false, text: await response.text() });
    }
    yield* read(response.body);
  } catch (cause) {
    throwIfAborted(signal);
    throw brokenBy(cause);
  } finally {
    end();
    own.abort();
  }
}

async function* read(body) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) {
      return;
    }
    text += decoder.decode(value, { stream: true });
    const blocks = text.split('\n\n');
    text = blocks.pop();
    if (text.length > TEXT_MAX) {
      throw errorFor('bad_answer', 'these are no events');
    }
    for (const block of blocks) {
      const name = /^event: (.+)$/m.exec(block)?.[1];
      if (name !== undefined) {
        yield name;
      }
      if (name === 'done') {
        return;
      }
    }
  }
}
