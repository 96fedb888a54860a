/** Takes a raw file by drop or by choice. */
import { type DragEvent, useRef, useState } from "react";
import { useWords } from "../language/words";
import { WORDS } from "./words";

interface DropZoneProps {
  sentFraction: number | undefined;
  onFile: (file: File) => void;
}

export function DropZone({ sentFraction, onFile }: DropZoneProps) {
  const say = useWords(WORDS);
  const picker = useRef<HTMLInputElement>(null);
  const [isOver, setOver] = useState(false);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const file = event.dataTransfer.files[0];
    if (file) onFile(file);
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
        hidden
        aria-label={say("rawFile")}
        onChange={(event) => {
          const file = event.target.files?.[0];
          if (file) onFile(file);
          event.target.value = "";
        }}
      />
      <button type="button" onClick={() => picker.current?.click()}>
        {say("chooseFile")}
      </button>
    </div>
  );
}
