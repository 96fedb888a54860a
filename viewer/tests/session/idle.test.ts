import { describe, expect, it } from "vitest";
import { nextStep, reportEvery_s, type Watch, warningLead_s } from "../../src/session/idle";

const WATCH: Watch = {
  now_s: 0,
  endsAt_s: 900,
  idle_s: 900,
  reportedAt_s: 0,
  askedAt_s: 0,
  isActive: false,
  isWarning: false,
};

describe("watching for activity", () => {
  it("does nothing while nobody does anything and the end is far", () => {
    expect(nextStep({ ...WATCH, now_s: 800 })).toBe("nothing");
  });

  it("reports activity once a minute", () => {
    expect(nextStep({ ...WATCH, now_s: 59, isActive: true })).toBe("nothing");
    expect(nextStep({ ...WATCH, now_s: 60, isActive: true })).toBe("report");
  });

  it("asks the server before it warns: another page may have prolonged the session", () => {
    expect(nextStep({ ...WATCH, now_s: 840 })).toBe("ask");
    expect(nextStep({ ...WATCH, now_s: 843, askedAt_s: 840 })).toBe("nothing");
    expect(nextStep({ ...WATCH, now_s: 845, askedAt_s: 840 })).toBe("ask");
  });

  it("takes nothing but an answer for activity while the warning stands", () => {
    expect(nextStep({ ...WATCH, now_s: 850, isActive: true, isWarning: true })).toBe("ask");
  });

  it("ends when the time is over", () => {
    expect(nextStep({ ...WATCH, now_s: 900, isActive: true, isWarning: true })).toBe("over");
  });

  it("warns and reports sooner in short sessions", () => {
    expect([warningLead_s(900), warningLead_s(60), reportEvery_s(900), reportEvery_s(60)]).toEqual([60, 20, 60, 15]);
  });
});
