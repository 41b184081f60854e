import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import Module from "node:module";

interface Manifest {
  contributes: {
    commands: { command: string }[];
    menus: Record<string, { command: string }[]>;
    viewsWelcome: { contents: string }[];
  };
}

/** Anything that modules may take from `vscode` while they load; none of it is used. */
const vscodeStandIn: object = new Proxy(class {}, { get: () => vscodeStandIn });

describe("the command table", () => {
  const { contributes } = JSON.parse(readFileSync("package.json", "utf8")) as Manifest;
  const declared = contributes.commands.map(({ command }) => command).sort();
  let table: string[];

  before(async () => {
    const loader = Module as unknown as { _load: (request: string, ...rest: unknown[]) => unknown };
    const original = loader._load;
    loader._load = (request, ...rest) =>
      request === "vscode" ? vscodeStandIn : original.call(loader, request, ...rest);
    try {
      const { COMMANDS } = await import("../../src/commands");
      table = Object.keys(COMMANDS).sort();
    } finally {
      loader._load = original;
    }
  });

  it("has the commands of package.json, and no other", () => assert.deepEqual(table, declared));

  it("has every command of a menu", () => {
    for (const items of Object.values(contributes.menus))
      for (const { command } of items) assert.ok(declared.includes(command), command);
  });

  it("has every command of a welcome view", () => {
    const nls = JSON.parse(readFileSync("package.nls.json", "utf8")) as Record<string, string>;
    for (const { contents } of contributes.viewsWelcome)
      for (const [, command] of nls[contents.slice(1, -1)].matchAll(/\(command:(trainlens\.[\w.]+)\)/g))
        assert.ok(declared.includes(command), command);
  });
});
