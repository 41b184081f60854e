import assert from "node:assert/strict";
import { executedCommands, extension } from "./host";

describe("the suites inside VS Code", () => {
  it("have run every command of package.json", () => {
    const { contributes } = extension().packageJSON as { contributes: { commands: { command: string }[] } };
    const missing = contributes.commands.map(({ command }) => command).filter((id) => !executedCommands().has(id));
    assert.deepEqual(missing, []);
  });
});
