// SPDX-FileCopyrightText: The beid-agent authors
// SPDX-License-Identifier: Apache-2.0

/**
 * A citizen on a municipality's site who logs in at the portal, comes back,
 * looks at the profile in the panel and then at the portal itself; in a wide
 * window or at 360 pixels. Arguments: PORTAL TOWN PHOTO-FOLDER wide|360
 * [every-page]. Prints one JSON line per step.
 */
import { join } from "node:path";
import { openBrowser, tell } from "./chromium.mjs";
import { checkPages, checkState, inLanguage, photograph, LANGUAGES, SMALL }
  from "./pages.mjs";

const [home, town, photos, width, every] = process.argv.slice(2);
const browser = await openBrowser(home, { others: [town] });
const { context, page } = browser;
const photo = (name) => photograph(page, join(photos, name));
const SIZES = { wide: { width: 1100, height: 850 }, 360: { width: 360, height: 740 } };

/** The frame of the panel, once it shows a page with this heading. */
async function framed(heading) {
  const frame = page.frameLocator("#panel-frame");
  await frame.locator("h1", { hasText: heading }).waitFor();
  return frame;
}

async function overflow() {
  return page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
}

async function logIn() {
  await page.setViewportSize(SIZES[width]);
  await page.goto(`${town}/`);
  await page.click("#login");
  await page.waitForSelector("button#login");
  if (every) {
    const asked = page.url();
    await checkPages(page, [asked], () => photo("login-for"), SMALL);
    await page.goto(inLanguage(asked, "nl"));
  }
  tell("asked", {
    url: page.url(),
    client: await page.innerText("#login-for strong"),
  });
  await page.click("button#login");
  await page.waitForSelector("#verified-name", { timeout: 90_000 });
  tell("back", { url: page.url(), name: await page.innerText("#verified-name") });
}

/** The portal's page in the panel once more, with another address. */
async function inPanel(path, language) {
  const frame = page.frames().find((one) => one.url().startsWith(home));
  await frame.goto(inLanguage(home + path, language));
  if ((await frame.getAttribute("html", "lang")) !== language) {
    throw new Error(`${frame.url()} is not in ${language}`);
  }
  return frame;
}

/** Here without a card, and then there as somebody else: the panel's page says
 * so, in the language that one has here. */
async function checkOther() {
  const enter = async (person) => {
    await page.click(`button[value=${person}]`);
    await page.waitForSelector("#verified-name");
  };
  for (const language of LANGUAGES) {
    await page.goto(inLanguage(`${town}/`, language));
    await page.click("#login");
    await enter("nora");
    await page.goto(`${home}/logout`);
    await page.click("#logout-here");
    await page.goto(`${home}/login`);
    await enter("emile");
    await page.goto(`${town}/`);
    await page.click("#open-panel");
    await page.click("#panel-again");
    await page.waitForSelector("#other-person");
    if ((await page.getAttribute("html", "lang")) !== language) {
      throw new Error(`${page.url()} is not in ${language}`);
    }
    await checkState(page, SMALL);
    await page.goto(`${home}/logout`);
    await page.click("#logout-here");
  }
}

/** What the panel may show: pages, a hint that leads out of it, and that it is
 * closed. */
async function checkPanel() {
  for (const language of LANGUAGES) {
    await page.goto(inLanguage(`${town}/`, language));
    await page.click("#open-panel");
    await page.frameLocator("#panel-frame").locator("#full").waitFor();
    await checkState(page, SMALL);
    for (const [path, mark] of [["/profile", "#full"], ["/meldingen", "#full"],
      ["/contact", "a.back"], ["/gezin", "a.back"], ["/nowhere", "a[target=_top]"]]) {
      const frame = await inPanel(path, language);
      await frame.waitForSelector(mark);
      await checkState(frame, SMALL);
    }
  }
  const frame = await inPanel("/profile", "nl");
  await frame.evaluate(() => document.body.append(
    Object.assign(document.createElement("textarea"), { rows: 9 })));
  if (!/'label'|"label"/.test(await checkState(frame, SMALL).catch(String))) {
    throw new Error("what is wrong in a frame is not found");
  }
  await page.goto(inLanguage(`${town}/`, "nl"));
}

async function usePanel() {
  await page.click("#open-panel");
  let frame = await framed("Mijn profiel");
  await page.screenshot({ path: join(photos, `panel-${width}.png`) });
  await frame.locator("a[href='/woonst']").click();
  frame = await framed("Woonst en vastgoed");
  const shown = await frame.locator("main").innerText();
  await page.screenshot({ path: join(photos, `panel-home-${width}.png`) });
  await frame.locator("a.back").click();
  frame = await framed("Mijn profiel");
  await frame.locator("a[href='/gezin']").click();
  frame = await framed("U en uw gezin");
  const high = await frame.locator("main").innerText();
  const inside = page.frames().find((one) => one.url().startsWith(home));
  const sticks = (await overflow())
    + (await inside.evaluate(() => document.documentElement.scrollWidth - window.innerWidth));
  if (sticks > 0) {
    throw new Error(`something sticks out by ${sticks} pixels at ${width}`);
  }
  await page.screenshot({ path: join(photos, `panel-high-${width}.png`) });
  // Its time will be over: another ticket, and one is where one was.
  const ticket = await page.getAttribute("#panel-frame", "src");
  await page.click("#panel-again");
  await page.waitForFunction((old) => document.querySelector("#panel[open]")
    && document.getElementById("panel-frame").src !== old, ticket);
  await framed("Mijn profiel");
  await page.click("#panel-close");
  tell("panel", { page: page.url(), home: shown, high });
}

try {
  await browser.grant();
  if (every) {
    await checkPages(page, [`${town}/`, `${town}/afspraak`], photo);
    await checkPages(page, [`${town}/login/return`], null, SMALL);
    await context.clearCookies();
  }
  await logIn();
  await usePanel();
  if (every) {
    await checkPages(page, [`${town}/`, `${town}/afspraak`],
      (name) => photo(`in-${name}`));
    await checkPanel();
  }
  await page.goto(`${home}/profile`);
  tell("portal", { url: page.url(), name: await page.innerText("#verified-name") });

  // Logging out of the municipality, and then of the portal.
  await page.goto(`${town}/`);
  await page.click("#logout");
  await page.waitForSelector("#logout-here");
  await photo("logout");
  const asked = page.url().replace(/&lang=\w+$/, "");
  if (every) {
    await checkPages(page, [asked], null, SMALL);
    await page.goto(asked);
  }
  await page.click("#logout-here");
  await page.waitForURL(`${home}/`);
  await page.goto(`${home}/profile`);
  tell("logged-out", { asked, url: page.url() });
  if (every) {
    await checkOther();
  }

  // A page that is on no list has the panel in no frame of its own.
  const stranger = await context.newPage();
  const said = [];
  stranger.on("console", (message) => said.push(message.text()));
  await stranger.route("https://elsewhere.localhost/", (route) => route.fulfill({
    contentType: "text/html",
    body: `<iframe src="${home}/profile"></iframe><iframe src="${home}/login"></iframe>`,
  }));
  await stranger.goto("https://elsewhere.localhost/");
  for (let i = 0; i < 300 && said.filter((text) => text.includes("frame-ancestors")).length < 2; i++) {
    await stranger.waitForTimeout(100);
  }
  const loaded = stranger.frames().filter((one) => one.url().startsWith(home));
  tell("refused", { loaded: loaded.length, said });
} finally {
  await browser.close();
}
