// SPDX-FileCopyrightText: The beid-agent authors
// SPDX-License-Identifier: Apache-2.0

/** Looks at pages: screenshots of both widths, and what axe-core finds. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const axe = readFileSync(
  createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const WIDE = { width: 1100, height: 850 };
const NARROW = { width: 360, height: 740 };
const NARROWEST = { width: 320, height: 640 };
const LANGUAGES = ["nl", "fr", "de", "en"];

/** Two photographs, PREFIX-wide.png and PREFIX-360.png. */
export async function photograph(page, prefix) {
  for (const [name, size] of [["360", NARROW], ["wide", WIDE]]) {
    await page.setViewportSize(size);
    await page.screenshot({ path: `${prefix}-${name}.png`, fullPage: true });
  }
}

/** Throws when a serious accessibility fault is found. */
async function checkAxe(page) {
  // Evaluated by the debugger, which the page's own policy does not bind.
  const found = await page.evaluate(`(() => { ${axe}\n
    return axe.run({ resultTypes: ["violations"] }); })()`);
  const serious = found.violations.filter(({ impact }) =>
    impact === "serious" || impact === "critical");
  if (serious.length > 0) {
    throw new Error(`${page.url()}: ${JSON.stringify(serious.map((fault) =>
      [fault.id, fault.nodes.map((node) => node.html)]))}`);
  }
}

/** Does anything stick out to the right? */
async function checkWidth(page, size) {
  await page.setViewportSize(size);
  const wide = await page.evaluate(() =>
    document.documentElement.scrollWidth);
  if (wide > size.width) {
    throw new Error(`${page.url()} is ${wide} wide at ${size.width}`);
  }
}

/** Every page in every language, wide and narrow; photographs in Dutch. */
export async function checkPages(page, urls, photo) {
  for (const url of urls) {
    for (const language of LANGUAGES) {
      await page.goto(`${url}?lang=${language}`);
      if ((await page.getAttribute("html", "lang")) !== language) {
        throw new Error(`${url} is not in ${language}`);
      }
      await checkWidth(page, NARROWEST);
      await checkAxe(page);
      await page.setViewportSize(WIDE);
      await checkAxe(page);
      if (language === "nl" && new URL(page.url()).pathname
          === new URL(url).pathname) {
        await photo(new URL(url).pathname.slice(1) || "index");
      }
    }
  }
}
