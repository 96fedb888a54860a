/** Asks for the text of an arrow; the page shows the question. Without an answer the arrow has no text. */

export interface TextQuestion {
  text: string;
  answer: (text: string) => void;
}

type Listener = (question: TextQuestion) => void;
let listener: Listener | undefined;

/** Let the page answer questions; returns how to stop. */
export function onTextQuestion(answering: Listener): () => void {
  listener = answering;
  return () => {
    if (listener === answering) listener = undefined;
  };
}

export function askForText(text: string, done: (text: string) => void): void {
  if (listener) listener({ text, answer: done });
  else done(text);
}
