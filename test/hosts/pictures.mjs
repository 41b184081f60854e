// Copies the pictures of README.md and the walkthrough from the last run of the ui tests and the tour:
// npm test -- ui && npm run tour && npm run pictures
import { copyFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Picture of the tests -> picture in media. */
const CHOSEN = {
  "force-light-wide": "readme-force",
  "training-dark-wide": "readme-training",
  "stacked-dark-wide": "readme-stacked",
  "image-light-wide": "readme-image",
  "preview-light": "readme-preview",
  "sweep-dark": "readme-sweep",
  "tree-light": "readme-tree",
  "judged-light": "readme-judged",
  "wizard-template": "wizard-template",
  "wizard-language": "wizard-language",
  "wizard-base": "wizard-base",
  "wizard-data-menu": "wizard-data-menu",
  "wizard-data-target": "wizard-data-target",
  "wizard-data-template": "wizard-data-template",
  "wizard-explain": "wizard-explain",
  "wizard-sweep": "wizard-sweep",
  recipe: "walkthrough-recipe",
  "doctor-running": "walkthrough-doctor",
};

for (const [from, to] of Object.entries(CHOSEN))
  await copyFile(path.join(root, "out", "pictures", `${from}.png`), path.join(root, "media", `${to}.png`));
