// SPDX-FileCopyrightText: The beid-agent authors
// SPDX-License-Identifier: Apache-2.0

/**
 * Debian's Firefox ESR by WebDriver BiDi, under the commands of
 * tests/harness/drive.py. Arguments: headless, then the origins that count as
 * public. Preferences of an administrator: JSON in BEID_FIREFOX_PREFERENCES.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import WebSocket from "ws";
import { serveCommands } from "./commands.mjs";

const [, ...origins] = process.argv.slice(2);
const home = mkdtempSync(join(tmpdir(), "beid-firefox-"));
const places = origins.map((place) => `127.0.0.1:${new URL(place).port}`).join(",");
writeFileSync(join(home, "user.js"), Object.entries({
  "network.lna.address_space.public.override": places,
  "app.update.enabled": false,
  "browser.shell.checkDefaultBrowser": false,
  "datareporting.policy.dataSubmissionEnabled": false,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "toolkit.telemetry.reportingpolicy.firstRun": false,
  ...JSON.parse(process.env.BEID_FIREFOX_PREFERENCES ?? "{}"),
}).map(([name, value]) => `user_pref("${name}", ${JSON.stringify(value)});\n`).join(""));

// Port 0 would not be told: the browser writes the one it took into a file.
const firefox = spawn("firefox-esr", ["--headless", "--no-remote", "--profile", home,
  "--remote-debugging-port", "0"], {
  env: { ...process.env, HOME: home, XDG_CACHE_HOME: join(home, "cache") },
  stdio: ["ignore", "ignore", "ignore"],
});
const ended = new Promise((resolve) => { firefox.on("exit", resolve); });

async function whereToCall() {
  for (let tries = 0; tries < 600; tries += 1) {
    try {
      const told = JSON.parse(readFileSync(join(home, "WebDriverBiDiServer.json"), "utf8"));
      return `ws://${told.ws_host}:${told.ws_port}/session`;
    } catch {
      await new Promise((resolve) => { setTimeout(resolve, 100); });
    }
  }
  throw new Error("Firefox opened no BiDi server");
}

const socket = new WebSocket(await whereToCall());
const waiting = new Map();
await new Promise((resolve, reject) => {
  socket.on("open", resolve);
  socket.on("error", reject);
});
socket.on("message", (text) => {
  const { id, type, result, error, message, method, params } = JSON.parse(text);
  if (method === "network.responseStarted") {
    answered(params.response);
  }
  const mine = waiting.get(id);
  waiting.delete(id);
  if (type === "success") {
    mine?.resolve(result);
  } else if (type === "error") {
    mine?.reject(new Error(`${error}: ${message}`));
  }
});

// Who waits for the answer to a URL.
const awaited = new Map();
function answered({ url, status, headers }) {
  awaited.get(url)?.({
    status,
    headers: Object.fromEntries(headers.map(({ name, value }) => [name.toLowerCase(), value.value])),
  });
  awaited.delete(url);
}

let commands = 0;
function bidi(method, params = {}) {
  commands += 1;
  socket.send(JSON.stringify({ id: commands, method, params }));
  return new Promise((resolve, reject) => { waiting.set(commands, { resolve, reject }); });
}

async function evaluate(context, expression) {
  const { result, exceptionDetails } = await bidi("script.evaluate", {
    // As text: the protocol's own form of values is another one.
    expression: `(async () => JSON.stringify(await (${expression})) ?? "null")()`,
    target: { context }, awaitPromise: true, userActivation: false,
  });
  if (exceptionDetails) {
    throw new Error(exceptionDetails.text);
  }
  return JSON.parse(result.value);
}

async function click(context) {
  const { result } = await bidi("script.evaluate", {
    expression: 'document.querySelector("#start")', target: { context }, awaitPromise: false,
  });
  await bidi("input.performActions", {
    context,
    actions: [{
      type: "pointer", id: "mouse", actions: [
        { type: "pointerMove", x: 0, y: 0,
          origin: { type: "element", element: { sharedId: result.sharedId } } },
        { type: "pointerDown", button: 0 }, { type: "pointerUp", button: 0 },
      ],
    }],
  });
}

const READY = "(async () => { while (!window.sdk) "
  + "await new Promise((done) => setTimeout(done, 20)); return true; })()";

/** The page itself, or the frame in it that shows a URL. */
async function placeOf(page, frame) {
  if (!frame) {
    return page;
  }
  for (;;) {
    const { contexts } = await bidi("browsingContext.getTree", { root: page });
    const found = contexts[0].children.find(({ url }) => url === frame);
    if (found) {
      await evaluate(found.context, READY);
      return found.context;
    }
  }
}

const { capabilities } = await bidi("session.new",
  { capabilities: { alwaysMatch: { acceptInsecureCerts: true } } });
await bidi("session.subscribe", { events: ["network.responseStarted"] });
const pages = new Map();

await serveCommands({
  async open({ page, url, ready = true }) {
    const { context } = await bidi("browsingContext.create", { type: "tab" });
    pages.set(page, context);
    await bidi("browsingContext.navigate", { context, url, wait: "complete" });
    if (ready) {
      await evaluate(context, READY);
    }
  },
  async close({ page }) {
    await bidi("browsingContext.close", { context: pages.get(page) });
    pages.delete(page);
  },
  async evaluate({ page, script, click: first, frame }) {
    const place = await placeOf(pages.get(page), frame);
    if (first) {
      await click(place);
    }
    return evaluate(place, script);
  },
  /** Runs a script that leaves the page; gives the status of where it went. */
  async leave({ page, script, url }) {
    const answer = new Promise((resolve) => { awaited.set(url, resolve); });
    await bidi("script.evaluate", {
      expression: script, target: { context: pages.get(page) }, awaitPromise: false,
    });
    return answer;
  },
  async permission({ origin, setting }) {
    await bidi("permissions.setPermission", {
      descriptor: { name: "loopback-network" }, state: setting, origin,
    });
  },
}, capabilities.browserVersion);

socket.close();
firefox.kill();
await ended;
rmSync(home, { recursive: true, force: true, maxRetries: 5 });
