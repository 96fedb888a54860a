/**
 * Work of which only the newest matters: one piece at a time, and of those that wait only the last.
 *
 * A hand that drags asks faster than anyone can draw; whoever answered every question would always be late.
 */
export class Newest<Question, Answer> {
  private waiting: Question | undefined;
  private running: AbortController | undefined;

  constructor(
    private readonly work: (question: Question, signal: AbortSignal) => Promise<Answer>,
    private readonly onAnswer: (answer: Answer, question: Question) => void,
    private readonly onProblem: (thrown: unknown, question: Question) => void,
  ) {}

  ask(question: Question): void {
    this.waiting = question;
    if (!this.running) void this.next();
  }

  /** End what runs; what was asked before is not answered any more. */
  stop(): void {
    this.waiting = undefined;
    this.running?.abort();
  }

  private async next(): Promise<void> {
    while (this.waiting !== undefined) {
      const question = this.waiting;
      const control = new AbortController();
      this.waiting = undefined;
      this.running = control;
      try {
        const answer = await this.work(question, control.signal);
        if (!control.signal.aborted) this.onAnswer(answer, question);
      } catch (thrown) {
        if (!control.signal.aborted) this.onProblem(thrown, question);
      }
    }
    this.running = undefined;
  }
}
