// System packages, on the systems that have apt.
import { existsSync } from "node:fs";
import process from "node:process";
import { cleanEnvironment, loudly } from "./spawn.mjs";

/**
 * Installs packages by apt-get as root or by sudo; elsewhere says what a person must install.
 *
 * @param {readonly string[]} packages
 * @param {string} purpose what is missing, for the message.
 */
export async function installDebianPackages(packages, purpose) {
  const advice = `The tests need ${purpose}. On Debian or Ubuntu: apt-get install -y ${packages.join(" ")}`;
  const root = process.getuid?.() === 0;
  const sudo = ["/usr/bin/sudo", "/bin/sudo"].find((file) => existsSync(file));
  if (!existsSync("/usr/bin/apt-get") || (!root && !sudo)) throw new Error(advice);
  console.error(`Installing ${packages.join(", ")}.`);
  const env = cleanEnvironment({ DEBIAN_FRONTEND: "noninteractive" });
  /** @param {string[]} args */
  const apt = (args) =>
    root || !sudo ? loudly("apt-get", args, { env }) : loudly(sudo, ["-n", "apt-get", ...args], { env });
  try {
    await apt(["update", "-qq"]);
    await apt(["install", "-y", "-qq", "--no-install-recommends", ...packages]);
  } catch (error) {
    throw new Error(`${advice}\n(${error instanceof Error ? error.message : String(error)})`, { cause: error });
  }
}
