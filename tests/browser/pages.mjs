// SPDX-FileCopyrightText: The beid-agent authors
// SPDX-License-Identifier: Apache-2.0

/** Looks at pages: screenshots, what sticks out, what axe-core finds. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const axe = readFileSync(
  createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const HEIGHT = 800;
const NARROW = 360;
const WIDE = 1280;
const WIDTHS = [320, NARROW, 768, WIDE];
/** Enough for another text on a page that was seen at all of them. */
export const SMALL = [320, NARROW];
export const LANGUAGES = ["nl", "fr", "de", "en"];
/** Who looks at texts wants them all; a test keeps the Dutch ones. */
const PHOTOGRAPHED = process.env.BEID_PHOTOS === "all" ? LANGUAGES : ["nl"];
/** Fingers are this wide, in CSS pixels; the least that WCAG 2.2 AA wants. */
const FINGER = 44;
const LEAST = 24;

/** A page is its own; a frame is in one. */
const pageOf = (place) => place.page?.() ?? place;

/** The window as wide as that. A frame of another site is drawn by a process of
 * its own, which hears of it later than the page around it. */
async function resize(place, width) {
  await pageOf(place).setViewportSize({ width, height: HEIGHT });
  if (pageOf(place) !== place) {
    const element = await place.frameElement();
    await place.waitForFunction((across) => window.innerWidth === across,
      await element.evaluate((frame) => frame.clientWidth));
  }
}

/** Two photographs, PREFIX-1280.png and PREFIX-360.png; an open panel covers
 * the window, not the page. The window is as wide after them as before. */
export async function photograph(page, prefix, sizes = [NARROW, WIDE]) {
  const fullPage = await page.locator("dialog[open]").count() === 0;
  const before = page.viewportSize();
  for (const width of sizes) {
    await resize(page, width);
    await page.screenshot({ path: `${prefix}-${width}.png`, fullPage });
  }
  await page.setViewportSize(before);
}

/** Throws when a serious accessibility fault is found, in the page or in a
 * part of it. Frames are looked at one by one. */
async function checkAxe(page, part = "html") {
  // Evaluated by the debugger, which the page's own policy does not bind.
  const found = await page.evaluate(`(() => { if (!window.axe) { ${axe} }\n
    return axe.run(${JSON.stringify(part)}, { resultTypes: ["violations"],
      iframes: false, rules: { "target-size": { enabled: true } } }); })()`);
  const serious = found.violations.filter(({ impact }) =>
    impact === "serious" || impact === "critical");
  if (serious.length > 0) {
    throw new Error(`${page.url()}: ${JSON.stringify(serious.map((fault) =>
      [fault.id, fault.nodes.map((node) => node.html)]))}`);
  }
}

/** Does anything stick out to the right? Can a finger hit what is there? */
async function checkFit(page, width) {
  const { wide, room, small } = await page.evaluate(([finger, least]) => {
    const inText = (item) => getComputedStyle(item).display === "inline"
      && item.parentElement.textContent.trim() !== item.textContent.trim();
    const faults = [];
    for (const item of document.querySelectorAll(
      "a[href], button, summary, select, textarea, input:not([type=hidden])")) {
      const area = (["radio", "checkbox"].includes(item.type) && item.labels[0]) || item;
      const { width: across, height, right } = area.getBoundingClientRect();
      if (!item.checkVisibility() || inText(item) || right < 0
          || item.classList.contains("skip")) {
        continue;
      }
      if (height < finger || across < least) {
        faults.push(`${item.outerHTML.slice(0, 90)} ${across}x${height}`);
      }
    }
    return { wide: document.documentElement.scrollWidth, room: window.innerWidth,
      small: faults };
  }, [FINGER - 0.5, LEAST]);
  if (wide > Math.min(width, room)) {
    throw new Error(`${page.url()} is ${wide} wide at ${width}`);
  }
  if (small.length > 0 && width < WIDE) {
    throw new Error(`${page.url()} at ${width}, too small: ${small.join("; ")}`);
  }
}

/** The page as it stands, or a frame in one, at all widths. */
export async function checkState(page, widths = WIDTHS) {
  const before = pageOf(page).viewportSize();
  for (const width of widths) {
    await resize(page, width);
    await checkFit(page, width);
    if (width === NARROW || width === WIDE) {
      await checkAxe(page);
    }
  }
  await pageOf(page).setViewportSize(before);
}

/** A part of a page that is changed before each look, by a call for each; the
 * rest of it was looked at before. */
export async function checkPart(page, part, changes) {
  const before = page.viewportSize();
  for (const width of SMALL) {
    await resize(page, width);
    for (const change of changes) {
      await change();
      await checkFit(page, width);
      if (width === NARROW) {
        await checkAxe(page, part);
      }
    }
  }
  await page.setViewportSize(before);
}

/** An address in a language. */
export function inLanguage(url, language) {
  return `${url}${url.includes("?") ? "&" : "?"}lang=${language}`;
}

/** Every page in every language, with all its questions open; photographed
 * in Dutch where a photographer is given. */
export async function checkPages(page, urls, photo, widths = WIDTHS) {
  for (const url of urls) {
    for (const language of LANGUAGES) {
      await page.goto(inLanguage(url, language));
      if ((await page.getAttribute("html", "lang")) !== language) {
        throw new Error(`${url} is not in ${language}`);
      }
      if (photo && PHOTOGRAPHED.includes(language)) {
        const name = new URL(url).pathname.slice(1).replaceAll("/", "-") || "index";
        await photo(language === "nl" ? name : `${name}-${language}`);
      }
      const [title, heading] = await page.evaluate(() =>
        [document.title, document.querySelector("h1").textContent.trim()]);
      if (!title.startsWith(heading) && new URL(url).pathname !== "/") {
        throw new Error(`${page.url()} is called ${title}, not ${heading}`);
      }
      const questions = await page.evaluate(() => {
        const all = [...document.querySelectorAll("#help details")];
        all.forEach((item) => { item.open = true; });
        return all.length;
      });
      if (questions < 5) {
        throw new Error(`${page.url()} offers no help`);
      }
      await checkState(page, widths);
    }
  }
}
