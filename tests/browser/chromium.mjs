// SPDX-FileCopyrightText: The beid-agent authors
// SPDX-License-Identifier: Apache-2.0

/**
 * Debian's Chromium with a fresh profile, looking at a portal that counts as
 * public although it is served from loopback, so that local network access
 * is checked as it is for a citizen.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

/**
 * @param {string} origin the portal's, https with a port
 * @param {{headless?: boolean, others?: string[]}} [options] others: origins
 *   that count as public too
 */
export async function openBrowser(origin, { headless = true, others = [] } = {}) {
  const home = mkdtempSync(join(tmpdir(), "beid-chromium-"));
  const places = [origin, ...others]
    .map((place) => `127.0.0.1:${new URL(place).port}=public`);
  const args = [
    "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-dev-shm-usage",
    "--ignore-certificate-errors",
    `--ip-address-space-overrides=${places.join(",")}`,
  ];
  if (process.getuid() === 0) {
    args.push("--no-sandbox");
  }
  const profile = join(home, "profile");
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: "/usr/bin/chromium",
    // Chromium also writes beside its profile: nothing may stay behind.
    env: {
      ...process.env,
      HOME: home,
      XDG_CONFIG_HOME: join(home, "config"),
      XDG_CACHE_HOME: join(home, "cache"),
    },
    headless,
    ignoreHTTPSErrors: true,
    locale: "nl-BE",
    viewport: { width: 1100, height: 850 },
    args,
  });
  return {
    context,
    page: context.pages()[0] ?? (await context.newPage()),
    version: context.browser()?.version() ?? "unknown",
    /** Sets the permission that local network access asks for. */
    grant: () =>
      context.grantPermissions(["local-network-access"], { origin }),
    /** granted, denied, or prompt, for a page of this origin. */
    async permit(setting, whose = origin) {
      await context.clearPermissions();
      if (setting !== "prompt") {
        // What is not granted here is denied.
        await context.grantPermissions(
          setting === "granted" ? ["local-network-access"] : [], { origin: whose });
      }
    },
    async close() {
      await context.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** What the page may know about its own permission for loopback. */
export function permissionState(page) {
  return page.evaluate(async () => {
    for (const name of ["loopback-network", "local-network-access"]) {
      try {
        return (await navigator.permissions.query({ name })).state;
      } catch {
        // an older browser: the next name
      }
    }
    return "unsupported";
  });
}

/** One line of JSON for the program that started this one. */
export function tell(event, detail = {}) {
  process.stdout.write(`${JSON.stringify({ event, ...detail })}\n`);
}
