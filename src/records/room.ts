// Room for the bodies of answers: whoever comes when there is none waits.                                               
// Whoever holds something for longest may always go on, so that waiting ends.                                          
export interface Room {
  take(bytes: number, signal: AbortSignal): Promise<void> | undefined
  close(): void
}
