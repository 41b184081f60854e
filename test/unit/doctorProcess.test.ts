/** A doctor's process, as the host runs it. Real processes, no VS Code. */
import assert from "node:assert/strict";
import os from "node:os";
import type { DoctorProgress } from "../../src/protocol/doctorMessages";
import { DoctorProcess } from "../../src/runs/doctorProcess";
import { doctorReport } from "./doctorReports";

describe("a doctor's process", () => {
  const start = (script: string, heard: (progress: DoctorProgress) => void = () => undefined): DoctorProcess =>
    new DoctorProcess({ executable: process.execPath, args: ["-e", script], env: process.env }, os.tmpdir(), heard);

  it("tells its progress and its report", async () => {
    const heard: DoctorProgress[] = [];
    const script = `console.error("[1/6] auto\\nwarning: [2/6] not this\\n[2/6] cuda");
      process.stdout.write(${JSON.stringify(JSON.stringify(doctorReport))} + "\\n");`;
    const { report } = await start(script, (progress) => heard.push(progress)).ended;
    assert.deepEqual(report, doctorReport);
    assert.deepEqual(heard, [
      { step: 1, steps: 6, backend: "auto" },
      { step: 2, steps: 6, backend: "cuda" },
    ]);
  });

  it("has a report though no backend works", async () => {
    const script = `console.log(${JSON.stringify(JSON.stringify(doctorReport))}); process.exitCode = 1;`;
    assert.deepEqual((await start(script).ended).report, doctorReport);
  });

  it("without one keeps its last words", async () => {
    const end = await start(`console.log("{}"); console.error("error: no such folder"); process.exit(1);`).ended;
    assert.equal(end.report, undefined);
    assert.match(end.errors, /no such folder/);
  });

  it("ends when it is told to, with what it has started", async () => {
    let begun: () => void;
    const beginning = new Promise<void>((resolve) => (begun = resolve));
    const doctor = start(
      `require("node:child_process").spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "inherit" });
       console.error("[1/6] auto"); setInterval(() => {}, 1000);`,
      () => begun(),
    );
    await beginning;
    doctor.kill();
    // Its output closes when the child that shares it is gone too.
    assert.equal((await doctor.ended).report, undefined);
  });
});
