/** What `doctor --fix` does: only what needs no decision of the user's, and changes nothing outside the runtime folder. */
import { type DoctorReport, type Repair, canUsePython } from "../../protocol/doctorReport";
import { BackendUnavailable } from "../backends/rung";
import { UserError } from "../errors";
import { type InstallControl, installPythonBinding } from "../install";

/** Does what can be done. A repair that fails is told and nothing is changed by it. */
export async function repair(
  report: DoctorReport,
  options: { python?: string },
  control: InstallControl,
): Promise<Repair[]> {
  if (!canUsePython(report)) return [];
  try {
    const folder = await installPythonBinding(options, control);
    return [{ done: true, text: `the native backend runs on Python's TensorFlow now, by the binding in ${folder}.` }];
  } catch (error) {
    if (!(error instanceof UserError || error instanceof BackendUnavailable)) throw error;
    const { advice = "" } = error;
    return [{ done: false, text: `${error.message}\n${advice}`.trim() }];
  }
}
