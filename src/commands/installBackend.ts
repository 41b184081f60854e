import * as v from "valibot";
import * as vscode from "vscode";
import { requireTrust } from "../host/workspace";
import { InstallRequest } from "../protocol/doctorReport";
import type { Parts } from "./parts";
import { pickOne } from "./pickOne";

/** An argument that does not say whose libtensorflow means the package's own. */
const Request = v.object({
  ...InstallRequest.entries,
  libtensorflow: v.optional(InstallRequest.entries.libtensorflow, "bundled"),
});

/**
 * Installs a backend that does not come along, for every workspace of this user.
 *
 * @param argument `{ backend, libtensorflow }`; without it the user is asked.
 * @returns what was installed; undefined where the user cancelled.
 */
export async function installBackend(parts: Parts, argument?: unknown): Promise<InstallRequest | undefined> {
  requireTrust();
  const parsed = v.safeParse(Request, argument);
  const request = parsed.success ? parsed.output : await pick();
  if (!request) return undefined;
  const installed = await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: vscode.l10n.t("Install Native Backend"),
      cancellable: true,
    },
    (progress, token) => parts.installer.install(request, (message) => progress.report({ message }), token),
  );
  if (!installed) return undefined;
  if (request.backend !== "webgpu") await keepLibrary(request.libtensorflow);
  void announce(parts, request);
  return request;
}

async function pick(): Promise<InstallRequest | undefined> {
  const choices: (vscode.QuickPickItem & { request: InstallRequest })[] = [
    {
      label: vscode.l10n.t("CUDA: NVIDIA GPU"),
      detail: vscode.l10n.t("@tensorflow/tfjs-node-gpu with TensorFlow 2.9, for CUDA 11.2 and cuDNN 8.1. Over 1 GB."),
      request: { backend: "cuda", libtensorflow: "bundled" },
    },
    {
      label: vscode.l10n.t("WebGPU: any GPU"),
      detail: vscode.l10n.t("Dawn for Node, on Vulkan, Metal or Direct3D. About 130 MB."),
      request: { backend: "webgpu", libtensorflow: "bundled" },
    },
    {
      label: vscode.l10n.t("Native: the processor"),
      detail: vscode.l10n.t("@tensorflow/tfjs-node with TensorFlow 2.9. About 500 MB."),
      request: { backend: "native", libtensorflow: "bundled" },
    },
  ];
  if (process.platform === "linux") {
    choices.push({
      label: vscode.l10n.t("Native or CUDA, on the TensorFlow of a Python environment"),
      detail: vscode.l10n.t("Its own version, with the CUDA that it brings. Needs a C++ compiler. About 300 MB."),
      request: { backend: "native", libtensorflow: "python" },
    });
  }
  const picked = await pickOne(choices, {
    title: vscode.l10n.t("Install Native Backend"),
    placeHolder: vscode.l10n.t("What shall the numerics run on?"),
    matchOnDetail: true,
  });
  return picked?.request;
}

/** What was installed is to be used. */
async function keepLibrary(libtensorflow: InstallRequest["libtensorflow"]): Promise<void> {
  const settings = vscode.workspace.getConfiguration("trainlens");
  if (settings.get("libtensorflow") === libtensorflow) return;
  await settings.update("libtensorflow", libtensorflow, vscode.ConfigurationTarget.Global);
}

async function announce({ messages }: Parts, { backend }: InstallRequest): Promise<void> {
  const doctor = vscode.l10n.t("Open Doctor");
  const answer = await vscode.window.showInformationMessage(
    vscode.l10n.t("The backend {0} is installed. Doctor shows whether this machine can use it.", backend),
    doctor,
  );
  if (answer !== doctor) return;
  try {
    await vscode.commands.executeCommand("trainlens.doctor");
  } catch (error) {
    messages.error(error);
  }
}
