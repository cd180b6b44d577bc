// SPDX-FileCopyrightText: The beid-agent authors
// SPDX-License-Identifier: Apache-2.0

/**
 * A citizen who logs in with the card, chooses contact data, reads and signs
 * the statement, and downloads it; reports wrong data, reads the correction and
 * links the eBox; then one whose card cannot sign. Arguments: ORIGIN
 * PHOTO-FOLDER every-page|360. The first looks at the pages in a wide window,
 * the second has one of 360 pixels. Prints one JSON line per step; goes on after
 * a line on standard input where another card or the source's answer is needed.
 */
import { join } from "node:path";
import { createInterface } from "node:readline";
import { openBrowser, tell } from "./chromium.mjs";
import { checkPages, checkState, photograph, SMALL } from "./pages.mjs";

const [origin, photos, what] = process.argv.slice(2);
const every = what === "every-page";
const browser = await openBrowser(origin);
const { page } = browser;
if (what === "360") {
  await page.setViewportSize({ width: 360, height: 740 });
}
const photo = (name) => photograph(page, join(photos, name));
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

/** What a printer would show of the page. */
async function printed(name) {
  await page.emulateMedia({ media: "print" });
  await photo(name);
  const text = await page.innerText("body");
  await page.emulateMedia({ media: null });
  return text;
}

/** Clicks, and waits for the next page or for what went wrong. */
async function ceremony(event) {
  await page.click("#login");
  // Some answers come sooner than one can look.
  await page.waitForSelector("#cancel:not([hidden]), #problem:not([hidden])");
  tell(event);
  await Promise.race([
    page.waitForSelector("#problem:not([hidden])", { timeout: 120_000 }),
    page.waitForSelector("#login", { state: "detached", timeout: 120_000 }),
  ]);
}

async function choose(name) {
  await page.goto(`${origin}/contact?lang=nl`);
  await fill(page.locator("main"), name);
}

/** The form is found by its labels, as people find it. */
async function fill(place, name) {
  await place.getByLabel("Roepnaam").fill(name);
  await place.getByLabel("Telefoon").fill("0470 11 22 33");
  await place.getByLabel("Bereik mij per").selectOption("phone");
  await place.getByRole("button", { name: "Verder naar ondertekenen" }).click();
  await page.waitForURL(`${origin}/ondertekenen`);
}

/** The same form in the panel, over another page. */
async function chooseInPanel(name) {
  await page.goto(`${origin}/werk?lang=nl`);
  await page.goto(`${origin}/werk`);
  await page.click("#open-profile");
  await page.click("#panel a[href='/contact']");
  await fill(page.locator("#panel"), name);
}

const words = async (selector) =>
  (await page.locator(selector).textContent()).replace(/\s+/g, " ").trim();

/** What the bell says on a page that reads no news. */
async function bell() {
  await page.goto(`${origin}/werk?lang=nl`);
  return await page.locator(".bell .spoken").count() > 0 ? words(".bell .spoken") : "";
}

/** The page of the news: tasks, and what is told. */
async function news() {
  await page.goto(`${origin}/meldingen?lang=nl`);
  return {
    tasks: await words("[aria-labelledby=todo-title]"),
    told: await words("[aria-labelledby=news-title]"),
    ebox: await words("[aria-labelledby=ebox-title]"),
  };
}

/** From a form that was sent to the page after the signature. */
async function sign(event, next) {
  await page.waitForURL(`${origin}/ondertekenen`);
  const said = await page.innerText("#statement-words");
  await ceremony(event);
  await page.waitForURL(origin + next);
  return said;
}

async function fillReport() {
  await page.goto(`${origin}/woonst?lang=nl`);
  await page.click("a.report");
  await page.locator("#report-right").fill("Proefstraat 14 bus 3, 9000 Gent");
  await page.getByRole("button", { name: "Verder naar ondertekenen" }).click();
}

/** The pages while an answer is waited for. */
async function checkWaiting() {
  await checkPages(page, [`${origin}/terugmelding?wrong=changed`], null, SMALL);
  await page.waitForSelector("#waiting li");
  await fillReport();
  await page.waitForSelector("#report-again");
  await checkPages(page, [`${origin}/ondertekenen`], null, SMALL);
}

/** Wrong data is reported, and the source's answer comes back as news. */
async function report() {
  await fillReport();
  const said = await sign("reporting", "/terugmelding?done=signed");
  await photo("reported");
  const first = { bell: await bell(), ...await news() };
  if (every) {
    await checkWaiting();
  }
  tell("reported", { words: said, ...first, read: await bell() });
  await lines.next();
  const after = { bell: await bell(), ...await news() };
  await photo("corrected");
  await page.goto(`${origin}/woonst?lang=nl`);
  tell("corrected", { ...after, home: await words("main"), read: await bell() });
}

async function linkEbox() {
  await page.goto(`${origin}/meldingen?lang=nl`);
  await page.click("form[action='/ebox'] button");
  const said = await sign("linking", "/meldingen?done=signed");
  await photo("linked");
  tell("linked", { words: said, ...await news() });
}

/** What a click on a link saves. */
async function download(selector, name) {
  const [file] = await Promise.all([
    page.waitForEvent("download"), page.click(selector)]);
  const path = join(photos, name);
  await file.saveAs(path);
  return { path, name: file.suggestedFilename() };
}

try {
  await browser.grant();
  await page.goto(`${origin}/login`);
  await ceremony("login");
  await page.waitForURL(`${origin}/profile`);
  tell("logged-in", { name: await page.innerText("#verified-name") });
  tell("before", { bell: await bell(), ...await news(), read: await bell() });

  await chooseInPanel("Noor");
  const said = await page.innerText("#statement-words");
  if (every) {
    await checkPages(page, [`${origin}/ondertekenen`], photo);
  }
  await page.goto(`${origin}/ondertekenen?lang=nl`);
  // The network goes just when the signature is there: it is sent again.
  const answers = (url) => url.pathname === "/statement/answer";
  await page.route(answers, (route) => route.abort("internetdisconnected"));
  await ceremony("signing");
  await page.waitForSelector("#problem:not([hidden])");
  await photo("waiting");
  await checkState(page, SMALL);
  tell("waiting", {
    code: await page.getAttribute("#problem", "data-code"),
    text: await page.innerText("#problem"),
  });
  await page.unroute(answers);
  await page.click("#retry");
  await Promise.race([
    page.waitForSelector("#problem:not([hidden])", { timeout: 120_000 }),
    page.waitForSelector("#login", { state: "detached", timeout: 120_000 }),
  ]);
  if (await page.isVisible("#problem:not([hidden])")) {
    throw new Error(`the page says: ${await page.innerText("#problem")}`);
  }
  await page.waitForURL(`${origin}/contact?done=signed`);
  await photo("signed");
  tell("signed", { words: said, name: await page.inputValue("#call-name") });

  await page.click("main a[href='/verklaringen']");
  await page.waitForURL(`${origin}/verklaringen`);
  tell("kept", {
    text: await download("a[href$='.txt']", "verklaring.txt"),
    signature: await download("a[href$='.p7s']", "verklaring.p7s"),
    page: await page.content(),
  });
  await page.goto(`${origin}/attesten?lang=nl`);
  tell("paper", await download("a[download]", "attest.html"));
  const papers = await printed("printed");
  await page.goto(`${origin}/woonst?lang=nl`);
  await page.click("#open-profile");
  await page.click("#panel-body a[href='/attesten']");
  await page.waitForSelector("#panel-body .paper");
  tell("printed", { papers, panel: await printed("printed-panel") });
  tell("after", { bell: await bell(), ...await news() });
  await report();
  await linkEbox();

  // With something in them; test_pages.py looks at the others.
  const paths = ["/verklaringen", "/meldingen"];
  if (every) {
    await checkPages(page, paths.map((path) => origin + path), photo);
  }
  await page.goto(`${origin}/feedback?lang=nl`);
  await page.fill("#feedback-text", "Goed zo");
  await page.click("form[action='/feedback'] button");
  await page.waitForSelector("#thanks");
  tell("thanked", { text: await page.innerText("#thanks") });

  await page.click("#logout");
  tell("other-card");
  await lines.next();
  await page.goto(`${origin}/login?lang=nl`);
  await page.click("button[value=ulrike]");
  await choose("Ulli");
  await ceremony("cannot-sign");
  await photo("cannot-sign");
  await checkState(page, SMALL);
  tell("told", {
    code: await page.getAttribute("#problem", "data-code"),
    advice: await page.innerText("#problem"),
    route: await page.getAttribute("#other a", "href"),
  });
} finally {
  await browser.close();
}
process.exit();
