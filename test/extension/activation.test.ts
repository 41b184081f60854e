import assert from "node:assert/strict";
import * as vscode from "vscode";
import { api, extension } from "./host";

interface Contribution {
  contributes: { commands: { command: string }[]; views: Record<string, { id: string }[]> };
}

describe("activation", () => {
  it("tells what it took of its own", async () => {
    const { activationMs } = await api();
    console.log(`    TrainLens activated in ${activationMs.toFixed(1)} ms of its own`);
    assert.ok(activationMs >= 0);
    assert.ok(extension().isActive);
  });

  it("registers every command of package.json", async () => {
    await api();
    const registered = new Set(await vscode.commands.getCommands(true));
    const { contributes } = extension().packageJSON as Contribution;
    assert.ok(contributes.commands.length > 10);
    for (const { command } of contributes.commands) assert.ok(registered.has(command), command);
  });

  it("has its view", async () => {
    await vscode.commands.executeCommand("trainlens.runs.focus");
  });
});
