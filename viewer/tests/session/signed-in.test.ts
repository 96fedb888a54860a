import { describe, expect, it } from "vitest";
import { ProblemError } from "../../src/http/problem";
import { announceSignedIn, onceSignedIn } from "../../src/session/signed-in";

const REFUSED = new ProblemError({ title: "Nobody is signed in", status: 401 });
const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

describe("what waits for a sign-in", () => {
  it("is asked again when somebody has signed in, as often as it takes", async () => {
    let nAsked = 0;
    const answer = onceSignedIn(async () => {
      nAsked += 1;
      if (nAsked < 3) throw REFUSED;
      return "saved";
    });
    await settled();
    expect(nAsked).toBe(1);
    announceSignedIn();
    await settled();
    announceSignedIn();
    expect(await answer).toBe("saved");
    announceSignedIn();
    expect(nAsked).toBe(3);
  });

  it("leaves other failures alone", async () => {
    const failing = onceSignedIn(async () => {
      throw new ProblemError({ title: "Not found", status: 404 });
    });
    await expect(failing).rejects.toThrow("Not found");
  });

  it("stops waiting when nobody needs it any more", async () => {
    const stop = new AbortController();
    const waiting = onceSignedIn(() => Promise.reject(REFUSED), stop.signal);
    await settled();
    stop.abort();
    await expect(waiting).rejects.toThrow("Nobody waits");
  });
});
