// SPDX-FileCopyrightText: The beid-agent authors
// SPDX-License-Identifier: Apache-2.0

/**
 * A citizen's Chromium at the reference portal, under the commands of
 * tests/harness/drive.py. Arguments: the portal's origin, the folder of the
 * screenshots.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { openBrowser } from "./chromium.mjs";
import { serveCommands } from "./commands.mjs";
import { checkPart, checkState, checkPages, inLanguage, photograph, LANGUAGES,
  SMALL } from "./pages.mjs";

const [origin, photos] = process.argv.slice(2);
const browser = await openBrowser(origin);
const { context } = browser;
const pages = new Map();
const calls = new Map();

/** A telephone as web pages see it. */
const PHONES = {
  android: {
    userAgent: "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, "
      + "like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
    userAgentMetadata: { platform: "Android", platformVersion: "14",
      architecture: "", model: "", mobile: true },
  },
  iphone: {
    userAgent: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) "
      + "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 "
      + "Mobile/15E148 Safari/604.1",
  },
  ipad: {
    userAgent: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) "
      + "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15",
  },
};

async function becomePhone(page, phone) {
  const session = await context.newCDPSession(page);
  await session.send("Emulation.setUserAgentOverride", PHONES[phone]);
  await session.send("Emulation.setTouchEmulationEnabled",
    { enabled: true, maxTouchPoints: 5 });
  await page.setViewportSize({ width: 360, height: 740 });
}

const where = (page) => pages.get(page);

await serveCommands({
  async open({ page, path = "/", phone = null, clock = false, width = 1280 }) {
    const opened = await context.newPage();
    await opened.setViewportSize({ width, height: 800 });
    pages.set(page, opened);
    calls.set(page, []);
    opened.on("request", (one) => {
      if (/^\w+:\/\/(127\.|\[::1\]|localhost)/.test(one.url())
          && !one.url().startsWith(`${origin}/`)) {
        calls.get(page).push(one.url());
      }
    });
    if (phone) {
      await becomePhone(opened, phone);
    }
    if (clock) {
      await opened.clock.install();
    }
    await opened.goto(origin + path);
  },
  async go({ page, path }) {
    const answer = await where(page).goto(origin + path);
    return { status: answer.status(), challenge: answer.headers()["www-authenticate"],
      url: where(page).url() };
  },
  /** What the page asked of programs on this computer so far. */
  async requests({ page }) {
    return calls.get(page);
  },
  async close({ page }) {
    await where(page).close();
    pages.delete(page);
  },
  click: ({ page, selector }) => where(page).click(selector),
  press: ({ page, key }) => where(page).keyboard.press(key),
  evaluate: ({ page, script }) => where(page).evaluate(script),
  async wait({ page, selector, state = "visible", seconds = 60 }) {
    await where(page).waitForSelector(selector, { state, timeout: seconds * 1000 });
  },
  /** Until a text stands there. */
  async text({ page, selector, text }) {
    await where(page).waitForFunction(
      ([at, wanted]) => document.querySelector(at)?.textContent.trim() === wanted,
      [selector, text], { timeout: 60_000 });
  },
  async url({ page, path }) {
    await where(page).waitForURL(origin + path, { timeout: 60_000 });
  },
  /** What the page says that went wrong. */
  async problem({ page }) {
    await where(page).waitForSelector("#problem:not([hidden])", { timeout: 90_000 });
    return where(page).evaluate(() => {
      const problem = document.getElementById("problem");
      const part = (selector) => problem.querySelector(selector);
      const shown = (item) => item?.checkVisibility() ? item.textContent.trim() : null;
      return {
        lang: document.documentElement.lang,
        code: problem.dataset.code,
        title: shown(part(".problem-title")),
        advice: shown(part(".problem-advice")),
        reference: shown(part("code")),
        retry: shown(part("#retry")),
        other: shown(part("#another-way")) && part("#another-way").hash,
        focused: document.activeElement === problem,
        ready: !document.getElementById("login").disabled,
      };
    });
  },
  /** Answers of the backend to this path come from the test. */
  async answer({ path, body, type = "application/json" }) {
    await context.route(`${origin}${path}`, (route) =>
      route.fulfill({ status: 200, contentType: type, body }));
  },
  unanswer: () => context.unrouteAll({ behavior: "wait" }),
  forget: () => context.clearCookies(),
  later: ({ page, ms }) => where(page).clock.fastForward(ms),
  permission: ({ setting }) => browser.permit(setting),
  photo: ({ page, name, sizes }) =>
    photograph(where(page), join(photos, name), sizes),
  /** Accessibility, width and targets of the page as it stands; small: of one
   * that was seen wide with another text. */
  check: ({ page, small }) => checkState(where(page), small ? SMALL : undefined),
  /** A part of it after each of these scripts, which give what it says then. */
  async checkPart({ page, part, scripts }) {
    const said = [];
    await checkPart(where(page), part, scripts.map((script, i) => async () => {
      said[i] = await where(page).evaluate(script);
    }));
    return said;
  },
  /** The same for pages in every language; photographs in Dutch of those that
   * are looked at wide. */
  checkPages: ({ page, paths, more, small }) => checkPages(where(page),
    paths.map((path) => origin + path), small ? null
      : (name) => photograph(where(page), join(photos, name + (more ?? ""))),
    small ? SMALL : undefined),
  /** What the portal gives as a file, opened from the disk in each language;
   * gives its texts. */
  async file({ page, path, name }) {
    const texts = {};
    for (const language of LANGUAGES) {
      const answer = await context.request.get(inLanguage(origin + path, language));
      const file = join(photos, `${name}-${language}.html`);
      await writeFile(file, await answer.body());
      await where(page).goto(pathToFileURL(file).href);
      await checkState(where(page));
      texts[language] = await where(page).innerText("body");
    }
    return texts;
  },
}, browser.version);
await browser.close();
