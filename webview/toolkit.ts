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

/** Attributes of the toolkit's elements; its events bubble as ordinary DOM events (`onChange`, `onClick`, `onInput`). */
export type ToolkitAttributes = JSX.HTMLAttributes<HTMLElement> & {
  appearance?: "primary" | "secondary" | "icon";
  orientation?: "horizontal" | "vertical";
  value?: string | number;
  checked?: boolean;
  selected?: boolean;
  disabled?: boolean;
  href?: string;
  activeid?: string;
  name?: string;
  placeholder?: string;
  size?: number | string;
};

type ToolkitElement =
  | "badge"
  | "button"
  | "checkbox"
  | "divider"
  | "dropdown"
  | "link"
  | "option"
  | "panels"
  | "panel-tab"
  | "panel-view"
  | "progress-ring"
  | "radio"
  | "radio-group"
  | "tag"
  | "text-field";

type ToolkitElements = Record<`vscode-${ToolkitElement}`, ToolkitAttributes>;

declare module "preact" {
  // eslint-disable-next-line @typescript-eslint/no-namespace -- preact declares its elements in a namespace
  namespace JSX {
    // eslint-disable-next-line @typescript-eslint/no-empty-object-type -- merges into preact's own interface
    interface IntrinsicElements extends ToolkitElements {}
  }
}
