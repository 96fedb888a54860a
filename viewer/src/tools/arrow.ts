/** Drag sets an arrow with a text. */
import { ArrowAnnotateTool } from "@cornerstonejs/tools";
import { askForText } from "./arrow-text";
import type { PointerTool } from "./pointer-tool";

export const arrow: PointerTool = {
  name: ArrowAnnotateTool.toolName,
  id: "arrow",
  key: "n",
  kind: "measure",
  tool: ArrowAnnotateTool,
  configuration: {
    getTextCallback: (done: (text: string) => void) => askForText("", done),
    changeTextCallback: (data: { text?: string }, _event: unknown, done: (text: string) => void) =>
      askForText(data.text ?? "", done),
  },
};
