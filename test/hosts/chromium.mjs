// The browser that shows the web host and the self-contained pages.
import { existsSync } from "node:fs";
import process from "node:process";
import { chromium } from "playwright-core";
import { installDebianPackages } from "./debian.mjs";

const PLACES = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

/** No sandbox, because tests run as root in containers; no name is resolved outside this machine. */
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
];

/** @returns {string | undefined} the browser named by CHROMIUM, or one in a usual place. */
export function findChromium() {
  return [process.env["CHROMIUM"], ...PLACES].find((file) => file !== undefined && existsSync(file));
}

/** @returns {Promise<string>} the browser's path, after installing Debian's where there is none. */
export async function ensureChromium() {
  const found = findChromium();
  if (found) return found;
  await installDebianPackages(["chromium", "fonts-dejavu-core"], "a Chromium browser (or set CHROMIUM to one)");
  const installed = findChromium();
  if (!installed) throw new Error("Chromium was installed and is not found: set CHROMIUM to its path.");
  return installed;
}

/**
 * A browser that reaches this machine only.
 *
 * @param {{ headless?: boolean }} [options]
 */
export async function launchChromium({ headless = true } = {}) {
  return chromium.launch({ executablePath: await ensureChromium(), args: FLAGS, headless });
}
