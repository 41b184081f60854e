/** Libraries that are no add-ons of Node's, opened into this process. */
import process from "node:process";

/**
 * @param library a path, or a name that the loader looks for.
 * @param flags of dlopen, see os.constants.dlopen.
 * @throws Error with the loader's own words.
 */
export function openLibrary(library: string, flags: number): void {
  try {
    process.dlopen({ exports: {} }, library, flags);
  } catch (error) {
    // It is open by then: Node only misses an add-on in it.
    if (error instanceof Error && error.message.includes("Module did not self-register")) return;
    throw error;
  }
}
