import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import Module from "node:module";

interface Manifest {
  contributes: {
    commands: { command: string }[];
    menus: Record<string, { command: string }[]>;
    viewsWelcome: { contents: string }[];
    walkthroughs: {
      id: string;
      steps: { description: string; media: { image: string }; completionEvents: string[] }[];
    }[];
  };
}

/** Anything that modules may take from `vscode` while they load; none of it is used. */
const vscodeStandIn: object = new Proxy(class {}, { get: () => vscodeStandIn });

describe("the command table", () => {
  const { contributes } = JSON.parse(readFileSync("package.json", "utf8")) as Manifest;
  const steps = contributes.walkthroughs.flatMap((walkthrough) => walkthrough.steps);
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

  for (const language of ["", ".zh-cn"]) {
    const nls = JSON.parse(readFileSync(`package.nls${language}.json`, "utf8")) as Record<string, string>;
    const commandsOf = (key: string): string[] =>
      [...nls[key.slice(1, -1)].matchAll(/\(command:(trainlens\.[\w.]+)\)/g)].map(([, command]) => command);

    it(`has every command of a welcome view: package.nls${language}.json`, () => {
      for (const { contents } of contributes.viewsWelcome)
        for (const command of commandsOf(contents)) assert.ok(declared.includes(command), command);
    });

    it(`has the command of each step of the walkthrough: package.nls${language}.json`, () => {
      for (const { description, completionEvents } of steps) {
        const commands = commandsOf(description);
        assert.deepEqual(
          completionEvents,
          commands.map((command) => `onCommand:${command}`),
        );
        assert.ok(commands.length > 0 && commands.every((command) => declared.includes(command)), description);
      }
    });
  }

  it("opens the walkthrough that there is, whose pictures exist", () => {
    const welcome = readFileSync("package.nls.json", "utf8");
    assert.match(welcome, /openWalkthrough\?%22trainlens\.trainlens%23start%22/);
    assert.deepEqual(
      contributes.walkthroughs.map(({ id }) => id),
      ["start"],
    );
    for (const { media } of steps) assert.ok(existsSync(media.image), media.image);
  });
});
