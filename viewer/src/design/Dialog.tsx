/** A window over the page that takes the focus; Escape closes it. */
import { type ReactNode, useEffect, useId, useRef } from "react";
import { useWords } from "../language/words";
import "./dialog.css";
import { WORDS } from "./words";

interface DialogProps {
  title: string;
  /** Without it the window cannot be closed by the person. */
  onClose?: (() => void) | undefined;
  /** Hides what is behind it: for when whoever sits here may not be who signed in. */
  isCovering?: boolean;
  children: ReactNode;
}

export function Dialog({ title, onClose, isCovering = false, children }: DialogProps) {
  const say = useWords(WORDS);
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog
      ref={dialog}
      className={`dialog ${isCovering ? "is-covering" : ""}`}
      aria-labelledby={heading}
      onCancel={(event) => onClose ?? event.preventDefault()}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === "Escape" && !onClose) event.preventDefault();
      }}
      onClose={() => (onClose ? onClose() : dialog.current?.showModal())}
    >
      <header>
        <h1 id={heading}>{title}</h1>
        {onClose && (
          <button type="button" className="quiet" onClick={() => dialog.current?.close()}>
            {say("close")}
          </button>
        )}
      </header>
      {children}
    </dialog>
  );
}
