/** Opens the settings of the department. */
import { useState } from "react";
import { useWords } from "../language/words";
import { SettingsDialog } from "./SettingsDialog";
import { useSession } from "./session-context";
import { WORDS } from "./words";

export function SettingsButton() {
  const say = useWords(WORDS);
  const { user } = useSession();
  const [isOpen, setOpen] = useState(false);
  if (!user.permissions.includes("accounts:manage")) return null;
  return (
    <>
      <button type="button" className="quiet" onClick={() => setOpen(true)}>
        {say("settings")}
      </button>
      {isOpen && <SettingsDialog onClose={() => setOpen(false)} />}
    </>
  );
}
