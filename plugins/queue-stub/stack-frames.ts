const MAX_FRAMES = 10
const MAX_LENGTH = 300

/** Where an error was thrown: frames hold names of functions and files alone, the lines before them the message and so maybe data. Never throws. */
export function stackFrames (error: unknown): string[] {
  try {
    const { stack, message } = Object(error) as { stack?: unknown, message?: unknown }
    return framesOf(String(stack), String(message))
  } catch {
    return []
  }
}

function framesOf (stack: string, message: string): string[] {
  // A message of many lines may look like frames. Where it was changed later nobody can tell where the first one ends.
  const start = stack.indexOf(message)
  if (start < 0) return []
  const lines = stack.slice(start + message.length).split('\n').slice(1)
  const end = lines.findIndex(line => !/^ {4}at /.test(line))
  return lines.slice(0, end < 0 ? MAX_FRAMES : Math.min(end, MAX_FRAMES)).map(line => line.trim().slice(0, MAX_LENGTH))
}
