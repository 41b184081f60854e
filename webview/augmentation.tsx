/** The panel of a recipe's augmentation: draws the state that the host sends. */
import { render } from "preact";
import type { AugmentationToHost, HostToAugmentation } from "../src/protocol/preview";
import { AugmentationView } from "./augmentation/AugmentationView";
import "./controls/base.css";
import "./augmentation/augmentation.css";
import { connect } from "./host";
import "./toolkit";

const host = connect<AugmentationToHost, HostToAugmentation>();
const root = document.getElementById("app") ?? document.body;

host.listen(({ state }) => render(<AugmentationView state={state} onAsk={(message) => host.post(message)} />, root));
host.post({ type: "ready" });
