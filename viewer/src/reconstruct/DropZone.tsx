/** Takes a raw file by drop or by choice. */
import { type DragEvent, useRef, useState } from "react";

interface DropZoneProps {
  sentFraction: number | undefined;
  onFile: (file: File) => void;
}

export function DropZone({ sentFraction, onFile }: DropZoneProps) {
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
        <span>{percent < 100 ? `Sending, ${percent} %` : "Reading the file"}</span>
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
      <strong>Drop a raw file here</strong>
      <span className="soft">ISMRMRD, projection data in HDF5, or another format this department can read</span>
      <input
        ref={picker}
        type="file"
        hidden
        aria-label="Raw file"
        onChange={(event) => {
          const file = event.target.files?.[0];
          if (file) onFile(file);
          event.target.value = "";
        }}
      />
      <button type="button" onClick={() => picker.current?.click()}>
        Choose a file
      </button>
    </div>
  );
}
