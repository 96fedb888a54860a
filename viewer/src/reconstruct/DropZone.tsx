/** Takes a raw file, files that belong together, or a folder, by drop or by choice. */
import { type DragEvent, useRef, useState } from "react";
import { droppedFiles } from "../http/dropped-files";
import { useWords } from "../language/words";
import { WORDS } from "./words";

interface DropZoneProps {
  sentFraction: number | undefined;
  onFiles: (files: readonly File[]) => void;
  onProblem: (thrown: unknown) => void;
}

export function DropZone({ sentFraction, onFiles, onProblem }: DropZoneProps) {
  const say = useWords(WORDS);
  const picker = useRef<HTMLInputElement>(null);
  const folderPicker = useRef<HTMLInputElement>(null);
  const [isOver, setOver] = useState(false);
  const take = (files: readonly File[]) => {
    if (files.length > 0) onFiles(files);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    droppedFiles(event.dataTransfer)
      .then((files) => take(files.filter(({ name }) => !name.startsWith("."))))
      .catch(onProblem);
  };
  if (sentFraction !== undefined) {
    const percent = Math.round(sentFraction * 100);
    return (
      <div className="drop-zone" role="status">
        <span>{percent < 100 ? say("sending", { percent }) : say("readingFile")}</span>
        <div className={`progress ${percent < 100 ? "" : "unknown"}`}>
          <div style={percent < 100 ? { width: `${percent}%` } : {}} />
        </div>
      </div>
    );
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the button inside is the keyboard equal of dropping
    <div
      className={`drop-zone ${isOver ? "is-over" : ""}`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <strong>{say("drop")}</strong>
      <span className="soft">{say("dropHelp")}</span>
      <input
        ref={picker}
        type="file"
        multiple
        hidden
        aria-label={say("rawFile")}
        onChange={(event) => {
          take([...(event.target.files ?? [])]);
          event.target.value = "";
        }}
      />
      <input
        ref={folderPicker}
        type="file"
        // @ts-expect-error: React does not know this attribute, all browsers do
        webkitdirectory=""
        hidden
        aria-label={say("rawFolder")}
        onChange={(event) => {
          take([...(event.target.files ?? [])].filter(isDirectly));
          event.target.value = "";
        }}
      />
      <div className="drop-choices">
        <button type="button" onClick={() => picker.current?.click()}>
          {say("chooseFile")}
        </button>
        <button type="button" onClick={() => folderPicker.current?.click()}>
          {say("chooseFolder")}
        </button>
      </div>
    </div>
  );
}

/** Whether a file of a chosen folder lies in it directly, and is none of the system's own. */
function isDirectly({ name, webkitRelativePath }: File): boolean {
  return webkitRelativePath.split("/").length === 2 && !name.startsWith(".");
}
