/**
 * The only import of @vscode/webview-ui-toolkit, which is archived upstream: to replace it, replace this file.
 * Registers the custom elements that the panels use, and gives them to JSX with their types.
 */
import {
  provideVSCodeDesignSystem,
  vsCodeBadge,
  vsCodeButton,
  vsCodeCheckbox,
  vsCodeDivider,
  vsCodeDropdown,
  vsCodeLink,
  vsCodeOption,
  vsCodePanelTab,
  vsCodePanels,
  vsCodePanelView,
  vsCodeProgressRing,
  vsCodeRadio,
  vsCodeRadioGroup,
  vsCodeTag,
  vsCodeTextField,
} from "@vscode/webview-ui-toolkit";
import type { JSX } from "preact";

provideVSCodeDesignSystem().register(
  vsCodeBadge(),
  vsCodeButton(),
  vsCodeCheckbox(),
  vsCodeDivider(),
  vsCodeDropdown(),
  vsCodeLink(),
  vsCodeOption(),
  vsCodePanels(),
  vsCodePanelTab(),
  vsCodePanelView(),
  vsCodeProgressRing(),
  vsCodeRadio(),
  vsCodeRadioGroup(),
  vsCodeTag(),
  vsCodeTextField(),
);

type Element = JSX.HTMLAttributes<HTMLElement> & {
  appearance?: "primary" | "secondary" | "icon";
  orientation?: "horizontal" | "vertical";
  value?: string;
  checked?: boolean;
  selected?: boolean;
  disabled?: boolean;
  href?: string;
  activeid?: string;
  name?: string;
  placeholder?: string;
  size?: number | string;
};

declare module "preact" {
  // eslint-disable-next-line @typescript-eslint/no-namespace -- preact declares its elements in a namespace
  namespace JSX {
    interface IntrinsicElements {
      "vscode-badge": Element;
      "vscode-button": Element;
      "vscode-checkbox": Element;
      "vscode-divider": Element;
      "vscode-dropdown": Element;
      "vscode-link": Element;
      "vscode-option": Element;
      "vscode-panels": Element;
      "vscode-panel-tab": Element;
      "vscode-panel-view": Element;
      "vscode-progress-ring": Element;
      "vscode-radio": Element;
      "vscode-radio-group": Element;
      "vscode-tag": Element;
      "vscode-text-field": Element;
    }
  }
}
