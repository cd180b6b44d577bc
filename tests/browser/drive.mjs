// SPDX-FileCopyrightText: The beid-agent authors
// SPDX-License-Identifier: Apache-2.0

/**
 * Chromium under the commands of tests/harness/drive.py. Arguments: headless
 * or headed, then the origins that count as public.
 */
import { openBrowser } from "./chromium.mjs";
import { serveCommands } from "./commands.mjs";

const [mode, origin, ...others] = process.argv.slice(2);
const browser = await openBrowser(origin, { headless: mode === "headless", others });
const { context } = browser;
const pages = new Map();
const calls = new Map();

async function frameOf(page, url) {
  const frame = page.frames().find((one) => one.url() === url);
  await frame.waitForFunction(() => window.sdk !== undefined);
  return frame;
}

await serveCommands({
  async open({ page, url, ready = true }) {
    const opened = await context.newPage();
    pages.set(page, opened);
    calls.set(page, []);
    opened.on("request", (one) => {
      if (one.url().startsWith("http://127.0.0.1:")) {
        calls.get(page).push(one.url());
      }
    });
    await opened.goto(url);
    if (ready) {
      await opened.waitForFunction(() => window.sdk !== undefined);
    }
  },
  /** What the page asked of programs on this computer so far. */
  async requests({ page }) {
    return calls.get(page);
  },
  async close({ page }) {
    await pages.get(page).close();
    pages.delete(page);
  },
  async evaluate({ page, script, click, frame }) {
    const target = frame ? await frameOf(pages.get(page), frame) : pages.get(page);
    if (click) {
      await target.locator("#start").click();
    }
    return target.evaluate(script);
  },
  /** Runs a script that leaves the page; gives the status of where it went. */
  async leave({ page, script, url }) {
    const answer = context.waitForEvent("response", (one) => one.url() === url);
    await pages.get(page).evaluate(script);
    const response = await answer;
    return { status: response.status(), headers: await response.allHeaders() };
  },
  /** granted, denied, or prompt. */
  permission: ({ origin: whose, setting }) => browser.permit(setting, whose),
}, browser.version);
await browser.close();
