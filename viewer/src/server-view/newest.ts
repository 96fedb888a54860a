/**
 * Work of which only the newest matters: one piece at a time, and of those that wait only the last.
 *
 * A hand that drags asks faster than anyone can draw; whoever answered every question would always be late.
 */
export class Newest<Question, Answer> {
  private waiting: Question | undefined;
  private running: AbortController | undefined;
  private stopped = false;

  constructor(
    private readonly work: (question: Question, signal: AbortSignal) => Promise<Answer>,
    private readonly onAnswer: (answer: Answer, question: Question) => void,
    private readonly onProblem: (thrown: unknown) => void,
  ) {}

  ask(question: Question): void {
    this.waiting = question;
    if (!this.running) void this.next();
  }

  /** End what runs; nothing is answered any more. */
  stop(): void {
    this.stopped = true;
    this.waiting = undefined;
    this.running?.abort();
  }

  private async next(): Promise<void> {
    while (this.waiting !== undefined && !this.stopped) {
      const question = this.waiting;
      this.waiting = undefined;
      this.running = new AbortController();
      try {
        const answer = await this.work(question, this.running.signal);
        if (!this.stopped) this.onAnswer(answer, question);
      } catch (thrown) {
        if (!this.stopped) this.onProblem(thrown);
      }
    }
    this.running = undefined;
  }
}
