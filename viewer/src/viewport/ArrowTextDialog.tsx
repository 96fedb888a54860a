/** Asks for the text of an arrow. */
import { type FormEvent, useEffect, useRef, useState } from "react";
import { useWords } from "../language/words";
import { onTextQuestion, type TextQuestion } from "../tools/arrow-text";
import { WORDS } from "./words";

export function ArrowTextDialog() {
  const [question, setQuestion] = useState<TextQuestion>();
  useEffect(() => onTextQuestion(setQuestion), []);
  return question ? <Asking question={question} onAnswered={() => setQuestion(undefined)} /> : null;
}

function Asking({ question, onAnswered }: { question: TextQuestion; onAnswered: () => void }) {
  const say = useWords(WORDS);
  const dialog = useRef<HTMLDialogElement>(null);
  const [text, setText] = useState(question.text);
  const answered = useRef(false);
  useEffect(() => dialog.current?.showModal(), []);

  const answer = (given: string) => {
    if (answered.current) return;
    answered.current = true;
    question.answer(given);
    onAnswered();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    answer(text.trim());
  };
  return (
    <dialog ref={dialog} className="arrow-text" aria-label={say("arrow-text")} onClose={() => answer(question.text)}>
      <form onSubmit={submit}>
        <label>
          {say("arrow-text")}
          <input value={text} maxLength={200} onChange={(event) => setText(event.target.value)} />
        </label>
        <button type="submit" className="primary">
          {say("arrow-done")}
        </button>
      </form>
    </dialog>
  );
}
