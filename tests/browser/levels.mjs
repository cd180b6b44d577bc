// SPDX-FileCopyrightText: The beid-agent authors
// SPDX-License-Identifier: Apache-2.0

/**
 * A citizen who logs in without a card, meets a section that wants one, and
 * goes on there after the step-up; then the profile as a panel. Arguments:
 * ORIGIN PHOTO-FOLDER. Prints one JSON line per step.
 */
import { join } from "node:path";
import { openBrowser, tell } from "./chromium.mjs";
import { checkPages, photograph } from "./pages.mjs";

const [origin, photos] = process.argv.slice(2);
const browser = await openBrowser(origin);
const { page } = browser;
const photo = (name) => photograph(page, join(photos, name));

async function raise(event) {
  await page.click("#login");
  await page.waitForSelector("#cancel:not([hidden])");
  tell(event);
  await Promise.race([
    page.waitForSelector("#problem:not([hidden])", { timeout: 90_000 }),
    page.waitForSelector("#login", { state: "detached", timeout: 90_000 }),
  ]);
}

try {
  await browser.grant();
  await page.goto(`${origin}/gezin`);
  tell("login-page", { url: page.url() });
  await checkPages(page, ["/", "/login"].map((path) => origin + path), photo);

  await page.goto(`${origin}/login?next=/gezin&lang=nl`);
  await page.click("button[value=nora]");
  tell("low", { url: page.url(), title: await page.innerText("h1") });
  await photo("step-up-asked");

  await raise("waiting-cancel");
  tell("cancelled", { code: await page.getAttribute("#problem", "data-code") });
  await photo("step-up-cancelled");
  await raise("waiting");
  if (await page.isVisible("#problem:not([hidden])")) {
    throw new Error(`the page says: ${await page.innerText("#problem")}`);
  }
  await page.waitForURL(`${origin}/gezin`);
  tell("raised", { url: page.url(), text: await page.innerText("main") });

  const paths = ["/profile", "/meldingen", "/gezin", "/woonst", "/werk",
    "/voordelen", "/onderwijs", "/attesten", "/contact"];
  await checkPages(page, paths.map((path) => origin + path), photo);

  await page.goto(`${origin}/woonst?lang=nl`);
  await page.goto(`${origin}/woonst`);
  await page.click("#open-profile");
  await page.waitForSelector("#panel[open] h1");
  await photo("panel");
  await page.click("#panel a[href='/gezin']");
  await page.waitForFunction(() =>
    document.querySelector("#panel h1")?.textContent === "U en uw gezin");
  tell("panel", { url: page.url(), text: await page.innerText("#panel") });
  await photo("panel-family");
  await page.click("#panel-close");

  await page.click("#logout");
  await page.goto(`${origin}/gezin`);
  tell("logged-out", { url: page.url() });
} finally {
  await browser.close();
}
