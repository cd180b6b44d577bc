// SPDX-FileCopyrightText: The beid-agent authors
// SPDX-License-Identifier: Apache-2.0

/**
 * A citizen at the reference portal: first without the permission for
 * loopback, then with it; logs in, looks at the protected page, and with the
 * third argument comes back without the card, raises the level, signs a
 * statement and downloads it to that folder; logs out.
 * Arguments: ORIGIN [PHOTO-PREFIX [FOLDER]]. Prints one JSON line per step.
 */
import { openBrowser, permissionState, tell } from "./chromium.mjs";

const [origin, photos, folder] = process.argv.slice(2);
const browser = await openBrowser(origin);
const { page } = browser;

async function photo(name) {
  if (photos) {
    await page.screenshot({ path: `${photos}-${name}.png`, fullPage: true });
  }
}

/** Chooses contact data, signs what the portal makes of it, downloads it. */
async function sign() {
  await page.goto(`${origin}/contact`);
  await page.fill("#call-name", "Noor");
  await page.fill("#phone-number", "0470 11 22 33");
  await page.selectOption("#reach", "phone");
  await page.click("form[action='/contact'] button");
  await page.waitForURL(`${origin}/ondertekenen`);
  const words = await page.innerText("#statement-words");
  await page.click("#login");
  await page.waitForSelector("#cancel:not([hidden])");
  tell("statement", { words });
  await page.waitForURL(`${origin}/contact?done=signed`, { timeout: 90_000 });
  await photo("signed");
  tell("signed", { name: await page.inputValue("#call-name") });
  await page.goto(`${origin}/verklaringen`);
  for (const end of ["txt", "p7s"]) {
    const [file] = await Promise.all([page.waitForEvent("download"),
      page.click(`a[href$='.${end}']`)]);
    await file.saveAs(`${folder}/verklaring.${end}`);
  }
  tell("downloaded", { page: await page.content() });
}

try {
  await page.goto(`${origin}/`);
  await photo("public");
  tell("opened", { version: browser.version, title: await page.title() });

  await page.goto(`${origin}/profile`);
  if (page.url().endsWith("/profile")) {
    throw new Error("the protected page opened without a login");
  }

  await page.goto(`${origin}/login`);
  await page.click("#login");
  await page.waitForSelector("#problem:not([hidden])");
  await photo("blocked");
  tell("blocked", {
    permission: await permissionState(page),
    code: await page.getAttribute("#problem", "data-code"),
    advice: (await page.innerText("#problem")).trim(),
  });

  await browser.grant();
  await page.goto(`${origin}/login`);
  tell("granted", { permission: await permissionState(page) });
  await page.click("#login");
  await page.waitForSelector("#cancel:not([hidden])");
  await photo("waiting");
  await page.waitForSelector("#verified-name, #problem:not([hidden])",
    { timeout: 60_000 });
  if (await page.isVisible("#problem:not([hidden])").catch(() => false)) {
    throw new Error(`the page says: ${await page.innerText("#problem")}`);
  }
  await photo("profile");
  const cookies = await browser.context.cookies(origin);
  tell("logged-in", {
    name: await page.innerText("#verified-name"),
    level: (await page.innerText("#assurance-level"))
      + ` (${await page.getAttribute("#assurance-level", "data-acr")})`,
    cookies: cookies.map(({ httpOnly, secure, sameSite }) =>
      ({ httpOnly, secure, sameSite })),
  });

  if (folder) {
    await page.click("#logout");
    await page.goto(`${origin}/login?next=/gezin`);
    const [answer] = await Promise.all([
      page.waitForResponse((got) => got.url() === `${origin}/gezin`),
      page.click("button[value=nora]"),
    ]);
    if (answer.status() !== 401) {
      throw new Error(`/gezin answered ${answer.status()} without the card`);
    }
    const challenge = answer.headers()["www-authenticate"];
    // The page before it has such a button too.
    await page.click("#login[data-ceremony=step-up]");
    await page.waitForSelector("#cancel:not([hidden])");
    tell("step-up", { url: page.url(), challenge });
    await page.waitForSelector("#login",
      { state: "detached", timeout: 60_000 });
    await photo("step-up");
    tell("raised", { url: page.url(), title: await page.innerText("h1") });
    await sign();
  }

  await page.click("#logout");
  await page.goto(`${origin}/profile`);
  if (page.url().endsWith("/profile")) {
    throw new Error("the protected page stayed open after logging out");
  }
  tell("logged-out");
} finally {
  await browser.close();
}
