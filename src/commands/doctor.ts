import { requireTrust } from "../host/workspace";
import type { DoctorReport } from "../protocol/doctorReport";
import type { Parts } from "./parts";

/**
 * Shows what can train on this machine, and examines it.
 *
 * @returns the report; undefined where the user cancelled, or the panel says why there is none.
 */
export async function doctor({ doctor, doctorPanels }: Parts): Promise<DoctorReport | undefined> {
  requireTrust();
  doctorPanels.open();
  return await doctor.run();
}
