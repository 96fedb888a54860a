/** Chooses rows and columns, by pointer, by arrows, or by two digits. */
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { useWords } from "../language/words";
import { MOST_COLUMNS, MOST_ROWS } from "./layout";
import { WORDS } from "./words";

interface GridPickerProps {
  rows: number;
  columns: number;
  onChoose: (rows: number, columns: number) => void;
  onClose: () => void;
}

const STEPS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

export function GridPicker({ rows, columns, onChoose, onClose }: GridPickerProps) {
  const say = useWords(WORDS);
  const dialog = useRef<HTMLDialogElement>(null);
  const [size, setSize] = useState([rows, columns] as const);
  const [typed, setTyped] = useState(0);
  useEffect(() => dialog.current?.showModal(), []);

  const choose = (chosenRows: number, chosenColumns: number) => {
    onChoose(clamped(chosenRows, MOST_ROWS), clamped(chosenColumns, MOST_COLUMNS));
    onClose();
  };
  const press = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    const digit = /^[1-9]$/.test(event.key) ? Number(event.key) : 0;
    if (step) setSize(([r, c]) => [clamped(r + step[0], MOST_ROWS), clamped(c + step[1], MOST_COLUMNS)]);
    else if (event.key === "Enter") choose(...size);
    else if (digit && typed) choose(typed, digit);
    else if (digit) {
      setTyped(digit);
      setSize(([, c]) => [clamped(digit, MOST_ROWS), c]);
    } else return;
    event.preventDefault();
  };

  return (
    <dialog ref={dialog} className="grid-picker" aria-label={say("grid")} onClose={onClose} onKeyDown={press}>
      <div className="grid-choices">
        {Array.from({ length: MOST_ROWS * MOST_COLUMNS }, (_, index) => {
          const [r, c] = [Math.floor(index / MOST_COLUMNS) + 1, (index % MOST_COLUMNS) + 1];
          return (
            <button
              key={index}
              type="button"
              aria-label={say("size", { rows: r, columns: c })}
              data-chosen={(r <= size[0] && c <= size[1]) || undefined}
              onPointerEnter={() => setSize([r, c])}
              onClick={() => choose(r, c)}
            />
          );
        })}
      </div>
      <p>
        <strong>{say("size", { rows: size[0], columns: size[1] })}</strong> {say("grid-hint")}
      </p>
    </dialog>
  );
}

function clamped(n: number, most: number): number {
  return Math.min(most, Math.max(1, n));
}
