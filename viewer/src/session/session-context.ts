/** Who is signed in, for every page inside. */
import { createContext, useContext } from "react";
import type { User } from "./session-api";

export interface Session {
  user: User;
  signOut: () => void;
}

export const SessionContext = createContext<Session | undefined>(undefined);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error("This page needs someone to be signed in.");
  return session;
}
