/** Writes the digits for Python: `node writeDigits.main.js FOLDER`, see training.py. */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { digits } from "../../src/data";

const folder = process.argv[2];
if (!folder) throw new Error("usage: writeDigits.main.js FOLDER");
const { train, validation, test } = digits();
for (const [name, split] of Object.entries({ train, validation, test })) {
  if (!split) continue;
  for (const [axis, array] of Object.entries({ X: split.x, Y: split.y })) {
    writeFileSync(path.join(folder, `${name}${axis}.bin`), new Uint8Array(array.data.buffer));
  }
}
