/** A test pattern for the eye, with what should be seen; and single levels for a photometer. */
import { useEffect, useRef, useState } from "react";
import { LanguageChoice, ThemeButton } from "../design/preferences";
import { useWords } from "../language/words";
import { Link } from "../navigation/Link";
import "./display-check.css";
import { PatternCanvas } from "./PatternCanvas";
import { LEVELS, N_LEVELS } from "./pattern";
import { WORDS } from "./words";

const SHOULD_BE_SEEN = ["patches", "corners", "squares", "ramps", "lines", "letters", "geometry"] as const;

export default function DisplayCheckPage() {
  const say = useWords(WORDS);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [level, setLevel] = useState<number>();

  useEffect(() => {
    const steer = (event: KeyboardEvent) => {
      if (event.target instanceof HTMLSelectElement) return;
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (step === undefined) return;
      setLevel((now) => (now === undefined ? now : Math.min(N_LEVELS - 1, Math.max(0, now + step))));
    };
    addEventListener("keydown", steer);
    return () => removeEventListener("keydown", steer);
  }, []);

  return (
    <div className="display-check">
      <main className="display-picture">
        <PatternCanvas canvas={canvas} level={level} label={say("patternLabel")} />
      </main>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <aside tabIndex={0} aria-label={say("should")}>
        <header>
          <h1>{say("title")}</h1>
          <Link to="/studies">{say("back")}</Link>
        </header>
        <p>{say("intro")}</p>
        <div className="display-actions">
          <button type="button" className="primary" onClick={() => canvas.current?.requestFullscreen()}>
            {say("fullScreen")}
          </button>
          <button type="button" aria-pressed={level === undefined} onClick={() => setLevel(undefined)}>
            {say("pattern")}
          </button>
          <button type="button" aria-pressed={level !== undefined} onClick={() => setLevel(level ?? 0)}>
            {say("measure")}
          </button>
        </div>
        {level === undefined ? (
          <>
            <h2>{say("should")}</h2>
            <ol>
              {SHOULD_BE_SEEN.map((word) => (
                <li key={word}>{say(word)}</li>
              ))}
            </ol>
          </>
        ) : (
          <>
            <p role="status">{say("level", { number: level + 1, grey: LEVELS[level] ?? 0 })}</p>
            <div className="display-actions">
              <button type="button" disabled={level === 0} onClick={() => setLevel(level - 1)}>
                {say("previous")}
              </button>
              <button type="button" disabled={level === N_LEVELS - 1} onClick={() => setLevel(level + 1)}>
                {say("next")}
              </button>
            </div>
            <p>{say("measureHelp")}</p>
          </>
        )}
        <p className="soft">{say("notCalibrated")}</p>
        <p className="soft">{say("source")}</p>
        <footer>
          <LanguageChoice />
          <ThemeButton />
        </footer>
      </aside>
    </div>
  );
}
