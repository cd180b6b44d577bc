// SPDX-FileCopyrightText: The beid-agent authors
// SPDX-License-Identifier: Apache-2.0

/**
 * A citizen at the portal of portal/INTEGRATION.md. Arguments: ORIGIN. Reads
 * one word a line: "click" logs in and tells what the page says then, "grant"
 * gives the permission, "end" ends.
 */
import { createInterface } from "node:readline";
import { openBrowser, tell } from "./chromium.mjs";

const [origin] = process.argv.slice(2);
const browser = await openBrowser(origin);
const { page } = browser;
const problems = [];
page.on("console", (message) => problems.push(message.text()));
page.on("pageerror", (error) => problems.push(String(error)));

async function click() {
  await page.goto(`${origin}/`);
  await page.click("#login");
  await page.waitForFunction(() => document.getElementById("said").textContent.length > 1,
    undefined, { timeout: 60_000 });
  tell("said", { text: await page.textContent("#said"), problems: problems.splice(0) });
}

tell("ready", {});
for await (const line of createInterface({ input: process.stdin })) {
  if (line === "click") {
    await click();
  } else if (line === "grant") {
    await browser.grant();
    tell("granted", {});
  } else {
    break;
  }
}
await browser.close();
