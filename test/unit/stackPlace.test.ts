import assert from "node:assert/strict";
import path from "node:path";
import { placeInStack } from "../../src/runner/stackPlace";

describe("the place of an error in a recipe's folder", () => {
  const node = "    at Module._compile (node:internal/modules/cjs/loader:1521:14)";
  const lines: [path.PlatformPath, folder: string, line: string, place: string | undefined][] = [
    [path.posix, "/w/digits", "    at createModel (file:///w/digits/train.ts:12:5)", "train.ts:12:5"],
    [path.posix, "/w/digits", "    at file:///w/digits/parts/net.ts:3:7", "parts/net.ts:3:7"],
    [path.posix, "/w/my (new) net", "    at async f (file:///w/my%20(new)%20net/train.ts:1:2)", "train.ts:1:2"],
    [path.posix, "/w/my (new) net", "    at Object.<anonymous> (/w/my (new) net/a.cjs:1:2)", "a.cjs:1:2"],
    [path.posix, "/w/digits", "/w/digits/train.ts:12", "train.ts:12"],
    [path.posix, "/w/digits", "    at f (file:///w/digits-2/train.ts:12:5)", undefined],
    [path.posix, "/w/digits", "    at f (https://elsewhere/w/digits/train.ts:12:5)", undefined],
    [path.win32, "C:\\w\\digits", "    at createModel (file:///C:/w/digits/train.ts:12:5)", "train.ts:12:5"],
    [path.win32, "C:\\w\\my net", "    at file:///c:/w/my%20net/parts/net.ts:3:7", "parts\\net.ts:3:7"],
    [path.win32, "C:\\w\\digits", "    at Object.<anonymous> (C:\\w\\digits\\a.cjs:1:2)", "a.cjs:1:2"],
    [path.win32, "C:\\w\\digits", "    at D:\\w\\digits\\a.cjs:1:2", undefined],
  ];
  for (const [platform, folder, line, place] of lines)
    it(`${line.trim()} is ${place ?? "elsewhere"} from ${folder}`, () => {
      assert.equal(placeInStack(`Error: no luck\n${node}\n${line}\n${node}`, folder, platform), place);
    });
});
