// SPDX-FileCopyrightText: The beid-agent authors
// SPDX-License-Identifier: Apache-2.0

import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

// Sends what the SDK asks of 24880…24887 to ports that are free here, so that
// an agent on this computer disturbs no test, nor a test that agent.
export class Ports {
  constructor() {
    this.map = new Map();
    this.asked = [];
    this.servers = [];
    this.realFetch = globalThis.fetch;
    globalThis.fetch = (url, init) => this.fetch(new URL(url), init);
  }

  fetch(url, init) {
    if (url.hostname !== '127.0.0.1' || url.protocol !== 'http:') {
      throw new Error(`the SDK called ${url}`);
    }
    this.asked.push({ port: Number(url.port), path: url.pathname, init });
    const real = this.map.get(Number(url.port));
    if (real === undefined) {
      return Promise.reject(new TypeError('fetch failed'));
    }
    url.port = real;
    return this.realFetch(url, init);
  }

  // A real server that stands for this port of the agent.
  async serve(port, handler) {
    const server = createServer(handler);
    await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    this.map.set(port, server.address().port);
    this.servers.push(server);
    return server;
  }

  async close() {
    globalThis.fetch = this.realFetch;
    await Promise.all(this.servers.map((server) => new Promise((resolve) => {
      // In this order: a connection that is accepted in between would keep
      // the server of an older Node open for ever.
      server.close(resolve);
      server.closeAllConnections();
    })));
  }
}

export const goodStatus = {
  agent: { version: '0.1.0', api: [1] },
  readers: [{ pinpad: false, card: 'supported' }],
  busy: false,
  portal: { name: 'Test', allow: ['authenticate'], environment: 'test' },
};

// What status() makes of it.
export const goodVersions = { ...goodStatus, library: '0.1.0', extension: '0.1.0', nativeApp: '0.1.0' };

export const goodAnswer = {
  token: {
    unverifiedCertificate: 'QQ==',
    algorithm: 'ES384',
    signature: 'Qg==',
    format: 'web-eid:1.0',
    appVersion: 'https://example.org/1',
  },
  unverifiedEvidence: { pinEntry: 'keyboard', chain: ['Qw=='] },
};

export function reply(response, status, body) {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

export async function bodyOf(request) {
  const parts = [];
  for await (const part of request) {
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

// An agent that answers status, and hands the rest to handle().
export function agent(handle = (request, response) => reply(response, 200, goodAnswer)) {
  const seen = [];
  const handler = async (request, response) => {
    const body = await bodyOf(request);
    seen.push({ method: request.method, url: request.url, headers: request.headers, body });
    if (request.url === '/v1/status') {
      reply(response, 200, goodStatus);
    } else {
      handle(request, response);
    }
  };
  handler.seen = seen;
  return handler;
}

// A fresh copy of the SDK, which remembers no port yet: its modules are loaded
// once per place.
const copies = mkdtempSync(join(tmpdir(), 'beid-sdk-'));
process.on('exit', () => rmSync(copies, { recursive: true, force: true }));
let count = 0;
export async function freshSdk() {
  count += 1;
  const copy = join(copies, String(count));
  cpSync(fileURLToPath(new URL('../../../portal/sdk/', import.meta.url)), copy,
    { recursive: true });
  return import(pathToFileURL(join(copy, 'beid-agent.js')));
}
